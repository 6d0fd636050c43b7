//! PostgreSQL as a source and as a sink: a real server, through the local engine.

mod contract;
mod modes;
mod reading;
mod rejects;
mod types;

use std::path::Path;

use pipesmith::pipeline::compile::ManifestStep;
use pipesmith::pipeline::run::RunOutcome;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::databases::Postgres;
use crate::engine::{Ran, job, run, step};

/// A workspace with a connection `@postgres.db` to a database of its own.
pub struct Bench {
    pub db: Postgres,
    pub dir: TempDir,
}

impl Bench {
    pub async fn new() -> Bench {
        let db = Postgres::new().await;
        let dir = tempfile::tempdir().unwrap();
        let file = format!("version: 1\nconnections: {{postgres: {{db: {{{}}}}}}}\n", db.fields());
        std::fs::write(dir.path().join("pipesmith_connections.yaml"), file).unwrap();
        Bench { db, dir }
    }

    pub fn root(&self) -> &Path {
        self.dir.path()
    }

    pub async fn run(&self, steps: Vec<ManifestStep>) -> Ran {
        run(job(self.root(), steps)).await
    }

    /// Writes a CSV text to a table.
    pub async fn load(&self, csv: &str, config: Value) -> Ran {
        std::fs::write(self.root().join("in.csv"), csv).unwrap();
        self.run(vec![crate::engine::read("in", "in.csv"), to(config, "in")]).await
    }

    /// Reads into a CSV text.
    pub async fn dump(&self, config: Value) -> Result<String, Ran> {
        let ran = self.run(vec![from(config), crate::engine::write("out", "from", "out.csv")]).await;
        match ran.outcome {
            RunOutcome::Succeeded => Ok(std::fs::read_to_string(self.root().join("out.csv")).unwrap()),
            _ => Err(ran),
        }
    }
}

fn with_connection(mut config: Value) -> Value {
    config["connection"] = "@postgres.db".into();
    config
}

pub fn from(config: Value) -> ManifestStep {
    step("from", "postgres.extractor", &[], with_connection(config))
}

pub fn to(config: Value, need: &str) -> ManifestStep {
    step("to", "postgres.writer", &[need], with_connection(config))
}

#[track_caller]
pub fn succeeded(ran: &Ran) {
    assert_eq!(ran.outcome, RunOutcome::Succeeded, "{:#?}", ran.facts);
}

pub fn table(name: &str) -> Value {
    json!({"table": name})
}
