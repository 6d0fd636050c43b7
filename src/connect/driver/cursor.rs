//! Reading only what came since the last time, along a column that grows: what a source is asked, what it
//! says, and what a target keeps of it.
//!
//! Owns: the words between runs, sources and targets. Does not own: the statements (each driver has its own),
//! where state is kept beside targets (`pipeline::run::cursor`).

use std::time::Duration;

use serde_json::Value;

use crate::diagnostic::Diagnostic;

/// The table that a target keeps the state of reads in, beside what was written of them.
pub(crate) const STATE: &str = "_pipesmith_state";

/// What a source is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Since {
    /// The column that grows.
    pub column: String,
    /// From where on: a text as the source itself wrote it, or a number. None: from the beginning.
    pub from: Option<Value>,
    /// Whether rows with exactly that value come again.
    pub inclusive: bool,
    /// How far before it is looked again.
    pub lag: Option<Lag>,
    /// Whether rows without a value are read, each time.
    pub nulls: bool,
}

/// A distance along a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lag {
    /// Of times.
    Time(Duration),
    /// Of numbers.
    Number(u64),
}

/// Where a read got to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mark {
    /// The greatest value that it read, as the source writes it; none where nothing came.
    pub to: Option<Value>,
    /// Rows without a value that can be compared.
    pub nulls: u64,
}

/// What a target keeps of a read when it commits.
#[derive(Clone, Debug, PartialEq)]
pub struct CursorNote {
    /// The step that read.
    pub reader: String,
    /// The column.
    pub column: String,
    /// What the target had before; another value there means that somebody else was faster.
    pub before: Option<Value>,
    /// What it has from now on.
    pub value: Value,
}

impl Since {
    /// What a row has to be to be read, as SQL. `name` is the column, `from` and `to` are values, all quoted;
    /// `lower` is the condition at the lower end.
    pub(crate) fn condition(
        &self,
        name: &str,
        lower: Option<String>,
        from: Option<&str>,
        to: Option<String>,
    ) -> String {
        let mut between: Vec<String> = lower.into_iter().collect();
        match (to, from) {
            // Up to there and no further: what comes meanwhile is read the next time.
            (Some(to), _) => between.push(format!("{name} <= {to}")),
            // Nothing is newer; what is looked at again ends at the state.
            (None, Some(from)) if self.lag.is_some() => between.push(format!("{name} <= {from}")),
            (None, _) => between.push("1 = 0".to_owned()),
        }
        let between = between.join(" AND ");
        if self.nulls { format!("({between}) OR {name} IS NULL") } else { between }
    }
}

/// A query, to be put into brackets.
pub(crate) fn bare(query: &str) -> &str {
    query.trim().trim_end_matches(|c: char| c == ';' || c.is_whitespace())
}

/// The query and the filter of a source with one more condition.
pub(crate) fn narrow(query: &mut Option<String>, filter: &mut Option<String>, condition: &str) {
    match query {
        Some(own) => *own = format!("SELECT * FROM (\n{}\n) AS q WHERE {condition}", bare(own)),
        None => {
            *filter = Some(match filter.take() {
                Some(own) => format!("(\n{own}\n) AND ({condition})"),
                None => condition.to_owned(),
            });
        }
    }
}

/// The value of a column as text.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A source that can't read so.
pub(crate) fn unsupported() -> Diagnostic {
    Diagnostic::error("incremental-unsupported", "this source can't read only what came since the last time")
        .why("it has no column that could be asked for greater values")
        .fix("remove `incremental` from the step")
}

/// A column that can't be read along.
pub(crate) fn unfit(column: &str, kind: &str) -> Diagnostic {
    Diagnostic::error("cursor-type", format!("`{column}` ({kind}) can't be read along"))
        .why("a cursor is a whole number, an exact number, a date, a time stamp or a text: its values have one order and one text")
        .fix("use a column such as an id that grows, or the time of the last change")
}

/// A lag that the column has no distance for.
pub(crate) fn unfit_lag(column: &str, kind: &str) -> Diagnostic {
    Diagnostic::error("cursor-type", format!("`lag` does not fit the column `{column}` ({kind})"))
        .why("dates and time stamps go back by a duration (5m), numbers by a whole number (100)")
        .fix("correct `lag`, or leave it out")
}

/// Somebody else was faster.
pub(crate) fn moved(note: &CursorNote, place: &str) -> Diagnostic {
    let message = format!("the state of `{}` at {place} was changed while this run read", note.reader);
    Diagnostic::error("cursor-moved", message)
        .why("another run of the pipeline has written what it read; this one has written nothing")
        .fix("run it again; it goes on where the other run ended")
}
