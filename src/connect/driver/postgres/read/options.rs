//! What a step that reads asks for.

use serde_json::{Map, Value};

use super::super::clause;
use super::super::session::ident;
use crate::connect::driver::config::Config;
use crate::connect::driver::plan::OnError;
use crate::diagnostic::Diagnostic;

/// Rows of a batch at most.
const BATCH_ROWS: u64 = 8192;

/// Where the rows come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::connect::driver) enum From {
    Query(String),
    Table(String),
}

/// What is read.
#[derive(Clone, Debug)]
pub(in crate::connect::driver) struct ReadOptions {
    pub from: From,
    pub columns: Vec<String>,
    pub condition: Option<String>,
    /// Columns and whether they descend.
    pub order: Vec<(String, bool)>,
    pub limit: Option<u64>,
    pub offset: u64,
    pub batch_rows: usize,
    pub parallel: usize,
    pub on_error: OnError,
}

impl ReadOptions {
    /// Reads a configuration. `others` are keys that belong to the connection.
    pub fn from_config(
        map: &Map<String, Value>,
        at: &str,
        others: &[&'static str],
    ) -> Result<ReadOptions, Vec<Diagnostic>> {
        let mut config = Config::new(map, at);
        for other in others {
            config.get(other);
        }
        let table = config.text("table").map(str::to_owned);
        let query = config.text("query").map(|query| clause::statement(query).to_owned()).filter(|q| !q.is_empty());
        let from = match (query, table.filter(|table| !table.is_empty())) {
            (Some(query), _) => Some(From::Query(query)),
            (None, Some(table)) => Some(From::Table(table)),
            (None, None) => {
                config.wrong("table", "there is neither `table` nor `query`", "give one of them");
                None
            }
        };
        let columns = config.texts("columns").unwrap_or_default();
        let condition = config.text("where").map(str::to_owned).filter(|text| !text.trim().is_empty());
        if let Some(why) = condition.as_deref().and_then(clause::broken) {
            config.wrong(
                "where",
                format!("`where` is no condition: {why}"),
                "write one SQL expression, e.g. amount > 100",
            );
        }
        let order = order(&mut config);
        let limit = config.number("limit", 1);
        let offset = config.number("offset", 0).unwrap_or(0);
        let batch_rows = config.number("batch_size", 1).unwrap_or(BATCH_ROWS) as usize;
        let parallel = config.number("parallel", 1).unwrap_or(1).min(64) as usize;
        let on_error = config.choice("on_error", &OnError::WORDS[..2]).unwrap_or_default();
        if parallel > 1 && (matches!(from, Some(From::Query(_))) || limit.is_some() || offset > 0 || !order.is_empty())
        {
            let message = "`parallel` reads a whole table in ranges of its key; it does not go with query, order, limit or offset";
            config.wrong("parallel", message, "leave `parallel` out, or the others");
        }
        let wrong = config.finish();
        match from {
            Some(from) if wrong.is_empty() => {
                Ok(ReadOptions { from, columns, condition, order, limit, offset, batch_rows, parallel, on_error })
            }
            _ => Err(wrong),
        }
    }

    /// The statement that has the rows, in a schema, without casts. `range` is one more condition.
    pub fn select(&self, schema: &str, range: Option<&str>) -> String {
        let mut names: Vec<String> = self.columns.iter().map(|name| ident(name).to_string()).collect();
        if names.is_empty() {
            names.push("*".to_owned());
        }
        let from = match &self.from {
            // On lines of its own: it may end with a comment.
            From::Query(query) => format!("(\n{query}\n) AS q"),
            From::Table(table) => super::super::session::table(schema, table),
        };
        let mut sql = format!("SELECT {} FROM {from}", names.join(", "));
        let conditions: Vec<String> =
            self.condition.as_deref().into_iter().chain(range).map(|condition| format!("({condition})")).collect();
        if !conditions.is_empty() {
            sql = format!("{sql} WHERE {}", conditions.join(" AND "));
        }
        if !self.order.is_empty() {
            let keys: Vec<String> = self
                .order
                .iter()
                .map(|(name, down)| format!("{}{}", ident(name), if *down { " DESC" } else { "" }))
                .collect();
            sql = format!("{sql} ORDER BY {}", keys.join(", "));
        }
        if let Some(limit) = self.limit {
            sql = format!("{sql} LIMIT {limit}");
        }
        if self.offset > 0 {
            sql = format!("{sql} OFFSET {}", self.offset);
        }
        sql
    }
}

/// `order`: a text or a list of `column`, `column asc`, `column desc`.
fn order(config: &mut Config<'_>) -> Vec<(String, bool)> {
    let items: Vec<String> = match config.get("order") {
        None => return Vec::new(),
        Some(Value::String(text)) => text.split(',').map(|item| item.trim().to_owned()).collect(),
        Some(Value::Array(items)) if items.iter().all(Value::is_string) => {
            items.iter().filter_map(|item| item.as_str()).map(|item| item.trim().to_owned()).collect()
        }
        Some(other) => {
            config.mistyped::<()>("order", "columns, each with asc or desc behind it", other);
            return Vec::new();
        }
    };
    let mut out = Vec::new();
    for item in items.into_iter().filter(|item| !item.is_empty()) {
        let (name, word) = item.rsplit_once(char::is_whitespace).unwrap_or((item.as_str(), "asc"));
        match word.to_ascii_lowercase().as_str() {
            "asc" => out.push((name.trim().to_owned(), false)),
            "desc" => out.push((name.trim().to_owned(), true)),
            // A name with a space in it.
            _ => out.push((item.clone(), false)),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(config: Value) -> Result<ReadOptions, Vec<Diagnostic>> {
        ReadOptions::from_config(config.as_object().unwrap(), "c", &["connection"])
    }

    #[test]
    fn everything_is_pushed_down_and_names_are_quoted() {
        let options = json!({"connection": "@postgres.a", "table": "t\"x", "columns": ["a", "b\";--"], "where": "a > 1",
            "order": "a desc, b", "limit": 5, "offset": 2});
        let sql = read(options).unwrap().select("s", None);
        assert_eq!(
            sql,
            "SELECT \"a\", \"b\"\";--\" FROM \"s\".\"t\"\"x\" WHERE (a > 1) ORDER BY \"a\" DESC, \"b\" LIMIT 5 OFFSET 2"
        );
        let sql = read(json!({"query": "SELECT 1 -- x\n;", "limit": 5})).unwrap().select("s", None);
        assert_eq!(sql, "SELECT * FROM (\nSELECT 1 -- x\n) AS q LIMIT 5");
    }

    #[test]
    fn what_does_not_go_together_is_said() {
        assert_eq!(read(json!({})).unwrap_err().len(), 1);
        assert_eq!(read(json!({"table": "t", "where": "1=1) x"})).unwrap_err()[0].path.as_deref(), Some("c.where"));
        assert!(read(json!({"table": "t", "parallel": 2, "limit": 1})).is_err());
        assert!(read(json!({"table": "t", "tabel": "t"})).is_err());
    }
}
