//! What a message and a document are about, found in their text: connections, components and pipeline
//! files that they name. Works on any text, also on a document that is not valid. Pure.

use std::collections::BTreeSet;

/// What a text names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Subject {
    /// References `@family.alias`, sorted.
    pub connections: BTreeSet<String>,
    /// Words with a dot in them that may be names of components, sorted.
    pub dotted: BTreeSet<String>,
    /// Words that end in `.yaml` or `.yml`, in order.
    pub files: Vec<String>,
}

impl Subject {
    pub(super) fn of(text: &str) -> Subject {
        let mut subject = Subject { connections: mentions(text).collect(), ..Subject::default() };
        for word in text.split(|c: char| !(c.is_ascii_alphanumeric() || "_-./".contains(c))) {
            let word = word.trim_matches(['.', '-', '/']);
            if word.ends_with(".yaml") || word.ends_with(".yml") {
                if !subject.files.iter().any(|file| file == word) {
                    subject.files.push(word.to_owned());
                }
            } else if word.contains('.') && !word.contains('/') {
                subject.dotted.insert(word.to_owned());
            }
        }
        subject
    }
}

/// The references `@family.alias` in a text. An `@` inside a word, as in an address, is none.
fn mentions(text: &str) -> impl Iterator<Item = String> {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    text.match_indices('@').filter_map(move |(at, _)| {
        if text[..at].ends_with(|c: char| c.is_alphanumeric() || "._-+".contains(c)) {
            return None;
        }
        let rest = &text[at + 1..];
        let family = &rest[..rest.find(|c| !part(c))?];
        let rest = rest[family.len()..].strip_prefix('.')?;
        let alias = &rest[..rest.find(|c| !part(c)).unwrap_or(rest.len())];
        // A sentence may end behind it with a dash.
        let alias = alias.trim_end_matches('-');
        (!family.is_empty() && !alias.is_empty()).then(|| format!("@{family}.{alias}"))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn connections(text: &str) -> Vec<String> {
        Subject::of(text).connections.into_iter().collect()
    }

    #[test]
    fn connections_are_found() {
        assert_eq!(
            connections("Join @filesystem.shop orders, (@mysql.main-2)."),
            ["@filesystem.shop", "@mysql.main-2"]
        );
        assert_eq!(connections("connection: \"@a.b\"\nx: '@a.b'"), ["@a.b"]);
        assert_eq!(connections("@a.b.c and @a.b- then"), ["@a.b"]);
        assert!(connections("me@example.com @ home @x @x. @.y a.b@c.d č@ž.cz").is_empty());
    }

    #[test]
    fn components_and_files_are_found() {
        let subject =
            Subject::of("Use `duckdb.processor`. Change pipelines/a.yaml and a.yml, not data/x.csv or ../b.yaml!");
        assert!(subject.dotted.contains("duckdb.processor"));
        assert_eq!(subject.files, ["pipelines/a.yaml", "a.yml", "b.yaml"]);
        let document = Subject::of("steps:\n- component: filesystem.csv_extractor # x\n  config: {path: o.csv}");
        assert!(document.dotted.contains("filesystem.csv_extractor"));
    }

    proptest! {
        #[test]
        fn any_text_is_taken(text in "\\PC{0,80}", ends in "[@a.\\-č ]{0,20}") {
            Subject::of(&text);
            for mention in Subject::of(&ends).connections {
                prop_assert!(mention.starts_with('@') && mention.contains('.'));
            }
        }
    }
}
