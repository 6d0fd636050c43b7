//! Codes of the document as a whole and its top.

use super::{RIGHT, error, warning};
use crate::diagnostic::Entry;

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        summary: "The text is not YAML at this place.",
        why: "What stands after the place is not read. What stands before it is checked all the same.",
        fix: "Mend the place that is shown; the message says what the reader stumbled over.",
        failing: document!("steps:", "  - {id: read-orders, component: filesystem.csv_extractor"),
        ..error("yaml-parse-error")
    },
    Entry {
        summary: "The document is empty, or holds no mapping.",
        why: "A pipeline is a mapping with oml_version, name and steps.",
        fix: "Write the three keys at the beginning of their lines.",
        failing: "- id: read-orders\n",
        ..error("invalid-type")
    },
    Entry {
        summary: "A key stands twice in one mapping.",
        why: "Only one of the two could count, and which is not visible.",
        fix: "Remove or rename one of them.",
        failing: document!("name: orders", concat!("steps:\n  - ", read!(), "\n  - ", write!())),
        ..error("duplicate-key")
    },
    Entry {
        summary: "`oml_version`, `name` or `steps` is missing.",
        why: "Every pipeline has all three.",
        fix: "Add it.",
        failing: concat!("name: daily-orders\nsteps:\n  - ", read!(), "\n  - ", write!(), "\n"),
        ..error("missing-required-key")
    },
    Entry {
        summary: "A key of another pipeline format: `version`, `connectors`, `tasks` or `outputs`.",
        why: "Such a document was written for another format, and the key would mean nothing.",
        fix: "Use what stands in its place here; `pipesmith oml migrate` turns old forms into OML 0.1.0.",
        failing: document!("version: 1", concat!("steps:\n  - ", read!(), "\n  - ", write!())),
        ..error("forbidden-key")
    },
    Entry {
        summary: "A key means nothing where it stands.",
        why: "It is often a misspelled one. Keys that begin with `x-` are free for notes.",
        fix: "Correct or remove it, or let it begin with `x-`.",
        failing: document!("descripton: paid ones", concat!("steps:\n  - ", read!(), "\n  - ", write!())),
        passing: document!("description: paid ones", concat!("steps:\n  - ", read!(), "\n  - ", write!())),
        ..warning("unknown-key")
    },
    Entry {
        summary: "`oml_version` is not text.",
        why: "Without quotes, YAML reads a version such as 0.1 as a number.",
        fix: "Put it in quotes: \"0.1.0\".",
        failing: concat!("oml_version: 0.1\nname: daily-orders\nsteps:\n  - ", read!(), "\n  - ", write!(), "\n"),
        ..error("invalid-version-type")
    },
    Entry {
        summary: "An OML version that is not known. Another 0.x is read as if it were 0.1.0, with a warning.",
        why: "What the document means could have changed between versions.",
        fix: "Write \"0.1.0\".",
        failing: concat!("oml_version: \"2.0\"\nname: daily-orders\nsteps:\n  - ", read!(), "\n  - ", write!(), "\n"),
        ..error("unsupported-version")
    },
    Entry {
        summary: "The pipeline's name is not text.",
        why: "A pipeline is found by its name. Numbers and dates need quotes to be text.",
        fix: "Put it in quotes, or give it another name.",
        failing: concat!("oml_version: \"0.1.0\"\nname: 2024\nsteps:\n  - ", read!(), "\n  - ", write!(), "\n"),
        ..error("invalid-name-type")
    },
    Entry {
        summary: "The pipeline's name is empty.",
        why: "A pipeline is found by its name.",
        fix: "Give it a name.",
        failing: concat!("oml_version: \"0.1.0\"\nname: \"\"\nsteps:\n  - ", read!(), "\n  - ", write!(), "\n"),
        ..error("empty-name")
    },
    Entry {
        summary: "The pipeline's name is not of lower-case letters, digits and hyphens.",
        why: "Folders and files are named after it.",
        fix: "Write it so.",
        failing: concat!("oml_version: \"0.1.0\"\nname: Daily Orders\nsteps:\n  - ", read!(), "\n  - ", write!(), "\n"),
        ..warning("naming-convention")
    },
    Entry {
        summary: "`steps` is not a list.",
        why: "Steps have an order, so they are items of a list.",
        fix: "Begin each step with `- id:`.",
        failing: document!("steps: {id: read-orders}"),
        ..error("invalid-steps-type")
    },
    Entry {
        summary: "There is no step.",
        why: "A pipeline has at least one step.",
        fix: "Add a step.",
        failing: document!("steps: []"),
        passing: RIGHT,
        ..error("empty-steps")
    },
    Entry {
        summary: "`pipesmith oml migrate` cannot turn this part of an old document into OML 0.1.0.",
        why: "OML 0.1.0 has nothing that means the same, and leaving it out would change the pipeline.",
        fix: "Change it by hand, or remove it.",
        failing: "version: 0.0.1\nname: daily-orders\nsources:\n  - {id: read-orders, type: tape}\n",
        ..error("not-migratable")
    },
    Entry {
        summary: "A secret stands in the document.",
        why: "The document is stored, shown and sent to a model; a secret in it is given away.",
        fix: "Put it into a connection, which takes it from the environment, and name that: `connection: \"@family.alias\"`.",
        failing: document!(
            "metadata: {api_token: x, password: swordfish}",
            concat!("steps:\n  - ", read!(), "\n  - ", write!())
        ),
        ..error("inline-secret")
    },
];
