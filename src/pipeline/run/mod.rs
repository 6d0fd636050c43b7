//! Running a manifest.
//!
//! Owns: the order of steps, the engines, the record of a run. Does not own: reading and writing
//! systems (`connect::driver`), making a manifest (`pipeline::compile`).

mod fact;

pub use fact::{Output, PlannedStep, Preview, RunFact, RunOutcome};
