//! Codes of queries.

use super::error;
use crate::diagnostic::Entry;

const PAID: &str = steps!(read!(), sql!("SELECT * FROM df_read_orders WHERE state = 'paid'"), write!());

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        summary: "A query cannot be read.",
        why: "Something is opened and not closed, a clause lacks its words, or a keyword is misspelled. Only what is certain is reported; the engine's parser has the last word.",
        fix: "Mend the query at the place that is shown.",
        failing: steps!(read!(), sql!("SELECT * FROM df_read_orders WERE state = 'paid'"), write!()),
        passing: PAID,
        ..error("sql-syntax")
    },
    Entry {
        summary: "A query takes rows from a table that the step does not have.",
        why: "The tables of a query are those of the steps that it needs: `df_` and the id, with `_` for every other sign; also the id itself in quotes, and `input_df` with exactly one input.",
        fix: "Correct the name, or add the step to `needs`.",
        failing: steps!(read!(), sql!("SELECT * FROM df_orders"), write!()),
        passing: PAID,
        ..error("unknown-sql-table")
    },
];
