//! Coming to a store whoever has it: this process, if it is free, else by way of the one that has it.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::owner::Note;
use super::remote::Remote;
use super::tree::Db;
use super::{Store, StoreError};
use crate::diagnostic::Diagnostic;
use crate::socket::greeting::{Absent, knock};
use crate::socket::{Connection, Purpose};

/// So long a store may be held by somebody who does not serve it: a verb that is about to end, a host that
/// is about to begin.
const PATIENCE: Duration = Duration::from_secs(3);
const AGAIN: Duration = Duration::from_millis(20);

/// Connects with the process that serves a store.
pub fn connect(path: &Path, purpose: Purpose) -> Result<Connection, Absent> {
    match Note::read(path).socket {
        Some(socket) => knock(path, &socket, purpose),
        None => Err(Absent::Nobody),
    }
}

impl Store {
    /// Opens the store, or reaches it over the socket of the process that has it.
    ///
    /// # Errors
    /// Those of [`Store::open`]; `store-held` only when the holder serves nobody; what the holder refuses with.
    pub fn reach(path: &Path) -> Result<Store, Diagnostic> {
        let end = Instant::now() + PATIENCE;
        loop {
            let held = match Store::open(path) {
                Err(diagnostic) if diagnostic.code == "store-held" => diagnostic,
                done => return done,
            };
            match Store::visit(path) {
                Ok(store) => return Ok(store),
                Err(Absent::Refused(diagnostic)) => return Err(*diagnostic),
                Err(Absent::Nobody) if Instant::now() < end => std::thread::sleep(AGAIN),
                Err(Absent::Nobody) => return Err(held),
            }
        }
    }

    /// The store, if it can be had at once.
    pub fn at_once(path: &Path) -> Option<Store> {
        Store::open(path).ok().or_else(|| Store::visit(path).ok())
    }

    /// Reaches the store over the socket of the host that is being started or found for a session. The store
    /// is left to that.
    ///
    /// # Errors
    /// `store-held` when nobody serves it for a while; what the holder refuses with.
    pub fn by_host(path: &Path) -> Result<Store, Diagnostic> {
        let end = Instant::now() + PATIENCE * 3;
        loop {
            match Store::visit(path) {
                Ok(store) => return Ok(store),
                Err(Absent::Refused(diagnostic)) => return Err(*diagnostic),
                Err(Absent::Nobody) if Instant::now() < end => std::thread::sleep(AGAIN),
                Err(Absent::Nobody) => return Err(super::owner::unserved(path)),
            }
        }
    }

    /// Reaches the store over the socket of the process that has it.
    pub fn visit(path: &Path) -> Result<Store, Absent> {
        connect(path, Purpose::Store).map(|connection| Store::over(connection, path))?.map_err(|_| Absent::Nobody)
    }

    /// The store at the other end of a connection that was made for it.
    ///
    /// # Errors
    /// The connection is lost.
    pub fn over(connection: Connection, path: &Path) -> Result<Store, StoreError> {
        Store::of(Db::Remote(Arc::new(Remote::new(path, connection.stream))), path)
    }
}
