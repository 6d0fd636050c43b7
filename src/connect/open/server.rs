//! Where a connection's server is and how one logs in: from its fields, or from a DSN, which its other
//! fields complete.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::fields::Fields;
use super::tls::TlsMode;
use super::{FailureKind, OpenFailure};
use crate::connect::Connection;

/// A server and a login.
pub(super) struct Server {
    /// Name, address, or (PostgreSQL) the folder of its socket.
    pub host: String,
    pub port: u16,
    pub user: String,
    pub password: Option<SecretString>,
    pub database: String,
    pub tls: TlsMode,
    /// The authorities to trust, PEM; those of the machine without it.
    pub authority: Option<PathBuf>,
}

impl Server {
    /// What it is known by: everything but the password.
    pub(super) fn identity(&self) -> Value {
        json!({
            "host": self.host.to_lowercase(),
            "port": self.port,
            "user": self.user,
            "database": self.database,
            "tls": format!("{:?}", self.tls),
            "authority": self.authority.as_ref().map(|file| file.to_string_lossy()),
        })
    }
}

/// What a DSN says.
#[derive(Default)]
struct Dsn {
    host: Option<String>,
    port: Option<u16>,
    user: Option<String>,
    password: Option<SecretString>,
    database: Option<String>,
    sslmode: Option<String>,
    authority: Option<String>,
}

const DSN: &str = "write it as postgres://USER:${PASSWORD}@HOST:5432/DATABASE, with special characters percent-encoded";
const MYSQL_DSN: &str =
    "write it as mysql://USER:${PASSWORD}@HOST:3306/DATABASE, with special characters percent-encoded";

pub(super) fn postgres(root: &Path, fields: &mut Fields<'_>) -> Result<Server, OpenFailure> {
    let dsn = match fields.secret(&["dsn", "pg_dsn", "database_url", "url"])? {
        Some(dsn) => read_postgres(&dsn).ok_or_else(|| fields.wrong("dsn", "the DSN can't be understood", DSN))?,
        None => Dsn::default(),
    };
    complete(root, fields, dsn, 5432, "prefer")
}

/// The database of a Supabase project: by its `pg_dsn`, else by its address and the database's password.
pub(super) fn supabase(root: &Path, fields: &mut Fields<'_>) -> Result<Server, OpenFailure> {
    if let Some(dsn) = fields.secret(&["pg_dsn", "dsn", "database_url"])? {
        let dsn = read_postgres(&dsn).ok_or_else(|| fields.wrong("pg_dsn", "the DSN can't be understood", DSN))?;
        return complete(root, fields, dsn, 5432, "prefer");
    }
    let project = match fields.text(&["project_id"])? {
        Some(project) => Some(project),
        None => fields.text(&["url"])?.and_then(|url| project_of(&url)),
    };
    let password = fields.secret(&["password", "db_password"])?;
    let (Some(project), Some(password)) = (project, password) else {
        let message = "there is no `pg_dsn`, and no `password` beside `url`";
        let fix = "add pg_dsn: ${SUPABASE_PG_DSN} (Supabase: Project settings, Database, Connection string)";
        return Err(fields.wrong("pg_dsn", message, fix));
    };
    let dsn = Dsn {
        host: Some(format!("db.{project}.supabase.co")),
        user: Some("postgres".to_owned()),
        password: Some(password),
        database: Some("postgres".to_owned()),
        ..Dsn::default()
    };
    complete(root, fields, dsn, 5432, "require")
}

pub(super) fn mysql(root: &Path, fields: &mut Fields<'_>) -> Result<Server, OpenFailure> {
    let dsn = match fields.secret(&["dsn", "database_url", "url"])? {
        Some(dsn) => read_mysql(&dsn).ok_or_else(|| fields.wrong("dsn", "the DSN can't be understood", MYSQL_DSN))?,
        None => Dsn::default(),
    };
    complete(root, fields, dsn, 3306, "prefer")
}

/// A DSN is completed by the fields beside it; where both say something, the field wins.
fn complete(root: &Path, fields: &mut Fields<'_>, dsn: Dsn, port: u16, mode: &str) -> Result<Server, OpenFailure> {
    if let Some(password) = &dsn.password {
        fields.keep_secret(password);
    }
    let user = fields.text(&["user", "username"])?.or(dsn.user);
    let user = user.ok_or_else(|| fields.wrong("user", "`user` is missing", "add the user who logs in"))?;
    let database = fields.text(&["database", "dbname", "db"])?.or(dsn.database);
    let database =
        database.ok_or_else(|| fields.wrong("database", "`database` is missing", "add the database's name"))?;
    let written = fields.text(&["sslmode", "ssl_mode"])?.or(dsn.sslmode).unwrap_or_else(|| mode.to_owned());
    let tls = TlsMode::read(&written).ok_or_else(|| {
        let modes = "use disable, prefer, require, verify-ca or verify-full";
        fields.wrong("sslmode", "`sslmode` is not one that there is", modes)
    })?;
    Ok(Server {
        host: fields.text(&["host", "hostname"])?.or(dsn.host).unwrap_or_else(|| "localhost".to_owned()),
        port: fields.port()?.or(dsn.port).unwrap_or(port),
        user,
        password: fields.secret(&["password"])?.or(dsn.password),
        database,
        tls,
        authority: fields.file(&["sslrootcert", "ssl_ca"], root)?.or_else(|| dsn.authority.map(|file| root.join(file))),
    })
}

/// The addresses that the server's name leads to.
pub(super) async fn addresses(server: &Server, connection: &Connection) -> Result<Vec<SocketAddr>, OpenFailure> {
    match tokio::net::lookup_host((server.host.as_str(), server.port)).await {
        Ok(found) => Ok(found.collect()),
        Err(error) => Err(OpenFailure::new(FailureKind::Dns, connection, format!("{}: {error}", server.host))),
    }
}

/// `https://<project>.supabase.co`
fn project_of(url: &str) -> Option<String> {
    let host = url.trim().strip_prefix("https://")?.split('/').next()?;
    let project = host.strip_suffix(".supabase.co")?;
    let fits = !project.is_empty() && project.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    fits.then(|| project.to_owned())
}

/// Both forms of libpq: a URL, and `host=… user=…`.
fn read_postgres(dsn: &SecretString) -> Option<Dsn> {
    let (text, options) = without_tls(dsn.expose_secret().trim());
    // SQLAlchemy's names of the same: postgresql+psycopg2://
    let text = match text.split_once("://") {
        Some((scheme, rest)) if scheme.starts_with("postgres") => format!("postgres://{rest}"),
        Some(_) => return None,
        None => text,
    };
    let config: tokio_postgres::Config = text.parse().ok()?;
    let host = config.get_hosts().first().map(|host| match host {
        tokio_postgres::config::Host::Tcp(name) => name.clone(),
        #[cfg(unix)]
        tokio_postgres::config::Host::Unix(folder) => folder.display().to_string(),
    });
    let password = config.get_password().map(|bytes| String::from_utf8_lossy(bytes).into_owned().into());
    Some(Dsn {
        host: host.or_else(|| config.get_hostaddrs().first().map(ToString::to_string)),
        port: config.get_ports().first().copied(),
        user: config.get_user().map(str::to_owned),
        password,
        database: config.get_dbname().map(str::to_owned),
        ..options
    })
}

fn read_mysql(dsn: &SecretString) -> Option<Dsn> {
    let (text, options) = without_tls(dsn.expose_secret().trim());
    let (scheme, rest) = text.split_once("://")?;
    if !scheme.starts_with("mysql") && !scheme.starts_with("mariadb") {
        return None;
    }
    // The driver refuses options that it does not know, such as SQLAlchemy's charset.
    let rest = rest.split_once('?').map_or(rest, |(before, _)| before);
    let opts = mysql_async::Opts::from_url(&format!("mysql://{rest}")).ok()?;
    Some(Dsn {
        host: Some(opts.ip_or_hostname().to_owned()),
        port: Some(opts.tcp_port()),
        user: opts.user().map(str::to_owned),
        password: opts.pass().map(|password| password.to_owned().into()),
        database: opts.db_name().map(str::to_owned),
        ..options
    })
}

/// The DSN without the options of libpq that the drivers do not know, and those.
fn without_tls(text: &str) -> (String, Dsn) {
    let mut found = Dsn::default();
    let mut take = |option: &str| -> bool {
        let Some((name, value)) = option.split_once('=') else { return false };
        match name {
            "sslmode" | "ssl-mode" | "ssl_mode" => found.sslmode = Some(value.to_owned()),
            "sslrootcert" | "ssl-ca" | "ssl_ca" => {
                found.authority = Some(value.replace("%2F", "/").replace("%2f", "/"))
            }
            _ => return false,
        }
        true
    };
    let rest = match text.split_once('?') {
        Some((before, options)) if text.contains("://") => {
            let kept: Vec<&str> = options.split('&').filter(|option| !take(option)).collect();
            if kept.is_empty() { before.to_owned() } else { format!("{before}?{}", kept.join("&")) }
        }
        _ if text.contains("://") => text.to_owned(),
        _ => {
            let kept: Vec<&str> = text.split(' ').filter(|option| !take(option)).collect();
            kept.join(" ")
        }
    };
    (rest, found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(found: Option<Dsn>) -> String {
        let Some(dsn) = found else { return "none".to_owned() };
        let text = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
        let password = text(dsn.password.map(|p| p.expose_secret().to_owned()));
        let port = text(dsn.port.map(|p| p.to_string()));
        let parts = [text(dsn.user), password, text(dsn.host), port, text(dsn.database), text(dsn.sslmode)];
        parts.join(" ")
    }

    #[test]
    fn both_forms_of_a_dsn_are_read() {
        let postgres = |text: &str| read(read_postgres(&text.into()));
        assert_eq!(postgres("postgres://u:p%40ss@h:5433/d?sslmode=verify-full"), "u p@ss h 5433 d verify-full");
        assert_eq!(postgres("postgresql+psycopg2://u@h/d?connect_timeout=3"), "u - h 5432 d -");
        assert_eq!(postgres("host=h user=u password='a b' dbname=d sslmode=require"), "u a b h - d require");
        assert_eq!(postgres("mysql://u@h/d"), "none");
        assert_eq!(postgres("nonsense"), "none");
        let mysql = |text: &str| read(read_mysql(&text.into()));
        assert_eq!(mysql("mysql+pymysql://u:p@h/d?charset=utf8mb4&ssl-mode=require"), "u p h 3306 d require");
        assert_eq!(mysql("postgres://u@h/d"), "none");
    }

    #[test]
    fn a_project_is_found_in_its_address() {
        assert_eq!(project_of("https://abc-1.supabase.co/").as_deref(), Some("abc-1"));
        assert_eq!(project_of("https://evil.example/.supabase.co"), None);
    }
}
