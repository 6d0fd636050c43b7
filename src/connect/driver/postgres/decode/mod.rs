//! The data of `COPY … TO STDOUT (FORMAT binary)` as record batches.

mod column;
mod numeric;

use arrow::array::ArrayRef;
use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;

use super::kind::Kind;
use crate::connect::driver::flow::Halt;
use crate::connect::driver::plan::OnError;
use crate::diagnostic::Diagnostic;
use column::Column;

/// Bytes of a batch, as they came.
const MOST_BYTES: usize = 4 << 20;

const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";

/// Turns the data into batches.
pub(super) struct Decoder {
    schema: SchemaRef,
    columns: Vec<Column>,
    on_error: OnError,
    most_rows: usize,
    /// Data that is no whole row yet.
    carry: Vec<u8>,
    /// Where the fields of a row are, to be used again.
    fields: Vec<Option<(usize, usize)>>,
    begun: bool,
    ended: bool,
    /// Rows and bytes in the columns.
    rows: usize,
    bytes: usize,
    /// Rows so far.
    total: u64,
    /// What the rows are called in errors.
    what: String,
}

impl Decoder {
    pub fn new(
        what: &str,
        schema: SchemaRef,
        kinds: &[Kind],
        most_rows: usize,
        on_error: OnError,
    ) -> Result<Decoder, Diagnostic> {
        let columns = schema.fields().iter().zip(kinds).map(|(field, kind)| {
            Column::new(kind, field.data_type()).ok_or_else(|| {
                let message = format!("column `{}` of {what} has no type between the steps", field.name());
                Diagnostic::error("column-type", message).fix("cast it to text in `query`")
            })
        });
        Ok(Decoder {
            columns: columns.collect::<Result<_, _>>()?,
            schema,
            on_error,
            most_rows,
            carry: Vec::new(),
            fields: Vec::new(),
            begun: false,
            ended: false,
            rows: 0,
            bytes: 0,
            total: 0,
            what: what.to_owned(),
        })
    }

    /// Takes data in; hands full batches on.
    pub fn feed(&mut self, data: &[u8], each: &mut dyn FnMut(RecordBatch) -> Result<(), Halt>) -> Result<(), Halt> {
        if self.carry.is_empty() {
            let used = self.rows(data, each)?;
            self.carry.extend_from_slice(&data[used..]);
            return Ok(());
        }
        let mut all = std::mem::take(&mut self.carry);
        all.extend_from_slice(data);
        let used = self.rows(&all, each)?;
        all.drain(..used);
        self.carry = all;
        Ok(())
    }

    /// Ends: hands the last rows on and says how many there were.
    pub fn finish(mut self, each: &mut dyn FnMut(RecordBatch) -> Result<(), Halt>) -> Result<u64, Halt> {
        if !self.ended || !self.carry.is_empty() {
            let message = format!("{} broke off after {} rows", self.what, self.total);
            return Err(Diagnostic::error("rows-mismatch", message)
                .why("the server did not send the mark that ends the data")
                .fix("run it again")
                .into());
        }
        if self.rows > 0 {
            each(self.batch()?)?;
        }
        Ok(self.total)
    }

    /// Takes all whole rows; says how many bytes they were.
    fn rows(&mut self, data: &[u8], each: &mut dyn FnMut(RecordBatch) -> Result<(), Halt>) -> Result<usize, Halt> {
        let mut at = 0;
        if !self.begun {
            let Some(head) = data.get(..19) else { return Ok(0) };
            if !head.starts_with(SIGNATURE) {
                return Err(self.broken().into());
            }
            at = 19 + u32::from_be_bytes([head[15], head[16], head[17], head[18]]) as usize;
            if at > data.len() {
                return Ok(0);
            }
            self.begun = true;
        }
        while !self.ended {
            let Some(next) = self.row(data, at)? else { break };
            self.bytes += next - at;
            at = next;
            if self.rows >= self.most_rows || self.bytes >= MOST_BYTES {
                each(self.batch()?)?;
            }
        }
        Ok(at)
    }

    /// Takes the row at a place; says where the next is, none where it is not whole.
    fn row(&mut self, data: &[u8], mut at: usize) -> Result<Option<usize>, Diagnostic> {
        let Some(count) = data.get(at..at + 2) else { return Ok(None) };
        let count = i16::from_be_bytes([count[0], count[1]]);
        at += 2;
        if count == -1 {
            self.ended = true;
            return Ok(Some(at));
        }
        if usize::try_from(count).ok() != Some(self.columns.len()) {
            return Err(self.broken());
        }
        self.fields.clear();
        for _ in 0..count {
            let Some(length) = data.get(at..at + 4) else { return Ok(None) };
            let length = i32::from_be_bytes([length[0], length[1], length[2], length[3]]);
            at += 4;
            match usize::try_from(length) {
                Err(_) => self.fields.push(None),
                Ok(length) => {
                    self.fields.push(Some((at, at + length)));
                    at += length;
                }
            }
        }
        if at > data.len() {
            return Ok(None);
        }
        for (number, (column, field)) in self.columns.iter_mut().zip(&self.fields).enumerate() {
            let Some((start, end)) = field else {
                column.push_null();
                continue;
            };
            if let Err(why) = column.push(&data[*start..*end]) {
                if self.on_error == OnError::Null {
                    column.push_null();
                    continue;
                }
                let name = self.schema.field(number).name();
                let message = format!("{}: row {}, column `{name}`: {why}", self.what, self.total + 1);
                return Err(Diagnostic::error("value-unfit", message)
                    .fix(format!("cast `{name}` to text in `query`, or set `on_error: null`")));
            }
        }
        self.rows += 1;
        self.total += 1;
        Ok(Some(at))
    }

    fn batch(&mut self) -> Result<RecordBatch, Diagnostic> {
        (self.rows, self.bytes) = (0, 0);
        let broken = |error: arrow::error::ArrowError| Diagnostic::error("batch-internal", error.to_string());
        let columns: Vec<ArrayRef> =
            self.columns.iter_mut().map(Column::finish).collect::<Result<_, _>>().map_err(broken)?;
        RecordBatch::try_new(self.schema.clone(), columns).map_err(broken)
    }

    fn broken(&self) -> Diagnostic {
        Diagnostic::error("postgres-protocol", format!("{}: the server sent data of another form", self.what))
    }
}
