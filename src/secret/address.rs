//! Passwords inside addresses, found by their pattern: `scheme://user:password@host`.

use std::ops::Range;

/// Where the passwords of addresses stand in a text, in order. A reference to a variable is none.
pub(super) fn passwords(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = memchr::memmem::find(&text.as_bytes()[from..], b"://").map(|at| from + at + 3) {
        let end = at + token_length(&text[at..]);
        if let Some(password) = password(&text[at..end]) {
            found.push(at + password.start..at + password.end);
        }
        from = at;
    }
    found
}

/// Where an address begins that the end of the text may cut off before its password is whole.
pub(super) fn unfinished(text: &str) -> Option<usize> {
    if let Some(at) = text.rfind("://")
        && token_length(&text[at + 3..]) == text.len() - at - 3
        && text.len() - at <= LONGEST
    {
        return Some(at);
    }
    [":/", ":"].iter().find_map(|part| text.strip_suffix(part)).map(str::len)
}

/// More of an address than this is not waited for.
const LONGEST: usize = 1024;

/// Bytes until what can't be part of an address.
fn token_length(text: &str) -> usize {
    text.find(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '`' | '<' | '>')).unwrap_or(text.len())
}

/// The password in what follows `://`.
fn password(token: &str) -> Option<Range<usize>> {
    let authority = token.find(['/', '?', '#']).unwrap_or(token.len());
    let at = match token[..authority].rfind('@') {
        Some(at) => at,
        // A password with `/` in it that nobody encoded; what follows `host:` would be a number.
        None => {
            let (_, rest) = token[..authority].split_once(':')?;
            let port = rest.bytes().all(|b| b.is_ascii_digit());
            token.rfind('@').filter(|_| !port)?
        }
    };
    let colon = token[..at].find(':')?;
    let password = &token[colon + 1..at];
    let reference = password.starts_with("${") && password.ends_with('}') && !password[2..].contains("${");
    let hidden = matches!(password, "***" | super::MASK);
    (!password.is_empty() && !reference && !hidden).then_some(colon + 1..at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(text: &str) -> String {
        let mut out = String::new();
        let mut at = 0;
        for range in passwords(text) {
            out.push_str(&text[at..range.start]);
            out.push('#');
            at = range.end;
        }
        out + &text[at..]
    }

    #[test]
    fn passwords_are_found_and_other_addresses_stay() {
        assert_eq!(hidden("postgres://u:pw@h:5432/d"), "postgres://u:#@h:5432/d");
        assert_eq!(hidden("(mysql://u:p@ss@h/d) x://:y@z"), "(mysql://u:#@h/d) x://:#@z");
        assert_eq!(hidden("a://u:p/w#x@h/d"), "a://u:#@h/d");
        for text in [
            "https://h:8080/a@b",
            "https://h/x:y@z",
            "https://u@h/",
            "see http://a.b and mail me:you@c",
            "x://u:${PW}@h",
            "x://u:${PW:-}@h",
            "x://u:***@h",
            "x://u:[redacted]@h",
            "x://u:@h",
            "://",
        ] {
            assert_eq!(hidden(text), text);
        }
        assert_eq!(hidden("x://u:${A}${B}@h"), "x://u:#@h");
    }

    #[test]
    fn an_address_at_the_end_is_waited_for() {
        assert_eq!(unfinished("see postgres://u:p"), Some(12));
        assert_eq!(unfinished("see postgres://u:p "), None);
        assert_eq!(unfinished("see postgres:/"), Some(12));
        assert_eq!(unfinished("as follows:"), Some(10));
        assert_eq!(unfinished(&format!("x://{}", "a".repeat(LONGEST))), None);
    }
}
