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
    /// Do what waits for an approval, or not.
    Approve(bool),
    /// Leave the older part of the conversation out of what the model is shown.
    Compact,
    /// Ask this model from now on; without a name, tell which there are.
    Model(Option<String>),
    /// Write the session to a file; without a name, one is made.
    Export(Option<String>),
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
pub const ORDERS: [(&str, &str); 22] = [
    ("/help", "this list"),
    ("/problems", "the problems; /problems 2 tells the second whole"),
    ("/fix", "/fix 2 makes a proposal of the fix of problem 2"),
    ("/review", "go through the changes of the proposal"),
    ("/compile", "compile the document"),
    ("/run", "compile the document and run it"),
    ("/approve", "do what waits for an approval"),
    ("/decline", "do not do what waits for an approval"),
    ("/stop", "interrupt what is at work; so does ctrl-c"),
    ("/documents", "the documents of the workspace"),
    ("/open", "/open NAME or NUMBER opens a document"),
    ("/document", "read the document out, with line numbers"),
    ("/steps", "the steps of the document"),
    ("/rows", "/rows STEP reads the first rows that a step would hand on"),
    ("/connections", "try all connections"),
    ("/undo", "take the last write of the document back"),
    ("/models", "the models that can be asked; /model NAME asks another one from now on"),
    ("/compact", "leave the older part of the conversation out of what the model is shown"),
    ("/export", "write the session to a file; /export FILE names it"),
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
        ("approve", _) => Order::Approve(true),
        ("decline", _) => Order::Approve(false),
        ("compact", _) => Order::Compact,
        ("model" | "models", "") => Order::Model(None),
        ("model", name) => Order::Model(Some(name.to_owned())),
        ("export", file) => Order::Export((!file.is_empty()).then(|| file.to_owned())),
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

/// What a line answers where something waits for an approval; nothing where it is something else.
pub fn yes_or_no(line: &str) -> Option<bool> {
    match line.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Some(true),
        "n" | "no" => Some(false),
        _ => None,
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
        assert_eq!(order("/approve"), Order::Approve(true));
        assert_eq!(order("/model  tiny "), Order::Model(Some("tiny".into())));
        assert_eq!((yes_or_no(" Yes"), yes_or_no("n"), yes_or_no("yes please")), (Some(true), Some(false), None));
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
