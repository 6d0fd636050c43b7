//! Contracts: what a component takes, in data.
//!
//! Owns: the spec format (`components/spec.schema.json`), the built-in specs and those of a project, the
//! registry, checking values against a contract with an explanation, and the contracts for a model: as
//! text, and as a schema of the documents that use them. Does not own: documents that use components (`pipeline::oml`), what a component does
//! (`pipeline::run`), connections (`connect`).

pub mod context;
pub mod grammar;
mod registry;
mod spec;
mod types;
mod values;

pub use registry::Registry;
pub use spec::read;
pub use types::{ConnectionField, Contract, Example, OptionSpec, Origin, Override};
pub use values::{Place, ValueProblem, dotted};
