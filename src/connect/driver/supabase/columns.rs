//! The columns of a table, as the API describes itself.

use reqwest::Method;
use serde_json::Value;

use super::api::{Again, Api, Request};
use crate::connect::driver::flow::{Halt, Io};
use crate::connect::driver::plan::TargetColumn;
use crate::connect::driver::postgres::Kind;
use crate::diagnostic::{Diagnostic, did_you_mean};

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ApiColumn {
    pub name: String,
    /// Its type as PostgreSQL calls it.
    pub format: String,
    /// Whether it is of the primary key.
    pub key: bool,
    /// Whether it needs a value.
    pub required: bool,
}

impl ApiColumn {
    pub fn kind(&self) -> Kind {
        Kind::named(&self.format)
    }

    pub fn target(&self) -> TargetColumn<Kind> {
        TargetColumn {
            name: self.name.clone(),
            kind: self.kind(),
            shown: self.format.clone(),
            nullable: !self.required,
            // The description does not tell NOT NULL with a default from NULL.
            filled: false,
            writable: true,
        }
    }
}

/// Asks for the columns of a table.
pub(super) fn of(api: &Api, io: &Io, table: &str) -> Result<Vec<ApiColumn>, Halt> {
    let headers = [("accept", "application/openapi+json"), ("accept-profile", api.schema.as_str())];
    let request = Request {
        method: Method::GET,
        url: api.url(None)?,
        headers: &headers,
        body: None,
        again: Again::Harmless,
        doing: "describe its tables",
    };
    let answer = api.send(io, request)?;
    let all: Value = serde_json::from_slice(&answer.body).map_err(|_| {
        Diagnostic::error("supabase-refused", "Supabase could not describe its tables")
            .why("the answer is no JSON")
            .fix("check `url`; or give the connection `pg_dsn`")
    })?;
    read(&all, table).ok_or_else(|| {
        let names: Vec<&str> =
            all["definitions"].as_object().into_iter().flat_map(|all| all.keys().map(String::as_str)).collect();
        let diagnostic = Diagnostic::error("table-missing", format!("there is no table {}", api.place(table)))
            .why("the REST API does not name it: it is not there, not exposed, or the key may not see it");
        match did_you_mean(table, names) {
            Some(near) => diagnostic.fix(format!("did you mean `{near}`?")),
            None => diagnostic.fix("make it first; only a connection with `pg_dsn` can make tables"),
        }
        .into()
    })
}

fn read(all: &Value, table: &str) -> Option<Vec<ApiColumn>> {
    let definition = &all["definitions"][table];
    let properties = definition["properties"].as_object()?;
    let required: Vec<&str> =
        definition["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let column = |(name, about): (&String, &Value)| ApiColumn {
        name: name.clone(),
        format: about["format"].as_str().unwrap_or("text").to_owned(),
        key: about["description"].as_str().is_some_and(|text| text.contains("<pk/>")),
        required: required.contains(&name.as_str()) && about.get("default").is_none(),
    };
    Some(properties.iter().map(column).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_found_in_the_description() {
        let all = serde_json::json!({"definitions": {"t": {"required": ["id", "v"], "properties": {
            "id": {"format": "bigint", "description": "Note:\nThis is a Primary Key.<pk/>"},
            "v": {"format": "text", "default": "x"}}}}});
        let columns = read(&all, "t").unwrap();
        assert_eq!((columns[0].key, columns[0].required, columns[1].required), (true, true, false));
        assert_eq!(columns[0].kind(), Kind::Int8);
        assert!(read(&all, "u").is_none());
    }
}
