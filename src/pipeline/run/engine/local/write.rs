//! Steps that write a file. The file gets its name only when it is whole.

use std::fs::{File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use tempfile::NamedTempFile;

use super::super::super::fact::{Output, Preview};
use super::channel::{Inbox, Parcel, Received};
use super::place::Place;
use super::step::{Ended, Failure, INPUT_BROKE_OFF, Meter, STOPPED, Stop, Written};
use crate::connect::driver::csv::{CsvWriter, WriteOptions, cell_text};
use crate::diagnostic::Diagnostic;

/// Characters of a cell in a preview.
const CELL: usize = 200;

/// Writes the rows of its input to a CSV file.
pub(super) fn run(
    step: &str,
    place: &Place,
    options: &WriteOptions,
    preview_rows: usize,
    mut inbox: Inbox,
    meter: &Meter,
    stop: &Stop,
) -> Ended {
    let mut draft: Option<Draft> = None;
    loop {
        if stop.is_set() {
            return Err(STOPPED);
        }
        match inbox.receive() {
            Received::Parcel(_, Parcel::Schema(schema)) => draft = Some(Draft::begin(place, schema, options)?),
            Received::Parcel(_, Parcel::Batch(batch)) => {
                meter.taken(batch.num_rows());
                if let Some(draft) = &mut draft {
                    draft.write(&batch, preview_rows)?;
                }
                meter.handed_on(batch.num_rows());
            }
            Received::Parcel(_, Parcel::End) => {}
            Received::AllEnded => break,
            Received::BrokenOff => return Err(INPUT_BROKE_OFF),
        }
    }
    let Some(draft) = draft else { return Err(INPUT_BROKE_OFF) };
    draft.publish(step, place, stop).map(Some)
}

/// A file that is not whole yet. Dropping it removes it, and the folders that were made for it.
struct Draft {
    // Dropped in this order: the file has to go before its folder.
    writer: CsvWriter<NamedTempFile>,
    folders: MadeFolders,
    columns: Vec<String>,
    preview: Vec<Vec<Option<String>>>,
}

impl Draft {
    fn begin(place: &Place, schema: SchemaRef, options: &WriteOptions) -> Result<Draft, Diagnostic> {
        let folder = place.path.parent().unwrap_or(Path::new("."));
        let folders = MadeFolders::make(folder).map_err(|error| unwritable(place, &error))?;
        // As a plain creation would: what the umask leaves.
        let file = tempfile::Builder::new()
            .prefix(".pipesmith-")
            .suffix(".tmp")
            .permissions(Permissions::from_mode(0o666))
            .tempfile_in(folder)
            .map_err(|error| unwritable(place, &error))?;
        let columns = schema.fields().iter().map(|field| field.name().clone()).collect();
        let writer = CsvWriter::new(file, &place.name, schema, options.clone())?;
        Ok(Draft { writer, folders, columns, preview: Vec::new() })
    }

    fn write(&mut self, batch: &RecordBatch, preview_rows: usize) -> Result<(), Diagnostic> {
        let more = preview_rows.saturating_sub(self.preview.len()).min(batch.num_rows());
        for row in 0..more {
            self.preview.push(batch.columns().iter().map(|array| cell_text(array, row, CELL)).collect());
        }
        self.writer.write(batch)
    }

    fn publish(self, step: &str, place: &Place, stop: &Stop) -> Result<Written, Failure> {
        let rows = self.writer.rows();
        let (file, bytes) = self.writer.finish()?;
        file.as_file().sync_all().map_err(|error| unwritable(place, &error))?;
        // A link stays a link: what it leads to is replaced, with its permissions.
        let target = place.path.canonicalize().unwrap_or_else(|_| place.path.clone());
        if let Ok(meta) = target.metadata() {
            file.as_file().set_permissions(meta.permissions()).map_err(|error| unwritable(place, &error))?;
        }
        if stop.is_set() {
            return Err(STOPPED);
        }
        file.persist(&target).map_err(|error| unwritable(place, &error.error))?;
        self.folders.keep();
        // So that the name survives a power cut too; the file is whole in any case.
        if let Some(folder) = target.parent().and_then(|folder| File::open(folder).ok()) {
            let _ = folder.sync_all();
        }
        let path = place.name.clone();
        let output = Output { step: step.to_owned(), path: path.clone(), rows, bytes };
        let preview = Preview { step: step.to_owned(), path, columns: self.columns, rows: self.preview, total: rows };
        Ok(Written { output, preview })
    }
}

/// Folders that were made for a file and go again when it never comes to be.
struct MadeFolders(Vec<PathBuf>);

impl MadeFolders {
    fn make(folder: &Path) -> std::io::Result<MadeFolders> {
        let missing: Vec<PathBuf> = folder.ancestors().take_while(|f| !f.exists()).map(Path::to_owned).collect();
        let made = MadeFolders(missing);
        std::fs::create_dir_all(folder)?;
        Ok(made)
    }

    fn keep(mut self) {
        self.0.clear();
    }
}

impl Drop for MadeFolders {
    fn drop(&mut self) {
        for folder in &self.0 {
            // Only an empty one goes; another step may have put its file there.
            let _ = std::fs::remove_dir(folder);
        }
    }
}

fn unwritable(place: &Place, error: &std::io::Error) -> Diagnostic {
    Diagnostic::error("csv-unwritable", format!("{} can't be written", place.name))
        .source(&place.name)
        .why(error.to_string())
}
