//! A session as a film of the screen, in the format of asciinema: the frames are drawn by the same code as in
//! life. The same session, size, theme and gap give the same bytes on every machine.

use std::io::Write;

use serde_json::json;

use super::headless::Screen;
use super::options::Options;
use crate::session::{Event, Fact};

/// Shortest time between two frames, microseconds.
const FRAME_US: u64 = 33_000;

/// The version of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// Times since the beginning.
    Two,
    /// Times since the line before.
    Three,
}

/// How a film is made.
#[derive(Clone, Copy, Debug)]
pub struct Film {
    /// The format.
    pub version: Version,
    /// Columns and rows.
    pub size: (u16, u16),
    /// Longest time in which nothing happens, microseconds; `None` keeps every gap as it was.
    pub gap_us: Option<u64>,
}

/// Writes a film of a session. Each turn has a marker.
pub fn cast(events: &[Event], film: Film, options: &Options, out: &mut dyn Write) -> std::io::Result<()> {
    let (columns, rows) = film.size;
    let mut screen = Screen::new(columns, rows, options);
    let state = crate::session::State::fold(events);
    let timestamp = state.started_ms.max(0) / 1000;
    let title = super::text::clean_line(&state.title);
    let header = match film.version {
        Version::Two => json!({"version": 2, "width": columns, "height": rows, "timestamp": timestamp, "title": title}),
        Version::Three => {
            json!({"version": 3, "term": {"cols": columns, "rows": rows, "type": "xterm-256color"}, "timestamp": timestamp, "title": title})
        }
    };
    writeln!(out, "{header}")?;
    let mut lines = Lines { out, version: film.version, told: 0 };
    let times = super::replay::times(events, film.gap_us);
    let (mut turn, mut drawn) = (0, None::<u64>);
    for (n, (event, at)) in events.iter().zip(&times).enumerate() {
        screen.apply_at(event, *at / 1000);
        if matches!(event.fact, Fact::Said { .. }) {
            turn += 1;
            lines.line(*at, "m", &format!("turn {turn}"))?;
        }
        let next = times.get(n + 1).copied();
        let soon = drawn.is_some_and(|drawn| next.is_some_and(|next| next < drawn + FRAME_US));
        if !soon {
            lines.frame(*at, screen.frame())?;
            drawn = Some(*at);
        }
    }
    lines.out.flush()
}

struct Lines<'a> {
    out: &'a mut dyn Write,
    version: Version,
    told: u64,
}

impl Lines<'_> {
    fn frame(&mut self, at: u64, bytes: &[u8]) -> std::io::Result<()> {
        if bytes.is_empty() { Ok(()) } else { self.line(at, "o", &String::from_utf8_lossy(bytes)) }
    }

    fn line(&mut self, at: u64, kind: &str, data: &str) -> std::io::Result<()> {
        let us = match self.version {
            Version::Two => at,
            Version::Three => at - std::mem::replace(&mut self.told, at),
        };
        // Whole numbers of microseconds, so that no machine rounds otherwise.
        writeln!(self.out, "[{}.{:06}, {}, {}]", us / 1_000_000, us % 1_000_000, json!(kind), json!(data))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::scenes;

    fn film(version: Version, size: (u16, u16)) -> String {
        let mut out = Vec::new();
        let film = Film { version, size, gap_us: Some(2_000_000) };
        cast(&scenes::whole_session(), film, &Options::default(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_player_that_plays_it_shows_the_last_screen() {
        for (version, size) in [(Version::Two, (100, 30)), (Version::Three, (80, 24))] {
            let text = film(version, size);
            assert_eq!(text, film(version, size), "the same bytes");
            let mut terminal = vt100::Parser::new(size.1.try_into().unwrap(), size.0.try_into().unwrap(), 0);
            let (mut time, mut markers) = (0.0, 0);
            for line in text.lines().skip(1) {
                let line: (f64, String, String) = serde_json::from_str(line).unwrap();
                assert!(version == Version::Three || line.0 >= time, "times never decrease");
                time = if version == Version::Three { time + line.0 } else { line.0 };
                match line.1.as_str() {
                    "o" => terminal.process(line.2.as_bytes()),
                    "m" => markers += 1,
                    other => panic!("{other}"),
                }
            }
            assert!(markers == 1 && time > 0.5, "{time}");
            let mut screen = Screen::new(size.0, size.1, &Options::default());
            scenes::whole_session().iter().for_each(|event| screen.apply(event));
            let rows: Vec<String> = terminal.screen().rows(0, size.0).map(|r| r.trim_end().to_owned()).collect();
            assert_eq!(rows.join("\n"), screen.text().join("\n"));
        }
    }

    #[test]
    fn headers_are_those_of_the_formats() {
        let header = |version| {
            serde_json::from_str::<serde_json::Value>(film(version, (90, 20)).lines().next().unwrap()).unwrap()
        };
        let (two, three) = (header(Version::Two), header(Version::Three));
        assert_eq!((&two["version"], &two["width"], &two["height"]), (&json!(2), &json!(90), &json!(20)));
        assert_eq!(
            (&three["version"], &three["term"]["cols"], &three["term"]["rows"]),
            (&json!(3), &json!(90), &json!(20))
        );
    }
}
