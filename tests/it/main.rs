//! Tests of the whole: the real binary, real files, real sockets. A module a capability.

#[cfg(test)]
mod apis;
#[cfg(test)]
mod attach;
#[cfg(test)]
mod checks;
#[cfg(test)]
mod cli;
#[cfg(test)]
mod compile;
#[cfg(test)]
mod components;
#[cfg(test)]
mod connections;
#[cfg(test)]
mod crossing;
#[cfg(test)]
mod databases;
#[cfg(test)]
mod demo;
#[cfg(test)]
mod demo_answers;
#[cfg(test)]
mod discovery;
#[cfg(test)]
mod engine;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod files;
#[cfg(test)]
mod first;
#[cfg(test)]
mod greeting;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod hosts;
#[cfg(test)]
mod incremental;
#[cfg(test)]
mod injection;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod kill;
#[cfg(test)]
mod lang;
#[cfg(test)]
mod lineage;
#[cfg(test)]
mod linear;
#[cfg(test)]
mod look;
#[cfg(test)]
mod model;
#[cfg(test)]
mod movies_shop;
#[cfg(test)]
mod mysql;
#[cfg(test)]
mod open;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod postgres;
#[cfg(test)]
mod program;
#[cfg(test)]
mod resume;
#[cfg(test)]
mod review;
#[cfg(test)]
mod runner;
#[cfg(test)]
mod scripted;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod senses;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod sqlite;
#[cfg(test)]
mod store;
#[cfg(test)]
mod storm;
#[cfg(test)]
mod supabase;
#[cfg(test)]
mod talk;
#[cfg(test)]
mod terminal;
#[cfg(test)]
mod turn;
#[cfg(test)]
mod turn_form;
#[cfg(test)]
mod wire_server;
#[cfg(test)]
mod workbench;
