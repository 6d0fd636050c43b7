//! Codes of queries.

use super::error;
use crate::diagnostic::Entry;

const PAID: &str = steps!(read!(), sql!("SELECT * FROM df_read_orders WHERE state = 'paid'"), write!());

/// A read step that lists its columns.
macro_rules! two {
    () => {
        "{id: read-orders, component: filesystem.csv_extractor, mode: read, config: {path: data/orders.csv, columns: [order_id, amount]}}"
    };
}

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
    Entry {
        summary: "A query names a column that its input does not hand on.",
        why: "The step that it needs lists its columns. Only queries of one SELECT over one such input are looked at; the engine has the last word on the others.",
        fix: "Correct the name, or add the column to the step that reads it.",
        failing: steps!(two!(), sql!("SELECT order_id, amuont FROM df_read_orders"), write!()),
        passing: steps!(two!(), sql!("SELECT order_id, amount FROM df_read_orders"), write!()),
        ..error("unknown-sql-column")
    },
];
