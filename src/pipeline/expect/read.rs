//! Reading checks, with everything that is wrong.

use serde_json::{Map, Value};

use super::duration;
use super::kind::{Check, Kind, Severity};
use crate::contract::Place;
use crate::diagnostic::{Diagnostic, did_you_mean};

/// Rows that quarantine takes where the document does not say.
const MAX_REJECTS: u64 = 100;
/// Most checks of a step.
const MOST: usize = 100;
/// Most values of a list.
const MOST_VALUES: usize = 10_000;

/// The kinds, each with the keys that it needs; `a|b` is one of the two.
const KINDS: [(&str, &[&str]); 8] = [
    ("not_null", &["column|columns"]),
    ("unique", &["column|columns"]),
    ("accepted_values", &["column", "values"]),
    ("row_count", &["min|max"]),
    ("freshness", &["column", "within"]),
    ("range", &["column", "min|max"]),
    ("pattern", &["column", "pattern"]),
    ("sql", &["query"]),
];
/// Keys that every check may have.
const COMMON: [&str; 4] = ["check", "severity", "name", "max_rejects"];
/// Words that others use.
const MEANT: [(&str, &str); 14] = [
    ("notnull", "not_null"),
    ("not-null", "not_null"),
    ("required", "not_null"),
    ("accepted", "accepted_values"),
    ("in", "accepted_values"),
    ("enum", "accepted_values"),
    ("rows", "row_count"),
    ("count", "row_count"),
    ("between", "range"),
    ("regex", "pattern"),
    ("matches", "pattern"),
    ("fresh", "freshness"),
    ("primary_key", "unique"),
    ("custom_sql", "sql"),
];

/// The words of the kinds.
pub const WORDS: [&str; 8] =
    ["not_null", "unique", "accepted_values", "row_count", "freshness", "range", "pattern", "sql"];

/// The keys of a kind: `column|columns` is one of the two.
pub fn keys_of(word: &str) -> &'static [&'static str] {
    KINDS.iter().find(|(kind, _)| *kind == word).map_or(&[], |(_, needed)| needed)
}

/// Something that is wrong with a check.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// The way to it, from the list of checks.
    pub path: Vec<Place>,
    /// What is wrong, why, and what to do; without its place.
    pub diagnostic: Diagnostic,
    /// What can stand in its place.
    pub replacement: Option<String>,
}

impl Problem {
    fn at(path: Vec<Place>, diagnostic: Diagnostic) -> Problem {
        Problem { path, diagnostic, replacement: None }
    }

    fn why(mut self, why: impl Into<String>) -> Problem {
        self.diagnostic = self.diagnostic.why(why);
        self
    }

    fn fix(mut self, fix: impl Into<String>) -> Problem {
        self.diagnostic = self.diagnostic.fix(fix);
        self
    }

    /// A fix by putting a word in its place.
    fn meant(mut self, word: &str) -> Problem {
        self.replacement = Some(word.to_owned());
        self.fix(format!("write `{word}`"))
    }
}

/// Reads the checks of a step.
///
/// # Errors
/// Everything that is wrong.
pub fn read(value: &Value) -> Result<Vec<Check>, Vec<Problem>> {
    let Value::Array(items) = value else {
        let problem = Problem::at(
            Vec::new(),
            Diagnostic::error("invalid-expect", format!("`expect` is {}, not a list", kind(value))),
        );
        let problem = problem.why("each item is one check of the step's rows");
        return Err(vec![problem.fix("write a list: expect: [{check: not_null, column: id}]")]);
    };
    let mut problems = Vec::new();
    if items.len() > MOST {
        let problem =
            Problem::at(Vec::new(), Diagnostic::error("invalid-expect", format!("there are {} checks", items.len())));
        problems.push(problem.why(format!("a step has at most {MOST}")).fix("put several into one `sql` check"));
    }
    let mut checks = Vec::new();
    for (at, item) in items.iter().enumerate().take(MOST) {
        let before = problems.len();
        let mut reader = Reader { at, map: item.as_object(), problems: &mut problems };
        let check = reader.check(item);
        if problems.len() == before {
            checks.extend(check);
        }
    }
    if problems.is_empty() { Ok(checks) } else { Err(problems) }
}

struct Reader<'a> {
    at: usize,
    map: Option<&'a Map<String, Value>>,
    problems: &'a mut Vec<Problem>,
}

impl<'a> Reader<'a> {
    fn path(&self, key: &str) -> Vec<Place> {
        let mut path = vec![Place::Index(self.at)];
        path.extend((!key.is_empty()).then(|| Place::Key(key.to_owned())));
        path
    }

    fn wrong(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    fn get(&self, key: &str) -> Option<&'a Value> {
        self.map?.get(key).filter(|value| !value.is_null())
    }

    fn check(&mut self, item: &Value) -> Option<Check> {
        if self.map.is_none() {
            let message = format!("a check is {}, not a mapping", kind(item));
            let word = item.as_str().filter(|word| WORDS.contains(word)).unwrap_or("not_null");
            let keys = keys_of(word).iter().map(|key| key.split('|').next().unwrap_or(key));
            let keys: Vec<String> = keys.map(|key| format!(", {key}: …")).collect();
            let problem = Problem::at(self.path(""), Diagnostic::error("invalid-expect", message))
                .why("it says what is checked, and of which columns");
            self.wrong(problem.fix(format!("write {{check: {word}{}}}", keys.concat())));
            return None;
        }
        let word = self.word()?;
        self.keys(word);
        let kind = self.kind(word);
        let severity = self.severity(kind.as_ref());
        let name = self.text("name");
        let max_rejects = self.whole("max_rejects").unwrap_or(MAX_REJECTS);
        Some(Check { kind: kind?, severity, name, max_rejects })
    }

    fn word(&mut self) -> Option<&'static str> {
        let list = WORDS.join(", ");
        let Some(value) = self.get("check") else {
            let problem = Problem::at(
                self.path("check"),
                Diagnostic::error("missing-check-key", "a check does not say what it checks"),
            );
            // `- not_null: id`, as others write it.
            let slip = self.map.and_then(|map| map.keys().find(|key| WORDS.contains(&key.as_str())));
            let fix = slip.map_or_else(
                || format!("add `check`, one of: {list}"),
                |word| format!("write `check: {word}`, and its columns in `column` or `columns`"),
            );
            self.wrong(problem.why("`check` names what is checked").fix(fix));
            return None;
        };
        let text = value.as_str().unwrap_or_default();
        if let Some(word) = WORDS.into_iter().find(|word| *word == text) {
            return Some(word);
        }
        let message = match value.as_str() {
            Some(text) => format!("there is no check `{text}`"),
            None => format!("`check` is {}, not a word", kind(value)),
        };
        let problem = Problem::at(self.path("check"), Diagnostic::error("unknown-check", message))
            .why(format!("the checks are: {list}"));
        let lower = text.to_lowercase();
        let meant = MEANT.into_iter().find(|(word, _)| *word == lower).map(|(_, meant)| meant);
        self.wrong(match meant.or_else(|| did_you_mean(&lower, WORDS)) {
            Some(meant) => problem.meant(meant),
            None => problem.fix(format!("use one of: {list}")),
        });
        None
    }

    /// Keys that are missing, and those that the check does not have.
    fn keys(&mut self, word: &str) {
        let needed = keys_of(word);
        let known: Vec<&str> = needed.iter().flat_map(|key| key.split('|')).chain(COMMON).collect();
        let entries = self.map.into_iter().flatten().filter(|(_, value)| !value.is_null());
        let given: Vec<&'a String> = entries.map(|(key, _)| key).collect();
        for key in given.iter().filter(|key| !known.contains(&key.as_str()) && !key.starts_with("x-")) {
            let problem = Problem::at(
                self.path(key),
                Diagnostic::error("unknown-check-key", format!("the check `{word}` has no key `{key}`")),
            );
            let problem = problem.why(format!("its keys are: {}", known.join(", ")));
            let missing = known.iter().copied().filter(|known| self.get(known).is_none());
            let near = did_you_mean(key, missing).map(str::to_owned);
            self.wrong(match near {
                Some(near) => problem.fix(format!("did you mean `{near}`?")),
                None => problem.fix("remove it"),
            });
        }
        for either in needed {
            if either.split('|').all(|key| self.get(key).is_none()) {
                let names: Vec<String> = either.split('|').map(|key| format!("`{key}`")).collect();
                let first = either.split('|').next().unwrap_or(either);
                let problem = Problem::at(
                    self.path(first),
                    Diagnostic::error("missing-check-key", format!("the check `{word}` has no {}", names.join(" or "))),
                );
                self.wrong(
                    problem.why("without it there is nothing to check").fix(format!("add {}", names.join(" or "))),
                );
            }
        }
    }

    fn kind(&mut self, word: &'static str) -> Option<Kind> {
        Some(match word {
            "not_null" => Kind::NotNull { columns: self.columns()? },
            "unique" => Kind::Unique { columns: self.columns()? },
            "accepted_values" => {
                let column = self.text("column");
                Kind::AcceptedValues { values: self.values()?, column: column? }
            }
            "row_count" => {
                let (min, max) = (self.whole("min"), self.whole("max"));
                if min.zip(max).is_some_and(|(min, max)| min > max) {
                    self.empty_range();
                }
                Kind::RowCount { min, max }
            }
            "freshness" => {
                let column = self.text("column");
                let text = self.text("within")?;
                let Some(within) = duration::whole(&text) else {
                    let problem = Problem::at(
                        self.path("within"),
                        Diagnostic::error("invalid-check-value", format!("`within` is {text:?}, which is no duration")),
                    );
                    self.wrong(
                        problem
                            .why("it is the age that the newest value may have")
                            .fix("write e.g. 90s, 15m, 24h, 7d or 1h30m"),
                    );
                    return None;
                };
                Kind::Freshness { column: column?, within }
            }
            "range" => {
                let column = self.text("column");
                let (min, max) = (self.bound("min"), self.bound("max"));
                let numbers = min.as_ref().and_then(Value::as_f64).zip(max.as_ref().and_then(Value::as_f64));
                if numbers.is_some_and(|(min, max)| min > max) {
                    self.empty_range();
                }
                Kind::Range { column: column?, min, max }
            }
            "pattern" => {
                let column = self.text("column");
                let pattern = self.text("pattern")?;
                if let Err(error) = regex::RegexBuilder::new(&pattern).size_limit(1 << 20).build() {
                    let text = error.to_string();
                    let why = text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
                    let problem = Problem::at(
                        self.path("pattern"),
                        Diagnostic::error("invalid-check-value", "`pattern` is no regular expression"),
                    );
                    self.wrong(problem.why(why).fix("correct it; quotes keep backslashes: '^\\d+$'"));
                    return None;
                }
                Kind::Pattern { column: column?, pattern }
            }
            _ => {
                let query = self.text("query")?;
                if is_count(&query) {
                    let message = "the query counts, so that it always returns a row";
                    let problem = Problem::at(self.path("query"), Diagnostic::error("invalid-check-value", message));
                    let problem = problem.why("each row that it returns is one that does not pass");
                    self.wrong(problem.fix("select the wrong rows themselves, or add HAVING count(*) > 0"));
                    return None;
                }
                Kind::Sql { query }
            }
        })
    }

    fn empty_range(&mut self) {
        let problem =
            Problem::at(self.path("min"), Diagnostic::error("invalid-check-value", "`min` is more than `max`"));
        self.wrong(problem.why("no value is between them").fix("exchange them"));
    }

    fn severity(&mut self, kind: Option<&Kind>) -> Severity {
        let Some(value) = self.get("severity") else { return Severity::default() };
        let text = value.as_str().unwrap_or_default();
        let Some((_, severity)) = Severity::WORDS.into_iter().find(|(word, _)| *word == text) else {
            let words = Severity::WORDS.map(|(word, _)| word);
            let problem = Problem::at(
                self.path("severity"),
                Diagnostic::error("invalid-check-value", format!("`severity` is {value}")),
            );
            let problem = problem.why("fail ends the step, warn only tells, quarantine takes the rows out");
            let meant = match text.to_lowercase().as_str() {
                "error" | "err" | "abort" => Some("fail"),
                "warning" => Some("warn"),
                "reject" | "drop" => Some("quarantine"),
                other => did_you_mean(other, words),
            };
            self.wrong(match meant {
                Some(meant) => problem.meant(meant),
                None => problem.fix(format!("use one of: {}", words.join(", "))),
            });
            return Severity::default();
        };
        let whole = match kind {
            Some(Kind::RowCount { .. } | Kind::Freshness { .. } | Kind::Sql { .. }) => {
                Some("it looks at all rows together, so that no row of them is the one to take out")
            }
            Some(Kind::Unique { .. }) => Some("which of the rows with one key is the right one is not said"),
            _ => None,
        };
        if let (Severity::Quarantine, Some(why), Some(kind)) = (severity, whole, kind) {
            let word = kind.word();
            let problem = Problem::at(
                self.path("severity"),
                Diagnostic::error("quarantine-table-check", format!("the check `{word}` can't quarantine")),
            )
            .why(why);
            self.wrong(match kind {
                Kind::Unique { columns } => problem.fix(format!(
                    "use fail or warn, or keep one row of each key in a SQL step: QUALIFY row_number() OVER (PARTITION BY {}) = 1",
                    columns.join(", ")
                )),
                _ => problem.fix("use fail or warn"),
            });
        }
        severity
    }

    fn text(&mut self, key: &'static str) -> Option<String> {
        let value = self.get(key)?;
        match value.as_str() {
            Some(text) if !text.trim().is_empty() => return Some(text.to_owned()),
            Some(_) => self.value(key, format!("`{key}` is empty"), "write it, or remove the check"),
            None => self.value(key, format!("`{key}` is {}, not text", kind(value)), "write it as text, in quotes"),
        }
        None
    }

    fn value(&mut self, key: &str, message: String, fix: &str) {
        let problem = Problem::at(self.path(key), Diagnostic::error("invalid-check-value", message));
        self.wrong(problem.why("the check could not be made with it").fix(fix));
    }

    fn whole(&mut self, key: &'static str) -> Option<u64> {
        let value = self.get(key)?;
        let number = value.as_u64();
        if number.is_none() {
            self.value(key, format!("`{key}` is {value}"), "use a whole number from 0 on");
        }
        number
    }

    fn bound(&mut self, key: &'static str) -> Option<Value> {
        let value = self.get(key)?;
        if value.is_number() || value.as_str().is_some_and(|text| !text.is_empty()) {
            return Some(value.clone());
        }
        self.value(key, format!("`{key}` is {}", kind(value)), "use a number, or a text such as \"2026-01-31\"");
        None
    }

    fn columns(&mut self) -> Option<Vec<String>> {
        if self.get("column").is_some() && self.get("columns").is_some() {
            self.value("columns", "there are `column` and `columns`".to_owned(), "keep one of them");
            return None;
        }
        let key = if self.get("columns").is_some() { "columns" } else { "column" };
        let names = match self.get(key)? {
            Value::String(name) if !name.is_empty() => vec![name.clone()],
            Value::Array(items)
                if !items.is_empty() && items.iter().all(|i| i.as_str().is_some_and(|i| !i.is_empty())) =>
            {
                items.iter().filter_map(Value::as_str).map(str::to_owned).collect()
            }
            other => {
                self.value(
                    key,
                    format!("`{key}` is {}", kind(other)),
                    "write the name of a column, or a list of names",
                );
                return None;
            }
        };
        let mut seen = std::collections::HashSet::new();
        if let Some(twice) = names.iter().find(|name| !seen.insert(name.as_str())) {
            self.value(key, format!("the column `{twice}` is named twice"), "name it once");
            return None;
        }
        Some(names)
    }

    fn values(&mut self) -> Option<Vec<Value>> {
        let value = self.get("values")?;
        let scalars =
            value.as_array().filter(|items| items.iter().all(|i| i.is_string() || i.is_number() || i.is_boolean()));
        match scalars {
            Some(items) if !items.is_empty() && items.len() <= MOST_VALUES => return Some(items.clone()),
            Some(items) if items.is_empty() => {
                self.value("values", "`values` is empty".to_owned(), "name the values that are right")
            }
            Some(items) => self.value("values", format!("`values` has {} values", items.len()), "use a `sql` check"),
            None => self.value(
                "values",
                "`values` is no list of texts, numbers or booleans".to_owned(),
                "write e.g. [open, paid]; NULL is let pass, `not_null` looks for it",
            ),
        }
        None
    }
}

/// Whether a query is one count of all that it finds.
fn is_count(query: &str) -> bool {
    let words: String = query.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
    let counts = ["select count(", "select count ("].iter().any(|start| words.starts_with(start));
    counts && ![" having ", " qualify ", " group by ", " union ", " limit "].iter().any(|word| words.contains(word))
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    }
}

#[cfg(test)]
mod tests;
