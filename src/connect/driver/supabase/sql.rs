//! What a step that reads asks for, in the words of PostgREST, and the same as SQL.

use serde_json::{Map, Value};

use crate::connect::driver::config::Config;
use crate::connect::driver::plan::OnError;
use crate::connect::driver::postgres::{From, ReadOptions};
use crate::connect::quote::{Ident, Literal, Quote};
use crate::diagnostic::Diagnostic;

/// Rows of a request where the step does not say.
const PAGE: u64 = 1000;

/// What is read.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub table: String,
    pub select: String,
    /// Column and condition: `("amount", "gt.100")`.
    pub filter: Vec<(String, String)>,
    pub order: Option<String>,
    pub page: u64,
    pub offset: u64,
}

impl Asked {
    pub fn from_config(map: &Map<String, Value>, at: &str, others: &[&'static str]) -> Result<Asked, Vec<Diagnostic>> {
        let mut config = Config::new(map, at);
        for other in others {
            config.get(other);
        }
        let table = config.required_text("table").unwrap_or_default().to_owned();
        let select = config.text("select").unwrap_or("*").to_owned();
        let mut filter = Vec::new();
        match config.get("filter") {
            None => {}
            Some(Value::Object(conditions)) => {
                for (column, condition) in conditions {
                    match condition {
                        Value::String(condition) => filter.push((column.clone(), condition.clone())),
                        Value::Number(_) | Value::Bool(_) => filter.push((column.clone(), format!("eq.{condition}"))),
                        _ => config.wrong(
                            "filter",
                            format!("the condition of `{column}` is no text"),
                            "write e.g. gt.100",
                        ),
                    }
                }
            }
            Some(other) => drop(config.mistyped::<()>("filter", "a mapping of columns to conditions", other)),
        }
        let order = config.text("order").map(str::to_owned).filter(|order| !order.is_empty());
        let page = config.number("limit", 1).unwrap_or(PAGE);
        let offset = config.number("offset", 0).unwrap_or(0);
        let wrong = config.finish();
        let asked = Asked { table, select, filter, order, page, offset };
        if wrong.is_empty() { Ok(asked) } else { Err(wrong) }
    }

    /// The same for the database itself.
    pub fn options(&self, at: &str) -> Result<ReadOptions, Vec<Diagnostic>> {
        let mut wrong = Vec::new();
        let mut refuse = |key: &str, what: &str| {
            wrong.push(
                Diagnostic::error("invalid-config-value", format!("`{key}`: {what}"))
                    .path(format!("{at}.{key}"))
                    .why("the connection leads to the database itself, and there is no such word in its language")
                    .fix("read the columns as they are and do the rest in a SQL step"),
            );
        };
        let mut columns = Vec::new();
        for name in self.select.split(',').map(str::trim).filter(|name| !name.is_empty() && *name != "*") {
            if name.contains(['(', ')', ':', '>', '.']) {
                refuse("select", &format!("`{name}` is more than a column"));
            }
            columns.push(name.trim_matches('"').to_owned());
        }
        let mut conditions = Vec::new();
        for (column, condition) in &self.filter {
            match sql(column, condition) {
                Some(sql) => conditions.push(sql),
                None => refuse("filter", &format!("the condition `{condition}` of `{column}` is not known")),
            }
        }
        let mut order = Vec::new();
        for item in self.order.iter().flat_map(|order| order.split(',')).map(str::trim) {
            match item.rsplit_once('.') {
                None => order.push((item.to_owned(), false)),
                Some((name, "asc")) => order.push((name.to_owned(), false)),
                Some((name, "desc")) => order.push((name.to_owned(), true)),
                Some(_) => refuse("order", &format!("`{item}` is not known")),
            }
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        Ok(ReadOptions {
            from: From::Table(self.table.clone()),
            columns,
            condition: (!conditions.is_empty()).then(|| conditions.join(" AND ")),
            order,
            limit: None,
            offset: self.offset,
            batch_rows: 8192,
            parallel: 1,
            on_error: OnError::Fail,
        })
    }
}

/// A condition of PostgREST as SQL: names and values quoted.
fn sql(column: &str, condition: &str) -> Option<String> {
    if let Some(rest) = condition.strip_prefix("not.") {
        return sql(column, rest).map(|inner| format!("NOT ({inner})"));
    }
    let (operator, value) = condition.split_once('.')?;
    let name = Ident(Quote::Standard, column);
    let plain = match operator {
        "eq" => "=",
        "neq" => "<>",
        "gt" => ">",
        "gte" => ">=",
        "lt" => "<",
        "lte" => "<=",
        "like" => return Some(format!("{name} LIKE {}", Literal(&value.replace('*', "%")))),
        "ilike" => return Some(format!("{name} ILIKE {}", Literal(&value.replace('*', "%")))),
        "is" => {
            let word = match value.to_ascii_lowercase().as_str() {
                "null" => "NULL",
                "true" => "TRUE",
                "false" => "FALSE",
                "unknown" => "UNKNOWN",
                "not_null" => "NOT NULL",
                _ => return None,
            };
            return Some(format!("{name} IS {word}"));
        }
        "in" => {
            let items = value.strip_prefix('(')?.strip_suffix(')')?;
            let items: Vec<String> =
                items.split(',').map(|item| Literal(item.trim().trim_matches('"')).to_string()).collect();
            return Some(format!("{name} IN ({})", items.join(", ")));
        }
        _ => return None,
    };
    Some(format!("{name} {plain} {}", Literal(value)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn conditions_become_sql_with_quoted_values() {
        assert_eq!(sql("a", "gt.100").unwrap(), "\"a\" > '100'");
        assert_eq!(sql("a\"b", "eq.x' OR '1'='1").unwrap(), "\"a\"\"b\" = 'x'' OR ''1''=''1'");
        assert_eq!(sql("a", "not.is.null").unwrap(), "NOT (\"a\" IS NULL)");
        assert_eq!(sql("a", "in.(1,\"b\")").unwrap(), "\"a\" IN ('1', 'b')");
        assert_eq!(sql("a", "like.x*").unwrap(), "\"a\" LIKE 'x%'");
        for wrong in ["100", "is.1); --", "in.1", "fts.x"] {
            assert!(sql("a", wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn what_only_the_api_knows_is_refused_with_a_database() {
        let read = |config: Value| Asked::from_config(config.as_object().unwrap(), "c", &[]).unwrap();
        let options = read(json!({"table": "t", "select": "id, name", "order": "id.desc", "filter": {"id": 5}}))
            .options("c")
            .unwrap();
        assert_eq!(
            (options.columns.len(), options.order[0].1, options.condition.as_deref()),
            (2, true, Some("\"id\" = '5'"))
        );
        assert!(
            read(json!({"table": "t", "select": "id,city(name)", "order": "a.nullslast"}))
                .options("c")
                .is_err_and(|w| w.len() == 2)
        );
    }
}
