//! From two buffers to the bytes of one frame: what changed, the shortest way, all of it between the
//! marks of a synchronized update.

use std::io::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Modifier};

use crate::tui::text::width;

const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";

/// Knows what the terminal shows.
#[derive(Debug)]
pub struct Encoder {
    shown: Buffer,
    /// Nothing is known of the screen: it is cleared first.
    blind: bool,
    /// Where the terminal's cursor is, if that is known.
    at: Option<Position>,
    cursor_on: bool,
    style: (Color, Color, Modifier),
}

const PLAIN: (Color, Color, Modifier) = (Color::Reset, Color::Reset, Modifier::empty());

impl Default for Encoder {
    fn default() -> Self {
        Encoder { shown: Buffer::empty(Rect::ZERO), blind: true, at: None, cursor_on: true, style: PLAIN }
    }
}

impl Encoder {
    /// Forgets what the terminal shows: the next frame draws everything.
    pub fn forget(&mut self) {
        self.blind = true;
    }

    /// The bytes that make the terminal show `next` with the cursor at `cursor`; none when it does so
    /// already. `out` is emptied first.
    pub fn frame(&mut self, next: Buffer, cursor: Option<Position>, out: &mut Vec<u8>) {
        out.clear();
        out.extend_from_slice(BEGIN);
        if self.blind || self.shown.area != next.area {
            self.shown = Buffer::empty(next.area);
            out.extend_from_slice(b"\x1b[?25l\x1b[0m\x1b[2J");
            (self.blind, self.cursor_on, self.at, self.style) = (false, false, None, PLAIN);
        }
        let shown = std::mem::replace(&mut self.shown, next);
        let next = std::mem::take(&mut self.shown);
        let mut changed = false;
        for y in 0..next.area.height {
            changed |= self.row(y, &shown, &next, out);
        }
        self.shown = next;
        match cursor {
            Some(position) => {
                if self.at != Some(position) {
                    self.move_to(position.x, position.y, out);
                    changed = true;
                }
                if !self.cursor_on {
                    out.extend_from_slice(b"\x1b[?25h");
                    self.cursor_on = true;
                    changed = true;
                }
            }
            None if self.cursor_on => {
                out.extend_from_slice(b"\x1b[?25l");
                self.cursor_on = false;
                changed = true;
            }
            None => {}
        }
        if changed || out.len() > BEGIN.len() {
            out.extend_from_slice(END);
        } else {
            out.clear();
        }
    }

    /// What changed in a row. Where a wide glyph is overwritten by half, terminals blank its other half as
    /// they like, so that cell is written too; and behind a cluster whose width terminals disagree about
    /// the rest of the row is.
    fn row(&mut self, y: u16, shown: &Buffer, next: &Buffer, out: &mut Vec<u8>) -> bool {
        let columns = next.area.width;
        let mut changed = false;
        let (mut x, mut forced) = (0, 0);
        while x < columns {
            let (cell, before) = (&next[(x, y)], &shown[(x, y)]);
            let end = x.saturating_add(cells(cell)).min(columns);
            if x < forced || cell != before {
                changed = true;
                self.move_to(x, y, out);
                self.cell(cell, columns, out);
                for covered in x..end {
                    forced = forced.max(covered.saturating_add(cells(&shown[(covered, y)])));
                }
                if is_cluster(cell) || is_cluster(before) {
                    forced = columns;
                }
            }
            x = end;
        }
        changed
    }

    fn move_to(&mut self, x: u16, y: u16, out: &mut Vec<u8>) {
        match self.at {
            Some(at) if at.x == x && at.y == y => {}
            Some(at) if at.y == y => put(out, format_args!("\x1b[{}G", x + 1)),
            _ => put(out, format_args!("\x1b[{};{}H", y + 1, x + 1)),
        }
        self.at = Some(Position { x, y });
    }

    fn cell(&mut self, cell: &Cell, columns: u16, out: &mut Vec<u8>) {
        let wanted = (cell.fg, cell.bg, cell.modifier);
        if wanted != self.style {
            self.set_style(wanted, out);
        }
        let symbol = cell.symbol();
        // The text was cleaned long before; this is the last door.
        if symbol.chars().any(char::is_control) {
            out.push(b'?');
            self.advance(1, true, columns);
            return;
        }
        out.extend_from_slice(symbol.as_bytes());
        // Terminals disagree about clusters of several characters, so the place is not trusted after one.
        self.advance(width(symbol), !is_cluster(cell), columns);
    }

    fn advance(&mut self, cells: usize, trusted: bool, columns: u16) {
        let moved = self.at.and_then(|at| Some(Position { x: at.x.checked_add(u16::try_from(cells).ok()?)?, y: at.y }));
        // In the last column the cursor hangs between two places.
        self.at = moved.filter(|at| trusted && at.x < columns);
    }

    fn set_style(&mut self, wanted: (Color, Color, Modifier), out: &mut Vec<u8>) {
        out.extend_from_slice(b"\x1b[");
        let mut first = true;
        let mut code = |args: std::fmt::Arguments<'_>| {
            if !first {
                out.push(b';');
            }
            first = false;
            put(out, args);
        };
        let gone = self.style.2 - wanted.2;
        let (mut fg, mut bg, mut modifiers) = self.style;
        if !gone.is_empty() {
            code(format_args!("0"));
            (fg, bg, modifiers) = PLAIN;
        }
        for (modifier, number) in MODIFIERS {
            if (wanted.2 - modifiers).contains(modifier) {
                code(format_args!("{number}"));
            }
        }
        if wanted.0 != fg {
            colour(wanted.0, 30, &mut code);
        }
        if wanted.1 != bg {
            colour(wanted.1, 40, &mut code);
        }
        out.push(b'm');
        self.style = wanted;
    }
}

/// Columns that a cell's glyph takes.
fn cells(cell: &Cell) -> u16 {
    let symbol = cell.symbol();
    if symbol.len() == 1 { 1 } else { u16::try_from(width(symbol)).unwrap_or(1).max(1) }
}

fn is_cluster(cell: &Cell) -> bool {
    let symbol = cell.symbol();
    symbol.len() > 1 && symbol.chars().nth(1).is_some()
}

const MODIFIERS: [(Modifier, u8); 9] = [
    (Modifier::BOLD, 1),
    (Modifier::DIM, 2),
    (Modifier::ITALIC, 3),
    (Modifier::UNDERLINED, 4),
    (Modifier::SLOW_BLINK, 5),
    (Modifier::RAPID_BLINK, 6),
    (Modifier::REVERSED, 7),
    (Modifier::HIDDEN, 8),
    (Modifier::CROSSED_OUT, 9),
];

fn colour(colour: Color, base: u8, code: &mut impl FnMut(std::fmt::Arguments<'_>)) {
    let basic = |n: u8| if n < 8 { base + n } else { base + 60 + n - 8 };
    match colour {
        Color::Reset => code(format_args!("{}", base + 9)),
        Color::Rgb(r, g, b) => code(format_args!("{};2;{r};{g};{b}", base + 8)),
        Color::Indexed(n) => code(format_args!("{};5;{n}", base + 8)),
        Color::Black => code(format_args!("{}", basic(0))),
        Color::Red => code(format_args!("{}", basic(1))),
        Color::Green => code(format_args!("{}", basic(2))),
        Color::Yellow => code(format_args!("{}", basic(3))),
        Color::Blue => code(format_args!("{}", basic(4))),
        Color::Magenta => code(format_args!("{}", basic(5))),
        Color::Cyan => code(format_args!("{}", basic(6))),
        Color::Gray => code(format_args!("{}", basic(7))),
        Color::DarkGray => code(format_args!("{}", basic(8))),
        Color::LightRed => code(format_args!("{}", basic(9))),
        Color::LightGreen => code(format_args!("{}", basic(10))),
        Color::LightYellow => code(format_args!("{}", basic(11))),
        Color::LightBlue => code(format_args!("{}", basic(12))),
        Color::LightMagenta => code(format_args!("{}", basic(13))),
        Color::LightCyan => code(format_args!("{}", basic(14))),
        Color::White => code(format_args!("{}", basic(15))),
    }
}

fn put(out: &mut Vec<u8>, args: std::fmt::Arguments<'_>) {
    // Writing to memory does not fail.
    let _ = out.write_fmt(args);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ratatui::style::Style;

    use super::*;

    fn buffer(columns: u16, rows: u16, parts: &[(u16, u16, String, Style)]) -> Buffer {
        let mut buffer = Buffer::empty(Rect::new(0, 0, columns, rows));
        for (x, y, text, style) in parts {
            if *x < columns && *y < rows {
                buffer.set_string(*x, *y, text, *style);
            }
        }
        buffer
    }

    #[test]
    fn a_typed_letter_is_few_bytes() {
        let mut encoder = Encoder::default();
        let mut out = Vec::new();
        let style = Style::new().fg(Color::Rgb(211, 215, 222));
        let cursor = |x| Some(Position { x, y: 20 });
        encoder.frame(buffer(120, 40, &[(2, 20, "a".into(), style)]), cursor(3), &mut out);
        encoder.frame(buffer(120, 40, &[(2, 20, "ab".into(), style)]), cursor(4), &mut out);
        assert_eq!(out, b"\x1b[?2026hb\x1b[?2026l");
        encoder.frame(buffer(120, 40, &[(2, 20, "ab".into(), style)]), cursor(4), &mut out);
        assert!(out.is_empty());
    }

    #[test]
    fn control_characters_do_not_pass() {
        let mut cell = Cell::default();
        cell.set_symbol("\u{1b}");
        let mut out = Vec::new();
        Encoder::default().cell(&cell, 80, &mut out);
        assert_eq!(out, b"?");
    }

    fn part() -> impl Strategy<Value = (u16, u16, String, Style)> {
        let text = prop_oneof!["[a-z ]{0,9}", "[你好é ]{0,4}", Just("ab你".to_owned())];
        let colour =
            prop_oneof![Just(Color::Reset), Just(Color::Red), Just(Color::Indexed(200)), Just(Color::Rgb(1, 2, 3))];
        let modifier =
            prop_oneof![Just(Modifier::empty()), Just(Modifier::BOLD), Just(Modifier::ITALIC | Modifier::REVERSED)];
        (0u16..20, 0u16..6, text, colour.clone(), colour, modifier)
            .prop_map(|(x, y, t, fg, bg, m)| (x, y, t, Style::new().fg(fg).bg(bg).add_modifier(m)))
    }

    fn vt_colour(colour: vt100::Color) -> Color {
        match colour {
            vt100::Color::Default => Color::Reset,
            vt100::Color::Idx(1) => Color::Red,
            vt100::Color::Idx(n) => Color::Indexed(n),
            vt100::Color::Rgb(r, g, b) => Color::Rgb(r, g, b),
        }
    }

    proptest! {
        #[test]
        fn a_terminal_shows_the_buffer(frames in proptest::collection::vec((proptest::collection::vec(part(), 0..6), proptest::option::of((0u16..20, 0u16..6))), 1..6)) {
            let mut encoder = Encoder::default();
            let mut terminal = vt100::Parser::new(6.try_into().unwrap(), 20.try_into().unwrap(), 0);
            let mut out = Vec::new();
            for (parts, cursor) in frames {
                let wanted = buffer(20, 6, &parts);
                let cursor = cursor.map(|(x, y)| Position { x, y });
                encoder.frame(wanted.clone(), cursor, &mut out);
                terminal.process(&out);
                let screen = terminal.screen();
                for y in 0..6 {
                    let mut covered = 0;
                    for x in 0..20 {
                        let cell = &wanted[(x, y)];
                        let Some(seen) = screen.cell(y, x) else { continue };
                        if covered > 0 { covered -= 1; continue; }
                        covered = width(cell.symbol()).saturating_sub(1);
                        let text = if seen.contents().is_empty() { " " } else { seen.contents() };
                        prop_assert_eq!(text, cell.symbol(), "at {},{}", x, y);
                        prop_assert_eq!(vt_colour(seen.bgcolor()), cell.bg);
                        prop_assert_eq!(vt_colour(seen.fgcolor()), cell.fg);
                        prop_assert!(text == " " || seen.bold() == cell.modifier.contains(Modifier::BOLD));
                    }
                }
                prop_assert_eq!(screen.hide_cursor(), cursor.is_none());
                if let Some(at) = cursor {
                    prop_assert_eq!(screen.cursor_position(), (at.y, at.x));
                }
            }
        }
    }
}
