//! Where a run happens.
//!
//! Owns: what every engine is given and gives back. Does not own: what a step means; each engine does.

mod limits;
pub mod local;

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

pub use limits::Limits;
pub use local::LocalEngine;

use super::course::Course;
use super::fact::{RunFact, RunOutcome};
use crate::connect::Connections;
use crate::pipeline::compile::Manifest;

/// A manifest and what it needs to run.
#[derive(Clone, Debug)]
pub struct Job {
    /// What to run.
    pub manifest: Arc<Manifest>,
    /// The workspace; relative paths start here.
    pub root: PathBuf,
    /// The run's id ([`super::new_run_id`]).
    pub run: String,
    /// The connections that steps may name.
    pub connections: Arc<Connections>,
    /// What the run may use of the machine.
    pub limits: Limits,
    /// How much of it is done.
    pub extent: Extent,
}

/// How much of a run is done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    /// Each read step hands on at most so many rows.
    pub limit: Option<u64>,
    /// Everything is read and computed, and nothing is written.
    pub dry: bool,
    /// What each step does.
    pub course: Course,
    /// The folder that what reading and transforming steps hand on is kept in, for a run that takes it up.
    pub keep: Option<PathBuf>,
    /// Whether it goes on with a run that did not finish: then the steps that had begun to write.
    pub resumed: Option<Vec<String>>,
}

/// Where the facts of a run go. A closed one stops nothing.
pub type FactSink = tokio::sync::mpsc::UnboundedSender<RunFact>;

/// Something that can run a manifest.
pub trait Engine: Send + Sync {
    /// Its name, as it stands in facts.
    fn name(&self) -> &str;

    /// Runs the manifest. The facts tell everything, from `RunStarted` to `RunFinished`; whatever goes
    /// wrong is a fact too. Cancelling ends the run soon, with nothing half-written left.
    fn run(
        &self,
        job: Job,
        facts: FactSink,
        cancel: CancellationToken,
    ) -> Pin<Box<dyn Future<Output = RunOutcome> + Send + '_>>;
}
