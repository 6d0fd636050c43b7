//! The rows: ten columns with all that goes wrong on the way between systems. The same bytes for the same
//! number of rows.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

const STATUS: [&str; 6] = ["new", "paid", "shipped", "delivered", "returned", "cancelled"];
const COUNTRY: [&str; 10] = ["CZ", "DE", "US", "FR", "JP", "BR", "IN", "GB", "PL", "ZA"];
const SEGMENT: [&str; 4] = ["retail", "smb", "ent", "gov"];
const WORDS: [&str; 20] = [
    "alpha",
    "Žluťoučký",
    "kůň",
    "naïve",
    "façade",
    "東京",
    "Ελλάδα",
    "данные",
    "emoji 🚀",
    "O'Brien",
    "quote \"x\"",
    "comma, here",
    "line1\nline2",
    "tab\there",
    "back\\slash",
    "semi;colon",
    "percent%",
    "null",
    "NULL",
    "100% \"sure\", ok",
];
/// Customers that orders name.
pub const CUSTOMERS: u64 = 50_000;

/// A generator of numbers (SplitMix64): small, and the same everywhere.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, most: u64) -> u64 {
        self.next() % most
    }

    fn of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len() as u64) as usize]
    }

    /// True so many times of a hundred.
    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// Writes `orders.csv`, `customers.csv` and `orders.tsv` (the form of LOAD DATA).
pub fn write(folder: &Path, rows: u64) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let file = |name: &str| File::create(folder.join(name)).map(BufWriter::new);
    let (mut csv, mut tsv) = (file("orders.csv")?, file("orders.tsv")?);
    writeln!(csv, "id,customer_id,status,amount,qty,is_paid,note,created_at,shipped_at,country")?;
    let mut numbers = Numbers(42);
    for id in 1..=rows {
        for (at, value) in order(&mut numbers, id).iter().enumerate() {
            if at > 0 {
                csv.write_all(b",")?;
                tsv.write_all(b"\t")?;
            }
            csv.write_all(quoted(value.as_deref()).as_bytes())?;
            tsv.write_all(escaped(value.as_deref()).as_bytes())?;
        }
        csv.write_all(b"\n")?;
        tsv.write_all(b"\n")?;
    }
    csv.flush()?;
    tsv.flush()?;
    let mut customers = file("customers.csv")?;
    writeln!(customers, "customer_id,name,segment")?;
    for id in 1..=CUSTOMERS {
        writeln!(customers, "{id},customer {id},{}", numbers.of(&SEGMENT))?;
    }
    customers.flush()
}

fn order(numbers: &mut Numbers, id: u64) -> [Option<String>; 10] {
    let sign = if numbers.chance(10) { "-" } else { "" };
    let amount = format!("{sign}{}.{:02}", numbers.below(99_999) + 1, numbers.below(100));
    let note = match numbers.below(100) {
        0..20 => None,
        20..25 => Some(String::new()),
        _ => {
            let count = 1 + numbers.below(8);
            Some((0..count).map(|_| numbers.of(&WORDS)).collect::<Vec<_>>().join(" "))
        }
    };
    let created = numbers.below(2 * 365 * 86_400);
    let shipped = created + 3600 + numbers.below(30 * 86_400);
    [
        Some(id.to_string()),
        (!numbers.chance(2)).then(|| (1 + numbers.below(CUSTOMERS)).to_string()),
        Some(numbers.of(&STATUS).to_owned()),
        Some(amount),
        (!numbers.chance(5)).then(|| numbers.below(1000).to_string()),
        (!numbers.chance(5)).then(|| (if numbers.chance(60) { "true" } else { "false" }).to_owned()),
        note,
        Some(time(created, numbers.below(1_000_000))),
        (!numbers.chance(30)).then(|| time(shipped, numbers.below(1_000_000))),
        Some(numbers.of(&COUNTRY).to_owned()),
    ]
}

/// A time so many seconds after the beginning of 2023.
fn time(seconds: u64, micros: u64) -> String {
    let begin = jiff::civil::date(2023, 1, 1).at(0, 0, 0, 0);
    let at = begin.saturating_add(jiff::Span::new().seconds(seconds as i64).microseconds(micros as i64));
    format!("{} {:02}:{:02}:{:02}.{micros:06}", at.date(), at.hour(), at.minute(), at.second())
}

/// As in CSV: NULL is nothing, the empty text has quotes.
fn quoted(value: Option<&str>) -> String {
    match value {
        None => String::new(),
        Some(text) if text.is_empty() || text.contains([',', '"', '\n']) => {
            format!("\"{}\"", text.replace('"', "\"\""))
        }
        Some(text) => text.to_owned(),
    }
}

/// As LOAD DATA reads it.
fn escaped(value: Option<&str>) -> String {
    match value {
        None => "\\N".to_owned(),
        Some("true") => "1".to_owned(),
        Some("false") => "0".to_owned(),
        Some(text) => text.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n"),
    }
}
