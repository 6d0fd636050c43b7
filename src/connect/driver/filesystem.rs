//! Looking at a folder of CSV, Parquet and JSON files.

use std::path::{Path, PathBuf};

use super::csv::{Depth, Profile, ReadOptions, profile};
use super::duck::{Duck, Form};
use crate::connect::Connection;
use crate::connect::discovery::{Column, ColumnKind, Options, RowCount, Table};
use crate::diagnostic::Diagnostic;

/// Folders below the base folder that are looked into.
const MAX_DEPTH: usize = 3;
/// Files looked at, and entries gone through to find them.
const MAX_FILES: usize = 200;
const MAX_ENTRIES: usize = 20_000;
/// Rows from which types are concluded.
const ROWS: u64 = 10_000;
/// Files up to this size are counted.
const COUNTED_BYTES: u64 = 64 << 20;
/// Bytes of text that a byte of gzip stands for, roughly.
const GZIP_RATIO: u64 = 4;

/// The files below the connection's folder, and whether there are more.
pub(in crate::connect) fn tables(
    base: &Path,
    connection: &Connection,
    options: &Options,
) -> Result<(Vec<Table>, bool), Diagnostic> {
    let files = files(base).map_err(|error| {
        let path = format!("connections.{}.{}.base_dir", connection.family, connection.alias);
        Diagnostic::error("connection-folder", format!("the folder of {} can't be read", connection.reference()))
            .path(path)
            .why(format!("{}: {error}", base.display()))
            .fix("make the folder, or correct `base_dir`")
    })?;
    let mut duck = None;
    let tables = files.iter().filter_map(|file| table(base, file, options, &mut duck)).collect();
    Ok((tables, files.len() == MAX_FILES))
}

/// The files that discovery looks at, sorted.
///
/// # Errors
/// The folder can't be read.
pub(in crate::connect) fn files(base: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut entries = 0;
    collect(base, 0, &mut entries, &mut files)?;
    files.sort();
    files.truncate(MAX_FILES);
    Ok(files)
}

fn collect(folder: &Path, depth: usize, entries: &mut usize, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let mut inside: Vec<_> = std::fs::read_dir(folder)?.filter_map(Result::ok).take(MAX_ENTRIES).collect();
    inside.sort_by_key(std::fs::DirEntry::file_name);
    for entry in inside {
        *entries += 1;
        if *entries > MAX_ENTRIES {
            break;
        }
        let Ok(kind) = entry.file_type() else { continue };
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        // Links to folders are not followed: they can go round in circles.
        if kind.is_dir() && depth < MAX_DEPTH {
            // A folder inside that can't be read is left out; the base folder is not.
            let _ = collect(&path, depth + 1, entries, files);
        } else if !kind.is_dir() && stem(&path).is_some() && path.is_file() {
            files.push(path);
        }
    }
    Ok(())
}

/// What a file is, by the end of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text { delimiter: u8 },
    Duck(Form),
}

const COMMA: Kind = Kind::Text { delimiter: b',' };
const TAB: Kind = Kind::Text { delimiter: b'\t' };
const JSON: Kind = Kind::Duck(Form::Json);

const EXTENSIONS: [(&str, Kind); 11] = [
    (".csv", COMMA),
    (".tsv", TAB),
    (".csv.gz", COMMA),
    (".tsv.gz", TAB),
    (".parquet", Kind::Duck(Form::Parquet)),
    (".json", JSON),
    (".jsonl", JSON),
    (".ndjson", JSON),
    (".json.gz", JSON),
    (".jsonl.gz", JSON),
    (".ndjson.gz", JSON),
];

/// The name without its extension, and what the file is.
fn stem(path: &Path) -> Option<(String, Kind)> {
    let name = path.file_name()?.to_string_lossy();
    let lower = name.to_lowercase();
    let (extension, kind) = EXTENSIONS.into_iter().find(|(extension, _)| lower.ends_with(extension))?;
    // Lower-casing can change lengths only for characters that no extension has.
    let stem = name.get(..name.len() - extension.len()).filter(|stem| !stem.is_empty())?;
    Some((stem.to_owned(), kind))
}

/// A file as a table; nothing where it is not asked for.
fn table(base: &Path, path: &Path, options: &Options, duck: &mut Option<Duck>) -> Option<Table> {
    let inside = path.strip_prefix(base).unwrap_or(path);
    let parts: Vec<_> = inside.components().map(|c| c.as_os_str().to_string_lossy().into_owned()).collect();
    let relative = parts.join("/");
    let (name, kind) = stem(path)?;
    if !options.wants_table(&name, &relative) {
        return None;
    }
    let bytes = std::fs::metadata(path).map_or(0, |meta| meta.len());
    let found = match kind {
        Kind::Text { delimiter } => of_text(path, &relative, delimiter, bytes),
        Kind::Duck(form) => of_duck(base, path, &relative, form, bytes, duck),
    };
    let table = Table { path: relative, bytes, ..Table::named(name) };
    Some(match found {
        Ok((columns, rows)) => Table { columns, rows, ..table },
        Err(problem) => Table { rows: RowCount::Estimated(0), problem: Some(problem), ..table },
    })
}

fn of_text(path: &Path, relative: &str, delimiter: u8, bytes: u64) -> Result<(Vec<Column>, RowCount), Diagnostic> {
    let options = ReadOptions { delimiter, ..ReadOptions::default() };
    let depth = Depth { infer: Some(ROWS), count: bytes <= COUNTED_BYTES };
    let profile = profile(path, relative, &options, depth, &|| false)?;
    let profile =
        profile.ok_or_else(|| Diagnostic::error("csv-unreadable", format!("{relative} was not read to the end")))?;
    Ok((columns(&profile), row_count(&profile, bytes, relative.to_lowercase().ends_with(".gz"))))
}

fn of_duck(
    base: &Path,
    path: &Path,
    relative: &str,
    form: Form,
    bytes: u64,
    duck: &mut Option<Duck>,
) -> Result<(Vec<Column>, RowCount), Diagnostic> {
    let duck = match duck {
        Some(duck) => duck,
        None => duck.insert(Duck::open(base)?),
    };
    let shape = duck.shape(path, relative, form, bytes <= COUNTED_BYTES)?;
    Ok((shape.columns, shape.rows))
}

fn row_count(profile: &Profile, bytes: u64, gzip: bool) -> RowCount {
    if profile.complete {
        return RowCount::Exact(profile.rows);
    }
    let text = if gzip { bytes.saturating_mul(GZIP_RATIO) } else { bytes };
    let estimate = u128::from(text) * u128::from(profile.rows) / u128::from(profile.bytes.max(1));
    RowCount::Estimated(u64::try_from(estimate).unwrap_or(u64::MAX).max(profile.rows))
}

fn columns(profile: &Profile) -> Vec<Column> {
    use arrow::datatypes::DataType;
    let fields = profile.schema.fields().iter();
    fields
        .map(|field| Column {
            name: field.name().clone(),
            kind: match field.data_type() {
                DataType::Int64 => ColumnKind::Integer,
                DataType::Float64 => ColumnKind::Float,
                DataType::Boolean => ColumnKind::Boolean,
                DataType::Date32 => ColumnKind::Date,
                DataType::Timestamp(..) => ColumnKind::Timestamp,
                _ => ColumnKind::String,
            },
            nullable: field.is_nullable(),
            native: None,
            comment: None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::time::Duration;

    use super::*;
    use crate::connect::Connections;
    use crate::connect::discovery::Discovery;

    fn discover(root: &Path, connection: &Connection) -> Result<Discovery, Diagnostic> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let options = Options::of(connection, 0)?;
        runtime.block_on(crate::connect::discovery::discover(root, connection, &options, Duration::from_secs(30)))
    }

    fn found(root: &Path, base: &str) -> Result<Discovery, Diagnostic> {
        let file =
            format!("version: 1\nconnections: {{filesystem: {{data: {{base_dir: '{base}'}}}}, graphql: {{m: {{}}}}}}");
        std::fs::write(root.join("pipesmith_connections.yaml"), file).unwrap();
        discover(root, Connections::load(root).0.get("@filesystem.data").unwrap())
    }

    fn put(root: &Path, name: &str, bytes: &[u8]) {
        let path = root.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    #[test]
    fn csv_files_are_found_with_their_columns() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        put(root, "data/b.csv", b"id,when,note\n1,2024-01-01,\n2,2024-01-02,x\n");
        put(root, "data/sub/A.TSV", b"x\ty\n1.5\ttrue\n");
        put(root, "data/1/2/3/deep.csv", b"a\n1\n");
        put(root, "data/1/2/3/4/too-deep.csv", b"a\n1\n");
        put(root, "data/.hidden.csv", b"a\n1\n");
        put(root, "data/notes.txt", b"a\n1\n");
        put(root, "data/broken.csv", b"a,b\n1\n");
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(b"t\n2024-01-01 10:00\n").unwrap();
        put(root, "data/z.csv.gz", &gzip.finish().unwrap());
        let discovery = found(root, "./data").unwrap();
        let text = discovery.for_model("").replace(&discovery.fingerprint, "FINGERPRINT");
        insta::assert_snapshot!(text, @r"
        connection @filesystem.data (5 tables; FINGERPRINT)
        - 1/2/3/deep.csv: 1 rows; columns a integer
        - b.csv: 2 rows; columns id integer, when date, note string nullable
        - broken.csv: unreadable (csv-row-width)
        - sub/A.TSV: 1 rows; columns x float, y boolean
        - z.csv.gz: 1 rows; columns t timestamp
        ");
        let names: Vec<&str> = discovery.tables.iter().map(|table| table.name.as_str()).collect();
        assert_eq!(names, ["deep", "b", "broken", "A", "z"]);
        assert_eq!(found(root, "./data").unwrap(), discovery);
    }

    #[test]
    fn the_fingerprint_changes_with_the_schema_and_the_connection() {
        let dir = tempfile::tempdir().unwrap();
        put(dir.path(), "data/a.csv", b"id\n1\n");
        put(dir.path(), "same/a.csv", b"id\n1\n");
        let first = found(dir.path(), "data").unwrap();
        assert!(first.fingerprint.starts_with("sha256:") && first.fingerprint.len() == 71);
        let moved = found(dir.path(), "same").unwrap();
        assert_eq!(moved.tables, first.tables);
        assert_ne!(moved.fingerprint, first.fingerprint);
        put(dir.path(), "data/a.csv", b"id\nx\n");
        assert_ne!(found(dir.path(), "data").unwrap().fingerprint, first.fingerprint);
    }

    #[test]
    fn what_can_not_be_looked_at_is_said() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(found(dir.path(), "nowhere").unwrap_err().code, "connection-folder");
        assert_eq!(found(dir.path(), "${PIPESMITH_NO_SUCH_VARIABLE}").unwrap_err().code, "variable-not-set");
        let connections = Connections::load(dir.path()).0;
        assert_eq!(discover(dir.path(), connections.get("@graphql.m").unwrap()).unwrap_err().code, "no-driver");
        assert!(found(dir.path(), ".").unwrap().tables.is_empty());
    }

    #[test]
    fn many_rows_are_estimated() {
        let profile = Profile {
            schema: arrow::datatypes::Schema::empty(),
            rows: 100,
            bytes: 1000,
            complete: false,
            unseen: Vec::new(),
        };
        assert_eq!(row_count(&profile, 1_000_000, false), RowCount::Estimated(100_000));
        assert_eq!(row_count(&profile, 1_000_000, true), RowCount::Estimated(400_000));
        assert_eq!(row_count(&Profile { complete: true, ..profile }, 1_000_000, false), RowCount::Exact(100));
    }
}
