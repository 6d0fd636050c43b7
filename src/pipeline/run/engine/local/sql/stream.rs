//! An input as a stream: DuckDB pulls its rows from the channel while the query runs, and holds none of
//! them. Only for queries that go through their input once.

use std::collections::BTreeMap;
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
use super::nested;

/// The table function that reads a stream.
pub(super) const FUNCTION: &str = "pipesmith_input";

/// Rows that DuckDB takes at a time.
const VECTOR: usize = 2048;

/// The streams that can be read, by key. DuckDB hands a table function nothing but values of SQL, so a
/// key is how it finds its stream.
static STREAMS: Mutex<BTreeMap<String, Arc<Stream>>> = Mutex::new(BTreeMap::new());

/// The rows of an input that are still to come.
pub(super) struct Stream {
    schema: SchemaRef,
    state: Mutex<State>,
}

struct State {
    inbox: Inbox,
    meter: Arc<Meter>,
    batch: Option<RecordBatch>,
    /// Rows of the batch already taken.
    taken: usize,
    ended: bool,
    broke_off: bool,
}

/// A stream that a query can read, as long as this lives.
pub(super) struct Registered {
    key: String,
    stream: Arc<Stream>,
}

impl Registered {
    /// Makes a stream of an inbox with one input, whose schema has come.
    pub fn new(
        connection: &Connection,
        schema: SchemaRef,
        inbox: Inbox,
        meter: Arc<Meter>,
    ) -> duckdb::Result<Registered> {
        connection.register_table_function::<Scan>(FUNCTION)?;
        let state = State { inbox, meter, batch: None, taken: 0, ended: false, broke_off: false };
        let stream = Arc::new(Stream { schema, state: Mutex::new(state) });
        // Random enough that no query can name the stream of another.
        let key = new_run_id();
        STREAMS.lock().unwrap_or_else(PoisonError::into_inner).insert(key.clone(), stream.clone());
        Ok(Registered { key, stream })
    }

    /// What to select from.
    pub fn source(&self) -> String {
        format!("{FUNCTION}('{}')", self.key)
    }

    /// Whether the stream ended before its rows did.
    pub fn broke_off(&self) -> bool {
        self.stream.lock().broke_off
    }

    /// Takes in what the query did not want, so that whoever sends can finish.
    pub fn drain(&self) -> Result<(), Failure> {
        let mut state = self.stream.lock();
        while state.next_batch().map_err(|_| INPUT_BROKE_OFF)?.is_some() {}
        Ok(())
    }

    /// Gives the inbox back, where nothing was read; what is put in its place is at its end.
    pub fn into_inbox(self) -> Inbox {
        std::mem::replace(&mut self.stream.lock().inbox, Inbox::new(0).0)
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        STREAMS.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

impl Stream {
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        // A panic in the middle leaves at worst rows behind; the query has failed by then.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn next_batch(&mut self) -> Result<Option<RecordBatch>, &'static str> {
        while !self.ended {
            match self.inbox.receive() {
                Received::Parcel(_, Parcel::Batch(batch)) => {
                    self.meter.taken(batch.num_rows());
                    return Ok(Some(batch));
                }
                Received::Parcel(..) => {}
                Received::AllEnded => self.ended = true,
                Received::BrokenOff => {
                    self.broke_off = true;
                    return Err("the input broke off");
                }
            }
        }
        Ok(None)
    }

    /// At most a vector of rows; `None` at the end.
    fn next_rows(&mut self) -> Result<Option<RecordBatch>, &'static str> {
        loop {
            if let Some(batch) = &self.batch {
                let count = (batch.num_rows() - self.taken).min(VECTOR);
                if count > 0 {
                    let rows = batch.slice(self.taken, count);
                    self.taken += count;
                    return Ok(Some(rows));
                }
            }
            self.taken = 0;
            self.batch = self.next_batch()?;
            if self.batch.is_none() {
                return Ok(None);
            }
        }
    }
}

struct Scan;

impl VTab for Scan {
    type InitData = ();
    type BindData = Arc<Stream>;

    fn bind(bind: &BindInfo) -> Result<Arc<Stream>, Box<dyn Error>> {
        let key = bind.get_parameter(0).to_string();
        let stream = STREAMS.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        let stream = stream.ok_or("there is no such input")?;
        for field in stream.schema.fields() {
            bind.add_result_column(field.name(), to_duckdb_logical_type_for_field(field)?);
        }
        Ok(stream)
    }

    fn init(init: &InitInfo) -> Result<(), Box<dyn Error>> {
        // One thread, so that rows keep their order.
        init.set_max_threads(1);
        Ok(())
    }

    fn func(function: &TableFunctionInfo<Scan>, output: &mut DataChunkHandle) -> Result<(), Box<dyn Error>> {
        match function.get_bind_data().lock().next_rows()? {
            Some(rows) => record_batch_to_duckdb_data_chunk(&nested::ready(rows)?, output),
            None => {
                output.set_len(0);
                Ok(())
            }
        }
    }

    fn parameters() -> Option<Vec<LogicalTypeHandle>> {
        Some(vec![LogicalTypeHandle::from(LogicalTypeId::Varchar)])
    }
}
