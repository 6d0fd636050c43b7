//! Codes of reading only what came since the last run.

use super::error;
use crate::diagnostic::Entry;

/// A table that is read and written.
macro_rules! copied {
    ($read:literal, $incremental:literal, $write:literal) => {
        steps!(
            concat!(
                "{id: read-orders, component: postgres.extractor, mode: read, config: {connection: \"@postgres.shop\", table: orders",
                $read,
                "}, incremental: ",
                $incremental,
                "}"
            ),
            concat!("{id: write-orders, component: sqlite.writer, mode: write, config: {path: out/shop.db, table: orders", $write, "}}")
        )
    };
}

/// The same from a connection that discovery has looked at.
macro_rules! of_shop {
    ($incremental:literal) => {
        steps!(
            concat!(
                "{id: read-orders, component: postgres.extractor, mode: read, config: {connection: \"@postgres.shop\", table: orders}, incremental: ",
                $incremental,
                "}"
            ),
            write!()
        )
    };
}

/// A table of that connection that is written.
macro_rules! into_shop {
    ($key:literal) => {
        steps!(
            read!(),
            concat!(
                "{id: write-orders, component: postgres.writer, mode: write, config: {connection: \"@postgres.shop\", table: orders, write_mode: upsert, primary_key: [",
                $key,
                "]}}"
            )
        )
    };
}

const RIGHT: &str = copied!("", "{cursor: updated_at}", ", write_mode: upsert, primary_key: [id]");

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        summary: "`incremental` has a key or a value that can't be.",
        why: "It names the column that grows (`cursor`), and may say where the first read begins (`start`), how far to look back (`lag`), whether rows with the last value come again (`boundary`) and what becomes of NULL (`nulls`).",
        fix: "Correct or remove it.",
        failing: copied!("", "{column: updated_at}", ", write_mode: upsert, primary_key: [id]"),
        passing: RIGHT,
        ..error("invalid-incremental")
    },
    Entry {
        summary: "A step that can't read incrementally has `incremental`.",
        why: "Steps that read PostgreSQL, MySQL or SQLite can: they are asked for rows with greater values.",
        fix: "Remove it, or put it on the step that reads the database.",
        failing: steps!(
            "{id: read-orders, component: filesystem.csv_extractor, mode: read, config: {path: data/orders.csv}, incremental: {cursor: id}}",
            write!()
        ),
        passing: RIGHT,
        ..error("incremental-unsupported")
    },
    Entry {
        summary: "A step that reads incrementally has `limit` or `offset`.",
        why: "Rows that are cut off would never be read.",
        fix: "Remove it. `pipesmith run --limit` is for trying: it leaves the state as it is.",
        failing: copied!(", limit: 100", "{cursor: updated_at}", ", write_mode: upsert, primary_key: [id]"),
        passing: RIGHT,
        ..error("incremental-limit")
    },
    Entry {
        summary: "The column of `cursor` is not there.",
        why: "Discovery knows the table's columns.",
        fix: "Correct the name; `pipesmith discover --refresh` looks again.",
        failing: of_shop!("{cursor: updated}"),
        passing: of_shop!("{cursor: updated_at}"),
        ..error("unknown-cursor-column")
    },
    Entry {
        summary: "The table that is written to has no such column.",
        why: "Discovery knows the table's columns; the write would be refused before a row moves.",
        fix: "Correct the name, leave the column out, or set `on_schema_change`; `pipesmith discover --refresh` looks again.",
        failing: into_shop!("idd"),
        passing: into_shop!("id"),
        ..error("unknown-target-column")
    },
    Entry {
        summary: "Rows of an incremental read are written in a way that doubles or loses rows.",
        why: "Rows with the last value come again, so that none is lost: a key tells them from new ones. And only new rows come, so that replacing would lose the others.",
        fix: "Use `write_mode: upsert` with `primary_key`; with `boundary: exclusive`, for a column whose values never come twice, append is right too.",
        failing: copied!("", "{cursor: updated_at}", ""),
        passing: copied!("", "{cursor: id, boundary: exclusive}", ""),
        ..error("incremental-write")
    },
];
