//! When events come when they are played, and places that are typed.

use crate::session::Event;

/// When each event comes, microseconds, gaps no longer than `gap_us`.
pub fn times(events: &[Event], gap_us: Option<u64>) -> Vec<u64> {
    let (mut now, mut before) = (0u64, None);
    let mut at = Vec::with_capacity(events.len());
    for event in events {
        let gap = before.map_or(0, |before: u64| event.mono_us.saturating_sub(before));
        now = now.saturating_add(gap.min(gap_us.unwrap_or(u64::MAX)));
        before = Some(before.unwrap_or(0).max(event.mono_us));
        at.push(now);
    }
    at
}

/// A place in a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seek {
    /// Microseconds since the start.
    Time(u64),
    /// After so many events.
    Event(usize),
    /// Percent of the time.
    Percent(u8),
}

/// `83`, `1:23`, `1:02:03.5`, `#120`, `50%`.
pub(super) fn parse(typed: &str) -> Option<Seek> {
    let typed = typed.trim();
    if let Some(event) = typed.strip_prefix('#') {
        return event.trim().parse().ok().map(Seek::Event);
    }
    if let Some(percent) = typed.strip_suffix('%') {
        return percent.trim().parse().ok().filter(|p| *p <= 100).map(Seek::Percent);
    }
    let parts: Vec<&str> = typed.split(':').collect();
    let (last, whole) = parts.split_last()?;
    if whole.len() > 2 {
        return None;
    }
    let mut minutes = 0u64;
    for part in whole {
        minutes = minutes.checked_mul(60)?.checked_add(part.parse().ok()?)?;
    }
    let (seconds, fraction) = last.split_once('.').unwrap_or((last, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if !digits(seconds) || !digits(fraction) || fraction.len() > 6 {
        return None;
    }
    let micros: u64 = format!("{fraction:0<6}").parse().ok()?;
    let seconds = minutes.checked_mul(60)?.checked_add(seconds.parse().ok()?)?;
    seconds.checked_mul(1_000_000)?.checked_add(micros).map(Seek::Time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read() {
        let second = 1_000_000;
        for (typed, place) in [
            ("83", Seek::Time(83 * second)),
            (" 1:23 ", Seek::Time(83 * second)),
            ("1:02:03.5", Seek::Time(3723 * second + 500_000)),
            ("#120", Seek::Event(120)),
            ("50%", Seek::Percent(50)),
        ] {
            assert_eq!(parse(typed), Some(place), "{typed}");
        }
        for wrong in [
            "",
            "x",
            "1:",
            ":5",
            "1:2:3:4",
            "-3",
            "101%",
            "#x",
            "1.2.3",
            "99999999999999999999",
            "1:99999999999999999999",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
