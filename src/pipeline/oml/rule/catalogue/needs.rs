//! Codes of what steps need.

use super::{error, warning};
use crate::diagnostic::Entry;

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        summary: "`needs` is not a list.",
        why: "A step can need several steps.",
        fix: "Make it a list.",
        failing: steps!(
            read!(),
            "{id: write-orders, component: filesystem.csv_writer, mode: write, needs: read-orders, config: {path: out/orders.csv}}"
        ),
        passing: steps!(
            read!(),
            "{id: write-orders, component: filesystem.csv_writer, mode: write, needs: [read-orders], config: {path: out/orders.csv}}"
        ),
        ..error("invalid-needs-type")
    },
    Entry {
        summary: "An item of `needs` is not text.",
        why: "A step is named by its id.",
        fix: "Write the id of a step, in quotes if it looks like a number.",
        failing: steps!(
            read!(),
            "{id: write-orders, component: filesystem.csv_writer, mode: write, needs: [1], config: {path: out/orders.csv}}"
        ),
        ..error("invalid-dependency-type")
    },
    Entry {
        summary: "A step needs a step that there is not.",
        why: "It would wait for ever, or miss its rows.",
        fix: "Name a step that there is, or remove it.",
        failing: steps!(
            read!(),
            "{id: write-orders, component: filesystem.csv_writer, mode: write, needs: [read-order], config: {path: out/orders.csv}}"
        ),
        ..error("unknown-dependency")
    },
    Entry {
        summary: "A step stands twice in `needs`.",
        why: "Its rows come in once all the same.",
        fix: "Remove one of them.",
        failing: steps!(
            read!(),
            "{id: write-orders, component: filesystem.csv_writer, mode: write, needs: [read-orders, read-orders], config: {path: out/orders.csv}}"
        ),
        ..warning("duplicate-dependency")
    },
    Entry {
        summary: "Steps need each other in a circle.",
        why: "Each waits for the next, so none of them could begin.",
        fix: "Take one of them out of the needs of another.",
        failing: steps!(
            read!(),
            "{id: a, component: sql.transform, mode: transform, needs: [read-orders, b], config: {query: SELECT * FROM df_read_orders}}",
            "{id: b, component: sql.transform, mode: transform, needs: [a], config: {query: SELECT * FROM df_a}}",
            write!()
        ),
        ..error("dependency-cycle")
    },
    Entry {
        summary: "A write step has no input. A transform without one only gets a warning: its query can make rows.",
        why: "A write step writes the rows of a step that it needs.",
        fix: "Name the step whose rows it takes in `needs`.",
        failing: steps!(write!()),
        ..error("no-input")
    },
    Entry {
        summary: "A write step needs more than one step.",
        why: "It writes the rows of one step; of several, it would not be clear which.",
        fix: "Put them together in an SQL step, or write each with a step of its own.",
        failing: steps!(
            read!(),
            "{id: read-more, component: filesystem.csv_extractor, mode: read, config: {path: data/more.csv}}",
            "{id: write-orders, component: filesystem.csv_writer, mode: write, needs: [read-orders, read-more], config: {path: out/orders.csv}}"
        ),
        ..error("too-many-inputs")
    },
    Entry {
        summary: "A step takes the rows of a write step.",
        why: "A write step is an end. Without `needs`, a step takes the rows of the step before it.",
        fix: "Name the step whose rows it takes in `needs`.",
        failing: steps!(
            read!(),
            write!(),
            "{id: copy, component: filesystem.csv_writer, mode: write, config: {path: out/copy.csv}}"
        ),
        passing: steps!(
            read!(),
            write!(),
            "{id: copy, component: filesystem.csv_writer, mode: write, needs: [read-orders], config: {path: out/copy.csv}}"
        ),
        ..error("input-without-rows")
    },
    Entry {
        summary: "A read step needs another step.",
        why: "It takes no rows of other steps; `needs` only makes it wait for them.",
        fix: "Remove `needs`, unless it is meant to wait.",
        failing: steps!(
            read!(),
            write!(),
            "{id: again, component: filesystem.csv_extractor, mode: read, needs: [write-orders], config: {path: out/orders.csv}}",
            "{id: copy, component: filesystem.csv_writer, mode: write, config: {path: out/copy.csv}}"
        ),
        ..warning("unused-input")
    },
    Entry {
        summary: "Nobody takes the rows of a step.",
        why: "They are made and thrown away.",
        fix: "Write them with a write step, name the step in the needs of another, or remove it.",
        failing: steps!(
            "{id: read-more, component: filesystem.csv_extractor, mode: read, config: {path: data/more.csv}}",
            read!(),
            write!()
        ),
        ..warning("unused-step")
    },
    Entry {
        summary: "Two inputs of a query have tables of the same name.",
        why: "A table is named after its step, with `_` for what is no letter, digit or `_`, without regard to case. The second gets a piece of a hash at its end.",
        fix: "Rename one of the steps.",
        failing: steps!(
            "{id: a-b, component: filesystem.csv_extractor, mode: read, config: {path: data/a.csv}}",
            "{id: a.b, component: filesystem.csv_extractor, mode: read, config: {path: data/b.csv}}",
            "{id: both, component: sql.transform, mode: transform, needs: [a-b, a.b], config: {query: SELECT * FROM df_a_b}}",
            write!()
        ),
        ..warning("ambiguous-table")
    },
];
