//! Numbers and times as words.

/// `1,234,567`.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `850`, `12.3k`, `4.5M`.
pub fn tokens(n: u64) -> String {
    match n {
        0..1_000 => n.to_string(),
        1_000..1_000_000 => format!("{}.{}k", n / 1_000, n % 1_000 / 100),
        _ => format!("{}.{}M", n / 1_000_000, n % 1_000_000 / 100_000),
    }
}

/// Microseconds as `0.4 ms`, `12 ms`, `3.2 s`, `4 min 05 s`.
pub fn duration(us: u64) -> String {
    match us {
        0..10_000 => format!("{}.{} ms", us / 1_000, us % 1_000 / 100),
        10_000..1_000_000 => format!("{} ms", us / 1_000),
        1_000_000..60_000_000 => format!("{}.{} s", us / 1_000_000, us % 1_000_000 / 100_000),
        _ => format!("{} min {:02} s", us / 60_000_000, us / 1_000_000 % 60),
    }
}

/// `mm:ss`, beyond an hour `h:mm:ss`.
pub fn clock(us: u64) -> String {
    let s = us / 1_000_000;
    if s < 3600 {
        format!("{:02}:{:02}", s / 60, s % 60)
    } else {
        format!("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60)
    }
}

/// The first characters of an id or a fingerprint.
pub fn short(id: &str) -> String {
    let id = id.strip_prefix("sha256:").unwrap_or(id);
    id.chars().take(12).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable() {
        assert_eq!([count(0), count(999), count(1_000), count(1_234_567)], ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([tokens(999), tokens(12_345), tokens(4_560_000)], ["999", "12.3k", "4.5M"]);
        assert_eq!([duration(5), duration(12_999), duration(3_250_000)], ["0.0 ms", "12 ms", "3.2 s"]);
        assert_eq!(
            [duration(245_000_000), clock(192_000_000), clock(3_725_000_000)],
            ["4 min 05 s", "03:12", "1:02:05"]
        );
        assert_eq!(short("sha256:0123456789abcdef"), "0123456789ab");
    }
}
