//! Output for people (standard error for what is wrong, standard output for results) and programs. All of it
//! goes without secrets.

use std::io::{IsTerminal, Write};

use serde::Serialize;

use super::exit::{Exit, Failure};
use crate::diagnostic::{self, Diagnostic};
use crate::secret;
use crate::tui::cut;

/// Prints a line to standard output. A reader that has gone away ends nothing: there is just nobody to
/// tell.
pub fn line(text: impl AsRef<str>) {
    let text = secret::hide(text.as_ref());
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.write_all(b"\n"));
}

/// Prints without a line end, at once.
pub fn piece(text: &str) {
    let text = secret::hide(text);
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Prints one JSON value, indented.
pub fn json(value: &impl Serialize) {
    let mut text = serde_json::to_string_pretty(&secret::to_json(value)).unwrap_or_default();
    text.push('\n');
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

/// Prints a line to standard error.
pub fn note(text: impl AsRef<str>) {
    let text = secret::hide(text.as_ref());
    let mut out = std::io::stderr().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.write_all(b"\n"));
}

/// Prints diagnostics with the lines they are about.
pub fn diagnostics(all: &[Diagnostic], text: Option<&str>) {
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
    for one in all {
        note(diagnostic::plain(one, text, colour));
        note("");
    }
}

/// Tells why a verb ended early.
pub fn failed(failure: &Failure) -> Exit {
    if failure.json {
        json(&serde_json::json!({ "ok": false, "diagnostics": [&failure.diagnostic] }));
    } else {
        diagnostics(std::slice::from_ref(&failure.diagnostic), None);
    }
    failure.exit
}

/// `1,234,567`
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `820 µs`, `12 ms`, `3.4 s`, `2 min 05 s`
pub fn duration(us: u64) -> String {
    match us {
        0..1_000 => format!("{us} µs"),
        1_000..1_000_000 => format!("{} ms", us / 1_000),
        1_000_000..60_000_000 => format!("{}.{} s", us / 1_000_000, us / 100_000 % 10),
        _ => format!("{} min {:02} s", us / 60_000_000, us / 1_000_000 % 60),
    }
}

/// Text from outside, for a terminal: control characters other than line ends and tabs are replaced.
pub fn safe(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' && c != '\t' { '\u{fffd}' } else { c }).collect()
}

/// A line of a list: cut to the width of the terminal where standard output is one.
pub fn fitting(line: &str) -> String {
    let line = safe(line);
    let columns = rustix::termios::tcgetwinsize(std::io::stdout()).map_or(0, |size| usize::from(size.ws_col));
    match columns {
        // No terminal, or one that does not tell.
        0 => line,
        columns => cut(&line, columns).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(count(7), "7");
        assert_eq!(count(1234567), "1,234,567");
        assert_eq!(duration(820), "820 µs");
        assert_eq!(duration(12_345), "12 ms");
        assert_eq!(duration(3_450_000), "3.4 s");
        assert_eq!(duration(125_000_000), "2 min 05 s");
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        assert_eq!(safe("a\u{1b}[2Jb\n\u{9b}c"), "a\u{fffd}[2Jb\n\u{fffd}c");
    }
}
