//! Another tool at the same work, where the environment names its program: `BENCH_SLING`.

use std::path::PathBuf;
use std::process::Command;

use super::scenario::{Bench, Kind, Scenario};
use super::system::Server;

/// The program, if there is one to be measured.
pub fn sling() -> Option<PathBuf> {
    std::env::var_os("BENCH_SLING").map(PathBuf::from)
}

/// What it is told to do; nothing where it is not asked to.
pub fn command(bench: &Bench, scenario: &Scenario, program: &PathBuf) -> Option<Command> {
    let path = |name: &str| format!("file://{}", bench.folder.join(name).display());
    let (orders, out) = (path("data/orders.csv"), path("out/out.csv"));
    let mut words = vec!["run".to_owned()];
    let mut add = |more: &[&str]| words.extend(more.iter().map(|word| (*word).to_owned()));
    // Without it MariaDB's booleans are refused after all rows were moved.
    let truth = ["--columns", "{\"is_paid\": \"bool\"}"];
    match scenario.kind {
        Kind::CsvToPostgres => {
            add(&["--src-stream", &orders, "--src-options", "{\"empty_as_null\": true}", "--tgt-conn", "PG"]);
            add(&["--tgt-object", "bench.target", "--mode", "incremental", "--update-key", "id"]);
        }
        Kind::MysqlToPostgres => {
            add(&["--src-conn", "MY", "--src-stream", "pipesmith_bench.source", "--tgt-conn", "PG"]);
            add(&["--tgt-object", "bench.target", "--mode", "incremental", "--update-key", "id"]);
            add(&truth);
        }
        Kind::Merge => {
            add(&["--src-conn", "MY", "--src-stream", "pipesmith_bench.source", "--tgt-conn", "PG"]);
            add(&["--tgt-object", "bench.target", "--mode", "incremental", "--primary-key", "id"]);
            add(&truth);
        }
        Kind::PostgresToCsv => {
            add(&["--src-conn", "PG", "--src-stream", "bench.source", "--tgt-object", &out]);
        }
        Kind::CsvToMysql | Kind::Join | Kind::Pass => return None,
    }
    let mut command = Command::new(program);
    command.args(words).env("SLING_DISABLE_TELEMETRY", "true");
    command.env("PG", address("postgres", &bench.systems.postgres, "?sslmode=disable"));
    command.env("MY", address("mysql", &bench.systems.mysql, ""));
    Some(command)
}

fn address(scheme: &str, server: &Server, more: &str) -> String {
    let Server { user, password, host, port, database } = server;
    format!("{scheme}://{user}:{password}@{host}:{port}/{database}{more}")
}
