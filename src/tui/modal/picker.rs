//! The session picker: find a session by its title, its tags or what was said in it; open, play, name, file,
//! delete it, or compare two.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::window;
use crate::tui::keymap::{Action, Keymap};
use crate::tui::options::{Found, SessionEntry};
use crate::tui::pane::list::List;
use crate::tui::text::{Fuzzy, clean_line, fuzzy};
use crate::tui::theme::{Scope, Theme};
use crate::tui::view::canvas;
use crate::tui::view::words::{count, tokens};

/// What the picker remembers.
#[derive(Debug, Default)]
pub struct Picker {
    list: List,
    /// Whether letters narrow the list.
    pub typing: bool,
    /// What it is narrowed by.
    typed: String,
    /// What a search of the texts found, and for which words.
    found: Option<(String, Vec<Found>)>,
    /// The session that another one is to be compared with.
    marked: Option<String>,
    /// The session that a second press deletes.
    doomed: Option<String>,
    /// Deleted here, the last one last: out of sight at once, and what can be brought back.
    gone: Vec<String>,
}

/// What was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Nothing yet.
    Nothing,
    /// To stay.
    Closed,
    /// This session.
    Session(String),
    /// A new one.
    New,
    /// To play this session.
    Replay(String),
    /// To give this session another title than this.
    Rename(String, String),
    /// To file this session under other tags than these.
    Tag(String, Vec<String>),
    /// To delete this session.
    Delete(String),
    /// To bring this session back.
    Undelete(String),
    /// To look for these words in the texts of all sessions.
    Search(String),
    /// To compare these two.
    Compare(String, String),
    /// To say this.
    Say(String),
}

impl Picker {
    /// One that has this session selected.
    pub fn at(session: &str, sessions: &[SessionEntry]) -> Picker {
        let mut picker = Picker::default();
        picker.list.select(sessions.iter().position(|s| s.id == session).unwrap_or(0));
        picker
    }

    /// The sessions that fit what is typed, the best first; and where they were found, if in a text.
    fn fitting<'s>(&'s self, sessions: &'s [SessionEntry]) -> Vec<(&'s SessionEntry, Option<&'s Found>)> {
        let there = sessions.iter().filter(|s| !self.gone.contains(&s.id));
        if self.typed.trim().is_empty() {
            return there.map(|s| (s, None)).collect();
        }
        let mut fuzzy = Fuzzy::new(&self.typed);
        let found = self.found.as_ref().filter(|(words, _)| *words == self.typed).map(|(_, found)| found);
        let mut fitting: Vec<(Option<u32>, &SessionEntry, Option<&Found>)> = there
            .filter_map(|s| {
                let text = format!("{} {} {} {}", s.title, s.tags.join(" "), s.id, s.state);
                let score = fuzzy.score(&text);
                let hit = found.and_then(|all| all.iter().find(|found| found.session == s.id));
                (score.is_some() || hit.is_some()).then_some((score, s, hit))
            })
            .collect();
        // Titles first; the order of the list, newest first, decides among equals.
        fitting.sort_by_key(|(score, ..)| std::cmp::Reverse(*score));
        fitting.into_iter().map(|(_, s, hit)| (s, hit)).collect()
    }

    /// A search of the texts came back.
    pub fn take_found(&mut self, words: &str, found: Vec<Found>) {
        if words == self.typed {
            self.found = Some((words.to_owned(), found));
        }
    }

    /// Types a character of what the list is narrowed by.
    pub fn type_char(&mut self, c: char) -> Choice {
        fuzzy::type_char(&mut self.typed, c);
        self.narrowed()
    }

    fn narrowed(&mut self) -> Choice {
        self.list = List::default();
        if self.typed.trim().len() < 2 { Choice::Nothing } else { Choice::Search(self.typed.clone()) }
    }

    /// Takes an action in.
    pub fn act(&mut self, action: Action, sessions: &[SessionEntry], current: &str) -> Choice {
        let doomed = self.doomed.take();
        let fitting = self.fitting(sessions);
        let count = fitting.len();
        let selected = fitting.get(self.list.selected).map(|(s, _)| (*s).clone());
        match action {
            Action::Filter => self.typing = true,
            Action::FilterKeep => self.typing = false,
            Action::FilterDrop => {
                (self.typing, self.typed, self.found) = (false, String::new(), None);
                self.list = List::default();
            }
            Action::FilterBack => {
                self.typed.pop();
                return self.narrowed();
            }
            Action::NewSession => return Choice::New,
            Action::UndeleteSession => {
                let last = self.gone.pop();
                return last.map_or_else(|| Choice::Say("Nothing was deleted here.".to_owned()), Choice::Undelete);
            }
            Action::Close if self.marked.take().is_some() => {}
            Action::Close => return Choice::Closed,
            action if self.list.act(action, count) => {}
            action => {
                let Some(session) = selected else {
                    return if action == Action::Open { Choice::Closed } else { Choice::Nothing };
                };
                return self.act_on(action, session, doomed, current);
            }
        }
        Choice::Nothing
    }

    fn act_on(&mut self, action: Action, session: SessionEntry, doomed: Option<String>, current: &str) -> Choice {
        match action {
            Action::Open => Choice::Session(session.id),
            Action::ReplaySession => Choice::Replay(session.id),
            Action::RenameSession => Choice::Rename(session.id, session.title),
            Action::TagSession => Choice::Tag(session.id, session.tags),
            Action::DeleteSession if session.id == current => {
                Choice::Say("This session is open; open another one to delete it.".to_owned())
            }
            Action::DeleteSession if doomed.as_ref() == Some(&session.id) => {
                self.gone.push(session.id.clone());
                Choice::Delete(session.id)
            }
            Action::DeleteSession => {
                self.doomed = Some(session.id);
                Choice::Nothing
            }
            Action::CompareSession => match self.marked.take() {
                Some(before) if before != session.id => Choice::Compare(before, session.id),
                Some(_) => Choice::Nothing,
                None => {
                    self.marked = Some(session.id);
                    Choice::Nothing
                }
            },
            _ => Choice::Nothing,
        }
    }

    /// Draws it.
    pub fn draw(
        &mut self,
        area: Rect,
        buf: &mut Buffer,
        (sessions, current): (&[SessionEntry], &str),
        keymap: &Keymap,
        theme: &Theme,
    ) {
        let fitting = self.fitting(sessions);
        let rows = u16::try_from(fitting.len().max(1)).unwrap_or(u16::MAX).saturating_add(2);
        let foot = match (&self.doomed, self.marked.is_some(), self.gone.is_empty()) {
            (Some(_), ..) => "{picker delete-session} again puts it into the trash",
            (None, true, _) => "{picker compare-session} at another one compares, {picker close} leaves that",
            (None, false, false) => "{picker undelete-session} brings the deleted one back",
            _ => {
                "{picker open} opens, {picker filter} finds, {picker replay-session} plays, {picker rename-session} names, \
                 {picker tag-session} tags, {picker delete-session} deletes, {picker compare-session} compares, {picker new-session} new"
            }
        };
        let inner = window::open(area, buf, (100, rows), "Sessions", &keymap.fill(foot), theme);
        let columns = usize::from(inner.width);
        let caret = if self.typing { "_" } else { "" };
        let head = match (self.typing, self.typed.is_empty()) {
            (false, true) => {
                let noun = if fitting.len() == 1 { "session" } else { "sessions" };
                Line::styled(format!("{} {noun}", fitting.len()), theme.style(Scope::Dim))
            }
            _ => Line::from(vec![
                Span::styled(format!("/{}{caret}", clean_line(&self.typed)), theme.style(Scope::Composer)),
                Span::styled(format!("  {} of {}", fitting.len(), sessions.len()), theme.style(Scope::Dim)),
            ]),
        };
        canvas::put(buf, inner, 0, &head);
        if fitting.is_empty() {
            let text = if self.typed.is_empty() {
                "No other session yet; {picker new-session} begins a new one."
            } else {
                "No session holds that."
            };
            canvas::put(buf, inner, 1, &Line::styled(keymap.fill(text), theme.style(Scope::Dim)));
            return;
        }
        let height = usize::from(inner.height).saturating_sub(2);
        let mut list = self.list;
        let window = list.window(fitting.len(), height);
        let selected = list.selected;
        for (y, n) in window.enumerate() {
            let (session, _) = fitting[n];
            self.draw_row(buf, inner, (y + 1, n == selected), session, current, theme);
        }
        if let Some((session, found)) = fitting.get(selected) {
            let text = detail(session, *found);
            let last = usize::from(inner.height).saturating_sub(1);
            let shown = crate::tui::text::cut(&text, columns).into_owned();
            canvas::put(buf, inner, last, &Line::styled(shown, theme.style(Scope::Dim)));
        }
        self.list = list;
    }

    fn draw_row(
        &self,
        buf: &mut Buffer,
        inner: Rect,
        (y, selected): (usize, bool),
        session: &SessionEntry,
        current: &str,
        theme: &Theme,
    ) {
        let marked = self.marked.as_ref() == Some(&session.id);
        let focus = if marked {
            "="
        } else if selected {
            theme.glyphs().focus
        } else {
            " "
        };
        let title = if session.title.is_empty() { "(nothing said yet)" } else { &session.title };
        let here = if session.id == current { "this one" } else { &session.state };
        let mut left = vec![
            Span::styled(focus, theme.style(Scope::RuleFocused)),
            Span::styled(format!("{}  ", when(session.started_ms)), theme.style(Scope::Dim)),
        ];
        if session.parent.is_some() {
            left.push(Span::styled(format!("{} ", theme.glyphs().arrow), theme.style(Scope::Dim)));
        }
        left.push(Span::styled(clean_line(title).into_owned(), theme.style(Scope::Text)));
        for tag in &session.tags {
            left.push(Span::styled(format!("  #{}", clean_line(tag)), theme.style(Scope::ChatPerson)));
        }
        let turns = if session.turns == 1 { "1 turn".to_owned() } else { format!("{} turns", session.turns) };
        let used = if session.tokens > 0 { format!(", {} tokens", tokens(session.tokens)) } else { String::new() };
        let cost = session.cost.as_ref().map(|cost| format!(", {}", clean_line(cost))).unwrap_or_default();
        let age = if session.age.is_empty() { String::new() } else { format!("  {}", session.age) };
        let text = format!("  {turns}, {} events{used}{cost}  {}{age}", count(session.events), clean_line(here));
        let scope = if session.state == "failed" { Scope::StateFailed } else { Scope::Dim };
        let right = vec![Span::styled(text, theme.style(scope))];
        canvas::put(buf, inner, y, &canvas::justified(usize::from(inner.width), left, right));
        if selected {
            canvas::paint(buf, inner, y, theme.style(Scope::ListSelected));
        }
    }
}

/// What is worth knowing of the selected session.
fn detail(session: &SessionEntry, found: Option<&Found>) -> String {
    if let Some(found) = found.filter(|found| !found.excerpt.is_empty()) {
        return format!("event {}: … {} …", found.event, clean_line(&found.excerpt));
    }
    let parent = session.parent.as_ref().map(|parent| format!("  {}", clean_line(parent))).unwrap_or_default();
    let place =
        if session.workspace.is_empty() { String::new() } else { format!(" in {}", clean_line(&session.workspace)) };
    format!("{}{place}{parent}", clean_line(&session.id))
}

/// The day and time in UTC: the same on every host that a session is read on.
pub(super) fn when(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms)
        .map(|t| t.strftime("%Y-%m-%d %H:%M").to_string())
        .unwrap_or_else(|_| "unknown time    ".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sessions() -> Vec<SessionEntry> {
        let entry =
            |id: &str, title: &str| SessionEntry { id: id.into(), title: title.into(), ..SessionEntry::default() };
        vec![entry("a", "Revenue by city"), entry("b", "Orders of a week"), entry("c", "Copy a table")]
    }

    #[test]
    fn it_is_narrowed_by_titles_and_by_what_was_found_in_texts() {
        let sessions = sessions();
        let mut picker = Picker::at("b", &sessions);
        assert_eq!(picker.act(Action::Filter, &sessions, "b"), Choice::Nothing);
        let asked: Vec<Choice> = "weekly".chars().map(|c| picker.type_char(c)).collect();
        assert_eq!(asked.last(), Some(&Choice::Search("weekly".into())));
        assert!(picker.fitting(&sessions).is_empty());
        let found = |session: &str| Found { session: session.into(), event: 7, excerpt: "a weekly load".into() };
        picker.take_found("week", vec![found("a")]);
        assert!(picker.fitting(&sessions).is_empty(), "an answer to something else");
        picker.take_found("weekly", vec![found("c")]);
        assert_eq!(picker.act(Action::Open, &sessions, "b"), Choice::Session("c".into()));
        (0..2).for_each(|_| drop(picker.act(Action::FilterBack, &sessions, "b")));
        assert_eq!(picker.act(Action::Open, &sessions, "b"), Choice::Session("b".into()));
        picker.act(Action::FilterDrop, &sessions, "b");
        assert_eq!(picker.fitting(&sessions).len(), 3);
    }

    #[test]
    fn deleting_asks_twice_and_can_be_taken_back() {
        let sessions = sessions();
        let mut picker = Picker::at("a", &sessions);
        assert!(matches!(picker.act(Action::DeleteSession, &sessions, "a"), Choice::Say(_)), "it is open");
        picker.act(Action::Down, &sessions, "a");
        assert_eq!(picker.act(Action::DeleteSession, &sessions, "a"), Choice::Nothing);
        picker.act(Action::Down, &sessions, "a");
        assert_eq!(picker.act(Action::DeleteSession, &sessions, "a"), Choice::Nothing, "another one was meant");
        assert_eq!(picker.act(Action::DeleteSession, &sessions, "a"), Choice::Delete("c".into()));
        assert_eq!(picker.fitting(&sessions).len(), 2);
        assert_eq!(picker.act(Action::UndeleteSession, &sessions, "a"), Choice::Undelete("c".into()));
        assert_eq!(picker.fitting(&sessions).len(), 3);
        assert!(matches!(picker.act(Action::UndeleteSession, &sessions, "a"), Choice::Say(_)));
    }

    #[test]
    fn two_are_compared() {
        let sessions = sessions();
        let mut picker = Picker::at("a", &sessions);
        assert_eq!(picker.act(Action::CompareSession, &sessions, "a"), Choice::Nothing);
        picker.act(Action::Last, &sessions, "a");
        assert_eq!(picker.act(Action::CompareSession, &sessions, "a"), Choice::Compare("a".into(), "c".into()));
        picker.act(Action::CompareSession, &sessions, "a");
        assert_eq!(picker.act(Action::Close, &sessions, "a"), Choice::Nothing, "first the mark");
        assert_eq!(picker.act(Action::Close, &sessions, "a"), Choice::Closed);
    }
}
