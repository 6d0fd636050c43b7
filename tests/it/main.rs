#![allow(missing_docs)]

mod model;
mod wire_server;
