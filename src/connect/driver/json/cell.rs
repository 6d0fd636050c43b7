//! One row: an object, its keys and what each holds.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Objects and lists in each other, at most. Deeper ones are made to break programs.
const MAX_DEPTH: usize = 128;
/// Objects in each other that become columns, at most; deeper ones stay JSON.
const MAX_FLAT: usize = 16;
/// More keys than any table has columns.
const MAX_KEYS: usize = 16_384;

/// What a key holds.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::connect::driver) enum Cell<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A number, as written.
    Number(&'a str),
    /// A text.
    Text(Cow<'a, str>),
    /// An object or a list, as written.
    Nested(&'a str),
}

impl<'a> Cell<'a> {
    /// What a value is.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn of(raw: &'a RawValue) -> Result<Cell<'a>, String> {
        let text = raw.get();
        Ok(match text.as_bytes().first() {
            Some(b'n') => Cell::Null,
            Some(b't') => Cell::Boolean(true),
            Some(b'f') => Cell::Boolean(false),
            Some(b'"') => {
                let inside = &text[1..text.len() - 1];
                if memchr::memchr(b'\\', inside.as_bytes()).is_none() {
                    Cell::Text(Cow::Borrowed(inside))
                } else {
                    Cell::Text(Cow::Owned(serde_json::from_str(text).map_err(|error| error.to_string())?))
                }
            }
            Some(b'{' | b'[') => {
                if depth(text) > MAX_DEPTH {
                    return Err(format!("objects and lists lie in each other more than {MAX_DEPTH} deep"));
                }
                Cell::Nested(text)
            }
            _ => Cell::Number(text),
        })
    }

    /// Its text; `None` is NULL.
    pub fn text(&self) -> Option<&str> {
        match self {
            Cell::Null => None,
            Cell::Boolean(true) => Some("true"),
            Cell::Boolean(false) => Some("false"),
            Cell::Number(text) | Cell::Nested(text) => Some(text),
            Cell::Text(text) => Some(text),
        }
    }
}

/// How deep objects and lists lie in each other.
fn depth(text: &str) -> usize {
    let (mut now, mut most, mut quoted, mut escaped) = (0usize, 0, false, false);
    for byte in text.bytes() {
        if quoted {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => quoted = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => quoted = true,
            b'{' | b'[' => {
                now += 1;
                most = most.max(now);
            }
            b'}' | b']' => now = now.saturating_sub(1),
            _ => {}
        }
    }
    most
}

/// Reads a row: the keys of an object and what they hold, in their order. With `flatten` the keys of objects
/// inside become `outer_inner`.
///
/// # Errors
/// What is wrong, in words: no object, broken JSON, nested too deep.
pub(in crate::connect::driver) fn read_row<'a>(
    text: &'a str,
    flatten: bool,
    row: &mut Vec<(Cow<'a, str>, Cell<'a>)>,
) -> Result<(), String> {
    row.clear();
    let trimmed = text.trim_start();
    if !trimmed.starts_with('{') {
        let found = match trimmed.as_bytes().first() {
            Some(b'[') => "a list",
            Some(b'"') => "a text",
            Some(b'n') => "null",
            Some(b't' | b'f') => "true or false",
            Some(b'-' | b'0'..=b'9') => "a number",
            _ => "no JSON",
        };
        return Err(format!("it is {found}, not an object"));
    }
    keys(text, None, if flatten { MAX_FLAT } else { 0 }, row)
}

fn keys<'a>(
    text: &'a str,
    prefix: Option<&str>,
    flat: usize,
    row: &mut Vec<(Cow<'a, str>, Cell<'a>)>,
) -> Result<(), String> {
    let mut found = Vec::new();
    let mut json = serde_json::Deserializer::from_str(text);
    Keys(&mut found).deserialize(&mut json).and_then(|()| json.end()).map_err(|error| error.to_string())?;
    for (name, raw) in found {
        let cell = Cell::of(raw)?;
        let name = match prefix {
            Some(prefix) => Cow::Owned(format!("{prefix}_{name}")),
            None => name,
        };
        match cell {
            Cell::Nested(inside) if flat > 0 && inside.starts_with('{') && !is_empty(inside) => {
                keys(inside, Some(&name), flat - 1, row)?;
            }
            cell => row.push((name, cell)),
        }
        if row.len() > MAX_KEYS {
            return Err(format!("it has more than {MAX_KEYS} keys"));
        }
    }
    Ok(())
}

fn is_empty(object: &str) -> bool {
    object[1..object.len() - 1].trim().is_empty()
}

/// The keys of an object with their values as written.
struct Keys<'v, 'a>(&'v mut Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> DeserializeSeed<'a> for Keys<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'a> Visitor<'a> for Keys<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'a>>(self, mut map: M) -> Result<(), M::Error> {
        while let Some(Key(name)) = map.next_key()? {
            self.0.push((name, map.next_value()?));
        }
        Ok(())
    }
}

/// A key; borrowed where it has no escapes.
pub(super) struct Key<'a>(pub Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Key<'de>, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

/// The value of one key of an object, as written; `None` where it is no object or has no such key.
///
/// # Errors
/// Broken JSON.
pub(super) fn value_of<'a>(object: &'a str, key: &str) -> Result<Option<&'a RawValue>, serde_json::Error> {
    struct One<'k>(&'k str);
    impl<'a> Visitor<'a> for One<'_> {
        type Value = Option<&'a RawValue>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<M: MapAccess<'a>>(self, mut map: M) -> Result<Option<&'a RawValue>, M::Error> {
            let mut found = None;
            while let Some(Key(name)) = map.next_key()? {
                let value: &RawValue = map.next_value()?;
                if name == self.0 {
                    found = Some(value);
                }
            }
            Ok(found)
        }
    }
    if !object.trim_start().starts_with('{') {
        return Ok(None);
    }
    serde_json::Deserializer::from_str(object).deserialize_map(One(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(text: &str, flatten: bool) -> Result<Vec<(String, String)>, String> {
        let mut row = Vec::new();
        read_row(text, flatten, &mut row)?;
        Ok(row.into_iter().map(|(name, cell)| (name.into_owned(), format!("{cell:?}"))).collect())
    }

    fn pairs(text: &str, flatten: bool) -> String {
        let row = row(text, flatten).unwrap();
        row.iter().map(|(name, cell)| format!("{name}={cell}")).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn values_are_kept_as_written() {
        let text = r#"{"a": 1.10, "b\u0041": "x\ny", "c": null, "d": true, "e": {"f": [1, {"g": 2}]}, "h": [ ]}"#;
        assert_eq!(
            pairs(text, false),
            r#"a=Number("1.10") bA=Text("x\ny") c=Null d=Boolean(true) e=Nested("{\"f\": [1, {\"g\": 2}]}") h=Nested("[ ]")"#
        );
        assert_eq!(
            pairs(r#"{"a": {"b": {"c": 1}, "d": [1]}, "e": {}, "f": {"g": null}}"#, true),
            r#"a_b_c=Number("1") a_d=Nested("[1]") e=Nested("{}") f_g=Null"#
        );
    }

    #[test]
    fn what_is_no_row_is_said() {
        for (text, why) in [
            ("[1]", "it is a list, not an object"),
            ("1", "it is a number, not an object"),
            ("null", "it is null, not an object"),
            ("", "it is no JSON, not an object"),
        ] {
            assert_eq!(row(text, false).unwrap_err(), why, "{text}");
        }
        for text in ["{", r#"{"a"}"#, r#"{"a": 01}"#, r#"{"a": "\ud800"}"#, r#"{"a": 1} x"#, "{\"a\": \"\u{1}\"}"] {
            assert!(row(text, false).is_err(), "{text}");
        }
        let deep = format!(r#"{{"a": {}{}}}"#, "[".repeat(200_000), "]".repeat(200_000));
        assert!(row(&deep, false).unwrap_err().contains("128 deep"));
        let objects = format!("{}1{}", r#"{"a":"#.repeat(100_000), "}".repeat(100_000));
        assert!(row(&objects, true).unwrap_err().contains("128 deep"));
    }

    #[test]
    fn one_key_is_found() {
        assert_eq!(value_of(r#"{"a": 1, "b": {"a": 2}, "b": 3}"#, "b").unwrap().unwrap().get(), "3");
        assert!(value_of("[1]", "b").unwrap().is_none());
        assert!(value_of("{\"a\" 1}", "b").is_err());
    }
}
