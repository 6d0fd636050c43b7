//! What a typed line means.

/// What is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Nothing.
    Nothing,
    /// Say this to the model.
    Say(String),
    /// Tell the orders.
    Help,
    /// List the problems, or tell one whole (from 1).
    Problems(Option<usize>),
    /// Make a proposal of the fix of a problem (from 1).
    Fix(usize),
    /// Go through the changes of the proposal.
    Review,
    /// Compile the document.
    Compile,
    /// Compile and run it.
    Run,
    /// Interrupt what is at work.
    Stop,
    /// List the documents.
    Documents,
    /// Open a document, by its name or number.
    Open(String),
    /// Read the document out, with line numbers.
    Document,
    /// List the steps.
    Steps,
    /// Read the first rows of a step.
    Rows(String),
    /// Try the connections.
    Connections,
    /// Take the last write back.
    Undo,
    /// Tell how the session stands.
    Status,
    /// Leave.
    Quit,
    /// An order that there is not, and the nearest that there is.
    Unknown(String, Option<&'static str>),
}

/// The orders and what they do, in the order of the help.
pub const ORDERS: [(&str, &str); 17] = [
    ("/help", "this list"),
    ("/problems", "the problems; /problems 2 tells the second whole"),
    ("/fix", "/fix 2 makes a proposal of the fix of problem 2"),
    ("/review", "go through the changes of the proposal"),
    ("/compile", "compile the document"),
    ("/run", "compile the document and run it"),
    ("/stop", "interrupt what is at work; so does ctrl-c"),
    ("/documents", "the documents of the workspace"),
    ("/open", "/open NAME or NUMBER opens a document"),
    ("/document", "read the document out, with line numbers"),
    ("/steps", "the steps of the document"),
    ("/rows", "/rows STEP reads the first rows that a step would hand on"),
    ("/connections", "try all connections"),
    ("/undo", "take the last write of the document back"),
    ("/status", "how the session stands"),
    ("/quit", "leave; the session is kept"),
    ("//", "begin a message with a slash"),
];

/// What a line means.
pub fn order(line: &str) -> Order {
    let line = line.trim();
    let Some(rest) = line.strip_prefix('/') else {
        return if line.is_empty() { Order::Nothing } else { Order::Say(line.to_owned()) };
    };
    if rest.starts_with('/') {
        return Order::Say(rest.to_owned());
    }
    let (word, about) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let about = about.trim();
    let number = about.parse::<usize>().ok().filter(|n| *n > 0);
    match (word, about) {
        ("help" | "?" | "h", _) => Order::Help,
        ("problems", _) => Order::Problems(number),
        ("fix", _) => Order::Fix(number.unwrap_or(1)),
        ("review", _) => Order::Review,
        ("compile", _) => Order::Compile,
        ("run", _) => Order::Run,
        ("stop", _) => Order::Stop,
        ("documents", _) => Order::Documents,
        ("open", "") => Order::Documents,
        ("open", name) => Order::Open(name.to_owned()),
        ("document", _) => Order::Document,
        ("steps", _) | ("rows", "") => Order::Steps,
        ("rows", step) => Order::Rows(step.to_owned()),
        ("connections", _) => Order::Connections,
        ("undo", _) => Order::Undo,
        ("status", _) => Order::Status,
        ("quit" | "exit" | "q", _) => Order::Quit,
        _ => {
            let written = format!("/{word}");
            let near = crate::diagnostic::did_you_mean(&written, ORDERS.iter().map(|(order, _)| *order));
            Order::Unknown(written.clone(), near)
        }
    }
}

/// What is decided about a change by a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Letter {
    /// Accept it.
    Accept,
    /// Reject it.
    Reject,
    /// Accept all of its step.
    AcceptStep,
    /// Accept whatever is open.
    AcceptAll,
    /// Reject whatever is open.
    RejectAll,
    /// Split it.
    Split,
    /// Say something about it.
    Comment(String),
    /// On to the next.
    Next,
    /// Back to the one before.
    Previous,
    /// Read it again.
    Again,
    /// Take the last decision back.
    Undo,
    /// Write what was accepted.
    Write,
    /// Put the proposal away.
    Discard,
    /// Leave the review as it is.
    Leave,
    /// What the letters are.
    Help,
}

/// The letters, for the prompt.
pub const LETTERS: &str = "a accept, r reject, t the whole step, n next, p back, s split, m WORDS to the model, A accept all that is open, R reject it, u undo, w write what was accepted, x put the proposal away, l read it again, q leave the review";

/// What a line means in a review; nothing where it is none of its letters.
pub fn letter(line: &str) -> Option<Letter> {
    let line = line.trim();
    if let Some(words) = line.strip_prefix("m ") {
        return Some(Letter::Comment(words.trim().to_owned()));
    }
    Some(match line {
        "a" => Letter::Accept,
        "r" => Letter::Reject,
        "t" => Letter::AcceptStep,
        "A" => Letter::AcceptAll,
        "R" => Letter::RejectAll,
        "s" => Letter::Split,
        "n" | "" => Letter::Next,
        "p" => Letter::Previous,
        "l" => Letter::Again,
        "u" => Letter::Undo,
        "w" => Letter::Write,
        "x" => Letter::Discard,
        "q" => Letter::Leave,
        "?" | "h" => Letter::Help,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_mean_what_they_say() {
        assert_eq!(order("  sum the orders "), Order::Say("sum the orders".into()));
        assert_eq!(order("//etc/hosts"), Order::Say("/etc/hosts".into()));
        assert_eq!(order("/problems 2"), Order::Problems(Some(2)));
        assert_eq!(order("/problems"), Order::Problems(None));
        assert_eq!(order("/rows  read-all "), Order::Rows("read-all".into()));
        assert_eq!(order("/rnu"), Order::Unknown("/rnu".into(), Some("/run")));
        assert_eq!(order(" "), Order::Nothing);
        for (text, _) in ORDERS.iter().filter(|(text, _)| *text != "//") {
            assert!(!matches!(order(text), Order::Unknown(..)), "{text}");
        }
    }

    #[test]
    fn letters_decide() {
        assert_eq!(letter("a"), Some(Letter::Accept));
        assert_eq!(letter("A"), Some(Letter::AcceptAll));
        assert_eq!(letter("m  is it UTF-8? "), Some(Letter::Comment("is it UTF-8?".into())));
        assert_eq!(letter("accept it"), None);
    }
}
