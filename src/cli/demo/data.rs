//! The demo's data: made by a seeded generator, the same bytes on every machine.

use std::io::{BufWriter, Write};
use std::path::Path;

/// Orders in `orders.csv`. The model is told how many there are, so the recording fits this number only.
pub const ORDERS: u32 = 120_000;
/// Customers in `customers.csv`.
const CUSTOMERS: u32 = 5_000;

const CITIES: [&str; 8] = ["Prague", "Brno", "Ostrava", "Vienna", "Berlin", "Paris", "London", "New York"];
const SEGMENTS: [&str; 3] = ["private", "business", "public"];
const STATUSES: [&str; 4] = ["paid", "paid", "open", "cancelled"];
const FIRST: [&str; 8] = ["Anna", "Jan", "Zoé", "Øystein", "Mary", "Li", "José", "Petra"];
const LAST: [&str; 8] = ["Nováková", "Smith", "Müller", "Dvořák", "O'Neil", "Wang", "García", "Lund"];

/// SplitMix64: small, well known, and the same everywhere.
struct Generator(u64);

impl Generator {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `n`.
    fn below(&mut self, n: u32) -> u32 {
        // The remainder of a 64-bit number by a small one is even enough for a demo.
        u32::try_from(self.next() % u64::from(n.max(1))).unwrap_or(0)
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        let len = u32::try_from(from.len()).unwrap_or(u32::MAX);
        from[self.below(len) as usize]
    }
}

/// Writes `customers.csv` and `orders.csv` into a folder, each whole or not at all.
pub fn write(folder: &Path, orders: u32) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    write_file(folder, "customers.csv", customers)?;
    write_file(folder, "orders.csv", |out| write_orders(out, orders))
}

fn write_file(
    folder: &Path,
    name: &str,
    rows: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
) -> std::io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 16, tempfile::NamedTempFile::new_in(folder)?);
    rows(&mut out)?;
    let file = out.into_inner().map_err(std::io::IntoInnerError::into_error)?;
    file.as_file().set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
    file.persist(folder.join(name)).map_err(|e| e.error)?;
    Ok(())
}

fn customers(out: &mut dyn Write) -> std::io::Result<()> {
    let mut random = Generator(7);
    writeln!(out, "customer_id,name,city,segment")?;
    for id in 1..=CUSTOMERS {
        let (first, last) = (random.pick(&FIRST), random.pick(&LAST));
        let (city, segment) = (random.pick(&CITIES), random.pick(&SEGMENTS));
        writeln!(out, "{id},{first} {last},{city},{segment}")?;
    }
    Ok(())
}

/// `note` is NULL in a fifth of the rows, the empty string in some, and holds commas and quotes.
fn write_orders(out: &mut dyn Write, rows: u32) -> std::io::Result<()> {
    let mut random = Generator(42);
    writeln!(out, "order_id,customer_id,ordered_at,status,amount,note")?;
    for id in 1..=rows {
        let customer = random.below(CUSTOMERS) + 1;
        let day = random.below(365);
        let (month, day) = (day / 31 + 1, day % 28 + 1);
        let (hour, minute) = (random.below(24), random.below(60));
        let status = random.pick(&STATUSES);
        let cents = random.below(50_000) + 100;
        let note = match random.below(20) {
            0..4 => String::new(),
            4 => "\"\"".to_owned(),
            5 => "\"leave it at the door, please\"".to_owned(),
            6 => "\"say \"\"hello\"\" to Zoé\"".to_owned(),
            other => format!("batch {other}"),
        };
        let (whole, rest) = (cents / 100, cents % 100);
        writeln!(
            out,
            "{id},{customer},2026-{month:02}-{day:02} {hour:02}:{minute:02}:00,{status},{whole}.{rest:02},{note}"
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_rows_give_the_same_bytes() {
        let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        write(a.path(), 500).unwrap();
        write(b.path(), 500).unwrap();
        for name in ["customers.csv", "orders.csv"] {
            assert_eq!(std::fs::read(a.path().join(name)).unwrap(), std::fs::read(b.path().join(name)).unwrap());
        }
        let orders = std::fs::read_to_string(a.path().join("orders.csv")).unwrap();
        assert_eq!(orders.lines().count(), 501);
        assert!(orders.lines().all(|l| !l.contains("2026-13")));
    }
}
