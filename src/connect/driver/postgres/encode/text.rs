//! A value as text, in the form that PostgreSQL reads, and as a field of `COPY … (FORMAT text)`.

use std::io::Write;

use super::Why;
use crate::connect::driver::calendar;
use crate::connect::driver::cell::{Cell, View};
use crate::connect::driver::postgres::kind::Kind;

/// Appends a field. `more` says that one stands before it.
pub(super) fn field(kind: &Kind, cell: Cell<'_>, more: bool, out: &mut Vec<u8>) -> Result<(), Why> {
    if more {
        out.push(b'\t');
    }
    let mut plain = Vec::new();
    match cell {
        Cell::Null => {
            out.extend_from_slice(b"\\N");
            return Ok(());
        }
        Cell::Timestamp(_, false) if *kind == Kind::TimestampTz => return Err("it says no zone".into()),
        // `1.0` is a whole number of an integer column, which reads `1` only.
        ref cell @ (Cell::Float(_) | Cell::Float32(_) | Cell::Decimal(..) | Cell::BigDecimal(..))
            if matches!(kind, Kind::Int2 | Kind::Int4 | Kind::Int8 | Kind::Oid) =>
        {
            let _ = write!(plain, "{}", super::binary::integer(cell)?);
        }
        ref cell => render(cell, &mut plain),
    }
    let most = if let Kind::Text(most) = kind { *most } else { None };
    check(&plain, most)?;
    for byte in plain {
        match byte {
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\t' => out.extend_from_slice(b"\\t"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            other => out.push(other),
        }
    }
    Ok(())
}

/// Whether a text can be stored.
pub(super) fn check(text: &[u8], most: Option<u32>) -> Result<(), Why> {
    if memchr::memchr(0, text).is_some() {
        return Err("it holds the character U+0000, which PostgreSQL has no place for".into());
    }
    let Some(most) = most else { return Ok(()) };
    if text.len() > most as usize {
        let characters = text.iter().filter(|byte| **byte & 0xc0 != 0x80).count();
        // Spaces beyond the end are cut by the server, as SQL wants it.
        let spaces = text.iter().rev().take_while(|byte| **byte == b' ').count();
        if characters - spaces > most as usize {
            return Err(format!("it has {characters} characters, the column takes {most}").into());
        }
    }
    Ok(())
}

/// Appends a value as text; nothing of NULL.
pub(in crate::connect::driver) fn render(cell: &Cell<'_>, out: &mut Vec<u8>) {
    // Writing to a Vec never fails.
    let mut put = |text: std::fmt::Arguments<'_>| drop(out.write_fmt(text));
    match cell {
        Cell::Null => {}
        Cell::Bool(yes) => put(format_args!("{yes}")),
        Cell::Int(number) => put(format_args!("{number}")),
        Cell::Unsigned(number) => put(format_args!("{number}")),
        Cell::Float(number) if number.is_infinite() => {
            put(format_args!("{}Infinity", if *number < 0.0 { "-" } else { "" }))
        }
        Cell::Float32(number) if number.is_infinite() => {
            put(format_args!("{}Infinity", if *number < 0.0 { "-" } else { "" }))
        }
        Cell::Float(number) => put(format_args!("{number}")),
        Cell::Float32(number) => put(format_args!("{number}")),
        Cell::Decimal(number, scale) => decimal(&number.to_string(), *scale, out),
        Cell::BigDecimal(number, scale) => decimal(&number.to_string(), *scale, out),
        Cell::Text(text) => out.extend_from_slice(text.as_bytes()),
        Cell::Bytes(bytes) => {
            out.extend_from_slice(b"\\x");
            for byte in *bytes {
                let _ = write!(out, "{byte:02x}");
            }
        }
        Cell::Date(days) => calendar::write_date(*days, out),
        Cell::Time(micros) => calendar::write_time(*micros, out),
        Cell::Timestamp(micros, zone) => {
            calendar::write_timestamp(*micros, out);
            if *zone {
                out.extend_from_slice(b"+00");
            }
        }
        Cell::List(list) => array(list.as_ref(), out),
    }
}

/// `{1,NULL,"a b"}`
fn array(list: &dyn arrow::array::Array, out: &mut Vec<u8>) {
    out.push(b'{');
    let view = View::of(list).unwrap_or(View::Nothing);
    for at in 0..list.len() {
        if at > 0 {
            out.push(b',');
        }
        let cell = view.cell(at);
        if let Cell::Null = cell {
            out.extend_from_slice(b"NULL");
            continue;
        }
        let mut plain = Vec::new();
        render(&cell, &mut plain);
        out.push(b'"');
        for byte in plain {
            if matches!(byte, b'"' | b'\\') {
                out.push(b'\\');
            }
            out.push(byte);
        }
        out.push(b'"');
    }
    out.push(b'}');
}

fn decimal(unscaled: &str, scale: i8, out: &mut Vec<u8>) {
    let (sign, digits) = unscaled.strip_prefix('-').map_or(("", unscaled), |digits| ("-", digits));
    out.extend_from_slice(sign.as_bytes());
    if scale <= 0 {
        out.extend_from_slice(digits.as_bytes());
        if digits != "0" {
            out.extend(std::iter::repeat_n(b'0', usize::from(scale.unsigned_abs())));
        }
        return;
    }
    let scale = usize::from(scale.unsigned_abs());
    let padded = format!("{digits:0>width$}", width = scale + 1);
    let (whole, fraction) = padded.split_at(padded.len() - scale);
    out.extend_from_slice(whole.as_bytes());
    out.push(b'.');
    out.extend_from_slice(fraction.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(cell: Cell<'_>) -> String {
        let mut out = Vec::new();
        render(&cell, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn values_are_as_postgres_reads_them() {
        assert_eq!(rendered(Cell::Decimal(-5, 2)), "-0.05");
        assert_eq!(rendered(Cell::Decimal(1234, 2)), "12.34");
        assert_eq!(rendered(Cell::Decimal(12, -2)), "1200");
        assert_eq!(rendered(Cell::Float(f64::NEG_INFINITY)), "-Infinity");
        assert_eq!(rendered(Cell::Float(f64::NAN)), "NaN");
        assert_eq!(rendered(Cell::Bytes(&[0, 255])), "\\x00ff");
        assert_eq!(rendered(Cell::Timestamp(1, true)), "1970-01-01 00:00:00.000001+00");
        let list = arrow::array::StringArray::from(vec![Some("a\"b\\"), None, Some("NULL")]);
        assert_eq!(rendered(Cell::List(std::sync::Arc::new(list))), r#"{"a\"b\\",NULL,"NULL"}"#);
    }

    #[test]
    fn a_text_that_does_not_fit_is_refused() {
        assert!(check("žluť".as_bytes(), Some(4)).is_ok());
        assert!(check("žluťo".as_bytes(), Some(4)).is_err());
        assert!(check(b"ab   ", Some(2)).is_ok());
        assert!(check(b"a\0b", None).unwrap_err().contains("U+0000"));
        let mut out = Vec::new();
        field(&Kind::Text(None), Cell::Text("a\tb\\\n"), true, &mut out).unwrap();
        assert_eq!(out, b"\ta\\tb\\\\\\n");
    }
}
