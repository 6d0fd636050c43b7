//! Codes of steps.

use super::error;
use crate::diagnostic::Entry;

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        summary: "A step is not a mapping.",
        why: "A step has at least id, component and mode.",
        fix: "Write the step with its keys.",
        failing: steps!(read!(), "write-orders"),
        ..error("invalid-step-type")
    },
    Entry {
        summary: "A step has no `id`, `component` or `mode`.",
        why: "Every step has all three.",
        fix: "Add it.",
        failing: steps!(
            "{id: read-orders, component: filesystem.csv_extractor, config: {path: data/orders.csv}}",
            write!()
        ),
        ..error("missing-step-field")
    },
    Entry {
        summary: "An id is not text.",
        why: "Other steps name it in `needs`. Numbers and dates need quotes to be text.",
        fix: "Put it in quotes.",
        failing: steps!(
            "{id: 1, component: filesystem.csv_extractor, mode: read, config: {path: data/orders.csv}}",
            write!()
        ),
        ..error("invalid-id-type")
    },
    Entry {
        summary: "An id is empty.",
        why: "Other steps name it in `needs`.",
        fix: "Give the step an id.",
        failing: steps!(
            "{id: \"\", component: filesystem.csv_extractor, mode: read, config: {path: data/orders.csv}}",
            write!()
        ),
        ..error("empty-id")
    },
    Entry {
        summary: "An id that cannot name a file.",
        why: "Files and tables are named after it: no `/`, `\\`, `:` or control character, no dot at its beginning, at most 128 bytes.",
        fix: "Use letters, digits, `-` and `_`.",
        failing: steps!(
            "{id: ../orders, component: filesystem.csv_extractor, mode: read, config: {path: data/orders.csv}}",
            write!()
        ),
        ..error("invalid-id")
    },
    Entry {
        summary: "Two steps have the same id.",
        why: "A step is known by its id.",
        fix: "Give one of them another id.",
        failing: steps!(read!(), read!(), write!()),
        ..error("duplicate-id")
    },
    Entry {
        summary: "A component is not text.",
        why: "A component is known by its name.",
        fix: "Write the name of a component; `pipesmith components list` shows them.",
        failing: steps!("{id: read-orders, component: 5, mode: read, config: {path: data/orders.csv}}", write!()),
        ..error("invalid-component-type")
    },
    Entry {
        summary: "There is no such component.",
        why: "Without its contract, nothing in the step could be checked, and nothing could run it.",
        fix: "Use a component that there is, or add its contract to the project's components.",
        failing: steps!(
            "{id: read-orders, component: filesystem.csv_reader, mode: read, config: {path: data/orders.csv}}",
            write!()
        ),
        ..error("unknown-component")
    },
    Entry {
        summary: "A mode is not text.",
        why: "YAML reads words such as `on` and `no` as booleans.",
        fix: "Write read, transform or write.",
        failing: steps!(
            "{id: read-orders, component: filesystem.csv_extractor, mode: on, config: {path: data/orders.csv}}",
            write!()
        ),
        ..error("invalid-mode-type")
    },
    Entry {
        summary: "There is no such mode.",
        why: "The modes are read, transform and write.",
        fix: "Write one of them.",
        failing: steps!(
            "{id: read-orders, component: filesystem.csv_extractor, mode: extract, config: {path: data/orders.csv}}",
            write!()
        ),
        ..error("invalid-mode")
    },
    Entry {
        summary: "The component cannot do what the mode asks for.",
        why: "The contract of a component lists what it can do.",
        fix: "Write a mode of the component, or use another component.",
        failing: steps!(
            "{id: read-orders, component: filesystem.csv_writer, mode: read, config: {path: data/orders.csv}}",
            write!()
        ),
        ..error("incompatible-mode")
    },
];
