//! Numbers as decimal digits, without the way through `fmt`.

use super::calendar;

/// Characters of any 64-bit number.
const DIGITS: usize = 20;

/// Writes a whole number.
pub(super) fn put_integer(out: &mut Vec<u8>, number: i64) {
    out.extend_from_slice(digits(number, &mut [0; DIGITS]));
}

/// An unscaled value with its point.
pub(super) fn write_decimal128(number: i128, scale: i8, out: &mut Vec<u8>) {
    match i64::try_from(number) {
        Ok(small) => write_decimal(digits(small, &mut [0; DIGITS]), scale, out),
        Err(_) => write_decimal(number.to_string().as_bytes(), scale, out),
    }
}

/// A number as text. Most of a file is numbers, and the way through `fmt` takes several times as long.
fn digits(number: i64, buffer: &mut [u8; DIGITS]) -> &[u8] {
    let mut rest = number.unsigned_abs();
    let mut at = buffer.len();
    while rest >= 100 {
        at -= 2;
        buffer[at..at + 2].copy_from_slice(&calendar::two((rest % 100) as u32));
        rest /= 100;
    }
    let [tens, ones] = calendar::two(rest as u32);
    at -= 1;
    buffer[at] = ones;
    if rest >= 10 {
        at -= 1;
        buffer[at] = tens;
    }
    if number < 0 {
        at -= 1;
        buffer[at] = b'-';
    }
    &buffer[at..]
}

/// Puts the point into the digits of an unscaled value.
pub(super) fn write_decimal(unscaled: &[u8], scale: i8, out: &mut Vec<u8>) {
    let (sign, digits) = match unscaled {
        [b'-', digits @ ..] => (&b"-"[..], digits),
        digits => (&b""[..], digits),
    };
    out.extend_from_slice(sign);
    if scale <= 0 {
        out.extend_from_slice(digits);
        if digits != b"0" {
            out.extend(std::iter::repeat_n(b'0', usize::from(scale.unsigned_abs())));
        }
        return;
    }
    let scale = usize::from(scale.unsigned_abs());
    if digits.len() <= scale {
        out.extend_from_slice(b"0.");
        out.extend(std::iter::repeat_n(b'0', scale - digits.len()));
        out.extend_from_slice(digits);
    } else {
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        out.extend_from_slice(whole);
        out.push(b'.');
        out.extend_from_slice(fraction);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn zeros_follow_where_the_scale_is_negative() {
        let mut out = Vec::new();
        write_decimal(b"12", -2, &mut out);
        assert_eq!(out, b"1200");
    }

    proptest! {
        #[test]
        fn integers_are_as_fmt_writes_them(number in any::<i64>(), shift in 0u32..64) {
            for number in [number, number >> shift, i64::MIN, 0] {
                let mut out = Vec::new();
                put_integer(&mut out, number);
                prop_assert_eq!(String::from_utf8(out).unwrap(), number.to_string());
            }
        }
    }
}
