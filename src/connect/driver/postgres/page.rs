//! The page of the reference about types, made from the mapping itself.

use std::fmt::Write as _;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, TimeUnit};

use super::kind::{Kind, Other};
use super::mapping::{field_of, invent, judge, text_field};
use crate::connect::driver::plan::{Cast, meaning};

const HEAD: &str = "# Types of PostgreSQL

Rows move between steps as Arrow record batches. These tables are made from the code that decides, and every type in
them is tested with its extreme values in both directions against a real server.

## Reading

";

const READING: &str = "
What has no type of its own between the steps is cast to text by the query, in PostgreSQL's own form; a column that
says so (\"means\") becomes what it was when it is written to PostgreSQL again.

- A `numeric` without precision is looked at first, in the same state of the database: the digits that its values
  have decide its type. With NaN, infinity or more than 76 digits among them it comes as text.
- The mapping has no place for infinite dates and times, for NaN and infinity in a `numeric(p,s)`, and for arrays of
  more than one dimension. Such a value is an error that names row and column; `on_error: null` reads NULL. A lower
  bound of an array other than 1 is lost.
- All of a step is read in one state of the database (`REPEATABLE READ READ ONLY`), with `parallel` on several lines
  that share a snapshot. The end of the data is the mark that the server sends; data without it is an error.

## Writing

";

const WRITING: &str = "
- *lossless*: a value arrives as it is, or is an error that names row and column (out of range, a fraction for an
  integer column, more digits after the point than the column has, a text that is too long or no value of the type,
  U+0000 in a text). `on_error: null` writes NULL in its place, `on_error: quarantine` keeps the row aside.
- *lossy*: the value may change. From floats: the shortest decimal form, rounded to the scale. From decimals to
  floats: the nearest float. From nanoseconds: cut to microseconds. From a time with a zone to `timestamp`: the time
  in UTC.
- *–*: refused before a row moves. No zone is invented: a time without one does not go into a `timestamptz`.

All columns are planned against the real table before a row moves. Rows go in by binary `COPY`; where a column's type
has no binary form that the driver knows (all that are \"text\" above), the whole step uses `COPY` in text form.

## New tables and columns

With `create_if_missing`, or `on_schema_change: add_columns`:

";

const MODES: &str = "
## What the modes do

Everything of a step is one transaction, with its row in `_pipesmith_runs` (schema of the target): nothing is seen
before the commit, a step that fails or is killed leaves the table as it was, and a step that is repeated under the same
run id writes nothing. A user who may not make that table writes without it. The time limits of statements are off
within the transaction.

| `write_mode` | How | Who reads meanwhile |
|---|---|---|
| append | `COPY` into the table | sees the rows from before |
| replace | `DELETE`, then `COPY` | sees the rows from before until the commit, and waits for nothing. Indexes, rights, views and triggers stay. The room of the old rows is free after a vacuum. Refused where rows of other tables would be deleted or changed by a foreign key |
| truncate | `TRUNCATE`, then `COPY` | waits until the commit; the room is free at once |
| upsert, merge | `COPY` into a temporary table, then one `INSERT … ON CONFLICT` | sees the rows from before |

Rows with the same key on the way in are an error that names the first keys. A table that is made gets its primary key
after its rows. The rows that came, that the server says it copied, and that it says it merged have to be the same
number (with the rejected ones); otherwise nothing is written.

`on_error: quarantine` copies each batch behind a savepoint; a batch that the server refuses is halved until the row is
found. Rejected rows stand in `run_logs/<pipeline>/<run>/rejects/<step>.csv` with their number and the reason. This is
slower than the plain way, which is one `COPY` for the whole step.
";

/// The page.
pub fn page() -> String {
    let mut out = HEAD.to_owned();
    out.push_str("| PostgreSQL | Between the steps |\n|---|---|\n");
    for (name, kind) in kinds() {
        let _ = writeln!(out, "| {name} | {} |", engine(&kind));
    }
    out.push_str(READING);
    let targets = targets();
    let _ =
        writeln!(out, "| From / into | {} |", targets.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(" | "));
    let _ = writeln!(out, "|---|{}", "---|".repeat(targets.len()));
    for (name, data_type) in sources() {
        let field = Field::new("a", data_type, true);
        let cells = targets.iter().map(|(_, kind)| match judge(&field, kind) {
            Cast::Refused { .. } => "–",
            cast => cast.word(),
        });
        let _ = writeln!(out, "| {name} | {} |", cells.collect::<Vec<_>>().join(" | "));
    }
    out.push_str(WRITING);
    out.push_str("| Between the steps | PostgreSQL |\n|---|---|\n");
    for (name, data_type) in sources() {
        let made = invent(&Field::new("a", data_type, true));
        let _ = writeln!(out, "| {name} | {} |", made.map_or_else(|why| why, |(_, name)| name));
    }
    out.push_str("| text that means uuid, json, interval, timetz, inet | uuid, jsonb, interval, timetz, inet |\n");
    out.push_str(MODES);
    out
}

fn engine(kind: &Kind) -> String {
    let field = field_of("a", kind).unwrap_or_else(|| text_field("a", kind));
    let shown = match field.data_type() {
        DataType::Utf8 => "text".to_owned(),
        DataType::List(item) => format!("list of {}", item.data_type()),
        other => other.to_string(),
    };
    match meaning(&field) {
        Some(meaning) => format!("{shown}, means {}", format!("{meaning:?}").to_lowercase()),
        None => shown,
    }
}

fn kinds() -> Vec<(&'static str, Kind)> {
    let list = |kind| Kind::Array(Box::new(kind));
    vec![
        ("boolean", Kind::Bool),
        ("smallint", Kind::Int2),
        ("integer", Kind::Int4),
        ("bigint", Kind::Int8),
        ("oid", Kind::Oid),
        ("real", Kind::Float4),
        ("double precision", Kind::Float8),
        ("numeric(12,2)", Kind::Numeric(Some((12, 2)))),
        ("numeric(60,20)", Kind::Numeric(Some((60, 20)))),
        ("numeric(5,-2)", Kind::Numeric(Some((5, -2)))),
        ("text, varchar, char, name, xml", Kind::Text(None)),
        ("json, jsonb", Kind::Jsonb),
        ("uuid", Kind::Uuid),
        ("bytea", Kind::Bytea),
        ("date", Kind::Date),
        ("time", Kind::Time),
        ("timestamp", Kind::Timestamp),
        ("timestamptz", Kind::TimestampTz),
        ("an enumeration", Kind::Enum),
        ("a domain: as the type below it", Kind::Int4),
        ("integer[]", list(Kind::Int4)),
        ("text[], varchar[], an enumeration[]", list(Kind::Text(None))),
        ("timestamptz[]", list(Kind::TimestampTz)),
        ("interval", Kind::Other(Other::Interval)),
        ("timetz", Kind::Other(Other::TimeTz)),
        ("inet, cidr", Kind::Other(Other::Inet)),
        ("everything else (bit, money, points, ranges, hstore, …)", Kind::Other(Other::Unknown)),
    ]
}

fn targets() -> Vec<(&'static str, Kind)> {
    vec![
        ("boolean", Kind::Bool),
        ("integers", Kind::Int8),
        ("real", Kind::Float4),
        ("double", Kind::Float8),
        ("numeric(p,s)", Kind::Numeric(Some((12, 2)))),
        ("text", Kind::Text(None)),
        ("json(b)", Kind::Jsonb),
        ("uuid", Kind::Uuid),
        ("bytea", Kind::Bytea),
        ("date", Kind::Date),
        ("time", Kind::Time),
        ("timestamp", Kind::Timestamp),
        ("timestamptz", Kind::TimestampTz),
        ("enum", Kind::Enum),
        ("integer[]", Kind::Array(Box::new(Kind::Int4))),
        ("others", Kind::Other(Other::Unknown)),
    ]
}

fn sources() -> Vec<(&'static str, DataType)> {
    use DataType as D;
    vec![
        ("Boolean", D::Boolean),
        ("Int16, Int8, UInt8", D::Int16),
        ("Int32, UInt16", D::Int32),
        ("Int64, UInt32", D::Int64),
        ("UInt64", D::UInt64),
        ("Float32", D::Float32),
        ("Float64", D::Float64),
        ("Decimal128(p,s), Decimal256(p,s)", D::Decimal128(12, 2)),
        ("text", D::Utf8),
        ("Binary", D::Binary),
        ("Date32", D::Date32),
        ("Time64(µs)", D::Time64(TimeUnit::Microsecond)),
        ("Timestamp(µs)", D::Timestamp(TimeUnit::Microsecond, None)),
        ("Timestamp(ns)", D::Timestamp(TimeUnit::Nanosecond, None)),
        ("Timestamp(µs, zone)", D::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))),
        ("list of Int32", D::List(Arc::new(Field::new("item", D::Int32, true)))),
        ("NULL only", D::Null),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connect::driver::cell::View;
    use crate::connect::driver::plan::{ColumnPlan, OnError, PlannedColumn};
    use crate::connect::driver::postgres::encode::{Encoder, Form};

    /// What the plan lets through, the encoder has a way for: NULL and a value of the type's default.
    #[test]
    fn every_cast_that_is_not_refused_is_carried_out() {
        for (name, data_type) in sources() {
            for (target, kind) in targets() {
                let field = Field::new("a", data_type.clone(), true);
                let cast = judge(&field, &kind);
                if matches!(cast, Cast::Refused { .. }) {
                    continue;
                }
                let column = PlannedColumn {
                    input: 0,
                    from: "a".to_owned(),
                    engine_type: data_type.clone(),
                    to: "a".to_owned(),
                    target_type: target.to_owned(),
                    cast,
                    added: false,
                };
                let plan = ColumnPlan { columns: vec![column], ..ColumnPlan::default() };
                let kinds = [kind];
                let form = Form::of(&plan, &kinds);
                let encoder = Encoder::new(form, &plan, &kinds, OnError::Fail, false);
                let array = arrow::array::new_null_array(&data_type, 1);
                assert!(View::of(array.as_ref()).is_some(), "{name}");
                let schema = Arc::new(arrow::datatypes::Schema::new(vec![field]));
                let batch = arrow::record_batch::RecordBatch::try_new(schema, vec![array]).unwrap();
                let mut out = Vec::new();
                assert!(encoder.row(&encoder.views(&batch), 0, 1, &mut out).is_ok(), "{name} → {target}");
            }
        }
    }

    #[test]
    fn the_page_has_all_tables() {
        let page = page();
        assert!(page.contains("| numeric(12,2) | Decimal128(12, 2) |"), "{page}");
        assert!(page.contains("| uuid | text, means uuid |"), "{page}");
        assert!(page.contains("| UInt64 | numeric(20,0) |"), "{page}");
    }
}
