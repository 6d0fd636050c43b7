//! Names and texts inside of SQL. A name that comes from a document, a catalogue or a data set gets into a
//! statement through here, or not at all. Values do not: they are bound, or encoded by a bulk protocol.

use std::fmt;

/// How a system quotes names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quote {
    /// Double quotes: PostgreSQL, SQLite, DuckDB.
    Standard,
    /// Backticks: MySQL and MariaDB.
    Mysql,
}

/// A name of a schema, table, column or savepoint, quoted when displayed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ident<'a>(pub Quote, pub &'a str);

impl fmt::Display for Ident<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // No system has names with NUL; one that claims to gets a name that does not exist.
        let name = self.1.replace('\0', "\u{fffd}");
        match self.0 {
            Quote::Standard => write!(f, "\"{}\"", name.replace('"', "\"\"")),
            Quote::Mysql => write!(f, "`{}`", name.replace('`', "``")),
        }
    }
}

/// A text of PostgreSQL or DuckDB, quoted when displayed, for the statements that take no bound values (`COPY`).
/// PostgreSQL needs `standard_conforming_strings` for it, which the driver's transactions set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Literal<'a>(pub &'a str);

impl fmt::Display for Literal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}'", self.0.replace('\0', "\u{fffd}").replace('\'', "''"))
    }
}

/// Names with commas between, each quoted.
pub(crate) fn list<'a>(quote: Quote, names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| Ident(quote, name).to_string()).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_inside_are_doubled() {
        let name = Ident(Quote::Standard, "a\"; DROP TABLE b; --");
        assert_eq!(name.to_string(), "\"a\"\"; DROP TABLE b; --\"");
        assert_eq!(Ident(Quote::Mysql, "a`b\"c").to_string(), "`a``b\"c`");
        assert_eq!(Ident(Quote::Standard, "a\0b").to_string(), "\"a\u{fffd}b\"");
        assert_eq!(Literal("it's \\").to_string(), "'it''s \\'");
        assert_eq!(list(Quote::Standard, ["a", "b c"]), "\"a\", \"b c\"");
    }
}
