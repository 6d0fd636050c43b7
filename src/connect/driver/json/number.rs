//! What the numbers of a column need of its type, so that none loses a digit.

use arrow::datatypes::DataType;

use super::super::csv::value::canonical_integer;

/// Digits that a decimal has at most.
const MAX_DIGITS: usize = 38;
/// Digits that a float gives back whatever they are.
const SAFE_DIGITS: usize = 15;

/// What numbers seen so far need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Numbers {
    /// All of them are whole and fit 64 bits.
    integers: bool,
    /// All of them are written without point and exponent.
    whole: bool,
    /// A float gives the digits of each back.
    float: bool,
    /// Most digits before the point, and after it; `None` where a decimal is out of question.
    digits: Option<(usize, usize)>,
}

impl Numbers {
    pub fn new() -> Numbers {
        Numbers { integers: true, whole: true, float: true, digits: Some((1, 0)) }
    }

    /// Takes a number in, as JSON writes it.
    pub fn see(&mut self, text: &str) {
        if canonical_integer(text).is_none() {
            self.integers = false;
        }
        let Some(parts) = Parts::of(text) else {
            // An exponent beyond all bounds.
            *self = Numbers { integers: false, whole: false, float: false, digits: None };
            return;
        };
        self.whole &= !text.contains(['.', 'e', 'E']);
        self.float &= parts.fits_float(text);
        self.digits = match (self.digits, parts.decimal()) {
            (Some((whole, scale)), Some((more, after))) => Some((whole.max(more), scale.max(after))),
            _ => None,
        };
    }

    /// The type that holds all of them; text where there is none.
    pub fn data_type(&self) -> DataType {
        if self.integers {
            return DataType::Int64;
        }
        if self.float && !self.whole {
            return DataType::Float64;
        }
        match self.digits {
            Some((whole, scale)) if whole + scale <= MAX_DIGITS => {
                // Both are at most 38.
                DataType::Decimal128((whole + scale) as u8, scale as i8)
            }
            _ => DataType::Utf8,
        }
    }
}

/// The parts of a number.
struct Parts {
    /// All digits without leading and trailing zeros.
    digits: String,
    /// The power of ten of the digit after the last one kept, so that the value is `0.digits × 10^point`.
    point: i64,
}

impl Parts {
    fn of(text: &str) -> Option<Parts> {
        let text = text.strip_prefix('-').unwrap_or(text);
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
            None => (text, 0),
        };
        if exponent.abs() > 1_000_000 {
            return None;
        }
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = format!("{whole}{fraction}");
        let leading = all.len() - all.trim_start_matches('0').len();
        let point = i64::try_from(whole.len()).ok()? + exponent - i64::try_from(leading).ok()?;
        Some(Parts { digits: all[leading..].trim_end_matches('0').to_owned(), point })
    }

    /// Digits before and after the point.
    fn decimal(&self) -> Option<(usize, usize)> {
        if self.digits.is_empty() {
            return Some((1, 0));
        }
        let count = i64::try_from(self.digits.len()).ok()?;
        let whole = usize::try_from(self.point.max(1)).ok()?;
        let scale = usize::try_from((count - self.point).max(0)).ok()?;
        (whole <= MAX_DIGITS && scale <= MAX_DIGITS).then_some((whole, scale))
    }

    fn fits_float(&self, text: &str) -> bool {
        if self.digits.len() <= SAFE_DIGITS && (-290..290).contains(&self.point) {
            return true;
        }
        let Ok(number) = text.parse::<f64>() else { return false };
        let back = Parts::of(&format!("{number:e}"));
        number.is_finite() && back.is_some_and(|back| back.digits == self.digits && back.point == self.point)
    }
}

/// A number without exponent, for a decimal column; `None` where it has too many digits for any.
pub(super) fn plain(text: &str) -> Option<String> {
    if !text.contains(['e', 'E']) {
        return Some(text.to_owned());
    }
    let parts = Parts::of(text)?;
    parts.decimal()?;
    let sign = if text.starts_with('-') { "-" } else { "" };
    let count = i64::try_from(parts.digits.len()).ok()?;
    let zeros = |n: i64| "0".repeat(usize::try_from(n).unwrap_or(0));
    if parts.digits.is_empty() {
        return Some("0".to_owned());
    }
    Some(if parts.point <= 0 {
        format!("{sign}0.{}{}", zeros(-parts.point), parts.digits)
    } else if parts.point >= count {
        format!("{sign}{}{}", parts.digits, zeros(parts.point - count))
    } else {
        let (whole, fraction) = parts.digits.split_at(usize::try_from(parts.point).ok()?);
        format!("{sign}{whole}.{fraction}")
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(texts: &[&str]) -> DataType {
        let mut numbers = Numbers::new();
        texts.iter().for_each(|text| numbers.see(text));
        numbers.data_type()
    }

    #[test]
    fn no_digit_is_lost() {
        assert_eq!(of(&["1", "-5", "9223372036854775807"]), DataType::Int64);
        assert_eq!(of(&["9223372036854775808", "1"]), DataType::Decimal128(19, 0));
        assert_eq!(of(&["18446744073709551615"]), DataType::Decimal128(20, 0));
        assert_eq!(of(&["1.5", "2", "1e3", "-0"]), DataType::Float64);
        assert_eq!(of(&["0.1", "123456789.12345678"]), DataType::Float64);
        assert_eq!(of(&["0.30000000000000004"]), DataType::Float64);
        assert_eq!(of(&["0.30000000000000000004", "10"]), DataType::Decimal128(22, 20));
        assert_eq!(of(&["1.5", "9007199254740993"]), DataType::Decimal128(17, 1));
        assert_eq!(of(&["1e400"]), DataType::Utf8);
        assert_eq!(of(&["1e99999999999999999999"]), DataType::Utf8);
        assert_eq!(of(&[&"9".repeat(39)]), DataType::Utf8);
        assert_eq!(of(&[&format!("0.{}", "9".repeat(60))]), DataType::Utf8);
    }

    #[test]
    fn exponents_are_written_out() {
        for (text, wanted) in [
            ("1e3", "1000"),
            ("-1.25e1", "-12.5"),
            ("1.5E-3", "0.0015"),
            ("12.5", "12.5"),
            ("0e9", "0"),
            ("120e-1", "12"),
        ] {
            assert_eq!(plain(text).as_deref(), Some(wanted), "{text}");
        }
        assert_eq!(plain("1e50"), None);
    }

    proptest! {
        #[test]
        fn a_float_column_gives_every_number_back(number in any::<f64>().prop_filter("finite", |n| n.is_finite())) {
            let text = format!("{number:e}");
            prop_assert!(Parts::of(&text).unwrap().fits_float(&text));
        }
    }
}
