//! Values of batches as the texts that MySQL reads, each checked against its column: MySQL would round,
//! cut or reinterpret some of them without a word.

mod number;

use arrow::record_batch::RecordBatch;
use mysql_async::Value;

use super::kind::Kind;
use super::quoted;
use crate::connect::driver::calendar;
use crate::connect::driver::cell::{Cell, View};
use crate::connect::driver::digits::write_decimal128;

const DAY_US: i64 = 86_400_000_000;
const HEX: &[u8; 16] = b"0123456789ABCDEF";
/// 0000-01-01 and 9999-12-31, in days since 1970-01-01.
const DAYS: std::ops::RangeInclusive<i64> = -719_528..=2_932_896;

/// A column that is written.
#[derive(Clone, Debug)]
pub(super) struct Target {
    /// Its number among the columns that come in.
    pub input: usize,
    pub name: String,
    pub kind: Kind,
    /// Its type as the server calls it.
    pub shown: String,
    pub nullable: bool,
    /// Characters that a column of texts takes at most, where it has a length.
    pub most: Option<usize>,
}

impl Target {
    /// How the text in `place` becomes the value.
    pub fn expression(&self, place: &str) -> String {
        match self.kind {
            Kind::Bytes(_) => format!("UNHEX({place})"),
            Kind::Bit(_) => format!("CAST({place} AS UNSIGNED)"),
            _ => place.to_owned(),
        }
    }

    /// Whether the text can be given as it is.
    pub fn is_plain(&self) -> bool {
        !matches!(self.kind, Kind::Bytes(_) | Kind::Bit(_))
    }
}

/// A value that a column can't take.
#[derive(Clone, Debug)]
pub(super) struct Unfit {
    pub column: String,
    pub why: String,
}

/// The characters that a column takes at most: those of `varchar(50)`. Others are as long as the server takes.
pub(super) fn length_of(kind: &Kind, shown: &str) -> Option<usize> {
    let Kind::Text(_) = kind else { return None };
    shown.split_once('(')?.1.split_once(')')?.0.parse().ok()
}

/// Turns rows into texts.
#[derive(Clone, Debug)]
pub(super) struct Encoder {
    pub columns: Vec<Target>,
    /// Whether a value that its column can't take becomes NULL.
    pub null_unfit: bool,
}

impl Encoder {
    /// The columns of a batch, in the order in which they are written.
    pub fn views<'a>(&self, batch: &'a RecordBatch) -> Vec<View<'a>> {
        let view = |column: &Target| View::of(batch.column(column.input).as_ref()).unwrap_or(View::Nothing);
        self.columns.iter().map(view).collect()
    }

    /// Writes a row as LOAD DATA reads it: tabs between, a line end at the end, `\N` for NULL.
    ///
    /// # Errors
    /// A value that does not fit; `out` is as it was.
    pub fn line(&self, views: &[View<'_>], row: usize, out: &mut Vec<u8>) -> Result<(), Unfit> {
        let before = out.len();
        for (at, (column, view)) in self.columns.iter().zip(views).enumerate() {
            if at > 0 {
                out.push(b'\t');
            }
            let start = out.len();
            match self.put(column, view.cell(row), true, out) {
                Ok(true) => {}
                Ok(false) => {
                    out.truncate(start);
                    out.extend_from_slice(b"\\N");
                }
                Err(unfit) => {
                    out.truncate(before);
                    return Err(unfit);
                }
            }
        }
        out.push(b'\n');
        Ok(())
    }

    /// The same as values to bind.
    pub fn values(&self, views: &[View<'_>], row: usize, out: &mut Vec<Value>) -> Result<(), Unfit> {
        for (column, view) in self.columns.iter().zip(views) {
            let mut text = Vec::new();
            let there = self.put(column, view.cell(row), false, &mut text)?;
            out.push(if there { Value::Bytes(text) } else { Value::NULL });
        }
        Ok(())
    }

    /// Writes a value; false is NULL.
    fn put(&self, column: &Target, cell: Cell<'_>, escape: bool, out: &mut Vec<u8>) -> Result<bool, Unfit> {
        let start = out.len();
        let why = match column.put(&cell, escape, out) {
            Ok(true) => return Ok(true),
            Ok(false) if column.nullable => return Ok(false),
            Ok(false) => "the column takes no NULL".to_owned(),
            Err(_) if self.null_unfit && column.nullable => {
                out.truncate(start);
                return Ok(false);
            }
            Err(why) => why,
        };
        Err(Unfit { column: column.name.clone(), why })
    }
}

impl Target {
    fn put(&self, cell: &Cell<'_>, escape: bool, out: &mut Vec<u8>) -> Result<bool, String> {
        match cell {
            Cell::Null => return Ok(false),
            Cell::Bool(yes) => match self.kind {
                Kind::Text(_) => out.extend_from_slice(if *yes { b"true" } else { b"false" }),
                _ => out.push(if *yes { b'1' } else { b'0' }),
            },
            Cell::Int(number) => self.integer(i128::from(*number), out)?,
            Cell::Unsigned(number) => self.integer(i128::from(*number), out)?,
            Cell::Float32(number) if number.is_finite() && self.scale().is_some() => {
                self.numeral(&number.to_string(), out)?
            }
            Cell::Float(number) if number.is_finite() && self.scale().is_some() => match self.short(*number) {
                Some((value, scale)) => self.decimal(value, scale, out)?,
                None => self.numeral(&number.to_string(), out)?,
            },
            // A single-precision number has an exact double, but as a text its own form is the shorter one.
            Cell::Float32(number) if matches!(self.kind, Kind::Text(_)) => self.float(*number, out)?,
            Cell::Float32(number) => self.float(f64::from(*number), out)?,
            Cell::Float(number) => self.float(*number, out)?,
            Cell::Decimal(value, scale) => self.decimal(*value, *scale, out)?,
            Cell::BigDecimal(value, scale) => match value.to_i128() {
                Some(small) => self.decimal(small, *scale, out)?,
                None => self.big_decimal(&value.to_string(), *scale, out)?,
            },
            Cell::Text(text) if self.is_parsed() => self.parsed(text, out)?,
            Cell::Text(text) => {
                self.word(text)?;
                self.length(text)?;
                if escape { escaped(text.as_bytes(), out) } else { out.extend_from_slice(text.as_bytes()) }
            }
            Cell::Bytes(bytes) => {
                out.reserve(bytes.len() * 2);
                for byte in *bytes {
                    out.push(HEX[usize::from(byte >> 4)]);
                    out.push(HEX[usize::from(byte & 15)]);
                }
            }
            Cell::Date(days) => {
                in_years(i64::from(*days))?;
                calendar::write_date(*days, out);
            }
            Cell::Time(micros) => {
                if !(0..DAY_US).contains(micros) {
                    return Err("it is no time of day".to_owned());
                }
                self.fraction(*micros)?;
                calendar::write_time(*micros, out);
            }
            Cell::Timestamp(micros, _) => {
                in_years(micros.div_euclid(DAY_US))?;
                self.fraction(*micros)?;
                calendar::write_timestamp(*micros, out);
            }
            Cell::List(_) => return Err("a list has no place in a column of MySQL".to_owned()),
        }
        Ok(true)
    }

    /// Whether a text is not too long for a column with a length: one that is, MySQL would cut.
    fn length(&self, text: &str) -> Result<(), String> {
        match self.most {
            Some(most) if text.len() > most && text.chars().count() > most => {
                Err(format!("it has {} characters, {} takes {most}", text.chars().count(), self.shown))
            }
            _ => Ok(()),
        }
    }

    fn integer(&self, number: i128, out: &mut Vec<u8>) -> Result<(), String> {
        let fits = match self.kind {
            Kind::Integer(bits, true) => (0..1i128 << bits).contains(&number),
            Kind::Integer(bits, false) => (-(1i128 << (bits - 1))..1i128 << (bits - 1)).contains(&number),
            Kind::Bit(bits) => (0..1i128 << bits.min(64)).contains(&number),
            // Two digits would become a year of this or the last century.
            Kind::Year => number == 0 || (1901..=2155).contains(&number),
            _ => true,
        };
        if !fits {
            return Err(format!("{number} does not fit {}", self.shown));
        }
        write_decimal128(number, 0, out);
        Ok(())
    }

    /// Whether texts are read as what the column holds.
    fn is_parsed(&self) -> bool {
        use Kind as K;
        matches!(self.kind, K::Integer(..) | K::Decimal(..) | K::Float | K::Double | K::Date | K::Datetime(_))
    }

    fn parsed(&self, text: &str, out: &mut Vec<u8>) -> Result<(), String> {
        let unread = || {
            let shown: String = text.chars().take(40).collect();
            format!("`{shown}` is no {}", self.shown)
        };
        let cell = match self.kind {
            Kind::Date => Cell::Date(calendar::parse_date(text).ok_or_else(unread)?),
            Kind::Datetime(_) => {
                let day = || calendar::parse_date(text).map(|days| i64::from(days) * DAY_US);
                Cell::Timestamp(calendar::parse_timestamp(text).or_else(day).ok_or_else(unread)?, false)
            }
            Kind::Float | Kind::Double => Cell::Float(text.parse().map_err(|_| unread())?),
            _ => {
                return self
                    .numeral(text, out)
                    .map_err(|why| format!("`{}`: {why}", text.chars().take(40).collect::<String>()));
            }
        };
        self.put(&cell, false, out).map(|_| ())
    }

    /// MySQL rounds finer fractions of a second.
    fn fraction(&self, micros: i64) -> Result<(), String> {
        let kept = match self.kind {
            Kind::Time(kept) | Kind::Datetime(kept) | Kind::Timestamp(kept) => u32::from(kept.min(6)),
            _ => return Ok(()),
        };
        match micros % 10i64.pow(6 - kept) {
            0 => Ok(()),
            _ => Err(format!("its fraction of a second is finer than {} keeps", self.shown)),
        }
    }

    /// Digits that are no word of an enumeration are taken for the number of one.
    fn word(&self, text: &str) -> Result<(), String> {
        let number = self.kind == Kind::Words && !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if number && !self.shown.contains(&format!("'{text}'")) {
            return Err(format!("`{text}` is not one of {}", self.shown));
        }
        Ok(())
    }
}

fn in_years(days: i64) -> Result<(), String> {
    if DAYS.contains(&days) { Ok(()) } else { Err("MySQL has dates of the years 0 to 9999 only".to_owned()) }
}

/// The bytes that stand for something else among lines.
const SPECIAL: [bool; 256] = {
    let mut special = [false; 256];
    special[b'\\' as usize] = true;
    special[b'\t' as usize] = true;
    special[b'\n' as usize] = true;
    special[0] = true;
    special
};

fn escaped(mut text: &[u8], out: &mut Vec<u8>) {
    while let Some(at) = text.iter().position(|byte| SPECIAL[usize::from(*byte)]) {
        out.extend_from_slice(&text[..at]);
        let letter = match text[at] {
            b'\t' => b't',
            b'\n' => b'n',
            0 => b'0',
            other => other,
        };
        out.extend_from_slice(&[b'\\', letter]);
        text = &text[at + 1..];
    }
    out.extend_from_slice(text);
}

/// The names of columns, quoted, with commas between.
pub(super) fn names(columns: &[Target]) -> String {
    let names: Vec<String> = columns.iter().map(|column| quoted(&column.name).to_string()).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn put(kind: Kind, shown: &str, cell: Cell<'_>) -> Result<String, String> {
        let (input, name, shown) = (0, "a".to_owned(), shown.to_owned());
        let most = length_of(&kind, &shown);
        let target = Target { input, name, kind, shown, nullable: true, most };
        let mut out = Vec::new();
        target.put(&cell, true, &mut out).map(|there| match there {
            true => String::from_utf8(out).unwrap(),
            false => "NULL".to_owned(),
        })
    }

    #[test]
    fn texts_and_binary_numbers_are_read_as_what_the_column_holds() {
        let money = || Kind::Decimal(8, 2);
        assert_eq!(put(money(), "", Cell::Float(1.1)), Ok("1.10".into()));
        assert_eq!(put(money(), "", Cell::Float(1e15)), Ok("1000000000000000".into()));
        assert!(put(money(), "decimal(8,2)", Cell::Float(1.001)).is_err());
        assert_eq!(put(Kind::Integer(8, false), "", Cell::Float(3.0)), Ok("3".into()));
        for good in ["0.5", "-12.50", "+7"] {
            assert!(put(money(), "", Cell::Text(good)).is_ok(), "{good}");
        }
        for wrong in ["", "a", "1e3", "1.005", " 1", "-", ".5", "1,5"] {
            assert!(put(money(), "", Cell::Text(wrong)).is_err(), "{wrong}");
            assert!(put(Kind::Integer(32, false), "", Cell::Text(wrong)).is_err(), "{wrong}");
        }
        assert_eq!(put(Kind::Datetime(0), "", Cell::Text("2024-02-29")), Ok("2024-02-29 00:00:00".into()));
        assert!(put(Kind::Date, "", Cell::Text("2024-02-30")).is_err());
        assert_eq!(put(Kind::Double, "", Cell::Text("1e3")), Ok("1e3".into()));
        let tiny = format!("0.{}1", "0".repeat(60));
        assert!(put(money(), "", Cell::Text(&tiny)).is_err());
    }

    #[test]
    fn what_mysql_would_change_is_refused() {
        assert!(put(Kind::Datetime(0), "datetime", Cell::Timestamp(1, false)).is_err());
        assert_eq!(put(Kind::Datetime(6), "", Cell::Timestamp(1, false)), Ok("1970-01-01 00:00:00.000001".into()));
        assert!(put(Kind::Date, "", Cell::Date(3_000_000)).is_err());
        assert!(put(Kind::Year, "year(4)", Cell::Int(70)).is_err());
        assert!(put(Kind::Bit(1), "bit(1)", Cell::Int(2)).is_err());
        assert!(put(Kind::Words, "enum('a','b')", Cell::Text("2")).is_err());
        assert_eq!(put(Kind::Words, "enum('1','2')", Cell::Text("2")), Ok("2".into()));
    }

    #[test]
    fn texts_are_escaped() {
        let text = put(Kind::Text(false), "", Cell::Text("a\tb\nc\\N\0'\"ü"));
        assert_eq!(text, Ok("a\\tb\\nc\\\\N\\0'\"ü".into()));
        assert_eq!(put(Kind::Bytes(false), "", Cell::Bytes(&[0, 255])), Ok("00FF".into()));
    }
}
