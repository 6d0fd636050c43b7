//! Values of Arrow arrays as JSON: numbers with all their digits, times as ISO 8601, binary data as base64.

use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Field, TimeUnit};
use base64::Engine as _;

use super::super::csv::{is_writable, write_value};

/// Lists and structs in each other, at most.
const MAX_DEPTH: usize = 64;

/// Whether values of the type have a form in JSON.
pub(super) fn is_json_type(data_type: &DataType) -> bool {
    holds(data_type, MAX_DEPTH)
}

fn holds(data_type: &DataType, depth: usize) -> bool {
    if depth == 0 {
        return false;
    }
    match data_type {
        DataType::Binary | DataType::LargeBinary | DataType::FixedSizeBinary(_) => true,
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            holds(item.data_type(), depth - 1)
        }
        DataType::Struct(fields) => fields.iter().all(|field| holds(field.data_type(), depth - 1)),
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(pair) if pair.len() == 2 => {
                matches!(pair[0].data_type(), DataType::Utf8 | DataType::LargeUtf8)
                    && holds(pair[1].data_type(), depth - 1)
            }
            _ => false,
        },
        other => is_writable(other),
    }
}

/// A value that JSON has no form for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoJson {
    /// NaN or an infinity.
    NotFinite,
    /// A text of a JSON column that is none.
    NotJson,
}

/// Appends a value, `null` for NULL. `json` says that texts are JSON already.
pub(super) fn write_json(array: &dyn Array, row: usize, json: bool, out: &mut Vec<u8>) -> Result<(), NoJson> {
    if array.data_type() == &DataType::Null || array.is_null(row) {
        out.extend_from_slice(b"null");
        return Ok(());
    }
    match array.data_type() {
        DataType::Utf8 if json => raw(array.as_string::<i32>().value(row), out)?,
        DataType::Utf8 => text(array.as_string::<i32>().value(row), out),
        DataType::LargeUtf8 => text(array.as_string::<i64>().value(row), out),
        DataType::Utf8View => text(array.as_string_view().value(row), out),
        DataType::Boolean => {
            out.extend_from_slice(if array.as_boolean().value(row) { b"true" } else { b"false" });
        }
        DataType::Float64 => {
            finite(array.as_primitive::<arrow::datatypes::Float64Type>().value(row).is_finite())?;
            write_value(array, row, out);
        }
        DataType::Float32 => {
            finite(array.as_primitive::<arrow::datatypes::Float32Type>().value(row).is_finite())?;
            write_value(array, row, out);
        }
        DataType::Binary => base64(array.as_binary::<i32>().value(row), out),
        DataType::LargeBinary => base64(array.as_binary::<i64>().value(row), out),
        DataType::FixedSizeBinary(_) => base64(array.as_fixed_size_binary().value(row), out),
        DataType::Date32 | DataType::Time64(_) => {
            out.push(b'"');
            write_value(array, row, out);
            out.push(b'"');
        }
        DataType::Timestamp(unit, zone) => timestamp(array, row, *unit, zone.is_some(), out),
        DataType::List(item) => list(array.as_list::<i32>().value(row).as_ref(), item, out)?,
        DataType::LargeList(item) => list(array.as_list::<i64>().value(row).as_ref(), item, out)?,
        DataType::FixedSizeList(item, _) => list(array.as_fixed_size_list().value(row).as_ref(), item, out)?,
        DataType::Struct(fields) => {
            out.push(b'{');
            for (at, (field, column)) in fields.iter().zip(array.as_struct().columns()).enumerate() {
                key(field.name(), at == 0, out);
                write_json(column.as_ref(), row, super::is_json(field), out)?;
            }
            out.push(b'}');
        }
        DataType::Map(..) => {
            let entries = array.as_map().value(row);
            out.push(b'{');
            for entry in 0..entries.len() {
                let mut name = Vec::new();
                write_value(entries.column(0).as_ref(), entry, &mut name);
                key(&String::from_utf8_lossy(&name), entry == 0, out);
                write_json(entries.column(1).as_ref(), entry, false, out)?;
            }
            out.push(b'}');
        }
        // Whole numbers and decimals.
        _ => write_value(array, row, out),
    }
    Ok(())
}

/// Appends a key with its colon, and the comma before it.
pub(super) fn key(name: &str, first: bool, out: &mut Vec<u8>) {
    if !first {
        out.push(b',');
    }
    text(name, out);
    out.push(b':');
}

fn finite(yes: bool) -> Result<(), NoJson> {
    if yes { Ok(()) } else { Err(NoJson::NotFinite) }
}

fn list(items: &dyn Array, item: &Field, out: &mut Vec<u8>) -> Result<(), NoJson> {
    out.push(b'[');
    for at in 0..items.len() {
        if at > 0 {
            out.push(b',');
        }
        write_json(items, at, super::is_json(item), out)?;
    }
    out.push(b']');
    Ok(())
}

fn raw(value: &str, out: &mut Vec<u8>) -> Result<(), NoJson> {
    let json: &serde_json::value::RawValue = serde_json::from_str(value).map_err(|_| NoJson::NotJson)?;
    // Line ends can only be white space between values; a row has to stay one line.
    out.extend(json.get().bytes().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { byte }));
    Ok(())
}

fn base64(bytes: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    out.extend_from_slice(base64::engine::general_purpose::STANDARD.encode(bytes).as_bytes());
    out.push(b'"');
}

/// `2024-01-01T10:00:00.5Z`
fn timestamp(array: &dyn Array, row: usize, _: TimeUnit, zone: bool, out: &mut Vec<u8>) {
    let mut value = Vec::with_capacity(32);
    write_value(array, row, &mut value);
    let end = if zone { value.len().saturating_sub("+00:00".len()) } else { value.len() };
    if let Some(space) = memchr::memchr(b' ', &value) {
        value[space] = b'T';
    }
    out.push(b'"');
    out.extend_from_slice(&value[..end]);
    if zone {
        out.push(b'Z');
    }
    out.push(b'"');
}

/// Appends a text in quotes.
fn text(value: &str, out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.push(b'"');
    let bytes = value.as_bytes();
    let mut from = 0;
    for (at, byte) in bytes.iter().enumerate() {
        let short = match byte {
            b'"' => b'"',
            b'\\' => b'\\',
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            0..=0x1f | 0x7f => b'u',
            _ => continue,
        };
        out.extend_from_slice(&bytes[from..at]);
        from = at + 1;
        out.extend_from_slice(&[b'\\', short]);
        if short == b'u' {
            out.extend_from_slice(b"00");
            out.extend_from_slice(&[HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
        }
    }
    out.extend_from_slice(&bytes[from..]);
    out.push(b'"');
}
