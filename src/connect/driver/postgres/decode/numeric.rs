//! Numbers in the binary form of numeric, as unscaled integers.

use arrow::datatypes::i256;

/// What a numeric is.
const NEGATIVE: u16 = 0x4000;
const NAN: u16 = 0xC000;

/// An integer wide enough for a column's digits.
pub(super) trait Wide: Copy {
    fn of(small: i64) -> Self;
    fn shifted(self, factor: i64, plus: i64) -> Option<Self>;
    fn negated(self) -> Self;
}

impl Wide for i128 {
    fn of(small: i64) -> i128 {
        i128::from(small)
    }
    #[inline]
    fn shifted(self, factor: i64, plus: i64) -> Option<i128> {
        self.checked_mul(i128::from(factor))?.checked_add(i128::from(plus))
    }
    fn negated(self) -> i128 {
        -self
    }
}

impl Wide for i256 {
    fn of(small: i64) -> i256 {
        i256::from(small)
    }
    fn shifted(self, factor: i64, plus: i64) -> Option<i256> {
        self.checked_mul(i256::from(factor))?.checked_add(i256::from(plus))
    }
    fn negated(self) -> i256 {
        self.wrapping_neg()
    }
}

/// The number times ten to the power of `scale`.
pub(super) fn unscaled<W: Wide>(bytes: &[u8], scale: i8) -> Result<W, &'static str> {
    const BROKEN: &str = "the server sent a numeric that can't be read";
    let mut words = bytes.chunks_exact(2).map(|two| u16::from_be_bytes([two[0], two[1]]));
    let mut next = || words.next().ok_or(BROKEN);
    let (count, weight, sign, _) = (next()?, next()? as i16, next()?, next()?);
    match sign {
        0 | NEGATIVE => {}
        NAN => return Err("NaN has no decimal form"),
        _ => return Err("an infinite number has no decimal form"),
    }
    const TENS: [i64; 5] = [1, 10, 100, 1000, 10_000];
    const LARGE: &str = "it has more digits than the type between the steps";
    let mut number = W::of(0);
    // The power of ten that the last group stands at, with the scale.
    let mut power = (i32::from(weight) + 1) * 4 + i32::from(scale);
    for _ in 0..count {
        let digits = i64::from(next()?);
        if digits > 9999 {
            return Err(BROKEN);
        }
        if power >= 4 {
            number = number.shifted(10_000, digits).ok_or(LARGE)?;
        } else {
            let kept = power.max(0) as usize;
            let cut = TENS[4 - kept];
            if digits % cut != 0 {
                return Err("it has more digits after the point than its column");
            }
            number = number.shifted(TENS[kept], digits / cut).ok_or(LARGE)?;
        }
        power -= 4;
    }
    while power > 0 && count > 0 {
        let step = power.min(4);
        number = number.shifted(TENS[step as usize], 0).ok_or(LARGE)?;
        power -= step;
    }
    Ok(if sign == NEGATIVE { number.negated() } else { number })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(words: &[u16]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_be_bytes()).collect()
    }

    #[test]
    fn numbers_are_read_at_the_scale_of_their_column() {
        let read = |words: &[u16], scale| unscaled::<i128>(&bytes(words), scale);
        assert_eq!(read(&[2, 0, 0, 2, 12, 3400], 2), Ok(1234));
        assert_eq!(read(&[0, 0, 0, 2], 2), Ok(0));
        assert_eq!(read(&[1, -2i16 as u16, 0x4000, 6, 100], 6), Ok(-1));
        assert_eq!(read(&[1, 2, 0, 0, 1], 0), Ok(100_000_000));
        assert_eq!(read(&[1, 2, 0, 0, 1], 3), Ok(100_000_000_000));
        assert_eq!(read(&[1, -1i16 as u16, 0, 4, 1], 4), Ok(1));
        assert!(read(&[1, -1i16 as u16, 0, 4, 1], 3).is_err());
        assert!(read(&[0, 0, 0xC000, 0], 3).is_err());
        assert!(read(&[2, 0, 0], 3).is_err());
        assert!(read(&[1, 12, 0, 0, 1], 0).is_err());
        assert_eq!(
            unscaled::<i256>(&bytes(&[1, 12, 0x4000, 0, 1]), 0).unwrap().to_string(),
            format!("-1{}", "0".repeat(48))
        );
    }
}
