//! Themes: how things look, by name.
//!
//! Owns: the names of everything that can be styled ([`Scope`]), theme files (inheritance, palette,
//! fallback by prefix, diagnostics), colour depth, and the glyphs of the UTF-8 and the ASCII drawing.
//! Does not own: where anything is drawn, nor the sign beside each colour (`view`).

pub mod codes;
mod colour;
mod file;
mod glyph;
mod load;
mod scope;

use ratatui::style::Style;

pub use colour::{Depth, nearest};
pub use glyph::Glyphs;
pub use load::{BUILT_IN, names};
pub use scope::Scope;

/// A style for every scope, ready to draw with.
#[derive(Clone, Debug)]
pub struct Theme {
    name: String,
    styles: Vec<Style>,
    glyphs: &'static Glyphs,
}

impl Theme {
    /// Nothing but the text.
    pub fn plain() -> Theme {
        Theme { name: "plain".to_owned(), styles: vec![Style::new(); Scope::ALL.len()], glyphs: &glyph::UNICODE }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The style of a scope.
    pub fn style(&self, scope: Scope) -> Style {
        self.styles.get(scope as usize).copied().unwrap_or_default()
    }

    /// The glyphs to draw with.
    pub fn glyphs(&self) -> &'static Glyphs {
        self.glyphs
    }

    /// Whether it draws with ASCII glyphs only.
    pub fn is_ascii(&self) -> bool {
        std::ptr::eq(self.glyphs, &raw const glyph::ASCII)
    }

    /// The same with ASCII glyphs.
    pub fn ascii(mut self) -> Theme {
        self.glyphs = &glyph::ASCII;
        self
    }

    /// The same with the colours that a terminal of this depth has.
    pub fn at_depth(mut self, depth: Depth) -> Theme {
        for style in &mut self.styles {
            style.fg = style.fg.and_then(|c| nearest(c, depth));
            style.bg = style.bg.and_then(|c| nearest(c, depth));
        }
        self
    }

    pub(super) fn from_styles(name: String, styles: Vec<Style>) -> Theme {
        Theme { name, styles, glyphs: &glyph::UNICODE }
    }
}
