//! Reading only what came since the last time.

use mysql_async::Column;
use mysql_async::consts::{ColumnFlags, ColumnType};
use mysql_async::prelude::Queryable;
use serde_json::Value;

use super::quoted;
use super::session::Session;
use super::source::MysqlSource;
use super::told::told;
use crate::connect::driver::cursor::{self, Lag, Mark, Since};
use crate::connect::driver::flow::{Halt, Io, Rows, Source};
use crate::diagnostic::Diagnostic;

/// How a column is asked.
struct Along {
    name: String,
    kind: &'static str,
    class: Class,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Signed,
    Unsigned,
    Decimal,
    Date,
    Time,
    Text,
}

impl Along {
    /// A value in the column's type. Its text is encoded, so that it is the same whatever the server takes for
    /// an escape.
    fn value(&self, value: &Value) -> String {
        let hex: String = cursor::text(value).bytes().map(|byte| format!("{byte:02x}")).collect();
        let text = format!("CONVERT(X'{hex}' USING utf8mb4)");
        match self.class {
            Class::Signed => format!("CAST({text} AS SIGNED)"),
            Class::Unsigned => format!("CAST({text} AS UNSIGNED)"),
            Class::Decimal => format!("CAST({text} AS DECIMAL(65, 30))"),
            Class::Date => format!("CAST({text} AS DATE)"),
            Class::Time => format!("CAST({text} AS DATETIME(6))"),
            Class::Text => text,
        }
    }

    fn earlier(&self, from: &str, lag: Lag, column: &str) -> Result<String, Diagnostic> {
        match (lag, self.class) {
            (Lag::Time(time), Class::Date | Class::Time) => {
                Ok(format!("DATE_SUB({from}, INTERVAL {} SECOND)", time.as_secs()))
            }
            (Lag::Number(number), Class::Signed | Class::Unsigned | Class::Decimal) => {
                Ok(format!("CAST({from} AS DECIMAL(65, 30)) - {number}"))
            }
            _ => Err(cursor::unfit_lag(column, self.kind)),
        }
    }
}

/// Reads; says where it got to.
pub(super) fn read(source: &MysqlSource, io: &Io, since: &Since, rows: &mut dyn Rows) -> Result<Mark, Halt> {
    if source.options.limit.is_some() || source.options.offset > 0 {
        let wrong = Diagnostic::error("incremental-limit", "`limit` and `offset` do not go with `incremental`");
        return Err(wrong.why("rows that are cut off would never be read").fix("remove them").into());
    }
    let mut session = Session::open(io, &source.connection)?;
    let base = base(source, &session);
    let along = io.wait(along(&mut session, &base, &since.column))?;
    let name = &along.name;
    let from = since.from.as_ref().map(|from| along.value(from));
    let sign = if since.inclusive { ">=" } else { ">" };
    let newer = from.as_ref().map(|from| format!("{name} {sign} {from}"));
    let newest = newer.as_ref().map(|newer| format!(" WHERE {newer}")).unwrap_or_default();
    let (to, nulls): (Option<String>, u64) = io.wait(async {
        let conn = &mut session.conn;
        let sql = format!("SELECT CAST(MAX({name}) AS CHAR) FROM {base}{newest}");
        let to: Option<Option<String>> = conn.query_first(sql).await.map_err(told)?;
        let nulls: Option<u64> =
            conn.query_first(format!("SELECT COUNT(*) FROM {base} WHERE {name} IS NULL")).await.map_err(told)?;
        Ok::<_, Diagnostic>((to.flatten(), nulls.unwrap_or(0)))
    })?;
    session.close(io);

    let lower = match (&from, since.lag) {
        (Some(from), Some(lag)) => Some(format!("{name} >= {}", along.earlier(from, lag, &since.column)?)),
        _ => newer,
    };
    let condition =
        since.condition(name, lower, from.as_deref(), to.as_ref().map(|to| along.value(&Value::from(to.as_str()))));
    let mut options = source.options.clone();
    cursor::narrow(&mut options.query, &mut options.filter, &condition);
    let narrowed = MysqlSource {
        connection: source.connection.clone(),
        options,
        at: source.at.clone(),
        root: source.root.clone(),
    };
    narrowed.read(io, rows)?;
    Ok(Mark { to: to.map(Value::from), nulls })
}

/// Where the rows come from, without a condition on the cursor.
fn base(source: &MysqlSource, session: &Session) -> String {
    let options = &source.options;
    if let Some(query) = &options.query {
        return format!("(\n{}\n) AS q", cursor::bare(query));
    }
    let schema = options.schema.clone().unwrap_or_else(|| session.server.database.clone());
    let filter = options.filter.as_ref().map(|filter| format!(" WHERE (\n{filter}\n)")).unwrap_or_default();
    format!("(SELECT * FROM {}.{}{filter}) AS q", quoted(&schema), quoted(&options.table))
}

/// What kind of a column it is.
async fn along(session: &mut Session, base: &str, column: &str) -> Result<Along, Diagnostic> {
    let name = quoted(column).to_string();
    let prepared = session.conn.prep(format!("SELECT {name} FROM {base} LIMIT 0")).await.map_err(told)?;
    let Some((kind, class)) = prepared.columns().first().and_then(class) else {
        let kind = prepared.columns().first().map(|c| format!("{:?}", c.column_type())).unwrap_or_default();
        return Err(cursor::unfit(column, kind.trim_start_matches("MYSQL_TYPE_").to_lowercase().as_str()));
    };
    Ok(Along { name, kind, class })
}

fn class(column: &Column) -> Option<(&'static str, Class)> {
    let unsigned = column.flags().contains(ColumnFlags::UNSIGNED_FLAG);
    Some(match column.column_type() {
        ColumnType::MYSQL_TYPE_TINY
        | ColumnType::MYSQL_TYPE_SHORT
        | ColumnType::MYSQL_TYPE_INT24
        | ColumnType::MYSQL_TYPE_LONG
        | ColumnType::MYSQL_TYPE_LONGLONG => ("integer", if unsigned { Class::Unsigned } else { Class::Signed }),
        ColumnType::MYSQL_TYPE_NEWDECIMAL | ColumnType::MYSQL_TYPE_DECIMAL => ("decimal", Class::Decimal),
        ColumnType::MYSQL_TYPE_DATE | ColumnType::MYSQL_TYPE_NEWDATE => ("date", Class::Date),
        ColumnType::MYSQL_TYPE_DATETIME
        | ColumnType::MYSQL_TYPE_DATETIME2
        | ColumnType::MYSQL_TYPE_TIMESTAMP
        | ColumnType::MYSQL_TYPE_TIMESTAMP2 => ("datetime", Class::Time),
        ColumnType::MYSQL_TYPE_STRING | ColumnType::MYSQL_TYPE_VAR_STRING | ColumnType::MYSQL_TYPE_VARCHAR => {
            ("text", Class::Text)
        }
        _ => return None,
    })
}
