//! What a step reads or writes, by the name that other programs know it by: the naming of OpenLineage. It is
//! the same for every way to get there (aliases, variables, DSNs), and never holds a login.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::connect::Connection;
use crate::connect::open::Target;

/// A table, a file or an address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Dataset {
    /// Where it is: `postgres://host:5432`, `mysql://host:3306`, `sqlite:/data/shop.db`, `https://host`, `file`.
    pub namespace: String,
    /// What it is there: `database.schema.table`, `database.table`, a path.
    pub name: String,
}

impl Dataset {
    /// A file.
    pub fn file(path: &Path) -> Dataset {
        Dataset { namespace: "file".to_owned(), name: path.to_string_lossy().into_owned() }
    }

    /// An address of an API, without what may be secret in it.
    pub fn address(url: &reqwest::Url) -> Dataset {
        Dataset { namespace: url.origin().ascii_serialization(), name: url.path().to_owned() }
    }

    /// A table of a connection; nothing where the connection can't be resolved.
    pub fn table(root: &Path, connection: &Connection, schema: Option<&str>, table: &str) -> Option<Dataset> {
        let target = Target::resolve(root, connection).ok()?;
        if let Some(file) = target.path() {
            let file = file.canonicalize().or_else(|_| std::path::absolute(file)).ok()?;
            return Some(Dataset { namespace: format!("sqlite:{}", file.display()), name: table.to_owned() });
        }
        let (scheme, host, port, database) = target.server()?;
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        let name = match (scheme, schema) {
            // What MySQL calls a schema is a database.
            ("mysql", schema) => format!("{}.{table}", schema.unwrap_or(database)),
            (_, schema) => format!("{database}.{}.{table}", schema.unwrap_or("public")),
        };
        Some(Dataset { namespace: format!("{scheme}://{host}:{port}"), name })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connect::Connections;

    #[test]
    fn names_are_those_of_the_public_rules_and_hold_no_login() {
        let dir = tempfile::tempdir().unwrap();
        let text = "version: 1\nconnections:\n  postgres:\n    a: {dsn: 'postgres://me:geheim@db.test:5433/shop'}\n    b: {host: '::1', user: me, database: shop}\n  \
                    mysql: {m: {host: db.test, user: me, password: geheim, database: shop}}\n  sqlite: {s: {path: data/shop.db}}\n";
        std::fs::write(dir.path().join("pipesmith_connections.yaml"), text).unwrap();
        let connections = Connections::load(dir.path()).0;
        let of = |reference: &str, schema: Option<&str>| {
            let found = Dataset::table(dir.path(), connections.get(reference).unwrap(), schema, "orders").unwrap();
            format!("{} {}", found.namespace, found.name)
        };
        assert_eq!(of("@postgres.a", Some("sales")), "postgres://db.test:5433 shop.sales.orders");
        assert_eq!(of("@postgres.b", None), "postgres://[::1]:5432 shop.public.orders");
        assert_eq!(of("@mysql.m", None), "mysql://db.test:3306 shop.orders");
        assert_eq!(of("@mysql.m", Some("other")), "mysql://db.test:3306 other.orders");
        let at = dir.path().join("data/shop.db");
        assert_eq!(of("@sqlite.s", None), format!("sqlite:{} orders", at.display()));
        let url = reqwest::Url::parse("https://me:geheim@api.test:8443/v1/orders?key=geheim").unwrap();
        let found = Dataset::address(&url);
        assert_eq!((found.namespace.as_str(), found.name.as_str()), ("https://api.test:8443", "/v1/orders"));
    }
}
