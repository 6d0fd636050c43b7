//! Colour depth: what the terminal says it has, and the nearest colour it has for any other.

use ratatui::style::Color;

/// How many colours a terminal has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// None are wanted.
    None,
    /// The sixteen that the terminal's own theme defines.
    Sixteen,
    /// The palette of 256.
    Palette,
    /// 24 bit.
    True,
}

impl Depth {
    /// From the environment: `NO_COLOR`, `COLORTERM`, `TERM`.
    pub fn detect(var: impl Fn(&str) -> Option<String>) -> Depth {
        let term = var("TERM").unwrap_or_default();
        if var("NO_COLOR").is_some_and(|v| !v.is_empty()) || term == "dumb" {
            return Depth::None;
        }
        match var("COLORTERM").as_deref() {
            Some("truecolor" | "24bit") => Depth::True,
            _ if term.contains("direct") => Depth::True,
            _ if term.contains("256color") => Depth::Palette,
            _ => Depth::Sixteen,
        }
    }
}

/// The nearest colour of a depth; `None` where there are no colours.
pub fn nearest(colour: Color, depth: Depth) -> Option<Color> {
    match (depth, colour) {
        (Depth::None, _) => None,
        (_, Color::Reset) => Some(Color::Reset),
        (Depth::True, c) => Some(c),
        (Depth::Palette, Color::Rgb(r, g, b)) => Some(Color::Indexed(palette(r, g, b))),
        (Depth::Palette, c) => Some(c),
        (Depth::Sixteen, Color::Rgb(r, g, b)) => Some(sixteen(r, g, b)),
        (Depth::Sixteen, Color::Indexed(n @ 0..16)) => Some(NAMED[usize::from(n)].0),
        (Depth::Sixteen, Color::Indexed(n)) => {
            let (r, g, b) = rgb_of(n);
            Some(sixteen(r, g, b))
        }
        (Depth::Sixteen, c) => Some(c),
    }
}

const NAMED: [(Color, (u8, u8, u8)); 16] = [
    (Color::Black, (0, 0, 0)),
    (Color::Red, (205, 0, 0)),
    (Color::Green, (0, 205, 0)),
    (Color::Yellow, (205, 205, 0)),
    (Color::Blue, (0, 0, 238)),
    (Color::Magenta, (205, 0, 205)),
    (Color::Cyan, (0, 205, 205)),
    (Color::Gray, (229, 229, 229)),
    (Color::DarkGray, (127, 127, 127)),
    (Color::LightRed, (255, 0, 0)),
    (Color::LightGreen, (0, 255, 0)),
    (Color::LightYellow, (255, 255, 0)),
    (Color::LightBlue, (92, 92, 255)),
    (Color::LightMagenta, (255, 0, 255)),
    (Color::LightCyan, (0, 255, 255)),
    (Color::White, (255, 255, 255)),
];

const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];

fn distance(a: (u8, u8, u8), b: (u8, u8, u8)) -> u32 {
    let part = |x: u8, y: u8| u32::from(x.abs_diff(y)).pow(2);
    // The eye weighs green most.
    2 * part(a.0, b.0) + 4 * part(a.1, b.1) + 3 * part(a.2, b.2)
}

fn rgb_of(index: u8) -> (u8, u8, u8) {
    match index {
        0..16 => NAMED[usize::from(index)].1,
        16..232 => {
            let n = usize::from(index - 16);
            (LEVELS[n / 36], LEVELS[n / 6 % 6], LEVELS[n % 6])
        }
        _ => {
            let grey = 8 + 10 * (index - 232);
            (grey, grey, grey)
        }
    }
}

fn palette(r: u8, g: u8, b: u8) -> u8 {
    (16..=255).min_by_key(|n| distance(rgb_of(*n), (r, g, b))).unwrap_or(15)
}

fn sixteen(r: u8, g: u8, b: u8) -> Color {
    let (low, high) = (r.min(g).min(b), r.max(g).max(b));
    // Greys by brightness, colours by hue: the plain distance turns every soft colour grey.
    if high - low < 40 {
        return match high {
            0..64 => Color::Black,
            64..150 => Color::DarkGray,
            150..220 => Color::Gray,
            _ => Color::White,
        };
    }
    let on = |c: u8| c - low > (high - low) / 2;
    let bright = high > 170;
    match (on(r), on(g), on(b), bright) {
        (true, false, false, false) => Color::Red,
        (true, false, false, true) => Color::LightRed,
        (false, true, false, false) => Color::Green,
        (false, true, false, true) => Color::LightGreen,
        (true, true, _, false) => Color::Yellow,
        (true, true, _, true) => Color::LightYellow,
        (false, false, _, false) => Color::Blue,
        (false, false, _, true) => Color::LightBlue,
        (true, false, true, false) => Color::Magenta,
        (true, false, true, true) => Color::LightMagenta,
        (false, true, true, false) => Color::Cyan,
        (false, true, true, true) => Color::LightCyan,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn depth(vars: &[(&str, &str)]) -> Depth {
        Depth::detect(|name| vars.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
    }

    #[test]
    fn the_environment_decides() {
        assert_eq!(depth(&[("TERM", "xterm-256color")]), Depth::Palette);
        assert_eq!(depth(&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")]), Depth::True);
        assert_eq!(depth(&[("TERM", "xterm-256color"), ("NO_COLOR", "1")]), Depth::None);
        assert_eq!(depth(&[("TERM", "xterm-256color"), ("NO_COLOR", "")]), Depth::Palette);
        assert_eq!(depth(&[("TERM", "linux")]), Depth::Sixteen);
        assert_eq!(depth(&[("TERM", "dumb"), ("COLORTERM", "truecolor")]), Depth::None);
    }

    #[test]
    fn nearest_colours() {
        assert_eq!(nearest(Color::Rgb(255, 0, 0), Depth::Palette), Some(Color::Indexed(196)));
        assert_eq!(nearest(Color::Rgb(255, 0, 0), Depth::Sixteen), Some(Color::LightRed));
        assert_eq!(nearest(Color::Rgb(163, 190, 140), Depth::Sixteen), Some(Color::LightGreen));
        assert_eq!(nearest(Color::Rgb(30, 30, 36), Depth::Sixteen), Some(Color::Black));
        assert_eq!(nearest(Color::Indexed(1), Depth::Sixteen), Some(Color::Red));
        assert_eq!(nearest(Color::Rgb(1, 2, 3), Depth::None), None);
        assert_eq!(nearest(Color::Reset, Depth::Sixteen), Some(Color::Reset));
    }
}
