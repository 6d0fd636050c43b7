//! Rows that a target refused, kept in a file of the run with the reason of each.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;

use super::csv::{CsvWriter, WriteOptions, cell_text};
use super::flow::{Io, Rejected};
use crate::diagnostic::Diagnostic;
use crate::secret;
use crate::workspace;

/// Longest value that is kept, in characters.
const MOST_CHARS: usize = 10_000;

/// Reasons that are told, and those that are counted.
const REASONS: usize = 5;
const REASONS_HELD: usize = 50;
/// Longest reason that is told, in characters.
const REASON_CHARS: usize = 200;

/// The rejected rows of a step, in `rejects/<step>.csv` of the run's folder.
pub(crate) struct Rejects {
    most: u64,
    count: u64,
    path: PathBuf,
    name: String,
    schema: SchemaRef,
    writer: Option<CsvWriter<File>>,
    place: String,
    /// How often each reason came, of the first that came.
    reasons: Vec<(String, u64)>,
}

impl Rejects {
    /// None so far, and at most `most`. The file is made with the first. `place` is what is written to.
    pub fn new<'a>(io: &Io, place: &str, most: u64, columns: impl Iterator<Item = &'a str>) -> Rejects {
        Rejects::in_file(io, &format!("{}.csv", workspace::slug(&io.step)), place, most, columns)
    }

    /// Rows that the checks of a step take out, in `rejects/<step>.checks.csv`. Each check has a bound of its
    /// own.
    pub fn of_checks<'a>(io: &Io, columns: impl Iterator<Item = &'a str>) -> Rejects {
        let file = format!("{}.checks.csv", workspace::slug(&io.step));
        Rejects::in_file(io, &file, &io.step, u64::MAX, columns)
    }

    fn in_file<'a>(io: &Io, file: &str, place: &str, most: u64, columns: impl Iterator<Item = &'a str>) -> Rejects {
        let folder = workspace::run_folder(&io.root, &io.pipeline, &io.run).join("rejects");
        let path = folder.join(file);
        let name = path.strip_prefix(&io.root).unwrap_or(&path).to_string_lossy().into_owned();
        let fields = ["_row", "_reason"].into_iter().chain(columns).map(|name| Field::new(name, DataType::Utf8, true));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        Rejects { most, count: 0, path, name, schema, writer: None, place: place.to_owned(), reasons: Vec::new() }
    }

    /// Rows so far.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// What is told of them, if there are any.
    pub fn told(&self) -> Option<Rejected> {
        let mut reasons = self.reasons.clone();
        reasons.sort_by_key(|(_, rows)| std::cmp::Reverse(*rows));
        let others: u64 = self.count - reasons.iter().take(REASONS).map(|(_, rows)| rows).sum::<u64>();
        reasons.truncate(REASONS);
        reasons.extend((others > 0).then(|| ("other reasons".to_owned(), others)));
        let file = self.file()?.to_owned();
        Some(Rejected { rows: self.count, file, reasons })
    }

    /// The file, relative to the workspace, if a row is in it.
    pub fn file(&self) -> Option<&str> {
        (self.count > 0).then_some(self.name.as_str())
    }

    /// Keeps the row `at` of a batch: its number from 1 in the step's input, the reason, its values as text.
    ///
    /// # Errors
    /// It is one too many; the file can't be written.
    pub fn add(&mut self, row: u64, reason: &str, batch: &RecordBatch, at: usize) -> Result<(), Diagnostic> {
        let values = batch.columns().iter().map(|column| cell_text(column, at, MOST_CHARS));
        self.keep(row, reason, values.collect())
    }

    /// Keeps a row of which only the values are known, as text.
    ///
    /// # Errors
    /// As [`Rejects::add`].
    pub fn keep(&mut self, row: u64, reason: &str, values: Vec<Option<String>>) -> Result<(), Diagnostic> {
        let reason = secret::hide(reason).into_owned();
        if self.count >= self.most {
            self.finish()?;
            let message = format!("{}: more than {} rows can't be written", self.place, self.most);
            let kept = if self.count > 0 { format!("; the others are in {}", self.name) } else { String::new() };
            return Err(Diagnostic::error("too-many-rejects", message)
                .why(format!("row {row}: {reason}{kept}"))
                .fix("correct the rows, or raise `max_rejects`"));
        }
        let line: String = reason.chars().map(|c| if c.is_control() { ' ' } else { c }).take(REASON_CHARS).collect();
        let known = self.reasons.iter().position(|(known, _)| *known == line);
        match known {
            Some(at) => self.reasons[at].1 += 1,
            None if self.reasons.len() < REASONS_HELD => self.reasons.push((line, 1)),
            None => {}
        }
        let cells = [Some(row.to_string()), Some(reason)].into_iter().chain(values);
        let arrays: Vec<ArrayRef> = cells.map(|cell| Arc::new(StringArray::from(vec![cell])) as ArrayRef).collect();
        let kept = RecordBatch::try_new(self.schema.clone(), arrays)
            .map_err(|error| Diagnostic::error("rejects-unwritable", error.to_string()))?;
        let writer = match &mut self.writer {
            Some(writer) => writer,
            empty => {
                let folder = self.path.parent().map_or(Ok(()), std::fs::create_dir_all);
                let file = folder.and_then(|()| File::create(&self.path)).map_err(|error| {
                    let message = format!("{} can't be written", self.name);
                    Diagnostic::error("rejects-unwritable", message).why(error.to_string())
                })?;
                empty.insert(CsvWriter::new(file, &self.name, self.schema.clone(), WriteOptions::default())?)
            }
        };
        writer.write(&kept)?;
        self.count += 1;
        Ok(())
    }

    /// Ends the file.
    ///
    /// # Errors
    /// The disk is full, …
    pub fn finish(&mut self) -> Result<(), Diagnostic> {
        match self.writer.take() {
            Some(writer) => writer.finish().map(drop),
            None => Ok(()),
        }
    }
}
