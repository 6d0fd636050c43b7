//! When a binding holds: a small language over facts of the screen, `!busy && (empty || review)`.

use std::fmt;

use crate::diagnostic::did_you_mean;

macro_rules! facts {
    ($($name:ident = $bit:literal => $text:literal : $doc:literal,)*) => {
        /// Something that is so or not.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Fact {
            $(#[doc = $doc] $name = 1 << $bit,)*
        }

        impl Fact {
            /// All of them.
            pub const ALL: &'static [Fact] = &[$(Fact::$name,)*];

            /// Its name in a condition.
            pub fn name(self) -> &'static str {
                match self { $(Fact::$name => $text,)* }
            }

            /// What it says, one sentence.
            pub fn doc(self) -> &'static str {
                match self { $(Fact::$name => $doc,)* }
            }
        }
    };
}

facts! {
    Empty = 0 => "empty": "Nothing is typed in the composer.",
    Busy = 1 => "busy": "A turn, a run or a look at rows is at work.",
    Review = 2 => "review": "A proposal is under review.",
    Document = 3 => "document": "There is a document.",
    Problems = 4 => "problems": "There are problems.",
    Editor = 5 => "editor": "The document is being edited by hand.",
    Insert = 6 => "insert": "Letters are typed: the composer and the editor are not in normal mode.",
    Replay = 7 => "replay": "A recorded session is played.",
    Zoomed = 8 => "zoomed": "The pane with the focus has the whole screen.",
}

/// The facts that hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Facts(u16);

impl Facts {
    /// The same and this one, if it holds.
    pub fn with(self, fact: Fact, holds: bool) -> Facts {
        Facts(if holds { self.0 | fact as u16 } else { self.0 })
    }

    fn has(self, fact: Fact) -> bool {
        self.0 & fact as u16 != 0
    }
}

/// A condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// The fact holds.
    Is(Fact),
    /// It does not.
    Not(Box<Condition>),
    /// Both.
    And(Box<Condition>, Box<Condition>),
    /// One of the two.
    Or(Box<Condition>, Box<Condition>),
}

/// What is wrong with a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// One sentence.
    pub message: String,
    /// What it should be.
    pub fix: String,
}

/// No condition is nested more deeply.
const DEPTH: usize = 16;

impl Condition {
    /// Whether it holds.
    pub fn holds(&self, facts: Facts) -> bool {
        match self {
            Condition::Is(fact) => facts.has(*fact),
            Condition::Not(of) => !of.holds(facts),
            Condition::And(a, b) => a.holds(facts) && b.holds(facts),
            Condition::Or(a, b) => a.holds(facts) || b.holds(facts),
        }
    }

    /// Reads one.
    pub fn parse(text: &str) -> Result<Condition, Wrong> {
        let mut reader = Reader { rest: text };
        let condition = reader.any(0)?;
        match reader.peek() {
            "" => Ok(condition),
            more => Err(wrong(format!("`{more}` is one thing too many"), "join facts with && or ||")),
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Condition::Is(fact) => f.write_str(fact.name()),
            Condition::Not(of) if matches!(**of, Condition::Is(_) | Condition::Not(_)) => write!(f, "!{of}"),
            Condition::Not(of) => write!(f, "!({of})"),
            Condition::And(a, b) => {
                let side = |c: &Condition| match c {
                    Condition::Or(..) => format!("({c})"),
                    c => c.to_string(),
                };
                write!(f, "{} && {}", side(a), side(b))
            }
            Condition::Or(a, b) => write!(f, "{a} || {b}"),
        }
    }
}

fn wrong(message: String, fix: impl Into<String>) -> Wrong {
    Wrong { message, fix: fix.into() }
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    /// The next word or sign, `""` at the end.
    fn peek(&mut self) -> &'a str {
        self.rest = self.rest.trim_start();
        let word = self.rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(self.rest.len());
        let sign = ["&&", "||"].into_iter().find(|sign| self.rest.starts_with(sign)).map(str::len);
        let one = self.rest.chars().next().map_or(0, char::len_utf8);
        &self.rest[..if word > 0 { word } else { sign.unwrap_or(one) }]
    }

    fn take(&mut self, wanted: &str) -> bool {
        let found = self.peek() == wanted;
        if found {
            self.rest = &self.rest[wanted.len()..];
        }
        found
    }

    fn any(&mut self, depth: usize) -> Result<Condition, Wrong> {
        let mut left = self.all(depth)?;
        while self.take("||") {
            left = Condition::Or(Box::new(left), Box::new(self.all(depth)?));
        }
        Ok(left)
    }

    fn all(&mut self, depth: usize) -> Result<Condition, Wrong> {
        let mut left = self.one(depth)?;
        while self.take("&&") {
            left = Condition::And(Box::new(left), Box::new(self.one(depth)?));
        }
        Ok(left)
    }

    fn one(&mut self, depth: usize) -> Result<Condition, Wrong> {
        if depth > DEPTH {
            return Err(wrong("the condition is nested too deeply".to_owned(), "write it shorter"));
        }
        if self.take("!") {
            return Ok(Condition::Not(Box::new(self.one(depth + 1)?)));
        }
        if self.take("(") {
            let inner = self.any(depth + 1)?;
            return match self.take(")") {
                true => Ok(inner),
                false => Err(wrong("a `)` is missing".to_owned(), "close what `(` opens")),
            };
        }
        let word = self.peek();
        let known = || Fact::ALL.iter().map(|fact| fact.name());
        match Fact::ALL.iter().find(|fact| fact.name() == word) {
            Some(fact) => {
                self.rest = &self.rest[word.len()..];
                Ok(Condition::Is(*fact))
            }
            None if word.is_empty() => {
                Err(wrong("the condition ends too early".to_owned(), "name a fact, e.g. `busy` or `!empty`"))
            }
            None => Err(wrong(
                format!("`{word}` is no fact"),
                match did_you_mean(word, known()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("the facts are {}", known().collect::<Vec<_>>().join(", ")),
                },
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_read_and_hold_as_written() {
        let facts = |all: &[Fact]| all.iter().fold(Facts::default(), |facts, fact| facts.with(*fact, true));
        let cases: [(&str, &[Fact], bool); 7] = [
            ("busy", &[Fact::Busy], true),
            ("!busy", &[Fact::Busy], false),
            ("busy && empty", &[Fact::Busy], false),
            ("busy||empty", &[Fact::Empty], true),
            ("review || busy && empty", &[Fact::Review], true),
            ("(review || busy) && empty", &[Fact::Review], false),
            ("!!( !empty )", &[], true),
        ];
        for (text, all, holds) in cases {
            let condition = Condition::parse(text).unwrap();
            assert_eq!(condition.holds(facts(all)), holds, "{text}");
            assert_eq!(Condition::parse(&condition.to_string()), Ok(condition), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        let fix = |text: &str| Condition::parse(text).unwrap_err().fix;
        assert_eq!(fix("bussy"), "did you mean `busy`?");
        assert!(fix("sunday").starts_with("the facts are empty, busy"));
        for text in ["", "busy &&", "(busy", "busy empty", "busy)", "&", "über", &"!".repeat(100), &"(".repeat(10_000)]
        {
            assert!(Condition::parse(text).is_err(), "{text}");
        }
    }
}
