//! The works: how each begins, what does it beside Pipesmith, and what has to come of it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

use super::measure::DUCKDB;
use super::system::Systems;

/// A work that is measured.
pub struct Scenario {
    pub name: &'static str,
    /// What is done, and beside what.
    pub work: &'static str,
    pub limit: &'static str,
    /// The ratio of times that is asked for, and the most memory.
    pub target: f64,
    pub most_mib: u64,
    /// How many times as long sling is to take at least.
    pub sling: Option<f64>,
    pub kind: Kind,
}

/// What is done.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    CsvToPostgres,
    MysqlToPostgres,
    Merge,
    PostgresToCsv,
    CsvToMysql,
    Join,
    Pass,
}

const fn work(
    name: &'static str,
    work: &'static str,
    limit: &'static str,
    target: f64,
    most_mib: u64,
    kind: Kind,
) -> Scenario {
    let sling = match kind {
        Kind::CsvToPostgres => Some(5.0),
        Kind::MysqlToPostgres => Some(4.5),
        Kind::Merge => Some(2.0),
        Kind::PostgresToCsv => Some(9.0),
        Kind::CsvToMysql | Kind::Join | Kind::Pass => None,
    };
    Scenario { name, work, limit, target, most_mib, sling, kind }
}

/// All of them.
pub const ALL: [Scenario; 7] = [
    work("csv-pg", "CSV → PostgreSQL, append, with key", "`psql \\copy`", 0.8, 100, Kind::CsvToPostgres),
    work(
        "my-pg",
        "MariaDB → PostgreSQL, append, with key",
        "`mariadb \\| psql \\copy`",
        0.9,
        120,
        Kind::MysqlToPostgres,
    ),
    work(
        "my-pg-merge",
        "MariaDB → PostgreSQL, upsert, half present",
        "the pipe and `ON CONFLICT`",
        1.0,
        120,
        Kind::Merge,
    ),
    work("pg-csv", "PostgreSQL → CSV", "`psql \\copy to`", 1.1, 60, Kind::PostgresToCsv),
    work("csv-my", "CSV → MariaDB, append, with key", "`LOAD DATA LOCAL`", 1.1, 100, Kind::CsvToMysql),
    work("join-csv", "CSV → SQL (join, group by, order by) → CSV", "DuckDB", 1.3, 300, Kind::Join),
    work("pass-csv", "CSV → SQL (8 of 10 columns) → CSV", "DuckDB `COPY`", 1.1, 300, Kind::Pass),
];

const POSTGRES_TABLE: &str = "(id bigint %KEY%, customer_id integer, status varchar(20) not null, amount numeric(12,2) not null, \
     qty smallint, is_paid boolean, note text, created_at timestamp(6) not null, shipped_at timestamp(6), country char(2) not null)";
const MYSQL_TABLE: &str = "(id bigint primary key, customer_id int, status varchar(20) not null, amount decimal(12,2) not null, \
     qty smallint, is_paid tinyint(1), note text, created_at datetime(6) not null, shipped_at datetime(6), \
     country char(2) not null) character set utf8mb4";
const FACTS: &str =
    "count(*), sum(amount), sum(PAID), count(note), sum(length(note)), count(shipped_at), count(distinct id)";
const COLUMNS: [&str; 10] =
    ["id", "customer_id", "status", "amount", "qty", "is_paid", "note", "created_at", "shipped_at", "country"];
const JOIN: &str = "select c.segment, o.country, o.status, count(*) as n, count(distinct o.customer_id) as custs, \
     sum(o.amount) as total, avg(o.qty) as avg_qty, max(o.created_at) as last_at from orders o join customers c \
     on o.customer_id = c.customer_id where o.is_paid group by c.segment, o.country, o.status \
     order by c.segment, o.country, o.status";
const PASS: &str = "select id, customer_id, status, amount, qty, is_paid, note, created_at from orders";

/// Where it is measured.
pub struct Bench {
    pub folder: PathBuf,
    pub systems: Systems,
}

impl Bench {
    /// Loads what is read, and writes the pipelines.
    pub fn prepare(&self) -> anyhow::Result<()> {
        let systems = &self.systems;
        systems.in_postgres("drop schema if exists bench cascade; create schema bench")?;
        systems
            .in_postgres(&format!("create table bench.source {}", POSTGRES_TABLE.replace("%KEY%", "primary key")))?;
        systems.in_postgres(&format!(
            "\\copy bench.source from '{}' with (format csv, header true)",
            self.path("data/orders.csv")
        ))?;
        systems.in_postgres("vacuum analyze bench.source")?;
        systems.in_mysql("drop database if exists pipesmith_bench")?;
        systems.in_mysql("create database pipesmith_bench")?;
        systems.in_mysql(&format!("create table pipesmith_bench.source {MYSQL_TABLE}"))?;
        systems.in_mysql(&self.load_data("source"))?;
        std::fs::create_dir_all(self.folder.join("out"))?;
        std::fs::write(self.folder.join("pipesmith_connections.yaml"), self.connections())?;
        for scenario in &ALL {
            std::fs::write(self.pipeline_file(scenario), self.pipeline(scenario))?;
        }
        Ok(())
    }

    /// Brings the target to where the work begins.
    pub fn reset(&self, scenario: &Scenario) -> anyhow::Result<()> {
        let table = |key: &str| {
            let table = POSTGRES_TABLE.replace("%KEY%", key);
            self.systems.in_postgres(&format!("drop table if exists bench.target; create table bench.target {table}"))
        };
        match scenario.kind {
            Kind::CsvToPostgres | Kind::MysqlToPostgres => {
                table("primary key")?;
                self.systems.in_postgres("checkpoint")?;
            }
            Kind::Merge => {
                table("")?;
                self.systems.in_postgres(
                    "insert into bench.target select id, customer_id, status, 1.00, qty, is_paid, note, created_at, \
                     shipped_at, country from bench.source where id % 2 = 0",
                )?;
                self.systems.in_postgres("alter table bench.target add primary key (id)")?;
                self.systems.in_postgres("vacuum analyze bench.target")?;
                self.systems.in_postgres("checkpoint")?;
            }
            Kind::CsvToMysql => {
                self.systems.in_mysql("drop table if exists pipesmith_bench.target")?;
                self.systems.in_mysql(&format!("create table pipesmith_bench.target {MYSQL_TABLE}"))?;
            }
            Kind::PostgresToCsv | Kind::Join | Kind::Pass => {
                let out = self.folder.join("out");
                std::fs::remove_dir_all(&out)?;
                std::fs::create_dir(&out)?;
            }
        }
        Ok(())
    }

    /// What the system's own program does.
    pub fn limit(&self, scenario: &Scenario) -> anyhow::Result<Command> {
        let (orders, out) = (self.path("data/orders.csv"), self.path("out/out.csv"));
        Ok(match scenario.kind {
            Kind::CsvToPostgres => {
                let mut psql = self.systems.psql();
                psql.args(["-c", &format!("\\copy bench.target from '{orders}' with (format csv, header true)")]);
                psql
            }
            Kind::MysqlToPostgres => {
                self.shell(&format!("{} | psql -qX -c '\\copy bench.target from stdin'", self.select()))
            }
            Kind::Merge => {
                let set: Vec<String> = COLUMNS[1..].iter().map(|name| format!("{name} = excluded.{name}")).collect();
                self.shell(&format!(
                    "psql -qX -c 'drop table if exists bench.staged' -c 'create unlogged table bench.staged (like bench.target)' && \
                     {} | psql -qX -c '\\copy bench.staged from stdin' && psql -qX -c 'insert into bench.target select * from \
                     bench.staged on conflict (id) do update set {}' -c 'drop table bench.staged'",
                    self.select(),
                    set.join(", ")
                ))
            }
            Kind::PostgresToCsv => {
                let mut psql = self.systems.psql();
                psql.args([
                    "-c",
                    &format!("\\copy (select * from bench.source) to '{out}' with (format csv, header true)"),
                ]);
                psql
            }
            Kind::CsvToMysql => {
                let mut mariadb = self.systems.mariadb();
                mariadb.args(["-e", &self.load_data("target")]);
                mariadb
            }
            Kind::Join | Kind::Pass => {
                let query = if scenario.kind == Kind::Join { JOIN } else { PASS };
                let view = |name: &str| {
                    let file = self.path(&format!("data/{name}.csv"));
                    format!("create view {name} as from read_csv('{file}', allow_quoted_nulls = false)")
                };
                let mut duckdb = Command::new(std::env::current_exe()?);
                duckdb.args([
                    DUCKDB,
                    &view("orders"),
                    &view("customers"),
                    &format!("copy ({query}) to '{out}' (header)"),
                    "select 1",
                ]);
                duckdb
            }
        })
    }

    /// What Pipesmith does.
    pub fn own(&self, scenario: &Scenario) -> anyhow::Result<Command> {
        Ok(self.run(&self.pipeline_file(scenario)))
    }

    /// Runs a pipeline.
    pub fn run(&self, pipeline: &Path) -> Command {
        let mut pipesmith = Command::new(env!("CARGO_BIN_EXE_pipesmith"));
        pipesmith.arg("run").arg(pipeline).current_dir(&self.folder);
        pipesmith
            .env("BENCH_POSTGRES", &self.systems.postgres.password)
            .env("BENCH_MYSQL", &self.systems.mysql.password);
        pipesmith
    }

    /// What the result holds, in a few numbers.
    pub fn result(&self, scenario: &Scenario) -> anyhow::Result<String> {
        // Programs write times and truth in forms of their own: as texts they are counted, not compared.
        let out = format!("read_csv('{}', allow_quoted_nulls = false, all_varchar = true)", self.path("out/out.csv"));
        let paid = "(lower(is_paid[1]) = 't')::int";
        match scenario.kind {
            Kind::CsvToPostgres | Kind::MysqlToPostgres | Kind::Merge => {
                self.systems.in_postgres(&format!("select {} from bench.target", FACTS.replace("PAID", "is_paid::int")))
            }
            Kind::CsvToMysql => {
                let facts = FACTS.replace("PAID", "is_paid").replace("length", "char_length");
                self.systems.in_mysql(&format!("select {facts} from pipesmith_bench.target"))
            }
            Kind::PostgresToCsv => {
                let facts = FACTS.replace("PAID", paid).replace("sum(amount)", "sum(amount::decimal(18, 2))");
                self.in_duckdb(&format!("select ({facts})::varchar from {out}"))
            }
            Kind::Pass => self.in_duckdb(&format!(
                "select (count(*), sum(amount::decimal(18, 2)), sum({paid}), count(note), sum(length(note)), \
                 sum(qty::bigint), count(created_at), count(distinct id))::varchar from {out}"
            )),
            // A sum of floats depends on the order of the rows.
            Kind::Join => self.in_duckdb(&format!(
                "select (count(*), sum(n::bigint), sum(custs::bigint), round(sum(total::double) / 1000)::bigint, \
                 count(last_at), first(segment))::varchar from {out}"
            )),
        }
    }

    fn in_duckdb(&self, sql: &str) -> anyhow::Result<String> {
        let connection = duckdb::Connection::open_in_memory()?;
        connection.query_row(sql, [], |row| row.get(0)).context("the result can't be read")
    }

    fn path(&self, file: &str) -> String {
        self.folder.join(file).display().to_string()
    }

    fn pipeline_file(&self, scenario: &Scenario) -> PathBuf {
        self.folder.join(format!("{}.yaml", scenario.name))
    }

    /// A command of the shell, with both clients ready to log in.
    fn shell(&self, line: &str) -> Command {
        let mut shell = Command::new("sh");
        shell.args(["-c", line]).env("MYSQL_PWD", &self.systems.mysql.password);
        shell.envs(
            self.systems.psql().get_envs().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned()))),
        );
        shell
    }

    /// All rows of MariaDB in the form of `\copy`.
    fn select(&self) -> String {
        let server = &self.systems.mysql;
        let value = |name: &&str| match *name {
            "note" => r"ifnull(replace(replace(replace(note,'\\','\\\\'),'\t','\\t'),'\n','\\n'),'\\N')".to_owned(),
            name => format!(r"ifnull({name},'\\N')"),
        };
        let columns: Vec<String> = COLUMNS.iter().map(value).collect();
        format!(
            "mariadb --skip-ssl -h {} -P {} -u {} --quick --raw -N -B --default-character-set=utf8mb4 pipesmith_bench -e \"select concat_ws('\\t', {}) from source\"",
            server.host,
            server.port,
            server.user,
            columns.join(", ").replace('\\', "\\\\")
        )
    }

    fn load_data(&self, table: &str) -> String {
        format!(
            "load data local infile '{}' into table pipesmith_bench.{table} character set utf8mb4",
            self.path("data/orders.tsv")
        )
    }

    fn connections(&self) -> String {
        let (postgres, mysql) = (&self.systems.postgres, &self.systems.mysql);
        format!(
            "version: 1\nconnections:\n  postgres:\n    bench: {{host: {}, port: {}, database: {}, user: {}, password: \
             '${{BENCH_POSTGRES}}', sslmode: disable}}\n  mysql:\n    bench: {{host: {}, port: {}, database: pipesmith_bench, user: {}, \
             password: '${{BENCH_MYSQL}}', sslmode: disable}}\n",
            postgres.host, postgres.port, postgres.database, postgres.user, mysql.host, mysql.port, mysql.user
        )
    }

    fn pipeline(&self, scenario: &Scenario) -> String {
        let csv = "{id: orders, component: filesystem.csv_extractor, mode: read, config: {path: data/orders.csv}}";
        let mysql =
            "{id: orders, component: mysql.extractor, mode: read, config: {connection: '@mysql.bench', table: source}}";
        let postgres = |more: &str| {
            format!(
                "{{id: load, component: postgres.writer, mode: write, needs: [orders], config: {{connection: \
                 '@postgres.bench', schema: bench, table: target{more}}}}}"
            )
        };
        let save = |of: &str| {
            format!(
                "{{id: save, component: filesystem.csv_writer, mode: write, needs: [{of}], config: {{path: out/out.csv}}}}"
            )
        };
        let query = |needs: &str, sql: &str| {
            format!(
                "{{id: query, component: sql.transform, mode: transform, needs: [{needs}], config: {{query: \"{sql}\"}}}}"
            )
        };
        let steps = match scenario.kind {
            Kind::CsvToPostgres => vec![csv.to_owned(), postgres("")],
            Kind::MysqlToPostgres => vec![mysql.to_owned(), postgres("")],
            Kind::Merge => vec![mysql.to_owned(), postgres(", write_mode: upsert, primary_key: id")],
            Kind::PostgresToCsv => vec![
                "{id: orders, component: postgres.extractor, mode: read, config: {connection: '@postgres.bench', schema: \
                 bench, table: source}}"
                    .to_owned(),
                save("orders"),
            ],
            Kind::CsvToMysql => vec![
                csv.to_owned(),
                "{id: load, component: mysql.writer, mode: write, needs: [orders], config: {connection: '@mysql.bench', \
                 table: target}}"
                    .to_owned(),
            ],
            Kind::Join => vec![
                csv.to_owned(),
                "{id: customers, component: filesystem.csv_extractor, mode: read, config: {path: data/customers.csv}}".to_owned(),
                query("orders, customers", JOIN),
                save("query"),
            ],
            Kind::Pass => vec![csv.to_owned(), query("orders", PASS), save("query")],
        };
        let steps: Vec<String> = steps.iter().map(|step| format!("  - {step}\n")).collect();
        format!("oml_version: '0.1.0'\nname: {}\nsteps:\n{}", scenario.name, steps.concat())
    }
}
