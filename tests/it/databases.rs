//! Databases of the tests' own on the servers that `cargo xtask test` starts. Each has its own name, so
//! that tests run side by side, and is dropped with its value.

use std::sync::atomic::{AtomicU32, Ordering};

use mysql_async::prelude::Queryable;

const HOW: &str = "is not set: run the tests with `cargo xtask test`, or `cargo xtask servers` in another \
    terminal and export what it prints";

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A variable that names a server.
pub fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} {HOW}"))
}

fn name() -> String {
    format!("it_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// The host and the port of an address, which the servers of the tests have no more of.
fn place(address: &str) -> (String, u16) {
    let after = address.rsplit_once('@').expect("a user in the address").1;
    let (host, port) = after.split('/').next().unwrap().rsplit_once(':').expect("a port in the address");
    (host.to_owned(), port.parse().unwrap())
}

fn login(address: &str) -> (String, String) {
    let before = address.split_once("://").unwrap().1.rsplit_once('@').unwrap().0;
    let (user, password) = before.split_once(':').expect("a password in the address");
    (user.to_owned(), password.to_owned())
}

/// A PostgreSQL database.
pub struct Postgres {
    pub name: String,
    pub host: String,
    pub port: u16,
    pub user: String,
    pub password: String,
    address: String,
}

impl Postgres {
    pub async fn new() -> Postgres {
        let (address, name) = (variable("PIPESMITH_TEST_POSTGRES"), name());
        run_postgres(&address, &format!("CREATE DATABASE {name}")).await;
        let ((host, port), (user, password)) = (place(&address), login(&address));
        Postgres { name, host, port, user, password, address }
    }

    /// Runs statements in it.
    pub async fn run(&self, sql: &str) {
        run_postgres(&self.dsn(), sql).await;
    }

    /// A client of it.
    pub async fn client(&self) -> tokio_postgres::Client {
        let (client, line) = tokio_postgres::connect(&self.dsn(), tokio_postgres::NoTls).await.expect("PostgreSQL");
        tokio::spawn(line);
        client
    }

    /// The first column of the first row of a query, as text.
    pub async fn ask(&self, sql: &str) -> String {
        let row = self.client().await.query_one(&format!("SELECT (({sql}))::text"), &[]).await.unwrap();
        row.get::<_, Option<String>>(0).unwrap_or_else(|| "NULL".to_owned())
    }

    pub fn dsn(&self) -> String {
        format!("postgres://{}:{}@{}:{}/{}", self.user, self.password, self.host, self.port, self.name)
    }

    /// The fields of a connection to it, in YAML's flow form.
    pub fn fields(&self) -> String {
        let Postgres { name, host, port, user, password, .. } = self;
        format!("host: {host}, port: {port}, user: {user}, password: {password}, database: {name}")
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let (address, sql) = (self.address.clone(), format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
        apart(async move { run_postgres(&address, &sql).await });
    }
}

async fn run_postgres(address: &str, sql: &str) {
    let (client, line) = tokio_postgres::connect(address, tokio_postgres::NoTls).await.expect("PostgreSQL");
    let line = tokio::spawn(line);
    client.batch_execute(sql).await.unwrap();
    drop(client);
    let _ = line.await;
}

/// A workspace that knows a database of each server, both as `db`.
pub async fn workspace() -> (Postgres, Mysql, tempfile::TempDir) {
    let (postgres, mysql, dir) = (Postgres::new().await, Mysql::new().await, tempfile::tempdir().unwrap());
    let file = format!(
        "version: 1\nconnections:\n  postgres: {{db: {{{}}}}}\n  mysql: {{db: {{{}}}}}\n",
        postgres.fields(),
        mysql.fields()
    );
    std::fs::write(dir.path().join("pipesmith_connections.yaml"), file).unwrap();
    (postgres, mysql, dir)
}

/// A MariaDB or MySQL database.
pub struct Mysql {
    pub name: String,
    pub host: String,
    pub port: u16,
    pub user: String,
    pub password: String,
    address: String,
}

impl Mysql {
    pub async fn new() -> Mysql {
        let (address, name) = (variable("PIPESMITH_TEST_MYSQL"), name());
        run_mysql(&address, &format!("CREATE DATABASE {name} CHARACTER SET utf8mb4")).await;
        let ((host, port), (user, password)) = (place(&address), login(&address));
        Mysql { name, host, port, user, password, address }
    }

    /// Runs statements in it.
    pub async fn run(&self, sql: &str) {
        run_mysql(&self.dsn(), sql).await;
    }

    pub fn dsn(&self) -> String {
        format!("mysql://{}:{}@{}:{}/{}", self.user, self.password, self.host, self.port, self.name)
    }

    /// The fields of a connection to it, in YAML's flow form.
    pub fn fields(&self) -> String {
        let Mysql { name, host, port, user, password, .. } = self;
        format!("host: {host}, port: {port}, user: {user}, password: {password}, database: {name}")
    }
}

impl Drop for Mysql {
    fn drop(&mut self) {
        let (address, sql) = (self.address.clone(), format!("DROP DATABASE IF EXISTS {}", self.name));
        apart(async move { run_mysql(&address, &sql).await });
    }
}

async fn run_mysql(address: &str, sql: &str) {
    let mut connection = mysql_async::Conn::from_url(address).await.expect("MariaDB or MySQL");
    connection.query_drop(sql).await.unwrap();
    // Several statements have several results; each must be taken.
    connection.disconnect().await.unwrap();
}

/// Runs something to its end from where a runtime may be running already.
fn apart(work: impl Future<Output = ()> + Send + 'static) {
    let done = std::thread::spawn(move || {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work);
    });
    // A test that has failed already has more to say than that its database could not be dropped.
    let _ = done.join();
}
