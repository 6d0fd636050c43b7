//! Running a manifest.
//!
//! Owns: the order of steps, which of them a run does, the engines, the record of a run and what it kept,
//! telling lineage, looks at the rows of a step. Does not own: reading and writing
//! systems (`connect::driver`), making a manifest (`pipeline::compile`).

pub mod codes;
pub mod course;
pub mod cursor;
pub mod engine;
mod fact;
mod id;
pub mod kept;
pub mod lineage;
pub mod look;
mod perform;
pub mod record;
mod resume;

pub use engine::local::{is_runnable, sql_engine_version};
pub use engine::{Engine, Extent, FactSink, Job, Limits, LocalEngine};
pub use fact::{CheckOutcome, Column, Far, Output, PlannedStep, Preview, Rejected, RunFact, RunOutcome};
pub use id::new_run_id;
pub use perform::{perform, perform_recorded};
pub use resume::{Resumed, resume};
