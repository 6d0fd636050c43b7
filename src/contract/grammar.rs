//! OML as a JSON Schema in which everything that is known is a closed set: for servers that let a model
//! write nothing else.

use serde_json::{Map, Value, json};

use super::types::{Contract, OptionSpec, Override};

/// Most names of a set that is closed; a larger one is left open, to keep the schema small.
const MAX_NAMES: usize = 120;
/// A longer name leaves its set open, in bytes.
const MAX_NAME_BYTES: usize = 120;
/// The option that names a table; the first that a component has. With a `table`, a `path` leads to the
/// database.
const TABLE_OPTIONS: [&str; 2] = ["table", "path"];
/// Options whose values name columns.
const COLUMN_OPTIONS: [&str; 3] = ["columns", "parse_dates", "dtype"];

/// Which JSON Schema a server takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// All of it: what need not be given may be left out, and mappings may have any keys.
    Plain,
    /// What strict servers take: every key is required (null where it need not be given), and there are
    /// no mappings with free keys.
    Strict,
}

/// A table that is known by discovery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownTable {
    /// Its connection, `@family.alias`.
    pub connection: String,
    /// What the option that names it is given: a table's name, or a file's path.
    pub name: String,
    /// Its columns.
    pub columns: Vec<String>,
}

/// What is known beside the contracts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// The connections, `@family.alias`; nothing when they are not known.
    pub connections: Option<Vec<String>>,
    /// Tables that are known by discovery.
    pub tables: Vec<KnownTable>,
    /// The parameters of the document, which strict servers can't let grow.
    pub params: Vec<String>,
}

/// The schema of a document that uses these components. Secrets, and what only a connection may give, are
/// not in it.
pub fn document(contracts: &[&Contract], known: &Known, form: Form) -> Value {
    let steps: Vec<Value> = contracts
        .iter()
        .filter(|contract| !contract.step_modes().is_empty())
        .map(|contract| step(contract, known, form))
        .collect();
    let mut keys = vec![
        Key::required("oml_version", one_of(["0.1.0"])),
        Key::required("name", text()),
        Key::optional("description", text()),
        Key::optional("params", params(known, form)),
        Key::required("steps", json!({"type": "array", "items": {"anyOf": steps}})),
    ];
    keys.retain(|key| !key.schema.is_null());
    let mut schema = object(keys, form);
    schema["$defs"] = json!({
        "param": {"type": "string", "pattern": "^\\$\\{params\\.[A-Za-z0-9_.-]+\\}$"},
        "expect": {"type": "array", "items": check(form)},
    });
    schema["$defs"]["retry"] = retry(form);
    schema["$defs"]["time"] = time();
    schema
}

/// A key of a mapping that has no others.
struct Key {
    name: String,
    schema: Value,
    required: bool,
}

impl Key {
    fn required(name: &str, schema: Value) -> Key {
        Key { name: name.to_owned(), schema, required: true }
    }

    fn optional(name: &str, schema: Value) -> Key {
        Key { name: name.to_owned(), schema, required: false }
    }
}

/// A mapping with these keys and no others.
fn object(keys: Vec<Key>, form: Form) -> Value {
    let strict = form == Form::Strict;
    let required: Vec<&str> = keys.iter().filter(|key| strict || key.required).map(|key| key.name.as_str()).collect();
    let mut schema = json!({"type": "object", "required": required, "additionalProperties": false});
    let properties: Map<String, Value> = keys
        .into_iter()
        .map(|key| (key.name, if strict && !key.required { nullable(key.schema) } else { key.schema }))
        .collect();
    schema["properties"] = Value::Object(properties);
    schema
}

/// The schema, or null.
fn nullable(mut schema: Value) -> Value {
    if let Some(choices) = schema.get_mut("anyOf").and_then(Value::as_array_mut) {
        choices.push(json!({"type": "null"}));
        return schema;
    }
    match schema.get("type") {
        Some(Value::String(kind)) => schema["type"] = json!([kind, "null"]),
        _ => return json!({"anyOf": [schema, {"type": "null"}]}),
    }
    if let Some(allowed) = schema.get_mut("enum").and_then(Value::as_array_mut) {
        allowed.push(Value::Null);
    }
    schema
}

fn text() -> Value {
    json!({"type": "string"})
}

fn one_of<T: Into<Value>>(texts: impl IntoIterator<Item = T>) -> Value {
    json!({"type": "string", "enum": texts.into_iter().map(Into::into).collect::<Vec<Value>>()})
}

/// The schema, or a reference to a parameter.
fn or_param(schema: Value) -> Value {
    json!({"anyOf": [schema, {"$ref": "#/$defs/param"}]})
}

fn params(known: &Known, form: Form) -> Value {
    if form == Form::Plain {
        return json!({"type": "object"});
    }
    if known.params.is_empty() || known.params.len() > MAX_NAMES {
        return Value::Null;
    }
    let kinds = ["string", "integer", "number", "boolean"];
    let keys = vec![
        Key::optional("type", one_of(kinds)),
        Key::optional("default", json!({"type": kinds})),
        Key::optional("enum", json!({"type": "array", "items": {"type": kinds}})),
        Key::optional("description", text()),
    ];
    let declared = object(keys, form);
    let either = json!({"anyOf": [{"type": kinds}, declared]});
    object(known.params.iter().map(|name| Key::required(name, either.clone())).collect(), form)
}

/// The schema of a check of a step's rows.
fn check(form: Form) -> Value {
    let scalar = json!({"type": ["string", "number", "boolean"]});
    let bound = json!({"type": ["string", "number"]});
    let keys = vec![
        Key::required(
            "check",
            one_of(["not_null", "unique", "accepted_values", "row_count", "freshness", "range", "pattern", "sql"]),
        ),
        Key::optional("column", text()),
        Key::optional("columns", json!({"type": "array", "items": text()})),
        Key::optional("values", json!({"type": "array", "items": scalar})),
        Key::optional("min", bound.clone()),
        Key::optional("max", bound),
        Key::optional("within", text()),
        Key::optional("pattern", text()),
        Key::optional("query", text()),
        Key::optional("severity", one_of(["fail", "warn", "quarantine"])),
    ];
    object(keys, form)
}

/// The schema of reading only what is new.
fn incremental_key(form: Form) -> Value {
    object(vec![Key::required("cursor", text()), Key::optional("start", text()), Key::optional("lag", text())], form)
}

fn step(contract: &Contract, known: &Known, form: Form) -> Value {
    let names = contract.aliases.iter().chain([&contract.name]).map(String::as_str);
    let config = config(contract, known, form);
    let incremental = contract.step_modes() == ["read"] && ["postgres", "mysql", "sqlite"].contains(&contract.family());
    let mut keys = vec![
        Key::required("id", text()),
        Key::required("component", one_of(names)),
        Key::required("mode", one_of(contract.step_modes())),
        Key::optional("needs", json!({"type": "array", "items": text()})),
        Key { name: "config".to_owned(), required: config.1, schema: config.0 },
        Key::optional("incremental", if incremental { incremental_key(form) } else { Value::Null }),
        Key::optional("expect", json!({"$ref": "#/$defs/expect"})),
    ];
    keys.retain(|key| !key.schema.is_null());
    keys.push(Key::optional("retry", json!({"$ref": "#/$defs/retry"})));
    keys.push(Key::optional("timeout", json!({"$ref": "#/$defs/time"})));
    object(keys, form)
}

/// The schema of how often a step is tried.
fn retry(form: Form) -> Value {
    let keys = vec![
        Key::required("attempts", json!({"type": "integer"})),
        Key::optional("wait", json!({"$ref": "#/$defs/time"})),
        Key::optional("max_wait", json!({"$ref": "#/$defs/time"})),
    ];
    object(keys, form)
}

/// The schema of a time, such as `10m`.
fn time() -> Value {
    json!({"type": "string", "pattern": "^[0-9]+(ms|s|m|h|d)$"})
}

/// The schema of a configuration, and whether it has to be there.
fn config(contract: &Contract, known: &Known, form: Form) -> (Value, bool) {
    let provided = |name: &str| contract.connection_fields.iter().find(|field| field.name == name);
    let reads = contract.step_modes() == ["read"];
    let tables: Vec<&KnownTable> =
        known.tables.iter().filter(|table| reads && family(&table.connection) == Some(contract.family())).collect();
    let mut keys = Vec::new();
    if contract.takes_connection() {
        let schema = connection(contract, known, &tables);
        keys.push(Key { name: "connection".to_owned(), required: false, schema });
    }
    for option in contract.options.iter().filter(|option| !option.secret && option.name != "connection") {
        let field = provided(&option.name);
        if field.is_some_and(|field| field.policy == Override::Forbidden) {
            continue;
        }
        let property = contract.schema.get("properties").and_then(|all| all.get(&option.name)).unwrap_or(&Value::Null);
        let schema =
            closed(contract, option, &tables, form).unwrap_or_else(|| or_text_param(converted(property, form)));
        keys.push(Key { name: option.name.clone(), required: option.required && field.is_none(), schema });
    }
    keys.retain(|key| !key.schema.is_null());
    let required = keys.iter().any(|key| key.required);
    (object(keys, form), required)
}

fn family(reference: &str) -> Option<&str> {
    reference.strip_prefix('@')?.split('.').next()
}

fn connection(contract: &Contract, known: &Known, tables: &[&KnownTable]) -> Value {
    let of_family: Vec<&str> = match (&known.connections, tables) {
        // The tables of the others are not known.
        (_, [_, ..]) => tables.iter().map(|table| table.connection.as_str()).collect(),
        (Some(all), []) => {
            all.iter().map(String::as_str).filter(|name| family(name) == Some(contract.family())).collect()
        }
        (None, []) => return text(),
    };
    if of_family.is_empty() { Value::Null } else { names(of_family).unwrap_or_else(text) }
}

/// The set of these names, unless it is too large to be closed.
fn names<'a>(all: impl IntoIterator<Item = &'a str>) -> Option<Value> {
    let set: std::collections::BTreeSet<&str> = all.into_iter().collect();
    let closed = !set.is_empty() && set.len() <= MAX_NAMES && set.iter().all(|name| name.len() <= MAX_NAME_BYTES);
    closed.then(|| one_of(set))
}

/// An option that names tables or columns, where those are known.
fn closed(contract: &Contract, option: &OptionSpec, tables: &[&KnownTable], form: Form) -> Option<Value> {
    let names_table = TABLE_OPTIONS.into_iter().find(|name| contract.option(name).is_some());
    if names_table == Some(option.name.as_str()) {
        return names(tables.iter().map(|table| table.name.as_str())).map(or_param);
    }
    if !COLUMN_OPTIONS.contains(&option.name.as_str()) {
        return None;
    }
    let columns = names(tables.iter().flat_map(|table| &table.columns).map(String::as_str))?;
    let list = json!({"type": "array", "items": columns});
    match option.kind.as_str() {
        "array of string" => Some(list),
        "boolean or array of string" => Some(json!({"anyOf": [{"type": "boolean"}, list]})),
        "object of string" => {
            let columns = columns["enum"].as_array()?.iter().filter_map(Value::as_str);
            Some(object(columns.map(|name| Key::optional(name, text())).collect(), form))
        }
        _ => None,
    }
}

/// The schema, and where it is not text anyway, also a reference to a parameter.
fn or_text_param(schema: Value) -> Value {
    let kind = schema.get("type").and_then(Value::as_str);
    match kind {
        Some("string") if schema.get("enum").is_none() => schema,
        Some("string" | "integer" | "number" | "boolean") => or_param(schema),
        _ => schema,
    }
}

/// A contract's schema of a value with the keywords that servers take; null where a strict one can't have
/// it.
fn converted(schema: &Value, form: Form) -> Value {
    if let Some(allowed) = schema.get("enum").and_then(Value::as_array) {
        let all_text = allowed.iter().all(Value::is_string);
        return if all_text { one_of(allowed.iter().cloned()) } else { json!({"enum": allowed}) };
    }
    for word in ["oneOf", "anyOf"] {
        if let Some(choices) = schema.get(word).and_then(Value::as_array) {
            return any_of(choices.iter().map(|choice| converted(choice, form)));
        }
    }
    match schema.get("type") {
        Some(Value::String(kind)) => of_kind(kind, schema, form),
        Some(Value::Array(kinds)) => {
            any_of(kinds.iter().filter_map(Value::as_str).map(|kind| of_kind(kind, schema, form)))
        }
        _ if form == Form::Plain => json!({}),
        _ => text(),
    }
}

fn any_of(choices: impl Iterator<Item = Value>) -> Value {
    let mut choices: Vec<Value> = choices.filter(|choice| !choice.is_null()).collect();
    choices.dedup();
    match choices.len() {
        0 => Value::Null,
        1 => choices.remove(0),
        _ => json!({"anyOf": choices}),
    }
}

fn of_kind(kind: &str, schema: &Value, form: Form) -> Value {
    match kind {
        "array" => {
            let items = schema.get("items").map_or_else(text, |items| converted(items, form));
            if items.is_null() { Value::Null } else { json!({"type": "array", "items": items}) }
        }
        "object" => mapping(schema, form),
        kind => json!({"type": kind}),
    }
}

fn mapping(schema: &Value, form: Form) -> Value {
    let free = schema.get("additionalProperties") != Some(&Value::Bool(false));
    let properties = schema.get("properties").and_then(Value::as_object).filter(|all| !all.is_empty());
    match (properties, form) {
        (Some(properties), form) if !free || form == Form::Strict => {
            let needed = |name: &str| {
                let required = schema.get("required").and_then(Value::as_array);
                required.is_some_and(|all| all.iter().any(|key| key == name))
            };
            let keys = properties.iter().map(|(name, sub)| Key {
                name: name.clone(),
                schema: converted(sub, form),
                required: needed(name),
            });
            object(keys.filter(|key| !key.schema.is_null()).collect(), form)
        }
        (_, Form::Strict) => Value::Null,
        (_, Form::Plain) => match schema.get("additionalProperties").filter(|sub| sub.is_object()) {
            Some(sub) => json!({"type": "object", "additionalProperties": or_text_param(converted(sub, form))}),
            None => json!({"type": "object"}),
        },
    }
}

#[cfg(test)]
mod tests;
