//! Reading only what came since the last run: the `incremental:` of a step as data.
//!
//! Owns: its keys, reading them with everything that is wrong. Does not own: how a system is asked
//! (`connect::driver::cursor`), where the state is kept (`pipeline::run::cursor`).

use serde_json::{Map, Value};

use super::expect::{Problem, duration};
use crate::connect::driver::cursor::Lag;
use crate::contract::Place;
use crate::diagnostic::{Diagnostic, did_you_mean};

/// Reading along a column that grows.
#[derive(Clone, Debug, PartialEq)]
pub struct Incremental {
    /// The column.
    pub cursor: String,
    /// Where the first read begins, that value included; from the beginning without it.
    pub start: Option<Value>,
    /// How far before the last value it is looked again.
    pub lag: Option<Lag>,
    /// Whether rows with exactly the last value come again.
    pub boundary: Boundary,
    /// Whether rows without a value are read, each time.
    pub nulls: bool,
}

/// What becomes of rows with exactly the last value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Boundary {
    /// They come again: none is lost, and a key tells them from new ones where they are written.
    #[default]
    Inclusive,
    /// They do not come again: none is doubled. Rows that get that value later are not seen, so it is for
    /// columns whose values only ever grow, such as an id.
    Exclusive,
}

/// Its keys.
pub const KEYS: [&str; 5] = ["cursor", "start", "lag", "boundary", "nulls"];

/// Reads it.
///
/// # Errors
/// Everything that is wrong; the ways begin at it.
pub fn read(value: &Value) -> Result<Incremental, Vec<Problem>> {
    let Some(map) = value.as_object() else {
        let wrong = Diagnostic::error("invalid-incremental", "`incremental` is no mapping");
        let wrong = wrong.why("it names the column that grows").fix("write incremental: {cursor: updated_at}");
        return Err(vec![Problem { path: Vec::new(), diagnostic: wrong, replacement: None }]);
    };
    let mut reader = Reader { map, problems: Vec::new() };
    let entries = map.iter().filter(|(key, value)| !value.is_null() && !key.starts_with("x-"));
    for (key, _) in entries.filter(|(key, _)| !KEYS.contains(&key.as_str())) {
        let wrong = Diagnostic::error("invalid-incremental", format!("`incremental` has no key `{key}`"))
            .why(format!("its keys are: {}", KEYS.join(", ")));
        let near = did_you_mean(key, KEYS);
        let fix = near.map_or_else(|| "remove it".to_owned(), |near| format!("did you mean `{near}`?"));
        reader.wrong(key, wrong.fix(fix), None);
    }
    let cursor = reader.cursor();
    let start = reader.start();
    let lag = reader.lag();
    let boundary = reader.word("boundary", [("inclusive", Boundary::Inclusive), ("exclusive", Boundary::Exclusive)]);
    let nulls = reader.word("nulls", [("skip", false), ("read", true)]);
    let boundary = boundary.unwrap_or_default();
    if lag.is_some() && boundary == Boundary::Exclusive {
        let wrong = Diagnostic::error("invalid-incremental", "`lag` does not go with `boundary: exclusive`")
            .why("a lag reads rows again that have been read")
            .fix("remove one of them");
        reader.wrong("lag", wrong, None);
    }
    let nulls = nulls.unwrap_or(false);
    match cursor {
        Some(cursor) if reader.problems.is_empty() => Ok(Incremental { cursor, start, lag, boundary, nulls }),
        _ => Err(reader.problems),
    }
}

struct Reader<'a> {
    map: &'a Map<String, Value>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn wrong(&mut self, key: &str, diagnostic: Diagnostic, replacement: Option<String>) {
        self.problems.push(Problem { path: vec![Place::Key(key.to_owned())], diagnostic, replacement });
    }

    fn get(&self, key: &str) -> Option<&Value> {
        self.map.get(key).filter(|value| !value.is_null())
    }

    fn cursor(&mut self) -> Option<String> {
        let found = self.get("cursor").and_then(Value::as_str).filter(|name| !name.is_empty()).map(str::to_owned);
        if found.is_none() {
            let message = match self.get("cursor") {
                None => "`incremental` names no column",
                Some(_) => "`cursor` is no name of a column",
            };
            let wrong = Diagnostic::error("invalid-incremental", message)
                .why("rows are read along a column that grows: an id, or the time of the last change")
                .fix("write cursor: updated_at");
            self.wrong("cursor", wrong, None);
        }
        found
    }

    fn start(&mut self) -> Option<Value> {
        let value = self.get("start")?.clone();
        if value.is_number() || value.as_str().is_some_and(|text| !text.is_empty()) {
            return Some(value);
        }
        let wrong = Diagnostic::error("invalid-incremental", "`start` is no value of a column")
            .why("the first read begins there")
            .fix("write a number, or a text such as \"2026-01-01\"");
        self.wrong("start", wrong, None);
        None
    }

    fn lag(&mut self) -> Option<Lag> {
        let value = self.get("lag")?.clone();
        let lag = match &value {
            Value::String(text) => duration(text).map(Lag::Time),
            other => other.as_u64().filter(|number| *number > 0).map(Lag::Number),
        };
        if lag.is_none() {
            let wrong = Diagnostic::error("invalid-incremental", format!("`lag` is {value}"))
                .why("so far before the last value it is looked again")
                .fix("write a duration (5m, 24h) for times, a whole number for numbers");
            self.wrong("lag", wrong, None);
        }
        lag
    }

    fn word<T: Copy>(&mut self, key: &str, words: [(&'static str, T); 2]) -> Option<T> {
        let value = self.get(key)?.clone();
        let text = value.as_str().unwrap_or_default();
        if let Some((_, found)) = words.iter().find(|(word, _)| *word == text) {
            return Some(*found);
        }
        let names = words.map(|(word, _)| word);
        let wrong = Diagnostic::error("invalid-incremental", format!("`{key}` is {value}"))
            .why(format!("it is {} or {}", names[0], names[1]));
        match did_you_mean(text, names) {
            Some(near) => self.wrong(key, wrong.fix(format!("write `{near}`")), Some(near.to_owned())),
            None => self.wrong(key, wrong.fix(format!("write {} or {}", names[0], names[1])), None),
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn it_is_read_and_what_is_wrong_is_said() {
        let all = json!({"cursor": "at", "start": "2026-01-01", "lag": "5m", "nulls": "read"});
        let read_all = read(&all).unwrap();
        assert_eq!(read_all.lag, Some(Lag::Time(std::time::Duration::from_secs(300))));
        assert_eq!((read_all.boundary, read_all.nulls), (Boundary::Inclusive, true));
        let codes = |value: Value| -> Vec<String> {
            read(&value).unwrap_err().iter().map(|p| crate::contract::dotted(&p.path)).collect()
        };
        assert_eq!(codes(json!("at")), [""]);
        assert_eq!(codes(json!({})), ["cursor"]);
        assert_eq!(
            codes(json!({"cursor": "a", "curser": 1, "start": [], "lag": 0, "boundary": "exclusiv", "nulls": true})),
            ["curser", "start", "lag", "boundary", "nulls"]
        );
        assert_eq!(codes(json!({"cursor": "a", "lag": 5, "boundary": "exclusive"})), ["lag"]);
    }
}
