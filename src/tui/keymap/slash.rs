//! What can be written as `/word`: actions by their stable names, some with a word behind them.

use super::{Action, Context, Keymap};
use crate::diagnostic::{Diagnostic, did_you_mean};

/// Actions that take a word, and what it is.
const TAKE: [(&str, Action, &str); 4] = [
    ("export", Action::Export, "FILE"),
    ("model", Action::Models, "NAME"),
    ("theme", Action::Themes, "NAME"),
    ("open", Action::OpenDocument, "FILE"),
];
/// Actions of the chat that are worth a word; those that hold everywhere have theirs anyway.
const CHAT: [Action; 11] = [
    Action::Approve,
    Action::Decline,
    Action::Compact,
    Action::ToggleDetails,
    Action::EditMessage,
    Action::Retry,
    Action::EditQueued,
    Action::RemoveQueued,
    Action::SendQueued,
    Action::SearchHistory,
    Action::EditMessageOutside,
];
/// Actions that hold everywhere and make no sense as a word.
const NOT: [Action; 2] = [Action::Clear, Action::Interrupt];

/// Something that can be written as `/word`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slash {
    /// The word, without the `/`.
    pub word: &'static str,
    /// What it does.
    pub action: Action,
    /// What may stand behind it.
    pub takes: Option<&'static str>,
}

/// All of them, sorted by their words.
pub fn all() -> Vec<Slash> {
    let plain = |action: Action| Slash { word: action.name(), action, takes: None };
    let global = Keymap::default_keys().of(Context::Global).map(|b| b.action);
    let mut all: Vec<Slash> = TAKE.map(|(word, action, takes)| Slash { word, action, takes: Some(takes) }).to_vec();
    all.extend(global.filter(|a| !NOT.contains(a)).chain(CHAT).map(plain));
    all.sort_by_key(|slash| slash.word);
    all.dedup_by_key(|slash| slash.word);
    all
}

/// What a message that begins with `/` asks for: the action and the word behind it. `None` where the message is
/// none of that kind, as one that begins with a path.
///
/// # Errors
/// `unknown-slash-command`, with the nearest word; `unexpected-word` where nothing may stand behind it.
pub fn parse(message: &str) -> Option<Result<(Action, Option<String>), Diagnostic>> {
    let rest = message.strip_prefix('/')?;
    let (word, behind) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let begins = |c: char| c.is_ascii_lowercase();
    if !word.starts_with(begins) || !word.chars().all(|c| c.is_ascii_lowercase() || c == '-') {
        return None;
    }
    let all = all();
    let behind = behind.trim();
    let Some(found) = all.iter().find(|slash| slash.word == word) else {
        let near = did_you_mean(word, all.iter().map(|slash| slash.word));
        let unknown = Diagnostic::error("unknown-slash-command", format!("there is no /{word}"));
        return Some(Err(unknown.why("a message that begins with / and a word asks for an action").fix(match near {
            Some(near) => format!("did you mean /{near}? With // at the start the words are sent as they are"),
            None => "/ alone lists them; with // at the start the words are sent as they are".to_owned(),
        })));
    };
    if found.takes.is_none() && !behind.is_empty() {
        let message = format!("nothing may stand behind /{word}");
        let unexpected = Diagnostic::error("unexpected-word", message).why(format!("it was given `{behind}`"));
        return Some(Err(unexpected.fix("leave it out; with // at the start the words are sent as they are")));
    }
    Some(Ok((found.action, (!behind.is_empty()).then(|| behind.to_owned()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_the_names_of_actions_and_slips_get_the_nearest() {
        assert_eq!(parse("/compile"), Some(Ok((Action::Compile, None))));
        assert_eq!(parse("/theme nord "), Some(Ok((Action::Themes, Some("nord".to_owned())))));
        assert_eq!(parse("/retry\n"), Some(Ok((Action::Retry, None))));
        for message in ["hello", "/etc/passwd is a file", "/ x", "//compile", "/Compile it", "/"] {
            assert_eq!(parse(message), None, "{message}");
        }
        let slip = parse("/comple").unwrap().unwrap_err();
        assert_eq!((slip.code.as_str(), slip.message.as_str()), ("unknown-slash-command", "there is no /comple"));
        assert!(slip.fix.unwrap().text.contains("/compile?"));
        assert_eq!(parse("/compile it").unwrap().unwrap_err().code, "unexpected-word");
        let words: Vec<&str> = all().iter().map(|slash| slash.word).collect();
        assert!(words.is_sorted() && words.contains(&"sessions") && words.contains(&"help"));
    }
}
