//! The codes of this room, for `pipesmith explain` and the reference: those that a spec shows, each with one
//! that has it and one that does not (a test checks both), and those that take folders.

use crate::diagnostic::{Brief, Entry, Severity};

/// A spec whose option is described by `$table`, with these lines after it.
macro_rules! spec {
    (table: $table:literal $(, $line:literal)* $(,)?) => {
        concat!(
            "name: shop.writer\nversion: 1.0.0\nmodes: [write]\ncapabilities: {}\nconfigSchema:\n",
            "  type: object\n  properties:\n    table: ", $table, "\n", $($line, "\n"),*
        )
    };
    ($($line:literal),* $(,)?) => { spec!(table: "{type: string}", $($line),*) };
}

const fn error(code: &'static str) -> Entry {
    Entry { code, severity: Severity::Error, summary: "", why: "", fix: "", failing: "", passing: spec!() }
}

/// The codes of a spec alone, in their order.
pub const ENTRIES: &[Entry] = &[
    Entry {
        summary: "The configSchema of a spec is not a JSON Schema (2020-12).",
        why: "A step's `config` is checked by it; with a schema that means nothing, nothing would be checked.",
        fix: "Mend the schema; each type is one of string, integer, number, boolean, array, object, null.",
        failing: spec!(table: "{type: strng}"),
        ..error("invalid-config-schema")
    },
    Entry {
        summary: "What a constraint of a spec wants of an option is not a JSON Schema.",
        why: "The constraint could not be checked.",
        fix: "Give a value, null, or a JSON Schema such as `{minLength: 1}`.",
        failing: spec!(
            "    query: {type: string}",
            "constraints:",
            "  required:",
            "    - {when: {query: null}, must: {table: {minLength: one}}, error: give a table or a query}",
        ),
        passing: spec!(
            "    query: {type: string}",
            "constraints:",
            "  required:",
            "    - {when: {query: null}, must: {table: {minLength: 1}}, error: give a table or a query}",
        ),
        ..error("invalid-constraint")
    },
    Entry {
        summary: "The default of an option is no value that the option can have.",
        why: "A step that leaves the option out would get a value that a step may not write.",
        fix: "Correct the default, or the option's type or range.",
        failing: spec!("    batch_size: {type: integer, minimum: 1, default: 0}"),
        passing: spec!("    batch_size: {type: integer, minimum: 1, default: 500}"),
        ..error("invalid-default")
    },
    Entry {
        summary: "An example of a spec is refused by the spec itself.",
        why: "People and models copy examples.",
        fix: "Correct the example, or what it breaks.",
        failing: spec!(
            "examples:",
            "  - {title: A table, config: {table: 7}}",
            "  - {title: Another, config: {table: b}}"
        ),
        passing: spec!(
            "examples:",
            "  - {title: A table, config: {table: a}}",
            "  - {title: Another, config: {table: b}}"
        ),
        ..error("invalid-example")
    },
    Entry {
        summary: "A spec does not have the form of a spec.",
        why: "A key is missing, unknown, or its value none that it can have; the spec is not loaded.",
        fix: "Correct it at the place that is shown; docs/reference/component-spec.md has all keys.",
        failing: "name: shop.writer\nversion: 1.0.0\nmodes: [writes]\ncapabilities: {}\nconfigSchema: {type: object}\n",
        ..error("invalid-spec")
    },
    Entry {
        summary: "An alias in `llmHints.inputAliases` is for an option that there is not.",
        why: "The words would lead to nothing. Most often the option was renamed.",
        fix: "Use the name of an option, or remove it.",
        failing: spec!("llmHints: {inputAliases: {tabel: [target]}}"),
        passing: spec!("llmHints: {inputAliases: {table: [target]}}"),
        ..error("unknown-alias-option")
    },
    Entry {
        summary: "`x-connection-fields` names something that is neither an option nor a field of connections.",
        why: "No connection could provide it, and the rule about who may give it would never act.",
        fix: "Use the name of an option, or remove it.",
        failing: spec!("    host: {type: string}", "x-connection-fields:", "  - {name: hots, override: forbidden}"),
        passing: spec!("    host: {type: string}", "x-connection-fields:", "  - {name: host, override: forbidden}"),
        ..error("unknown-connection-option")
    },
    Entry {
        summary: "A constraint of a spec speaks of an option that there is not.",
        why: "It would never act, or always.",
        fix: "Use the name of an option, or remove it.",
        failing: spec!(
            "constraints:",
            "  required:",
            "    - {when: {tabel: null}, must: {table: {minLength: 1}}, error: give a table}",
        ),
        passing: spec!(
            "    query: {type: string}",
            "constraints:",
            "  required:",
            "    - {when: {query: null}, must: {table: {minLength: 1}}, error: give a table}",
        ),
        ..error("unknown-constraint-option")
    },
    Entry {
        summary: "The name of an extension is a slip of one that has a meaning.",
        why: "Any other key that begins with `x-` is passed over, so what it says would not act.",
        fix: "Correct it: x-aliases, x-connection-fields, x-runtime, x-secret.",
        failing: spec!("x-secrets: [/table]"),
        passing: spec!("x-secret: [/table]"),
        ..error("unknown-extension")
    },
    Entry {
        summary: "`redaction` or `loggingPolicy` points to an option that there is not.",
        why: "What should be masked would be shown.",
        fix: "Point to an option.",
        failing: spec!("redaction: {strategy: mask, extras: [/tabel]}"),
        passing: spec!("redaction: {strategy: mask, extras: [/table]}"),
        ..error("unknown-redaction-pointer")
    },
    Entry {
        summary: "`required` names an option that there is not.",
        why: "No step could be right.",
        fix: "Use the name of an option, or remove it.",
        failing: spec!("  required: [tabel]"),
        passing: spec!("  required: [table]"),
        ..error("unknown-required-option")
    },
    Entry {
        summary: "`secrets` or `x-secret` points to an option that there is not.",
        why: "The secret that is meant would be shown, logged and given to a model.",
        fix: "Point to the option that holds the secret.",
        failing: spec!("    password: {type: string}", "secrets: [/passwort]"),
        passing: spec!("    password: {type: string}", "secrets: [/password]"),
        ..error("unknown-secret-pointer")
    },
];

/// The codes that a spec alone does not show, in their order.
pub const CODES: &[Brief] = &[
    Brief {
        summary: "Two specs of the same folder of components give the same component.",
        why: "The last in the order of folders counts; the other is never used.",
        fix: "Remove or rename one of them.",
        example: Some("grep -rn '^name:' components"),
        ..Brief::warning("duplicate-component")
    },
    Brief {
        summary: "A spec can't be read.",
        why: "It is no file, too large, not UTF-8, or you may not read it. The component is left out; others are not touched.",
        fix: "Mend or remove the file.",
        example: Some("ls -l components/*/spec.yaml"),
        ..Brief::error("unreadable-spec")
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{Level, validate};

    #[test]
    fn each_example_does_what_it_says() {
        for entry in ENTRIES {
            let found = validate("spec.yaml", entry.failing, Level::Strict);
            assert!(found.iter().any(|d| d.code == entry.code), "{}: {found:?}\n{}", entry.code, entry.failing);
            assert!(found.iter().all(|d| d.code == entry.code && d.severity == entry.severity), "{found:?}");
            assert_eq!(validate("spec.yaml", entry.passing, Level::Strict), [], "{}", entry.passing);
        }
    }
}
