use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};
use arrow::datatypes::DataType;
use proptest::prelude::*;

use super::super::super::text::TextSource;
use super::super::format::cell_text;
use super::super::{Compression, CsvWriter, Encoding, Header, Quoting, WriteOptions};
use super::*;

type Cells = Vec<Vec<Option<String>>>;

/// Each row with its line, or the code and the message of what is wrong.
type Tokens = Result<Vec<(u64, Vec<Option<String>>)>, (String, String)>;

fn file(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("in.csv");
    std::fs::write(&path, bytes).unwrap();
    (dir, path)
}

fn cells(reader: &mut CsvReader) -> Result<Cells, Diagnostic> {
    let mut rows = Vec::new();
    while let Some(batch) = reader.next_batch()? {
        for row in 0..batch.num_rows() {
            rows.push(batch.columns().iter().map(|array| cell_text(array, row, usize::MAX)).collect());
        }
    }
    Ok(rows)
}

/// Column names with their types, and all cells.
fn read(bytes: &[u8], options: ReadOptions) -> Result<(String, Cells), Diagnostic> {
    let (_dir, path) = file(bytes);
    let mut reader = CsvReader::open(&path, "in.csv", options, Types::OfAllRows, &|| false)?.unwrap();
    let schema = reader.schema();
    let columns: Vec<String> =
        schema.fields().iter().map(|f| format!("{} {}", f.name(), type_name(f.data_type()))).collect();
    Ok((columns.join(", "), cells(&mut reader)?))
}

fn read_text(text: &str) -> Result<(String, Cells), Diagnostic> {
    read(text.as_bytes(), ReadOptions::default())
}

fn shown(rows: &Cells) -> String {
    let row = |row: &Vec<Option<String>>| {
        row.iter().map(|c| c.as_ref().map_or("NULL".to_owned(), |c| format!("{c:?}"))).collect::<Vec<_>>().join(" ")
    };
    rows.iter().map(row).collect::<Vec<_>>().join(" | ")
}

#[test]
fn null_and_the_empty_text_are_kept_apart() {
    let (columns, rows) = read_text("id,note\n1,\n2,\"\"\n3,x\n").unwrap();
    assert_eq!(columns, "id integer, note string");
    assert_eq!(shown(&rows), r#""1" NULL | "2" "" | "3" "x""#);
}

#[test]
fn line_ends_bom_quotes_and_a_missing_last_line_end() {
    let (columns, rows) = read_text("\u{feff}a,b\r\n1,\"x\r\ny\"\n\r\n\"2\",\"say \"\"hi\"\"\"\r\n3,no end").unwrap();
    assert_eq!(columns, "a integer, b string");
    assert_eq!(shown(&rows), r#""1" "x\r\ny" | "2" "say \"hi\"" | "3" "no end""#);
}

#[test]
fn types_are_inferred_from_all_rows() {
    let (columns, rows) = read_text("zip,i,f,b,d,t,none\n007,1,1,true,2024-02-29,2024-02-29T10:00:00.25,\n7,2,.5,FALSE,2024-03-01,2024-03-01 00:00,\n").unwrap();
    assert_eq!(columns, "zip string, i integer, f float, b boolean, d date, t timestamp, none string");
    assert_eq!(shown(&rows[..1].to_vec()), r#""007" "1" "1.0" "True" "2024-02-29" "2024-02-29 10:00:00.250000" NULL"#);
}

#[test]
fn a_row_of_another_width_is_never_shifted() {
    let error = read_text("a,b\n1,\"x\ny\"\n1,2,3\n").unwrap_err();
    assert_eq!(error.message, "in.csv: line 4: too many fields: 2 expected, 3 found");
    assert_eq!(read_text("a,b\n1\n").unwrap_err().message, "in.csv: line 2: too few fields: 2 expected, 1 found");
    assert_eq!(read_text("a,b\n1,2\n\"x\n").unwrap_err().message, "in.csv: line 3: a quote is opened and never closed");
    assert_eq!(read_text("a\n\"x\"y\n").unwrap_err().message, "in.csv: line 2: a closing quote is followed by text");
}

#[test]
fn headers_are_checked() {
    assert_eq!(read_text("a,b,a\n").unwrap_err().code, "csv-duplicate-column");
    assert_eq!(read_text("a,,c\n1,2,3\n").unwrap().0, "a integer, column_2 integer, c integer");
    assert_eq!(read_text("").unwrap_err().code, "csv-file-empty");
    assert_eq!(read_text("\n\n").unwrap_err().code, "csv-file-empty");
    assert_eq!(read_text("a,b\rc,d\r").unwrap_err().code, "csv-line-ends");
    assert_eq!(read_text("a,b\n").unwrap(), ("a string, b string".to_owned(), vec![]));
    let wide = (0..20_000).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    assert_eq!(read_text(&wide).unwrap_err().code, "csv-too-many-columns");
}

#[test]
fn settings_are_followed() {
    let text = "junk \"\nmore junk\n# note\na;b;c\n1;x;-\n# another\n2;y;3\n\n3;z;4\n";
    let options = ReadOptions {
        delimiter: b';',
        comment: Some(b'#'),
        skip_rows: 2,
        na_values: vec!["-".to_owned(), "y".to_owned()],
        columns: Some(vec!["c".to_owned(), "b".to_owned()]),
        limit: Some(2),
        ..Default::default()
    };
    let (columns, rows) = read(text.as_bytes(), options).unwrap();
    assert_eq!((columns.as_str(), shown(&rows).as_str()), ("c integer, b string", r#"NULL "x" | "3" NULL"#));
    let none = ReadOptions { header: Header::None, skip_blank_lines: false, ..Default::default() };
    let (columns, rows) = read(b"1,a\n\n2,b\n", none).unwrap();
    assert_eq!(
        (columns.as_str(), shown(&rows).as_str()),
        ("column_1 integer, column_2 string", r#""1" "a" | NULL NULL | "2" "b""#)
    );
    let third = ReadOptions { header: Header::Line(2), ..Default::default() };
    assert_eq!(read(b"x\ny\nid\n5\n", third).unwrap().0, "id integer");
    let unknown = ReadOptions { columns: Some(vec!["nmae".to_owned()]), ..Default::default() };
    let error = read(b"id,name\n1,a\n", unknown).unwrap_err();
    assert_eq!(
        (error.code.as_str(), error.fix.unwrap().text.as_str()),
        ("csv-column-not-found", "did you mean \"name\"?")
    );
}

fn typed(pairs: &[(&str, &str)]) -> ReadOptions {
    let dtype = pairs.iter().map(|(name, t)| ((*name).to_owned(), super::super::column::parse_type(t).unwrap()));
    ReadOptions { dtype: dtype.collect(), ..Default::default() }
}

#[test]
fn types_can_be_set_and_what_does_not_fit_is_named() {
    let (columns, rows) = read(b"id,p\n007,1.50\n8,2\n", typed(&[("id", "integer"), ("p", "decimal(8,2)")])).unwrap();
    assert_eq!((columns.as_str(), shown(&rows).as_str()), ("id integer, p decimal(8,2)", r#""7" "1.50" | "8" "2.00""#));
    let error = read(b"id\n1\nx\n", typed(&[("id", "integer")])).unwrap_err();
    assert_eq!(error.message, "in.csv: line 3: row 2, column \"id\": \"x\" is no integer");
    assert_eq!(read(b"id\n1\n", typed(&[("di", "integer")])).unwrap_err().code, "csv-column-not-found");
    let quoted = read(b"id,n\n\"\",1\n", typed(&[("id", "integer")])).unwrap_err();
    assert!(quoted.fix.unwrap().text.contains("na_values"));
    let first = ReadOptions { infer_rows: Some(2), ..Default::default() };
    let error = read(b"id\n1\n2\nx\n", first).unwrap_err();
    assert!(
        error.fix.unwrap().text.contains("infer_rows") && error.message.contains("line 4: row 3, column \"id\": \"x\"")
    );
    let dates = ReadOptions { dates: vec!["d".to_owned()], ..Default::default() };
    assert_eq!(read(b"d\nsoon\n", dates).unwrap_err().code, "csv-value-type");
}

#[test]
fn encodings_are_decoded_and_broken_ones_said_with_their_line() {
    let as_is = |encoding| ReadOptions { encoding, ..Default::default() };
    assert_eq!(read(b"\xff\n", as_is(Encoding::Utf8)).unwrap_err().message, "in.csv: line 1 is not valid UTF-8");
    assert_eq!(
        read(b"a\nx\ny\xc3\nz\n", as_is(Encoding::Utf8)).unwrap_err().message,
        "in.csv: line 3 is not valid UTF-8"
    );
    assert_eq!(read(b"a\nx\xc3", as_is(Encoding::Utf8)).unwrap_err().message, "in.csv: line 2 is not valid UTF-8");
    assert_eq!(shown(&read(b"n\ncaf\xe9\n", as_is(Encoding::Latin1)).unwrap().1), r#""café""#);
    assert_eq!(read(b"n\ncaf\xe9\n", as_is(Encoding::Ascii)).unwrap_err().message, "in.csv: line 2 is not valid ASCII");
    let utf16: Vec<u8> = "\u{feff}n\n😀ž\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(shown(&read(&utf16, as_is(Encoding::Utf16)).unwrap().1), r#""😀ž""#);
    assert_eq!(read(&utf16, as_is(Encoding::Utf8)).unwrap_err().fix.unwrap().text, "set `encoding: utf-16`");
    assert_eq!(shown(&read(b"n,m\na\0b,\t\n", as_is(Encoding::Utf8)).unwrap().1), r#""a\0b" "\t""#);
}

#[test]
fn gzip_is_recognised_and_other_compressions_are_named() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(b"id\n1\n2\n").unwrap();
    let bytes = gzip.finish().unwrap();
    assert_eq!(read(&bytes, ReadOptions::default()).unwrap().1.len(), 2);
    let cut = read(&bytes[..bytes.len() - 9], ReadOptions::default()).unwrap_err();
    assert_eq!(cut.code, "file-unreadable");
    let wanted = ReadOptions { compression: Compression::Gzip, ..Default::default() };
    assert_eq!(read(b"id\n1\n", wanted).unwrap_err().code, "file-not-gzip");
    assert_eq!(read(b"BZh91AY", ReadOptions::default()).unwrap_err().code, "file-compression");
}

#[test]
fn a_pass_can_be_stopped() {
    let (_dir, path) = file("a\n".repeat(20_000).as_bytes());
    assert!(CsvReader::open(&path, "in.csv", ReadOptions::default(), Types::OfAllRows, &|| true).unwrap().is_none());
}

/// All fields of all rows, reading `block` bytes at a time.
fn tokens(path: &std::path::Path, block: usize, options: &ReadOptions) -> Tokens {
    let code = |d: Diagnostic| (d.code, d.message);
    let source = TextSource::open_in_blocks(path, "in.csv", Encoding::Utf8, Compression::None, block).map_err(code)?;
    let (mut rows, names) = Rows::start(source, "in.csv", options).map_err(code)?;
    let width = names.len();
    let mut all = vec![(0, names.into_iter().map(Some).collect())];
    while rows.next().map_err(code)? {
        all.push((rows.row_line(), (0..width).map(|c| rows.cell(c).map(|t| t.into_owned())).collect()));
    }
    Ok(all)
}

#[test]
fn a_thread_says_the_row_that_does_not_fit() {
    let mut text = "a\n".to_owned();
    (0..100).for_each(|n| text.push_str(&format!("{n}\n")));
    text.push_str("x\n7\n");
    let (_dir, path) = file(text.as_bytes());
    let dtype = [("a".to_owned(), DataType::Int64)].into_iter().collect();
    let options = ReadOptions { dtype, ..Default::default() };
    let open = || CsvReader::open(&path, "in.csv", options.clone(), Types::OfAllRows, &|| false).unwrap().unwrap();
    let one = cells(&mut open()).unwrap_err();
    let mut rows = 0;
    let many = open().read_in_blocks(2, 16, &mut |batch| {
        rows += batch.num_rows();
        Ok(())
    });
    let Err(Halt::Wrong(many)) = many else { panic!("{many:?}") };
    assert_eq!((one.message.as_str(), one.fix), (many.message.as_str(), many.fix.clone()));
    assert_eq!(one.message, "in.csv: line 102: row 101, column \"a\": \"x\" is no integer");
    assert!(rows <= 100);
    let stopped = open().read_in_blocks(2, 16, &mut |_| Err(Halt::Stopped));
    assert!(matches!(stopped, Err(Halt::Stopped)));
}

proptest! {
    #[test]
    fn how_the_input_is_split_does_not_matter(text in "[ab,\"\r\n#č😀]{0,60}", head in "[a-c](,[d-f]){0,2}\r?\n", comment in any::<bool>()) {
        let (_dir, path) = file(format!("{head}{text}").as_bytes());
        let options = ReadOptions { comment: comment.then_some(b'#'), ..Default::default() };
        let whole = tokens(&path, 1 << 16, &options);
        for block in 1..=13 {
            prop_assert_eq!(&tokens(&path, block, &options), &whole, "blocks of {}", block);
        }
    }

    #[test]
    fn threads_read_what_one_reads(text in "([a-c0-9.,\"\r\n ]{0,4}[,\n]){0,30}", blank in any::<bool>(), size in 1usize..40) {
        let (_dir, path) = file(format!("a,b\n{text}").as_bytes());
        let options = ReadOptions { skip_blank_lines: blank, batch_rows: 3, ..Default::default() };
        let open = || CsvReader::open(&path, "in.csv", options.clone(), Types::OfAllRows, &|| false);
        // What is no CSV is seen by the first pass.
        let one = match open() {
            Ok(reader) => cells(&mut reader.unwrap()).map_err(|d| d.message),
            Err(diagnostic) => Err(diagnostic.message),
        };
        let (rows, names) = Rows::open(&path, "in.csv", &options).unwrap();
        let chosen: Vec<usize> = (0..names.len()).collect();
        let looked = super::super::profile::in_blocks(rows, "in.csv", &options, &chosen, 3, size, &|| false);
        match (one, looked) {
            (Err(one), Err(looked)) => prop_assert_eq!(one, looked.message),
            (Ok(one), Ok(looked)) => {
                let looked = looked.unwrap().profile(&names, &chosen, true);
                let reader = open().unwrap().unwrap();
                let types = |schema: &Schema| schema.fields().iter().map(|f| f.data_type().clone()).collect::<Vec<_>>();
                prop_assert_eq!(types(&reader.schema()), types(&looked.schema));
                prop_assert_eq!(looked.rows as usize, one.len());
                let mut many: Cells = Vec::new();
                let done = reader.read_in_blocks(3, size, &mut |batch| {
                    assert!(batch.num_rows() <= 3);
                    for row in 0..batch.num_rows() {
                        many.push(batch.columns().iter().map(|array| cell_text(array, row, usize::MAX)).collect());
                    }
                    Ok(())
                });
                prop_assert!(done.is_ok());
                prop_assert_eq!(many, one);
            }
            (one, looked) => prop_assert!(false, "{:?} but {}", one, looked.is_ok()),
        }
    }

    #[test]
    fn what_is_written_is_read_back(
        rows in proptest::collection::vec(proptest::collection::vec(proptest::option::of("[a-zé😀\"',;\r\n\t\u{feff}# ]{0,6}"), 3), 0..12),
        width in 1usize..4,
        delimiter in prop_oneof![Just(b','), Just(b';'), Just(b'\t')],
        crlf in any::<bool>(),
        all in any::<bool>(),
        encoding in prop_oneof![Just(Encoding::Utf8), Just(Encoding::Utf16)],
        batch_rows in 1usize..6,
    ) {
        let names = ["x", "y y", "z\"z"];
        let columns = (0..width).map(|c| {
            let array: ArrayRef = Arc::new(StringArray::from_iter(rows.iter().map(|row| row[c].clone())));
            (names[c], array, true)
        });
        let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
        let newline = if crlf { super::super::Newline::CrLf } else { super::super::Newline::Lf };
        let quoting = if all { Quoting::All } else { Quoting::Minimal };
        let options = WriteOptions { delimiter, newline, quoting, encoding, ..Default::default() };
        let mut writer = CsvWriter::new(Vec::new(), "out.csv", batch.schema(), options).unwrap();
        writer.write(&batch).unwrap();
        let (bytes, _) = writer.finish().unwrap();
        let (_dir, path) = file(&bytes);
        let dtype = names[..width].iter().map(|n| ((*n).to_owned(), DataType::Utf8)).collect();
        let options = ReadOptions { delimiter, encoding, dtype, batch_rows, ..Default::default() };
        let mut reader = CsvReader::open(&path, "in.csv", options, Types::OfAllRows, &|| false).unwrap().unwrap();
        prop_assert_eq!(reader.schema().fields().iter().map(|f| f.name().clone()).collect::<Vec<_>>(), names[..width].to_vec());
        let expected: Cells = rows.iter().map(|row| row[..width].to_vec()).collect();
        prop_assert_eq!(cells(&mut reader).unwrap(), expected);
    }

    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&bytes, ReadOptions::default());
    }
}

/// A file of about 6 MB, whose last row is given.
fn large(last: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("in.csv");
    let mut text = "n,f,d,empty,t\n".to_owned();
    (0..100_000).for_each(|n| text.push_str(&format!("{n},{n}.5,2024-01-01,,\"the {n}th of a long line of texts\"\n")));
    text.push_str(last);
    std::fs::write(&path, text).unwrap();
    (dir, path)
}

fn supposed(last: &str) -> (SchemaRef, u64, Result<(), Halt>) {
    let (_dir, path) = large(last);
    let options = ReadOptions::default();
    let reader = CsvReader::open(&path, "in.csv", options, Types::OfFirstRows, &|| false).unwrap().unwrap();
    let (schema, mut rows) = (reader.schema(), 0);
    let end = reader.read_all(&mut |batch| {
        rows += batch.num_rows() as u64;
        Ok(())
    });
    (schema, rows, end)
}

#[test]
fn types_of_the_first_rows_are_those_of_all_or_are_taken_back() {
    for last in ["", "7,0.5,2024-02-29,,x\n", ",,,,\n"] {
        let (schema, rows, end) = supposed(last);
        assert!(end.is_ok(), "{last}: {end:?}");
        assert_eq!(rows, 100_000 + u64::from(!last.is_empty()));
        let (_dir, path) = large(last);
        let all = CsvReader::open(&path, "in.csv", ReadOptions::default(), Types::OfAllRows, &|| false);
        assert_eq!(all.unwrap().unwrap().schema(), schema, "{last}");
    }
    for last in [
        "x,0.5,2024-01-01,,x",
        "7.5,0.5,2024-01-01,,x",
        "7,9007199254740993,2024-01-01,,x",
        "7,0.5,2024,,x",
        "7,0.5,2024-01-01,x,x",
    ] {
        let Err(Halt::Mistaken(diagnostic)) = supposed(last).2 else { panic!("{last}") };
        assert!(diagnostic.message.contains("line 100002"), "{diagnostic:?}");
        let (_dir, path) = large(last);
        let all =
            CsvReader::open(&path, "in.csv", ReadOptions::default(), Types::OfAllRows, &|| false).unwrap().unwrap();
        assert!(all.read_all(&mut |_| Ok(())).is_ok(), "{last}");
    }
    // What a person asked for is no supposition.
    let (_dir, path) = large("x,0.5,2024-01-01,,x");
    let mut options = ReadOptions::default();
    options.dtype.insert("n".to_owned(), DataType::Int64);
    let reader = CsvReader::open(&path, "in.csv", options, Types::OfFirstRows, &|| false).unwrap().unwrap();
    assert!(matches!(reader.read_all(&mut |_| Ok(())), Err(Halt::Wrong(_))));
}
