//! An error as one text, with its causes, which libraries keep apart.

/// What the error says, then what each of its causes adds; a cause that was said already is left out.
pub fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let said = next.to_string();
        if !text.ends_with(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        cause = next.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    struct Said(&'static str, #[source] Option<Box<Said>>);

    #[test]
    fn causes_follow_and_nothing_is_said_twice() {
        let inner = Said("refused", None);
        let middle = Said("no line: refused", Some(Box::new(inner)));
        assert_eq!(causes(&Said("not sent", Some(Box::new(middle)))), "not sent: no line: refused");
        assert_eq!(causes(&Said("alone", None)), "alone");
    }
}
