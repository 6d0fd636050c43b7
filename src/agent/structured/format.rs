//! When an answer is held to a form, and to which.

use serde_json::{Value, json};

use super::{DOCUMENT, EXPLANATION};
use crate::contract::Contract;
use crate::contract::grammar::{self, Form, Known};
use crate::diagnostic::LineIndex;
use crate::model::{ModelInfo, ResponseFormat, Source};
use crate::pipeline::oml;
use crate::workspace::config::Structured;
use crate::yaml;

/// A larger schema costs more than it is worth, in bytes.
const MAX_SCHEMA_BYTES: usize = 48 * 1024;
/// The host whose strict form is known; the others take the plain one.
const VENDOR: &str = "api.openai.com";

/// What is to be answered.
pub(in crate::agent) struct Asked<'a> {
    /// Whether a form is wanted.
    pub structured: Structured,
    /// Who is asked.
    pub model: &'a ModelInfo,
    /// The contracts that the model is shown.
    pub contracts: &'a [&'a Contract],
    /// What is known beside them.
    pub known: &'a Known,
    /// The text of the current document.
    pub document: Option<&'a str>,
}

/// The form of the answer; nothing where the answer is better a free text: from a recording, or where the
/// form could not say what the current document says.
pub(in crate::agent) fn format(asked: &Asked<'_>) -> Option<ResponseFormat> {
    let Source::Live { base_url } = &asked.model.source else { return None };
    if asked.structured == Structured::Off || asked.contracts.is_empty() {
        return None;
    }
    let vendor = base_url.split(['/', ':']).any(|part| part == VENDOR);
    let (form, document) = match asked.document {
        // What the strict form can't say has to be said the plain way.
        Some(text) => (Form::Plain, fitting(asked, text)?),
        None if vendor => (Form::Strict, grammar::document(asked.contracts, asked.known, Form::Strict)),
        None => (Form::Plain, grammar::document(asked.contracts, asked.known, Form::Plain)),
    };
    let schema = whole(document);
    (schema.to_string().len() <= MAX_SCHEMA_BYTES).then(|| ResponseFormat {
        name: "pipeline".to_owned(),
        strict: form == Form::Strict,
        schema,
    })
}

/// The schema of documents that the current one fits; with what is known of tables, else without.
fn fitting(asked: &Asked<'_>, text: &str) -> Option<Value> {
    let tree = yaml::load(&LineIndex::new(text));
    let whole = tree.complete && tree.problems.is_empty() && tree.duplicates.is_empty();
    let document = tree.root.filter(|_| whole)?.to_json();
    // Comments and layout would be lost, and every hunk of the proposal would be about that.
    if asked.structured == Structured::Auto && oml::to_yaml(&document).trim_end() != text.trim_end() {
        return None;
    }
    let open = Known { tables: Vec::new(), ..asked.known.clone() };
    [asked.known, &open].into_iter().find_map(|known| {
        let schema = grammar::document(asked.contracts, known, Form::Plain);
        let validator = jsonschema::draft202012::options().offline().build(&schema).ok()?;
        validator.is_valid(&document).then_some(schema)
    })
}

/// The schema of an answer with such a document, or with none.
fn whole(mut document: Value) -> Value {
    let definitions = document.as_object_mut().and_then(|schema| schema.shift_remove("$defs"));
    json!({
        "type": "object",
        "required": [EXPLANATION, DOCUMENT],
        "additionalProperties": false,
        "properties": {EXPLANATION: {"type": "string"}, DOCUMENT: {"anyOf": [document, {"type": "null"}]}},
        "$defs": definitions,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::Registry;
    use crate::pipeline::run::is_runnable;

    const OWN: &str = "oml_version: \"0.1.0\"\nname: a\nsteps:\n  - id: x\n    component: filesystem.csv_extractor\n    mode: read\n    config:\n      path: data/x.csv\n";

    fn asked(structured: Structured, source: Source, document: Option<&str>) -> Option<ResponseFormat> {
        let registry = Registry::builtin();
        let table = grammar::KnownTable {
            connection: "@filesystem.shop".into(),
            name: "orders.csv".into(),
            columns: vec!["id".into()],
        };
        let known = Known { connections: Some(vec!["@filesystem.shop".into()]), tables: vec![table], params: vec![] };
        format(&Asked {
            structured,
            model: &ModelInfo { name: "m".into(), source },
            contracts: &registry.iter().filter(|c| is_runnable(&c.name)).collect::<Vec<_>>(),
            known: &known,
            document,
        })
    }

    fn local() -> Source {
        Source::Live { base_url: "http://127.0.0.1:8080/v1".into() }
    }

    #[test]
    fn a_live_model_gets_the_form_that_its_server_takes() {
        let plain = asked(Structured::Auto, local(), None).unwrap();
        assert!(!plain.strict && plain.schema.to_string().contains("orders.csv"));
        let vendor = Source::Live { base_url: "https://api.openai.com/v1".into() };
        let strict = asked(Structured::Auto, vendor, None).unwrap();
        assert!(strict.strict && jsonschema::draft202012::new(&strict.schema).is_ok());
        let answer = json!({"explanation": "No.", "document": null});
        for format in [&plain, &strict] {
            assert!(jsonschema::draft202012::new(&format.schema).unwrap().is_valid(&answer));
        }
        assert_eq!(asked(Structured::Off, local(), None), None);
    }

    #[test]
    fn a_recording_is_never_asked_for_it() {
        let recorded = || Source::Recorded { recording: "demo".into() };
        assert_eq!(asked(Structured::On, recorded(), None), None);
        assert_eq!(asked(Structured::Auto, recorded(), None), None);
    }

    #[test]
    fn a_document_that_would_lose_something_stays_text() {
        let own = asked(Structured::Auto, local(), Some(OWN)).unwrap();
        assert!(!own.schema.to_string().contains("orders.csv"), "its path is not one of those that are known");
        let commented = format!("# mine\n{OWN}");
        assert_eq!(asked(Structured::Auto, local(), Some(&commented)), None);
        assert!(asked(Structured::On, local(), Some(&commented)).is_some());
        for lost in [
            OWN.replace("name: a", "name: a\nschedule: daily"),
            OWN.replace("filesystem.csv_extractor", "mysql.extractor"),
            OWN.replace("name: a", "name: [a"),
            OWN.replace("name: a", "name: a\nname: b"),
        ] {
            assert_eq!(asked(Structured::On, local(), Some(&lost)), None, "{lost}");
        }
    }
}
