//! Running a manifest.
//!
//! Owns: the order of steps, the engines, the record of a run, looks at the rows of a step. Does not own: reading and writing
//! systems (`connect::driver`), making a manifest (`pipeline::compile`).

pub mod codes;
pub mod engine;
mod fact;
mod id;
pub mod look;
mod perform;
pub mod record;

pub use engine::local::{is_runnable, sql_engine_version};
pub use engine::{Engine, Extent, FactSink, Job, Limits, LocalEngine};
pub use fact::{Output, PlannedStep, Preview, RunFact, RunOutcome};
pub use id::new_run_id;
pub use perform::perform;
