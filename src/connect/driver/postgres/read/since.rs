//! Reading only what came since the last time.

use serde_json::Value;

use super::super::session::{Session, ident};
use super::PostgresSource;
use crate::connect::driver::cursor::{self, Lag, Mark, Since};
use crate::connect::driver::flow::{Halt, Io, Rows, Source};
use crate::connect::quote::Literal;
use crate::diagnostic::Diagnostic;

/// How a column is asked.
struct Along {
    /// Its name, quoted.
    name: String,
    /// Its type, as the server writes it in SQL.
    kind: String,
    class: Class,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Number,
    Time,
    Text,
}

impl Along {
    /// What every value fulfils that can be read along.
    fn usable(&self) -> String {
        let Along { name, kind, class } = self;
        match (class, kind.as_str()) {
            (Class::Time, _) => format!("isfinite({name})"),
            (Class::Number, "numeric") => format!("{name} <> 'NaN'"),
            _ => format!("{name} IS NOT NULL"),
        }
    }

    /// A value in the column's type. COPY takes no bound values, so it is a quoted text with its type.
    fn value(&self, value: &Value) -> String {
        format!("CAST({} AS {})", Literal(&cursor::text(value)), self.kind)
    }
}

/// Reads; says where it got to.
pub(super) fn read(source: &PostgresSource, io: &Io, since: &Since, rows: &mut dyn Rows) -> Result<Mark, Halt> {
    let (schema, what) = (source.schema.as_str(), source.what(&source.schema));
    if source.options.limit.is_some() || source.options.offset > 0 {
        let wrong = Diagnostic::error("incremental-limit", "`limit` and `offset` do not go with `incremental`");
        return Err(wrong.why("rows that are cut off would never be read").fix("remove them").into());
    }
    let session = source.server.open(io)?;
    session.begin_reading(io, None)?;
    let mut base = source.options.clone();
    (base.columns, base.order) = (Vec::new(), Vec::new());
    let base = base.select(schema, None);
    let along = along(&session, io, &base, &since.column, &what)?;
    let from = since.from.as_ref().map(|from| along.value(from));
    let sign = if since.inclusive { ">=" } else { ">" };
    let newer = from.as_ref().map(|from| format!("{} {sign} {from}", along.name));
    // The server's own text of the greatest value: it comes back as it went.
    let mut conditions = vec![along.usable()];
    conditions.extend(newer.clone());
    let doing = format!("look how far {what} is");
    let sql = format!("SELECT max({})::text FROM ({base}) AS q WHERE {}", along.name, conditions.join(" AND "));
    let to: Option<String> = session.wait(io, &doing, session.client.query_one(&sql, &[]))?.get(0);
    let sql = format!("SELECT count(*) FROM ({base}) AS q WHERE ({}) IS NOT TRUE", along.usable());
    let nulls: i64 = session.wait(io, &doing, session.client.query_one(&sql, &[]))?.get(0);
    session.run(io, "COMMIT", &doing)?;
    drop(session);

    let lower = match (&from, since.lag) {
        (Some(from), Some(lag)) => Some(format!("{} >= {}", along.name, earlier(&along, from, lag, &since.column)?)),
        _ => newer,
    };
    // Up to there and no further: what comes meanwhile is read the next time.
    let upper = to.as_ref().map(|to| format!("{} <= {}", along.name, along.value(&Value::from(to.as_str()))));
    let mut between: Vec<String> = lower.into_iter().chain([along.usable()]).collect();
    match (upper, since.lag) {
        (Some(upper), _) => between.push(upper),
        // Nothing is newer; what is looked at again ends at the state.
        (None, Some(_)) if from.is_some() => {
            between.extend(from.map(|from| format!("{} <= {from}", along.name)));
        }
        (None, _) => between.push("false".to_owned()),
    }
    let mut condition = format!("({})", between.join(" AND "));
    if since.nulls {
        condition = format!("({condition} OR ({}) IS NOT TRUE)", along.usable());
    }
    let mut options = source.options.clone();
    options.condition = Some(match &options.condition {
        Some(own) => format!("({own}) AND {condition}"),
        None => condition,
    });
    let narrowed = PostgresSource { server: source.server.clone(), options, schema: source.schema.clone() };
    narrowed.read(io, rows)?;
    Ok(Mark { to: to.map(Value::from), nulls: u64::try_from(nulls).unwrap_or(0) })
}

/// What kind of a column it is.
fn along(session: &Session, io: &Io, base: &str, column: &str, what: &str) -> Result<Along, Halt> {
    let name = format!("q.{}", ident(column));
    let probe = format!("SELECT {name} FROM ({base}) AS q LIMIT 0");
    let prepared = session.wait(io, &format!("read {what} along `{column}`"), session.client.prepare(&probe))?;
    let oid = prepared.columns().first().map_or(0, |column| column.type_().oid());
    let sql = "SELECT format_type(coalesce(nullif(typbasetype, 0), oid), NULL) FROM pg_type WHERE oid = $1";
    let kind = session.wait(io, "look at a type", session.client.query_opt(sql, &[&oid]))?;
    let kind: String = kind.map(|row| row.get(0)).unwrap_or_default();
    let class = match kind.as_str() {
        "smallint" | "integer" | "bigint" | "numeric" => Class::Number,
        "date" | "timestamp without time zone" | "timestamp with time zone" => Class::Time,
        "text" | "character varying" | "uuid" => Class::Text,
        _ => return Err(cursor::unfit(column, &kind).into()),
    };
    // The condition stands in the statement of the source, where the table has no other name.
    Ok(Along { name: ident(column).to_string(), kind, class })
}

fn earlier(along: &Along, from: &str, lag: Lag, column: &str) -> Result<String, Diagnostic> {
    match (lag, along.class) {
        (Lag::Time(time), Class::Time) => Ok(format!("{from} - make_interval(secs => {})", time.as_secs())),
        (Lag::Number(number), Class::Number) => Ok(format!("CAST({from} AS numeric) - {number}")),
        _ => Err(cursor::unfit_lag(column, &along.kind)),
    }
}
