//! Record batches as the data of `COPY … FROM STDIN`: binary where the types allow it, else text.

mod binary;
mod numeric;
mod parse;
mod text;

use arrow::record_batch::RecordBatch;

use super::kind::Kind;
use crate::connect::driver::cell::{Cell, View};
use crate::connect::driver::plan::{ColumnPlan, OnError};

pub(super) use binary::{EPOCH_DAYS, EPOCH_US};
pub(in crate::connect::driver) use parse::array_of;
pub(in crate::connect::driver) use text::render;

/// Why a value can't be written.
pub(super) type Why = std::borrow::Cow<'static, str>;

/// The form of the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Binary,
    Text,
}

impl Form {
    /// The form that the columns allow.
    pub fn of(plan: &ColumnPlan, kinds: &[Kind]) -> Form {
        let binary = plan.columns.iter().zip(kinds).all(|(column, kind)| {
            let list = matches!(column.engine_type, arrow::datatypes::DataType::List(_));
            kind.has_binary() && (list || !matches!(kind, Kind::Array(_)))
        });
        if binary { Form::Binary } else { Form::Text }
    }

    /// As `COPY` calls it.
    pub fn word(self) -> &'static str {
        match self {
            Form::Binary => "binary",
            Form::Text => "text",
        }
    }
}

/// A value that can't be written.
#[derive(Clone, Debug)]
pub(super) struct Unfit {
    /// The row of the batch, from 0.
    pub row: usize,
    /// The number of the column in the plan.
    pub column: usize,
    pub why: Why,
}

/// Writes rows of batches.
pub(super) struct Encoder {
    form: Form,
    /// For each column its number among those that come in, and its type.
    columns: Vec<(usize, Kind)>,
    on_error: OnError,
    /// Whether a number of the row, counted by the caller, comes first.
    numbered: bool,
}

impl Encoder {
    pub fn new(form: Form, plan: &ColumnPlan, kinds: &[Kind], on_error: OnError, numbered: bool) -> Encoder {
        let columns = plan.columns.iter().zip(kinds).map(|(column, kind)| (column.input, kind.clone())).collect();
        Encoder { form, columns, on_error, numbered }
    }

    /// What stands before all rows.
    pub fn begin(&self, out: &mut Vec<u8>) {
        if self.form == Form::Binary {
            out.extend_from_slice(b"PGCOPY\n\xff\r\n\0");
            out.extend_from_slice(&[0; 8]);
        }
    }

    /// What stands after all rows.
    pub fn end(&self, out: &mut Vec<u8>) {
        if self.form == Form::Binary {
            out.extend_from_slice(&(-1i16).to_be_bytes());
        }
    }

    /// Views of the columns of a batch.
    pub fn views<'a>(&self, batch: &'a RecordBatch) -> Vec<View<'a>> {
        // The plan has refused columns without a view.
        self.columns.iter().map(|(input, _)| View::of(batch.column(*input).as_ref()).unwrap_or(View::Nothing)).collect()
    }

    /// Appends a row. Nothing is left of a row that can't be written.
    #[inline]
    pub fn row(&self, views: &[View<'_>], row: usize, number: u64, out: &mut Vec<u8>) -> Result<(), Unfit> {
        let start = out.len();
        match self.form {
            Form::Binary => {
                let count = self.columns.len() + usize::from(self.numbered);
                out.extend_from_slice(&(count as i16).to_be_bytes());
                if self.numbered {
                    out.extend_from_slice(&8i32.to_be_bytes());
                    out.extend_from_slice(&number.to_be_bytes());
                }
            }
            Form::Text if self.numbered => {
                out.extend_from_slice(number.to_string().as_bytes());
                out.push(b'\t');
            }
            Form::Text => {}
        }
        for (column, ((_, kind), view)) in self.columns.iter().zip(views).enumerate() {
            let mark = out.len();
            let cell = view.cell(row);
            let done = match self.form {
                Form::Binary => binary::field(kind, cell, out),
                Form::Text => text::field(kind, cell, column > 0, out),
            };
            let Err(why) = done else { continue };
            out.truncate(mark);
            if self.on_error == OnError::Null {
                match self.form {
                    Form::Binary => out.extend_from_slice(&(-1i32).to_be_bytes()),
                    Form::Text => drop(text::field(kind, Cell::Null, column > 0, out)),
                }
            } else {
                out.truncate(start);
                return Err(Unfit { row, column, why });
            }
        }
        if self.form == Form::Text {
            out.push(b'\n');
        }
        Ok(())
    }
}
