//! A value in the binary form of its column's type.

use super::{Why, numeric, parse, text};
use crate::connect::driver::cell::{Cell, View};
use crate::connect::driver::postgres::kind::Kind;

/// Days and microseconds from 1970-01-01 to 2000-01-01, where PostgreSQL begins to count.
pub(in crate::connect::driver::postgres) const EPOCH_DAYS: i32 = 10_957;
pub(in crate::connect::driver::postgres) const EPOCH_US: i64 = 946_684_800_000_000;

const DAY_US: i64 = 86_400_000_000;

/// Appends the length of a value and the value; of NULL the length -1.
#[inline]
pub(super) fn field(kind: &Kind, cell: Cell<'_>, out: &mut Vec<u8>) -> Result<(), Why> {
    if let Cell::Null = cell {
        out.extend_from_slice(&(-1i32).to_be_bytes());
        return Ok(());
    }
    let at = out.len();
    out.extend_from_slice(&[0; 4]);
    value(kind, cell, out)?;
    let length = i32::try_from(out.len() - at - 4).map_err(|_| "it is larger than 2 GiB")?;
    out[at..at + 4].copy_from_slice(&length.to_be_bytes());
    Ok(())
}

fn value(kind: &Kind, cell: Cell<'_>, out: &mut Vec<u8>) -> Result<(), Why> {
    match kind {
        Kind::Int8 => out.extend_from_slice(&integer(&cell)?.to_be_bytes()),
        Kind::Int4 => {
            let number = i32::try_from(integer(&cell)?).map_err(|_| range("integer"))?;
            out.extend_from_slice(&number.to_be_bytes());
        }
        Kind::Int2 => {
            let number = i16::try_from(integer(&cell)?).map_err(|_| range("smallint"))?;
            out.extend_from_slice(&number.to_be_bytes());
        }
        Kind::Oid => {
            let number = u32::try_from(integer(&cell)?).map_err(|_| range("oid"))?;
            out.extend_from_slice(&number.to_be_bytes());
        }
        Kind::Text(most) => return characters(cell, *most, out),
        Kind::Json | Kind::Enum => return characters(cell, None, out),
        Kind::Jsonb => {
            out.push(1);
            return characters(cell, None, out);
        }
        Kind::Numeric(limit) => return number(cell, *limit, out),
        Kind::Bool => out.push(u8::from(boolean(&cell)?)),
        Kind::Float8 => out.extend_from_slice(&float(&cell)?.to_be_bytes()),
        Kind::Float4 => {
            let number = match cell {
                Cell::Float32(number) => number,
                other => {
                    let wide = float(&other)?;
                    let narrow = wide as f32;
                    if wide.is_finite() && !narrow.is_finite() {
                        return Err(range("real"));
                    }
                    narrow
                }
            };
            out.extend_from_slice(&number.to_be_bytes());
        }
        Kind::Timestamp => {
            let micros = match cell {
                Cell::Timestamp(micros, _) => micros,
                Cell::Date(days) => i64::from(days) * DAY_US,
                Cell::Text(text) => parse::timestamp(text)?,
                _ => return Err(no_cast()),
            };
            instant(micros, out)?;
        }
        Kind::TimestampTz => {
            let micros = match cell {
                Cell::Timestamp(micros, true) => micros,
                Cell::Text(text) => parse::timestamp_with_zone(text)?,
                _ => return Err(no_cast()),
            };
            instant(micros, out)?;
        }
        Kind::Date => {
            let days = match cell {
                Cell::Date(days) => days,
                Cell::Timestamp(micros, false) if micros.rem_euclid(DAY_US) == 0 => {
                    i32::try_from(micros.div_euclid(DAY_US)).map_err(|_| range("date"))?
                }
                Cell::Timestamp(..) => return Err("it has a time of day".into()),
                Cell::Text(text) => parse::date(text)?,
                _ => return Err(no_cast()),
            };
            let days = days.checked_sub(EPOCH_DAYS).ok_or_else(|| range("date"))?;
            out.extend_from_slice(&days.to_be_bytes());
        }
        Kind::Time => {
            let micros = match cell {
                Cell::Time(micros) => micros,
                Cell::Text(text) => parse::time(text)?,
                _ => return Err(no_cast()),
            };
            if !(0..=DAY_US).contains(&micros) {
                return Err(range("time"));
            }
            out.extend_from_slice(&micros.to_be_bytes());
        }
        Kind::Uuid => match cell {
            Cell::Text(text) => out.extend_from_slice(&parse::uuid(text)?),
            Cell::Bytes(bytes) if bytes.len() == 16 => out.extend_from_slice(bytes),
            _ => return Err(no_cast()),
        },
        Kind::Bytea => match cell {
            Cell::Bytes(bytes) => out.extend_from_slice(bytes),
            _ => return Err(no_cast()),
        },
        Kind::Array(element) => match cell {
            Cell::List(list) => return array(element, list.as_ref(), out),
            _ => return Err(no_cast()),
        },
        Kind::Other(_) => return Err(no_cast()),
    }
    Ok(())
}

/// A cast that the plan should have refused.
fn no_cast() -> Why {
    "there is no such cast".into()
}

fn range(name: &str) -> Why {
    format!("it is out of the range of {name}").into()
}

/// A whole number; fractions are refused, not cut.
pub(super) fn integer(cell: &Cell<'_>) -> Result<i64, Why> {
    let whole = || Why::from("it is no whole number");
    match cell {
        Cell::Int(number) => Ok(*number),
        Cell::Unsigned(number) => i64::try_from(*number).map_err(|_| range("bigint")),
        Cell::Bool(yes) => Ok(i64::from(*yes)),
        Cell::Float(_) | Cell::Float32(_) => {
            let number = float(cell)?;
            // 2^63 is the first that does not fit; it has an exact float.
            let fits = (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&number);
            if number.fract() != 0.0 || number.is_nan() {
                Err(whole())
            } else if fits {
                Ok(number as i64)
            } else {
                Err(range("bigint"))
            }
        }
        Cell::Decimal(number, scale) => {
            let mut number = *number;
            for _ in 0..*scale {
                if number % 10 != 0 {
                    return Err(whole());
                }
                number /= 10;
            }
            for _ in *scale..0 {
                number = number.checked_mul(10).ok_or_else(|| range("bigint"))?;
            }
            i64::try_from(number).map_err(|_| range("bigint"))
        }
        Cell::BigDecimal(..) => {
            let mut text = Vec::new();
            text::render(cell, &mut text);
            let text = String::from_utf8_lossy(&text).into_owned();
            let bare = text
                .split_once('.')
                .map_or(text.as_str(), |(bare, zeros)| if zeros.bytes().all(|b| b == b'0') { bare } else { "" });
            bare.parse().map_err(|_| whole())
        }
        Cell::Text(text) => text.trim().parse().map_err(|_| whole()),
        _ => Err(no_cast()),
    }
}

fn float(cell: &Cell<'_>) -> Result<f64, Why> {
    match cell {
        Cell::Float(number) => Ok(*number),
        Cell::Float32(number) => Ok(f64::from(*number)),
        Cell::Int(number) => {
            let float = *number as f64;
            if float as i128 == i128::from(*number) { Ok(float) } else { Err("it has more digits than a float".into()) }
        }
        Cell::Unsigned(number) => {
            let float = *number as f64;
            if float as i128 == i128::from(*number) { Ok(float) } else { Err("it has more digits than a float".into()) }
        }
        Cell::Decimal(..) | Cell::BigDecimal(..) => {
            let mut text = Vec::new();
            text::render(cell, &mut text);
            String::from_utf8_lossy(&text).parse().map_err(|_| no_cast())
        }
        Cell::Text(text) => text.trim().parse().map_err(|_| "it is no number".into()),
        _ => Err(no_cast()),
    }
}

fn boolean(cell: &Cell<'_>) -> Result<bool, Why> {
    match cell {
        Cell::Bool(yes) => Ok(*yes),
        Cell::Int(0) | Cell::Unsigned(0) => Ok(false),
        Cell::Int(1) | Cell::Unsigned(1) => Ok(true),
        Cell::Text(text) => match text.trim().to_ascii_lowercase().as_str() {
            "t" | "true" | "y" | "yes" | "on" | "1" => Ok(true),
            "f" | "false" | "n" | "no" | "off" | "0" => Ok(false),
            _ => Err("it is neither true nor false".into()),
        },
        Cell::Int(_) | Cell::Unsigned(_) => Err("it is neither 0 nor 1".into()),
        _ => Err(no_cast()),
    }
}

fn number(cell: Cell<'_>, limit: Option<(u16, i16)>, out: &mut Vec<u8>) -> Result<(), Why> {
    match cell {
        Cell::Decimal(number, scale) => numeric::decimal(number, scale, limit, out),
        Cell::Int(number) => numeric::decimal(i128::from(number), 0, limit, out),
        Cell::Unsigned(number) => numeric::decimal(i128::from(number), 0, limit, out),
        Cell::BigDecimal(number, scale) => numeric::big(number, scale, limit, out),
        Cell::Float(number) => numeric::float(&number.to_string(), limit, out),
        Cell::Float32(number) => numeric::float(&number.to_string(), limit, out),
        Cell::Text(text) => numeric::text(text, limit, out),
        _ => Err(no_cast()),
    }
}

fn characters(cell: Cell<'_>, most: Option<u32>, out: &mut Vec<u8>) -> Result<(), Why> {
    let start = out.len();
    match cell {
        Cell::Text(text) => out.extend_from_slice(text.as_bytes()),
        other => text::render(&other, out),
    }
    text::check(&out[start..], most)
}

fn instant(micros: i64, out: &mut Vec<u8>) -> Result<(), Why> {
    let micros = micros.checked_sub(EPOCH_US).ok_or_else(|| range("timestamp"))?;
    out.extend_from_slice(&micros.to_be_bytes());
    Ok(())
}

fn array(element: &Kind, list: &dyn arrow::array::Array, out: &mut Vec<u8>) -> Result<(), Why> {
    let oid = element.oid().ok_or_else(no_cast)?;
    let view = View::of(list).ok_or_else(no_cast)?;
    let count = list.len();
    let dimensions = i32::from(count > 0);
    out.extend_from_slice(&dimensions.to_be_bytes());
    out.extend_from_slice(&i32::from(list.null_count() > 0).to_be_bytes());
    out.extend_from_slice(&oid.to_be_bytes());
    if count > 0 {
        out.extend_from_slice(&(count as i32).to_be_bytes());
        out.extend_from_slice(&1i32.to_be_bytes());
    }
    for at in 0..count {
        field(element, view.cell(at), out).map_err(|why| Why::from(format!("of its element {}: {why}", at + 1)))?;
    }
    Ok(())
}
