//! The `Link` header (RFC 5988): where the next page is.

/// The address of the relation `next`.
pub(super) fn next(header: &str) -> Option<&str> {
    let mut rest = header;
    loop {
        let open = rest.find('<')?;
        let close = open + rest[open..].find('>')?;
        let address = &rest[open + 1..close];
        let (parameters, after) = parameters(&rest[close + 1..]);
        if is_next(parameters) {
            return Some(address.trim());
        }
        rest = after;
    }
}

/// The parameters of a link, and what follows it: commas in quotes end none.
fn parameters(text: &str) -> (&str, &str) {
    let mut quoted = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b',' if !quoted => return (&text[..at], &text[at + 1..]),
            _ => {}
        }
    }
    (text, "")
}

fn is_next(parameters: &str) -> bool {
    parameters.split(';').any(|parameter| {
        let Some((name, value)) = parameter.split_once('=') else { return false };
        name.trim().eq_ignore_ascii_case("rel")
            && value.trim().trim_matches('"').split_whitespace().any(|rel| rel.eq_ignore_ascii_case("next"))
    })
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
