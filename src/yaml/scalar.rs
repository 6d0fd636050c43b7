//! What plain scalars mean: the rules of YAML 1.1 as PyYAML applies them, because existing documents
//! and their fingerprints were made with them. `yes` and `off` are booleans, `010` is octal, `12:30` is
//! a number of base 60, `1e5` without a dot and sign is text, and a date is its text.

use serde_json::Number;

use super::node::Resolved;

/// What a plain scalar means, and its text where that changes (a time is written in one way).
pub fn resolve(text: &str) -> (Resolved, Option<String>) {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return (Resolved::Null, None),
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => return (Resolved::Bool(true), None),
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return (Resolved::Bool(false), None);
        }
        _ => {}
    }
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.')) {
        return (Resolved::Text, None);
    }
    if let Some(number) = integer(text).or_else(|| float(text)) {
        return (Resolved::Number(number), None);
    }
    (Resolved::Text, timestamp(text))
}

fn split_sign(text: &str) -> (bool, &str) {
    match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    }
}

fn all(text: &str, accept: impl Fn(u8) -> bool) -> bool {
    !text.is_empty() && text.bytes().all(|b| b == b'_' || accept(b))
}

fn integer(text: &str) -> Option<Number> {
    let (negative, rest) = split_sign(text);
    let (digits, radix) = if let Some(digits) = rest.strip_prefix("0b") {
        (all(digits, |b| matches!(b, b'0' | b'1')).then_some(digits)?, 2)
    } else if let Some(digits) = rest.strip_prefix("0x") {
        (all(digits, |b| b.is_ascii_hexdigit()).then_some(digits)?, 16)
    } else if rest == "0" {
        (rest, 10)
    } else if let Some(digits) = rest.strip_prefix('0') {
        (all(digits, |b| matches!(b, b'0'..=b'7')).then_some(digits)?, 8)
    } else if rest.starts_with(|c: char| c.is_ascii_digit()) {
        if rest.contains(':') {
            return base60(rest).and_then(|value| whole(negative, value));
        }
        (all(rest, |b| b.is_ascii_digit()).then_some(rest)?, 10)
    } else {
        return None;
    };
    let digits: String = digits.chars().filter(|c| *c != '_').collect();
    match u128::from_str_radix(if digits.is_empty() { "0" } else { &digits }, radix) {
        Ok(value) => whole(negative, value),
        // Longer than any integer that can be passed on: the nearest number.
        Err(_) => digits.parse::<f64>().ok().and_then(|v| Number::from_f64(if negative { -v } else { v })),
    }
}

fn whole(negative: bool, value: u128) -> Option<Number> {
    if negative && let Ok(value) = i64::try_from(-i128::try_from(value).ok()?) {
        return Some(Number::from(value));
    }
    if !negative && let Ok(value) = u64::try_from(value) {
        return Some(Number::from(value));
    }
    let value = value as f64;
    Number::from_f64(if negative { -value } else { value })
}

/// `190:20:30`: parts of base 60, each of one or two digits below 60 but the first.
fn base60(text: &str) -> Option<u128> {
    let mut parts = text.split(':');
    let first = parts.next().filter(|p| all(p, |b| b.is_ascii_digit()) && !p.starts_with(['0', '_']))?;
    let mut value: u128 = first.replace('_', "").parse().ok()?;
    for part in parts {
        value = value.checked_mul(60)?.checked_add(sixty(part)?)?;
    }
    Some(value)
}

fn sixty(part: &str) -> Option<u128> {
    let short = matches!(part.len(), 1 | 2) && part.bytes().all(|b| b.is_ascii_digit());
    short.then(|| part.parse().ok()).flatten().filter(|value| *value < 60)
}

fn float(text: &str) -> Option<Number> {
    let (negative, rest) = split_sign(text);
    let signed = rest.len() != text.len();
    let sign = if negative { -1.0 } else { 1.0 };
    let (mantissa, exponent) = match rest.find(['e', 'E']) {
        Some(at) => (&rest[..at], Some(&rest[at + 1..])),
        None => (rest, None),
    };
    if let Some(exponent) = exponent {
        let (_, digits) = split_sign(exponent);
        let written = digits.len() != exponent.len() && !digits.is_empty();
        if !written || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
    }
    let (before, after) = mantissa.split_once('.')?;
    if !after.is_empty() && !all(after, |b| b.is_ascii_digit()) {
        return None;
    }
    if before.contains(':') {
        let whole = exponent.is_none().then(|| parts60(before)).flatten()?;
        let fraction: f64 = format!("0.{}", after.replace('_', "")).parse().ok().unwrap_or(0.0);
        return Number::from_f64(sign * (whole + fraction));
    }
    let plain = before.starts_with(|c: char| c.is_ascii_digit()) && all(before, |b| b.is_ascii_digit());
    let bare = before.is_empty() && !signed && after.starts_with(|c: char| c.is_ascii_digit());
    if !plain && !bare {
        return None;
    }
    let clean = format!("{before}.{after}{}", exponent.map(|e| format!("e{e}")).unwrap_or_default()).replace('_', "");
    let clean = if bare { format!("0{clean}") } else { clean };
    clean.replace(".e", ".0e").parse::<f64>().ok().and_then(|value| Number::from_f64(sign * value))
}

fn parts60(text: &str) -> Option<f64> {
    let mut parts = text.split(':');
    let first = parts.next().filter(|p| p.starts_with(|c: char| c.is_ascii_digit()))?;
    let mut value: f64 = all(first, |b| b.is_ascii_digit()).then(|| first.replace('_', "").parse().ok()).flatten()?;
    for part in parts {
        value = value * 60.0 + sixty(part)? as f64;
    }
    Some(value)
}

/// Whether a plain scalar is a date or a time in YAML 1.1. It is read as its text.
pub fn is_date(text: &str) -> bool {
    let day = |(at, b): (usize, u8)| if matches!(at, 4 | 7) { b == b'-' } else { b.is_ascii_digit() };
    text.len() == 10 && text.bytes().enumerate().all(day) || timestamp(text).is_some()
}

/// A time in the form that Python prints it: `2024-01-02 03:04:05+00:00`. A day alone, and what is no
/// time, stay as they are.
fn timestamp(text: &str) -> Option<String> {
    let mut at = Cursor { rest: text };
    let year = at.digits(4, 4)?;
    at.eat('-')?;
    let month = at.digits(1, 2)?;
    at.eat('-')?;
    let day = at.digits(1, 2)?;
    let before = at.rest.len();
    at.rest = at.rest.strip_prefix(['T', 't']).unwrap_or_else(|| at.rest.trim_start_matches([' ', '\t']));
    (at.rest.len() < before).then_some(())?;
    let hour = at.digits(1, 2)?;
    at.eat(':')?;
    let minute = at.digits(2, 2)?;
    at.eat(':')?;
    let second = at.digits(2, 2)?;
    let mut fraction = String::new();
    if at.eat('.').is_some() {
        let digits: String = at.rest.chars().take_while(char::is_ascii_digit).collect();
        at.rest = &at.rest[digits.len()..];
        fraction = format!("{:0<6.6}", digits);
    }
    at.rest = at.rest.trim_start_matches([' ', '\t']);
    let zone = zone(&mut at)?;
    let valid = at.rest.is_empty() && (1..=12).contains(&month) && (1..=31).contains(&day);
    let valid = valid && hour < 24 && minute < 60 && second < 60;
    let fraction = if fraction.trim_matches('0').is_empty() { String::new() } else { format!(".{fraction}") };
    valid.then(|| format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}{fraction}{zone}"))
}

fn zone(at: &mut Cursor<'_>) -> Option<String> {
    if at.rest.is_empty() {
        return Some(String::new());
    }
    if at.eat('Z').is_some() {
        return Some("+00:00".to_owned());
    }
    let sign = if at.eat('-').is_some() {
        '-'
    } else {
        at.eat('+')?;
        '+'
    };
    let hours = at.digits(1, 2)?;
    let minutes = if at.eat(':').is_some() { at.digits(2, 2)? } else { 0 };
    Some(format!("{sign}{hours:02}:{minutes:02}"))
}

struct Cursor<'t> {
    rest: &'t str,
}

impl Cursor<'_> {
    fn eat(&mut self, c: char) -> Option<()> {
        self.rest = self.rest.strip_prefix(c)?;
        Some(())
    }

    fn digits(&mut self, least: usize, most: usize) -> Option<u32> {
        let len = self.rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
        let value = (len >= least).then(|| self.rest[..len].parse().ok()).flatten()?;
        self.rest = &self.rest[len..];
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn value(text: &str) -> Value {
        match resolve(text) {
            (Resolved::Null, _) => Value::Null,
            (Resolved::Bool(b), _) => json!(b),
            (Resolved::Number(n), _) => Value::Number(n),
            (_, normal) => json!(normal.unwrap_or_else(|| text.to_owned())),
        }
    }

    // Each pair was made with PyYAML 6: `yaml.safe_load`, times through `str`.
    #[test]
    fn as_pyyaml_says() {
        for (text, expected) in [
            ("", json!(null)),
            ("~", json!(null)),
            ("nULL", json!("nULL")),
            ("yes", json!(true)),
            ("Off", json!(false)),
            ("y", json!("y")),
            ("0", json!(0)),
            ("-0", json!(0)),
            ("010", json!(8)),
            ("08", json!("08")),
            ("0x1F", json!(31)),
            ("0b11", json!(3)),
            ("0o17", json!("0o17")),
            ("+12", json!(12)),
            ("1_000", json!(1000)),
            ("12:30", json!(750)),
            ("12:30:45", json!(45045)),
            ("12:60", json!("12:60")),
            ("01:30", json!("01:30")),
            ("190:20:30.15", json!(685230.15)),
            ("1.5", json!(1.5)),
            ("1.", json!(1.0)),
            (".5", json!(0.5)),
            ("-.5", json!("-.5")),
            ("1e5", json!("1e5")),
            ("1.0e5", json!("1.0e5")),
            ("1.0e+5", json!(100000.0)),
            ("1.5.0", json!("1.5.0")),
            ("0.1.0", json!("0.1.0")),
            ("-", json!("-")),
            ("+", json!("+")),
            (".", json!(".")),
            ("2024-01-02", json!("2024-01-02")),
            ("2024-01-02 03:04:05", json!("2024-01-02 03:04:05")),
            ("2024-01-02T03:04:05Z", json!("2024-01-02 03:04:05+00:00")),
            ("2024-1-2 3:04:05.5 +1", json!("2024-01-02 03:04:05.500000+01:00")),
            ("2024-13-02 03:04:05", json!("2024-13-02 03:04:05")),
            ("-9223372036854775808", json!(i64::MIN)),
            ("18446744073709551615", json!(u64::MAX)),
        ] {
            assert_eq!(value(text), expected, "{text:?}");
        }
    }
}
