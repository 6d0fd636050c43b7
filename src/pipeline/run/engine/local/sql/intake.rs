//! What came of the inputs before the query runs.

use std::collections::VecDeque;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;

use super::super::channel::{Inbox, Parcel, Received};
use super::super::step::{Failure, INPUT_BROKE_OFF};

/// Bytes of an input that are taken in to see whether it is a small one.
const EARLY_BYTES: usize = 4 << 20;

/// The inputs of a step, and what came of them.
pub(super) struct Intake {
    pub inbox: Arc<Inbox>,
    pub inputs: Vec<Input>,
}

/// What came of an input.
#[derive(Default)]
pub(super) struct Input {
    pub schema: Option<SchemaRef>,
    pub batches: VecDeque<RecordBatch>,
    pub ended: bool,
}

impl Intake {
    /// Nothing came.
    pub fn new(inbox: Arc<Inbox>, inputs: usize) -> Intake {
        Intake { inbox, inputs: (0..inputs).map(|_| Input::default()).collect() }
    }

    /// Takes in the columns of all inputs and, of several, the first rows: those of a small input are all of
    /// them, which DuckDB's planner can use. Only where no input can be waiting for another.
    pub fn take_early(&mut self) -> Result<(), Failure> {
        let bytes = if self.inputs.len() > 1 { EARLY_BYTES } else { 0 };
        let mut left = vec![bytes; self.inputs.len()];
        loop {
            let wanted = |at: usize| {
                let got = &self.inputs[at];
                got.schema.is_none() || !got.ended && left[at] > 0
            };
            match self.inbox.receive_of(wanted) {
                Received::Parcel(at, parcel) => {
                    let got = &mut self.inputs[at];
                    match parcel {
                        Parcel::Schema(schema) => got.schema = Some(schema),
                        Parcel::Batch(batch) => {
                            left[at] = left[at].saturating_sub(batch.get_array_memory_size());
                            got.batches.push_back(batch);
                        }
                        Parcel::End => got.ended = true,
                    }
                }
                Received::AllEnded => break,
                Received::BrokenOff => return Err(INPUT_BROKE_OFF),
            }
        }
        // Whoever ends well has told its columns before.
        if self.inputs.iter().all(|got| got.schema.is_some()) { Ok(()) } else { Err(INPUT_BROKE_OFF) }
    }

    /// Everything that comes, what came before first; `None` at the end of all.
    pub fn next(&mut self) -> Result<Option<(usize, Parcel)>, Failure> {
        for (at, got) in self.inputs.iter_mut().enumerate() {
            if let Some(schema) = got.schema.take() {
                return Ok(Some((at, Parcel::Schema(schema))));
            }
            if let Some(batch) = got.batches.pop_front() {
                return Ok(Some((at, Parcel::Batch(batch))));
            }
            if std::mem::take(&mut got.ended) {
                return Ok(Some((at, Parcel::End)));
            }
        }
        match self.inbox.receive() {
            Received::Parcel(at, parcel) => Ok(Some((at, parcel))),
            Received::AllEnded => Ok(None),
            Received::BrokenOff => Err(INPUT_BROKE_OFF),
        }
    }
}
