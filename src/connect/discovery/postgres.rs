//! Looking at PostgreSQL: its catalogues, in four queries however many tables there are.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use futures_util::TryStreamExt;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, IsolationLevel, Row, SimpleQueryMessage, Transaction};

use super::looked::{Limit, Looked};
use super::{Column, ColumnKind, ForeignKey, Options, RowCount, Samples, Table, value};
use crate::connect::quote::{Ident, Quote};

/// The schema that nobody has to name.
const USUAL: &str = "public";
/// Bytes of a page, as PostgreSQL is built nearly everywhere.
const PAGE: u64 = 8192;

const RELATIONS: &str = "
    SELECT c.oid, n.nspname::text, c.relname::text, c.relkind::text, c.reltuples::float8, c.relpages, d.description
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_description d ON d.objoid = c.oid AND d.classoid = 'pg_class'::regclass AND d.objsubid = 0
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
      AND CASE WHEN cardinality($1::text[]) > 0 THEN n.nspname = ANY($1::text[])
          ELSE n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' END
      AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT, INSERT')
    ORDER BY n.nspname, c.relname
    LIMIT $2";

const COLUMNS: &str = "
    SELECT a.attrelid, a.attnum, a.attname::text, format_type(a.atttypid, a.atttypmod),
      coalesce(b.typname, t.typname)::text, coalesce(b.typcategory, t.typcategory)::text, a.attnotnull, d.description
    FROM pg_attribute a
    JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_type b ON b.oid = t.typbasetype AND t.typtype = 'd'
    LEFT JOIN pg_description d ON d.objoid = a.attrelid AND d.classoid = 'pg_class'::regclass AND d.objsubid = a.attnum
    WHERE a.attrelid = ANY($1) AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attrelid, a.attnum
    LIMIT $2";

const KEYS: &str = "
    SELECT i.indrelid, i.indisprimary, i.indkey::text, i.indnkeyatts
    FROM pg_index i
    WHERE i.indrelid = ANY($1) AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
    ORDER BY i.indrelid, i.indexrelid
    LIMIT $2";

const FOREIGN: &str = "
    SELECT k.conrelid, k.conkey::int4[]::text, n.nspname::text, c.relname::text,
      (SELECT array_agg(a.attname::text ORDER BY f.at)
       FROM unnest(k.confkey) WITH ORDINALITY f(num, at)
       JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = f.num)
    FROM pg_constraint k
    JOIN pg_class c ON c.oid = k.confrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE k.contype = 'f' AND k.conrelid = ANY($1)
    ORDER BY k.conrelid, k.conname
    LIMIT $2";

/// A parameter of a query, and its type.
type Parameter<'a> = (&'a (dyn ToSql + Sync), Type);

/// The tables, read-only, in one snapshot, each query within `timeout`.
pub(super) async fn tables(client: &mut Client, options: &Options, timeout: Duration) -> Result<Looked, String> {
    let transaction = client.build_transaction().read_only(true).isolation_level(IsolationLevel::RepeatableRead);
    let transaction = transaction.start().await.map_err(told)?;
    // Nothing that users of the database made can stand in for a catalogue's table or function.
    let set = format!("SET LOCAL search_path = pg_catalog; SET LOCAL statement_timeout = {}", timeout.as_millis());
    transaction.batch_execute(&set).await.map_err(told)?;
    let mut limit = Limit::default();
    let (mut tables, order) = relations(&transaction, options, &mut limit).await?;
    let oids: Vec<u32> = order.iter().map(|(oid, _)| *oid).collect();
    let places: HashMap<u32, usize> = order.into_iter().collect();
    let (columns, keys, foreign) = tokio::try_join!(
        rows(&transaction, COLUMNS, &oids, Limit::COLUMNS),
        rows(&transaction, KEYS, &oids, Limit::KEYS),
        rows(&transaction, FOREIGN, &oids, Limit::KEYS),
    )?;
    limit.note(columns.len(), Limit::COLUMNS);
    let mut numbers: Vec<HashMap<i16, String>> = vec![HashMap::new(); tables.len()];
    for row in &columns {
        let Some(at) = places.get(&get::<u32>(row, 0)?).copied() else { continue };
        let name: String = get(row, 2)?;
        numbers[at].insert(get(row, 1)?, name.clone());
        tables[at].columns.push(column(row, name)?);
    }
    for row in &keys {
        let Some(at) = places.get(&get::<u32>(row, 0)?).copied() else { continue };
        let wanted = usize::try_from(get::<i16>(row, 3)?).unwrap_or(0);
        let Some(names) = named(&get::<String>(row, 2)?, wanted, &numbers[at]) else { continue };
        if get::<bool>(row, 1)? {
            tables[at].primary_key = names;
        } else {
            tables[at].unique.push(names);
        }
    }
    for row in &foreign {
        let Some(at) = places.get(&get::<u32>(row, 0)?).copied() else { continue };
        let Some(columns) = named(&get::<String>(row, 1)?, usize::MAX, &numbers[at]) else { continue };
        let (schema, table): (String, String) = (get(row, 2)?, get(row, 3)?);
        let references = get::<Option<Vec<String>>>(row, 4)?.unwrap_or_default();
        tables[at].foreign_keys.push(ForeignKey { columns, table: path(&schema, &table), references });
    }
    if options.samples != Samples::None {
        let set = format!("SET LOCAL statement_timeout = {}", timeout.min(Limit::ONE_SAMPLE).as_millis());
        transaction.batch_execute(&set).await.map_err(told)?;
        let begun = Instant::now();
        for table in tables.iter_mut().take(Limit::SAMPLED) {
            if begun.elapsed() > timeout {
                break;
            }
            sample(&transaction, table, options).await?;
        }
    }
    transaction.rollback().await.map_err(told)?;
    Ok(Looked { tables, cut: limit.reached() })
}

/// The tables without their columns, and the place of each by its number.
async fn relations(
    transaction: &Transaction<'_>,
    options: &Options,
    limit: &mut Limit,
) -> Result<(Vec<Table>, Vec<(u32, usize)>), String> {
    let most = i64::try_from(Limit::TABLES).unwrap_or(i64::MAX);
    let parameters: [Parameter<'_>; 2] = [(&options.schemas, Type::TEXT_ARRAY), (&most, Type::INT8)];
    let found = collect(transaction, RELATIONS, &parameters, Limit::TABLES).await?;
    limit.note(found.len(), Limit::TABLES);
    let (mut tables, mut order) = (Vec::new(), Vec::new());
    for row in &found {
        let (schema, name): (String, String) = (get(row, 1)?, get(row, 2)?);
        let path = path(&schema, &name);
        if !options.wants_table(&name, &path) {
            continue;
        }
        let kind: String = get(row, 3)?;
        let view = kind == "v" || kind == "m";
        order.push((get(row, 0)?, tables.len()));
        tables.push(Table {
            path,
            view,
            schema: Some(schema),
            rows: estimate(get(row, 4)?),
            bytes: u64::try_from(get::<i32>(row, 5)?).unwrap_or(0) * PAGE,
            comment: get::<Option<String>>(row, 6)?.as_deref().and_then(value::comment),
            ..Table::named(name)
        });
    }
    Ok((tables, order))
}

fn path(schema: &str, table: &str) -> String {
    if schema == USUAL { table.to_owned() } else { format!("{schema}.{table}") }
}

/// The statistics know nothing (-1) until the table is analysed for the first time.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a float becomes the nearest count")]
fn estimate(tuples: f64) -> RowCount {
    if tuples < 0.0 { RowCount::Unknown } else { RowCount::Estimated(tuples.round() as u64) }
}

fn column(row: &Row, name: String) -> Result<Column, String> {
    let native: String = get(row, 3)?;
    let (base, category): (String, String) = (get(row, 4)?, get(row, 5)?);
    Ok(Column {
        name,
        kind: kind(&base, &category),
        nullable: !get::<bool>(row, 6)?,
        native: Some(native),
        comment: get::<Option<String>>(row, 7)?.as_deref().and_then(value::comment),
    })
}

fn kind(base: &str, category: &str) -> ColumnKind {
    match (base, category) {
        ("int2" | "int4" | "int8" | "oid", _) => ColumnKind::Integer,
        ("float4" | "float8", _) => ColumnKind::Float,
        ("numeric" | "money", _) => ColumnKind::Decimal,
        ("bool", _) => ColumnKind::Boolean,
        ("date", _) => ColumnKind::Date,
        ("time" | "timetz", _) => ColumnKind::Time,
        ("timestamp", _) => ColumnKind::Timestamp,
        ("timestamptz", _) => ColumnKind::TimestampTz,
        ("interval", _) => ColumnKind::Interval,
        ("json" | "jsonb", _) => ColumnKind::Json,
        ("bytea", _) => ColumnKind::Binary,
        ("uuid", _) => ColumnKind::Uuid,
        // Texts, enumerations and addresses of networks are written as text.
        (_, "S" | "E" | "I") => ColumnKind::String,
        (_, "A") => ColumnKind::Array,
        _ => ColumnKind::Other,
    }
}

/// `1 3` or `{1,3}` as names of columns; nothing where one of them is not a column.
fn named(numbers: &str, wanted: usize, names: &HashMap<i16, String>) -> Option<Vec<String>> {
    let numbers = numbers.trim_matches(['{', '}']).split([' ', ',']).take(wanted);
    numbers.map(|number| names.get(&number.parse().ok()?).cloned()).collect()
}

/// A table that can't be read has no samples; the rest goes on.
async fn sample(transaction: &Transaction<'_>, table: &mut Table, options: &Options) -> Result<(), String> {
    if table.columns.is_empty() {
        return Ok(());
    }
    let mut sql = "SELECT ".to_owned();
    for (at, column) in table.columns.iter().enumerate() {
        let comma = if at > 0 { ", " } else { "" };
        let name = Ident(Quote::Standard, &column.name);
        // Writing to a String never fails.
        let _ = match column.kind {
            ColumnKind::Binary => write!(sql, "{comma}CASE WHEN {name} IS NOT NULL THEN '<bytes>' END"),
            _ => write!(sql, "{comma}left({name}::text, {})", value::MAX_VALUE),
        };
    }
    let schema = Ident(Quote::Standard, table.schema.as_deref().unwrap_or(USUAL)).to_string();
    let _ = write!(sql, " FROM {schema}.{} LIMIT {}", Ident(Quote::Standard, &table.name), options.sample_rows);
    transaction.batch_execute("SAVEPOINT sample").await.map_err(told)?;
    match transaction.simple_query(&sql).await {
        Ok(messages) => {
            let rows = messages.iter().filter_map(|message| match message {
                SimpleQueryMessage::Row(row) => Some(row),
                _ => None,
            });
            table.samples =
                rows.map(|row| (0..row.len()).map(|at| value::shown(row.get(at), options.samples)).collect()).collect();
            transaction.batch_execute("RELEASE SAVEPOINT sample").await.map_err(told)
        }
        Err(_) => transaction.batch_execute("ROLLBACK TO SAVEPOINT sample").await.map_err(told),
    }
}

async fn rows(transaction: &Transaction<'_>, sql: &str, oids: &[u32], most: usize) -> Result<Vec<Row>, String> {
    let count = i64::try_from(most).unwrap_or(i64::MAX);
    let parameters: [Parameter<'_>; 2] = [(&oids, Type::OID_ARRAY), (&count, Type::INT8)];
    collect(transaction, sql, &parameters, most).await
}

/// The rows of a query; a server that sends more than it was asked for is not listened to any more.
async fn collect(
    transaction: &Transaction<'_>,
    sql: &str,
    parameters: &[Parameter<'_>],
    most: usize,
) -> Result<Vec<Row>, String> {
    // With its types told, a statement needs no name: poolers between us and the server can't mix names up.
    let stream = transaction.query_typed_raw(sql, parameters.iter().cloned()).await.map_err(told)?;
    tokio::pin!(stream);
    let mut rows = Vec::new();
    while let Some(row) = stream.try_next().await.map_err(told)? {
        if rows.len() == most {
            break;
        }
        rows.push(row);
    }
    Ok(rows)
}

fn get<'r, T: tokio_postgres::types::FromSql<'r>>(row: &'r Row, at: usize) -> Result<T, String> {
    row.try_get(at).map_err(|error| format!("a catalogue is not as expected: {error}"))
}

#[allow(clippy::needless_pass_by_value, reason = "it ends an error's way")]
fn told(error: tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(told) => format!("{} ({})", told.message(), told.code().code()),
        None => error.to_string(),
    }
}
