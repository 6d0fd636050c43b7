//! What is shown of an answer on demand: how it was asked for, and what the model thought.

use ratatui::text::{Line, Span};

use super::{INDENT, Pen};
use crate::session::state::Asked;
use crate::tui::text::safe::floor;
use crate::tui::text::{clean_line, wrap};
use crate::tui::theme::Scope;
use crate::tui::view::preview::bytes;
use crate::tui::view::words::{count, duration, short};

/// Bytes of thinking that are shown on demand: the last of it.
const THINKING: usize = 64 * 1024;

pub(super) fn thinking(text: &str, pen: &mut Pen<'_>) {
    let from = floor(text, text.len().saturating_sub(THINKING));
    if from > 0 {
        let left_out = format!("{INDENT}the first {} are left out", bytes(from as u64));
        pen.rows.push(Line::styled(left_out, pen.theme.style(Scope::Dim)));
    }
    lines(&text[from..], Scope::ChatThinking, pen);
}

pub(super) fn lines(text: &str, scope: Scope, pen: &mut Pen<'_>) {
    for line in text.lines() {
        let clean = clean_line(line);
        for row in wrap(&clean, pen.inner()) {
            let spans = vec![Span::raw(INDENT), Span::styled(clean[row].to_owned(), pen.theme.style(scope))];
            pen.rows.push(Line::from(spans));
        }
    }
}

pub(super) fn asked(asked: &Asked, pen: &mut Pen<'_>) {
    let mut about = vec![format!("request {} to {}, {}", short(&asked.hash), asked.model, bytes(asked.bytes))];
    if asked.first_us > 0 {
        about.push(format!("first words after {}", duration(asked.first_us)));
    }
    match asked.usage {
        Some(usage) => {
            about.push(format!("{} tokens in, {} out, counted by the server", count(usage.input), count(usage.output)))
        }
        None => about.push("the server counted no tokens".to_owned()),
    }
    let list = |what: &str, names: &[String]| (!names.is_empty()).then(|| format!("{what}: {}", names.join(", ")));
    about.extend(list("contracts", &asked.contracts));
    about.extend(list("discoveries", &asked.discoveries));
    about.extend(asked.document.as_ref().map(|file| format!("document: {file}")));
    for text in about {
        lines(&text, Scope::Dim, pen);
    }
}
