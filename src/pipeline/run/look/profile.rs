//! The profile of a column, from its values as text.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

/// Bars of a histogram.
const BARS: usize = 8;

/// What stands in a column.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// Rows that were looked at.
    pub rows: u64,
    /// NULLs among them.
    pub nulls: u64,
    /// Different values.
    pub distinct: u64,
    /// The least value.
    pub min: Option<String>,
    /// The greatest.
    pub max: Option<String>,
    /// How the values are spread: ranges of numbers, else the most frequent values.
    pub histogram: Vec<Bar>,
}

/// A bar of a histogram.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bar {
    /// The value, or the lower end of the range.
    pub label: String,
    /// Rows.
    pub count: u64,
}

/// The profile of values; the type decides whether they are numbers.
pub fn of<'a>(values: impl Iterator<Item = Option<&'a str>>, kind: &str) -> Profile {
    let mut counts: HashMap<&str, u64> = HashMap::new();
    let mut profile = Profile::default();
    for value in values {
        profile.rows += 1;
        match value {
            Some(text) => *counts.entry(text).or_default() += 1,
            None => profile.nulls += 1,
        }
    }
    profile.distinct = counts.len() as u64;
    let numbers: Option<Vec<(f64, &str, u64)>> = is_number(kind)
        .then(|| counts.iter().map(|(text, count)| Some((number(text)?, *text, *count))).collect())
        .flatten();
    match numbers.filter(|numbers| !numbers.is_empty()) {
        Some(numbers) => spread(&mut profile, &numbers),
        None => {
            profile.min = counts.keys().min().map(|text| (*text).to_owned());
            profile.max = counts.keys().max().map(|text| (*text).to_owned());
            let mut most: Vec<(&str, u64)> = counts.into_iter().collect();
            most.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
            // Values that are all different say nothing by how often they are there.
            if most.first().is_some_and(|(_, count)| *count > 1) {
                let bar = |(label, count): &(&str, u64)| Bar { label: (*label).to_owned(), count: *count };
                profile.histogram = most.iter().take(BARS).map(bar).collect();
            }
        }
    }
    profile
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|n: &f64| n.is_finite())
}

fn is_number(kind: &str) -> bool {
    let kind = kind.to_ascii_uppercase();
    let begins = ["DECIMAL", "DOUBLE", "FLOAT", "REAL", "NUMERIC"].iter().any(|name| kind.starts_with(name));
    begins || kind.ends_with("INT") || kind == "INTEGER" || kind == "UINTEGER"
}

/// Least, greatest and ranges of equal width.
fn spread(profile: &mut Profile, numbers: &[(f64, &str, u64)]) {
    let least = numbers.iter().min_by(|a, b| a.0.total_cmp(&b.0));
    let greatest = numbers.iter().max_by(|a, b| a.0.total_cmp(&b.0));
    let (Some(least), Some(greatest)) = (least, greatest) else { return };
    profile.min = Some(least.1.to_owned());
    profile.max = Some(greatest.1.to_owned());
    let width = (greatest.0 - least.0) / BARS as f64;
    if !width.is_finite() || width <= 0.0 {
        let count = numbers.iter().map(|n| n.2).sum();
        profile.histogram = vec![Bar { label: least.1.to_owned(), count }];
        return;
    }
    let whole = numbers.iter().all(|n| n.0.fract() == 0.0) && width >= 1.0;
    profile.histogram = (0..BARS)
        .map(|n| {
            let from = least.0 + width * n as f64;
            Bar { label: if whole { format!("{:.0}", from.ceil()) } else { short(from) }, count: 0 }
        })
        .collect();
    for (value, _, count) in numbers {
        let at = (((value - least.0) / width) as usize).min(BARS - 1);
        profile.histogram[at].count += count;
    }
}

/// Four significant digits.
fn short(value: f64) -> String {
    let size = value.abs();
    match size {
        _ if size >= 1e6 || size > 0.0 && size < 1e-3 => format!("{value:.2e}"),
        _ if size >= 100.0 => format!("{value:.0}"),
        _ if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_spread_over_ranges_and_words_counted() {
        let values = ["1", "2", "2", "9", "10"].map(Some).into_iter().chain([None]);
        let p = of(values, "BIGINT");
        assert_eq!((p.rows, p.nulls, p.distinct), (6, 1, 4));
        assert_eq!((p.min.as_deref(), p.max.as_deref()), (Some("1"), Some("10")));
        let bars: Vec<_> = p.histogram.iter().map(|b| format!("{}:{}", b.label, b.count)).collect();
        assert_eq!(bars, ["1:3", "3:0", "4:0", "5:0", "6:0", "7:0", "8:0", "9:2"]);
        let p = of(["b", "a", "b", ""].map(Some).into_iter(), "VARCHAR");
        assert_eq!((p.min.as_deref(), p.max.as_deref(), p.distinct), (Some(""), Some("b"), 3));
        assert_eq!((p.histogram[0].label.as_str(), p.histogram[0].count), ("b", 2));
        assert!(of(["a", "b"].map(Some).into_iter(), "VARCHAR").histogram.is_empty());
        assert_eq!(of(["10", "9"].map(Some).into_iter(), "VARCHAR").max.as_deref(), Some("9"), "words, not numbers");
    }

    #[test]
    fn odd_columns_are_no_trouble() {
        assert_eq!(of(std::iter::empty(), "BIGINT"), Profile::default());
        assert_eq!(of([None, None].into_iter(), "DOUBLE").nulls, 2);
        let p = of(["1e308", "-1e308", "0"].map(Some).into_iter(), "DOUBLE");
        assert_eq!((p.histogram.len(), p.max.as_deref()), (1, Some("1e308")));
        let p = of(["NaN", "1"].map(Some).into_iter(), "DOUBLE");
        assert_eq!((p.distinct, p.min.as_deref()), (2, Some("1")));
        assert_eq!(of(["5", "5"].map(Some).into_iter(), "INTEGER").histogram, [Bar { label: "5".into(), count: 2 }]);
        assert_eq!(of(["0.5", "0.9"].map(Some).into_iter(), "DECIMAL(3,1)").histogram[0].label, "0.5000");
    }
}
