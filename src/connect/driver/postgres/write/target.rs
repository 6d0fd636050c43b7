//! The table that is written to: as it is, or made.

use arrow::datatypes::Schema;

use super::super::kind::Kind;
use super::super::mapping;
use super::super::session::{Session, ident, table};
use super::options::WriteOptions;
use crate::connect::driver::flow::{Halt, Io};
use crate::connect::driver::plan::{Pairing, SchemaChange, TargetColumn, WriteMode, pair};
use crate::connect::quote::{Quote, list};
use crate::diagnostic::Diagnostic;

/// A table that rows are written to.
pub(super) struct Table {
    /// Its name, quoted, with its schema.
    pub sql: String,
    /// How a person calls it.
    pub place: String,
    pub pairing: Pairing<Kind>,
    /// Whether this step made it.
    pub made: bool,
}

const COLUMNS: &str = "SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, \
    a.atthasdef OR a.attidentity <> '', a.attgenerated = '' \
    FROM pg_attribute a WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum";

const UNIQUE: &str = "SELECT array(SELECT a.attname::text FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, place) \
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum WHERE k.place <= i.indnkeyatts) \
    FROM pg_index i WHERE i.indrelid = $1 AND i.indisunique AND i.indisvalid AND i.indimmediate \
    AND i.indpred IS NULL AND i.indexprs IS NULL";

const REFERENCES: &str = "SELECT c.conrelid::regclass::text FROM pg_constraint c \
    WHERE c.confrelid = $1 AND c.contype = 'f' AND c.conrelid <> $1 AND c.confdeltype IN ('c', 'n', 'd') LIMIT 5";

/// Looks the table up, plans the columns, and does what has to be done to it before rows come: makes it, adds
/// columns, empties it. All of it inside of the session's transaction.
pub(super) fn prepare(
    session: &Session,
    io: &Io,
    schema: &str,
    place: String,
    options: &WriteOptions,
    columns: &Schema,
) -> Result<Table, Halt> {
    let sql = table(schema, &options.table);
    let doing = format!("look at {place}");
    let find = "SELECT c.oid, c.relkind::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
        WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p', 'v', 'f', 'm')";
    let found = session.wait(io, &doing, session.client.query_opt(find, &[&schema, &options.table]))?;
    let Some(found) = found else {
        return make(session, io, sql, place, options, columns);
    };
    let oid: u32 = found.get(0);
    let targets = look(session, io, oid, &sql, &doing)?;
    let pairing = pair(&place, columns, &targets, options.change, mapping::judge, mapping::invent);
    pairing.plan.check()?;
    let written: Vec<&str> = pairing.plan.columns.iter().map(|column| column.to.as_str()).collect();
    if let Some(missing) = options.key.iter().find(|key| !written.contains(&key.as_str())) {
        return Err(no_key_column(missing, &place).into());
    }
    for column in pairing.plan.columns.iter().filter(|column| column.added) {
        let add = format!("ALTER TABLE {sql} ADD COLUMN {} {}", ident(&column.to), column.target_type);
        session.run(io, &add, &format!("add the column `{}` to {place}", column.to))?;
    }
    match options.mode {
        WriteMode::Append => {}
        WriteMode::Upsert => unique(session, io, oid, &options.key, &place)?,
        WriteMode::Replace => {
            let others = session.wait(io, &doing, session.client.query(REFERENCES, &[&oid]))?;
            if !others.is_empty() {
                let others: Vec<String> = others.iter().map(|row| row.get(0)).collect();
                return Err(Diagnostic::error("replace-cascades", format!("the rows of {place} can't be replaced"))
                    .why(format!(
                        "deleting them would delete or change rows of {}, which refer to them",
                        others.join(", ")
                    ))
                    .fix("use `write_mode: upsert`, or change the foreign key to NO ACTION")
                    .into());
            }
            // Readers go on seeing the old rows; indexes, rights, views and triggers stay.
            session.run(io, &format!("DELETE FROM {sql}"), &format!("replace the rows of {place}"))?;
        }
        WriteMode::Truncate => session.run(io, &format!("TRUNCATE TABLE {sql}"), &format!("empty {place}"))?,
    }
    Ok(Table { sql, place, pairing, made: false })
}

/// The columns of a table.
fn look(session: &Session, io: &Io, oid: u32, sql: &str, doing: &str) -> Result<Vec<TargetColumn<Kind>>, Halt> {
    let rows = session.wait(io, doing, session.client.query(COLUMNS, &[&oid]))?;
    // The driver knows the shape of every type of a statement's columns: enums, domains, arrays of them.
    let statement = session.wait(io, doing, session.client.prepare(&format!("SELECT * FROM {sql}")))?;
    if rows.len() != statement.columns().len() {
        let message = "the table changed while it was looked at";
        return Err(Diagnostic::error("postgres-conflict", message).fix("run it again").into());
    }
    let column = |(row, column): (&tokio_postgres::Row, &tokio_postgres::Column)| TargetColumn {
        name: row.get(0),
        kind: Kind::of(column.type_(), column.type_modifier()),
        shown: row.get(1),
        nullable: !row.get::<_, bool>(2),
        filled: row.get(3),
        writable: row.get(4),
    };
    Ok(rows.iter().zip(statement.columns()).map(column).collect())
}

/// Makes the table. Its key comes after its rows, which is much faster.
fn make(
    session: &Session,
    io: &Io,
    sql: String,
    place: String,
    options: &WriteOptions,
    columns: &Schema,
) -> Result<Table, Halt> {
    if !options.create {
        return Err(Diagnostic::error("table-missing", format!("there is no table {place}"))
            .fix("make it, correct `table` or `schema`, or set `create_if_missing: true`")
            .into());
    }
    let pairing = pair(&place, columns, &[], SchemaChange::AddColumns, mapping::judge, mapping::invent);
    pairing.plan.check()?;
    let mut definitions = Vec::new();
    for column in &pairing.plan.columns {
        let key = if options.key.contains(&column.to) { " NOT NULL" } else { "" };
        definitions.push(format!("{} {}{key}", ident(&column.to), column.target_type));
    }
    if let Some(missing) = options.key.iter().find(|key| pairing.plan.columns.iter().all(|c| c.to != **key)) {
        return Err(no_key_column(missing, &place).into());
    }
    let create = format!("CREATE TABLE {sql} ({})", definitions.join(", "));
    session.run(io, &create, &format!("make the table {place}"))?;
    Ok(Table { sql, place, pairing, made: true })
}

/// Whether a unique index or constraint is on exactly these columns.
fn unique(session: &Session, io: &Io, oid: u32, key: &[String], place: &str) -> Result<(), Halt> {
    let rows = session.wait(io, &format!("look at {place}"), session.client.query(UNIQUE, &[&oid]))?;
    let mut wanted = key.to_vec();
    wanted.sort();
    let found = rows.iter().any(|row| {
        let mut columns: Vec<String> = row.get(0);
        columns.sort();
        columns == wanted
    });
    if found {
        return Ok(());
    }
    let names = list(Quote::Standard, key.iter().map(String::as_str));
    Err(Diagnostic::error("key-not-unique", format!("{place} has no unique index on {}", key.join(", ")))
        .why("upsert tells by it which rows are there already")
        .fix(format!("ALTER TABLE … ADD PRIMARY KEY ({names}), or correct `primary_key`"))
        .into())
}

fn no_key_column(missing: &str, place: &str) -> Diagnostic {
    Diagnostic::error("key-column-missing", format!("the column `{missing}` of `primary_key` does not come in"))
        .why(format!("rows of {place} are told apart by it"))
        .fix("correct `primary_key`, or add the column before this step")
}
