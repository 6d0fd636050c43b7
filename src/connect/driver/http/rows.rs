//! Rows of pages become record batches: the first of them decide on the columns, the others have to fit.

use std::collections::BTreeMap;

use arrow::datatypes::DataType;

use super::super::flow::{Halt, Rows};
use super::super::json::{Columns, Misfit, Shape, read_row};
use crate::diagnostic::Diagnostic;

/// Rows of a batch, and bytes.
const BATCH_ROWS: usize = 8192;
const BATCH_BYTES: usize = 4 << 20;
/// Bytes of rows that are kept to find the columns, at most.
const KEPT_BYTES: usize = 16 << 20;

/// How rows become columns.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    /// The columns wanted, in this order.
    pub columns: Option<Vec<String>>,
    /// Types of columns that are not inferred.
    pub dtype: BTreeMap<String, DataType>,
    /// Whether all other columns are text.
    pub all_text: bool,
    /// Whether objects in a row become columns.
    pub flatten: bool,
    /// Rows that decide on the columns.
    pub infer_rows: usize,
    /// Rows read at most.
    pub limit: u64,
}

/// Where a row stands, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct At {
    pub page: u64,
    pub row: u64,
}

/// Takes rows in and hands them on.
pub(super) struct Gather<'a> {
    wanted: &'a Wanted,
    /// How a person calls where they come from.
    name: &'a str,
    rows: &'a mut dyn Rows,
    shape: Shape,
    kept: Vec<(At, String)>,
    kept_bytes: usize,
    columns: Option<Columns>,
    taken: u64,
}

impl<'a> Gather<'a> {
    pub fn new(wanted: &'a Wanted, name: &'a str, rows: &'a mut dyn Rows) -> Gather<'a> {
        Gather { wanted, name, rows, shape: Shape::default(), kept: Vec::new(), kept_bytes: 0, columns: None, taken: 0 }
    }

    /// Whether no more rows are wanted.
    pub fn is_full(&self) -> bool {
        self.taken >= self.wanted.limit
    }

    /// Takes a row in, as it is written.
    ///
    /// # Errors
    /// It is no object, or does not fit; nobody takes rows any more.
    pub fn push(&mut self, at: At, text: &str) -> Result<(), Halt> {
        if self.is_full() {
            return Ok(());
        }
        self.taken += 1;
        if self.columns.is_some() {
            return self.fit(at, text);
        }
        let mut row = Vec::new();
        let seen = read_row(text, self.wanted.flatten, &mut row).and_then(|()| self.shape.see(self.taken, &row));
        seen.map_err(|what| self.bad_row(at, &what))?;
        self.kept_bytes += text.len();
        self.kept.push((at, text.to_owned()));
        if self.kept.len() >= self.wanted.infer_rows || self.kept_bytes >= KEPT_BYTES {
            self.settle()?;
        }
        Ok(())
    }

    /// Hands the rest on.
    ///
    /// # Errors
    /// As [`Gather::push`]; no row came and the columns are not known.
    pub fn finish(mut self) -> Result<(), Halt> {
        if self.columns.is_none() {
            self.settle()?;
        }
        self.hand_on()
    }

    /// Finds the columns, and hands on what was kept.
    fn settle(&mut self) -> Result<(), Halt> {
        let wanted = self.wanted;
        let given: Vec<String>;
        let mut names = wanted.columns.as_deref();
        if self.shape.is_empty() && names.is_none() {
            given = wanted.dtype.keys().cloned().collect();
            if given.is_empty() {
                return Err(Diagnostic::error("http-no-rows", format!("{}: no rows came", self.name))
                    .source(self.name)
                    .why("the columns are not known")
                    .fix("name them with `columns` or `dtype`; then no rows are no fault")
                    .into());
            }
            names = Some(&given);
        }
        let columns = self.shape.columns(names, &wanted.dtype, wanted.all_text).map_err(|mixed| {
            let place = |number: u64| match self.kept.get(number.saturating_sub(1) as usize) {
                Some((at, _)) => format!("page {}, row {}", at.page, at.row),
                None => format!("row {number}"),
            };
            let message = format!(
                "{}: {:?} is {} ({}) and {} ({})",
                self.name,
                mixed.name,
                mixed.first.0.word(),
                place(mixed.first.1),
                mixed.other.0.word(),
                place(mixed.other.1)
            );
            Diagnostic::error("json-mixed-types", message)
                .source(self.name)
                .why("a column has one type")
                .fix(format!("set `dtype` of {:?} to string, or `types: text` for all columns", mixed.name))
        })?;
        let columns = Columns::new(columns, wanted.columns.is_none());
        self.rows.columns(columns.schema())?;
        self.columns = Some(columns);
        self.shape = Shape::default();
        for (at, text) in std::mem::take(&mut self.kept) {
            self.fit(at, &text)?;
        }
        Ok(())
    }

    fn fit(&mut self, at: At, text: &str) -> Result<(), Halt> {
        let mut row = Vec::with_capacity(16);
        read_row(text, self.wanted.flatten, &mut row).map_err(|what| self.bad_row(at, &what))?;
        let Some(columns) = &mut self.columns else { return Ok(()) };
        columns.push(&row).map_err(|misfit| misfit_at(self.name, at, misfit))?;
        let (count, bytes) = columns.size();
        if count >= BATCH_ROWS || bytes >= BATCH_BYTES { self.hand_on() } else { Ok(()) }
    }

    fn hand_on(&mut self) -> Result<(), Halt> {
        let Some(columns) = &mut self.columns else { return Ok(()) };
        let batch = columns.take().map_err(|error| Diagnostic::error("json-internal", error.to_string()))?;
        match batch {
            Some(batch) => self.rows.batch(batch),
            None => Ok(()),
        }
    }

    fn bad_row(&self, at: At, what: &str) -> Diagnostic {
        Diagnostic::error("json-row", format!("{}: page {}, row {}: {what}", self.name, at.page, at.row))
            .source(self.name)
            .fix("let `data_path` lead to a list of objects")
    }
}

fn misfit_at(name: &str, at: At, misfit: Misfit) -> Diagnostic {
    let place = format!("{name}: page {}, row {}", at.page, at.row);
    match misfit {
        Misfit::Value { column, value, wanted, asked } => {
            let message = format!("{place}, column {column:?}: {value:?} is not {wanted}");
            let diagnostic = Diagnostic::error("json-value-type", message).source(name);
            if asked {
                diagnostic.fix(format!("change `dtype` of {column:?}; string takes everything"))
            } else {
                diagnostic.why("the type was inferred from the rows before").fix(format!(
                    "set `dtype` of {column:?} to string, or `types: text` for all columns; a higher `infer_rows` looks further"
                ))
            }
        }
        Misfit::Unknown(key) => {
            Diagnostic::error("json-new-key", format!("{place}: no row before had the key {key:?}"))
                .source(name)
                .why("the columns are those of the first rows, as `infer_rows` says")
                .fix("name all columns that are wanted with `columns`, or raise `infer_rows`")
        }
        Misfit::Twice(key) => Diagnostic::error("json-row", format!("{place}: the key {key:?} stands twice in it"))
            .source(name)
            .fix("set `flatten_result: false` where an object and a key make the same name"),
    }
}
