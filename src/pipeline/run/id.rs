//! The id of a run.

use std::sync::{Mutex, PoisonError};

use ulid::{Generator, Ulid};

static GENERATOR: Mutex<Generator> = Mutex::new(Generator::new());

/// A new id: a ULID in lower case. Ids sort in the order in which one process made them, and in time
/// order across processes.
pub fn new_run_id() -> String {
    // A poisoned generator has at worst skipped an id.
    let mut generator = GENERATOR.lock().unwrap_or_else(PoisonError::into_inner);
    // Only after 2^80 ids in one millisecond is there no next one; a fresh id is still unique then.
    let id = generator.generate().unwrap_or_else(|_| Ulid::generate());
    id.to_string().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_sort_in_time_order() {
        let ids: Vec<String> = (0..2000).map(|_| new_run_id()).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(ids.iter().all(|id| id.len() == 26));
    }
}
