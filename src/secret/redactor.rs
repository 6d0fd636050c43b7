//! The values that are known to be secret, and hiding them.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock, OnceLock, PoisonError, RwLock};

use aho_corasick::{AhoCorasick, MatchKind};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use super::{address, form};

/// Stands where a secret stood.
pub const MASK: &str = "[redacted]";
/// Shorter values are part of ordinary words: hiding them would hide everything.
const MIN_BYTES: usize = 4;
/// A value of this many bytes is not part of another word by chance.
const LONG: usize = 8;
/// Words of the program and of every database. As a password each is guessed at once, and hiding it would
/// hide the program: `postgres.extractor`, `mode: write`.
const OWN_WORDS: [&str; 60] = [
    "admin",
    "alias",
    "auth",
    "base",
    "bearer",
    "changeme",
    "compile",
    "config",
    "connection",
    "connections",
    "csv",
    "data",
    "database",
    "default",
    "demo",
    "error",
    "extract",
    "extractor",
    "false",
    "filesystem",
    "graphql",
    "guest",
    "host",
    "input",
    "json",
    "localhost",
    "main",
    "mode",
    "mysql",
    "name",
    "none",
    "null",
    "output",
    "params",
    "parquet",
    "pass",
    "passwd",
    "password",
    "path",
    "pipeline",
    "postgres",
    "public",
    "query",
    "read",
    "redacted",
    "rest",
    "root",
    "schema",
    "secret",
    "sqlite",
    "step",
    "steps",
    "supabase",
    "table",
    "test",
    "transform",
    "true",
    "user",
    "write",
    "writer",
];

/// What became of a value that was to be remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It is hidden from now on, in every form.
    Hidden,
    /// It is too short to be hidden.
    TooShort,
    /// It is a word of the program, and not hidden.
    OwnWord,
}

/// The secrets that are known.
pub struct Redactor {
    known: RwLock<Arc<Known>>,
}

#[derive(Default)]
pub(super) struct Known {
    values: BTreeSet<String>,
    /// Values too short to be hidden.
    pub(super) short: BTreeSet<String>,
    /// Made when it is first needed: many values are learned at once.
    search: OnceLock<Search>,
}

/// What is looked for.
pub(super) struct Search {
    /// All forms of all values, sorted.
    pub forms: Vec<String>,
    /// The longest of them, in bytes.
    pub longest: usize,
    matcher: Option<AhoCorasick>,
}

static PROCESS: LazyLock<Redactor> = LazyLock::new(Redactor::new);

/// The redactor of the process: all that leaves goes through it.
pub fn known() -> &'static Redactor {
    &PROCESS
}

/// Hides a value from now on in all that leaves the process.
pub fn remember(value: &SecretString) -> Kept {
    known().remember(value.expose_secret())
}

/// Hides the passwords of the addresses in a text from now on, and not the text itself.
pub fn remember_passwords(text: &str) {
    known().remember_passwords(text);
}

/// The text without secrets.
pub fn hide(text: &str) -> Cow<'_, str> {
    known().hide(text)
}

/// Hides secrets in the texts of a JSON value; whether there were any.
pub fn hide_json(value: &mut Value) -> bool {
    known().hide_json(value)
}

/// The text without the passwords of its addresses, whatever secrets are known: the same in every process.
pub fn hide_passwords(text: &str) -> Cow<'_, str> {
    let passwords = if text.contains("://") { address::passwords(text) } else { Vec::new() };
    if passwords.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for range in passwords {
        // One address can hold another; its password is hidden with the outer one's.
        if range.start >= at {
            out.push_str(&text[at..range.start]);
            out.push_str(MASK);
            at = range.end;
        }
    }
    out.push_str(&text[at..]);
    Cow::Owned(out)
}

impl Default for Redactor {
    fn default() -> Redactor {
        Redactor::new()
    }
}

impl Redactor {
    /// One that knows no secret yet. The process has one of its own: [`known`].
    pub fn new() -> Redactor {
        Redactor { known: RwLock::new(Arc::default()) }
    }

    /// Hides a value from now on. Of an address with a password, the password is hidden too.
    pub fn remember(&self, value: &str) -> Kept {
        let value = value.trim();
        self.remember_passwords(value);
        self.remember_one(value)
    }

    /// Hides the passwords of the addresses in a text from now on.
    pub fn remember_passwords(&self, text: &str) {
        for password in address::passwords(text).into_iter().map(|at| &text[at]) {
            self.remember_one(password);
            if let Some(decoded) = decoded(password) {
                self.remember_one(&decoded);
            }
        }
    }

    fn remember_one(&self, value: &str) -> Kept {
        let short = value.len() < MIN_BYTES;
        if value.is_empty() || (!short && OWN_WORDS.contains(&value.to_lowercase().as_str())) {
            return if short { Kept::TooShort } else { Kept::OwnWord };
        }
        let kept = if short { Kept::TooShort } else { Kept::Hidden };
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.values.contains(value) || known.short.contains(value) {
            return kept;
        }
        let (mut values, mut short_ones) = (known.values.clone(), known.short.clone());
        if short { &mut short_ones } else { &mut values }.insert(value.to_owned());
        *known = Arc::new(Known { values, short: short_ones, search: OnceLock::new() });
        kept
    }

    pub(super) fn snapshot(&self) -> Arc<Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The text with [`MASK`] where a known secret stood, in any form, or the password of an address.
    pub fn hide<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let text = self.snapshot().hide_values(text);
        match hide_passwords(&text) {
            Cow::Borrowed(_) => text,
            Cow::Owned(hidden) => Cow::Owned(hidden),
        }
    }

    /// Hides secrets in the texts and keys of a JSON value; whether there were any.
    pub fn hide_json(&self, value: &mut Value) -> bool {
        match value {
            Value::String(text) => match self.hide(text) {
                Cow::Borrowed(_) => false,
                Cow::Owned(hidden) => {
                    *text = hidden;
                    true
                }
            },
            Value::Array(items) => items.iter_mut().fold(false, |any, item| self.hide_json(item) | any),
            Value::Object(map) => {
                let mut any = map.values_mut().fold(false, |any, item| self.hide_json(item) | any);
                if map.keys().any(|key| matches!(self.hide(key), Cow::Owned(_))) {
                    *map = std::mem::take(map).into_iter().map(|(k, v)| (self.hide(&k).into_owned(), v)).collect();
                    any = true;
                }
                any
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }

    /// Whether a text is surely a secret or has one in it: a value of some length anywhere, a short one only
    /// alone, because a short one is soon part of another word.
    pub fn gives_away(&self, text: &str) -> bool {
        let known = self.snapshot();
        known.values.contains(text.trim())
            || matches!(hide_passwords(text), Cow::Owned(_))
            || known.values.iter().any(|value| value.len() >= LONG && text.contains(value.as_str()))
    }

    /// Whether a text holds a secret.
    pub fn holds(&self, text: &str) -> bool {
        matches!(self.hide(text), Cow::Owned(_))
    }
}

impl Known {
    pub(super) fn search(&self) -> &Search {
        self.search.get_or_init(|| {
            let all: BTreeSet<String> = self.values.iter().flat_map(|value| form::forms(value)).collect();
            let forms: Vec<String> = all.into_iter().filter(|form| form.len() >= MIN_BYTES).collect();
            let longest = forms.iter().map(String::len).max().unwrap_or(0);
            // What is hidden already stays so, also where a secret is part of the word for it.
            let patterns = forms.iter().map(String::as_str).chain([MASK]);
            let matcher = (longest > 0)
                .then(|| AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(patterns).ok());
            Search { forms, longest, matcher: matcher.flatten() }
        })
    }

    /// The first known value, or hidden one, from `from` on.
    pub(super) fn next(&self, text: &str, from: usize) -> Option<std::ops::Range<usize>> {
        let input = aho_corasick::Input::new(text).range(from..);
        self.search().matcher.as_ref()?.find(input).map(|found| found.range())
    }

    pub(super) fn hide_values<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut out = String::new();
        let (mut at, mut from) = (0, 0);
        while let Some(range) = self.next(text, from) {
            from = range.end;
            if &text[range.clone()] != MASK {
                out.push_str(&text[at..range.start]);
                out.push_str(MASK);
                at = range.end;
            }
        }
        if at == 0 {
            return Cow::Borrowed(text);
        }
        out.push_str(&text[at..]);
        Cow::Owned(out)
    }
}

/// What percent-encoded text means, where it is any.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok()).filter(|_| *first == b'%');
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).ok().filter(|decoded| decoded != text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(values: &[&str]) -> Redactor {
        let redactor = Redactor::new();
        for value in values {
            redactor.remember(value);
        }
        redactor
    }

    #[test]
    fn a_value_is_hidden_in_every_form() {
        let redactor = with(&["p@ss/w\"rd", "pw42"]);
        let text = "a p@ss/w\"rd b p%40ss%2Fw%22rd c cEBzcy93InJk d pw42, pw42x {\"k\":\"p@ss/w\\\"rd\"}";
        assert_eq!(
            redactor.hide(text),
            "a [redacted] b [redacted] c [redacted] d [redacted], [redacted]x {\"k\":\"[redacted]\"}"
        );
        assert!(matches!(redactor.hide("nothing"), Cow::Borrowed(_)));
        let hidden = redactor.hide(text).into_owned();
        assert_eq!(redactor.hide(&hidden), hidden);
    }

    #[test]
    fn the_password_of_an_address_is_hidden_known_or_not() {
        assert_eq!(with(&[]).hide("to mysql://u:unseen@h/d"), "to mysql://u:[redacted]@h/d");
        let redactor = with(&["postgres://u:s%40crets@h/d"]);
        assert_eq!(redactor.hide("login s@crets, s%40crets"), "login [redacted], [redacted]");
        assert_eq!(redactor.hide("<postgres://u:s%40crets@h/d>"), "<[redacted]>");
    }

    #[test]
    fn short_values_and_the_words_of_the_program_stay() {
        let redactor = Redactor::new();
        assert_eq!(redactor.remember("abc"), Kept::TooShort);
        assert_eq!(redactor.remember("Postgres"), Kept::OwnWord);
        assert_eq!(redactor.remember("  "), Kept::TooShort);
        assert_eq!(redactor.remember("hunt"), Kept::Hidden);
        assert_eq!(redactor.hide("abc postgres hunter"), "abc postgres [redacted]er");
    }

    #[test]
    fn what_is_hidden_stays_as_it_is() {
        let redactor = with(&["reda"]);
        assert_eq!(redactor.hide("a reda [redacted]"), "a [redacted] [redacted]");
        assert!(!redactor.holds("a [redacted]"));
    }

    #[test]
    fn json_keeps_its_shape() {
        let redactor = with(&["hunter2"]);
        let mut value = serde_json::json!({"a": ["x hunter2", 5, null], "hunter2": {"b": true}});
        assert!(redactor.hide_json(&mut value));
        assert_eq!(value, serde_json::json!({"a": ["x [redacted]", 5, null], "[redacted]": {"b": true}}));
        assert!(!redactor.hide_json(&mut value));
    }
}
