//! The terminal's answer to the question for its background, taken out of the keys: what reads them does not
//! know it and gives it on as keys, `alt-]` first. An answer may come late, broken, or never; no part of one
//! may be typed.

use std::time::{Duration, Instant};

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

/// The question (OSC 11).
pub const QUESTION: &[u8] = b"\x1b]11;?\x1b\\";
/// Keys that may be an answer wait so long for the next.
const PATIENCE: Duration = Duration::from_millis(100);
/// An answer is not longer.
const LONGEST: usize = 40;

/// Keys that may be the beginning of an answer.
#[derive(Debug, Default)]
pub struct Replies {
    asked: bool,
    held: Vec<Event>,
    text: String,
    since: Option<Instant>,
}

/// What came of an input.
#[derive(Debug, PartialEq)]
pub enum Taken {
    /// These are inputs like any others.
    Inputs(Vec<Event>),
    /// The background, as it is: whether it is a light one.
    Ground {
        /// Light.
        light: bool,
    },
    /// It may be part of an answer.
    Held,
}

impl Replies {
    /// The question was asked.
    pub fn expect(&mut self) {
        self.asked = true;
    }

    /// Takes an input.
    pub fn take(&mut self, input: Event, now: Instant) -> Taken {
        if !self.asked {
            return Taken::Inputs(vec![input]);
        }
        let key = match &input {
            Event::Key(key) => *key,
            _ => return self.no_answer(input),
        };
        if self.since.is_none() {
            if key.code != KeyCode::Char(']') || key.modifiers != KeyModifiers::ALT {
                return Taken::Inputs(vec![input]);
            }
            self.hold(input, ']', now);
            return Taken::Held;
        }
        if ends(key) {
            let light = light(&self.text);
            self.held.push(input);
            return match light {
                Some(light) => {
                    self.forget();
                    Taken::Ground { light }
                }
                None if self.text.starts_with("]11;") => {
                    // An answer, though not one that can be read.
                    self.forget();
                    Taken::Held
                }
                None => Taken::Inputs(self.give_back()),
            };
        }
        match key.code {
            KeyCode::Char(c) if (key.modifiers - KeyModifiers::SHIFT).is_empty() => {
                self.hold(input, c, now);
                let fits = "]11;".starts_with(self.text.as_str()) || self.text.starts_with("]11;");
                if fits && self.text.len() <= LONGEST { Taken::Held } else { Taken::Inputs(self.give_back()) }
            }
            _ => self.no_answer(input),
        }
    }

    fn hold(&mut self, input: Event, c: char, now: Instant) {
        self.held.push(input);
        self.text.push(c);
        self.since = Some(now);
    }

    fn no_answer(&mut self, input: Event) -> Taken {
        self.held.push(input);
        Taken::Inputs(self.give_back())
    }

    fn forget(&mut self) {
        self.give_back();
    }

    fn give_back(&mut self) -> Vec<Event> {
        self.text.clear();
        self.since = None;
        std::mem::take(&mut self.held)
    }

    /// What is no answer because nothing followed in time.
    pub fn tire(&mut self, now: Instant) -> Vec<Event> {
        match self.since {
            // The beginning of a real answer is dropped: nobody types that.
            Some(since) if now.duration_since(since) >= PATIENCE => {
                let answer = self.text.starts_with("]11;");
                let held = self.give_back();
                if answer { Vec::new() } else { held }
            }
            _ => Vec::new(),
        }
    }

    /// When [`Replies::tire`] would give something back.
    pub fn deadline(&self) -> Option<Instant> {
        self.since.map(|since| since + PATIENCE)
    }
}

/// BEL, or the end of a string: what reads the keys takes them for these.
fn ends(key: KeyEvent) -> bool {
    matches!(
        (key.code, key.modifiers),
        (KeyCode::Char('g'), KeyModifiers::CONTROL) | (KeyCode::Char('\\'), KeyModifiers::ALT)
    )
}

/// Whether `]11;rgb:RRRR/GGGG/BBBB` is a light colour.
fn light(text: &str) -> Option<bool> {
    let parts = text.strip_prefix("]11;")?.strip_prefix("rgb")?.trim_start_matches('a').strip_prefix(':')?;
    let channel = |part: &str| {
        let most = 16u32.checked_pow(u32::try_from(part.len()).ok()?)?.checked_sub(1)?;
        Some(f64::from(u32::from_str_radix(part, 16).ok()?) / f64::from(most.max(1)))
    };
    let mut channels = parts.split('/').map(channel);
    let (r, g, b) = (channels.next()??, channels.next()??, channels.next()??);
    // Perceived brightness, roughly: green counts most.
    Some(0.299 * r + 0.587 * g + 0.114 * b > 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(c: char, modifiers: KeyModifiers) -> Event {
        Event::Key(KeyEvent::new(KeyCode::Char(c), modifiers))
    }

    /// The inputs that a text of the terminal is read as.
    fn inputs(text: &str) -> Vec<Event> {
        let mut out = Vec::new();
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            out.push(match c {
                '\u{1b}' => key(chars.next().unwrap(), KeyModifiers::ALT),
                '\u{7}' => key('g', KeyModifiers::CONTROL),
                c => key(c, KeyModifiers::NONE),
            });
        }
        out
    }

    fn fed(text: &str) -> (Vec<Event>, Option<bool>) {
        let mut replies = Replies::default();
        replies.expect();
        let now = Instant::now();
        let (mut typed, mut ground) = (Vec::new(), None);
        for input in inputs(text) {
            match replies.take(input, now) {
                Taken::Inputs(all) => typed.extend(all),
                Taken::Ground { light } => ground = Some(light),
                Taken::Held => {}
            }
        }
        typed.extend(replies.tire(now + PATIENCE));
        (typed, ground)
    }

    #[test]
    fn an_answer_is_read_and_not_typed() {
        let cases = [
            ("\u{1b}]11;rgb:ffff/ffff/ffff\u{1b}\\", Some(true)),
            ("\u{1b}]11;rgb:1e1e/1e1e/2e2e\u{7}", Some(false)),
            ("\u{1b}]11;rgba:ff/ff/dd/ff\u{7}", Some(true)),
            ("\u{1b}]11;rgb:zzzz/0/0\u{7}", None),
            ("\u{1b}]11;rgb:ffff/ff", None),
        ];
        for (text, expected) in cases {
            assert_eq!(fed(text), (Vec::new(), expected), "{text:?}");
        }
        let (typed, ground) = fed("a\u{1b}]11;rgb:0/0/0\u{7}b");
        assert_eq!((typed, ground), (inputs("ab"), Some(false)));
    }

    #[test]
    fn what_a_person_types_is_typed() {
        for text in ["abc", "\u{1b}]", "\u{1b}]x", "\u{1b}]1x\u{7}", "\u{1b}]1\u{1b}f", "]11;rgb:0/0/0"] {
            assert_eq!(fed(text), (inputs(text), None), "{text:?}");
        }
        let long = format!("\u{1b}]11;{}", "x".repeat(100));
        assert_eq!(fed(&long).0.len(), inputs(&long).len(), "an endless one is given back");
        let mut replies = Replies::default();
        let input = inputs("\u{1b}]").pop().unwrap();
        assert_eq!(replies.take(input.clone(), Instant::now()), Taken::Inputs(vec![input]), "nothing was asked");
    }
}
