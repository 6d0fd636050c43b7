//! Supabase.
//!
//! Owns: which way a project is reached, and the REST API (PostgREST) where there is no way to its database.
//! Does not own: the database itself (`postgres`), which is used as soon as the connection leads to it.

mod api;
mod columns;
mod page;
mod part;
mod read;
mod sql;
mod write;

pub use part::DRIVERS;
