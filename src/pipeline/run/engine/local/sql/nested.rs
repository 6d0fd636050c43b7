//! Lists and structs on their way into DuckDB.
//!
//! What is handed over of a struct is its own NULLs and those of each field apart; DuckDB looks at a field
//! without its struct. So the fields of a struct that is NULL have to be NULL themselves.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, FixedSizeListArray, GenericListArray, OffsetSizeTrait, StructArray, make_array,
};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Schema};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;

/// Whether there is a column whose values have parts.
fn has_parts(schema: &Schema) -> bool {
    schema.fields().iter().any(|field| field.data_type().is_nested())
}

/// The same rows, in the form that DuckDB takes.
///
/// # Errors
/// A defect: the parts do not fit their type.
pub(super) fn ready(batch: RecordBatch) -> Result<RecordBatch, ArrowError> {
    if !has_parts(batch.schema_ref()) {
        return Ok(batch);
    }
    let columns: Result<Vec<ArrayRef>, ArrowError> = batch.columns().iter().map(|column| solid(column, None)).collect();
    RecordBatch::try_new(batch.schema(), columns?)
}

/// An array whose parts are NULL where it is, or what it is part of.
fn solid(array: &ArrayRef, outer: Option<&NullBuffer>) -> Result<ArrayRef, ArrowError> {
    let nulls = NullBuffer::union(array.nulls(), outer);
    match array.data_type() {
        DataType::Struct(fields) => {
            let of = array.as_struct();
            let columns: Result<Vec<ArrayRef>, ArrowError> =
                of.columns().iter().map(|column| solid(column, nulls.as_ref())).collect();
            Ok(Arc::new(StructArray::try_new_with_length(fields.clone(), columns?, nulls, of.len())?))
        }
        DataType::List(_) => list(array.as_list::<i32>(), nulls),
        DataType::LargeList(_) => list(array.as_list::<i64>(), nulls),
        DataType::FixedSizeList(field, size) => {
            let values = solid(array.as_fixed_size_list().values(), None)?;
            Ok(Arc::new(FixedSizeListArray::try_new(field.clone(), *size, values, nulls)?))
        }
        _ if outer.is_some() => {
            let data = array.to_data().into_builder().nulls(nulls).build()?;
            Ok(make_array(data))
        }
        _ => Ok(array.clone()),
    }
}

fn list<O: OffsetSizeTrait>(of: &GenericListArray<O>, nulls: Option<NullBuffer>) -> Result<ArrayRef, ArrowError> {
    let field = match of.data_type() {
        DataType::List(field) | DataType::LargeList(field) => field.clone(),
        other => return Err(ArrowError::InvalidArgumentError(format!("{other} is no list"))),
    };
    let values = solid(of.values(), None)?;
    Ok(Arc::new(GenericListArray::<O>::try_new(field, of.offsets().clone(), values, nulls)?))
}
