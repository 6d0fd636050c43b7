//! The type of a column, from its values: the narrowest that gives every one of them back.

use arrow::datatypes::{DataType, TimeUnit};

use super::value;
use crate::connect::driver::calendar;

const INTEGER: u8 = 1;
const FLOAT: u8 = 2;
const BOOLEAN: u8 = 4;
const DATE: u8 = 8;
const TIMESTAMP: u8 = 16;

/// What the values of a column seen so far allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::connect::driver) struct Candidates {
    types: u8,
    /// A whole number was seen that a float can't hold exactly.
    large: bool,
    /// A value was seen.
    any: bool,
    /// NULL was seen.
    nulls: bool,
}

impl Candidates {
    pub fn new() -> Candidates {
        Candidates { types: INTEGER | FLOAT | BOOLEAN | DATE | TIMESTAMP, large: false, any: false, nulls: false }
    }

    /// Whether a NULL was seen.
    pub fn nulls(&self) -> bool {
        self.nulls
    }

    /// Whether any value was seen.
    pub fn any(&self) -> bool {
        self.any
    }

    /// Takes in what was seen of the same column elsewhere.
    pub fn join(&mut self, other: &Candidates) {
        self.types &= other.types;
        self.large |= other.large;
        self.any |= other.any;
        self.nulls |= other.nulls;
    }

    /// Takes a value in.
    pub fn see(&mut self, cell: Option<&str>) {
        let Some(text) = cell else {
            self.nulls = true;
            return;
        };
        self.any = true;
        if self.types == 0 {
            return;
        }
        // All types but BOOLEAN begin with a digit, a sign or a point.
        match text.as_bytes().first() {
            Some(b'0'..=b'9' | b'-' | b'.') => self.types &= !BOOLEAN,
            Some(b't' | b'T' | b'f' | b'F') => self.types &= BOOLEAN,
            _ => {
                self.types = 0;
                return;
            }
        }
        if self.types & (INTEGER | FLOAT) != 0 {
            self.see_number(text);
        }
        if self.types & BOOLEAN != 0 && value::canonical_boolean(text).is_none() {
            self.types &= !BOOLEAN;
        }
        if self.types & DATE != 0 && calendar::parse_date(text).is_none() {
            self.types &= !DATE;
        }
        if self.types & TIMESTAMP != 0 && calendar::parse_timestamp(text).is_none() {
            self.types &= !TIMESTAMP;
        }
    }

    fn see_number(&mut self, text: &str) {
        match value::canonical_integer(text) {
            Some(number) => self.large |= number.unsigned_abs() > value::EXACT_IN_FLOAT,
            // A whole number beyond 64 bits would lose digits as a float.
            None if value::is_whole(text) => self.types &= !(INTEGER | FLOAT),
            None => {
                self.types &= !INTEGER;
                if value::canonical_float(text).is_none() {
                    self.types &= !FLOAT;
                }
            }
        }
    }

    /// The type; text where nothing narrower holds all values.
    pub fn data_type(&self) -> DataType {
        if !self.any {
            return DataType::Utf8;
        }
        let has = |one: u8| self.types & one != 0;
        if has(INTEGER) {
            DataType::Int64
        } else if has(FLOAT) && !self.large {
            DataType::Float64
        } else if has(BOOLEAN) {
            DataType::Boolean
        } else if has(DATE) {
            DataType::Date32
        } else if has(TIMESTAMP) {
            DataType::Timestamp(TimeUnit::Microsecond, None)
        } else {
            DataType::Utf8
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::column::type_name;
    use super::*;

    fn inferred(values: &[&str]) -> String {
        let mut candidates = Candidates::new();
        for value in values {
            candidates.see(if *value == "NULL" { None } else { Some(value) });
        }
        type_name(&candidates.data_type())
    }

    #[test]
    fn the_narrowest_type_that_gives_all_values_back() {
        assert_eq!(inferred(&["1", "-2", "NULL"]), "integer");
        assert_eq!(inferred(&["1", "2.5"]), "float");
        assert_eq!(inferred(&["2.5", "1"]), "float");
        assert_eq!(inferred(&["007", "1"]), "string");
        assert_eq!(inferred(&["+420123"]), "string");
        assert_eq!(inferred(&["true", "FALSE"]), "boolean");
        assert_eq!(inferred(&["true", "1"]), "string");
        assert_eq!(inferred(&["2024-01-01"]), "date");
        assert_eq!(inferred(&["2024-01-01", "2024-01-01 10:00"]), "string");
        assert_eq!(inferred(&["2024-01-01T10:00:00.5"]), "timestamp");
        assert_eq!(inferred(&["2024-01-01T10:00:00Z"]), "string");
        assert_eq!(inferred(&["NULL", "NULL"]), "string");
        assert_eq!(inferred(&[]), "string");
        assert_eq!(inferred(&["1", ""]), "string");
        assert_eq!(inferred(&["nan"]), "string");
    }

    #[test]
    fn no_digit_is_lost_to_a_float() {
        assert_eq!(inferred(&["9223372036854775807"]), "integer");
        assert_eq!(inferred(&["9223372036854775808"]), "string");
        assert_eq!(inferred(&["9223372036854775807", "0.5"]), "string");
        assert_eq!(inferred(&["0.5", "18446744073709551616"]), "string");
    }
}
