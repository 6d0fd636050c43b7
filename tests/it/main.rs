#![allow(missing_docs)]

#[cfg(test)]
mod demo_answers;
#[cfg(test)]
mod engine;
#[cfg(test)]
mod model;
#[cfg(test)]
mod turn;
#[cfg(test)]
mod wire_server;
