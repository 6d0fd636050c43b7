//! The run pane: the steps of the last run, what it wrote, and the first rows of it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::list::Scroll;
use crate::pipeline::run::RunOutcome;
use crate::session::State;
use crate::session::state::{RunState, StepState, StepStatus};
use crate::tui::text::{clean_line, pad, width};
use crate::tui::theme::{Scope, Theme};
use crate::tui::view::words::{count, duration, short};
use crate::tui::view::{canvas, diagnostic, preview};

/// Rows of a preview.
const PREVIEW_ROWS: usize = 20;

/// What the pane remembers.
#[derive(Debug, Default)]
pub struct RunPane {
    /// Its scroll.
    pub scroll: Scroll,
}

impl RunPane {
    /// Draws it.
    pub fn draw(&mut self, area: Rect, buf: &mut Buffer, state: &State, theme: &Theme) {
        let Some(run) = &state.run else {
            let text = "No run yet. ctrl-r compiles the document and runs it.";
            canvas::put(buf, area, 0, &Line::styled(text, theme.style(Scope::Dim)));
            return;
        };
        let rows = rows(run, usize::from(area.width), theme);
        let window = self.scroll.window(rows.len(), usize::from(area.height));
        for (y, line) in rows[window].iter().enumerate() {
            canvas::put(buf, area, y, line);
        }
    }
}

fn rows(run: &RunState, columns: usize, theme: &Theme) -> Vec<Line<'static>> {
    let g = theme.glyphs();
    let mut out = Vec::new();
    let (glyph, word, scope) = match run.outcome {
        None => (g.running, "running", Scope::StateRunning),
        Some(RunOutcome::Succeeded) => (g.done, "finished", Scope::StateDone),
        Some(RunOutcome::Failed) => (g.failed, "failed", Scope::StateFailed),
        Some(RunOutcome::Cancelled) => (g.skipped, "stopped", Scope::StateWaiting),
    };
    let time = if run.outcome.is_some() { format!(" in {}", duration(run.duration_us)) } else { String::new() };
    out.push(Line::from(vec![
        Span::styled(format!("{glyph} {word}"), theme.style(scope)),
        Span::styled(time, theme.style(Scope::Text)),
        Span::styled(format!("  {} on {}", short(&run.id), clean_line(&run.engine)), theme.style(Scope::Dim)),
    ]));
    let name = run.steps.iter().map(|s| width(&s.step.id)).max().unwrap_or(0).clamp(4, 32);
    for step in &run.steps {
        out.push(step_row(step, name, columns, theme));
        match &step.status {
            StepStatus::Failed(d) => {
                for row in diagnostic::full(d, columns.saturating_sub(4), theme) {
                    let mut spans = vec![Span::raw("    ")];
                    spans.extend(row.spans);
                    out.push(Line::from(spans));
                }
            }
            StepStatus::Stopped(reason) | StepStatus::Retrying(_, reason) | StepStatus::Skipped(reason) => {
                out.push(Line::styled(format!("    {}", clean_line(reason)), theme.style(Scope::Dim)));
            }
            _ => {}
        }
    }
    for output in &run.outputs {
        out.push(Line::default());
        out.push(Line::from(vec![
            Span::styled(format!("{} ", g.arrow), theme.style(Scope::StateDone)),
            Span::styled(clean_line(&output.path).into_owned(), theme.style(Scope::Strong)),
            Span::styled(
                format!("  {} rows, {}", count(output.rows), preview::bytes(output.bytes)),
                theme.style(Scope::Dim),
            ),
        ]));
        for preview in run.previews.iter().filter(|p| p.step == output.step && p.path == output.path) {
            out.extend(preview::table(preview, PREVIEW_ROWS, columns, theme));
        }
    }
    out
}

fn step_row(step: &StepState, name: usize, columns: usize, theme: &Theme) -> Line<'static> {
    let g = theme.glyphs();
    let (glyph, word, scope) = match &step.status {
        StepStatus::Waiting => (g.waiting, "waiting", Scope::StateWaiting),
        StepStatus::Running => (g.running, "running", Scope::StateRunning),
        StepStatus::Finished => (g.done, "done", Scope::StateDone),
        StepStatus::Failed(_) => (g.failed, "failed", Scope::StateFailed),
        StepStatus::Stopped(_) => (g.skipped, "stopped", Scope::StateWaiting),
        StepStatus::Retrying(..) => (g.waiting, "retry", Scope::StateRunning),
        StepStatus::Skipped(_) => (g.skipped, "left", Scope::StateWaiting),
    };
    let mut left = vec![
        Span::styled(format!("  {glyph} {word:<7} "), theme.style(scope)),
        Span::styled(pad(&clean_line(&step.step.id), name), theme.style(Scope::Text)),
        Span::styled(format!("  {}", clean_line(&step.step.component)), theme.style(Scope::Dim)),
    ];
    let mut right = Vec::new();
    if step.rows_in > 0 || step.rows_out > 0 {
        let rows = format!("{} {} {} rows", count(step.rows_in), g.arrow, count(step.rows_out));
        right.push(Span::styled(rows, theme.style(Scope::Text)));
    }
    if step.status == StepStatus::Running {
        if let Some(rate) = step.rows_per_second() {
            right.push(Span::styled(format!("  {}/s", count(rate)), theme.style(Scope::Dim)));
        }
        if let Some(left) = step.left_us() {
            right.push(Span::styled(format!("  {} left ", duration(left)), theme.style(Scope::Dim)));
        }
    }
    if step.duration_us > 0 {
        right.push(Span::styled(format!("  {:>8} ", duration(step.duration_us)), theme.style(Scope::Dim)));
    }
    let needed: usize = right.iter().map(Span::width).sum::<usize>() + name + 14;
    if needed > columns {
        left.truncate(2);
    }
    canvas::justified(columns, left, right)
}
