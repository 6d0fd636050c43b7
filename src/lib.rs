//! Pipesmith: a terminal workbench for building data pipelines with a model that nobody has to trust.
//!
//! The map of the house; data flows downward, nothing imports from a room above it:
//!
//! - `cli`, `tui`: the faces. Commands go in, events come out.
//! - [`session`]: the spine: command, event, state, host, journal, replay, export.
//! - [`agent`]: one turn of the assistant, six stages.
//! - [`pipeline`]: the document, the compiler, the runner.
//! - `connect`: connections, drivers, discovery.
//! - [`contract`]: component specs.
//! - [`model`]: talking to a language model.
//! - [`secret`]: where secrets come from, and that none of them leaves.
//! - `store`: sled: trees, keys, codecs.
//! - [`socket`]: how a process that wants the store talks to the one that has it.
//! - `workspace`: the project folder: config and paths.
//! - [`canonical`]: canonical JSON and fingerprints.
//! - [`yaml`]: YAML text as a tree with places.
//! - [`diagnostic`]: one type for everything that is wrong with anything somebody wrote.

pub mod agent;
pub mod canonical;
pub mod cli;
pub mod connect;
pub mod contract;
pub mod diagnostic;
pub mod model;
pub mod pipeline;
pub mod secret;
pub mod session;
pub mod socket;
pub mod store;
pub mod tui;
pub mod workspace;
pub mod yaml;
