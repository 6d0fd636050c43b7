//! Texts that are to become dates, times or UUIDs.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Float32Array, Float64Array, Int16Array, Int32Array, Int64Array,
    Time64MicrosecondArray, TimestampMicrosecondArray,
};
use arrow::datatypes::DataType;

use super::Why;
use crate::connect::driver::calendar;

const DAY_US: i64 = 86_400_000_000;

/// Days since 1970-01-01.
pub(super) fn date(text: &str) -> Result<i32, Why> {
    calendar::parse_date(text.trim()).ok_or_else(|| "it is no date of the form YYYY-MM-DD".into())
}

/// Microseconds since midnight.
pub(super) fn time(text: &str) -> Result<i64, Why> {
    let text = text.trim();
    // A time is read as one of the first day.
    let micros = calendar::parse_timestamp(&format!("1970-01-01 {text}"));
    let midnight = text.strip_prefix("24:00").is_some_and(|rest| rest.chars().all(|c| matches!(c, '0' | ':' | '.')));
    match micros {
        Some(micros) => Ok(micros),
        None if midnight => Ok(DAY_US),
        None => Err("it is no time of the form HH:MM:SS".into()),
    }
}

/// Microseconds since 1970-01-01 00:00 of a text without a zone.
pub(super) fn timestamp(text: &str) -> Result<i64, Why> {
    let text = text.trim();
    if let Some(micros) = calendar::parse_timestamp(text) {
        return Ok(micros);
    }
    match calendar::parse_date(text) {
        Some(days) => Ok(i64::from(days) * DAY_US),
        None if with_zone(text).is_some() => Err("it has an offset from UTC, and the column has no zone".into()),
        None => Err("it is no time of the form YYYY-MM-DD HH:MM:SS".into()),
    }
}

/// The same in UTC, of a text with `Z` or an offset.
pub(super) fn timestamp_with_zone(text: &str) -> Result<i64, Why> {
    match with_zone(text.trim()) {
        Some(micros) => Ok(micros),
        None if calendar::parse_timestamp(text.trim()).is_some() => {
            Err("it has no offset from UTC, and none is invented".into())
        }
        None => Err("it is no time of the form YYYY-MM-DD HH:MM:SS+00:00".into()),
    }
}

fn with_zone(text: &str) -> Option<i64> {
    if let Some(plain) = text.strip_suffix(['Z', 'z']) {
        return calendar::parse_timestamp(plain.trim_end());
    }
    let at = text.get(16..)?.rfind(['+', '-'])? + 16;
    let (plain, offset) = text.split_at(at);
    let (sign, digits) = offset.split_at(1);
    let digits: String = digits.chars().filter(|c| *c != ':').collect();
    let number = |range: std::ops::Range<usize>| digits.get(range).and_then(|part| part.parse::<i64>().ok());
    let seconds = match digits.len() {
        2 => number(0..2)? * 3600,
        4 => number(0..2)? * 3600 + number(2..4)? * 60,
        6 => number(0..2)? * 3600 + number(2..4)? * 60 + number(4..6)?,
        _ => return None,
    };
    let micros = calendar::parse_timestamp(plain.trim_end())?;
    let offset = seconds * 1_000_000;
    if sign == "+" { micros.checked_sub(offset) } else { micros.checked_add(offset) }
}

/// The bytes of a UUID.
pub(super) fn uuid(text: &str) -> Result<[u8; 16], Why> {
    let wrong = || Why::from("it is no UUID");
    let text = text.trim().trim_start_matches('{').trim_end_matches('}');
    let mut bytes = [0u8; 16];
    let mut count = 0;
    for c in text.bytes().filter(|b| *b != b'-') {
        let digit = (c as char).to_digit(16).ok_or_else(wrong)? as u8;
        let byte = bytes.get_mut(count / 2).ok_or_else(wrong)?;
        *byte = *byte << 4 | digit;
        count += 1;
    }
    if count == 32 { Ok(bytes) } else { Err(wrong()) }
}

/// Texts as an array of a simple type; the row that is none, and why.
pub(in crate::connect::driver) fn array_of(of: &DataType, texts: &[Option<&str>]) -> Result<ArrayRef, (usize, Why)> {
    fn all<T>(texts: &[Option<&str>], one: impl Fn(&str) -> Result<T, Why>) -> Result<Vec<Option<T>>, (usize, Why)> {
        texts.iter().enumerate().map(|(row, text)| text.map(&one).transpose().map_err(|why| (row, why))).collect()
    }
    fn number<T: std::str::FromStr>(text: &str) -> Result<T, Why> {
        text.trim().parse().map_err(|_| "it is no number of this type".into())
    }
    Ok(match of {
        DataType::Boolean => Arc::new(BooleanArray::from(all(texts, |text| match text {
            "t" | "true" => Ok(true),
            "f" | "false" => Ok(false),
            _ => Err("it is neither true nor false".into()),
        })?)),
        DataType::Int16 => Arc::new(Int16Array::from(all(texts, number)?)),
        DataType::Int32 => Arc::new(Int32Array::from(all(texts, number)?)),
        DataType::Int64 => Arc::new(Int64Array::from(all(texts, number)?)),
        DataType::Float32 => Arc::new(Float32Array::from(all(texts, number)?)),
        DataType::Float64 => Arc::new(Float64Array::from(all(texts, number)?)),
        DataType::Date32 => Arc::new(Date32Array::from(all(texts, date)?)),
        DataType::Time64(_) => Arc::new(Time64MicrosecondArray::from(all(texts, time)?)),
        DataType::Timestamp(_, None) => Arc::new(TimestampMicrosecondArray::from(all(texts, timestamp)?)),
        DataType::Timestamp(_, Some(zone)) => {
            let values = all(texts, timestamp_with_zone)?;
            Arc::new(TimestampMicrosecondArray::from(values).with_timezone(zone.clone()))
        }
        _ => return Err((0, format!("{of} is not read from text").into())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_no_zone_is_invented() {
        assert_eq!(time("01:02:03.5").unwrap(), 3_723_500_000);
        assert_eq!(time("24:00:00").unwrap(), DAY_US);
        assert!(time("25:00").is_err());
        let utc = timestamp("1970-01-01 02:00:00").unwrap();
        assert_eq!(timestamp_with_zone("1970-01-01 04:30:00+02:30").unwrap(), utc);
        assert_eq!(timestamp_with_zone("1970-01-01T02:00:00Z").unwrap(), utc);
        assert_eq!(timestamp_with_zone("1970-01-01 00:00:00-02").unwrap(), utc);
        assert!(timestamp_with_zone("1970-01-01 00:00:00").unwrap_err().contains("invented"));
        assert!(timestamp("1970-01-01 00:00:00+00").unwrap_err().contains("offset"));
        assert_eq!(uuid("{00000000-0000-0000-0000-0000000000fF}").unwrap()[15], 255);
        assert!(uuid("0").is_err() && uuid("zz").is_err());
    }
}
