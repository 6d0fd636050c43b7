//! Contracts: what a component takes, in data.
//!
//! Owns: the spec format (`components/spec.schema.json`), the built-in specs and those of a project, the
//! registry, checking values against a contract with an explanation, and the contracts as text for a
//! model. Does not own: documents that use components (`pipeline::oml`), what a component does
//! (`pipeline::run`), connections (`connect`).

mod constraint;
pub mod context;
mod registry;
mod spec;
mod types;
mod values;

pub use constraint::{Constraint, ConstraintProblem};
pub use registry::Registry;
pub use spec::read;
pub use types::{ConnectionField, Contract, Example, OptionSpec, Origin, Override};
pub use values::{Place, ValueProblem, dotted};
