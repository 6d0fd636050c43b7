//! Columns of a file as they are handed on: types that steps and systems know, no value changed.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringBuilder};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Field, TimeUnit};
use arrow::error::ArrowError;
use parquet::basic::LogicalType;
use parquet::schema::types::SchemaDescriptor;

/// How a column of the file becomes one that is handed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// As it is.
    Keep,
    /// Into another type that holds every value.
    Cast(DataType),
    /// 16 bytes to the text of a UUID.
    Uuid,
}

/// What a column becomes, and how.
pub(super) fn turn(field: &Field, root: usize, schema: &SchemaDescriptor) -> (Field, Turn) {
    let logical = match schema.root_schema().get_fields().get(root) {
        Some(node) if node.is_primitive() => node.get_basic_info().logical_type_ref(),
        _ => None,
    };
    let how = match (logical, field.data_type()) {
        (Some(LogicalType::Uuid), DataType::FixedSizeBinary(16)) => Turn::Uuid,
        (Some(LogicalType::Enum), DataType::Binary | DataType::LargeBinary) => Turn::Cast(DataType::Utf8),
        (_, data_type) => wider(data_type).map_or(Turn::Keep, Turn::Cast),
    };
    let data_type = match &how {
        Turn::Keep => field.data_type().clone(),
        Turn::Cast(data_type) => data_type.clone(),
        Turn::Uuid => DataType::Utf8,
    };
    let mut turned = Field::new(field.name(), data_type, true);
    if logical == Some(&LogicalType::Json) {
        turned = super::super::json::marked(turned);
    }
    (turned, how)
}

/// The type that stands for one that few know; `None` where it is known.
fn wider(data_type: &DataType) -> Option<DataType> {
    Some(match data_type {
        DataType::Dictionary(_, value) => wider(value).unwrap_or_else(|| value.as_ref().clone()),
        DataType::RunEndEncoded(_, values) => wider(values.data_type()).unwrap_or_else(|| values.data_type().clone()),
        DataType::Utf8View => DataType::Utf8,
        DataType::BinaryView | DataType::FixedSizeBinary(_) => DataType::Binary,
        DataType::Float16 => DataType::Float32,
        DataType::Date64 => DataType::Date32,
        DataType::Time32(_) => DataType::Time64(TimeUnit::Microsecond),
        DataType::Timestamp(TimeUnit::Second | TimeUnit::Millisecond, Some(_)) => {
            DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
        }
        DataType::Timestamp(unit, Some(zone)) if zone.as_ref() != "UTC" => {
            DataType::Timestamp(*unit, Some("UTC".into()))
        }
        _ => return None,
    })
}

/// Turns the values of a column.
///
/// # Errors
/// A value that the type has no place for.
pub(super) fn turned(array: &ArrayRef, turn: &Turn) -> Result<ArrayRef, ArrowError> {
    match turn {
        Turn::Keep => Ok(array.clone()),
        Turn::Cast(data_type) => {
            // A value that doesn't fit is a fault, not a NULL.
            cast_with_options(array, data_type, &CastOptions { safe: false, ..CastOptions::default() })
        }
        Turn::Uuid => {
            let bytes = array.as_fixed_size_binary();
            let mut texts = StringBuilder::with_capacity(bytes.len(), bytes.len() * 36);
            for row in 0..bytes.len() {
                if bytes.is_null(row) {
                    texts.append_null();
                } else {
                    texts.append_value(uuid(bytes.value(row)));
                }
            }
            Ok(Arc::new(texts.finish()))
        }
    }
}

fn uuid(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(36);
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        for nibble in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
        }
    }
    text
}
