//! The `Link` header (RFC 5988): where the next page is.

/// The address of the relation `next`.
pub(super) fn next(header: &str) -> Option<&str> {
    let mut rest = header;
    loop {
        let open = rest.find('<')?;
        let close = open + rest[open..].find('>')?;
        let address = &rest[open + 1..close];
        let (parameters, after) = unquoted(&rest[close + 1..], b',');
        if is_next(parameters) {
            return Some(address.trim());
        }
        rest = after;
    }
}

/// What is before a sign that stands in no quotes, and what follows it.
fn unquoted(text: &str, sign: u8) -> (&str, &str) {
    let mut quoted = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            byte if byte == sign && !quoted => return (&text[..at], &text[at + 1..]),
            _ => {}
        }
    }
    (text, "")
}

fn is_next(mut parameters: &str) -> bool {
    while !parameters.is_empty() {
        let (parameter, rest) = unquoted(parameters, b';');
        parameters = rest;
        let Some((name, value)) = parameter.split_once('=') else { continue };
        let mut relations = value.trim().trim_matches('"').split_whitespace();
        if name.trim().eq_ignore_ascii_case("rel") && relations.any(|rel| rel.eq_ignore_ascii_case("next")) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_found_among_others() {
        let github = r#"<https://a.test/x?page=1>; rel="prev", <https://a.test/x?page=3,4>; rel="next""#;
        assert_eq!(next(github), Some("https://a.test/x?page=3,4"));
        assert_eq!(next("</b>; title=\"a, <c>; rel=next\"; rel=last, </d>;REL=next"), Some("/d"));
        assert_eq!(next("</b>; rel=\"last next\""), Some("/b"));
        for none in ["", "<", "</b>", "</b>; rel=last", "</b>; rev=next", "</b>; relnext"] {
            assert_eq!(next(none), None, "{none}");
        }
    }
}
