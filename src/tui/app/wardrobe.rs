//! What a theme is made with: where themes are, and what the terminal can show.

use std::path::PathBuf;

use crate::diagnostic::Diagnostic;
use crate::tui::theme::{Depth, Theme};

/// What a theme is made with.
pub(super) struct Wardrobe {
    pub(super) dirs: Vec<PathBuf>,
    pub(super) depth: Depth,
    pub(super) ascii: bool,
}

impl Wardrobe {
    /// The theme of a name as this terminal can show it, and what is wrong with it.
    pub(super) fn theme(&self, name: &str) -> (Theme, Vec<Diagnostic>) {
        let (theme, problems) = Theme::load(name, &self.dirs);
        let theme = theme.at_depth(self.depth);
        (if self.ascii { theme.ascii() } else { theme }, problems)
    }
}

/// Whether the locale says UTF-8; one that says nothing is taken for it.
pub(super) fn utf8(env: impl Fn(&str) -> Option<String>) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().filter_map(env).find(|v| !v.is_empty());
    locale.is_none_or(|l| {
        let l = l.to_ascii_lowercase();
        l.contains("utf-8") || l.contains("utf8")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locale_decides_about_box_characters() {
        let with = |vars: &'static [(&str, &str)]| {
            utf8(move |name| vars.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
        };
        assert!(with(&[]) && with(&[("LANG", "en_GB.UTF-8")]) && with(&[("LANG", "C"), ("LC_ALL", "C.utf8")]));
        assert!(!with(&[("LANG", "C")]) && !with(&[("LC_ALL", "de_DE.ISO-8859-1"), ("LANG", "en_GB.UTF-8")]));
    }
}
