//! Pieces of SQL that a document gives: a condition, an order. A condition is SQL of the document's author;
//! it has to stay a condition: whole by itself, so that it can't end the statement around it.

/// Why a text is no single expression; `None` where it may be one.
pub(super) fn broken(sql: &str) -> Option<&'static str> {
    let bytes = sql.as_bytes();
    let mut depth = 0i32;
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'(' => depth += 1,
            b')' => {
                depth -= 1;
                if depth < 0 {
                    return Some("it closes a parenthesis that it did not open");
                }
            }
            b';' => return Some("it holds a semicolon"),
            0 => return Some("it holds the character U+0000"),
            b'-' if bytes.get(at + 1) == Some(&b'-') => return Some("it holds a comment"),
            b'/' if bytes.get(at + 1) == Some(&b'*') => return Some("it holds a comment"),
            b'$' if is_dollar_quote(&bytes[at..]) => return Some("it holds a dollar-quoted text; use '…'"),
            quote @ (b'\'' | b'"') => {
                // E'…' takes backslashes for escapes; where a quote could hide behind one, it is refused.
                let escapes = quote == b'\''
                    && at > 0
                    && matches!(bytes[at - 1], b'e' | b'E')
                    && !(at > 1 && (bytes[at - 2].is_ascii_alphanumeric() || bytes[at - 2] == b'_'));
                let Some(end) = memchr::memchr(quote, &bytes[at + 1..]) else {
                    return Some("a quote is not closed");
                };
                if escapes && bytes[at + 1..at + 1 + end].contains(&b'\\') {
                    return Some("it holds an escaped quote; double the quote instead");
                }
                at += end + 1;
            }
            _ => {}
        }
        at += 1;
    }
    (depth > 0).then_some("it opens a parenthesis that it does not close")
}

/// `$$` or `$tag$`; not `$1`.
fn is_dollar_quote(rest: &[u8]) -> bool {
    let tag = rest[1..].iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_' || **b >= 0x80).count();
    rest.get(1 + tag) == Some(&b'$') && !rest[1..].first().is_some_and(u8::is_ascii_digit)
}

/// The statement of `query` without what ends it.
pub(super) fn statement(query: &str) -> &str {
    query.trim().trim_end_matches(|c: char| c == ';' || c.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_stays_a_condition() {
        for good in ["a = 1", "a IN (1, 2) AND \"b)\" = ');--'", "note = 'it''s (fine'", "a - -1 > b", "x = E'a'"] {
            assert_eq!(broken(good), None, "{good}");
        }
        for bad in [
            "1=1) TO PROGRAM 'rm'",
            "1=1; DROP TABLE x",
            "a = 1 -- rest",
            "a /* b */",
            "a = 'x",
            "(a = 1",
            "a = $$x$$",
            "a = $t$x$t$",
            "a = E'\\') OR (1=1'",
            "a\0",
        ] {
            assert!(broken(bad).is_some(), "{bad}");
        }
        assert_eq!(statement(" SELECT 1 ; \n;"), "SELECT 1");
    }
}
