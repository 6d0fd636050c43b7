//! Numbers as the digits that a column of MySQL keeps: none is rounded.

use std::io::Write as _;

use super::super::kind::Kind;
use super::Target;
use crate::connect::driver::digits::write_decimal128;

impl Target {
    /// A number that has no more digits after the point than the column keeps, and few in all: no other number
    /// of as few digits is the same float. So it needs no shortest digits to be found.
    pub(super) fn short(&self, number: f64) -> Option<(i128, i8)> {
        /// Floats tell numbers of so many digits apart.
        const MOST: f64 = 1e15;
        let scale = self.scale().filter(|scale| (0..=15).contains(scale))?;
        let unit = 10f64.powi(i32::from(scale));
        let units = (number * unit).round();
        (units.abs() < MOST && units / unit == number).then_some((units as i128, scale))
    }

    /// A number in decimal digits, `-12.50`.
    pub(super) fn numeral(&self, text: &str, out: &mut Vec<u8>) -> Result<(), String> {
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        let (whole, after) = digits.split_once('.').unwrap_or((digits, ""));
        let all = || whole.bytes().chain(after.bytes());
        if whole.is_empty() || !all().all(|byte| byte.is_ascii_digit()) || all().count() > 76 {
            return Err(format!("it is no {}", self.shown));
        }
        let sign = if text.starts_with('-') { "-" } else { "" };
        let value = format!("{sign}{whole}{after}");
        match value.parse::<i128>() {
            Ok(value) => self.decimal(value, after.len() as i8, out),
            Err(_) => self.big_decimal(&value, after.len() as i8, out),
        }
    }

    pub(super) fn float<T: std::fmt::LowerExp + std::fmt::Display + Into<f64> + Copy>(
        &self,
        number: T,
        out: &mut Vec<u8>,
    ) -> Result<(), String> {
        if !number.into().is_finite() {
            return Err(format!("MySQL has no {number}"));
        }
        // Writing to memory does not fail.
        let _ = write!(out, "{number:e}");
        Ok(())
    }

    /// MySQL rounds what has more digits after the point than the column.
    pub(super) fn decimal(&self, value: i128, scale: i8, out: &mut Vec<u8>) -> Result<(), String> {
        if scale < 0 {
            return self.big_decimal(&value.to_string(), scale, out);
        }
        let kept = self.scale();
        if let Some(over) = kept.map(|kept| scale - kept).filter(|over| *over > 0)
            // Beyond 38 digits there is nothing but zeros before them.
            && 10i128.checked_pow(over as u32).map_or(value != 0, |unit| value % unit != 0)
        {
            return Err(format!("it has more digits after the point than {}", self.shown));
        }
        if matches!(self.kind, Kind::Integer(..)) {
            return self.integer(value / 10i128.checked_pow(scale as u32).unwrap_or(i128::MAX), out);
        }
        write_decimal128(value, scale, out);
        Ok(())
    }

    pub(super) fn big_decimal(&self, value: &str, scale: i8, out: &mut Vec<u8>) -> Result<(), String> {
        let (sign, all) = value.strip_prefix('-').map_or(("", value), |all| ("-", all));
        let zeros = "0".repeat(usize::from(scale.min(0).unsigned_abs()));
        let after = usize::from(scale.max(0) as u8);
        let all = format!("{:0>width$}{zeros}", all, width = after + 1);
        let (whole, after) = all.split_at(all.len() - after);
        let kept = self.scale().map_or(after.len(), |kept| usize::from(kept as u8).min(after.len()));
        if after[kept..].bytes().any(|byte| byte != b'0') {
            return Err(format!("it has more digits after the point than {}", self.shown));
        }
        let point = if kept > 0 { "." } else { "" };
        let _ = write!(out, "{sign}{whole}{point}{}", &after[..kept]);
        Ok(())
    }

    /// Digits after the point that the column keeps; all of a text.
    pub(super) fn scale(&self) -> Option<i8> {
        match self.kind {
            Kind::Decimal(_, scale) => Some(scale as i8),
            Kind::Integer(..) => Some(0),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::put;
    use super::*;
    use crate::connect::driver::cell::Cell;

    #[test]
    fn numbers_are_written_whole() {
        let wide = Kind::Decimal(65, 2);
        assert_eq!(put(wide.clone(), "", Cell::Decimal(-5, 2)), Ok("-0.05".into()));
        assert_eq!(put(wide.clone(), "", Cell::Decimal(i128::MAX, 0)), Ok(i128::MAX.to_string()));
        assert_eq!(put(wide.clone(), "", Cell::Decimal(12_300, 4)), Ok("1.2300".into()));
        assert!(put(wide.clone(), "decimal(65,2)", Cell::Decimal(12_345, 4)).is_err());
        assert_eq!(put(Kind::Integer(8, false), "", Cell::Decimal(1200, 2)), Ok("12".into()));
        assert!(put(Kind::Integer(8, false), "", Cell::Decimal(1250, 2)).is_err());
        let big = arrow::datatypes::i256::from_string(&"9".repeat(60)).unwrap();
        let text = format!("{}.99", "9".repeat(58));
        assert_eq!(put(wide, "", Cell::BigDecimal(big, 2)), Ok(text));
        assert_eq!(put(Kind::Integer(64, true), "", Cell::Unsigned(u64::MAX)), Ok(u64::MAX.to_string()));
        assert!(put(Kind::Integer(8, true), "", Cell::Int(-1)).is_err());
        assert_eq!(put(Kind::Double, "", Cell::Float(1e300)), Ok("1e300".into()));
        assert!(put(Kind::Double, "", Cell::Float(f64::NAN)).is_err());
    }

    proptest! {
        #[test]
        fn a_float_is_the_decimal_that_it_shows(units in -2_000_000_000_000_000i64..2_000_000_000_000_000, scale in 0u8..12) {
            let number = units as f64 / 10f64.powi(i32::from(scale));
            // What any column would keep of the digits that the float shows.
            let shown = put(Kind::Decimal(65, 30), "", Cell::Text(&number.to_string()));
            let digits = |text: &str| {
                let text = text.trim_end_matches('0').trim_end_matches('.');
                if text == "-0" { "0".to_owned() } else { text.to_owned() }
            };
            let with_point = |text: String| if text.contains('.') { text } else { format!("{text}.") };
            let written = put(Kind::Decimal(65, scale), "", Cell::Float(number));
            if units.abs() < 1_000_000_000_000_000 {
                prop_assert!(written.is_ok());
            }
            if let (Ok(written), Ok(shown)) = (written, shown) {
                prop_assert_eq!(digits(&with_point(written)), digits(&with_point(shown)));
            }
        }
    }
}
