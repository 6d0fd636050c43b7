//! Running a manifest.
//!
//! Owns: the order of steps, the engines, the record of a run. Does not own: reading and writing
//! systems (`connect::driver`), making a manifest (`pipeline::compile`).

pub mod engine;
mod fact;
mod id;
pub mod record;

pub use engine::{Engine, FactSink, Job, Limits, LocalEngine};
pub use fact::{Output, PlannedStep, Preview, RunFact, RunOutcome};
pub use id::new_run_id;
