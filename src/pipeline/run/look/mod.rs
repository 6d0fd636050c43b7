//! A look at the rows that a step would hand on: the step and what it needs are done dry, with few rows, and
//! nothing is written or recorded.
//!
//! Owns: which steps that takes, what comes of it, the profile of its columns. Does not own: doing steps
//! (`engine`).

mod part;
mod profile;

use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::engine::{Engine, Job};
use super::fact::{Preview, RunFact, RunOutcome};
use crate::diagnostic::Diagnostic;
pub use part::part;
pub use profile::{Bar, Profile};

/// Rows that each read step hands on for a look.
pub const READ_ROWS: u64 = 10_000;
/// Rows of a step that are profiled.
pub const PROFILED_ROWS: usize = 10_000;
/// Rows that are kept to be shown.
const SHOWN_ROWS: usize = 500;
/// Bytes of them.
const SHOWN_BYTES: usize = 256 * 1024;
/// Columns that are shown and profiled.
const COLUMNS: usize = 200;

/// A column of what a step hands on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LookColumn {
    /// Its name.
    pub name: String,
    /// Its type, as DuckDB calls it; empty where it is not known.
    pub kind: String,
    /// What stands in it.
    pub profile: Profile,
}

/// What a step would hand on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Look {
    /// The step.
    pub step: String,
    /// The step whose rows these are: another one where the step writes what that hands on.
    pub of: String,
    /// Its columns.
    pub columns: Vec<LookColumn>,
    /// How many columns there are beside these.
    pub more_columns: usize,
    /// The first rows; `None` is NULL.
    pub rows: Vec<Vec<Option<String>>>,
    /// Rows that there were.
    pub total: u64,
    /// Rows that each read step was to hand on at most.
    pub limit: u64,
    /// Microseconds.
    pub duration_us: u64,
}

/// Something that happened during a look.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LookFact {
    /// It began.
    Started {
        /// The step.
        step: String,
    },
    /// It went well.
    Found(Box<Look>),
    /// It could not be done.
    Failed {
        /// The step.
        step: String,
        /// What went wrong.
        diagnostic: Box<Diagnostic>,
    },
    /// It was interrupted.
    Stopped {
        /// The step.
        step: String,
    },
}

/// Looks at a step. `job` is the whole pipeline, `Extent` and preview as a look needs them.
pub async fn look(engine: &dyn Engine, mut job: Job, step: &str, cancel: CancellationToken) -> LookFact {
    let part = match part(&job.manifest, step) {
        Ok(part) => part,
        Err(diagnostic) => return LookFact::Failed { step: step.to_owned(), diagnostic: Box::new(diagnostic) },
    };
    job.manifest = std::sync::Arc::new(part.manifest);
    job.limits.preview_rows = PROFILED_ROWS;
    let limit = job.extent.limit.unwrap_or(0);
    let began = std::time::Instant::now();
    let (facts, mut incoming) = mpsc::unbounded_channel();
    let outcome = engine.run(job, facts, cancel).await;
    let mut failure = None;
    let mut previews = Vec::new();
    while let Ok(fact) = incoming.try_recv() {
        match fact {
            RunFact::StepFailed { diagnostic, .. } if failure.is_none() => failure = Some(diagnostic),
            RunFact::RunFinished { previews: found, .. } => previews = found,
            _ => {}
        }
    }
    let step = step.to_owned();
    match (outcome, failure) {
        (RunOutcome::Cancelled, _) => LookFact::Stopped { step },
        (_, Some(diagnostic)) => LookFact::Failed { step, diagnostic },
        _ => {
            let mut take = |id: &str| previews.iter().position(|p| p.step == id).map(|at| previews.swap_remove(at));
            let (rows, kinds) = (take(&part.rows), take(&part.kinds));
            let Some(rows) = rows else { return LookFact::Failed { step, diagnostic: Box::new(nothing()) } };
            let duration_us = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
            let of = part.of;
            let made = tokio::task::spawn_blocking(move || {
                let look = Look { step, of, limit, duration_us, total: rows.total, ..Look::default() };
                LookFact::Found(Box::new(filled(look, rows, kinds)))
            });
            made.await.unwrap_or_else(|_| LookFact::Failed { step: String::new(), diagnostic: Box::new(nothing()) })
        }
    }
}

fn nothing() -> Diagnostic {
    Diagnostic::error("nothing-to-look-at", "the engine handed no rows back")
        .why("the step ended without saying which columns it has")
        .fix("run the pipeline with `--dry-run` and look at what it says")
}

fn filled(mut look: Look, preview: Preview, kinds: Option<Preview>) -> Look {
    // Two columns of the query: name and type.
    let kinds: Vec<String> = kinds
        .into_iter()
        .flat_map(|p| p.rows)
        .map(|row| row.into_iter().nth(1).flatten().unwrap_or_default())
        .collect();
    look.more_columns = preview.columns.len().saturating_sub(COLUMNS);
    for (n, name) in preview.columns.into_iter().take(COLUMNS).enumerate() {
        let kind = kinds.get(n).cloned().unwrap_or_default();
        let values = preview.rows.iter().map(|row| row.get(n).and_then(Option::as_deref));
        let profile = profile::of(values, &kind);
        look.columns.push(LookColumn { name, kind, profile });
    }
    let mut bytes = 0;
    for mut row in preview.rows.into_iter().take(SHOWN_ROWS) {
        row.truncate(COLUMNS);
        bytes += row.iter().map(|value| value.as_ref().map_or(1, String::len)).sum::<usize>();
        if bytes > SHOWN_BYTES && !look.rows.is_empty() {
            break;
        }
        look.rows.push(row);
    }
    look
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_bounded() {
        let wide = Preview {
            step: "s".into(),
            path: String::new(),
            columns: (0..250).map(|n| format!("c{n}")).collect(),
            rows: vec![vec![Some("x".repeat(200)); 250]; 600],
            total: 600,
        };
        let look = filled(Look::default(), wide, None);
        assert_eq!((look.columns.len(), look.more_columns, look.rows[0].len()), (200, 50, 200));
        assert!(look.rows.len() < 10);
        let one = Preview {
            step: "s".into(),
            path: String::new(),
            columns: vec!["c".into()],
            rows: vec![vec![None]; 600],
            total: 600,
        };
        let look = filled(Look::default(), one, None);
        assert_eq!((look.rows.len(), look.columns[0].profile.nulls), (500, 600));
    }
}
