//! What a column means beyond its Arrow type. Some types of databases have no Arrow type that all steps
//! know; their values travel as text, and the field says what the text is, so that a database can take it
//! back as what it was.

use std::collections::HashMap;

use arrow::datatypes::{DataType, Field};

/// The key of a field's metadata that says what the column means.
pub const MEANING: &str = "pipesmith:meaning";

/// What a text means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// A UUID in its usual form.
    Uuid,
    /// A JSON document.
    Json,
    /// A length of time.
    Interval,
    /// A time of day with an offset from UTC.
    TimeTz,
    /// An address of a host or a network.
    Inet,
}

const WORDS: [(Meaning, &str); 5] = [
    (Meaning::Uuid, "uuid"),
    (Meaning::Json, "json"),
    (Meaning::Interval, "interval"),
    (Meaning::TimeTz, "timetz"),
    (Meaning::Inet, "inet"),
];

impl Meaning {
    /// A field of texts that mean this.
    pub fn field(self, name: &str) -> Field {
        let word = WORDS.iter().find(|(meaning, _)| *meaning == self).map_or("", |(_, word)| *word);
        let metadata = HashMap::from([(MEANING.to_owned(), word.to_owned())]);
        Field::new(name, DataType::Utf8, true).with_metadata(metadata)
    }
}

/// What a field says its texts mean.
pub fn meaning(field: &Field) -> Option<Meaning> {
    let word = field.metadata().get(MEANING)?;
    WORDS.iter().find(|(_, known)| known == word).map(|(meaning, _)| *meaning)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_says_what_it_means() {
        for (known, _) in WORDS {
            assert_eq!(meaning(&known.field("a")), Some(known));
        }
        assert_eq!(meaning(&Field::new("a", DataType::Utf8, true)), None);
    }
}
