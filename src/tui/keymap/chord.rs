//! A key with its modifiers, in one normal form: however a terminal reports a key, it is bound once.

use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

/// A key and its modifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Chord {
    /// The key; a letter carries its case.
    pub code: KeyCode,
    /// Control and alt; shift only where the key does not carry it.
    pub modifiers: KeyModifiers,
}

const PREFIXES: [(&str, KeyModifiers); 3] =
    [("ctrl-", KeyModifiers::CONTROL), ("alt-", KeyModifiers::ALT), ("shift-", KeyModifiers::SHIFT)];

/// Keys with a name, beside `f1` to `f24`.
pub const NAMED: [(&str, KeyCode); 16] = [
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("space", KeyCode::Char(' ')),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("insert", KeyCode::Insert),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("pgup", KeyCode::PageUp),
    ("pgdn", KeyCode::PageDown),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("minus", KeyCode::Char('-')),
];

impl Chord {
    /// The chord of a key event; `None` for releases.
    pub fn of(event: KeyEvent) -> Option<Chord> {
        if event.kind == KeyEventKind::Release {
            return None;
        }
        let wanted = KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT;
        let mut modifiers = event.modifiers & wanted;
        let code = match event.code {
            KeyCode::BackTab => {
                modifiers |= KeyModifiers::SHIFT;
                KeyCode::Tab
            }
            KeyCode::Char(c) => {
                let shifted = modifiers.contains(KeyModifiers::SHIFT);
                modifiers -= KeyModifiers::SHIFT;
                match (c, modifiers.contains(KeyModifiers::CONTROL)) {
                    // ctrl-/ and ctrl-_ send the byte that is reported as ctrl-7.
                    ('7' | '/', true) => KeyCode::Char('_'),
                    (c, true) => KeyCode::Char(c.to_ascii_lowercase()),
                    (c, false) if shifted => KeyCode::Char(c.to_uppercase().next().unwrap_or(c)),
                    (c, false) => KeyCode::Char(c),
                }
            }
            other => other,
        };
        Some(Chord { code, modifiers })
    }

    /// The chord of a written key: `ctrl-a`, `alt-enter`, `shift-tab`, `f1`, `A`, `?`.
    pub fn parse(text: &str) -> Option<Chord> {
        let mut modifiers = KeyModifiers::NONE;
        let mut rest = text;
        while let Some((modifier, inner)) = PREFIXES.iter().find_map(|(prefix, modifier)| {
            let inner = rest.strip_prefix(prefix).filter(|inner| !inner.is_empty())?;
            Some((*modifier, inner))
        }) {
            modifiers |= modifier;
            rest = inner;
        }
        let mut chars = rest.chars();
        let code = match (chars.next(), chars.next()) {
            (Some(c), None) => KeyCode::Char(c),
            (Some('f'), Some(d)) if d.is_ascii_digit() => {
                KeyCode::F(rest[1..].parse().ok().filter(|n| (1..=24).contains(n))?)
            }
            _ => NAMED.iter().find(|(name, _)| *name == rest).map(|(_, code)| *code)?,
        };
        // One normal form with what a terminal reports.
        Chord::of(KeyEvent::new(code, modifiers))
    }

    /// The chords of keys that are pressed one after the other: `g g`, `ctrl-x ctrl-s`.
    ///
    /// # Errors
    /// The first word that is no key.
    pub fn sequence(text: &str) -> Result<Vec<Chord>, &str> {
        text.split_whitespace().map(|word| Chord::parse(word).ok_or(word)).collect()
    }

    /// The key that a terminal sends instead of this one, where it can't tell the two apart.
    pub fn same_as(self) -> Option<&'static str> {
        match (self.code, self.modifiers.contains(KeyModifiers::CONTROL)) {
            (KeyCode::Char('i'), true) => Some("tab"),
            (KeyCode::Char('m'), true) => Some("enter"),
            (KeyCode::Char('['), true) => Some("esc"),
            _ => None,
        }
    }

    /// The character it types, if it types one.
    pub fn typed(self) -> Option<char> {
        match self.code {
            KeyCode::Char(c) if self.modifiers.is_empty() => Some(c),
            _ => None,
        }
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (prefix, modifier) in PREFIXES {
            if self.modifiers.contains(modifier) {
                f.write_str(prefix)?;
            }
        }
        match self.code {
            KeyCode::F(n) => write!(f, "f{n}"),
            KeyCode::Char(c) if c != ' ' => write!(f, "{c}"),
            code => f.write_str(NAMED.iter().find(|(_, named)| *named == code).map_or("?", |(name, _)| name)),
        }
    }
}

/// Keys one after the other, as they are written.
pub fn shown(chords: &[Chord]) -> String {
    chords.iter().map(Chord::to_string).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chord(code: KeyCode, modifiers: KeyModifiers) -> Option<Chord> {
        Chord::of(KeyEvent::new(code, modifiers))
    }

    #[test]
    fn reports_of_one_key_are_one_chord() {
        let cases = [
            ("A", chord(KeyCode::Char('A'), KeyModifiers::SHIFT)),
            ("A", chord(KeyCode::Char('a'), KeyModifiers::SHIFT)),
            ("A", chord(KeyCode::Char('A'), KeyModifiers::NONE)),
            ("ctrl-c", chord(KeyCode::Char('C'), KeyModifiers::CONTROL | KeyModifiers::SHIFT)),
            ("shift-tab", chord(KeyCode::BackTab, KeyModifiers::SHIFT)),
            ("shift-tab", chord(KeyCode::BackTab, KeyModifiers::NONE)),
            ("ctrl-_", chord(KeyCode::Char('7'), KeyModifiers::CONTROL)),
            ("alt-enter", chord(KeyCode::Enter, KeyModifiers::ALT)),
            ("f12", chord(KeyCode::F(12), KeyModifiers::NONE)),
            ("-", chord(KeyCode::Char('-'), KeyModifiers::NONE)),
        ];
        for (text, reported) in cases {
            assert_eq!(Chord::parse(text), reported, "{text}");
        }
        for bad in ["ctrl-nonsense", "f0", "f99", "", "ctrl-"] {
            assert_eq!(Chord::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_key_is_shown_as_it_is_written() {
        for text in ["ctrl-a", "alt-enter", "shift-tab", "G", "space", "f12", "-", "ctrl-alt-x", "alt-<", "?"] {
            assert_eq!(Chord::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Chord::parse("alt-ctrl-X"), Chord::parse("ctrl-alt-x"));
        assert_eq!(Chord::parse("shift-g"), Chord::parse("G"));
        assert_eq!(shown(&Chord::sequence("g  ctrl-x").unwrap()), "g ctrl-x");
        assert_eq!(Chord::sequence("g no"), Err("no"));
        assert_eq!(Chord::parse("ctrl-m").unwrap().same_as(), Some("enter"));
    }
}
