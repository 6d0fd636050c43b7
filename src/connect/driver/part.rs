//! From a step of a manifest to something that reads or writes: which driver a component has, and what
//! it is made from.

use std::path::Path;

use serde_json::{Map, Value};

use super::flow::{Sink, Source};
use crate::connect::{Connection, Connections};
use crate::diagnostic::Diagnostic;

/// What a part of a run is made from.
#[derive(Clone, Copy)]
pub struct Setup<'a> {
    /// The step's id.
    pub step: &'a str,
    /// Its component, as the driver is known by it.
    pub component: &'static str,
    /// `read` or `write`.
    pub mode: &'a str,
    /// Its configuration, parameters put in and defaults added, checked against the contract.
    pub config: &'a Map<String, Value>,
    /// The workspace; relative paths start here.
    pub root: &'a Path,
    /// The connections that steps may name.
    pub connections: &'a Connections,
}

impl Setup<'_> {
    /// The path of the configuration: `steps[extract].config`.
    pub fn at(&self) -> String {
        format!("steps[{}].config", self.step)
    }

    /// The path of a key of the configuration.
    pub fn key(&self, key: &str) -> String {
        format!("steps[{}].config.{key}", self.step)
    }

    /// The connection that the step names; where it names none, the default one of the family.
    ///
    /// # Errors
    /// A connection that is not there or of another family.
    pub fn connection(&self, family: &str) -> Result<Option<&Connection>, Diagnostic> {
        let at = || self.key("connection");
        match self.config.get("connection").filter(|value| !value.is_null()) {
            None => Ok(None),
            Some(Value::String(reference)) => {
                let connection = self.connections.find(reference).map_err(|d| d.path(at()))?;
                if connection.family == family {
                    return Ok(Some(connection));
                }
                let message = format!("`{reference}` is not a connection of the family {family}");
                Err(Diagnostic::error("connection-family-mismatch", message)
                    .path(at())
                    .why(format!("`{}` works with a connection @{family}.…", self.component))
                    .fix(format!("use a connection @{family}.…")))
            }
            Some(_) => Err(Diagnostic::error("invalid-connection-ref", "`connection` is not a text")
                .path(at())
                .fix(format!("write @{family}.<alias>"))),
        }
    }

    /// The connection that a step of a server works with: the one that it names, with those of `fields` that
    /// the step gives itself in place of the connection's; where it names none, one made of these fields.
    ///
    /// # Errors
    /// As [`Setup::connection`].
    pub(crate) fn server(&self, family: &str, fields: &[&str]) -> Result<Connection, Diagnostic> {
        let given = |name: &&&str| self.config.get(**name).filter(|value| !value.is_null()).is_some();
        let own = fields.iter().filter(given).map(|name| ((*name).to_owned(), self.config[*name].clone())).collect();
        match self.connection(family)? {
            Some(connection) => Ok(connection.with_fields(own)),
            None => Ok(Connection::of_step(family, self.step, own, self.root)),
        }
    }
}

/// Something that reads or writes.
pub enum Part {
    /// It reads.
    Source(Box<dyn Source>),
    /// It writes.
    Sink(Box<dyn Sink>),
}

type Open = fn(&Setup<'_>) -> Result<Part, Vec<Diagnostic>>;

/// A driver of a component in one mode.
pub struct Driver {
    /// The component's name.
    pub component: &'static str,
    /// `read` or `write`.
    pub mode: &'static str,
    /// Makes the part from a step's configuration. It may look at files, but not at servers.
    pub open: Open,
}

/// Every driver that there is.
pub fn drivers() -> impl Iterator<Item = &'static Driver> {
    let systems = [
        super::csv::DRIVERS,
        super::postgres::DRIVERS,
        super::supabase::DRIVERS,
        super::mysql::DRIVERS,
        super::sqlite::DRIVERS,
        super::http::DRIVERS,
        super::json::DRIVERS,
        super::parquet::DRIVERS,
    ];
    systems.into_iter().flatten()
}
