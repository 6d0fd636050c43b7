//! Durations as people write them: `90s`, `15m`, `24h`, `7d`, `2w`, `1h30m`.

use std::time::Duration;

const UNITS: [(&str, u64); 5] = [("s", 1), ("m", 60), ("h", 3600), ("d", 86_400), ("w", 604_800)];

/// A duration of whole seconds; `None` where the text is none, or longer than ten thousand years.
pub fn whole(text: &str) -> Option<Duration> {
    const MOST: u64 = 10_000 * 366 * 86_400;
    let mut rest = text.trim();
    let mut seconds = 0u64;
    let mut last = u64::MAX;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: u64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let (unit, length) = UNITS.into_iter().find(|(unit, _)| rest.starts_with(unit))?;
        // From large to small, each unit once: 1h30m.
        if length >= last {
            return None;
        }
        last = length;
        seconds = seconds.checked_add(number.checked_mul(length)?)?;
        rest = &rest[unit.len()..];
    }
    (last != u64::MAX && seconds > 0 && seconds <= MOST).then(|| Duration::from_secs(seconds))
}

/// The same as text, with the largest units that fit.
pub fn shown(duration: Duration) -> String {
    let mut left = duration.as_secs();
    let mut out = String::new();
    for (unit, length) in UNITS.into_iter().rev().filter(|(unit, _)| *unit != "w") {
        if left >= length {
            out.push_str(&format!("{}{unit}", left / length));
            left %= length;
        }
    }
    if out.is_empty() { "0s".to_owned() } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_and_shown() {
        for (text, seconds) in
            [("90s", 90), ("15m", 900), ("24h", 86_400), ("7d", 604_800), ("2w", 1_209_600), ("1h30m", 5400)]
        {
            assert_eq!(whole(text), Some(Duration::from_secs(seconds)), "{text}");
        }
        for wrong in
            ["", "h", "5", "0s", "-1h", "1.5h", "30m1h", "1h1h", "1y", "99999999999999999999s", "9999999999999w"]
        {
            assert_eq!(whole(wrong), None, "{wrong}");
        }
        assert_eq!(shown(Duration::from_secs(90_061)), "1d1h1m1s");
        assert_eq!(shown(Duration::from_millis(10)), "0s");
    }
}
