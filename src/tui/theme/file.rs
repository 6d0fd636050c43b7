//! One theme file: TOML with positions, checked as it is read.

use std::collections::HashMap;

use ratatui::style::{Color, Modifier};
use toml::de::{DeTable, DeValue};

use super::Scope;
use crate::diagnostic::{Diagnostic, Span, did_you_mean};
use crate::tui::toml_text;

/// A style as written: a colour is a word of the palette or a colour itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Written {
    /// Foreground.
    pub fg: Option<(String, Span)>,
    /// Background.
    pub bg: Option<(String, Span)>,
    /// Bold, dim, italic, underlined, reversed.
    pub modifiers: Modifier,
}

/// A theme as written.
#[derive(Clone, Debug, Default)]
pub struct File {
    /// The theme it builds on, and where it says so.
    pub inherits: Option<(String, Span)>,
    /// Colours by name.
    pub palette: HashMap<String, Color>,
    /// Styles by scope name.
    pub styles: HashMap<String, Written>,
}

const TOP: [&str; 4] = ["name", "inherits", "palette", "styles"];
const MODIFIERS: [(&str, Modifier); 5] = [
    ("bold", Modifier::BOLD),
    ("dim", Modifier::DIM),
    ("italic", Modifier::ITALIC),
    ("underlined", Modifier::UNDERLINED),
    ("reversed", Modifier::REVERSED),
];
const NAMED: [(&str, Color); 18] = [
    ("default", Color::Reset),
    ("black", Color::Black),
    ("red", Color::Red),
    ("green", Color::Green),
    ("yellow", Color::Yellow),
    ("blue", Color::Blue),
    ("magenta", Color::Magenta),
    ("cyan", Color::Cyan),
    ("white", Color::Gray),
    ("grey", Color::DarkGray),
    ("bright-black", Color::DarkGray),
    ("bright-red", Color::LightRed),
    ("bright-green", Color::LightGreen),
    ("bright-yellow", Color::LightYellow),
    ("bright-blue", Color::LightBlue),
    ("bright-magenta", Color::LightMagenta),
    ("bright-cyan", Color::LightCyan),
    ("bright-white", Color::White),
];

/// A colour as written: `#rrggbb`, a name of the sixteen, `default`, or a number of the 256.
pub fn colour(text: &str) -> Option<Color> {
    if let Some(hex) = text.strip_prefix('#') {
        let value = (hex.len() == 6).then(|| u32::from_str_radix(hex, 16).ok()).flatten()?;
        let [_, r, g, b] = value.to_be_bytes();
        return Some(Color::Rgb(r, g, b));
    }
    NAMED.iter().find(|(name, _)| *name == text).map(|(_, c)| *c).or_else(|| text.parse().ok().map(Color::Indexed))
}

struct Reader<'a> {
    text: &'a str,
    source: &'a str,
    found: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn span(&self, range: std::ops::Range<usize>) -> Span {
        Span::of(self.text, range)
    }

    fn unknown(&mut self, key: &str, range: std::ops::Range<usize>, path: &str, known: &[&str]) {
        let mut d = Diagnostic::warning("unknown-theme-key", format!("unknown key `{key}` in a theme"))
            .source(self.source)
            .at(self.span(range))
            .path(path);
        d = match did_you_mean(key, known.iter().copied()) {
            Some(near) => d.fix(format!("did you mean `{near}`?")),
            None => d.fix("remove it, or see the reference of themes for the names that are known"),
        };
        self.found.push(d);
    }

    fn wrong(&mut self, range: std::ops::Range<usize>, path: &str, message: String, example: &str) {
        let d = Diagnostic::error("bad-theme-value", message)
            .source(self.source)
            .at(self.span(range))
            .path(path)
            .example(example);
        self.found.push(d);
    }

    fn palette(&mut self, table: &DeTable<'_>) -> HashMap<String, Color> {
        let mut out = HashMap::new();
        for (key, value) in table {
            let path = format!("palette.{}", key.as_ref());
            match value.as_ref().as_str().and_then(colour) {
                Some(c) => {
                    out.insert(key.as_ref().to_string(), c);
                }
                None => self.wrong(value.span(), &path, "not a colour".to_owned(), "ink = \"#d8dee9\""),
            }
        }
        out
    }

    fn styles(&mut self, table: &DeTable<'_>) -> HashMap<String, Written> {
        let known: Vec<&str> = Scope::ALL.iter().map(|s| s.name()).collect();
        let mut out = HashMap::new();
        for (key, value) in table {
            let name = key.as_ref().to_string();
            let path = format!("styles.\"{name}\"");
            // A prefix such as `code` styles everything below it.
            let prefix =
                |k: &&str| k.strip_prefix(name.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
            if !known.iter().any(prefix) {
                self.unknown(&name, key.span(), &path, &known);
                continue;
            }
            let mut written = Written::default();
            match value.as_ref() {
                DeValue::String(text) => written.fg = Some((text.to_string(), self.span(value.span()))),
                DeValue::Table(parts) => self.parts(parts, &path, &mut written),
                other => {
                    let message = format!("a style is a colour or a table, not a {}", other.type_str());
                    self.wrong(value.span(), &path, message, "\"diff.add\" = { fg = \"green\", bold = true }");
                }
            }
            out.insert(name, written);
        }
        out
    }

    fn parts(&mut self, parts: &DeTable<'_>, path: &str, written: &mut Written) {
        for (key, value) in parts {
            let name: &str = key.as_ref();
            match (name, value.as_ref()) {
                ("fg", DeValue::String(text)) => written.fg = Some((text.to_string(), self.span(value.span()))),
                ("bg", DeValue::String(text)) => written.bg = Some((text.to_string(), self.span(value.span()))),
                (modifier, DeValue::Boolean(on)) if MODIFIERS.iter().any(|(m, _)| *m == modifier) => {
                    let flag = MODIFIERS.iter().find(|(m, _)| *m == modifier).map_or(Modifier::empty(), |(_, f)| *f);
                    written.modifiers.set(flag, *on);
                }
                ("fg" | "bg", _) => {
                    self.wrong(value.span(), path, format!("`{name}` is a colour in quotes"), "fg = \"red\"")
                }
                (m, _) if MODIFIERS.iter().any(|(known, _)| *known == m) => {
                    self.wrong(value.span(), path, format!("`{name}` is true or false"), "bold = true");
                }
                _ => {
                    let known = ["fg", "bg", "bold", "dim", "italic", "underlined", "reversed"];
                    self.unknown(name, key.span(), path, &known);
                }
            }
        }
    }
}

/// Reads a theme. What is wrong is left out and said.
pub fn read(text: &str, source: &str) -> (File, Vec<Diagnostic>) {
    let (table, found) = toml_text::read(text, source, "theme");
    let mut reader = Reader { text, source, found };
    let mut file = File::default();
    for (key, value) in table.get_ref() {
        match (key.as_ref() as &str, value.as_ref()) {
            ("name", DeValue::String(_)) => {}
            ("inherits", DeValue::String(parent)) => {
                file.inherits = Some((parent.to_string(), Span::of(text, value.span())));
            }
            ("palette", DeValue::Table(palette)) => file.palette = reader.palette(palette),
            ("styles", DeValue::Table(styles)) => file.styles = reader.styles(styles),
            (name, other) if TOP.contains(&name) => {
                let message = format!("`{name}` cannot be a {}", other.type_str());
                reader.wrong(value.span(), name, message, "inherits = \"dark\"");
            }
            (name, _) => reader.unknown(name, key.span(), name, &TOP),
        }
    }
    (file, reader.found)
}
