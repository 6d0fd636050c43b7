//! What is told of what a check found.

use arrow::record_batch::RecordBatch;

use crate::connect::driver::csv::cell_text;
use crate::diagnostic::Diagnostic;
use crate::pipeline::expect::{Check, CheckOutcome, SAMPLE_ROWS, Severity};

/// Characters of a value in a sample.
const VALUE: usize = 60;

/// What a check found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Rows.
    pub count: u64,
    /// Some of them.
    pub sample: Vec<String>,
    /// What does not pass, where it is not rows.
    pub whole: Option<String>,
    /// What is worth knowing although it passed.
    pub note: Option<String>,
}

impl Found {
    /// A row, by its number, with the values of some columns.
    pub fn row(&mut self, number: u64, batch: &RecordBatch, places: &[usize], at: usize) {
        self.count += 1;
        if self.sample.len() < SAMPLE_ROWS {
            let value = |place: &usize| {
                let name = batch.schema_ref().field(*place).name().clone();
                shown(&name, cell_text(batch.column(*place), at, VALUE).as_deref())
            };
            let values: Vec<String> = places.iter().map(value).collect();
            self.add(&format!("row {number}: {}", values.join(", ")));
        }
    }

    /// Something for the sample.
    pub fn add(&mut self, text: &str) {
        if self.sample.len() < SAMPLE_ROWS {
            let clean: String = text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
            self.sample.push(crate::secret::hide(&clean).into_owned());
        }
    }

    /// How many rows there are, of those that there may be.
    pub fn count(&mut self, rows: u64, min: Option<u64>, max: Option<u64>) {
        let said = format!("{rows} rows");
        match (min, max) {
            (Some(min), _) if rows < min => self.whole = Some(format!("{said}, at least {min} are expected")),
            (_, Some(max)) if rows > max => self.whole = Some(format!("{said}, at most {max} are expected")),
            _ => self.note = Some(said),
        }
    }

    /// The outcome of the check.
    pub fn outcome(self, check: &Check, file: Option<&str>) -> CheckOutcome {
        let passed = self.count == 0 && self.whole.is_none();
        let told = match (self.whole, self.note, self.count) {
            (Some(whole), ..) => whole,
            (None, Some(note), 0) => note,
            (None, _, 0) => "nothing found".to_owned(),
            (None, _, 1) => "1 row".to_owned(),
            (None, _, count) => format!("{count} rows"),
        };
        CheckOutcome {
            check: check.kind.word().to_owned(),
            name: check.name.clone(),
            columns: check.kind.columns().to_vec(),
            severity: check.severity,
            passed,
            offending: self.count,
            told,
            sample: self.sample,
            file: file.map(str::to_owned),
        }
    }
}

/// `name = 'value'`.
pub(super) fn shown(name: &str, value: Option<&str>) -> String {
    match value {
        None => format!("{name} is NULL"),
        Some(text) => format!("{name} = {text:?}"),
    }
}

/// What fails the step, if anything does.
pub(super) fn failure(step: &str, outcomes: &[CheckOutcome]) -> Option<Diagnostic> {
    let failed: Vec<&CheckOutcome> = outcomes.iter().filter(|o| !o.passed && o.severity == Severity::Fail).collect();
    let (first, rest) = failed.split_first()?;
    let number = outcomes.iter().position(|o| std::ptr::eq(o, *first)).unwrap_or_default();
    let line = |outcome: &&CheckOutcome| {
        let sample =
            if outcome.sample.is_empty() { String::new() } else { format!(" ({})", outcome.sample.join("; ")) };
        format!("{}: {}{sample}", outcome.label(), outcome.told)
    };
    let message = match rest.len() {
        0 => format!("a check of `{step}` failed: {}: {}", first.label(), first.told),
        more => format!("{} checks of `{step}` failed, the first: {}: {}", more + 1, first.label(), first.told),
    };
    let why: Vec<String> = failed.iter().map(line).collect();
    Some(
        Diagnostic::error("check-failed", message)
            .path(format!("steps[{step}].expect[{number}]"))
            .why(format!("{}. Nothing that depends on these rows was written", why.join("; ")))
            .fix("correct the rows where they come from, or set `severity` of the check to warn or quarantine"),
    )
}
