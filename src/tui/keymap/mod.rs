//! Keys: named, documented actions, and what keys do them. From the keymap come what a key does, the help,
//! what may follow a key, the hints, the palette and the reference page.
//!
//! Owns: actions (`action`), contexts (`context`), conditions, files of keys and the presets (`presets/`),
//! how they are laid over one another (`layers`). Does not own: what an action does (`update`).
//!
//! To add an action: a line in `action.rs`, a line with its key in `presets/default.toml` below the context
//! in which it holds (a context of its own: a line in `context.rs`), and where `vim` or `emacs` use that key
//! otherwise, another key there. Then `update.rs` does it; `cargo xtask docs` writes the reference.

mod action;
mod chord;
pub mod codes;
mod condition;
mod context;
mod file;
mod layers;
mod reference;
pub mod slash;
mod times;
mod trie;

use std::sync::{Arc, LazyLock};

pub use action::Action;
pub use chord::Chord;
pub use condition::{Condition, Fact, Facts};
pub use context::Context;
pub use file::Keys;
pub use layers::{PRESETS, Written, load};
pub use reference::keys_markdown;
pub use times::Times;
pub use trie::{Following, Found};

/// An action somewhere, and its keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Where.
    pub context: Context,
    /// What.
    pub action: Action,
    /// The keys, the one to show first; none where it was unbound.
    pub keys: Vec<Keys>,
}

/// What keys do.
#[derive(Clone, Debug)]
pub struct Keymap {
    name: &'static str,
    bindings: Arc<Vec<Binding>>,
    tries: Arc<trie::Tries>,
}

static DEFAULT: LazyLock<Keymap> = LazyLock::new(|| load(None, &[]).0);

impl Default for Keymap {
    fn default() -> Keymap {
        DEFAULT.clone()
    }
}

impl Keymap {
    fn new(name: &'static str, bindings: Vec<Binding>) -> Keymap {
        let mut tries = trie::Tries::new();
        for binding in &bindings {
            let node = tries.entry(binding.context).or_default();
            for keys in &binding.keys {
                node.insert(keys, binding.action);
            }
        }
        Keymap { name, bindings: Arc::new(bindings), tries: Arc::new(tries) }
    }

    /// The keys of the default preset.
    pub fn default_keys() -> &'static Keymap {
        &DEFAULT
    }

    /// The name of the preset that it builds on.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Everything that can be bound and is, in the order of the files.
    pub fn bindings(&self) -> &[Binding] {
        &self.bindings
    }

    /// Those of a context.
    pub fn of(&self, context: Context) -> impl Iterator<Item = &Binding> {
        self.bindings.iter().filter(move |b| b.context == context)
    }

    /// What keys do that were pressed one after the other: the first of the contexts that knows them decides.
    pub fn find(&self, contexts: &[Context], chords: &[Chord], facts: Facts) -> Option<Found> {
        contexts.iter().find_map(|context| self.tries.get(context)?.find(chords, facts))
    }

    /// What may follow keys that were pressed.
    pub fn following(&self, contexts: &[Context], chords: &[Chord], facts: Facts) -> Vec<(Chord, Following)> {
        let mut out: Vec<(Chord, Following)> = Vec::new();
        for trie in contexts.iter().filter_map(|context| self.tries.get(context)) {
            for (chord, after) in trie.following(chords, facts) {
                if !out.iter().any(|(known, _)| *known == chord) {
                    out.push((chord, after));
                }
            }
        }
        out
    }

    /// The first key of an action in these contexts, for a hint.
    pub fn key_of(&self, contexts: &[Context], action: Action) -> Option<String> {
        contexts
            .iter()
            .flat_map(|context| self.bindings.iter().filter(move |b| (b.context, b.action) == (*context, action)))
            .find_map(|b| b.keys.first())
            .map(Keys::shown)
    }

    /// A sentence with the keys of actions in it, each written as `{context action}`: what a person bound is told, not
    /// what the program came with. An action without a key is told by its name.
    pub fn fill(&self, sentence: &str) -> String {
        let mut out = String::with_capacity(sentence.len());
        let mut rest = sentence;
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            let named = after.split_once('}').and_then(|(name, after)| Some((self.named(name)?, after)));
            match named {
                Some((key, after)) => {
                    out.push_str(&key);
                    rest = after;
                }
                None => {
                    out.push('{');
                    rest = after;
                }
            }
        }
        out + rest
    }

    /// The key of `context action`; nothing where there is no such action in the context.
    fn named(&self, name: &str) -> Option<String> {
        let (context, action) = name.split_once(' ')?;
        let context = *Context::ALL.iter().find(|known| known.name() == context)?;
        let action = DEFAULT.of(context).find(|binding| binding.action.name() == action)?.action;
        Some(self.key_of(&[context], action).unwrap_or_else(|| action.name().to_owned()))
    }

    /// An action that needs no key in every preset: a mode that only some have.
    pub fn optional(&self, action: Action) -> bool {
        action.is_modal()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_tell_the_keys_that_are_bound() {
        let told =
            |keymap: &Keymap| keymap.fill("{review apply} writes {it}, {global interrupt} or {none such} leaves {");
        assert_eq!(told(&Keymap::default()), "w writes {it}, esc or {none such} leaves {");
        let own = "[review]\napply = \"ctrl-s\"\n[global]\ninterrupt = []\n";
        let written = [Written { source: "keys.toml".into(), text: own.into() }];
        let (own, _) = layers::load(None, &written);
        assert!(told(&own).starts_with("ctrl-s writes"), "{}", told(&own));
    }

    /// Each name in a sentence of the source is one that there is.
    #[test]
    fn sentences_name_actions_that_there_are() {
        fn look(folder: &std::path::Path, found: &mut Vec<String>) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    look(&path, found);
                } else if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("keymap/mod.rs") {
                    let text = std::fs::read_to_string(&path).unwrap();
                    let names = text.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0.to_owned()));
                    found.extend(names.filter(|name| {
                        let context = name.split(' ').next().unwrap_or_default();
                        let plain = name.bytes().all(|b| b.is_ascii_lowercase() || b == b' ' || b == b'-');
                        plain && name.split(' ').count() == 2 && Context::ALL.iter().any(|c| c.name() == context)
                    }));
                }
            }
        }
        let mut found = Vec::new();
        look(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tui"), &mut found);
        assert!(found.len() > 20, "{found:?}");
        for name in found {
            assert!(Keymap::default_keys().named(&name).is_some(), "{name}");
        }
    }

    #[test]
    fn the_first_context_decides() {
        let keymap = Keymap::default();
        let enter = Chord::sequence("enter").unwrap();
        let does = |contexts: &[Context]| keymap.find(contexts, &enter, Facts::default());
        assert_eq!(does(&[Context::Composer, Context::Global]), Some(Found::Action(Action::Send)));
        assert_eq!(does(&[Context::Review, Context::Global]), Some(Found::Action(Action::Apply)));
        assert_eq!(keymap.key_of(&[Context::Review], Action::AcceptHunk).as_deref(), Some("a"));
    }

    #[test]
    fn what_follows_keys_is_told_of_all_contexts() {
        let text = "[document]\nrun = \"g r\"\nfirst = \"g g\"\n[global]\nquit = [\"ctrl-q\", \"g q q\"]\nsessions = { keys = \"g s\", when = \"busy\" }\n";
        let (keymap, found) = load(None, &[Written { source: "k".into(), text: text.into() }]);
        assert!(found.is_empty(), "{found:#?}");
        let contexts = [Context::Document, Context::Global];
        let g = Chord::sequence("g").unwrap();
        let shown = |facts| {
            let all = keymap.following(&contexts, &g, facts);
            all.iter().map(|(chord, after)| format!("{chord} {after:?}")).collect::<Vec<_>>().join(", ")
        };
        assert_eq!(shown(Facts::default()), "r Action(Run), g Action(First), q More(1)");
        let busy = Facts::default().with(Fact::Busy, true);
        assert_eq!(shown(busy), "r Action(Run), g Action(First), s Action(Sessions), q More(1)");
    }
}
