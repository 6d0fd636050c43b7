//! When a failed call is made again: waits that double, or what the server asks for, both capped.
//! Without jitter: one person's program doesn't stampede, and a session that is replayed stays the same.

use std::time::{Duration, SystemTime};

use jiff::Timestamp;

/// The longest wait between two tries, whatever the server asks for.
pub const MAX_WAIT: Duration = Duration::from_secs(30);

/// The wait after try number `attempt` (from 1) has failed: `base`, then twice that, and so on.
pub fn backoff(base: Duration, attempt: u32) -> Duration {
    let factor = 2u32.saturating_pow(attempt.saturating_sub(1));
    base.saturating_mul(factor).min(MAX_WAIT)
}

/// What a `Retry-After` header asks for: seconds, or a date. `None` when it is neither.
pub fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
        // More digits than fit are a long wait, not a broken header.
        return Some(value.parse().map_or(MAX_WAIT, Duration::from_secs).min(MAX_WAIT));
    }
    let then = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(value).ok()?;
    let now = Timestamp::try_from(now).ok()?;
    let wait = Duration::try_from(then.duration_since(now)).unwrap_or(Duration::ZERO);
    Some(wait.min(MAX_WAIT))
}

/// The wait after try number `attempt` has failed: what the server asks for, else the backoff.
pub fn wait(base: Duration, attempt: u32, asked: Option<Duration>) -> Duration {
    asked.unwrap_or_else(|| backoff(base, attempt)).min(MAX_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: Duration = Duration::from_millis(500);

    #[test]
    fn waits_double_up_to_the_cap() {
        let waits: Vec<u128> = (1..=8).map(|n| backoff(BASE, n).as_millis()).collect();
        assert_eq!(waits, [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000]);
        assert_eq!(backoff(BASE, u32::MAX), MAX_WAIT);
        assert_eq!(backoff(BASE, 0), BASE);
    }

    #[test]
    fn the_server_may_ask_in_seconds_or_by_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        let secs = |text| retry_after(text, now).map(|d| d.as_secs());
        assert_eq!(secs("7"), Some(7));
        assert_eq!(secs(" 0 "), Some(0));
        assert_eq!(secs("99999999999999999999999"), Some(30));
        assert_eq!(secs("Sun, 06 Nov 1994 08:49:47 GMT"), Some(10));
        assert_eq!(secs("Sun, 06 Nov 1994 08:49:00 GMT"), Some(0));
        assert_eq!(secs("Sun, 06 Nov 2094 08:49:37 GMT"), None, "a wrong weekday is no date");
        assert_eq!(secs("Sat, 06 Nov 2094 08:49:37 GMT"), Some(30));
        for bad in ["", "soon", "-1", "1.5", "\u{1b}[2J"] {
            assert_eq!(secs(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn what_the_server_asks_for_goes_before_the_backoff() {
        assert_eq!(wait(BASE, 3, Some(Duration::from_secs(1))), Duration::from_secs(1));
        assert_eq!(wait(BASE, 3, Some(Duration::from_secs(3600))), MAX_WAIT);
        assert_eq!(wait(BASE, 3, None), Duration::from_secs(2));
    }
}
