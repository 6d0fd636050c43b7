//! How old the newest value of a column of times is.

use std::time::Duration;

use arrow::array::AsArray;
use arrow::compute::{CastOptions, cast_with_options, max};
use arrow::datatypes::{DataType, Field, Int64Type, TimeUnit};
use arrow::record_batch::RecordBatch;

use super::row::unfit;
use super::told::Found;
use crate::diagnostic::Diagnostic;
use crate::pipeline::expect::duration_text;

/// The newest value so far.
pub(super) struct Newest {
    name: String,
    place: usize,
    within: Duration,
    /// Microseconds since 1970, UTC; a time without a zone is taken as UTC.
    newest: Option<i64>,
    /// How the column's numbers become microseconds: multiplied, divided.
    scale: (i64, i64),
}

impl Newest {
    /// Of a column.
    ///
    /// # Errors
    /// It has no times.
    pub fn new(field: &Field, place: usize, within: Duration) -> Result<Newest, Diagnostic> {
        let scale = match field.data_type() {
            DataType::Timestamp(TimeUnit::Second, _) => (1_000_000, 1),
            DataType::Timestamp(TimeUnit::Millisecond, _) => (1000, 1),
            DataType::Timestamp(TimeUnit::Nanosecond, _) => (1, 1000),
            DataType::Timestamp(TimeUnit::Microsecond, _) | DataType::Date32 | DataType::Date64 => (1, 1),
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => (1, 1),
            _ => return Err(unfit(field, "freshness looks at a date, a timestamp or a text that is one")),
        };
        Ok(Newest { name: field.name().clone(), place, within, newest: None, scale })
    }

    /// Looks at rows.
    ///
    /// # Errors
    /// A text that is no time.
    pub fn take(&mut self, batch: &RecordBatch) -> Result<(), Diagnostic> {
        let column = batch.column(self.place);
        let strict = CastOptions { safe: false, ..CastOptions::default() };
        let wrong = |error: arrow::error::ArrowError| {
            Diagnostic::error("invalid-check-value", format!("a value of `{}` is no time", self.name))
                .why(crate::secret::hide(&error.to_string()).into_owned())
                .fix("cast the column to TIMESTAMP in a SQL step before")
        };
        let numbers = match column.data_type() {
            DataType::Timestamp(..) => cast_with_options(column, &DataType::Int64, &strict).map_err(wrong)?,
            _ => {
                let micros = DataType::Timestamp(TimeUnit::Microsecond, None);
                let times = cast_with_options(column, &micros, &strict).map_err(wrong)?;
                cast_with_options(&times, &DataType::Int64, &strict).map_err(wrong)?
            }
        };
        if let Some(most) = max(numbers.as_primitive::<Int64Type>()) {
            let micros = most.saturating_mul(self.scale.0) / self.scale.1;
            self.newest = Some(self.newest.map_or(micros, |newest| newest.max(micros)));
        }
        Ok(())
    }

    /// Compares with the clock.
    pub fn finish(self, found: &mut Found) {
        let allowed = duration_text(self.within);
        let time = |micros: i64| jiff::Timestamp::from_microsecond(micros).ok();
        let now = jiff::Timestamp::now();
        let Some(newest) = self.newest else {
            found.whole = Some(format!("there is no value, one of the last {allowed} is expected"));
            return;
        };
        let age = now.as_microsecond().saturating_sub(newest);
        let said = time(newest).map_or_else(|| "a time beyond the calendar".to_owned(), |time| format!("{time:.0}"));
        let old = Duration::from_micros(u64::try_from(age).unwrap_or(0));
        let told = format!("the newest is {said}, {} old", duration_text(old));
        if old > self.within {
            found.whole = Some(format!("{told}; {allowed} are let pass"));
        } else {
            found.note = Some(told);
        }
    }
}
