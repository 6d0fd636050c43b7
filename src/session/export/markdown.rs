//! A session as Markdown, to be read and pasted.

use std::fmt::Write as _;

use super::story::{Piece, story, when};
use crate::session::event::Event;

/// Writes a session as Markdown. What was said and answered stands in it as it is, but for control
/// characters; texts with fences of their own get longer ones.
pub fn markdown(events: &[Event]) -> String {
    let told = story(events);
    let state = &told.state;
    let mut out = String::new();
    let title = if state.title.is_empty() { "A session" } else { &state.title };
    let _ = writeln!(out, "# {}\n", line(title));
    let model = state.model.as_ref().map_or("", |m| m.name.as_str());
    let _ = writeln!(
        out,
        "Session `{}` in `{}`, {}; model `{}`, {} tokens in, {} out.",
        line(&state.session),
        line(&state.workspace),
        when(state.started_ms),
        line(model),
        state.usage.input,
        state.usage.output
    );
    for piece in &told.pieces {
        out.push('\n');
        write(&mut out, piece);
    }
    out
}

fn write(out: &mut String, piece: &Piece) {
    let _ = match piece {
        Piece::Turn { number, wall_ms } => writeln!(out, "## Turn {number} · {}", when(*wall_ms)),
        Piece::Said(text) => {
            let quoted: Vec<String> =
                clean(text).lines().map(|line| format!("> {line}").trim_end().to_owned()).collect();
            writeln!(out, "{}", quoted.join("\n"))
        }
        Piece::Answer { model, text, about } => {
            let about = if about.is_empty() { String::new() } else { format!(" ({about})") };
            // A heading of an answer is none of the page.
            let text: Vec<String> = lowered(&clean(text));
            writeln!(out, "**{}**{about}\n\n{}", line(model), text.join("\n").trim_end())
        }
        Piece::Code { caption, language, text } => {
            let fence = "`".repeat(longest_ticks(text).max(2) + 1);
            writeln!(out, "{}:\n\n{fence}{language}\n{}\n{fence}", line(caption), clean(text).trim_end())
        }
        Piece::List { caption, items } => {
            let _ = writeln!(out, "{}:\n", line(caption));
            items.iter().try_for_each(|item| writeln!(out, "- {}", line(item)))
        }
        Piece::Line(text) => writeln!(out, "{}", line(text)),
    };
}

/// The lines of Markdown, its headings two levels lower; what stands in fences stays.
fn lowered(text: &str) -> Vec<String> {
    let mut fence: Option<String> = None;
    let mut lines = Vec::new();
    for line in text.lines() {
        let bare = line.trim_start();
        let ticks: String = bare.chars().take_while(|c| *c == '`').collect();
        match &fence {
            Some(open) if ticks.len() >= open.len() && bare.trim_end() == ticks => fence = None,
            Some(_) => {}
            None if ticks.len() >= 3 => fence = Some(ticks),
            None if bare.starts_with('#') => {
                lines.push(format!("##{bare}"));
                continue;
            }
            None => {}
        }
        lines.push(line.to_owned());
    }
    // What was cut off inside of a fence must not swallow what follows.
    lines.extend(fence);
    lines
}

fn longest_ticks(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// Text without control characters.
pub(super) fn clean(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

/// The same on one line.
pub(super) fn line(text: &str) -> String {
    clean(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::scenes;

    #[test]
    fn a_session_reads_as_a_page() {
        insta::assert_snapshot!(markdown(&scenes::whole_session()));
    }

    #[test]
    fn what_was_said_stays_inside_of_its_place() {
        let mut s = scenes::Script::opened();
        s.said("# no heading\n\u{1b}[2Jof mine").requested(1, crate::agent::Purpose::Answer);
        s.delta("# mine\n```yaml\n# a comment\n").finished(1);
        let page = markdown(&s.events);
        assert!(page.contains("> # no heading\n> [2Jof mine"), "{page}");
        assert!(page.contains("\n### mine\n```yaml\n# a comment\n```"), "{page}");
    }
}
