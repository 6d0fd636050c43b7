//! A line of `events.jsonl`: `ts`, `run_id`, `step`, `event`, and what the event tells.

use std::io;

use serde_json::{Map, Value};

use super::super::fact::RunFact;

/// A fact of a run with its time.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedFact {
    /// RFC 3339, UTC, to the microsecond.
    pub ts: String,
    /// The run's id.
    pub run: String,
    /// What happened.
    pub fact: RunFact,
}

impl RecordedFact {
    /// The line, without its end.
    ///
    /// # Errors
    /// A fact that is no JSON; there is none.
    pub fn to_line(&self) -> io::Result<String> {
        let fact = serde_json::to_value(&self.fact).map_err(io::Error::other)?;
        let (event, told) = match fact {
            Value::Object(one) => one.into_iter().next().unwrap_or_default(),
            other => (other.as_str().unwrap_or_default().to_owned(), Value::Null),
        };
        let mut line = Map::new();
        line.insert("ts".to_owned(), self.ts.clone().into());
        line.insert("run_id".to_owned(), self.run.clone().into());
        if let Some(step) = self.fact.step() {
            line.insert("step".to_owned(), step.into());
        }
        line.insert("event".to_owned(), event.into());
        if let Value::Object(told) = told {
            for (key, value) in told.into_iter().filter(|(key, _)| key != "step" && key != "run") {
                line.insert(key, value);
            }
        }
        let mut line = Value::Object(line);
        crate::secret::hide_json(&mut line);
        serde_json::to_string(&line).map_err(io::Error::other)
    }

    /// Reads a line back; `None` for one that this program does not know.
    pub fn read(line: &str) -> Option<RecordedFact> {
        let mut line: Map<String, Value> = serde_json::from_str(line).ok()?;
        let mut text = |key: &str| line.remove(key).and_then(|v| v.as_str().map(str::to_owned));
        let (ts, run, event) = (text("ts")?, text("run_id")?, text("event")?);
        line.insert("run".to_owned(), run.clone().into());
        let fact = Map::from_iter([(event, Value::Object(line))]);
        Some(RecordedFact { ts, run, fact: serde_json::from_value(Value::Object(fact)).ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Diagnostic;
    use crate::pipeline::run::RunOutcome;

    fn line(fact: RunFact) -> String {
        RecordedFact { ts: "t".to_owned(), run: "r".to_owned(), fact }.to_line().unwrap()
    }

    #[test]
    fn a_line_has_the_names_that_people_look_for_and_is_read_back() {
        let started = RunFact::StepStarted { step: "read".to_owned() };
        assert_eq!(line(started), r#"{"ts":"t","run_id":"r","step":"read","event":"step-started"}"#);
        for fact in [
            RunFact::StepStarted { step: "a".to_owned() },
            RunFact::StepFailed {
                step: "a".to_owned(),
                diagnostic: Box::new(Diagnostic::error("c", "m")),
                duration_us: 4,
            },
            RunFact::RunStarted {
                run: "r".to_owned(),
                pipeline: "p".to_owned(),
                manifest: "m".to_owned(),
                engine: "local".to_owned(),
                steps: Vec::new(),
            },
            RunFact::RunFinished {
                run: "r".to_owned(),
                outcome: RunOutcome::Succeeded,
                duration_us: 1,
                outputs: Vec::new(),
                previews: Vec::new(),
            },
        ] {
            assert_eq!(RecordedFact::read(&line(fact.clone())).map(|read| read.fact), Some(fact));
        }
        assert_eq!(RecordedFact::read("{\"ts\":\"t\",\"run_id\":\"r\",\"event\":\"unheard-of\"}"), None);
        assert_eq!(RecordedFact::read("{\"ts\":"), None);
    }
}
