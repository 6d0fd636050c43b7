//! Codes of a step's configuration.

use super::{error, warning};
use crate::diagnostic::Entry;

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        summary: "`config` is not a mapping.",
        why: "A configuration holds options by name.",
        fix: "Write `config:` and below it `option: value`, one a line.",
        failing: steps!(
            "{id: read-orders, component: filesystem.csv_extractor, mode: read, config: data/orders.csv}",
            write!()
        ),
        ..error("invalid-config-type")
    },
    Entry {
        summary: "The component has no such option.",
        why: "It would be ignored, and what was meant would not happen.",
        fix: "Use an option of the component; `pipesmith components show NAME` lists them.",
        failing: steps!(
            "{id: read-orders, component: filesystem.csv_extractor, mode: read, config: {path: data/orders.csv, delimeter: \";\"}}",
            write!()
        ),
        passing: steps!(
            "{id: read-orders, component: filesystem.csv_extractor, mode: read, config: {path: data/orders.csv, delimiter: \";\"}}",
            write!()
        ),
        ..error("unknown-config-key")
    },
    Entry {
        summary: "A required option is missing.",
        why: "The component cannot work without it, and neither the step nor its connection gives it.",
        fix: "Add it, or name a connection that provides it.",
        failing: steps!(
            "{id: read-orders, component: filesystem.csv_extractor, mode: read, config: {limit: 5}}",
            write!()
        ),
        ..error("missing-config-key")
    },
    Entry {
        summary: "An option's value does not fit the contract: its type, allowed values, range, length or pattern.",
        why: "The component would refuse it, or do something else than what was meant.",
        fix: "Give a value that the message names.",
        failing: steps!(
            "{id: read-orders, component: filesystem.csv_extractor, mode: read, config: {path: data/orders.csv, limit: \"5\"}}",
            write!()
        ),
        passing: steps!(
            "{id: read-orders, component: filesystem.csv_extractor, mode: read, config: {path: data/orders.csv, limit: 5}}",
            write!()
        ),
        ..error("invalid-config-value")
    },
    Entry {
        summary: "Options that depend on each other do not go together.",
        why: "The contract has a condition: when one option is so, another has to be.",
        fix: "Add or change the option that the message names, or the one that asks for it.",
        failing: steps!(
            read!(),
            "{id: push, component: shop.writer, mode: write, config: {table: orders, retries: 3}}"
        ),
        passing: steps!(
            read!(),
            "{id: push, component: shop.writer, mode: write, config: {table: orders, retries: 3, batch_size: 100}}"
        ),
        ..error("config-constraint")
    },
    Entry {
        summary: "Rows are to be replaced or updated, and no `primary_key` says which belong together.",
        why: "Rows that are there already are found by their key.",
        fix: "Name the column, or the columns, that tell rows apart, or write `append`.",
        failing: steps!(
            read!(),
            "{id: push, component: shop.writer, mode: write, config: {table: orders, write_mode: upsert}}"
        ),
        passing: steps!(
            read!(),
            "{id: push, component: shop.writer, mode: write, config: {table: orders, write_mode: upsert, primary_key: id}}"
        ),
        ..error("missing-required-field")
    },
    Entry {
        summary: "A way of writing that is not known, where the contract lists none.",
        why: "The ways of writing are append, replace, truncate and upsert.",
        fix: "Use one of them.",
        failing: steps!(
            read!(),
            "{id: push, component: shop.writer, mode: write, config: {table: orders, write_mode: overwrite}}"
        ),
        passing: steps!(
            read!(),
            "{id: push, component: shop.writer, mode: write, config: {table: orders, write_mode: append}}"
        ),
        ..warning("unknown-write-mode")
    },
    Entry {
        summary: "An encoding that is not known, where the contract lists none.",
        why: "Text that is written in another encoding than it is read in is garbled.",
        fix: "Use utf-8, utf-16, ascii, latin-1 or iso-8859-1.",
        failing: steps!(
            read!(),
            "{id: push, component: shop.writer, mode: write, config: {table: orders, encoding: utf-9}}"
        ),
        passing: steps!(
            read!(),
            "{id: push, component: shop.writer, mode: write, config: {table: orders, encoding: utf-8}}"
        ),
        ..warning("unsupported-encoding")
    },
    Entry {
        summary: "A connection is not named as `@family.alias`.",
        why: "That is how the connections file names them.",
        fix: "Write the `@`, the family, a dot and the alias, in quotes.",
        failing: steps!(
            "{id: read-orders, component: filesystem.csv_extractor, mode: read, config: {connection: filesystem.local, path: data/orders.csv}}",
            write!()
        ),
        passing: steps!(
            "{id: read-orders, component: filesystem.csv_extractor, mode: read, config: {connection: \"@filesystem.local\", path: data/orders.csv}}",
            write!()
        ),
        ..error("invalid-connection-ref")
    },
    Entry {
        summary: "There is no such connection.",
        why: "The connections file of the project does not have it.",
        fix: "Add it to the project's connections, or use one that there is.",
        failing: steps!(
            "{id: read-orders, component: filesystem.csv_extractor, mode: read, config: {connection: \"@filesystem.nowhere\", path: data/orders.csv}}",
            write!()
        ),
        passing: steps!(
            "{id: read-orders, component: filesystem.csv_extractor, mode: read, config: {connection: \"@filesystem.local\", path: data/orders.csv}}",
            write!()
        ),
        ..error("unknown-connection")
    },
    Entry {
        summary: "A connection of another family than the component's.",
        why: "A component takes connections of the family that its name begins with.",
        fix: "Use a connection of that family, or another component.",
        failing: steps!(
            "{id: read-orders, component: filesystem.csv_extractor, mode: read, config: {connection: \"@shop.main\", path: data/orders.csv}}",
            write!()
        ),
        passing: steps!(
            "{id: read-orders, component: filesystem.csv_extractor, mode: read, config: {connection: \"@filesystem.local\", path: data/orders.csv}}",
            write!()
        ),
        ..error("connection-mismatch")
    },
    Entry {
        summary: "A step gives an option that only its connection may give.",
        why: "Such options say who connects; they belong in one place, outside the document.",
        fix: "Remove it from the step.",
        failing: steps!(
            read!(),
            "{id: push, component: shop.writer, mode: write, config: {connection: \"@shop.main\", table: orders, password: \"${params.p}\"}}"
        ),
        passing: steps!(
            read!(),
            "{id: push, component: shop.writer, mode: write, config: {connection: \"@shop.main\", table: orders}}"
        ),
        ..error("forbidden-override")
    },
    Entry {
        summary: "A step gives an option that its connection should give.",
        why: "The contract allows it, and wants it seen.",
        fix: "Remove it from the step, unless it is meant.",
        failing: steps!(
            read!(),
            "{id: push, component: shop.writer, mode: write, config: {connection: \"@shop.main\", table: orders, region: eu}}"
        ),
        passing: steps!(
            read!(),
            "{id: push, component: shop.writer, mode: write, config: {connection: \"@shop.main\", table: orders}}"
        ),
        ..warning("override-warning")
    },
];
