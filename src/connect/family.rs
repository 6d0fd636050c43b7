//! The families of connections and their fields: those that contracts name, and those that only a connection
//! has.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::contract::{Contract, Registry};
use crate::secret::looks_secret;

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// A text.
    Text,
    /// One of these words.
    Word(Vec<String>),
    /// A whole number in this range.
    Number(i64, i64),
    /// True or false.
    Boolean,
    /// Names with texts.
    Texts,
    /// What the contracts say, in words.
    Contract(String),
}

/// A field of a family's connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FamilyField {
    /// Its key.
    pub name: String,
    /// What it holds.
    pub kind: FieldKind,
    /// What counts when it is not given, as YAML; empty when nothing does.
    pub default: String,
    /// What it is for.
    pub description: String,
    /// Whether its value is secret.
    pub secret: bool,
}

/// A family and the fields of its connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FamilySpec {
    /// Its name.
    pub name: String,
    /// What it connects to.
    pub title: &'static str,
    /// Its fields, sorted by name.
    pub fields: Vec<FamilyField>,
    /// Groups of fields, one of which has to be there whole.
    pub needs: &'static [&'static [&'static str]],
}

impl FamilySpec {
    /// The field of a key.
    pub fn field(&self, name: &str) -> Option<&FamilyField> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// The families that are there without any contract: what they connect to, and what they cannot do without.
const FAMILIES: [(&str, &str, &[&[&str]]); 7] = [
    ("filesystem", "a folder", &[]),
    ("graphql", "a GraphQL API", &[&["endpoint"]]),
    ("mysql", "a MySQL or MariaDB database", &[&["database", "user"], &["dsn"]]),
    ("postgres", "a PostgreSQL database", &[&["database", "user"], &["dsn"]]),
    ("rest", "an HTTP API", &[&["base_url"]]),
    ("sqlite", "an SQLite file", &[&["path"]]),
    ("supabase", "a Supabase project", &[&["key", "url"], &["key", "project_id"], &["pg_dsn"]]),
];

enum Plain {
    Text,
    Word(&'static [&'static str]),
    Number(i64, i64),
    Boolean,
    Texts,
}

/// A field: its name, what it holds, what counts without it, what it is for.
type Row = (&'static str, Plain, &'static str, &'static str);

/// Fields of every connection.
const COMMON: [Row; 5] = [
    ("alias", Plain::Text, "", "Ignored; old files have it."),
    ("default", Plain::Boolean, "false", "Whether steps that name no connection use this one."),
    ("description", Plain::Text, "", "What it is for, for people."),
    (
        "samples",
        Plain::Word(&["none", "masked", "full"]),
        "none",
        "What a model may see of the values that discovery finds.",
    ),
    ("type", Plain::Text, "", "Ignored; old files have it."),
];

/// Fields that only connections have, by family.
const OWN: &[(&str, &[Row])] = &[
    ("filesystem", &[("base_dir", Plain::Text, ".", "The folder that paths begin at, relative to the workspace.")]),
    ("graphql", HTTP),
    ("rest", HTTP),
    (
        "mysql",
        &[
            ("charset", Plain::Text, "utf8mb4", "The character set of the connection."),
            ("connect_timeout", Plain::Number(1, 300), "10", "Seconds to wait for the server."),
            ("dsn", Plain::Text, "", "All of it as one address: mysql://user:password@host:port/database."),
            ("read_timeout", Plain::Number(1, 3600), "", "Seconds to wait for rows."),
            (
                "sslmode",
                Plain::Word(MYSQL_SSL_MODES),
                "prefer",
                "Whether the line is encrypted and the server checked.",
            ),
            ("sslrootcert", Plain::Text, "", "A file with the certificates to trust, PEM."),
            ("write_timeout", Plain::Number(1, 3600), "", "Seconds that writing may take."),
        ],
    ),
    ("postgres", POSTGRES),
    (
        "supabase",
        &[
            ("anon_key", Plain::Text, "", "The public key, where `key` is another."),
            ("password", Plain::Text, "", "The password of the database."),
            ("pg_dsn", Plain::Text, "", "The database itself: postgresql://user:password@host:port/database."),
            ("schema", Plain::Text, "public", "The schema."),
            ("service_role_key", Plain::Text, "", "The key that may do all, where `key` is another."),
        ],
    ),
];

const SSL_MODES: &[&str] = &["disable", "prefer", "require", "verify-ca", "verify-full"];

/// Also with MySQL's own words.
const MYSQL_SSL_MODES: &[&str] = &[
    "disable",
    "prefer",
    "require",
    "verify-ca",
    "verify-full",
    "DISABLED",
    "PREFERRED",
    "REQUIRED",
    "VERIFY_CA",
    "VERIFY_IDENTITY",
];

const POSTGRES: &[Row] = &[
    ("connect_timeout", Plain::Number(1, 300), "10", "Seconds to wait for the server."),
    ("dsn", Plain::Text, "", "All of it as one address: postgresql://user:password@host:port/database."),
    ("sslmode", Plain::Word(SSL_MODES), "prefer", "Whether the line is encrypted and the server checked."),
    ("sslrootcert", Plain::Text, "", "A file with the certificates to trust, PEM."),
];

const HTTP: &[Row] = &[
    ("auth_header_name", Plain::Text, "X-API-Key", "The header that carries the key, for api_key."),
    ("headers", Plain::Texts, "", "More headers by name."),
    ("timeout", Plain::Number(1, 300), "30", "Seconds to wait for an answer."),
    ("validate_ssl", Plain::Boolean, "true", "Whether the server's certificate is checked."),
];

/// All families with their fields: what the contracts name, and what only connections have. A project's
/// contracts can bring families of their own.
pub fn families(registry: &Registry) -> Vec<FamilySpec> {
    family_names(registry).into_iter().map(|name| family(&name, registry)).collect()
}

/// The names of all families.
pub(super) fn family_names(registry: &Registry) -> BTreeSet<String> {
    let standard = FAMILIES.iter().map(|(name, ..)| (*name).to_owned());
    let known = registry.iter().filter(|c| !c.connection_fields.is_empty()).map(|c| c.family().to_owned());
    standard.chain(known).collect()
}

/// The contracts of a family. Those of others are not looked at: reading them takes time.
pub(super) fn contracts<'r>(registry: &'r Registry, family: &str) -> impl Iterator<Item = &'r Contract> {
    let prefix = format!("{family}.");
    registry.names().filter(move |name| name.starts_with(&prefix)).filter_map(|name| registry.get(name))
}

/// The family of this name, when it is one.
pub(super) fn find(name: &str, registry: &Registry) -> Option<FamilySpec> {
    let standard = FAMILIES.iter().any(|(known, ..)| *known == name);
    let known = standard || contracts(registry, name).any(|contract| !contract.connection_fields.is_empty());
    known.then(|| family(name, registry))
}

fn family(name: &str, registry: &Registry) -> FamilySpec {
    let (title, needs) =
        FAMILIES.iter().find(|(family, ..)| *family == name).map_or(("", &[][..]), |(_, title, needs)| (title, *needs));
    let mut fields = BTreeMap::new();
    for contract in contracts(registry, name) {
        for field in &contract.connection_fields {
            if let Some(found) = of_contract(contract, &field.name) {
                fields.entry(field.name.clone()).or_insert(found);
            }
        }
        // A secret that a contract speaks of is a field, also where only another kind of step uses it.
        for pointer in contract.secrets.iter().filter_map(|pointer| pointer.strip_prefix('/')) {
            if let Some(found) = of_contract(contract, pointer) {
                fields.entry(pointer.to_owned()).or_insert(found);
            }
        }
    }
    let own = OWN.iter().find(|(family, _)| *family == name).map(|(_, fields)| *fields).unwrap_or_default();
    for (name, plain, default, description) in own.iter().chain(&COMMON) {
        fields.entry((*name).to_owned()).or_insert_with(|| FamilyField {
            name: (*name).to_owned(),
            kind: plain.kind(),
            default: (*default).to_owned(),
            description: (*description).to_owned(),
            secret: looks_secret(name) && *name != "headers",
        });
    }
    FamilySpec { name: name.to_owned(), title, fields: fields.into_values().collect(), needs }
}

fn of_contract(contract: &Contract, name: &str) -> Option<FamilyField> {
    let option = contract.option(name)?;
    let allowed: Option<Vec<String>> = option.allowed.iter().map(|v| v.as_str().map(str::to_owned)).collect();
    let kind = match allowed {
        Some(words) if !words.is_empty() => FieldKind::Word(words),
        _ => {
            let range = option.range.as_ref().map(|range| format!(" {range}")).unwrap_or_default();
            FieldKind::Contract(format!("{}{range}", option.kind))
        }
    };
    let default = match &option.default {
        None => String::new(),
        Some(Value::Object(map)) if map.is_empty() => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    Some(FamilyField {
        name: name.to_owned(),
        kind,
        default,
        description: option.description.clone(),
        secret: option.secret || (looks_secret(name) && name != "headers"),
    })
}

impl Plain {
    fn kind(&self) -> FieldKind {
        match self {
            Plain::Text => FieldKind::Text,
            Plain::Word(words) => FieldKind::Word(words.iter().map(|word| (*word).to_owned()).collect()),
            Plain::Number(least, most) => FieldKind::Number(*least, *most),
            Plain::Boolean => FieldKind::Boolean,
            Plain::Texts => FieldKind::Texts,
        }
    }
}

impl std::fmt::Display for FieldKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            FieldKind::Text => f.write_str("string"),
            FieldKind::Word(words) => write!(f, "one of {}", words.join(", ")),
            FieldKind::Number(least, most) => write!(f, "integer {least}…{most}"),
            FieldKind::Boolean => f.write_str("boolean"),
            FieldKind::Texts => f.write_str("mapping of strings"),
            FieldKind::Contract(words) => f.write_str(words),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_family_has_what_it_needs_and_what_contracts_name() {
        let registry = Registry::builtin();
        let all = families(&registry);
        for (name, _, needs) in FAMILIES {
            let family = all.iter().find(|family| family.name == name).unwrap();
            for field in needs.iter().flat_map(|group| group.iter()) {
                assert!(family.field(field).is_some(), "{name}.{field}");
            }
        }
        for contract in registry.iter() {
            for field in &contract.connection_fields {
                let family = all.iter().find(|family| family.name == contract.family()).unwrap();
                assert!(family.field(&field.name).is_some(), "{}.{}", family.name, field.name);
            }
        }
        let mysql = all.iter().find(|family| family.name == "mysql").unwrap();
        assert!(mysql.field("password").unwrap().secret && !mysql.field("host").unwrap().secret);
        assert_eq!(mysql.field("port").unwrap().kind.to_string(), "integer 1…65535");
        assert_eq!(mysql.field("port").unwrap().default, "3306");
    }
}
