//! The graph of the steps: boxes in layers, or a list with rails where there are too many for that.
//!
//! Owns: the drawing of what the document pane shows, made anew when that changes, and its scroll. Does not
//! own: which step is selected (`steps`: it is the same in all panes).

mod layered;
mod lines;
mod rails;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::list::List;
use super::steps::Steps;
use crate::pipeline::oml::OutlineStep;
use crate::session::State;
use crate::session::state::StepStatus;
use crate::tui::text::{clean_line, cut, width};
use crate::tui::theme::{Scope, Theme};
use crate::tui::view::canvas;
use layered::{Drawing, Node};
use rails::Rails;

/// More steps are a list.
const MOST_BOXES: usize = 40;
/// Cells of a name in a box.
const NAME: usize = 24;

/// What the pane remembers.
#[derive(Default)]
pub struct GraphPane {
    /// The version of the document, the columns and whether it is drawn in ASCII.
    made_for: Option<(u64, usize, bool)>,
    shape: Shape,
    rows: List,
}

#[derive(Default)]
enum Shape {
    #[default]
    Nothing,
    Boxes(Drawing),
    Rails(Rails),
}

/// Where to go from a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// To one above.
    Up,
    /// To one below.
    Down,
    /// To the one at the left.
    Left,
    /// To the one at the right.
    Right,
}

impl GraphPane {
    /// Forgets what was drawn.
    pub fn reset(&mut self) {
        self.made_for = None;
    }

    /// The step to go to from the selected one.
    pub fn next(&self, steps: &Steps, way: Way) -> Option<usize> {
        let count = steps.all().len();
        let Some(at) = steps.selected() else { return (count > 0).then_some(0) };
        let Shape::Boxes(drawing) = &self.shape else {
            return match way {
                Way::Up => at.checked_sub(1),
                Way::Down => Some(at + 1).filter(|next| *next < count),
                Way::Left | Way::Right => None,
            };
        };
        let here = drawing.places.get(at)?;
        let middle = |n: usize| drawing.places[n].x + drawing.places[n].width / 2;
        let others = (0..drawing.places.len()).filter(|n| {
            let place = &drawing.places[*n];
            match way {
                Way::Up => place.y < here.y,
                Way::Down => place.y > here.y,
                Way::Left => place.y == here.y && place.x < here.x,
                Way::Right => place.y == here.y && place.x > here.x,
            }
        });
        others.min_by_key(|n| (drawing.places[*n].y.abs_diff(here.y), middle(*n).abs_diff(middle(at))))
    }

    /// Rows of a page.
    pub fn page(&self) -> usize {
        self.rows.page.saturating_sub(1).max(1)
    }

    fn prepare(&mut self, state: &State, steps: &Steps, columns: usize, theme: &Theme) {
        let key = (state.document_version, columns, theme.is_ascii());
        if self.made_for == Some(key) {
            return;
        }
        self.made_for = Some(key);
        let all = steps.all();
        self.shape = match all.len() {
            0 => Shape::Nothing,
            1..=MOST_BOXES => {
                let node = |(n, step): (usize, &OutlineStep)| Node {
                    width: width(&label(step, steps.problems(n), "x")),
                    needs: step.needs.clone(),
                };
                let drawing = layered::draw(&all.iter().enumerate().map(node).collect::<Vec<_>>());
                match drawing.lines.columns() <= columns {
                    true => Shape::Boxes(drawing),
                    false => rails_of(all),
                }
            }
            _ => rails_of(all),
        };
    }

    /// Draws it; the selection is shown wherever the focus is.
    pub fn draw(&mut self, area: Rect, buf: &mut Buffer, state: &State, steps: &Steps, theme: &Theme) {
        let area = Rect { x: area.x + area.width.min(1), width: area.width.saturating_sub(1), ..area };
        self.prepare(state, steps, usize::from(area.width), theme);
        let height = usize::from(area.height);
        match &self.shape {
            Shape::Nothing => {
                let text = match state.document.is_some() || state.review.is_some() {
                    true => "The document has no steps, or is too large to be drawn.",
                    false => "No pipeline yet. Ask for one in the chat.",
                };
                canvas::put(buf, area, 0, &Line::styled(text, theme.style(Scope::Dim)));
            }
            Shape::Boxes(drawing) => {
                let rows = drawing.lines.rows();
                // The whole box of the selected step is kept in sight.
                if let Some(place) = steps.selected().and_then(|at| drawing.places.get(at)) {
                    self.rows.top = self.rows.top.min(place.y.saturating_sub(1));
                    self.rows.select((place.y + 1).max(self.rows.top));
                }
                let window = self.rows.window(rows, height);
                boxes(area, buf, drawing, window, (state, steps, theme));
            }
            Shape::Rails(rails) => {
                self.rows.select(steps.selected().unwrap_or(0));
                let window = self.rows.window(steps.all().len(), height);
                for (y, n) in window.enumerate() {
                    list_row(area, buf, y, n, rails, (state, steps, theme));
                }
            }
        }
    }
}

fn rails_of(all: &[OutlineStep]) -> Shape {
    Shape::Rails(rails::draw(&all.iter().map(|step| step.needs.clone()).collect::<Vec<_>>()))
}

type Means<'a> = (&'a State, &'a Steps, &'a Theme);

/// What stands in the box of a step.
fn label(step: &OutlineStep, (errors, _): (usize, usize), glyph: &str) -> String {
    let name = if step.id.is_empty() { "(no id)" } else { &step.id };
    let name = cut(&clean_line(name), NAME).into_owned();
    match errors {
        0 => format!("{glyph} {name}"),
        n => format!("{glyph} {name} {n}!"),
    }
}

/// Glyph and look of how a step stands: its errors first, then the run.
fn standing(id: &str, (errors, warnings): (usize, usize), state: &State, theme: &Theme) -> (&'static str, Scope) {
    let g = theme.glyphs();
    let run = state.run.as_ref().filter(|_| state.review.is_none());
    let status = run.and_then(|run| run.steps.iter().find(|s| s.step.id == id)).map(|s| &s.status);
    match status {
        _ if errors > 0 => (g.failed, Scope::SeverityError),
        Some(StepStatus::Running) => (g.running, Scope::StateRunning),
        Some(StepStatus::Finished) => (g.done, Scope::StateDone),
        Some(StepStatus::Failed(_)) => (g.failed, Scope::StateFailed),
        Some(StepStatus::Retrying(..)) => (g.repeat, Scope::StateRunning),
        Some(StepStatus::Stopped(_) | StepStatus::Skipped(_)) => (g.skipped, Scope::StateWaiting),
        _ if warnings > 0 => (g.warning, Scope::SeverityWarning),
        Some(StepStatus::Waiting) | None => (g.waiting, Scope::StateWaiting),
    }
}

fn boxes(area: Rect, buf: &mut Buffer, drawing: &Drawing, window: std::ops::Range<usize>, means: Means<'_>) {
    let (state, steps, theme) = means;
    let columns = usize::from(area.width);
    let rule = theme.style(Scope::Rule);
    for (y, row) in window.clone().enumerate() {
        canvas::put(buf, area, y, &Line::styled(drawing.lines.text(row, 0..columns, theme.is_ascii()), rule));
    }
    for (n, (place, step)) in drawing.places.iter().zip(steps.all()).enumerate() {
        let Some(y) = place.y.checked_sub(window.start).filter(|_| place.y < window.end) else { continue };
        let (glyph, scope) = standing(&step.id, steps.problems(n), state, theme);
        let text = label(step, steps.problems(n), glyph);
        let (sign, name) = text.split_at(glyph.len());
        let selected = steps.selected() == Some(n);
        let ground = if selected { theme.style(Scope::ListSelected) } else { Style::new() };
        let lead = if selected { theme.glyphs().focus } else { " " };
        let spans = vec![
            Span::styled(lead, theme.style(Scope::RuleFocused)),
            Span::styled(sign.to_owned(), theme.style(scope).patch(ground)),
            Span::styled(name.to_owned(), theme.style(Scope::Text).patch(ground)),
        ];
        canvas::put(buf, part(area, place.x - 1), y, &Line::from(spans));
    }
}

fn part(area: Rect, x: usize) -> Rect {
    let x = u16::try_from(x).unwrap_or(u16::MAX).min(area.width);
    Rect { x: area.x + x, width: area.width - x, ..area }
}

fn list_row(area: Rect, buf: &mut Buffer, y: usize, n: usize, rails: &Rails, means: Means<'_>) {
    let (state, steps, theme) = means;
    let Some(step) = steps.all().get(n) else { return };
    let sign = rails.signs.get(n).copied().unwrap_or(0);
    let problems = steps.problems(n);
    let (glyph, scope) = match standing(&step.id, problems, state, theme) {
        // Between rails a dot would be lost.
        (glyph, scope) if glyph == theme.glyphs().waiting => (theme.glyphs().bullet, scope),
        other => other,
    };
    let ascii = theme.is_ascii();
    let rule = theme.style(Scope::Rule);
    let selected = steps.selected() == Some(n);
    let lead = if selected { theme.glyphs().focus } else { " " };
    let left = vec![
        Span::styled(lead, theme.style(Scope::RuleFocused)),
        Span::styled(rails.lines.text(n, 0..sign, ascii), rule),
        Span::styled(glyph, theme.style(scope)),
        Span::styled(rails.lines.text(n, sign + 1..rails.width.max(sign + 1), ascii), rule),
        Span::styled(label(step, problems, ""), theme.style(Scope::Text)),
        Span::styled(format!("  {}", clean_line(&step.component)), theme.style(Scope::Dim)),
    ];
    canvas::put(buf, area, y, &Line::from(canvas::cut_spans(left, usize::from(area.width))));
    if selected {
        canvas::paint(buf, area, y, theme.style(Scope::ListSelected));
    }
}
