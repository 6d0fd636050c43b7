#![allow(missing_docs)]

mod model;
mod turn;
mod wire_server;
