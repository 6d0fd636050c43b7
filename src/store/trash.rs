//! Deleted sessions: when they were deleted, and their removal for good.

use std::sync::atomic::Ordering;

use super::{Batch, Store, StoreError, session_prefix};

/// Entries removed together.
const BATCH: usize = 4096;

impl Store {
    /// When sessions were deleted, milliseconds since 1970.
    pub fn trash(&self) -> impl Iterator<Item = Result<(String, i64), StoreError>> + use<> {
        self.trash.iter().map(|entry| {
            let (key, value) = entry?;
            let deleted_ms = value.as_ref().try_into().map_or(i64::MAX, i64::from_be_bytes);
            Ok((String::from_utf8_lossy(&key).into_owned(), deleted_ms))
        })
    }

    /// Marks a session as deleted. On disk when this returns.
    pub fn put_trash(&self, session: &str, deleted_ms: i64) -> Result<(), StoreError> {
        self.trash.insert(session.as_bytes(), deleted_ms.to_be_bytes())?;
        self.revision.fetch_add(1, Ordering::Relaxed);
        self.flush()
    }

    /// Takes the mark away.
    pub fn take_trash(&self, session: &str) -> Result<(), StoreError> {
        self.trash.remove(session.as_bytes())?;
        self.revision.fetch_add(1, Ordering::Relaxed);
        self.flush()
    }

    /// Removes a session for good: its events first, so that one that is removed in part is still in the
    /// trash.
    pub fn remove_session(&self, session: &str) -> Result<(), StoreError> {
        loop {
            let keys: Vec<_> = self.events.scan_prefix(&session_prefix(session)).take(BATCH).collect();
            if keys.is_empty() {
                break;
            }
            let mut batch = Batch::default();
            for key in keys {
                batch.remove(key?.0.to_vec());
            }
            self.events.apply_batch(batch)?;
        }
        self.sessions.remove(session.as_bytes())?;
        self.trash.remove(session.as_bytes())?;
        self.revision.fetch_add(1, Ordering::Relaxed);
        self.flush()
    }
}
