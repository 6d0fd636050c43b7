//! The forms in which a value can turn up: as it is, and as programs write it into other text.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// A value longer than this is looked for only by its first and last lines of this length.
const MAX_BYTES: usize = 16 * 1024;
/// Shortest line of a long value that is looked for alone.
const MIN_LINE: usize = 12;
/// Shortest part of base64 that is looked for.
const MIN_BASE64: usize = 4;

/// All forms of a value; none is empty.
pub(super) fn forms(value: &str) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let value = value.get(..MAX_BYTES).unwrap_or(value);
    // The parts of a key file are told apart where its lines are shown.
    let lines = value.lines().map(str::trim).filter(|line| line.len() >= MIN_LINE && !line.starts_with("-----"));
    for part in std::iter::once(value).chain(lines).chain(std::iter::once(value.trim())) {
        add(part, &mut all);
    }
    all.retain(|form| !form.is_empty());
    all
}

fn add(value: &str, all: &mut BTreeSet<String>) {
    if !all.insert(value.to_owned()) {
        return;
    }
    let escaped = json(value);
    all.insert(json(&escaped));
    all.insert(escaped.replace('/', "\\/"));
    all.insert(escaped);
    all.insert(format!("{value:?}").trim_matches('"').to_owned());
    all.insert(value.replace('\'', "''"));
    all.insert(value.replace('\'', "\\'"));
    for keep in KEPT {
        let upper = percent(value, keep, false);
        all.insert(upper.replace("%20", "+"));
        all.insert(upper);
        let lower = percent(value, keep, true);
        all.insert(lower.replace("%20", "+"));
        all.insert(lower);
    }
    for offset in 0..3 {
        for form in base64_at(value, offset) {
            all.insert(form);
        }
    }
}

/// As it stands in a JSON string.
fn json(value: &str) -> String {
    let quoted = serde_json::Value::from(value).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// What encoders of addresses leave as it is beside letters and digits: strict ones, those of scripts, those of
/// the part before `@`, those of a query.
const KEPT: [&str; 4] = ["-._~", "-._~!*'()", "-._~!$&'()*+,;=%", "-._*"];

fn percent(value: &str, keep: &str, lower: bool) -> String {
    let mut out = String::with_capacity(value.len() * 3);
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || keep.as_bytes().contains(&byte) {
            out.push(char::from(byte));
        } else if lower {
            let _ = write!(out, "%{byte:02x}");
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// The part of base64 that the value alone decides when it begins `offset` bytes after a group of three, as in
/// `user:password` of a login.
fn base64_at(value: &str, offset: usize) -> Vec<String> {
    let mut bytes = vec![0; offset];
    bytes.extend_from_slice(value.as_bytes());
    let first = (offset * 8).div_ceil(6);
    let whole = bytes.len() * 8 / 6;
    let cut = |text: String| text.get(first..whole).filter(|part| part.len() >= MIN_BASE64).map(str::to_owned);
    let mut found: Vec<String> =
        [STANDARD_NO_PAD.encode(&bytes), URL_SAFE_NO_PAD.encode(&bytes)].into_iter().filter_map(cut).collect();
    if offset == 0 {
        // Whole and alone, so that no character is left of it.
        found.extend([STANDARD_NO_PAD.encode(&bytes), URL_SAFE_NO_PAD.encode(&bytes)]);
    }
    found
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn every_form_is_there() {
        let value = "p@ ss/'\"\\ž+1";
        let all = forms(value);
        for form in [
            value,
            "p%40%20ss%2F%27%22%5C%C5%BE%2B1",
            "p%40%20ss%2f%27%22%5c%c5%be%2b1",
            "p%40+ss%2F%27%22%5C%C5%BE%2B1",
            r#"p@ ss/'\"\\ž+1"#,
            r#"p@ ss\/'\"\\ž+1"#,
            r#"p@ ss/'\\\"\\\\ž+1"#,
            "p@ ss/''\"\\ž+1",
        ] {
            assert!(all.contains(form), "{form}");
        }
    }

    #[test]
    fn base64_is_found_wherever_the_value_begins() {
        for value in ["pw42", "a longer secret", "žš"] {
            let all = forms(value);
            for before in ["", "u", "us", "use", "user:"] {
                for after in ["", "x", "yz"] {
                    let encoded = STANDARD.encode(format!("{before}{value}{after}"));
                    assert!(all.iter().any(|form| encoded.contains(form.as_str())), "{value} in {before}…{after}");
                }
            }
        }
    }

    #[test]
    fn lines_of_a_key_are_looked_for_alone() {
        let all = forms("-----BEGIN KEY-----\nMIIEvQIBADANBg\nshort\n-----END KEY-----\n");
        assert!(all.contains("MIIEvQIBADANBg") && !all.contains("short") && !all.contains("-----END KEY-----"));
    }
}
