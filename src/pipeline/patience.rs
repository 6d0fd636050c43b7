//! How long a step may take and how often it is tried: what a document says, a manifest holds and a run
//! keeps to. Which failures pass by themselves is said by the room that meets them (`connect::passes`).

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The longest time that can be written.
pub const LONGEST: Duration = Duration::from_secs(7 * 86_400);
/// The most times that a step is tried.
pub const MOST_ATTEMPTS: u32 = 20;
/// The longest wait between two attempts, where nothing else is said.
const MAX_WAIT: Span = Span(Duration::from_secs(60));
/// The wait before the second attempt, where nothing else is said.
const WAIT: Span = Span(Duration::from_secs(1));

/// A time as it is written: `500ms`, `30s`, `10m`, `2h`, `1d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Span(pub Duration);

impl Span {
    /// Reads one: a whole number and a unit, at most a week.
    ///
    /// # Errors
    /// What is wrong with it, in a few words.
    pub fn parse(text: &str) -> Result<Span, String> {
        let text = text.trim();
        let at = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = (&text[..at], text[at..].trim_start());
        if number.is_empty() {
            return Err("it is no time".to_owned());
        }
        let millis: u64 = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" | "min" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            "" => return Err("it has no unit".to_owned()),
            _ => return Err("its unit is none of ms, s, m, h, d".to_owned()),
        };
        let millis = number.parse::<u64>().ok().and_then(|number| number.checked_mul(millis));
        match millis.map(Duration::from_millis) {
            Some(time) if time.is_zero() => Err("it is no time at all".to_owned()),
            Some(time) if time <= LONGEST => Ok(Span(time)),
            _ => Err("it is longer than 7 days".to_owned()),
        }
    }
}

impl fmt::Display for Span {
    /// In the largest unit that fits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.0.as_millis();
        let units = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)];
        match units.into_iter().find(|(_, size)| millis >= *size && millis.is_multiple_of(*size)) {
            Some((unit, size)) => write!(f, "{}{unit}", millis / size),
            None => write!(f, "{millis}ms"),
        }
    }
}

impl From<Span> for String {
    fn from(span: Span) -> String {
        span.to_string()
    }
}

impl TryFrom<String> for Span {
    type Error = String;

    fn try_from(text: String) -> Result<Span, String> {
        Span::parse(&text).map_err(|why| format!("`{text}`: {why}"))
    }
}

/// How often a step is tried that fails with something that passes, and how long is waited between.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retry {
    /// Times in all, the first one among them.
    pub attempts: u32,
    /// Before the second attempt; it doubles from one to the next.
    pub wait: Span,
    /// It grows no longer than this.
    pub max_wait: Span,
}

impl Default for Retry {
    /// Once.
    fn default() -> Retry {
        Retry { attempts: 1, wait: WAIT, max_wait: MAX_WAIT }
    }
}

impl Retry {
    /// How long is waited after so many attempts, without the part that chance adds.
    pub fn wait_after(&self, attempts: u32) -> Duration {
        let doubled = 2u32.saturating_pow(attempts.saturating_sub(1).min(30));
        self.wait.0.saturating_mul(doubled).min(self.max_wait.0.max(self.wait.0))
    }
}

/// What a run keeps to where a step says nothing itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Patience {
    /// How often a step is tried.
    pub retry: Retry,
    /// How long one attempt may take; without it, as long as it takes.
    pub timeout: Option<Span>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_written() {
        for (text, shown, millis) in [
            ("500ms", "500ms", 500),
            ("30s", "30s", 30_000),
            ("90 s", "90s", 90_000),
            ("120s", "2m", 120_000),
            ("10m", "10m", 600_000),
            ("5min", "5m", 300_000),
            ("48h", "2d", 172_800_000),
        ] {
            let span = Span::parse(text).unwrap();
            assert_eq!((span.to_string().as_str(), span.0.as_millis()), (shown, millis), "{text}");
        }
        for wrong in ["", "s", "30", "0s", "1.5h", "-1s", "3 weeks", "8d", "99999999999999999999s"] {
            assert!(Span::parse(wrong).is_err(), "{wrong}");
        }
        let read: Retry = serde_json::from_str(r#"{"attempts":3,"wait":"1s","max_wait":"1m"}"#).unwrap();
        assert_eq!(read, Retry { attempts: 3, ..Retry::default() });
        assert_eq!(serde_json::to_string(&read).unwrap(), r#"{"attempts":3,"wait":"1s","max_wait":"1m"}"#);
    }

    #[test]
    fn waits_double_and_end() {
        let retry = Retry { attempts: 9, wait: Span(Duration::from_secs(1)), max_wait: Span(Duration::from_secs(5)) };
        let waits: Vec<u64> = (1..6).map(|n| retry.wait_after(n).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 5, 5]);
        assert_eq!(retry.wait_after(u32::MAX).as_secs(), 5);
    }
}
