//! What goes to the terminal beside the screen: its clipboard, its title, a sign that something is done.
//! All text is made harmless here, the last door.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::tui::text::{clean_line, cut};
use crate::workspace::config::Notify;

/// What stands between the terminal and us and takes sequences for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Between {
    /// Nothing that we know of.
    Nothing,
    /// tmux.
    Tmux,
    /// GNU screen.
    Screen,
}

/// How the terminal is spoken to.
#[derive(Clone, Copy, Debug)]
pub struct Outside {
    between: Between,
    notify: Notify,
}

/// Cells of a title or a notification.
const WORDS: usize = 100;
/// GNU screen takes so many bytes of a passed-through string at once.
const SCREEN_PIECE: usize = 76;

impl Outside {
    /// As the environment tells.
    pub fn detect(notify: Notify, var: impl Fn(&str) -> Option<String>) -> Outside {
        let set = |name: &str| var(name).is_some_and(|value| !value.is_empty());
        let between = match (set("TMUX"), set("STY")) {
            (true, _) => Between::Tmux,
            (false, true) => Between::Screen,
            (false, false) => Between::Nothing,
        };
        let notify = match (notify, between) {
            (Notify::Auto, Between::Nothing) => known(&var),
            (Notify::Auto, _) => Notify::Bell,
            (wanted, _) => wanted,
        };
        Outside { between, notify }
    }

    /// Puts a text into the terminal's clipboard (OSC 52). In tmux both ways: the plain sequence is taken with
    /// `set-clipboard on`, the one that is passed through with `allow-passthrough on`.
    pub fn clipboard(&self, text: &str, out: &mut Vec<u8>) {
        let sequence = format!("\x1b]52;c;{}\x07", STANDARD.encode(text));
        match self.between {
            Between::Nothing => out.extend_from_slice(sequence.as_bytes()),
            Between::Tmux => {
                out.extend_from_slice(sequence.as_bytes());
                out.extend_from_slice(tmux(&sequence).as_bytes());
            }
            Between::Screen => {
                for piece in sequence.as_bytes().chunks(SCREEN_PIECE) {
                    out.extend_from_slice(b"\x1bP");
                    out.extend_from_slice(piece);
                    out.extend_from_slice(b"\x1b\\");
                }
            }
        }
    }

    /// Tells that something is done.
    pub fn notify(&self, text: &str, out: &mut Vec<u8>) {
        let text = harmless(text);
        let sequence = match self.notify {
            Notify::Off => return,
            Notify::Auto | Notify::Bell => "\x07".to_owned(),
            Notify::Osc9 => format!("\x1b]9;{text}\x1b\\"),
            Notify::Osc777 => format!("\x1b]777;notify;Pipesmith;{}\x1b\\", text.replace(';', ",")),
        };
        let passed = self.between == Between::Tmux && sequence.len() > 1;
        out.extend_from_slice(if passed { tmux(&sequence) } else { sequence }.as_bytes());
    }

    /// Names the window.
    pub fn title(&self, text: &str, out: &mut Vec<u8>) {
        let mut sequence = String::new();
        // Writing to memory does not fail.
        let _ = write!(sequence, "\x1b]2;{}\x1b\\", harmless(text));
        out.extend_from_slice(sequence.as_bytes());
    }
}

/// A sequence that tmux passes on to the terminal.
fn tmux(sequence: &str) -> String {
    format!("\x1bPtmux;{}\x1b\\", sequence.replace('\x1b', "\x1b\x1b"))
}

fn harmless(text: &str) -> String {
    cut(&clean_line(text), WORDS).into_owned()
}

/// What a terminal that tells its name is known to do.
fn known(var: impl Fn(&str) -> Option<String>) -> Notify {
    let program = var("TERM_PROGRAM").unwrap_or_default().to_lowercase();
    let term = var("TERM").unwrap_or_default();
    let has = |names: &[&str]| names.iter().any(|name| program.contains(name) || term.contains(name));
    if has(&["iterm", "wezterm", "ghostty"]) {
        Notify::Osc9
    } else if has(&["foot", "rxvt"]) {
        Notify::Osc777
    } else {
        Notify::Bell
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outside(notify: Notify, vars: &'static [(&str, &str)]) -> Outside {
        Outside::detect(notify, |name| vars.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned()))
    }

    fn bytes(act: impl Fn(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        act(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_text_goes_to_the_clipboard_through_what_stands_between() {
        let plain = outside(Notify::Auto, &[]);
        assert_eq!(bytes(|out| plain.clipboard("hi\u{1b}", out)), "\x1b]52;c;aGkb\x07");
        let tmux = outside(Notify::Auto, &[("TMUX", "/tmp/x,1,0")]);
        assert_eq!(bytes(|out| tmux.clipboard("hi", out)), "\x1b]52;c;aGk=\x07\x1bPtmux;\x1b\x1b]52;c;aGk=\x07\x1b\\");
        let screen = outside(Notify::Auto, &[("STY", "1.x")]);
        let told = bytes(|out| screen.clipboard(&"x".repeat(100), out));
        assert_eq!(told.matches("\x1bP").count(), 2);
        assert!(told.replace("\x1bP", "").replace("\x1b\\", "").starts_with("\x1b]52;c;eHh4"));
    }

    #[test]
    fn a_sign_is_the_one_that_the_terminal_knows() {
        let told = |notify, vars| bytes(|out| outside(notify, vars).notify("done; \u{1b}]0;x\u{7}", out));
        assert_eq!(told(Notify::Auto, &[("TERM", "xterm-256color")]), "\x07");
        assert_eq!(told(Notify::Off, &[]), "");
        assert_eq!(told(Notify::Auto, &[("TERM_PROGRAM", "iTerm.app")]), "\x1b]9;done; \u{fffd}]0;x\u{fffd}\x1b\\");
        assert_eq!(
            told(Notify::Auto, &[("TERM", "foot")]),
            "\x1b]777;notify;Pipesmith;done, \u{fffd}]0,x\u{fffd}\x1b\\"
        );
        assert!(told(Notify::Osc9, &[("TMUX", "x")]).starts_with("\x1bPtmux;\x1b\x1b]9;"));
        assert_eq!(told(Notify::Auto, &[("TMUX", "x"), ("TERM_PROGRAM", "iTerm.app")]), "\x07");
    }

    #[test]
    fn a_title_is_short_and_harmless() {
        let title = bytes(|out| outside(Notify::Auto, &[]).title(&format!("a\u{7}b{}", "c".repeat(500)), out));
        assert!(title.starts_with("\x1b]2;a\u{fffd}bccc") && title.len() < 130, "{title:?}");
    }
}
