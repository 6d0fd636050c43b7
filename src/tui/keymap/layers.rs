//! A keymap of its layers: the preset, the file of the person, the file of the workspace. Each changes what
//! lies below it line by line; whatever is wrong with one, the rest stands.

use super::file::{Entry, File, Keys, read};
use super::{Action, Binding, Context, Keymap};
use crate::diagnostic::{Diagnostic, Span, did_you_mean};

/// The presets: name, what it is, text.
pub const PRESETS: [(&str, &str, &str); 3] = [
    (
        "default",
        "Arrows and single letters in the panes, the usual keys of a shell in the composer.",
        include_str!("presets/default.toml"),
    ),
    (
        "vim",
        "Normal and insert mode in the composer and the editor, movement as in vim in the panes.",
        include_str!("presets/vim.toml"),
    ),
    (
        "emacs",
        "Chords as in Emacs everywhere: ctrl-x for files and sessions, ctrl-c for the pipeline, alt-x for all.",
        include_str!("presets/emacs.toml"),
    ),
];

/// A file of keys that a person wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Its name, as a person would say it.
    pub source: String,
    /// What is in it.
    pub text: String,
}

/// What must be possible by a key whatever was written.
const WAYS_OUT: [(Context, Action); 8] = [
    (Context::Global, Action::Quit),
    (Context::Editor, Action::LeaveEditor),
    (Context::Filter, Action::FilterDrop),
    (Context::Picker, Action::Close),
    (Context::Chooser, Action::Close),
    (Context::Prompt, Action::Close),
    (Context::Compare, Action::Close),
    (Context::Help, Action::Close),
];

/// A layer below which keys are looked for: its source, and its file.
struct Layer {
    source: String,
    file: File,
    /// A person wrote it: what it takes away is told.
    own: bool,
}

/// The keymap of a preset and the files over it, the last wins; and what is wrong with them. Without a
/// name the last file that names a preset decides.
pub fn load(preset: Option<&str>, written: &[Written]) -> (Keymap, Vec<Diagnostic>) {
    let mut found = Vec::new();
    let mut own = Vec::new();
    for one in written {
        let (file, problems) = read(&one.text, &one.source);
        found.extend(problems);
        own.push(Layer { source: one.source.clone(), file, own: true });
    }
    let mut name = "default";
    for layer in &own {
        if let Some((wanted, span)) = &layer.file.preset {
            match PRESETS.iter().find(|(known, ..)| known == wanted) {
                Some((known, ..)) => name = known,
                None => found.push(unknown(wanted).source(&layer.source).at(*span).path("preset")),
            }
        }
    }
    if let Some(wanted) = preset {
        match PRESETS.iter().find(|(known, ..)| *known == wanted) {
            Some((known, ..)) => name = known,
            None => found.push(unknown(wanted).source("the configuration")),
        }
    }
    let mut layers: Vec<Layer> = vec![built_in("default")];
    if name != "default" {
        layers.push(built_in(name));
    }
    layers.extend(own);
    let mut bindings: Vec<Binding> = Vec::new();
    for layer in &layers {
        lay(layer, &mut bindings, &mut found);
    }
    ways_out(&mut bindings, &layers, &mut found);
    (Keymap::new(name, bindings), found)
}

fn unknown(wanted: &str) -> Diagnostic {
    let known = || PRESETS.iter().map(|(name, ..)| *name);
    Diagnostic::error("unknown-key-preset", format!("there is no preset of keys `{wanted}`")).fix(
        match did_you_mean(wanted, known()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the presets are {}", known().collect::<Vec<_>>().join(", ")),
        },
    )
}

/// A built-in preset. That they are without fault is tested.
fn built_in(name: &str) -> Layer {
    let text = PRESETS.iter().find(|(known, ..)| *known == name).map_or("", |(.., text)| text);
    let source = format!("preset {name}");
    let (file, _) = read(text, &source);
    Layer { source, file, own: false }
}

/// Two bindings of one context that can't both hold.
fn clash(a: &Keys, b: &Keys) -> bool {
    if a.chords == b.chords {
        return a.when == b.when;
    }
    // The shorter one is there before the longer one can be finished.
    let (short, long) = if a.chords.len() < b.chords.len() { (a, b) } else { (b, a) };
    short.when.is_none() && long.chords.starts_with(&short.chords)
}

fn lay(layer: &Layer, bindings: &mut Vec<Binding>, found: &mut Vec<Diagnostic>) {
    let mut set: Vec<(Context, Action, Keys, Span)> = Vec::new();
    for entry in &layer.file.entries {
        let at = bindings.iter().position(|b| (b.context, b.action) == (entry.context, entry.action));
        match at {
            Some(at) => bindings[at].keys.clear(),
            None => bindings.push(Binding { context: entry.context, action: entry.action, keys: Vec::new() }),
        }
    }
    for entry in &layer.file.entries {
        if layer.own && entry.context.is_window() && !known_there(entry) {
            found.push(without_effect(layer, entry));
        }
        for (keys, span) in &entry.keys {
            let same = set.iter().find(|(context, action, other, _)| {
                *context == entry.context && (*action, other) != (entry.action, keys) && clash(other, keys)
            });
            if let Some((_, action, other, first)) = same {
                found.push(bound_twice(layer, entry, (keys, *span), (*action, other, *first)));
                continue;
            }
            set.push((entry.context, entry.action, keys.clone(), *span));
        }
    }
    for (context, action, keys, span) in set {
        for other in bindings.iter_mut().filter(|b| b.context == context && b.action != action) {
            let before = other.keys.len();
            other.keys.retain(|known| !clash(known, &keys));
            if layer.own && before > 0 && other.keys.is_empty() {
                found.push(without_key(layer, other, &keys, span));
            }
        }
        if let Some(binding) = bindings.iter_mut().find(|b| (b.context, b.action) == (context, action))
            && !binding.keys.contains(&keys)
        {
            binding.keys.push(keys);
        }
    }
}

/// Whether the window does anything with the action: those that the default preset binds there.
fn known_there(entry: &Entry) -> bool {
    Keymap::default_keys().bindings().iter().any(|b| (b.context, b.action) == (entry.context, entry.action))
}

fn without_effect(layer: &Layer, entry: &Entry) -> Diagnostic {
    let (context, action) = (entry.context.name(), entry.action.name());
    let message = format!("`{action}` does nothing in [{context}]");
    let mut d = Diagnostic::warning("action-without-effect", message)
        .source(&layer.source)
        .path(format!("{context}.{action}"))
        .why("it is a window that knows only its own actions")
        .fix("bind it in the context of a pane, or in [global]");
    if let Some((_, span)) = entry.keys.first() {
        d = d.at(*span);
    }
    d
}

fn bound_twice(layer: &Layer, entry: &Entry, (keys, span): (&Keys, Span), other: (Action, &Keys, Span)) -> Diagnostic {
    let (action, before, first) = other;
    let message = if before.chords == keys.chords {
        format!("`{}` is bound to `{}` already", keys.shown(), action.name())
    } else {
        format!("`{}` and `{}` begin alike", before.shown(), keys.shown())
    };
    Diagnostic::error("key-bound-twice", message)
        .source(&layer.source)
        .at(span)
        .path(format!("{}.{}", entry.context.name(), entry.action.name()))
        .why("one key can do one thing in a context; the first line holds")
        .fix("take another key for one of the two, or give one of them a condition: { keys = \"…\", when = \"…\" }")
        .related(first, format!("`{}` of `{}` here", before.shown(), action.name()))
}

fn without_key(layer: &Layer, other: &Binding, keys: &Keys, span: Span) -> Diagnostic {
    let (context, action) = (other.context.name(), other.action.name());
    Diagnostic::new(
        crate::diagnostic::Severity::Info,
        "action-without-key",
        format!("`{}` takes the last key of `{action}` in [{context}]", keys.shown()),
    )
    .source(&layer.source)
    .at(span)
    .path(format!("{context}.{action}"))
    .fix(format!("give it another key: {action} = \"…\" in [{context}]; the palette has it in any case"))
}

/// Puts back the keys without which somebody could not leave.
fn ways_out(bindings: &mut [Binding], layers: &[Layer], found: &mut Vec<Diagnostic>) {
    for (context, action) in WAYS_OUT {
        let open = |keys: &Keys| keys.when.is_none();
        if bindings.iter().any(|b| (b.context, b.action) == (context, action) && b.keys.iter().any(open)) {
            continue;
        }
        // A preset may have another way, or one for each mode.
        let preset_way = layers
            .iter()
            .rfind(|l| !l.own)
            .and_then(|l| l.file.entries.iter().find(|e| (e.context, e.action) == (context, action)).map(|e| &e.keys));
        let default_way = layers
            .first()
            .and_then(|l| l.file.entries.iter().find(|e| (e.context, e.action) == (context, action)).map(|e| &e.keys));
        let Some(way) = preset_way.or(default_way).filter(|way| !way.is_empty()) else { continue };
        let kept = bindings
            .iter()
            .any(|b| (b.context, b.action) == (context, action) && way.iter().all(|(keys, _)| b.keys.contains(keys)));
        if kept {
            continue;
        }
        for other in bindings.iter_mut().filter(|b| b.context == context && b.action != action) {
            other.keys.retain(|known| !way.iter().any(|(keys, _)| clash(known, keys)));
        }
        if let Some(binding) = bindings.iter_mut().find(|b| (b.context, b.action) == (context, action)) {
            binding.keys.extend(way.iter().map(|(keys, _)| keys.clone()));
        }
        let shown = way.iter().map(|(keys, _)| keys.shown()).collect::<Vec<_>>().join(" ");
        let source = layers.iter().rfind(|l| l.own).map_or("keys", |l| l.source.as_str());
        found.push(
            Diagnostic::error("no-way-out", format!("`{}` has no key in [{}] any more", action.name(), context.name()))
                .source(source)
                .path(format!("{}.{}", context.name(), action.name()))
                .why(format!("nobody may be locked in; the keys of the preset hold: {shown}"))
                .fix(format!("give it a key without a condition: {} = \"…\"", action.name())),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Chord, Facts, Found};
    use super::*;

    fn with(texts: &[&str]) -> (Keymap, Vec<Diagnostic>) {
        let file = |(n, text): (usize, &&str)| Written { source: format!("keys{n}.toml"), text: (*text).to_owned() };
        load(None, &texts.iter().enumerate().map(file).collect::<Vec<_>>())
    }

    fn does(keymap: &Keymap, context: Context, keys: &str) -> Option<Found> {
        keymap.find(&[context], &Chord::sequence(keys).unwrap(), Facts::default())
    }

    fn codes(found: &[Diagnostic]) -> Vec<&str> {
        found.iter().map(|d| d.code.as_str()).collect()
    }

    #[test]
    fn presets_are_without_fault_and_bind_every_action() {
        for (name, _, text) in PRESETS {
            let (_, found) = read(text, name);
            assert!(found.is_empty(), "{name}: {found:#?}");
            let (keymap, found) = load(Some(name), &[]);
            assert!(found.is_empty(), "{name}: {found:#?}");
            assert_eq!(keymap.name(), name);
            for action in Action::ALL.iter().filter(|action| !keymap.optional(**action)) {
                let bound = keymap.bindings().iter().any(|b| b.action == *action && !b.keys.is_empty());
                assert!(bound, "{name}: {} has no key", action.name());
            }
            for (n, a) in keymap.bindings().iter().enumerate() {
                for b in &keymap.bindings()[n + 1..] {
                    let clashes = a.context == b.context && a.keys.iter().any(|x| b.keys.iter().any(|y| clash(x, y)));
                    assert!(!clashes, "{name}: {a:?} and {b:?}");
                }
            }
        }
    }

    #[test]
    fn a_file_changes_the_preset_line_by_line() {
        let (keymap, found) = with(&[
            "[composer]\nsend = [\"ctrl-s\", \"alt-s\"]\nnewline = \"enter\"\n[pane]\nhelp = []\nfirst = [\"g g\", \"home\"]\n",
        ]);
        assert!(found.is_empty(), "{found:#?}");
        assert_eq!(does(&keymap, Context::Composer, "enter"), Some(Found::Action(Action::Newline)));
        assert_eq!(does(&keymap, Context::Composer, "alt-s"), Some(Found::Action(Action::Send)));
        assert_eq!(does(&keymap, Context::Composer, "ctrl-j"), None);
        assert_eq!(does(&keymap, Context::Pane, "?"), None);
        assert_eq!(does(&keymap, Context::Pane, "g"), Some(Found::More));
        assert_eq!(does(&keymap, Context::Pane, "g g"), Some(Found::Action(Action::First)));
        assert_eq!(keymap.key_of(&[Context::Composer], Action::Send).as_deref(), Some("ctrl-s"));
    }

    #[test]
    fn the_last_file_wins_and_takes_keys_from_what_lies_below() {
        let (keymap, found) =
            with(&["preset = \"vim\"\n[pane]\nfirst = \"a\"\n", "[pane]\nlook = \"a\"\nopen-document = \"d d\"\n"]);
        assert_eq!(keymap.name(), "vim");
        assert_eq!(does(&keymap, Context::Pane, "a"), Some(Found::Action(Action::Look)));
        assert_eq!(does(&keymap, Context::Pane, "d d"), Some(Found::Action(Action::OpenDocument)));
        assert_eq!(codes(&found), ["action-without-key"]);
        assert_eq!(found[0].source.as_deref(), Some("keys1.toml"));
    }

    #[test]
    fn what_can_not_both_hold_is_said_with_both_places() {
        let (keymap, found) = with(&[
            "[pane]\nfirst = \"x\"\nlast = \"x\"\nup = \"g\"\ndown = \"g g\"\nlook = [\"y\", { keys = \"x\", when = \"busy\" }]\n",
        ]);
        let shown: Vec<String> = found
            .iter()
            .filter(|d| d.is_error())
            .map(|d| format!("{}:{} {}", d.span.unwrap().line, d.related[0].span.line, d.message))
            .collect();
        assert_eq!(shown, ["3:2 `x` is bound to `first` already", "5:4 `g` and `g g` begin alike"]);
        assert_eq!(does(&keymap, Context::Pane, "x"), Some(Found::Action(Action::First)));
        let busy = Facts::default().with(super::super::Fact::Busy, true);
        let x = Chord::sequence("x").unwrap();
        assert_eq!(keymap.find(&[Context::Pane], &x, busy), Some(Found::Action(Action::Look)));
    }

    #[test]
    fn nobody_is_locked_in() {
        let text = "preset = \"nonsense\"\n[global]\nquit = []\nclear = \"ctrl-q\"\n[help]\nclose = { keys = \"x\", when = \"busy\" }\n[chooser]\nsend = \"ctrl-s\"\nclose = []\nup = \"esc\"\n[composer\n";
        let (keymap, found) = with(&[text]);
        assert_eq!(does(&keymap, Context::Global, "ctrl-q"), Some(Found::Action(Action::Quit)));
        assert_eq!(does(&keymap, Context::Help, "esc"), Some(Found::Action(Action::Close)));
        assert_eq!(does(&keymap, Context::Chooser, "esc"), Some(Found::Action(Action::Close)));
        let count = |code: &str| found.iter().filter(|d| d.code == code).count();
        assert_eq!((count("no-way-out"), count("unknown-key-preset"), count("broken-toml")), (3, 1, 1), "{found:#?}");
        assert_eq!(count("action-without-effect"), 1);
        let (keymap, found) = with(&["\u{0}\u{1b}[[[[", "= = ="]);
        assert!(!found.is_empty());
        assert_eq!(does(&keymap, Context::Composer, "enter"), Some(Found::Action(Action::Send)));
    }
}
