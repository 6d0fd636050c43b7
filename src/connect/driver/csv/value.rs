//! One value of text as a number or a boolean.
//!
//! The canonical forms are those that type inference recognises: a text that would come back different
//! (`007`, `+420…`) is not taken for a number. The lenient forms are for types that a person asked for.

/// `-?(0|[1-9][0-9]*)` within 64 bits.
pub(in crate::connect::driver) fn canonical_integer(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text).as_bytes();
    let canonical = match digits {
        [b'0'] => digits.len() == text.len(),
        [b'1'..=b'9', rest @ ..] => rest.len() < 19 && rest.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    if canonical { text.parse().ok() } else { None }
}

/// Whether it is a whole number in canonical form, of any size.
pub(in crate::connect::driver) fn is_whole(text: &str) -> bool {
    match text.strip_prefix('-').unwrap_or(text).as_bytes() {
        [b'0'] => true,
        [b'1'..=b'9', rest @ ..] => rest.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// A finite number in decimal or exponent notation, without a plus sign and leading zeros.
pub(in crate::connect::driver) fn canonical_float(text: &str) -> Option<f64> {
    if is_decimal(text.as_bytes()) { text.parse().ok().filter(|f: &f64| f.is_finite()) } else { None }
}

/// Whole numbers beyond this may not come back from a float.
pub(in crate::connect::driver) const EXACT_IN_FLOAT: u64 = 1 << 53;

/// A canonical float; no whole number that would lose digits as one.
pub(in crate::connect::driver) fn exact_float(text: &str) -> Option<f64> {
    if let Some(number) = few_digits(text.as_bytes()) {
        return Some(number);
    }
    // Shorter ones are small enough.
    let loses = text.len() > 15
        && is_whole(text)
        && canonical_integer(text).is_none_or(|number| number.unsigned_abs() > EXACT_IN_FLOAT);
    if loses { None } else { canonical_float(text) }
}

/// `-?(0|[1-9][0-9]*)(\.[0-9]+)?` of at most 15 digits, read in one go: such a whole number and such a power of
/// ten are floats, and a division of floats is the float next to the true quotient.
fn few_digits(text: &[u8]) -> Option<f64> {
    const TENS: [f64; 16] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let (mut units, mut point) = (0u64, None);
    for (at, byte) in digits.iter().enumerate() {
        match byte {
            b'0'..=b'9' => units = units * 10 + u64::from(byte - b'0'),
            b'.' if point.is_none() && at > 0 => point = Some(at),
            _ => return None,
        }
        // Beyond, it is read the long way.
        if at > 15 {
            return None;
        }
    }
    let whole = point.unwrap_or(digits.len());
    let after = point.map_or(0, |at| digits.len() - at - 1);
    let canonical = whole > 0 && (whole == 1 || digits[0] != b'0') && (point.is_none() || after > 0);
    if !canonical || whole + after > 15 {
        return None;
    }
    let number = units as f64 / TENS[after];
    Some(if digits.len() < text.len() { -number } else { number })
}

fn is_decimal(text: &[u8]) -> bool {
    let rest = text.strip_prefix(b"-").unwrap_or(text);
    let whole = digits(rest);
    if whole > 1 && rest[0] == b'0' {
        return false;
    }
    let mut rest = &rest[whole..];
    let mut fraction = 0;
    if let [b'.', after @ ..] = rest {
        fraction = digits(after);
        rest = &after[fraction..];
    }
    if whole + fraction == 0 {
        return false;
    }
    match rest {
        [] => true,
        [b'e' | b'E', exponent @ ..] => {
            let exponent = match exponent {
                [b'+' | b'-', digits @ ..] => digits,
                digits => digits,
            };
            !exponent.is_empty() && digits(exponent) == exponent.len()
        }
        _ => false,
    }
}

fn digits(text: &[u8]) -> usize {
    text.iter().take_while(|b| b.is_ascii_digit()).count()
}

/// `true` or `false`, all lower case, all upper case or capitalised.
pub(in crate::connect::driver) fn canonical_boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

/// A whole number within 64 bits; leading zeros, a plus sign and spaces around it are let pass.
pub(in crate::connect::driver) fn lenient_integer(text: &str) -> Option<i64> {
    text.trim().parse().ok()
}

/// A number, `nan` and `inf` included; spaces around it are let pass.
pub(in crate::connect::driver) fn lenient_float(text: &str) -> Option<f64> {
    text.trim().parse().ok()
}

/// A boolean in any case, or `1`, `0`, `t`, `f`, `yes`, `no`.
pub(in crate::connect::driver) fn lenient_boolean(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "t" | "yes" | "y" => Some(true),
        "false" | "0" | "f" | "no" | "n" => Some(false),
        _ => None,
    }
}

/// The unscaled value of a decimal number with at most `precision` digits, `scale` of them after the
/// point. More digits than fit are no such number; nothing is rounded.
pub(in crate::connect::driver) fn decimal(text: &str, precision: u8, scale: i8) -> Option<i128> {
    let text = text.trim();
    let (negative, rest) = match text.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let point = rest.iter().position(|b| *b == b'.').unwrap_or(rest.len());
    let (whole, fraction) = (&rest[..point], rest.get(point + 1..).unwrap_or_default());
    let scale = usize::try_from(scale).ok()?;
    let kept = &fraction[..fraction.len().min(scale)];
    if whole.is_empty() && fraction.is_empty() || fraction[kept.len()..].iter().any(|b| *b != b'0') {
        return None;
    }
    let padding = std::iter::repeat_n(&b'0', scale - kept.len());
    let unscaled = whole.iter().chain(kept).chain(padding).try_fold(0i128, |number, b| {
        if b.is_ascii_digit() { number.checked_mul(10)?.checked_add(i128::from(b - b'0')) } else { None }
    })?;
    if unscaled >= 10i128.checked_pow(u32::from(precision))? {
        return None;
    }
    Some(if negative { -unscaled } else { unscaled })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn integers_are_canonical() {
        for (text, number) in
            [("0", 0), ("-1", -1), ("9223372036854775807", i64::MAX), ("-9223372036854775808", i64::MIN)]
        {
            assert_eq!(canonical_integer(text), Some(number));
        }
        for text in [
            "",
            "-",
            "-0",
            "00",
            "007",
            "+1",
            " 1",
            "1 ",
            "1_000",
            "9223372036854775808",
            "99999999999999999999",
            "1.0",
            "٣",
        ] {
            assert_eq!(canonical_integer(text), None, "{text}");
        }
        assert!(is_whole("99999999999999999999") && !is_whole("007") && !is_whole("1.0"));
    }

    #[test]
    fn floats_are_decimal_and_finite() {
        for (text, number) in
            [("1.5", 1.5), ("-0", -0.0), (".5", 0.5), ("5.", 5.0), ("1e3", 1000.0), ("2.5E-3", 0.0025), ("1e+20", 1e20)]
        {
            assert_eq!(canonical_float(text), Some(number), "{text}");
        }
        for text in
            ["", ".", "-", "e5", "1e", "1e+", "00.5", "+1.5", "nan", "inf", "1e999", "1,5", "0x10", "1.5.2", "1 "]
        {
            assert_eq!(canonical_float(text), None, "{text}");
        }
    }

    #[test]
    fn no_digit_of_a_whole_number_is_lost_to_a_float() {
        assert_eq!(exact_float("9007199254740992"), Some(9_007_199_254_740_992.0));
        for text in ["9007199254740993", "-9223372036854775808", "18446744073709551616"] {
            assert_eq!((exact_float(text), canonical_float(text).is_some()), (None, true), "{text}");
        }
        assert!(exact_float("9007199254740993.5").is_some() && exact_float("999999999999999").is_some());
    }

    #[test]
    fn decimals_are_exact_or_refused() {
        assert_eq!(decimal("12.3", 12, 2), Some(1230));
        assert_eq!(decimal("-0.05", 12, 2), Some(-5));
        assert_eq!(decimal("1.230", 12, 2), Some(123));
        assert_eq!(decimal("+7", 3, 0), Some(7));
        for text in ["1.234", "", ".", "1e3", "99999999999.00", "1.2.3", "abc"] {
            assert_eq!(decimal(text, 12, 2), None, "{text}");
        }
        assert_eq!(decimal(&"9".repeat(38), 38, 0), Some(10i128.pow(38) - 1));
        assert_eq!(decimal(&"9".repeat(60), 38, 0), None);
    }

    #[test]
    fn what_a_person_asked_for_is_read_leniently() {
        assert_eq!((lenient_integer(" 007 "), lenient_integer("+5"), lenient_integer("5.0")), (Some(7), Some(5), None));
        assert_eq!((lenient_float("inf"), lenient_float("x")), (Some(f64::INFINITY), None));
        assert_eq!(
            (lenient_boolean("YES"), lenient_boolean("0"), lenient_boolean("2")),
            (Some(true), Some(false), None)
        );
    }

    proptest! {
        #[test]
        fn canonical_means_that_it_comes_back(number in any::<i64>(), text in "-?[0-9]{1,22}") {
            prop_assert_eq!(canonical_integer(&number.to_string()), Some(number));
            if let Some(number) = canonical_integer(&text) {
                prop_assert_eq!(number.to_string(), text);
            }
        }

        #[test]
        fn a_short_way_leads_to_the_same_float(text in "-?[0-9]{0,17}(\\.[0-9]{0,17})?") {
            let whole_way = canonical_float(&text).map(f64::to_bits);
            if let Some(number) = few_digits(text.as_bytes()) {
                prop_assert_eq!(Some(number.to_bits()), whole_way, "{}", text);
            }
        }

        #[test]
        fn any_text_is_survived(text in "\\PC{0,30}") {
            let _ = (canonical_integer(&text), canonical_float(&text), lenient_integer(&text), decimal(&text, 38, 10));
        }
    }
}
