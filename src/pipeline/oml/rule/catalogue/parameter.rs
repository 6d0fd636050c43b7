//! Codes of parameters.

use super::{error, warning};
use crate::diagnostic::Entry;

macro_rules! limited {
    ($params:literal, $limit:literal) => {
        document!(
            concat!("params: ", $params),
            "steps:",
            concat!("  - {id: read-orders, component: filesystem.csv_extractor, mode: read, config: {path: data/orders.csv, limit: \"", $limit, "\"}}"),
            concat!("  - ", write!())
        )
    };
}

const LIMITED: &str = limited!("{rows: {type: integer, default: 100}}", "${params.rows}");

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        summary: "A parameter contradicts itself: a type that there is not, or a value that is not of its type or not among its `enum`.",
        why: "A value that cannot be meant is better found here than in a run.",
        fix: "Change the value or the declaration.",
        failing: limited!("{rows: {type: integer, default: many}}", "${params.rows}"),
        passing: LIMITED,
        ..error("invalid-parameter")
    },
    Entry {
        summary: "A reference to a parameter that is not declared, or a value for one. In a profile it is a warning.",
        why: "Nothing could give it a value.",
        fix: "Declare it under `params`, or correct the name.",
        failing: limited!("{rows: {type: integer, default: 100}}", "${params.row}"),
        passing: LIMITED,
        ..error("unknown-parameter")
    },
    Entry {
        summary: "A parameter that is referred to has no value when the document is compiled.",
        why: "It has no default, and neither the profile, the environment nor the command line gives one.",
        fix: "Give `--param name=value`, or a default.",
        failing: limited!("{rows: {type: integer}}", "${params.rows}"),
        passing: LIMITED,
        ..error("missing-parameter")
    },
    Entry {
        summary: "The profile that is asked for is none of the document's.",
        why: "A slip in its name would otherwise compile the pipeline with the values of no profile.",
        fix: "Ask for one of its profiles, or add it.",
        failing: document!(
            "profiles: {production: {steps: {read-orders: {config: {limit: 9}}}}}",
            concat!("steps:\n  - ", read!(), "\n  - ", write!())
        ),
        passing: document!(
            "profiles: {prod: {steps: {read-orders: {config: {limit: 9}}}}}",
            concat!("steps:\n  - ", read!(), "\n  - ", write!())
        ),
        ..error("unknown-profile")
    },
    Entry {
        summary: "A profile speaks of a step that there is not.",
        why: "What it says would change nothing.",
        fix: "Name a step that there is, or remove it.",
        failing: document!(
            "profiles: {prod: {steps: {read-order: {config: {limit: 9}}}}}",
            concat!("steps:\n  - ", read!(), "\n  - ", write!())
        ),
        passing: document!(
            "profiles: {prod: {steps: {read-orders: {config: {limit: 9}}}}}",
            concat!("steps:\n  - ", read!(), "\n  - ", write!())
        ),
        ..error("unknown-profile-step")
    },
    Entry {
        summary: "Nothing refers to a parameter.",
        why: "A value refers to it by `${params.name}`; giving it another value changes nothing.",
        fix: "Remove it, or refer to it.",
        failing: document!("params: {rows: 100}", concat!("steps:\n  - ", read!(), "\n  - ", write!())),
        passing: LIMITED,
        ..warning("unused-parameter")
    },
    Entry {
        summary: "`${…}` that is no reference to a parameter.",
        why: "Only `${params.name}` is replaced. Variables of the environment belong into connections.",
        fix: "Refer to a parameter, or write the value.",
        failing: document!("description: \"as of ${DAY}\"", concat!("steps:\n  - ", read!(), "\n  - ", write!())),
        ..warning("unknown-template")
    },
];
