//! The local engine: every step on a thread of its own, joined by bounded channels of record batches.
//!
//! Owns: the checks before a run, the channels, which steps are at work when, starting and stopping them,
//! trying again, what each component does here. Does not own: file formats (`connect::driver`), the record of a run (`run::record`).

mod channel;
mod flow;
mod graph;
mod group;
mod preflight;
mod queue;
mod read;
mod schedule;
mod seen;
mod sql;
mod start;
mod step;
mod tries;
mod write;

pub use preflight::is_runnable;
pub use sql::version as sql_engine_version;

use std::future::Future;
use std::pin::Pin;

use tokio_util::sync::CancellationToken;

use super::super::fact::RunOutcome;
use super::{Engine, FactSink, Job};

/// Runs steps on this machine, in this process. The data streams: no step holds it all, but a SQL step
/// has its inputs in DuckDB, which spills to disk beyond its share of the memory.
#[derive(Clone, Copy, Debug, Default)]
pub struct LocalEngine;

impl Engine for LocalEngine {
    fn name(&self) -> &str {
        "local"
    }

    fn run(
        &self,
        job: Job,
        facts: FactSink,
        cancel: CancellationToken,
    ) -> Pin<Box<dyn Future<Output = RunOutcome> + Send + '_>> {
        Box::pin(flow::run(self.name().to_owned(), job, facts, cancel))
    }
}
