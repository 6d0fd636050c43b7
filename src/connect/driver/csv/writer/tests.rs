use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Decimal128Array, Int64Array, ListArray, StringArray};
use arrow::datatypes::Int32Type;

use super::*;

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true))).unwrap()
}

fn written(batch: &RecordBatch, options: WriteOptions) -> Result<Vec<u8>, Diagnostic> {
    let mut writer = CsvWriter::new(Vec::new(), "out.csv", batch.schema(), options)?;
    writer.write(batch)?;
    assert_eq!(writer.rows(), batch.num_rows() as u64);
    let (out, bytes) = writer.finish()?;
    assert_eq!(bytes, out.len() as u64);
    Ok(out)
}

fn sample() -> RecordBatch {
    batch(vec![
        ("b", Arc::new(StringArray::from(vec![Some("x,y"), Some(""), None, Some("say \"hi\"\n")]))),
        ("a", Arc::new(Int64Array::from(vec![Some(1), None, Some(-3), Some(4)]))),
        ("ok", Arc::new(BooleanArray::from(vec![Some(true), Some(false), None, Some(true)]))),
    ])
}

#[test]
fn null_and_empty_are_told_apart_and_columns_keep_their_order() {
    let text = String::from_utf8(written(&sample(), WriteOptions::default()).unwrap()).unwrap();
    assert_eq!(text, "b,a,ok\n\"x,y\",1,True\n\"\",,False\n,-3,\n\"say \"\"hi\"\"\n\",4,True\n");
}

#[test]
fn quoting_newline_delimiter_and_header_can_be_set() {
    let options =
        WriteOptions { quoting: Quoting::NonNumeric, newline: Newline::CrLf, delimiter: b';', ..Default::default() };
    let text = String::from_utf8(written(&sample(), options).unwrap()).unwrap();
    assert!(text.starts_with("\"b\";\"a\";\"ok\"\r\n\"x,y\";1;\"True\"\r\n\"\";;\"False\"\r\n;-3;\r\n"), "{text}");
    let options = WriteOptions { quoting: Quoting::All, header: false, ..Default::default() };
    let text = String::from_utf8(written(&sample(), options).unwrap()).unwrap();
    assert!(text.starts_with("\"x,y\",\"1\",\"True\"\n\"\",,\"False\"\n"), "{text}");
    let options = WriteOptions { delimiter: b'-', header: false, ..Default::default() };
    let text = String::from_utf8(written(&sample(), options).unwrap()).unwrap();
    assert!(text.contains("\n-\"-3\"-\n"), "{text}");
}

#[test]
fn encodings_hold_what_they_can() {
    let one = batch(vec![("é", Arc::new(StringArray::from(vec!["ÿ"])))]);
    let latin = |encoding| written(&one, WriteOptions { encoding, ..Default::default() });
    assert_eq!(latin(Encoding::Latin1).unwrap(), b"\xe9\n\xff\n");
    assert_eq!(latin(Encoding::Utf16).unwrap(), b"\xff\xfe\xe9\0\n\0\xff\0\n\0");
    assert_eq!(
        latin(Encoding::Ascii).unwrap_err().message,
        "out.csv: the header holds 'é', which the encoding has no bytes for"
    );
    let wide = batch(vec![("n", Arc::new(StringArray::from(vec!["a", "😀"])))]);
    let error = written(&wide, WriteOptions { encoding: Encoding::Latin1, ..Default::default() }).unwrap_err();
    assert_eq!((error.code.as_str(), error.message.contains("row 2")), ("csv-encoding", true));
}

#[test]
fn big_sums_are_exact_and_lists_are_refused() {
    let sum = Decimal128Array::from(vec![170_141_183_460_469_231_731_687_303_715_884_105_727i128])
        .with_precision_and_scale(38, 0)
        .unwrap();
    let text = written(&batch(vec![("s", Arc::new(sum))]), WriteOptions::default()).unwrap();
    assert_eq!(text, b"s\n170141183460469231731687303715884105727\n");
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>(vec![Some(vec![Some(1)])]);
    let error = written(&batch(vec![("l", Arc::new(list))]), WriteOptions::default()).unwrap_err();
    assert_eq!(error.code, "csv-unwritable-type");
    assert!(error.message.contains("\"l\" is a list") && error.fix.unwrap().text.contains("CAST(\"l\" AS VARCHAR)"));
}

#[test]
fn a_full_disk_is_said() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::Error::new(std::io::ErrorKind::StorageFull, "no space left"))
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let error = CsvWriter::new(Full, "o.csv", sample().schema(), WriteOptions::default()).err().unwrap();
    assert_eq!((error.code.as_str(), error.why.as_deref()), ("csv-unwritable", Some("no space left")));
}
