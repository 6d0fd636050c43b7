//! Where everything goes.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::canvas;
use crate::tui::pane::Pane;
use crate::tui::theme::{Scope, Theme};
use crate::tui::ui::Ui;

/// From here on chat and document stand side by side.
pub const WIDE: u16 = 100;
/// Below this nothing sensible can be drawn.
const MINIMUM: (u16, u16) = (30, 8);

/// From this height on a replay has its bar.
const BARRED: u16 = 14;

/// The places of a size.
#[derive(Clone, Debug)]
pub struct Arrangement {
    /// The line at the top.
    pub header: Rect,
    /// The tab bar of a narrow screen.
    pub tabs: Option<Rect>,
    /// The line between the halves of a wide screen.
    pub divider: Option<Rect>,
    /// The panes in sight.
    pub panes: Vec<(Pane, Rect)>,
    /// The line at the bottom.
    pub status: Rect,
    /// The bar of the replay player above it.
    pub bar: Option<Rect>,
}

impl Arrangement {
    /// The places for this area; `None` when it is too small.
    pub fn of(area: Rect, ui: &Ui) -> Option<Arrangement> {
        if area.width < MINIMUM.0 || area.height < MINIMUM.1 {
            return None;
        }
        let header = Rect { height: 1, ..area };
        let status = Rect { y: area.bottom() - 1, height: 1, ..area };
        let barred = u16::from(ui.replay.is_some() && area.height >= BARRED);
        let bar = (barred > 0).then(|| Rect { y: status.y - 1, ..status });
        let body = Rect { y: area.y + 1, height: area.height - 2 - barred, ..area };
        if area.width < WIDE {
            let tabs = Rect { height: 1, ..body };
            let pane = Rect { y: body.y + 1, height: body.height - 1, ..body };
            return Some(Arrangement {
                header,
                tabs: Some(tabs),
                divider: None,
                panes: vec![(ui.focus, pane)],
                status,
                bar,
            });
        }
        if ui.zoomed {
            return Some(Arrangement { header, tabs: None, divider: None, panes: vec![(ui.focus, body)], status, bar });
        }
        let division = &ui.division;
        let part =
            |whole: u16, percent: u8| u16::try_from(u32::from(whole) * u32::from(percent) / 100).unwrap_or(whole);
        let hidden = division.chat_hidden && ui.focus != Pane::Chat;
        let left = if hidden { 0 } else { part(body.width - 1, division.chat) };
        let chat = Rect { width: left, ..body };
        let line = u16::from(!hidden);
        let divider = Rect { x: body.x + left, width: line, ..body };
        let right = Rect { x: divider.right(), width: body.width - left - line, ..body };
        // The half with the focus gets more room.
        let upper = part(right.height, division.upper.unwrap_or(if ui.focus.is_tab() { 45 } else { 60 }));
        let document = Rect { height: upper, ..right };
        let tab = Rect { y: right.y + upper, height: right.height - upper, ..right };
        let mut panes = vec![(Pane::Chat, chat), (Pane::Document, document), (ui.tab, tab)];
        if hidden {
            panes.remove(0);
        }
        Some(Arrangement { header, tabs: None, divider: Some(divider), panes, status, bar })
    }

    /// Whether the title of this pane is a row of tabs.
    pub fn tabbed(&self, pane: Pane) -> bool {
        self.tabs.is_none() && pane.is_tab()
    }
}

/// What stands there instead.
pub fn too_small(area: Rect, buf: &mut Buffer, theme: &Theme) {
    let text = format!("Too small: {}x{} of {}x{}", area.width, area.height, MINIMUM.0, MINIMUM.1);
    let shown = crate::tui::text::cut(&text, usize::from(area.width)).into_owned();
    canvas::put(buf, area, 0, &Line::styled(shown, theme.style(Scope::Text)));
}
