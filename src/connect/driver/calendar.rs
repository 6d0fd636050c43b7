//! Days and times of the proleptic Gregorian calendar, to and from text, without allocation.

const DAY_US: i64 = 86_400_000_000;

/// Days since 1970-01-01 of `YYYY-MM-DD`.
pub(in crate::connect::driver) fn parse_date(text: &str) -> Option<i32> {
    let b = text.as_bytes();
    if b.len() != 10 || b[4] != b'-' || b[7] != b'-' {
        return None;
    }
    let (year, month, day) = (number(&b[..4])?, number(&b[5..7])?, number(&b[8..])?);
    if !(1..=12).contains(&month) || day < 1 || day > days_in(year, month) {
        return None;
    }
    Some(days_from_civil(year, month, day))
}

/// Microseconds since 1970-01-01 00:00 of `YYYY-MM-DD`, a space or `T`, `HH:MM`, `:SS`, `.ffffff`, the
/// last two optional. No zone.
pub(in crate::connect::driver) fn parse_timestamp(text: &str) -> Option<i64> {
    let b = text.as_bytes();
    if b.len() < 16 || !matches!(b[10], b' ' | b'T') || b[13] != b':' {
        return None;
    }
    let days = parse_date(text.get(..10)?)?;
    let (hour, minute) = (number(&b[11..13])?, number(&b[14..16])?);
    let mut second = 0;
    let mut micros = 0;
    if b.len() > 16 {
        if b.len() < 19 || b[16] != b':' {
            return None;
        }
        second = number(&b[17..19])?;
        if b.len() > 19 {
            let digits = b.len() - 20;
            if b[19] != b'.' || !(1..=6).contains(&digits) {
                return None;
            }
            micros = number(&b[20..])? * 10i32.pow(6 - digits as u32);
        }
    }
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let seconds = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
    Some(i64::from(days) * DAY_US + seconds * 1_000_000 + i64::from(micros))
}

/// Writes `YYYY-MM-DD`.
pub(in crate::connect::driver) fn write_date(days: i32, out: &mut Vec<u8>) {
    let (year, month, day) = civil_from_days(days);
    let ([m, n], [d, e]) = (two(month), two(day));
    if (0..=9999).contains(&year) {
        let ([a, b], [c, y]) = (two(year as u32 / 100), two(year as u32));
        out.extend_from_slice(&[a, b, c, y, b'-', m, n, b'-', d, e]);
    } else {
        out.extend_from_slice(year.to_string().as_bytes());
        out.extend_from_slice(&[b'-', m, n, b'-', d, e]);
    }
}

/// Writes `HH:MM:SS` and, unless it is 0, `.ffffff`.
pub(in crate::connect::driver) fn write_time(micros: i64, out: &mut Vec<u8>) {
    let seconds = (micros / 1_000_000) as u32;
    let ([h, i], [m, n], [s, t]) = (two(seconds / 3600), two(seconds / 60 % 60), two(seconds % 60));
    out.extend_from_slice(&[h, i, b':', m, n, b':', s, t]);
    let rest = (micros % 1_000_000) as u32;
    if rest > 0 {
        let ([a, b], [c, d], [e, f]) = (two(rest / 10_000), two(rest / 100), two(rest));
        out.extend_from_slice(&[b'.', a, b, c, d, e, f]);
    }
}

/// Writes `YYYY-MM-DD HH:MM:SS` and, unless it is 0, `.ffffff`.
pub(in crate::connect::driver) fn write_timestamp(micros: i64, out: &mut Vec<u8>) {
    // i64 microseconds are at most ±106,751,992 days.
    write_date(micros.div_euclid(DAY_US) as i32, out);
    out.push(b' ');
    write_time(micros.rem_euclid(DAY_US), out);
}

/// The last two digits of a number.
pub(super) fn two(number: u32) -> [u8; 2] {
    let number = (number % 100) as u8;
    [b'0' + number / 10, b'0' + number % 10]
}

fn number(digits: &[u8]) -> Option<i32> {
    digits.iter().try_fold(0i32, |n, b| b.is_ascii_digit().then(|| n * 10 + i32::from(b - b'0')))
}

fn days_in(year: i32, month: i32) -> i32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Howard Hinnant's algorithm: years begin in March, so that the leap day is the last.
fn days_from_civil(year: i32, month: i32, day: i32) -> i32 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn civil_from_days(days: i32) -> (i64, u32, u32) {
    let days = i64::from(days) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * shifted + 2) / 5 + 1) as u32;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 } as u32;
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn date(days: i32) -> String {
        let mut out = Vec::new();
        write_date(days, &mut out);
        String::from_utf8(out).unwrap()
    }

    fn timestamp(micros: i64) -> String {
        let mut out = Vec::new();
        write_timestamp(micros, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn known_days() {
        assert_eq!(parse_date("1970-01-01"), Some(0));
        assert_eq!(parse_date("2024-02-29"), Some(19_782));
        assert_eq!(date(19_782), "2024-02-29");
        assert_eq!(date(-719_468), "0000-03-01");
        for wrong in
            ["2023-02-29", "2024-13-01", "2024-00-10", "2024-1-01", "2024/01/01", "2024-01-00", "", "č024-01-0"]
        {
            assert_eq!(parse_date(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn known_times() {
        assert_eq!(parse_timestamp("1970-01-01 00:00"), Some(0));
        assert_eq!(parse_timestamp("1970-01-01T00:00:01"), Some(1_000_000));
        assert_eq!(parse_timestamp("1970-01-01 00:00:00.5"), Some(500_000));
        assert_eq!(timestamp(-1), "1969-12-31 23:59:59.999999");
        assert_eq!(timestamp(0), "1970-01-01 00:00:00");
        let wrong = [
            "1970-01-01",
            "1970-01-01 24:00",
            "1970-01-01 00:00:00Z",
            "1970-01-01 00:00:00.",
            "1970-01-01 00:00:00.1234567",
            "1970-01-01 0:00:00",
            "1970-01-0č00:00",
        ];
        for text in wrong {
            assert_eq!(parse_timestamp(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn text_and_back(days in -719_000i32..2_932_896, micros in 0..DAY_US) {
            prop_assert_eq!(parse_date(&date(days)), Some(days));
            let at = i64::from(days) * DAY_US + micros;
            prop_assert_eq!(parse_timestamp(&timestamp(at)), Some(at));
        }

        #[test]
        fn any_text_is_survived(text in "\\PC{0,30}") {
            let _ = (parse_date(&text), parse_timestamp(&text));
        }

        #[test]
        fn any_number_is_written(days in any::<i32>(), micros in any::<i64>()) {
            let _ = (date(days), timestamp(micros));
        }
    }
}
