//! One file of keys: TOML with positions, checked as it is read. What is wrong is left out and said.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::chord::{NAMED, shown};
use super::{Action, Chord, Condition, Context};
use crate::diagnostic::{Diagnostic, Span, did_you_mean};
use crate::tui::toml_text;

/// Keys that do something, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    /// One after the other.
    pub chords: Vec<Chord>,
    /// Only where this holds.
    pub when: Option<Condition>,
}

impl Keys {
    /// As they are written.
    pub fn shown(&self) -> String {
        shown(&self.chords)
    }
}

/// A line of a file: the keys of an action somewhere.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Where.
    pub context: Context,
    /// What.
    pub action: Action,
    /// The keys, each with its place.
    pub keys: Vec<(Keys, Span)>,
}

/// A file of keys as written.
#[derive(Clone, Debug, Default)]
pub struct File {
    /// The preset it changes, and where it says so.
    pub preset: Option<(String, Span)>,
    /// In the order of the file.
    pub entries: Vec<Entry>,
}

/// Keys of a sequence at most.
const LONGEST: usize = 5;
/// What a binding may look like.
const EXAMPLE: &str =
    "[composer]\nsend = \"ctrl-s\"\nnewline = [\"enter\", \"ctrl-j\"]\n\n[pane]\nfirst = \"g g\"\nsessions = []";

struct Reader<'a> {
    text: &'a str,
    source: &'a str,
    found: Vec<Diagnostic>,
}

/// Reads a file.
pub fn read(text: &str, source: &str) -> (File, Vec<Diagnostic>) {
    let (table, found) = toml_text::read(text, source, "file");
    let mut reader = Reader { text, source, found };
    let mut file = File::default();
    for (key, value) in in_order(table.get_ref()) {
        let name: &str = key.as_ref();
        match (name, value.as_ref()) {
            ("preset", DeValue::String(preset)) => {
                file.preset = Some((preset.to_string(), Span::of(text, value.span())));
            }
            (name, DeValue::Table(bindings)) => match Context::ALL.iter().find(|c| c.name() == name) {
                Some(context) => reader.context(*context, bindings, &mut file.entries),
                None => {
                    let known = Context::ALL.iter().map(|c| c.name());
                    reader.unknown("unknown-key-context", "context", name, key.span(), known.collect());
                }
            },
            (name, other) if name == "preset" || Context::ALL.iter().any(|c| c.name() == name) => {
                let message = format!("`{name}` can't be {}", a(other));
                reader.wrong("bad-key-binding", message, value.span(), name);
            }
            (name, _) => {
                let known = std::iter::once("preset").chain(Context::ALL.iter().map(|c| c.name()));
                reader.unknown("unknown-key-context", "context", name, key.span(), known.collect());
            }
        }
    }
    (file, reader.found)
}

/// The entries of a table in the order in which they are written.
fn in_order<'t, 'a>(table: &'t DeTable<'a>) -> Vec<(&'t Spanned<std::borrow::Cow<'a, str>>, &'t Spanned<DeValue<'a>>)> {
    let mut all: Vec<_> = table.iter().collect();
    all.sort_by_key(|(key, _)| key.span().start);
    all
}

impl Reader<'_> {
    fn span(&self, range: std::ops::Range<usize>) -> Span {
        Span::of(self.text, range)
    }

    fn unknown(&mut self, code: &str, what: &str, name: &str, range: std::ops::Range<usize>, known: Vec<&str>) {
        let span = self.span(range);
        let d = Diagnostic::error(code, format!("there is no {what} `{name}`")).source(self.source).at(span).path(name);
        let d = match did_you_mean(name, known.iter().copied()) {
            Some(near) => d.fix_edit(format!("did you mean `{near}`?"), span, near),
            None if known.len() < 30 => d.fix(format!("write one of {}", known.join(", "))),
            None => d.fix("`pipesmith keys list` says all of them"),
        };
        self.found.push(d);
    }

    fn wrong(&mut self, code: &str, message: String, range: std::ops::Range<usize>, path: &str) {
        let d = Diagnostic::error(code, message)
            .source(self.source)
            .at(self.span(range))
            .path(path)
            .fix("write a key, a list of keys, or [] for none")
            .example(EXAMPLE);
        self.found.push(d);
    }

    fn context(&mut self, context: Context, bindings: &DeTable<'_>, entries: &mut Vec<Entry>) {
        for (key, value) in in_order(bindings) {
            let name: &str = key.as_ref();
            let Some(action) = Action::ALL.iter().copied().find(|action| action.name() == name) else {
                let known = Action::ALL.iter().map(|action| action.name()).collect();
                self.unknown("unknown-action", "action", name, key.span(), known);
                continue;
            };
            let path = format!("{}.{name}", context.name());
            let mut keys = Vec::new();
            self.value(value, &path, None, &mut keys);
            // A line of which nothing can be read changes nothing: the keys that the action had stay.
            if !keys.is_empty() || matches!(value.as_ref(), DeValue::Array(all) if all.is_empty()) {
                entries.push(Entry { context, action, keys });
            }
        }
    }

    fn value(
        &mut self,
        value: &Spanned<DeValue<'_>>,
        path: &str,
        when: Option<&Condition>,
        keys: &mut Vec<(Keys, Span)>,
    ) {
        match value.as_ref() {
            DeValue::String(text) => self.keys(text, value.span(), path, when, keys),
            DeValue::Array(all) if all.iter().all(|one| !matches!(one.as_ref(), DeValue::Array(_))) => {
                for one in all {
                    self.value(one, path, when, keys);
                }
            }
            DeValue::Table(parts) if when.is_none() => self.conditional(parts, value.span(), path, keys),
            other => {
                self.wrong("bad-key-binding", format!("{} is no key", a(other)), value.span(), path);
            }
        }
    }

    fn conditional(
        &mut self,
        parts: &DeTable<'_>,
        range: std::ops::Range<usize>,
        path: &str,
        keys: &mut Vec<(Keys, Span)>,
    ) {
        let mut when = None;
        for (key, value) in in_order(parts) {
            match (key.as_ref() as &str, value.as_ref()) {
                ("keys", _) => {}
                ("when", DeValue::String(text)) => match Condition::parse(text) {
                    Ok(condition) => when = Some(condition),
                    Err(wrong) => {
                        let d = Diagnostic::error("bad-key-condition", wrong.message)
                            .source(self.source)
                            .at(self.span(value.span()))
                            .path(path)
                            .fix(wrong.fix)
                            .example("send = { keys = \"enter\", when = \"!busy && !empty\" }");
                        self.found.push(d);
                        return;
                    }
                },
                ("when", _) => {
                    self.wrong("bad-key-condition", "`when` is a condition in quotes".to_owned(), value.span(), path);
                    return;
                }
                (name, _) => {
                    let name = name.to_owned();
                    self.unknown("bad-key-binding", "part of a binding", &name, key.span(), vec!["keys", "when"]);
                    return;
                }
            }
        }
        match (parts.get("keys"), &when) {
            (Some(value), Some(when)) => self.value(value, path, Some(when), keys),
            (Some(value), None) => self.value(value, path, None, keys),
            (None, _) => self.wrong("bad-key-binding", "the binding names no `keys`".to_owned(), range, path),
        }
    }

    fn keys(
        &mut self,
        text: &str,
        range: std::ops::Range<usize>,
        path: &str,
        when: Option<&Condition>,
        keys: &mut Vec<(Keys, Span)>,
    ) {
        let span = self.span(range.clone());
        let chords = match Chord::sequence(text) {
            Ok(chords) if (1..=LONGEST).contains(&chords.len()) => chords,
            Ok(chords) if chords.is_empty() => {
                return self.wrong("unknown-key-name", "an empty text is no key".to_owned(), range, path);
            }
            Ok(_) => {
                let message = format!("more than {LONGEST} keys one after the other");
                return self.wrong("bad-key-binding", message, range, path);
            }
            Err(word) => {
                let d = Diagnostic::error("unknown-key-name", format!("`{word}` is no key"))
                    .source(self.source)
                    .at(span)
                    .path(path);
                self.found.push(match nearest(word) {
                    Some(near) => {
                        let whole = text.split_whitespace().map(|w| if w == word { near.as_str() } else { w });
                        let whole = format!("\"{}\"", whole.collect::<Vec<_>>().join(" "));
                        d.fix_edit(format!("did you mean `{near}`?"), span, whole)
                    }
                    None => d.fix("write a letter, f1 to f24 or enter, esc, tab, space, backspace, delete, insert, up, down, left, right, pgup, pgdn, home, end; before it ctrl-, alt-, shift-"),
                });
                return;
            }
        };
        if let Some((chord, same)) = chords.iter().find_map(|chord| Some((chord, chord.same_as()?))) {
            let d = Diagnostic::warning("key-not-told-apart", format!("a terminal sends `{chord}` as `{same}`"))
                .source(self.source)
                .at(span)
                .path(path)
                .fix(format!("bind `{same}`, or another key"));
            self.found.push(d);
        }
        keys.push((Keys { chords, when: when.cloned() }, span));
    }
}

/// A value by its type.
fn a(value: &DeValue<'_>) -> String {
    let kind = value.type_str();
    format!("{} {kind}", if kind.starts_with(['a', 'i']) { "an" } else { "a" })
}

/// The key that was probably meant.
fn nearest(word: &str) -> Option<String> {
    let at = word.rfind('-').map_or(0, |at| at + 1);
    let (before, name) = word.split_at(at);
    let other = match name.to_lowercase().as_str() {
        "return" | "cr" | "ret" => Some("enter"),
        "escape" => Some("esc"),
        "del" => Some("delete"),
        "bs" | "back" => Some("backspace"),
        "pageup" | "page-up" => Some("pgup"),
        "pagedown" | "page-down" => Some("pgdn"),
        "spc" => Some("space"),
        _ => None,
    };
    let name = other.or_else(|| did_you_mean(name, NAMED.iter().map(|(name, _)| *name))).unwrap_or(name);
    let before = before.to_lowercase().replace("c-", "ctrl-").replace("m-", "alt-").replace("control-", "ctrl-");
    let before = before.replace("meta-", "alt-").replace("option-", "alt-").replace("s-", "shift-");
    let near = format!("{before}{name}");
    Chord::parse(&near).is_some().then_some(near).filter(|near| near != word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_said_with_its_place_and_a_fix() {
        let text = "preset = 3\npreste = \"vim\"\n[composr]\nsend = \"x\"\n[composer]\nsned = \"enter\"\nsend = \"entr\"\nnewline = [\"C-j\", 4]\nundo = { keys = \"u\", when = \"bussy\" }\nredo = { key = \"u\" }\nyank = \"\"\nleft = \"a b c d e f\"\nright = [[\"a\"]]\nup = \"ctrl-i\"\ndown = \"hyper-x\"\n";
        let (file, found) = read(text, "keys.toml");
        let shown: Vec<String> = found
            .iter()
            .map(|d| {
                let at = d.span.map(|s| format!("{}:{}", s.line, s.column)).unwrap_or_default();
                format!("{at} {} {} | {}", d.code, d.message, d.fix.as_ref().map_or("", |f| f.text.as_str()))
            })
            .collect();
        insta::assert_snapshot!(shown.join("\n"));
        assert_eq!(file.entries.len(), 1, "{:?}", file.entries);
    }

    #[test]
    fn a_fix_of_a_key_can_be_made() {
        let text = "[pane]\nfirst = \"g retrun\"\nlast = \"ctrl-escape\"\n";
        let (_, found) = read(text, "keys.toml");
        let fixed = found.iter().rev().fold(text.to_owned(), |text, d| {
            d.fix.as_ref().and_then(|f| f.edit.as_ref()).and_then(|e| e.applied(&text)).unwrap_or(text)
        });
        assert_eq!(fixed, "[pane]\nfirst = \"g retrun\"\nlast = \"ctrl-esc\"\n");
    }

    #[test]
    fn toml_that_is_broken_keeps_what_can_be_read() {
        let (file, found) = read("[composer]\nsend = \"ctrl-s\"\nnewline = [\"ctrl-j\n[pane]\n", "keys.toml");
        assert!(found.iter().any(|d| d.code == "broken-toml"), "{found:?}");
        assert!(file.entries.iter().any(|e| e.action == Action::Send), "{file:?}");
    }
}
