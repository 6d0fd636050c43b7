//! Drivers: reading and writing systems, one file or folder a system.
//!
//! Owns: turning a system's data into Arrow record batches and back, and which component does so. Does
//! not own: connections (`connect`), the order of steps and the channels between them (`pipeline::run`).

pub(crate) mod calendar;
pub(crate) mod cell;
pub mod codes;
pub(crate) mod config;
pub mod csv;
pub mod cursor;
pub mod dataset;
pub(crate) mod digits;
mod draft;
mod duck;
pub(super) mod filesystem;
pub mod flow;
mod http;
mod json;
pub mod mysql;
mod parquet;
pub mod part;
pub mod place;
pub mod plan;
pub mod postgres;
pub(crate) mod rejects;
pub mod sqlite;
pub mod supabase;
pub mod table_codes;
pub(crate) mod text;

pub use http::codes::CODES as http_codes;
