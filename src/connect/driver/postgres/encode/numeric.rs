//! Numbers in the binary form of numeric: digits to the base 10,000.

use arrow::datatypes::i256;

use super::Why;

const POSITIVE: u16 = 0;
const NEGATIVE: u16 = 0x4000;
const NAN: u16 = 0xC000;
const INFINITE: u16 = 0xD000;
const MINUS_INFINITE: u16 = 0xF000;

/// Powers of ten that a group of four digits has.
const TENS: [u128; 4] = [1, 10, 100, 1000];

/// What the column takes: precision and scale.
pub(super) type Limit = Option<(u16, i16)>;

/// A number with a decimal exponent that is not positive.
pub(super) fn decimal(value: i128, scale: i8, limit: Limit, out: &mut Vec<u8>) -> Result<(), Why> {
    let (mut number, mut scale) = (value.unsigned_abs(), i32::from(scale));
    while scale < 0 {
        number = number.checked_mul(10).ok_or("it has too many digits")?;
        scale += 1;
    }
    if let Some((precision, most)) = limit {
        let most = i32::from(most);
        while scale > most {
            if !number.is_multiple_of(10) {
                return Err(fraction(most).into());
            }
            number /= 10;
            scale -= 1;
        }
        // Digits that the column has for this scale.
        let digits = i32::from(precision) - most + scale;
        if u32::try_from(digits).ok().and_then(|digits| 10u128.checked_pow(digits)).is_some_and(|end| number >= end) {
            return Err(whole(precision, most as i16).into());
        }
        if digits < 0 && number > 0 {
            return Err(whole(precision, most as i16).into());
        }
    }
    let mut shown = scale;
    if let Some((_, most)) = limit {
        shown = shown.max(i32::from(most));
    }
    // Whole groups after the point.
    let padding = (4 - scale % 4) % 4;
    let fraction_groups = (scale + padding) / 4;
    let Some(mut rest) = number.checked_mul(TENS[padding as usize]) else {
        return digits(&value.to_string(), scale as usize, shown, out);
    };
    let mut groups = [0u16; 12];
    let mut count = 0;
    while rest > u128::from(u64::MAX) {
        groups[count] = (rest % 10_000) as u16;
        rest /= 10_000;
        count += 1;
    }
    let mut rest = rest as u64;
    while rest > 0 {
        groups[count] = (rest % 10_000) as u16;
        rest /= 10_000;
        count += 1;
    }
    let zeros = groups[..count].iter().take_while(|group| **group == 0).count();
    let kept = &groups[zeros..count];
    let weight = count as i32 - 1 - fraction_groups;
    let sign = if value < 0 && !kept.is_empty() { NEGATIVE } else { POSITIVE };
    head(kept.len(), if kept.is_empty() { 0 } else { weight }, sign, shown, out);
    for group in kept.iter().rev() {
        out.extend_from_slice(&group.to_be_bytes());
    }
    Ok(())
}

/// The same of numbers that need more than 128 bits.
pub(super) fn big(value: i256, scale: i8, limit: Limit, out: &mut Vec<u8>) -> Result<(), Why> {
    if let Some(small) = value.to_i128() {
        return decimal(small, scale, limit, out);
    }
    let mut text = value.to_string();
    let mut places = usize::from(scale.max(0).unsigned_abs());
    if scale < 0 {
        text.extend(std::iter::repeat_n('0', usize::from(scale.unsigned_abs())));
    }
    if let Some((_, most)) = limit {
        while places as i32 > i32::from(most) && places > 0 {
            if !text.ends_with('0') {
                return Err(fraction(i32::from(most)).into());
            }
            text.pop();
            places -= 1;
        }
    }
    check(&text, places, limit)?;
    let shown = limit.map_or(0, |(_, most)| i32::from(most)).max(places as i32);
    digits(&text, places, shown, out)
}

/// A text that is a number: `-12.50`, `1e3`, `NaN`, `Infinity`.
pub(super) fn text(text: &str, limit: Limit, out: &mut Vec<u8>) -> Result<(), Why> {
    parsed(text, limit, false, out)
}

/// A float in its shortest decimal form, rounded to the scale of the column.
pub(super) fn float(text: &str, limit: Limit, out: &mut Vec<u8>) -> Result<(), Why> {
    parsed(text, limit, true, out)
}

fn parsed(text: &str, limit: Limit, round: bool, out: &mut Vec<u8>) -> Result<(), Why> {
    let trimmed = text.trim();
    let bare = trimmed.trim_start_matches(['+', '-']);
    let special = if bare.eq_ignore_ascii_case("nan") {
        Some(NAN)
    } else if bare.eq_ignore_ascii_case("inf") || bare.eq_ignore_ascii_case("infinity") {
        Some(if trimmed.starts_with('-') { MINUS_INFINITE } else { INFINITE })
    } else {
        None
    };
    if let Some(sign) = special {
        if sign != NAN && limit.is_some() {
            return Err("a numeric with a precision has no infinity".into());
        }
        head(0, 0, sign, 0, out);
        return Ok(());
    }
    let (mantissa, exponent) = match bare.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().map_err(|_| "it is no number")?),
        None => (bare, 0),
    };
    let (whole_part, fraction_part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut all: String = [whole_part, fraction_part].concat();
    let signs = trimmed.len() - bare.len();
    if all.is_empty() || signs > 1 || !all.bytes().all(|b| b.is_ascii_digit()) || exponent.abs() > 1000 {
        return Err("it is no number".into());
    }
    let mut places = fraction_part.len() as i32 - exponent;
    while places < 0 {
        all.push('0');
        places += 1;
    }
    if let Some((_, most)) = limit {
        let most = i32::from(most);
        while places > most {
            let last = all.pop().unwrap_or('0');
            places -= 1;
            if last != '0' && !round {
                return Err(fraction(most).into());
            }
            // Only the last digit that goes decides; those behind it are no carry for a shortest form.
            if round && places == most && last >= '5' {
                all = increment(&all);
            }
        }
    }
    if all.is_empty() {
        all.push('0');
    }
    if trimmed.starts_with('-') {
        all.insert(0, '-');
    }
    let (mut places, shown) = (places, limit.map_or(0, |(_, most)| i32::from(most)).max(places));
    while places < 0 {
        all.push('0');
        places += 1;
    }
    check(&all, places as usize, limit)?;
    digits(&all, places as usize, shown, out)
}

fn increment(digits: &str) -> String {
    let mut all: Vec<u8> = digits.bytes().collect();
    for digit in all.iter_mut().rev() {
        if *digit == b'9' {
            *digit = b'0';
        } else {
            *digit += 1;
            return String::from_utf8(all).unwrap_or_default();
        }
    }
    format!("1{}", String::from_utf8(all).unwrap_or_default())
}

/// Whether the digits before the point fit.
fn check(text: &str, places: usize, limit: Limit) -> Result<(), Why> {
    let Some((precision, scale)) = limit else { return Ok(()) };
    let number = text.trim_start_matches('-').trim_start_matches('0');
    let before = number.len() as i32 - places as i32;
    let fits = number.is_empty() || before <= i32::from(precision) - i32::from(scale);
    if fits { Ok(()) } else { Err(whole(precision, scale).into()) }
}

fn fraction(most: i32) -> String {
    format!("it has more than {most} digits after the point")
}

fn whole(precision: u16, scale: i16) -> String {
    format!("it has more than {} digits before the point", i32::from(precision) - i32::from(scale))
}

/// An integer written out, of which `places` digits stand after the point.
fn digits(text: &str, places: usize, shown: i32, out: &mut Vec<u8>) -> Result<(), Why> {
    let negative = text.starts_with('-');
    let all = text.trim_start_matches('-').as_bytes();
    let mut padded: Vec<u8> = Vec::with_capacity(all.len() + 8);
    let whole = all.len().saturating_sub(places);
    let missing = places.saturating_sub(all.len());
    let front = (4 - whole % 4) % 4;
    padded.extend(std::iter::repeat_n(b'0', front));
    padded.extend_from_slice(&all[..whole]);
    let whole_groups = padded.len() / 4;
    padded.extend(std::iter::repeat_n(b'0', missing));
    padded.extend_from_slice(&all[whole..]);
    while !padded.len().is_multiple_of(4) {
        padded.push(b'0');
    }
    let groups: Vec<u16> =
        padded.chunks_exact(4).map(|four| four.iter().fold(0, |n, d| n * 10 + u16::from(d - b'0'))).collect();
    let first = groups.iter().position(|group| *group != 0).unwrap_or(groups.len());
    let last = groups.iter().rposition(|group| *group != 0).map_or(first, |at| at + 1);
    let kept = &groups[first..last];
    let weight = if kept.is_empty() { 0 } else { whole_groups as i32 - 1 - first as i32 };
    if kept.len() > usize::from(u16::MAX / 2) {
        return Err("it has too many digits".into());
    }
    head(kept.len(), weight, if negative && !kept.is_empty() { NEGATIVE } else { POSITIVE }, shown, out);
    for group in kept {
        out.extend_from_slice(&group.to_be_bytes());
    }
    Ok(())
}

fn head(groups: usize, weight: i32, sign: u16, shown: i32, out: &mut Vec<u8>) {
    out.extend_from_slice(&(groups as u16).to_be_bytes());
    out.extend_from_slice(&(weight as i16).to_be_bytes());
    out.extend_from_slice(&sign.to_be_bytes());
    out.extend_from_slice(&(shown.max(0) as u16).to_be_bytes());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parts(bytes: &[u8]) -> Vec<i32> {
        bytes.chunks_exact(2).map(|two| i32::from(i16::from_be_bytes([two[0], two[1]]))).collect()
    }

    fn encoded(value: i128, scale: i8, limit: Limit) -> Result<Vec<i32>, Why> {
        let mut out = Vec::new();
        decimal(value, scale, limit, &mut out).map(|()| parts(&out))
    }

    #[test]
    fn numbers_have_the_form_that_postgres_has() {
        // As `SELECT numeric_send(...)` says.
        assert_eq!(encoded(1234, 2, None).unwrap(), [2, 0, 0, 2, 12, 3400]);
        assert_eq!(encoded(0, 2, None).unwrap(), [0, 0, 0, 2]);
        assert_eq!(encoded(-1, 6, None).unwrap(), [1, -2, 0x4000, 6, 100]);
        assert_eq!(encoded(100_000_000, 0, None).unwrap(), [1, 2, 0, 0, 1]);
        assert_eq!(encoded(5, -3, None).unwrap(), [1, 0, 0, 0, 5000]);
        assert_eq!(encoded(1250, 3, Some((5, 2))).unwrap(), [2, 0, 0, 2, 1, 2500]);
        assert!(encoded(1255, 3, Some((5, 2))).is_err());
        assert!(encoded(100_000, 2, Some((5, 2))).is_err());
        assert!(encoded(99_999, 2, Some((5, 2))).is_ok());
        assert_eq!(encoded(7, 0, Some((5, 2))).unwrap(), [1, 0, 0, 2, 7]);
    }

    #[test]
    fn texts_and_floats_are_read() {
        let read = |value: &str, limit, round| {
            let mut out = Vec::new();
            parsed(value, limit, round, &mut out).map(|()| parts(&out))
        };
        assert_eq!(read("12.34", None, false), encoded(1234, 2, None));
        assert_eq!(read("-1e-6", None, false), encoded(-1, 6, None));
        assert_eq!(read("1.5e3", None, false), encoded(1500, 0, None));
        assert_eq!(read("2.675", Some((5, 2)), true), encoded(268, 2, None));
        assert_eq!(read("9.999", Some((5, 2)), true), encoded(1000, 2, None));
        assert!(read("2.675", Some((5, 2)), false).is_err());
        assert_eq!(read("NaN", None, false).unwrap(), [0, 0, -16384, 0]);
        assert!(read("inf", Some((5, 2)), false).is_err());
        for wrong in ["", "-", "1..2", "1e", "--1", "0x1", "1 2"] {
            assert!(read(wrong, None, false).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn both_ways_to_encode_agree(value in any::<i64>(), scale in 0i8..30) {
            let mut out = Vec::new();
            digits(&value.to_string(), scale as usize, i32::from(scale), &mut out).unwrap();
            prop_assert_eq!(encoded(i128::from(value), scale, None).unwrap(), parts(&out));
        }
    }
}
