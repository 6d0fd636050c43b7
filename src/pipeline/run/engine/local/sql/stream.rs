//! Inputs as streams: DuckDB pulls their rows from the channels while the query runs, and holds none of them
//! but those that it has to. Only for queries that go through each input once.

use std::collections::{BTreeMap, VecDeque};
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use duckdb::Connection;
use duckdb::core::{DataChunkHandle, LogicalTypeHandle, LogicalTypeId};
use duckdb::vtab::{
    BindInfo, InitInfo, TableFunctionInfo, VTab, record_batch_to_duckdb_data_chunk, to_duckdb_logical_type_for_field,
};

use super::super::super::super::id::new_run_id;
use super::super::channel::{Inbox, Parcel, Received};
use super::super::step::{Failure, INPUT_BROKE_OFF, Meter};
use super::intake::Intake;

/// The table functions that read streams: this and the number of the input.
pub(super) const FUNCTION: &str = "pipesmith_input_";

/// Rows that DuckDB takes at a time.
const VECTOR: usize = 2048;

/// What DuckDB's planner is told of an input whose end is not in sight: many rows, so that a small one is what
/// a join holds in memory.
const MANY: u64 = 100_000_000;

/// The streams that can be read, by key. DuckDB hands a table function nothing but values of SQL, so a
/// key is how it finds its stream.
static STREAMS: Mutex<BTreeMap<String, Arc<Stream>>> = Mutex::new(BTreeMap::new());

/// The rows of an input that are still to come.
pub(super) struct Stream {
    schema: SchemaRef,
    input: usize,
    inbox: Arc<Inbox>,
    meter: Arc<Meter>,
    /// All its rows, where they are known.
    rows: Option<u64>,
    state: Mutex<State>,
}

struct State {
    /// What came before the query ran.
    early: VecDeque<RecordBatch>,
    batch: Option<RecordBatch>,
    /// Rows of the batch already taken.
    taken: usize,
    ended: bool,
    broke_off: bool,
}

/// Streams that a query can read, as long as this lives.
pub(super) struct Registered {
    streams: Vec<(String, Arc<Stream>)>,
}

impl Registered {
    /// Makes a stream of each input of an intake.
    pub fn new(connection: &Connection, intake: Intake, meter: &Arc<Meter>) -> duckdb::Result<Registered> {
        let Intake { inbox, inputs } = intake;
        let mut streams = Vec::with_capacity(inputs.len());
        for (input, got) in inputs.into_iter().enumerate() {
            let Some(schema) = got.schema else { continue };
            connection.register_table_function::<Scan>(&format!("{FUNCTION}{input}"))?;
            let rows = got.ended.then(|| got.batches.iter().map(|batch| batch.num_rows() as u64).sum());
            let (early, ended) = (got.batches, got.ended);
            let state = Mutex::new(State { early, batch: None, taken: 0, ended, broke_off: false });
            let stream = Stream { schema, input, inbox: inbox.clone(), meter: meter.clone(), rows, state };
            // Random enough that no query can name the stream of another.
            streams.push((new_run_id(), Arc::new(stream)));
        }
        let mut known = STREAMS.lock().unwrap_or_else(PoisonError::into_inner);
        known.extend(streams.iter().cloned());
        drop(known);
        Ok(Registered { streams })
    }

    /// The columns of each input, and what to select it from.
    pub fn sources(&self) -> impl Iterator<Item = (&SchemaRef, String)> {
        self.streams.iter().map(|(key, stream)| (&stream.schema, format!("{FUNCTION}{}('{key}')", stream.input)))
    }

    /// Whether a stream ended before its rows did.
    pub fn broke_off(&self) -> bool {
        self.streams.iter().any(|(_, stream)| stream.lock().broke_off)
    }

    /// Takes in what the query did not want, so that whoever sends can finish.
    pub fn drain(&self) -> Result<(), Failure> {
        for (_, stream) in &self.streams {
            while stream.next_batch(&mut stream.lock()).map_err(|_| INPUT_BROKE_OFF)?.is_some() {}
        }
        Ok(())
    }

    /// Gives the intake back, where nothing was read.
    pub fn into_intake(self, inbox: Arc<Inbox>) -> Intake {
        let mut intake = Intake::new(inbox, self.streams.len());
        for (got, (_, stream)) in intake.inputs.iter_mut().zip(&self.streams) {
            let mut state = stream.lock();
            got.schema = Some(stream.schema.clone());
            got.batches = std::mem::take(&mut state.early);
            got.ended = state.ended;
        }
        intake
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        let mut known = STREAMS.lock().unwrap_or_else(PoisonError::into_inner);
        self.streams.iter().for_each(|(key, _)| drop(known.remove(key)));
    }
}

impl Stream {
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        // A panic in the middle leaves at worst rows behind; the query has failed by then.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next_batch(&self, state: &mut State) -> Result<Option<RecordBatch>, &'static str> {
        if let Some(batch) = state.early.pop_front() {
            self.meter.taken(batch.num_rows());
            return Ok(Some(batch));
        }
        while !state.ended {
            match self.inbox.receive_of(|input| input == self.input) {
                Received::Parcel(_, Parcel::Batch(batch)) => {
                    self.meter.taken(batch.num_rows());
                    return Ok(Some(batch));
                }
                Received::Parcel(..) => {}
                Received::AllEnded => state.ended = true,
                Received::BrokenOff => {
                    state.broke_off = true;
                    return Err("the input broke off");
                }
            }
        }
        Ok(None)
    }

    /// At most a vector of rows; `None` at the end.
    fn next_rows(&self) -> Result<Option<RecordBatch>, &'static str> {
        let mut state = self.lock();
        loop {
            if let Some(batch) = &state.batch {
                let count = (batch.num_rows() - state.taken).min(VECTOR);
                if count > 0 {
                    let rows = batch.slice(state.taken, count);
                    state.taken += count;
                    return Ok(Some(rows));
                }
            }
            state.taken = 0;
            state.batch = self.next_batch(&mut state)?;
            if state.batch.is_none() {
                return Ok(None);
            }
        }
    }
}

struct Scan;

impl VTab for Scan {
    /// The columns that the query uses, in the order in which DuckDB wants them.
    type InitData = Vec<usize>;
    type BindData = Arc<Stream>;

    fn bind(bind: &BindInfo) -> Result<Arc<Stream>, Box<dyn Error>> {
        let key = bind.get_parameter(0).to_string();
        let stream = STREAMS.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        let stream = stream.ok_or("there is no such input")?;
        for field in stream.schema.fields() {
            bind.add_result_column(field.name(), to_duckdb_logical_type_for_field(field)?);
        }
        bind.set_cardinality(stream.rows.unwrap_or(MANY), stream.rows.is_some());
        Ok(stream)
    }

    fn init(init: &InitInfo) -> Result<Vec<usize>, Box<dyn Error>> {
        // One thread, so that rows keep their order.
        init.set_max_threads(1);
        Ok(init.get_column_indices().into_iter().map(usize::try_from).collect::<Result<_, _>>()?)
    }

    fn func(function: &TableFunctionInfo<Scan>, output: &mut DataChunkHandle) -> Result<(), Box<dyn Error>> {
        match function.get_bind_data().next_rows()? {
            Some(rows) => record_batch_to_duckdb_data_chunk(&rows.project(function.get_init_data())?, output),
            None => {
                output.set_len(0);
                Ok(())
            }
        }
    }

    fn supports_pushdown() -> bool {
        true
    }

    fn parameters() -> Option<Vec<LogicalTypeHandle>> {
        Some(vec![LogicalTypeHandle::from(LogicalTypeId::Varchar)])
    }
}
