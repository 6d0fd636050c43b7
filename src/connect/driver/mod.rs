//! Drivers: reading and writing systems, one file or folder a system.
//!
//! Owns: turning a system's data into Arrow record batches and back, and which component does so. Does
//! not own: connections (`connect`), the order of steps and the channels between them (`pipeline::run`).

pub(crate) mod config;
pub mod csv;
pub mod draft;
pub(super) mod filesystem;
pub mod flow;
mod http;
mod json;
mod parquet;
pub mod part;
pub mod place;
pub(crate) mod text;
