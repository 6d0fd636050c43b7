//! Steps that write to a system.

use arrow::record_batch::RecordBatch;

use super::super::super::fact::{Output, Preview};
use super::channel::{Inbox, Parcel, Received};
use super::check::Inspector;
use super::step::{Ended, Failure, INPUT_BROKE_OFF, Meter, STOPPED, Stop, Written};
use crate::connect::driver::csv::cell_text;
use crate::connect::driver::flow::{Halt, Io, Sink, Writing};

/// Characters of a cell in a preview.
const CELL: usize = 200;

/// Writes the rows of its input; without a sink it only takes them.
pub(super) fn run(
    sink: Option<&dyn Sink>,
    io: &Io,
    preview_rows: usize,
    mut inbox: Inbox,
    mut checks: Option<Inspector>,
    meter: &Meter,
    stop: &Stop,
) -> Ended {
    let mut begun: Option<(Option<Box<dyn Writing>>, Seen)> = None;
    loop {
        if stop.is_set() {
            return Err(STOPPED);
        }
        match inbox.receive() {
            Received::Parcel(_, Parcel::Schema(schema)) => {
                if let Some(checks) = &mut checks {
                    checks.columns(&schema)?;
                }
                let columns = schema.fields().iter().map(|field| field.name().clone()).collect();
                let writing = sink.map(|sink| sink.begin(io, schema)).transpose()?;
                begun = Some((writing, Seen { columns, rows: Vec::new(), most: preview_rows }));
            }
            Received::Parcel(_, Parcel::Batch(batch)) => {
                meter.taken(batch.num_rows());
                let whole = batch.clone();
                let batch = match &mut checks {
                    Some(checks) => checks.batch(batch)?,
                    None => batch,
                };
                if let Some((writing, seen)) = &mut begun {
                    seen.take(&batch);
                    if let Some(writing) = writing {
                        writing.write(&batch)?;
                    }
                }
                meter.handed_on(&whole);
            }
            Received::Parcel(_, Parcel::End) => {}
            Received::AllEnded => break,
            Received::BrokenOff => return Err(INPUT_BROKE_OFF),
        }
    }
    let Some((writing, seen)) = begun else { return Err(INPUT_BROKE_OFF) };
    if stop.is_set() {
        return Err(STOPPED);
    }
    // Before the end of the write: what fails here is never seen.
    if let Some(checks) = &mut checks {
        checks.finish()?;
    }
    let step = io.step.clone();
    let Some(writing) = writing else {
        let total = meter.read().0;
        let place = "nothing was written (dry run)".to_owned();
        let preview = Preview { step: step.clone(), path: place, columns: seen.columns, rows: seen.rows, total };
        return Ok(Some(Written { output: None, preview }));
    };
    let written = writing.finish()?;
    if let Some(rejected) = written.rejected.clone() {
        meter.rejected(rejected);
    }
    let output = Output { step: step.clone(), path: written.place.clone(), rows: written.rows, bytes: written.bytes };
    let preview = Preview { step, path: written.place, columns: seen.columns, rows: seen.rows, total: written.rows };
    Ok(Some(Written { output: Some(output), preview }))
}

/// The first rows that went by.
struct Seen {
    columns: Vec<String>,
    rows: Vec<Vec<Option<String>>>,
    most: usize,
}

impl Seen {
    fn take(&mut self, batch: &RecordBatch) {
        let more = self.most.saturating_sub(self.rows.len()).min(batch.num_rows());
        for row in 0..more {
            self.rows.push(batch.columns().iter().map(|array| cell_text(array, row, CELL)).collect());
        }
    }
}

impl From<Halt> for Failure {
    fn from(halt: Halt) -> Failure {
        match halt {
            Halt::Wrong(diagnostic) => Failure::Wrong(diagnostic),
            Halt::Stopped => STOPPED,
        }
    }
}
