//! What steps handed on, kept as Parquet in the record of their run, so that another run can take it up
//! instead of doing the work again.
//!
//! A file is there whole or not at all. It says which step it is of: by a fingerprint of the step and of
//! everything before it, so that rows are never taken for those of a step that would hand on others. What
//! it can't say is whether the source has changed since; that is why a run says whose rows it takes.

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatchReader as _;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use super::record::{self, Recorded};
use crate::canonical;
use crate::connect::driver::flow::{Halt, Io, Rows, Source};
use crate::diagnostic::Diagnostic;
use crate::pipeline::compile::{Manifest, ManifestStep, file_stem};

/// The folder of what a run kept, in its record.
pub const FOLDER: &str = "outputs";

/// What the name of a file begins with that is not whole yet.
pub(super) const DRAFT: &str = ".kept-";

/// The keys in a file that say whose rows it has.
const OF: &str = "pipesmith:of";
const RUN: &str = "pipesmith:run";

/// Rows of a group of rows in a file.
const GROUP: usize = 128 * 1024;
/// Rows of a batch that is read.
const BATCH: usize = 8192;

/// Rows that were kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The file.
    pub file: PathBuf,
    /// The run that kept them.
    pub run: String,
    /// How many.
    pub rows: u64,
}

/// The file of a step in a folder of kept rows.
pub fn file_of(folder: &Path, step: &str) -> PathBuf {
    folder.join(format!("{}.parquet", file_stem(step)))
}

/// For each step of a manifest what decides which rows it hands on: itself, what it needs, and how many rows
/// are read at most.
pub fn fingerprints(manifest: &Manifest, limit: Option<u64>) -> Vec<String> {
    let mut of: HashMap<&str, String> = HashMap::with_capacity(manifest.steps.len());
    // Steps stand after those that they need; one of a manifest where they don't has a fingerprint of its own.
    for step in &manifest.steps {
        let needs: Vec<Value> = step.needs.iter().map(|need| json!([need, of.get(need.as_str())])).collect();
        let all = json!({
            "component": step.component,
            "version": step.version,
            "mode": step.mode,
            "config": step.config,
            "needs": needs,
            "limit": limit,
        });
        of.insert(&step.id, canonical::fingerprint(&canonical::json(&all)));
    }
    manifest.steps.iter().map(|step| of.get(step.id.as_str()).cloned().unwrap_or_default()).collect()
}

/// What a record kept of a step, where it is that of the fingerprint.
pub fn find(recorded: &Recorded, step: &str, fingerprint: &str) -> Option<Kept> {
    let file = file_of(&recorded.folder.join(FOLDER), step);
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(&file).ok()?).ok()?;
    let metadata = reader.metadata().file_metadata();
    let says = |key: &str| {
        let found = metadata.key_value_metadata()?.iter().find(|pair| pair.key == key)?;
        found.value.clone()
    };
    if says(OF)? != fingerprint {
        return None;
    }
    let rows = u64::try_from(metadata.num_rows()).ok()?;
    Some(Kept { file, run: says(RUN).unwrap_or_else(|| recorded.status.run.clone()), rows })
}

/// The newest that the records of a pipeline kept of each step, where it is still what the step would hand
/// on.
pub fn newest(root: &Path, manifest: &Manifest, limit: Option<u64>) -> Vec<Option<Kept>> {
    let records = record::list(root, Some(&manifest.name));
    let wanted = fingerprints(manifest, limit);
    let of = |(step, wanted): (&ManifestStep, &String)| {
        (step.mode != "write").then(|| records.iter().find_map(|recorded| find(recorded, &step.id, wanted))).flatten()
    };
    manifest.steps.iter().zip(&wanted).map(of).collect()
}

/// Keeps rows while they go by.
pub(super) struct Keeper {
    folder: PathBuf,
    step: String,
    marks: Vec<KeyValue>,
    writer: Option<ArrowWriter<NamedTempFile>>,
    rows: u64,
    /// Why nothing more is kept.
    problem: Option<String>,
    done: Option<u64>,
}

impl Keeper {
    /// For the rows of a step; `of` is its fingerprint.
    pub fn new(folder: &Path, step: &str, run: &str, of: String) -> Keeper {
        let mark = |key: &str, value: String| KeyValue::new(key.to_owned(), value);
        Keeper {
            folder: folder.to_owned(),
            step: step.to_owned(),
            marks: vec![mark(OF, of), mark(RUN, run.to_owned())],
            writer: None,
            rows: 0,
            problem: None,
            done: None,
        }
    }

    /// Takes the columns.
    pub fn columns(&mut self, schema: SchemaRef) {
        self.attempt(|keeper| {
            let formless =
                |field: &&Arc<Field>| matches!(field.data_type(), DataType::Interval(_) | DataType::Duration(_));
            if let Some(field) = schema.fields().iter().find(formless) {
                return Err(format!("Parquet has no form for column {:?} ({})", field.name(), field.data_type()));
            }
            std::fs::create_dir_all(&keeper.folder).map_err(|error| error.to_string())?;
            let file = tempfile::Builder::new().prefix(DRAFT).tempfile_in(&keeper.folder);
            let file = file.map_err(|error| error.to_string())?;
            let level = ZstdLevel::try_new(1).map_err(|error| error.to_string())?;
            let properties = WriterProperties::builder()
                .set_compression(Compression::ZSTD(level))
                .set_max_row_group_row_count(Some(GROUP))
                .set_key_value_metadata(Some(keeper.marks.clone()))
                .build();
            let writer = ArrowWriter::try_new(file, schema, Some(properties)).map_err(|error| error.to_string())?;
            keeper.writer = Some(writer);
            Ok(())
        });
    }

    /// Takes rows.
    pub fn batch(&mut self, batch: &RecordBatch) {
        self.attempt(|keeper| {
            let Some(writer) = &mut keeper.writer else { return Ok(()) };
            keeper.rows += batch.num_rows() as u64;
            writer.write(batch).map_err(|error| error.to_string())
        });
    }

    /// All rows have come: the file takes its name.
    pub fn end(&mut self) {
        self.attempt(|keeper| {
            let Some(writer) = keeper.writer.take() else { return Ok(()) };
            let file = writer.into_inner().map_err(|error| error.to_string())?;
            file.as_file().sync_all().map_err(|error| error.to_string())?;
            let bytes = file.as_file().metadata().map_err(|error| error.to_string())?.len();
            file.persist(file_of(&keeper.folder, &keeper.step)).map_err(|error| error.error.to_string())?;
            keeper.done = Some(bytes);
            Ok(())
        });
    }

    /// Rows and bytes of the file, or why there is none; nothing where the rows did not come to their end.
    pub fn outcome(&self) -> Option<(u64, Result<u64, String>)> {
        match (&self.problem, self.done) {
            (Some(problem), _) => Some((self.rows, Err(problem.clone()))),
            (None, Some(bytes)) => Some((self.rows, Ok(bytes))),
            (None, None) => None,
        }
    }

    /// What can't be kept stops no run.
    fn attempt(&mut self, work: impl FnOnce(&mut Keeper) -> Result<(), String>) {
        if self.problem.is_some() {
            return;
        }
        if let Err(why) = work(self) {
            self.writer = None;
            tracing::warn!(step = self.step, "its rows can't be kept: {why}");
            self.problem = Some(crate::secret::message(&why));
        }
    }
}

/// Reads rows that were kept.
pub(super) struct KeptSource(pub Kept);

impl Source for KeptSource {
    fn read(&self, io: &Io, rows: &mut dyn Rows) -> Result<(), Halt> {
        let wrong = |why: String| {
            let message = format!("the rows that run {} kept of `{}` can't be read", self.0.run, io.step);
            Diagnostic::error("kept-unreadable", message)
                .source(self.0.file.display().to_string())
                .why(why)
                .fix("remove the file, so that the step does its work again")
        };
        let file = File::open(&self.0.file).map_err(|error| wrong(error.to_string()))?;
        let reader = ParquetRecordBatchReaderBuilder::try_new(file)
            .and_then(|builder| builder.with_batch_size(BATCH).build())
            .map_err(|error| wrong(error.to_string()))?;
        // Without the marks of the file: the columns are those that the step handed on.
        let schema = Arc::new(Schema::new(reader.schema().fields().clone()));
        rows.columns(schema.clone())?;
        let mut done = 0;
        for batch in reader {
            if io.stopped() {
                return Err(Halt::Stopped);
            }
            let batch = batch.and_then(|batch| RecordBatch::try_new(schema.clone(), batch.columns().to_vec()));
            let batch = batch.map_err(|error| wrong(error.to_string()))?;
            done += batch.num_rows() as u64;
            rows.batch(batch)?;
            rows.far(done, self.0.rows);
        }
        Ok(())
    }
}
