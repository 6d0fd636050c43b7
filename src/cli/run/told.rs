//! What a run told, as one value of JSON.

use serde_json::json;

use crate::diagnostic::Diagnostic;
use crate::pipeline::run::{RunFact, RunOutcome};

/// What a run told, for `--json`.
pub struct Told {
    pub run: String,
    pub outcome: RunOutcome,
    pub facts: Vec<RunFact>,
}

impl Told {
    /// The one value.
    pub fn to_json(&self) -> serde_json::Value {
        let failures: Vec<&Diagnostic> = self
            .facts
            .iter()
            .filter_map(|f| match f {
                RunFact::StepFailed { diagnostic, .. } => Some(&**diagnostic),
                _ => None,
            })
            .collect();
        let mut steps: Vec<_> = self
            .facts
            .iter()
            .filter_map(|f| match f {
                RunFact::StepFinished { step, rows_in, rows_out, duration_us, .. } => {
                    Some(json!({ "step": step, "status": "finished", "rows_in": rows_in, "rows_out": rows_out, "duration_us": duration_us }))
                }
                RunFact::StepFailed { step, .. } => Some(json!({ "step": step, "status": "failed" })),
                RunFact::StepStopped { step, reason } => Some(json!({ "step": step, "status": "stopped", "reason": reason })),
                RunFact::StepSkipped { step, reason } => Some(json!({ "step": step, "status": "skipped", "reason": reason })),
                _ => None,
            })
            .collect();
        // In the order of the manifest: steps end in an order that differs from run to run.
        let planned: Vec<&str> = self
            .facts
            .iter()
            .find_map(|f| match f {
                RunFact::RunStarted { steps, .. } => Some(steps.iter().map(|s| s.id.as_str()).collect()),
                _ => None,
            })
            .unwrap_or_default();
        for told in &mut steps {
            let id = told["step"].as_str().unwrap_or_default().to_owned();
            for fact in self.facts.iter().filter(|fact| fact.step() == Some(&id)) {
                match fact {
                    RunFact::StepChecked { checks, .. } => told["checks"] = json!(checks),
                    RunFact::StepRejected { rejected, .. } => match told["rejected"].as_array_mut() {
                        Some(all) => all.push(json!(rejected)),
                        None => told["rejected"] = json!([rejected]),
                    },
                    _ => {}
                }
            }
        }
        steps.sort_by_key(|told| planned.iter().position(|id| told["step"] == *id));
        let ended = self.facts.iter().find_map(|f| match f {
            RunFact::RunFinished { duration_us, outputs, previews, .. } => {
                Some(json!({ "duration_us": duration_us, "outputs": outputs, "previews": previews }))
            }
            _ => None,
        });
        let retries: Vec<_> = self
            .facts
            .iter()
            .filter_map(|f| match f {
                RunFact::StepRetried { step, attempt, code, reason, .. } => {
                    Some(json!({ "step": step, "attempt": attempt, "code": code, "reason": reason }))
                }
                _ => None,
            })
            .collect();
        json!({
            "ok": self.outcome == RunOutcome::Succeeded,
            "run": self.run,
            "outcome": self.outcome,
            "steps": steps,
            "retries": retries,
            "result": ended,
            "diagnostics": failures,
        })
    }
}
