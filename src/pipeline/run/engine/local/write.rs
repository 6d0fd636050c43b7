//! Steps that write to a system.

use arrow::datatypes::SchemaRef;

use super::super::super::fact::Output;
use super::channel::{Inbox, Parcel, Received};
use super::seen::Seen;
use super::step::{Ended, Failure, Gear, INPUT_BROKE_OFF, STOPPED, Written};
use super::tries::Tries;
use crate::connect::driver::flow::{Halt, Io, Sink, Writing};

/// Writes the rows of its input; without a sink it only takes them.
pub(super) fn run(sink: Option<&dyn Sink>, gear: &Gear<'_>, preview_rows: usize, inbox: Inbox) -> Ended {
    let Gear { io, meter, stop, tries, .. } = gear;
    let mut begun: Option<Option<Box<dyn Writing>>> = None;
    let mut seen = Seen::new(preview_rows);
    loop {
        if stop.is_set() {
            return Err(STOPPED);
        }
        match inbox.receive() {
            Received::Parcel(_, Parcel::Schema(schema)) => {
                seen.columns(&schema);
                meter.columns(&schema);
                begun = Some(sink.map(|sink| begin(sink, io, &schema, tries)).transpose()?);
            }
            Received::Parcel(_, Parcel::Batch(batch)) => {
                meter.taken(batch.num_rows());
                if let Some(writing) = &mut begun {
                    seen.take(&batch);
                    if let Some(writing) = writing {
                        writing.write(&batch)?;
                    }
                }
                meter.handed_on(&batch);
            }
            Received::Parcel(_, Parcel::End) => {}
            Received::AllEnded => break,
            Received::BrokenOff => return Err(INPUT_BROKE_OFF),
        }
    }
    let Some(writing) = begun else { return Err(INPUT_BROKE_OFF) };
    if stop.is_set() {
        return Err(STOPPED);
    }
    let step = io.step.clone();
    let Some(writing) = writing else {
        let place = "nothing was written (dry run)".to_owned();
        return Ok(Some(Written { output: None, preview: seen.preview(step, place, meter.read().0) }));
    };
    let written = writing.finish()?;
    let output = Output { step: step.clone(), path: written.place.clone(), rows: written.rows, bytes: written.bytes };
    Ok(Some(Written { output: Some(output), preview: seen.preview(step, written.place, written.rows) }))
}

/// Begins to write, again where that failed with something that passes: no row has been taken yet.
fn begin(sink: &dyn Sink, io: &Io, schema: &SchemaRef, tries: &Tries) -> Result<Box<dyn Writing>, Failure> {
    loop {
        match sink.begin(io, schema.clone()) {
            Ok(writing) => return Ok(writing),
            Err(Halt::Wrong(diagnostic)) => tries.again(io, diagnostic)?,
            Err(halt) => return Err(halt.into()),
        }
    }
}

impl From<Halt> for Failure {
    fn from(halt: Halt) -> Failure {
        match halt {
            Halt::Wrong(diagnostic) => Failure::Wrong(diagnostic),
            Halt::Mistaken(diagnostic) => Failure::Mistaken(diagnostic),
            Halt::Stopped => STOPPED,
        }
    }
}
