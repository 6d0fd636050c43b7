//! Names and texts inside of SQL. Whatever comes from a catalogue, a file or a person goes through here.

use std::fmt;

/// How a system quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// Double quotes: PostgreSQL, SQLite, DuckDB.
    Standard,
    /// Backticks: MySQL and MariaDB.
    Mysql,
}

/// A name of a schema, table or column, quoted when displayed.
pub(super) struct Name<'a>(pub Dialect, pub &'a str);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // No system has names with NUL; one that claims to gets a name that does not exist.
        let name = self.1.replace('\0', "\u{fffd}");
        match self.0 {
            Dialect::Standard => write!(f, "\"{}\"", name.replace('"', "\"\"")),
            Dialect::Mysql => write!(f, "`{}`", name.replace('`', "``")),
        }
    }
}

/// A text of DuckDB, quoted when displayed.
pub(super) struct Text<'a>(pub &'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}'", self.0.replace('\0', "\u{fffd}").replace('\'', "''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_inside_are_doubled() {
        assert_eq!(Name(Dialect::Standard, "a\"; DROP TABLE b; --").to_string(), "\"a\"\"; DROP TABLE b; --\"");
        assert_eq!(Name(Dialect::Mysql, "a`b\"c").to_string(), "`a``b\"c`");
        assert_eq!(Text("it's").to_string(), "'it''s'");
    }
}
