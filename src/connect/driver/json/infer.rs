//! What the keys of rows hold: the columns that the rows need.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use arrow::datatypes::DataType;

use super::super::csv::infer::Candidates;
use super::cell::Cell;
use super::number::Numbers;

/// More columns than any table has.
const MAX_COLUMNS: usize = 16_384;

/// What kind of value a column takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::connect::driver) enum Kind {
    /// true and false.
    Boolean,
    /// Numbers.
    Number,
    /// Texts.
    Text,
    /// Objects and lists.
    Nested,
    /// Whatever comes, as text.
    Any,
}

impl Kind {
    /// The kind of a cell; `None` for null.
    pub fn of(cell: &Cell<'_>) -> Option<Kind> {
        Some(match cell {
            Cell::Null => return None,
            Cell::Boolean(_) => Kind::Boolean,
            Cell::Number(_) => Kind::Number,
            Cell::Text(_) => Kind::Text,
            Cell::Nested(_) => Kind::Nested,
        })
    }

    /// As a person says it.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Boolean => "true or false",
            Kind::Number => "a number",
            Kind::Text => "a text",
            Kind::Nested => "an object or a list",
            Kind::Any => "anything",
        }
    }
}

/// A column that rows need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::connect::driver) struct Column {
    /// Its name.
    pub name: String,
    /// Its type.
    pub data_type: DataType,
    /// What it takes.
    pub kind: Kind,
    /// Whether the type was asked for, so that values are read leniently.
    pub asked: bool,
}

struct Seen {
    name: String,
    /// The kind and the first row of it; and of another kind, when one came.
    first: Option<(Kind, u64)>,
    other: Option<(Kind, u64)>,
    numbers: Numbers,
    texts: Candidates,
    /// The last row that had it.
    row: u64,
}

/// What rows seen so far need.
#[derive(Default)]
pub(in crate::connect::driver) struct Shape {
    seen: Vec<Seen>,
    index: HashMap<String, usize>,
}

/// Two kinds of values in one column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::connect::driver) struct Mixed {
    pub name: String,
    pub first: (Kind, u64),
    pub other: (Kind, u64),
}

impl Shape {
    /// Takes a row in. Rows are numbered from 1.
    ///
    /// # Errors
    /// A key that stands twice in it, or too many keys.
    pub fn see(&mut self, number: u64, row: &[(Cow<'_, str>, Cell<'_>)]) -> Result<(), String> {
        for (at, (name, cell)) in row.iter().enumerate() {
            // Keys mostly come in the same order.
            let known = match self.seen.get(at) {
                Some(seen) if seen.name == *name => Some(at),
                _ => self.index.get(name.as_ref()).copied(),
            };
            let at = match known {
                Some(at) => at,
                None if self.seen.len() >= MAX_COLUMNS => {
                    return Err(format!("with it there are more than {MAX_COLUMNS} columns"));
                }
                None => {
                    self.index.insert(name.to_string(), self.seen.len());
                    self.seen.push(Seen {
                        name: name.to_string(),
                        first: None,
                        other: None,
                        numbers: Numbers::new(),
                        texts: Candidates::new(),
                        row: 0,
                    });
                    self.seen.len() - 1
                }
            };
            let seen = &mut self.seen[at];
            if seen.row == number {
                return Err(format!("the key {name:?} stands twice in it"));
            }
            seen.row = number;
            let Some(kind) = Kind::of(cell) else { continue };
            match seen.first {
                None => seen.first = Some((kind, number)),
                Some((first, _)) if first != kind => {
                    seen.other.get_or_insert((kind, number));
                }
                Some(_) => {}
            }
            match cell {
                Cell::Number(text) => seen.numbers.see(text),
                Cell::Text(text) => seen.texts.see(Some(text)),
                _ => {}
            }
        }
        Ok(())
    }

    /// Whether no key was seen.
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }

    /// The names of all columns, in the order in which they came.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.seen.iter().map(|seen| seen.name.as_str())
    }

    /// The columns: the wanted ones in their order, else all. Those of `asked` have the type that it says. A
    /// column without any value is text, and takes whatever comes later.
    ///
    /// # Errors
    /// A column of two kinds.
    pub fn columns(
        &self,
        wanted: Option<&[String]>,
        asked: &BTreeMap<String, DataType>,
        all_text: bool,
    ) -> Result<Vec<Column>, Mixed> {
        let names: Vec<&str> = match wanted {
            Some(names) => names.iter().map(String::as_str).collect(),
            None => self.names().collect(),
        };
        names.into_iter().map(|name| self.column(name, asked.get(name), all_text)).collect()
    }

    fn column(&self, name: &str, asked: Option<&DataType>, all_text: bool) -> Result<Column, Mixed> {
        let column = |data_type, kind, asked| Column { name: name.to_owned(), data_type, kind, asked };
        if let Some(data_type) = asked {
            return Ok(column(data_type.clone(), Kind::Any, true));
        }
        let seen = self.index.get(name).map(|at| &self.seen[*at]);
        let Some((first, row)) = seen.and_then(|seen| seen.first).filter(|_| !all_text) else {
            return Ok(column(DataType::Utf8, Kind::Any, false));
        };
        let Some(seen) = seen else { return Ok(column(DataType::Utf8, Kind::Any, false)) };
        if let Some(other) = seen.other {
            return Err(Mixed { name: name.to_owned(), first: (first, row), other });
        }
        let data_type = match first {
            Kind::Boolean => DataType::Boolean,
            Kind::Number => seen.numbers.data_type(),
            Kind::Text => match seen.texts.data_type() {
                // A text of digits is a text: JSON has numbers of its own.
                data_type @ (DataType::Date32 | DataType::Timestamp(..)) => data_type,
                _ => DataType::Utf8,
            },
            Kind::Nested | Kind::Any => DataType::Utf8,
        };
        Ok(column(data_type, first, false))
    }
}
