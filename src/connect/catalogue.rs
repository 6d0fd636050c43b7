//! Every code that a check of the connections file can give, for `pipesmith explain` and the reference; a test
//! checks that each example does what it says.

use crate::diagnostic::{Entry, Severity};

/// A file with these families.
macro_rules! file {
    ($($line:expr),* $(,)?) => { concat!("version: 1\nconnections:\n", $("  ", $line, "\n"),*) };
}

const RIGHT: &str = file!("mysql: {shop: {host: db, database: shop, user: etl, password: \"${SHOP_PASSWORD}\"}}");

const fn error(code: &'static str) -> Entry {
    Entry { code, severity: Severity::Error, summary: "", why: "", fix: "", failing: "", passing: RIGHT }
}

const fn warning(code: &'static str) -> Entry {
    Entry { severity: Severity::Warning, ..error(code) }
}

const ENTRIES: &[Entry] = &[
    Entry {
        summary: "The connections file does not have the form it should.",
        why: "It holds families, each with aliases, each with fields.",
        fix: "Put fields below an alias below a family below `connections`.",
        failing: file!("mysql: shop"),
        ..error("connections-invalid")
    },
    Entry {
        summary: "The connections file does not say its version.",
        why: "The version says which form the file has.",
        fix: "Begin with `version: 1`.",
        failing: "connections: {filesystem: {data: {base_dir: data}}}\n",
        passing: file!("filesystem: {data: {base_dir: data}}"),
        ..warning("connections-version")
    },
    Entry {
        summary: "A family has several defaults.",
        why: "A step that names no connection would not know which is meant.",
        fix: "Keep `default: true` in one of them.",
        failing: file!("filesystem: {a: {default: true}, b: {default: true}}"),
        passing: file!("filesystem: {a: {default: true}, b: {}}"),
        ..error("several-defaults")
    },
    Entry {
        summary: "There is no such family of connections.",
        why: "The family says which system it is, and which fields it has.",
        fix: "Use a family that there is.",
        failing: file!("mysq: {shop: {database: shop, user: etl}}"),
        ..error("unknown-family")
    },
    Entry {
        summary: "A connection has a field that its family does not have.",
        why: "It would be ignored, and a slip in a name would go unnoticed.",
        fix: "Correct the name, or remove it.",
        failing: file!("mysql: {shop: {host: db, databse: shop, database: shop, user: etl}}"),
        ..error("unknown-connection-field")
    },
    Entry {
        summary: "The value of a connection's field can't be right.",
        why: "Its type, range or word is none that the field can have.",
        fix: "Write a value that it can have, or a variable.",
        failing: file!("mysql: {shop: {port: 70000, database: shop, user: etl}}"),
        ..error("invalid-connection-field")
    },
    Entry {
        summary: "A connection lacks a field that it can't do without.",
        why: "Nobody could connect with it.",
        fix: "Add the field.",
        failing: file!("mysql: {shop: {host: db, user: etl}}"),
        ..error("missing-connection-field")
    },
    Entry {
        summary: "`${…}` holds no name of a variable.",
        why: "A name has letters, digits and `_`, and does not begin with a digit.",
        fix: "Write ${NAME} or ${NAME:-default}.",
        failing: file!("mysql: {shop: {host: \"${db host}\", database: shop, user: etl}}"),
        ..error("bad-variable")
    },
    Entry {
        summary: "A secret stands in the connections file.",
        why: "The file is shared with the project; a secret in it is given away with it.",
        fix: "Write ${NAME}, and set that variable in the environment, .env or the secrets file.",
        failing: file!("mysql: {shop: {host: db, database: shop, user: etl, password: hunter2}}"),
        ..warning("literal-secret")
    },
];

/// The codes of the connections file.
pub fn catalogue() -> impl Iterator<Item = &'static Entry> {
    ENTRIES.iter()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use crate::connect::{field, file};
    use crate::contract::Registry;
    use crate::secret::Variables;

    use super::*;

    fn found(text: &str) -> Vec<crate::diagnostic::Diagnostic> {
        let read = file::parse(text, "f.yaml", &Variables::fixed(BTreeMap::new(), None, None));
        let registry = Registry::builtin();
        let fields = read.families.iter().flat_map(|families| field::check(families, &registry));
        read.problems.into_iter().chain(fields).collect()
    }

    #[test]
    fn each_example_does_what_it_says() {
        for entry in catalogue() {
            let codes: BTreeSet<String> = found(entry.failing).into_iter().map(|d| d.code).collect();
            assert_eq!(codes, BTreeSet::from([entry.code.to_owned()]), "{}", entry.failing);
            assert!(found(entry.failing).iter().all(|d| d.span.is_some() && d.why.is_some() && d.fix.is_some()));
            assert_eq!(found(entry.passing), [], "{}", entry.passing);
        }
    }

    #[test]
    fn the_fields_of_each_family_are_checked() {
        let text = file!(
            "filesystem: {data: {base_dir: [a]}}",
            "graphql: {g: {endpoint: 'https://x', auth_type: beare, headers: {A: {b: c}}}}",
            "mysql: {m: {hots: x, port: abc, database: d, user: u, sslmode: of}}",
            "postgres: {p: {dsn: 'postgres://u:${PW}@h/d', port: '${PORT}', connect_timeout: 0}}",
            "rest: {r: {base_url: 'ftp://x', timeout: soon, validate_ssl: maybe}}",
            "sqlite: {s: {}}",
            "supabase: {s: {url: 'https://x.supabase.co', key: short, samples: some}}",
        );
        let shown: Vec<String> = found(text)
            .iter()
            .map(|d| {
                let fix = d.fix.as_ref().map(|f| f.text.as_str()).unwrap_or_default();
                let edit = d.fix.as_ref().and_then(|f| f.edit.as_ref()).map(|e| e.replacement.as_str());
                let line = d.span.map_or(0, |s| s.line);
                format!(
                    "{line} {} {}: {} | {fix} | {}",
                    d.code,
                    d.path.as_deref().unwrap_or(""),
                    d.message,
                    edit.unwrap_or("-")
                )
            })
            .collect();
        insta::assert_snapshot!(shown.join("\n"));
    }
}
