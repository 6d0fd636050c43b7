//! Codes of the checks of a step's rows.

use super::error;
use crate::diagnostic::Entry;

/// A read step with these checks.
macro_rules! checked {
    ($expect:literal) => {
        steps!(
            concat!(
                "{id: read-orders, component: filesystem.csv_extractor, mode: read, config: {path: data/orders.csv, columns: [id, status]}, expect: ",
                $expect,
                "}"
            ),
            write!()
        )
    };
}

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        summary: "`expect` is not a list of checks.",
        why: "Each item of the list is a mapping that says what is checked, and of which columns.",
        fix: "Write a list of mappings, at most 100.",
        failing: checked!("{not_null: id}"),
        passing: checked!("[{check: not_null, column: id}]"),
        ..error("invalid-expect")
    },
    Entry {
        summary: "There is no such check.",
        why: "The checks are not_null, unique, accepted_values, row_count, freshness, range, pattern and sql.",
        fix: "Use one of them; `sql` checks whatever a query can find.",
        failing: checked!("[{check: positive, column: id}]"),
        passing: checked!("[{check: range, column: id, min: 0}]"),
        ..error("unknown-check")
    },
    Entry {
        summary: "A check lacks a key that it needs.",
        why: "Without it there is nothing to check.",
        fix: "Add the key.",
        failing: checked!("[{check: accepted_values, column: status}]"),
        passing: checked!("[{check: accepted_values, column: status, values: [open, paid]}]"),
        ..error("missing-check-key")
    },
    Entry {
        summary: "A check has a key that means nothing to it.",
        why: "What was meant by it would not be checked.",
        fix: "Correct or remove it; keys that begin with `x-` are free for notes.",
        failing: checked!("[{check: not_null, column: id, min: 1}]"),
        passing: checked!("[{check: not_null, column: id}]"),
        ..error("unknown-check-key")
    },
    Entry {
        summary: "A value of a check can't be what it is for.",
        why: "The check could not be made with it: a number that is none, a duration, a regular expression.",
        fix: "Correct the value.",
        failing: checked!("[{check: freshness, column: status, within: soon}]"),
        passing: checked!("[{check: freshness, column: status, within: 24h}]"),
        ..error("invalid-check-value")
    },
    Entry {
        summary: "A check that looks at all rows together can't quarantine.",
        why: "No single row is the one to take out: row_count, freshness and sql judge the whole, and of the rows with one key unique does not know the right one.",
        fix: "Use fail or warn.",
        failing: checked!("[{check: row_count, min: 1, severity: quarantine}]"),
        passing: checked!("[{check: row_count, min: 1, severity: warn}]"),
        ..error("quarantine-table-check")
    },
    Entry {
        summary: "A check names a column that the rows do not have.",
        why: "The columns are those that the step that reads them lists.",
        fix: "Correct the name, or read the column.",
        failing: checked!("[{check: not_null, column: ident}]"),
        passing: checked!("[{check: not_null, column: id}]"),
        ..error("unknown-check-column")
    },
];
