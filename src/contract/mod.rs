//! Contracts: what a component takes, in data.
//!
//! Owns: the spec format (`components/spec.schema.json`) and its levels, the built-in specs, those of the
//! user and of a project, the registry, checking values against a contract with an explanation, and the
//! contracts for a model: as text, and as a schema of the documents that use them. Does not own: documents
//! that use components (`pipeline::oml`), what a component does (`pipeline::run`), connections (`connect`).

mod certain;
mod check;
pub mod codes;
mod constraint;
pub mod context;
pub mod grammar;
mod live;
mod names;
mod page;
mod registry;
mod spec;
mod types;
mod values;

#[cfg(test)]
mod compat;
#[cfg(test)]
pub(crate) mod nine;

pub use check::Level;
pub use constraint::{Constraint, ConstraintProblem};
pub use live::LiveRegistry;
pub use page::{index, page};
pub use registry::{Registry, builtin_text, read_spec_file, spec_text, user_components};
pub use spec::{read, validate};
pub use types::{ConnectionField, Contract, Example, OptionSpec, Origin, Override};
pub use values::{Place, UnknownKey, ValueProblem, dotted};
