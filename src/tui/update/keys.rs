//! From keys to actions: bindings of several keys, what may follow them, letters that are typed.

use super::Effect;
use super::shown_theme;
use crate::session::State;
use crate::tui::keymap::{Action, Chord, Context, Found};
use crate::tui::pane::Pane;
use crate::tui::ui::{LETTERS, Millis, Overlay, Prefix, Ui, WHICH_KEY};

impl Ui {
    /// Takes a key in.
    pub fn key(&mut self, chord: Chord, state: &State, now: Millis) -> Vec<Effect> {
        let before = (self.composer.editing.revision(), self.composer.editing.cursor());
        let effects = self.pressed(chord, state, now);
        self.complete_again(before, state);
        effects
    }

    fn pressed(&mut self, chord: Chord, state: &State, now: Millis) -> Vec<Effect> {
        let mut contexts = self.contexts(state);
        let facts = self.facts(state);
        let decides = self.decides(now);
        // Keys that were on their way when a question came up are no answer to it.
        contexts.retain(|context| decides || *context != Context::Approval);
        self.last_key = now;
        let mut keys = self.prefix.as_ref().map(|prefix| prefix.keys.clone()).unwrap_or_default();
        keys.push(chord);
        let found = self.keymap.find(&contexts, &keys, facts);
        let digit = chord.typed().and_then(|c| c.to_digit(10));
        if let Some(digit) = digit.filter(|_| contexts.contains(&Context::Normal))
            && (found.is_none() || self.times.is_begun())
            && self.times.take(digit)
        {
            return Vec::new();
        }
        self.prefix = None;
        let mut times = std::mem::take(&mut self.times);
        match found {
            Some(Found::Action(action)) => {
                let digit = digit.and_then(|d| u8::try_from(d).ok());
                let each = (0..times.of(action)).flat_map(|_| self.act(action, digit, decides, state, now));
                each.collect()
            }
            Some(Found::More) => {
                times.pause();
                self.times = times;
                self.prefix = Some(Prefix { keys, since: now });
                Vec::new()
            }
            None if keys.len() == 1 => self.type_key(chord, &contexts, now),
            None if types(&contexts) && keys.iter().rev().skip(1).all(|key| key.typed().is_some()) => {
                // Letters that begin a binding are letters after all.
                keys.pop();
                self.type_keys(&keys, &contexts, now);
                self.pressed(chord, state, now)
            }
            None => {
                if self.keymap.find(&contexts, &[chord], facts) != Some(Found::Action(Action::Interrupt)) {
                    let keys: Vec<String> = keys.iter().map(Chord::to_string).collect();
                    self.say(format!("{} does nothing here.", keys.join(" ")), now);
                }
                Vec::new()
            }
        }
    }

    /// Types letters that wait for the rest of a binding, when they have waited long enough.
    pub(crate) fn tire_of_letters(&mut self, state: &State, now: Millis) -> bool {
        let contexts = self.contexts(state);
        let waits = |prefix: &mut Prefix| {
            now.saturating_sub(prefix.since) >= LETTERS && prefix.keys.iter().all(|key| key.typed().is_some())
        };
        if !types(&contexts) {
            return false;
        }
        let Some(prefix) = self.prefix.take_if(waits) else { return false };
        self.type_keys(&prefix.keys, &contexts, now);
        true
    }

    fn type_keys(&mut self, keys: &[Chord], contexts: &[Context], now: Millis) {
        for key in keys {
            self.type_key(*key, contexts, now);
        }
    }

    /// A key that is bound to nothing.
    fn type_key(&mut self, chord: Chord, contexts: &[Context], now: Millis) -> Vec<Effect> {
        let Some(c) = chord.typed().filter(|_| !contexts.contains(&Context::Normal)) else { return Vec::new() };
        match &mut self.overlay {
            Some(Overlay::Chooser(chooser)) => {
                chooser.type_char(c);
                return shown_theme(chooser);
            }
            Some(Overlay::Search(search)) => {
                search.type_char(c);
                return Vec::new();
            }
            Some(Overlay::Prompt(prompt)) => {
                prompt.words.type_char(c);
                return Vec::new();
            }
            Some(Overlay::Help(help)) => {
                help.type_char(c);
                return Vec::new();
            }
            Some(Overlay::Picker(picker)) if picker.typing => {
                let choice = picker.type_char(c);
                return self.picked(choice, now);
            }
            _ => {}
        }
        if let Some(editor) = self.editor.as_mut().filter(|_| contexts.contains(&Context::Editor)) {
            let before = editor.editing.revision();
            editor.type_char(c);
            self.edited_since(before, now);
        } else if contexts.contains(&Context::Composer) {
            self.composer.type_char(c);
        } else if contexts.contains(&Context::Filter) {
            self.components.filter_by(|filter| filter.push(c));
        }
        Vec::new()
    }

    /// What may follow the keys that were pressed is shown.
    pub fn shows_which_key(&self) -> bool {
        let waited = |prefix: &Prefix| self.now.saturating_sub(prefix.since) >= WHICH_KEY;
        self.which_key && self.prefix.as_ref().is_some_and(waited)
    }

    /// When something happens to the keys that wait for more.
    pub(crate) fn prefix_expiry(&self) -> Option<Millis> {
        let since = self.prefix.as_ref()?.since;
        [since + WHICH_KEY, since + LETTERS].into_iter().find(|at| *at > self.now)
    }

    /// An action that edits and then types.
    pub(super) fn type_after(&mut self, action: Action, state: &State, now: Millis) {
        self.normal = false;
        match &mut self.editor {
            Some(editor) if self.focus == Pane::Document => {
                let before = editor.editing.revision();
                match action {
                    Action::OpenBelow => {
                        editor.editing.end();
                        editor.newline();
                    }
                    action => drop(super::edit::apply(&mut editor.editing, action)),
                }
                self.edited_since(before, now);
            }
            _ => {
                self.focus(Pane::Chat);
                match action {
                    Action::OpenBelow => {
                        self.composer.editing.end();
                        self.composer.newline();
                    }
                    action => self.compose(action, state),
                }
            }
        }
    }
}

/// Whether letters that are bound to nothing are typed in these contexts.
fn types(contexts: &[Context]) -> bool {
    !contexts.contains(&Context::Normal) && contexts.iter().any(|context| context.types())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::keymap::{Written, load};
    use crate::tui::scenes::{self, Script};
    use crate::tui::text::Highlighter;
    use crate::tui::theme::Theme;

    struct Desk {
        ui: Ui,
        state: State,
        now: Millis,
    }

    fn desk(keys: &str, events: &[crate::session::Event]) -> Desk {
        let mut ui = Ui::new(Theme::plain(), Highlighter::off());
        let (keymap, found) = load(None, &[Written { source: "keys.toml".into(), text: keys.into() }]);
        assert!(found.iter().all(|d| !d.is_error()), "{found:#?}");
        ui.keymap = keymap;
        Desk { ui, state: State::fold(events), now: 0 }
    }

    impl Desk {
        fn press(&mut self, keys: &str) -> Vec<Effect> {
            let mut out = Vec::new();
            for chord in Chord::sequence(keys).unwrap() {
                self.now += 10;
                out.extend(self.ui.key(chord, &self.state, self.now));
            }
            out
        }

        fn wait(&mut self, ms: Millis) {
            self.now += ms;
            self.ui.now = self.now;
            self.ui.expire(self.now);
            self.ui.tire_of_letters(&self.state, self.now);
        }

        fn typed(&self) -> &str {
            self.ui.composer.editing.text()
        }
    }

    #[test]
    fn several_keys_are_one_binding_and_what_follows_is_shown() {
        let mut d =
            desk("[pane]\nfirst = \"g g\"\nsessions = \"g s\"\n[document]\nrun = []\n", &scenes::whole_session());
        d.ui.focus(Pane::Problems);
        d.press("g");
        assert!(!d.ui.shows_which_key());
        assert_eq!(d.ui.prefix_expiry(), Some(10 + WHICH_KEY));
        d.wait(WHICH_KEY);
        assert!(d.ui.shows_which_key());
        d.press("s");
        assert!(matches!(d.ui.overlay, Some(Overlay::Picker(_))));
        d.press("esc g x");
        assert_eq!(d.ui.notice.as_ref().unwrap().0, "g x does nothing here.");
        d.ui.notice = None;
        d.press("g esc");
        assert_eq!((d.ui.prefix.is_some(), d.ui.notice.is_some(), d.ui.focus), (false, false, Pane::Problems));
        d.ui.which_key = false;
        d.press("g");
        d.wait(WHICH_KEY * 10);
        assert!(!d.ui.shows_which_key() && d.ui.prefix.is_some(), "it waits for as long as it takes");
    }

    #[test]
    fn letters_that_begin_a_binding_are_typed_when_nothing_follows() {
        let mut d = desk("preset = \"vim\"\n[composer]\nnormal-mode = [\"j k\", \"esc\"]\n", &Script::opened().events);
        d.press("j a j j");
        assert_eq!(d.typed(), "jaj");
        d.wait(LETTERS);
        assert_eq!(d.typed(), "jajj");
        d.press("j k");
        assert_eq!((d.typed(), d.ui.normal), ("jajj", true));
        d.press("x");
        assert_eq!(d.typed(), "jajj", "behind the last letter there is nothing to delete");
        d.press("h x q");
        assert_eq!(d.typed(), "jaj", "letters are not typed in normal mode");
    }

    #[test]
    fn the_composer_has_modes_in_vim() {
        let mut d = desk("preset = \"vim\"\n", &Script::opened().events);
        d.press("o n e space t w o");
        d.press("esc b i X esc 0 w");
        assert_eq!(d.typed(), "one Xtwo");
        d.press("d w u");
        assert_eq!(d.typed(), "one Xtwo");
        d.press("0 c w n o esc");
        assert_eq!(d.typed(), "no Xtwo");
        d.press("o 2 esc y y p d d");
        assert_eq!(d.typed(), "no Xtwo\n2");
        d.press("g g k A ! esc O 0 esc");
        assert_eq!(d.typed().lines().collect::<Vec<_>>(), ["0", "no Xtwo!", "2"]);
        assert_eq!(d.press("enter").len(), 1, "enter sends in either mode");
    }

    #[test]
    fn numbers_repeat_in_normal_mode_alone() {
        let mut d = desk("preset = \"vim\"\n", &Script::opened().events);
        d.press("1 space 2 space 3 space 4 space 5 esc 0");
        assert_eq!(d.typed(), "1 2 3 4 5", "digits are typed in insert mode");
        d.press("2 w x u");
        d.press("2 d w");
        assert_eq!(d.typed(), "1 2 5");
        d.press("2 u 0 d 3 w");
        assert_eq!(d.typed(), "4 5", "a number may stand within a binding");
        d.press("u u u 0 2 d 2 w");
        assert_eq!(d.typed(), "5", "both are multiplied");
        d.press("0 3 esc x");
        assert_eq!(d.typed(), "", "what ends the number forgets it");
    }

    #[test]
    fn the_editor_has_modes_in_vim_and_can_be_left() {
        let mut d = desk("preset = \"vim\"\n", &scenes::whole_session());
        d.ui.focus(Pane::Document);
        d.press("i");
        let text = |d: &Desk| d.ui.editor.as_ref().map(|e| e.editing.text().to_owned());
        let before = text(&d).unwrap();
        d.press("esc g g d d");
        assert_eq!(text(&d).unwrap(), before.split_once('\n').unwrap().1);
        d.press("u");
        assert_eq!(text(&d).unwrap(), before);
        d.press("G k j $ i Z Q");
        assert!(text(&d).unwrap().contains("ZQ"), "in insert mode these are letters");
        d.press("esc u q");
        assert!(d.ui.editor.is_none());
        assert_eq!(d.ui.contexts(&d.state)[0], Context::Document);
    }

    #[test]
    fn the_emacs_keys_do_what_they_do() {
        let mut d = desk("preset = \"emacs\"\n", &scenes::whole_session());
        d.press("a ctrl-x o");
        assert_eq!((d.typed(), d.ui.focus), ("a", Pane::Document));
        d.press("ctrl-x ctrl-f");
        assert!(matches!(d.ui.overlay, Some(Overlay::Chooser(_))));
        d.press("ctrl-g ctrl-x 1");
        assert!(d.ui.overlay.is_none() && d.ui.zoomed);
        assert_eq!(d.press("ctrl-c ctrl-r"), [Effect::Send(crate::session::Command::Run)]);
        assert_eq!(d.press("ctrl-x ctrl-c"), [Effect::Leave(crate::tui::options::Exit::Quit)]);
        d.press("ctrl-x z");
        assert_eq!(d.ui.notice.as_ref().unwrap().0, "ctrl-x z does nothing here.");
    }
}
