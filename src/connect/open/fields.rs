//! A connection's fields as they are used: resolved, once, with the secrets among them remembered so that
//! none gets into an error.

use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::OpenFailure;
use crate::connect::{Connection, looks_secret};

/// The longest time that a connection may ask for.
const MAX_SECONDS: u64 = 600;

/// The fields of one connection.
pub(super) struct Fields<'a> {
    connection: &'a Connection,
    secrets: Vec<SecretString>,
}

impl<'a> Fields<'a> {
    pub(super) fn of(connection: &'a Connection) -> Fields<'a> {
        Fields { connection, secrets: Vec::new() }
    }

    /// Everything that must not be said.
    pub(super) fn secrets(&self) -> &[SecretString] {
        &self.secrets
    }

    /// The same, to be kept.
    pub(super) fn into_secrets(self) -> Vec<SecretString> {
        self.secrets
    }

    /// A value that must not be said either, e.g. the password inside of a DSN.
    pub(super) fn keep_secret(&mut self, secret: &SecretString) {
        self.secrets.push(secret.clone());
    }

    /// The first of these fields that the connection has and that is not empty.
    pub(super) fn secret(&mut self, names: &[&str]) -> Result<Option<SecretString>, OpenFailure> {
        for name in names {
            let value = self.connection.resolve(name).map_err(|p| OpenFailure::unresolved(self.connection, p))?;
            let Some(value) = value.filter(|value| !value.expose_secret().is_empty()) else { continue };
            if looks_secret(name) {
                self.secrets.push(value.clone());
            }
            return Ok(Some(value));
        }
        Ok(None)
    }

    /// The same of fields that are no secrets.
    pub(super) fn text(&mut self, names: &[&str]) -> Result<Option<String>, OpenFailure> {
        Ok(self.secret(names)?.map(|value| value.expose_secret().to_owned()))
    }

    /// A port.
    pub(super) fn port(&mut self) -> Result<Option<u16>, OpenFailure> {
        let Some(text) = self.text(&["port"])? else { return Ok(None) };
        match text.trim().parse::<u16>() {
            Ok(port) if port > 0 => Ok(Some(port)),
            _ => Err(self.wrong("port", "`port` is not a number from 1 to 65535", "write the server's port")),
        }
    }

    /// A number of seconds.
    pub(super) fn seconds(&mut self, name: &'static str) -> Result<Option<Duration>, OpenFailure> {
        let Some(text) = self.text(&[name])? else { return Ok(None) };
        match text.trim().parse::<u64>() {
            Ok(seconds) if (1..=MAX_SECONDS).contains(&seconds) => Ok(Some(Duration::from_secs(seconds))),
            _ => Err(self.wrong(
                name,
                &format!("`{name}` is not a number of seconds from 1 to {MAX_SECONDS}"),
                "write seconds",
            )),
        }
    }

    /// A file, relative to the workspace.
    pub(super) fn file(&mut self, names: &[&str], root: &Path) -> Result<Option<PathBuf>, OpenFailure> {
        Ok(self.text(names)?.map(|file| root.join(file)))
    }

    /// A field that can't be understood. The message must not hold its value.
    pub(super) fn wrong(&self, field: &str, message: &str, fix: &str) -> OpenFailure {
        OpenFailure::field(self.connection, field, message.to_owned(), fix)
    }
}
