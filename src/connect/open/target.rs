//! Where a connection leads, with all its variables resolved: what is opened, and what it is known by.
//!
//! Both come from one resolution, so that what was found can't be kept under the name of something else
//! when a variable or a secret changes in between.

use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};

use super::fields::Fields;
use super::server::{self, Server};
use super::{DEFAULT_TIMEOUT, FailureKind, OpenFailure, Opened, mysql, postgres, sqlite};
use crate::connect::{Connection, looks_secret};

/// Where a connection leads.
pub struct Target<'a> {
    connection: &'a Connection,
    place: Place,
    limit: Duration,
    secrets: Vec<SecretString>,
    others: Map<String, Value>,
}

enum Place {
    Postgres(Server),
    Mysql(Server),
    Sqlite(PathBuf),
    Folder(PathBuf),
}

/// How long asking a server to stop may take.
const CANCEL: Duration = Duration::from_secs(5);

/// Fields that [`Place`] has in them, in whatever form they were written,
/// and fields that say nothing about what is found.
const IN_PLACE: [&str; 16] = [
    "host",
    "hostname",
    "port",
    "user",
    "username",
    "database",
    "dbname",
    "db",
    "path",
    "base_dir",
    "url",
    "default",
    "alias",
    "description",
    "type",
    "connect_timeout",
];

impl<'a> Target<'a> {
    /// Resolves the fields of a connection. Nothing is opened. `root` is the workspace.
    ///
    /// # Errors
    /// A variable that is not set, a field that is missing or can't be understood, a family without a driver.
    pub fn resolve(root: &Path, connection: &'a Connection) -> Result<Target<'a>, OpenFailure> {
        let mut fields = Fields::of(connection);
        let limit = fields.seconds("connect_timeout")?.unwrap_or(DEFAULT_TIMEOUT);
        let place = match connection.family.as_str() {
            "postgres" => Place::Postgres(server::postgres(root, &mut fields)?),
            "supabase" => Place::Postgres(server::supabase(root, &mut fields)?),
            "mysql" => Place::Mysql(server::mysql(root, &mut fields)?),
            "sqlite" => {
                let file = fields.file(&["path", "database"], root)?;
                Place::Sqlite(file.ok_or_else(|| fields.wrong("path", "`path` is missing", "add the database file"))?)
            }
            "filesystem" => {
                let folder = connection.base_dir(root);
                Place::Folder(folder.map_err(|problem| OpenFailure::unresolved(connection, problem))?)
            }
            _ => return Err(OpenFailure::no_driver(connection)),
        };
        let others = others(&mut fields, connection)?;
        Ok(Target { connection, place, limit, secrets: fields.into_secrets(), others })
    }

    /// Opens it within the connection's time.
    ///
    /// # Errors
    /// What failed, with the fix. No text of it holds a secret of the connection.
    pub async fn open(&self) -> Result<Opened, OpenFailure> {
        let opening = async {
            match &self.place {
                Place::Postgres(server) => postgres::open(server, self.connection).await.map(Opened::Postgres),
                Place::Mysql(server) => mysql::open(server, self.connection).await.map(Opened::Mysql),
                Place::Sqlite(file) => sqlite::open(file, self.connection).await.map(Opened::Sqlite),
                Place::Folder(folder) => open_folder(folder, self.connection),
            }
        };
        let opened = match tokio::time::timeout(self.limit, opening).await {
            Ok(opened) => opened,
            Err(_) => Err(OpenFailure::new(
                FailureKind::Timeout,
                self.connection,
                format!("it did not answer within {} s", self.limit.as_secs()),
            )),
        };
        opened.map_err(|failure| failure.without(&self.secrets))
    }

    /// Asks a PostgreSQL server to stop what a client of it does, within the connection's time. Whether it
    /// did is not told; where it can't be asked, nothing happens.
    pub(in crate::connect) async fn cancel(&self, token: &tokio_postgres::CancelToken) {
        let Place::Postgres(server) = &self.place else { return };
        let asked = postgres::cancel(server, self.connection, token);
        match tokio::time::timeout(self.limit.min(CANCEL), asked).await {
            Ok(Ok(())) => {}
            Ok(Err(failure)) => tracing::debug!("a query could not be cancelled: {}", self.mask(&failure.to_string())),
            Err(_) => tracing::debug!("a query could not be cancelled in time"),
        }
    }

    /// The port of the server, where it is one.
    pub(in crate::connect) fn port(&self) -> Option<u16> {
        match &self.place {
            Place::Postgres(server) | Place::Mysql(server) => Some(server.port),
            Place::Sqlite(_) | Place::Folder(_) => None,
        }
    }

    /// The server, where it is one: the scheme of its address, its host, port and database.
    pub(in crate::connect) fn server(&self) -> Option<(&'static str, &str, u16, &str)> {
        let (scheme, server) = match &self.place {
            Place::Postgres(server) => ("postgres", server),
            Place::Mysql(server) => ("mysql", server),
            Place::Sqlite(_) | Place::Folder(_) => return None,
        };
        Some((scheme, &server.host, server.port, &server.database))
    }

    /// What it is known by: everything that decides what is found there and who looks, and no secret. A
    /// different server, database, user, file or folder is a different identity, whatever its alias.
    pub fn identity(&self) -> Value {
        let place = match &self.place {
            Place::Postgres(server) | Place::Mysql(server) => server.identity(),
            Place::Sqlite(path) | Place::Folder(path) => {
                let path = path.canonicalize().or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.clone());
                json!({ "path": path.to_string_lossy() })
            }
        };
        json!({ "connection": self.connection.reference(), "place": place, "fields": self.others })
    }

    /// The file or folder that it leads to.
    pub fn path(&self) -> Option<&Path> {
        match &self.place {
            Place::Sqlite(path) | Place::Folder(path) => Some(path),
            Place::Postgres(_) | Place::Mysql(_) => None,
        }
    }

    /// A text without the secrets of the connection.
    pub fn mask(&self, text: &str) -> String {
        super::failure::masked(text, &self.secrets)
    }
}

/// The other fields, such as `schema`. Those that look secret, or have a login inside, are left out.
fn others(fields: &mut Fields<'_>, connection: &Connection) -> Result<Map<String, Value>, OpenFailure> {
    let mut out = Map::new();
    for (name, shown) in connection.shown().map(|(name, shown)| (name.to_owned(), shown)) {
        if looks_secret(&name) || IN_PLACE.contains(&name.as_str()) {
            continue;
        }
        let value = match fields.text(&[&name]) {
            Ok(value) => value.unwrap_or_default(),
            Err(failure) if failure.kind == FailureKind::MissingSecret => return Err(failure),
            // A list or a mapping has nothing to resolve.
            Err(_) => shown,
        };
        let login =
            value.contains("://") || fields.secrets().iter().any(|secret| value.contains(secret.expose_secret()));
        if !login {
            out.insert(name, Value::from(value));
        }
    }
    Ok(out)
}

fn open_folder(folder: &Path, connection: &Connection) -> Result<Opened, OpenFailure> {
    match std::fs::read_dir(folder) {
        Ok(_) => Ok(Opened::Folder(folder.to_owned())),
        Err(error) => {
            let kind = match error.kind() {
                std::io::ErrorKind::PermissionDenied => FailureKind::Auth,
                _ => FailureKind::WrongDatabase,
            };
            Err(OpenFailure::new(kind, connection, format!("{}: {error}", folder.display())))
        }
    }
}
