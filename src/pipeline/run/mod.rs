//! Running a manifest.
//!
//! Owns: the order of steps, the engines, the record of a run. Does not own: reading and writing
//! systems (`connect::driver`), making a manifest (`pipeline::compile`).

pub mod codes;
pub mod engine;
mod fact;
mod id;
mod perform;
pub mod record;

pub use engine::local::{is_runnable, sql_engine_version};
pub use engine::{Engine, Extent, FactSink, Job, Limits, LocalEngine};
pub use fact::{CheckOutcome, Output, PlannedStep, Preview, Rejected, RunFact, RunOutcome};
pub use id::new_run_id;
pub use perform::perform;
