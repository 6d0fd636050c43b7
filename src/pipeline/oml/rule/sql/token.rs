//! A query cut into tokens, as DuckDB cuts it.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A keyword or a name without quotes.
    Word,
    /// A name in `"` quotes.
    Quoted,
    /// A text.
    Text,
    /// A number.
    Number,
    /// Anything else: one sign.
    Sign,
}

/// A piece of a query.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token<'q> {
    /// Its first byte in the query; of a quoted name, the byte after the quote.
    pub at: usize,
    /// Its text, of a quoted name without the quotes.
    pub word: &'q str,
    /// What it is.
    pub kind: Kind,
}

impl Token<'_> {
    /// Whether it is this keyword or sign.
    pub fn is(&self, word: &str) -> bool {
        matches!(self.kind, Kind::Word | Kind::Sign) && self.word.eq_ignore_ascii_case(word)
    }

    /// Whether it is one of these keywords or signs.
    pub fn is_one(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(word))
    }

    /// Whether it can be a name.
    pub fn is_name(&self) -> bool {
        matches!(self.kind, Kind::Word | Kind::Quoted)
    }
}

/// Something that is opened and not closed: where, and what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unclosed {
    /// The byte of its beginning.
    pub at: usize,
    /// What it begins with.
    pub opened: &'static str,
}

/// The tokens, and what is not closed at the end. Comments are left out.
pub(super) fn scan(query: &str) -> (Vec<Token<'_>>, Option<Unclosed>) {
    let (mut tokens, mut unclosed, mut at) = (Vec::new(), None, 0);
    while at < query.len() {
        let rest = &query[at..];
        let first = rest.chars().next().unwrap_or(' ');
        let mut closed = |len: Option<usize>, opened: &'static str| {
            if len.is_none() {
                unclosed = Some(Unclosed { at, opened });
            }
            len.unwrap_or(rest.len())
        };
        let len = match first {
            c if c.is_whitespace() => c.len_utf8(),
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => closed(comment(rest), "/*"),
            '\'' => {
                let len = closed(quoted(rest, b'\'', false), "'");
                tokens.push(Token { at, word: &rest[..len], kind: Kind::Text });
                len
            }
            'e' | 'E' if rest[1..].starts_with('\'') => {
                let len = closed(quoted(&rest[1..], b'\'', true).map(|len| len + 1), "'");
                tokens.push(Token { at, word: &rest[..len], kind: Kind::Text });
                len
            }
            '"' => {
                let len = closed(quoted(rest, b'"', false), "\"");
                let word = rest.get(1..len.saturating_sub(1)).unwrap_or_default();
                tokens.push(Token { at: at + 1, word, kind: Kind::Quoted });
                len
            }
            '$' if dollar(rest).is_some() => {
                let tag = dollar(rest).unwrap_or("$$");
                let end = rest[tag.len()..].find(tag).map(|n| n + 2 * tag.len());
                let len = closed(end, "$$");
                tokens.push(Token { at, word: &rest[..len], kind: Kind::Text });
                len
            }
            c if c.is_ascii_digit() => {
                let len = number(rest);
                tokens.push(Token { at, word: &rest[..len], kind: Kind::Number });
                len
            }
            c if c.is_alphanumeric() || c == '_' || !c.is_ascii() => {
                let len = rest.find(|c: char| !part_of_word(c)).unwrap_or(rest.len());
                tokens.push(Token { at, word: &rest[..len], kind: Kind::Word });
                len
            }
            c => {
                tokens.push(Token { at, word: &rest[..c.len_utf8()], kind: Kind::Sign });
                c.len_utf8()
            }
        };
        at += len;
    }
    (tokens, unclosed)
}

fn part_of_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '$') || (!c.is_ascii() && !c.is_whitespace())
}

/// Length of a text or name in quotes; a doubled quote stands for one.
fn quoted(rest: &str, quote: u8, escapes: bool) -> Option<usize> {
    let bytes = rest.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        if escapes && bytes[at] == b'\\' {
            at += 2;
        } else if bytes[at] != quote {
            at += 1;
        } else if bytes.get(at + 1) == Some(&quote) {
            at += 2;
        } else {
            return Some(at + 1);
        }
    }
    None
}

/// Length of a comment; comments nest.
fn comment(rest: &str) -> Option<usize> {
    let bytes = rest.as_bytes();
    let (mut at, mut depth) = (0, 0usize);
    while at + 1 < bytes.len() {
        match &bytes[at..at + 2] {
            b"/*" => (depth, at) = (depth + 1, at + 2),
            b"*/" if depth == 1 => return Some(at + 2),
            b"*/" => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
    }
    None
}

/// What a text in dollar quotes begins and ends with.
fn dollar(rest: &str) -> Option<&str> {
    let end = rest[1..].find('$')? + 1;
    let tag = &rest[1..end];
    let named = !tag.starts_with(|c: char| c.is_ascii_digit()) && tag.chars().all(|c| part_of_word(c) && c != '$');
    named.then(|| &rest[..=end])
}

/// Length of a number: digits, `_`, one dot, an exponent; letters after it belong to it.
fn number(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let (mut at, mut dot) = (0, false);
    while at < bytes.len() {
        match bytes[at] {
            b'.' if !dot && bytes.get(at + 1).is_some_and(u8::is_ascii_digit) => dot = true,
            b'+' | b'-'
                if matches!(bytes[at - 1], b'e' | b'E') && bytes.get(at + 1).is_some_and(u8::is_ascii_digit) => {}
            b if b.is_ascii_alphanumeric() || b == b'_' => {}
            _ => break,
        }
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn texts_and_comments_hide_what_is_in_them() {
        let words = |query| scan(query).0.iter().map(|t| t.word.to_owned()).collect::<Vec<_>>();
        assert_eq!(words("a'b''c(' -- (\n/* ( /* ' */ ) */\"x\"\"y\""), ["a", "'b''c('", "x\"\"y"]);
        assert_eq!(words(r"E'it\'s' $t$ ' $t$ $1 1.5e-3.x"), [r"E'it\'s'", "$t$ ' $t$", "$", "1", "1.5e-3", ".", "x"]);
    }

    #[test]
    fn what_is_not_closed_is_known() {
        for (query, at, opened) in [("a 'b", 2, "'"), ("\"", 0, "\""), ("x /* /* */", 2, "/*"), ("$a$ $b$", 0, "$$")] {
            assert_eq!(scan(query).1, Some(Unclosed { at, opened }), "{query}");
        }
        assert_eq!(scan("'a' \"b\" /* */ $$ $$").1, None);
    }

    proptest! {
        #[test]
        fn any_text_is_cut(query in "[a-zA-Z0-9_'\"$\\-/* .(ž\n\\\\]{0,40}|.{0,20}") {
            for token in scan(&query).0 {
                prop_assert_eq!(&query[token.at..token.at + token.word.len()], token.word);
            }
        }
    }
}
