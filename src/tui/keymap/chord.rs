//! A key with its modifiers, in one normal form: however a terminal reports a key, it is bound once.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

/// A key and its modifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Chord {
    /// The key; a letter carries its case.
    pub code: KeyCode,
    /// Control and alt; shift only where the key does not carry it.
    pub modifiers: KeyModifiers,
}

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
        for (prefix, modifier) in
            [("ctrl-", KeyModifiers::CONTROL), ("alt-", KeyModifiers::ALT), ("shift-", KeyModifiers::SHIFT)]
        {
            if let Some(inner) = rest.strip_prefix(prefix).filter(|inner| !inner.is_empty()) {
                modifiers |= modifier;
                rest = inner;
            }
        }
        let mut chars = rest.chars();
        let code = match (rest, chars.next(), chars.next()) {
            (_, Some(c), None) => KeyCode::Char(c),
            ("enter", ..) => KeyCode::Enter,
            ("esc", ..) => KeyCode::Esc,
            ("tab", ..) => KeyCode::Tab,
            ("space", ..) => KeyCode::Char(' '),
            ("backspace", ..) => KeyCode::Backspace,
            ("delete", ..) => KeyCode::Delete,
            ("up", ..) => KeyCode::Up,
            ("down", ..) => KeyCode::Down,
            ("left", ..) => KeyCode::Left,
            ("right", ..) => KeyCode::Right,
            ("pgup", ..) => KeyCode::PageUp,
            ("pgdn", ..) => KeyCode::PageDown,
            ("home", ..) => KeyCode::Home,
            ("end", ..) => KeyCode::End,
            (name, Some('f'), Some(_)) => KeyCode::F(name[1..].parse().ok()?),
            _ => return None,
        };
        Some(Chord { code, modifiers })
    }

    /// The character it types, if it types one.
    pub fn typed(self) -> Option<char> {
        match self.code {
            KeyCode::Char(c) if self.modifiers.is_empty() => Some(c),
            _ => None,
        }
    }
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
        assert_eq!(Chord::parse("ctrl-nonsense"), None);
    }
}
