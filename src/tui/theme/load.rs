//! Finds a theme by name, follows what it inherits, and makes the styles.

use std::collections::HashMap;
use std::path::PathBuf;

use ratatui::style::{Color, Style};

use super::file::{File, Written, colour, read};
use super::{Scope, Theme};
use crate::diagnostic::{self, Diagnostic, Span};

/// The themes that are compiled in: name and text.
pub const BUILT_IN: [(&str, &str); 11] = [
    ("dark", include_str!("../../../themes/dark.toml")),
    ("light", include_str!("../../../themes/light.toml")),
    ("ansi16", include_str!("../../../themes/ansi16.toml")),
    ("high-contrast", include_str!("../../../themes/high-contrast.toml")),
    ("mono", include_str!("../../../themes/mono.toml")),
    ("nord", include_str!("../../../themes/nord.toml")),
    ("gruvbox", include_str!("../../../themes/gruvbox.toml")),
    ("dracula", include_str!("../../../themes/dracula.toml")),
    ("tokyo-night", include_str!("../../../themes/tokyo-night.toml")),
    ("catppuccin", include_str!("../../../themes/catppuccin.toml")),
    ("solarized-light", include_str!("../../../themes/solarized-light.toml")),
];

/// More parents than any theme needs.
const DEPTH: usize = 8;
/// A larger file is no theme.
const FILE_BYTES: u64 = 256 * 1024;

/// A layer: where it came from, its text and what it says.
struct Layer {
    source: String,
    text: String,
    file: File,
}

impl Theme {
    /// The theme of this name: the first of `dirs` that holds `NAME.toml`, else the built-in one. What
    /// cannot be found falls back to `dark`. A theme may inherit the next one of its own name (a user's
    /// `dark` that changes one colour of the built-in `dark`).
    pub fn load(name: &str, dirs: &[PathBuf]) -> (Theme, Vec<Diagnostic>) {
        let mut found = Vec::new();
        let mut layers: Vec<Layer> = Vec::new();
        let mut next = Some((name.to_owned(), None::<(String, Span)>));
        while let Some((wanted, asked_by)) = next.take() {
            let Some((source, text)) = find(&wanted, dirs, &layers, &mut found) else {
                found.push(missing(&wanted, asked_by, &layers));
                if layers.is_empty() && wanted != "dark" {
                    next = Some(("dark".to_owned(), None));
                }
                continue;
            };
            let (file, problems) = read(&text, &source);
            found.extend(problems);
            if let Some((parent, span)) = &file.inherits {
                if layers.len() >= DEPTH {
                    let d = Diagnostic::error("theme-cycle", format!("theme `{name}` inherits without end"))
                        .source(&source)
                        .at(*span)
                        .fix("let one of the themes inherit nothing, or a built-in theme");
                    found.push(d);
                } else {
                    next = Some((parent.clone(), Some((source.clone(), *span))));
                }
            }
            layers.push(Layer { source, text, file });
        }
        (build(name, &layers, &mut found), found)
    }
}

/// The names of all themes: the built-in ones, and those of files in `dirs`.
pub fn names(dirs: &[PathBuf]) -> Vec<String> {
    let mut names: Vec<String> = BUILT_IN.iter().map(|(name, _)| (*name).to_owned()).collect();
    for entry in dirs.iter().filter_map(|dir| std::fs::read_dir(dir).ok()).flatten().flatten().take(1_000) {
        let path = entry.path();
        if path.extension().is_some_and(|end| end == "toml")
            && let Some(name) = path.file_stem().and_then(|stem| stem.to_str())
            && !names.iter().any(|known| known == name)
        {
            names.push(name.to_owned());
        }
    }
    names
}

/// The first place that has the theme and is not a layer already.
fn find(name: &str, dirs: &[PathBuf], layers: &[Layer], found: &mut Vec<Diagnostic>) -> Option<(String, String)> {
    let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    let used = |source: &str| layers.iter().any(|l| l.source == source);
    for dir in dirs.iter().filter(|_| plain) {
        let path = dir.join(format!("{name}.toml"));
        let source = path.display().to_string();
        if used(&source) {
            continue;
        }
        match std::fs::metadata(&path) {
            Ok(meta) if meta.len() > FILE_BYTES => {
                found.push(Diagnostic::error("theme-too-large", "the file is too large for a theme").source(&source));
                continue;
            }
            Ok(_) => {}
            Err(_) => continue,
        }
        match std::fs::read_to_string(&path) {
            Ok(text) => return Some((source, text)),
            Err(error) => {
                found.push(Diagnostic::error("unreadable-theme", format!("cannot be read: {error}")).source(&source));
            }
        }
    }
    let source = format!("built-in theme {name}");
    let text = BUILT_IN.iter().find(|(n, _)| *n == name).map(|(_, text)| (*text).to_owned())?;
    (!used(&source)).then_some((source, text))
}

fn missing(name: &str, asked_by: Option<(String, Span)>, layers: &[Layer]) -> Diagnostic {
    let cycle = layers.iter().any(|l| {
        l.source.ends_with(&format!("built-in theme {name}"))
            || std::path::Path::new(&l.source).file_stem().is_some_and(|stem| stem == name)
    });
    let known = BUILT_IN.map(|(n, _)| n);
    let mut d = if cycle {
        Diagnostic::error("theme-cycle", format!("theme `{name}` inherits itself"))
            .fix("let one of the themes inherit nothing, or a built-in theme")
    } else {
        Diagnostic::error("unknown-theme", format!("there is no theme `{name}`")).fix(
            match diagnostic::did_you_mean(name, known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the built-in themes are {}", known.join(", ")),
            },
        )
    };
    if let Some((source, span)) = asked_by {
        d = d.source(source).at(span).path("inherits");
    }
    d
}

fn build(name: &str, layers: &[Layer], found: &mut Vec<Diagnostic>) -> Theme {
    // The nearest palette wins: a theme may recolour its parent by giving new palette values only.
    let mut palette: HashMap<&str, Color> = HashMap::new();
    for layer in layers.iter().rev() {
        palette.extend(layer.file.palette.iter().map(|(k, v)| (k.as_str(), *v)));
    }
    let mut resolved: HashMap<&str, Style> = HashMap::new();
    for layer in layers.iter().rev() {
        for (key, written) in &layer.file.styles {
            resolved.insert(key, style(written, &palette, layer, key, found));
        }
    }
    let styles = Scope::ALL
        .iter()
        .map(|scope| {
            let mut key = scope.name();
            loop {
                if let Some(style) = resolved.get(key) {
                    return *style;
                }
                match key.rfind('.') {
                    Some(at) => key = &key[..at],
                    None => return resolved.get("text").copied().unwrap_or_default(),
                }
            }
        })
        .collect();
    Theme::from_styles(name.to_owned(), styles)
}

fn style(
    written: &Written,
    palette: &HashMap<&str, Color>,
    layer: &Layer,
    key: &str,
    found: &mut Vec<Diagnostic>,
) -> Style {
    let mut out = Style::new().add_modifier(written.modifiers);
    let mut resolve = |part: &Option<(String, Span)>| -> Option<Color> {
        let (word, span) = part.as_ref()?;
        let value = palette.get(word.as_str()).copied().or_else(|| colour(word));
        if value.is_none() {
            let mut d = Diagnostic::error("unknown-colour", format!("`{word}` is no colour and not in the palette"))
                .source(&layer.source)
                .at(Span::of(&layer.text, span.range()))
                .path(format!("styles.\"{key}\""))
                .example("\"#88c0d0\", \"bright-cyan\", \"109\", \"default\"");
            if let Some(near) = diagnostic::did_you_mean(word, palette.keys().copied()) {
                d = d.fix(format!("did you mean `{near}`?"));
            }
            found.push(d);
        }
        value
    };
    let (fg, bg) = (resolve(&written.fg), resolve(&written.bg));
    out.fg = fg;
    out.bg = bg;
    out
}

#[cfg(test)]
mod tests {
    use ratatui::style::Modifier;

    use super::*;
    use crate::tui::theme::Depth;

    fn user(files: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(dir.path().join(format!("{name}.toml")), text).unwrap();
        }
        dir
    }

    fn load(files: &[(&str, &str)], name: &str) -> (Theme, Vec<Diagnostic>) {
        let dir = user(files);
        Theme::load(name, &[dir.path().to_owned()])
    }

    #[test]
    fn every_built_in_theme_is_clean_and_tells_diff_apart() {
        for (name, _) in BUILT_IN {
            let (theme, found) = Theme::load(name, &[]);
            assert!(found.is_empty(), "{name}: {found:?}");
            assert_ne!(theme.style(Scope::DiffAdd), theme.style(Scope::DiffRemove), "{name}");
            assert_ne!(theme.style(Scope::ListSelected), theme.style(Scope::Text), "{name}");
            let bare = theme.at_depth(Depth::None);
            assert!(Scope::ALL.iter().all(|s| bare.style(*s).fg.is_none() && bare.style(*s).bg.is_none()), "{name}");
        }
    }

    /// WCAG 2.1: relative luminance.
    fn luminance(colour: Color) -> f64 {
        let Color::Rgb(r, g, b) = colour else { panic!("{colour:?} is not measured") };
        let part = |c: u8| match f64::from(c) / 255.0 {
            c if c <= 0.03928 => c / 12.92,
            c => ((c + 0.055) / 1.055).powf(2.4),
        };
        0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b)
    }

    fn contrast(a: Color, b: Color) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_can_be_read_in_every_theme_whose_ground_is_known() {
        assert!((contrast(Color::Rgb(0, 0, 0), Color::Rgb(255, 255, 255)) - 21.0).abs() < 0.01);
        let mut measured = 0;
        for (name, text) in BUILT_IN {
            let (file, _) = read(text, name);
            let Some(ground) = file.palette.get("ground").copied() else { continue };
            measured += 1;
            let (theme, _) = Theme::load(name, &[]);
            // Lines are no text.
            let lines = [Scope::Rule, Scope::CodeFrame];
            for scope in Scope::ALL.iter().filter(|scope| !lines.contains(scope)) {
                let style = theme.style(*scope);
                let fg = style.fg.unwrap_or(ground);
                let code = scope.name().starts_with("code");
                let added = theme.style(Scope::DiffAdd).bg.filter(|_| code);
                for bg in [style.bg.unwrap_or(ground)].into_iter().chain(added) {
                    let found = contrast(fg, bg);
                    assert!(found >= 4.5, "{name}: {} has {found:.2} on {bg:?}", scope.name());
                }
            }
        }
        assert!(measured >= 8, "only {measured} themes say their ground");
        assert!(BUILT_IN.len() >= 8);
    }

    #[test]
    fn a_user_theme_changes_one_colour_of_a_built_in_one() {
        let text = "inherits = \"dark\"\n[styles]\n\"diff.add\" = { fg = \"#010203\", bold = true }\n";
        let (theme, found) = load(&[("dark", text)], "dark");
        assert!(found.is_empty(), "{found:?}");
        let (plain, _) = Theme::load("dark", &[]);
        let style = theme.style(Scope::DiffAdd);
        assert_eq!((style.fg, style.add_modifier), (Some(Color::Rgb(1, 2, 3)), Modifier::BOLD));
        assert_eq!(theme.style(Scope::DiffRemove), plain.style(Scope::DiffRemove));
    }

    #[test]
    fn names_fall_back_by_prefix() {
        let text = "[styles]\ntext = \"red\"\ncode = \"blue\"\n";
        let (theme, found) = load(&[("t", text)], "t");
        assert!(found.is_empty(), "{found:?}");
        assert_eq!(theme.style(Scope::CodeKey).fg, Some(Color::Blue));
        assert_eq!(theme.style(Scope::DiffHunkSelected).fg, Some(Color::Red));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let text = "inherit = \"dark\"\n[palette]\nink = \"nope\"\n[styles]\n\"diff.ad\" = \"red\"\ntext = { fgg = \"red\", bold = 3 }\ncode = \"unknown\"\n";
        let (_, found) = load(&[("t", text)], "t");
        let shown: Vec<String> = found
            .iter()
            .map(|d| {
                let line = d.span.map_or(0, |s| s.line);
                format!("{line} {} {}", d.code, d.fix.as_ref().map_or("", |f| f.text.as_str()))
            })
            .collect();
        insta::assert_snapshot!(shown.join("\n"));
    }

    #[test]
    fn missing_parents_cycles_and_broken_files() {
        let codes = |(_, found): (Theme, Vec<Diagnostic>)| found.into_iter().map(|d| d.code).collect::<Vec<_>>();
        assert_eq!(codes(load(&[("a", "inherits = \"nowhere\"")], "a")), ["unknown-theme"]);
        assert_eq!(codes(load(&[("a", "inherits = \"b\""), ("b", "inherits = \"a\"")], "a")), ["theme-cycle"]);
        assert_eq!(codes(load(&[("a", "[styles\nx")], "a")).first().map(String::as_str), Some("broken-toml"));
        assert_eq!(codes(load(&[], "../etc/passwd")), ["unknown-theme"]);
        let (theme, found) = load(&[], "drak");
        assert_eq!(found[0].fix.as_ref().unwrap().text, "did you mean `dark`?");
        assert!(theme.style(Scope::DiffAdd).fg.is_some() || theme.style(Scope::DiffAdd).bg.is_some());
    }
}
