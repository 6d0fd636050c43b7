//! The values of a column of a batch, written one by one. What its type is gets asked once a batch, not once a
//! value.

use arrow::array::Array;
use arrow::buffer::NullBuffer;

use super::super::super::cell::View;

use super::super::format::{write_float, write_value};
use crate::connect::driver::calendar;
use crate::connect::driver::digits::{put_integer, write_decimal128};

/// The bytes for which a text needs quotes.
pub(super) struct Special([bool; 256]);

impl Special {
    pub fn new(delimiter: u8) -> Special {
        let mut special = [false; 256];
        for byte in [delimiter, b'"', b'\n', b'\r'] {
            special[usize::from(byte)] = true;
        }
        Special(special)
    }

    /// Whether a text needs quotes. The empty text does: without, it is NULL.
    pub fn are_in(&self, text: &[u8]) -> bool {
        text.is_empty() || text.iter().any(|byte| self.0[usize::from(*byte)]) || text.starts_with(b"\xef\xbb\xbf")
    }
}

/// When a value has quotes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Quotes {
    Never,
    WhereNeeded,
    Always,
}

/// A column of a batch.
pub(super) struct Cells<'a> {
    array: &'a dyn Array,
    view: View<'a>,
    nulls: Option<&'a NullBuffer>,
    quotes: Quotes,
}

impl<'a> Cells<'a> {
    pub fn of(array: &'a dyn Array, quotes: Quotes) -> Cells<'a> {
        Cells { array, view: View::of(array).unwrap_or(View::Nothing), nulls: array.nulls(), quotes }
    }

    /// Appends the value of a row; nothing for NULL.
    pub fn write(&self, row: usize, special: &Special, out: &mut Vec<u8>) {
        if self.nulls.is_some_and(|nulls| nulls.is_null(row)) {
            return;
        }
        match &self.view {
            View::Nothing => {}
            View::Text(texts) => quoted(texts.value(row).as_bytes(), self.quotes, special, out),
            View::LargeText(texts) => quoted(texts.value(row).as_bytes(), self.quotes, special, out),
            View::ViewedText(texts) => quoted(texts.value(row).as_bytes(), self.quotes, special, out),
            _ if self.quotes == Quotes::Never => self.plain(row, out),
            _ => {
                let mut text = Vec::new();
                self.plain(row, &mut text);
                quoted(&text, self.quotes, special, out);
            }
        }
    }

    fn plain(&self, row: usize, out: &mut Vec<u8>) {
        match &self.view {
            View::I16(numbers) => put_integer(out, numbers.value(row).into()),
            View::I32(numbers) => put_integer(out, numbers.value(row).into()),
            View::I64(numbers) => put_integer(out, numbers.value(row)),
            View::F64(numbers) => write_float(numbers.value(row), out),
            View::Decimal(numbers, scale) => write_decimal128(numbers.value(row), *scale, out),
            View::Date(days) => calendar::write_date(days.value(row), out),
            View::Micro(micros, false) => calendar::write_timestamp(micros.value(row), out),
            _ => write_value(self.array, row, out),
        }
    }
}

/// Appends a text, in quotes where it is asked for or needed; quotes inside are doubled.
pub(super) fn quoted(text: &[u8], quotes: Quotes, special: &Special, out: &mut Vec<u8>) {
    if quotes == Quotes::Never || quotes == Quotes::WhereNeeded && !special.are_in(text) {
        out.extend_from_slice(text);
        return;
    }
    out.push(b'"');
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'"', rest) {
        out.extend_from_slice(&rest[..=at]);
        out.push(b'"');
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}
