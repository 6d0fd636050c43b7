//! Tests of the whole: the real binary, real files, real sockets. A module a capability.

mod cli;
mod demo;
mod demo_answers;
mod engine;
mod kill;
mod model;
mod program;
mod store;
mod terminal;
mod turn;
mod wire_server;
mod workbench;
