//! PostgreSQL.
//!
//! Owns: the types of PostgreSQL and the forms of `COPY`, reading and writing tables. Does not own: how a
//! connection is opened (`connect::open`), the words of write steps (`plan`). Supabase comes through here
//! where it is reached as a database (`supabase`).

mod clause;
mod decode;
mod encode;
mod fault;
mod kind;
mod mapping;
mod page;
mod part;
mod read;
mod session;
mod write;

pub(super) use encode::{array_of, render};
pub(super) use kind::Kind;
pub(super) use mapping::{field_of, judge};
pub use page::page;
pub use part::DRIVERS;
pub(super) use part::{schema, server};
pub(super) use read::{From, PostgresSource, ReadOptions};
pub(super) use write::{PostgresSink, WriteOptions};
