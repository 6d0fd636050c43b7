//! The systems that are measured, by the programs that come with them.

use std::process::Command;

use anyhow::{Context as _, bail};

/// A server, as its address says.
#[derive(Clone, Debug)]
pub struct Server {
    pub user: String,
    pub password: String,
    pub host: String,
    pub port: String,
    pub database: String,
}

/// Both servers.
pub struct Systems {
    pub postgres: Server,
    pub mysql: Server,
}

impl Systems {
    /// The servers that tests use.
    pub fn of_environment() -> anyhow::Result<Systems> {
        Ok(Systems {
            postgres: Server::of("PIPESMITH_TEST_POSTGRES", "postgres://")?,
            mysql: Server::of("PIPESMITH_TEST_MYSQL", "mysql://")?,
        })
    }

    /// `psql`, ready to log in.
    pub fn psql(&self) -> Command {
        let server = &self.postgres;
        let mut psql = Command::new("psql");
        psql.args(["-qAtX", "-v", "ON_ERROR_STOP=1"]);
        psql.env("PGHOST", &server.host).env("PGPORT", &server.port).env("PGUSER", &server.user);
        psql.env("PGPASSWORD", &server.password).env("PGDATABASE", &server.database).env("PGSSLMODE", "disable");
        psql
    }

    /// `mariadb`, ready to log in.
    pub fn mariadb(&self) -> Command {
        let server = &self.mysql;
        let mut mariadb = Command::new("mariadb");
        mariadb.args(["--skip-ssl", "-h", &server.host, "-P", &server.port, "-u", &server.user, "-N", "-B", "--quick"]);
        mariadb.args(["--local-infile=1", "--default-character-set=utf8mb4", &server.database]);
        mariadb.env("MYSQL_PWD", &server.password);
        mariadb
    }

    /// Runs statements in PostgreSQL; what they return.
    pub fn in_postgres(&self, sql: &str) -> anyhow::Result<String> {
        said(self.psql().args(["-c", sql]))
    }

    /// Runs statements in MariaDB or MySQL; what they return.
    pub fn in_mysql(&self, sql: &str) -> anyhow::Result<String> {
        said(self.mariadb().args(["-e", sql]))
    }
}

impl Server {
    fn of(variable: &str, scheme: &str) -> anyhow::Result<Server> {
        let fault = || format!("{variable} names no server: {scheme}USER:PASSWORD@HOST:PORT/DATABASE");
        let address = std::env::var(variable).with_context(fault)?;
        let parts = || {
            let (login, place) = address.strip_prefix(scheme)?.rsplit_once('@')?;
            let ((user, password), (server, database)) = (login.split_once(':')?, place.split_once('/')?);
            let (host, port) = server.rsplit_once(':')?;
            let database = database.split('?').next()?;
            let [user, password, host, port, database] = [user, password, host, port, database].map(str::to_owned);
            Some(Server { user, password, host, port, database })
        };
        parts().with_context(fault)
    }
}

fn said(command: &mut Command) -> anyhow::Result<String> {
    let output = command.output().with_context(|| format!("{:?} is needed", command.get_program()))?;
    if !output.status.success() {
        bail!("{:?}: {}", command.get_program(), String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Runs statements as DuckDB itself does, and prints the first value of the last.
pub fn duckdb(statements: &[String]) -> anyhow::Result<()> {
    let connection = duckdb::Connection::open_in_memory()?;
    let Some((last, before)) = statements.split_last() else { bail!("no statement") };
    before.iter().try_for_each(|sql| connection.execute_batch(sql))?;
    let value: String = connection
        .query_row(last, [], |row| row.get::<_, duckdb::types::Value>(0))
        .map(|value| format!("{value:?}"))?;
    println!("{value}");
    Ok(())
}
