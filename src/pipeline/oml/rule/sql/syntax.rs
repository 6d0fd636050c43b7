//! Faults of a query that no SQL engine would read. Only what is certain is reported: the engine's own
//! parser has the last word when the step is prepared, and a test asks it about each kind of fault here.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::super::super::view::View;
use super::super::CheckContext;
use super::token::{Kind, Token, scan};
use super::{place_of, queries};
use crate::diagnostic::{Diagnostic, did_you_mean};

/// DuckDB's keywords, one a line.
const KEYWORDS: &str = include_str!("keywords.txt");
static IS_KEYWORD: LazyLock<HashSet<&str>> = LazyLock::new(|| KEYWORDS.lines().collect());

/// Whether a word without quotes is one of DuckDB's keywords.
pub(super) fn is_keyword(word: &str) -> bool {
    IS_KEYWORD.contains(word.to_ascii_lowercase().as_str())
}

/// Words that a statement that returns rows begins with.
const QUERIES: [&str; 12] = [
    "SELECT",
    "WITH",
    "FROM",
    "VALUES",
    "TABLE",
    "PIVOT",
    "UNPIVOT",
    "PIVOT_WIDER",
    "PIVOT_LONGER",
    "DESCRIBE",
    "SHOW",
    "SUMMARIZE",
];
/// Words that a clause begins with and that no column can be called without quotes.
const CLAUSES: [&str; 7] = ["FROM", "WHERE", "GROUP", "HAVING", "LIMIT", "ORDER", "QUALIFY"];
/// Words that something has to follow.
const OPEN: [&str; 12] =
    ["SELECT", "FROM", "WHERE", "HAVING", "QUALIFY", "LIMIT", "JOIN", "ON", "AND", "OR", "NOT", "BY"];
/// What a misspelled word may be meant to be.
const MEANT: [&str; 11] =
    ["SELECT", "FROM", "WHERE", "GROUP", "ORDER", "HAVING", "LIMIT", "JOIN", "UNION", "ON", "USING"];

/// What is wrong in a query: the first of it.
struct Fault<'q> {
    at: usize,
    piece: &'q str,
    message: String,
    why: &'static str,
    fix: String,
    replacement: Option<&'static str>,
}

/// `sql-syntax`: a query that cannot be read: something opened and not closed, a clause without its
/// words, a misspelled keyword.
pub fn syntax(view: &View<'_>, _: &CheckContext<'_>, out: &mut Vec<Diagnostic>) {
    let all = view.steps.iter().flat_map(|step| queries(step).into_iter().map(move |query| (step, query)));
    for (step, query) in all {
        let Some(fault) = first_fault(query.text) else { continue };
        let place = place_of(view, query.node, query.text, fault.at, fault.piece).filter(|_| !fault.piece.is_empty());
        let diagnostic = Diagnostic::error("sql-syntax", fault.message)
            .at(place.unwrap_or(query.node.span))
            .path(step.path(&query.path))
            .why(fault.why);
        out.push(match (place, fault.replacement) {
            (Some(span), Some(text)) => diagnostic.fix_edit(fault.fix, span, text),
            _ => diagnostic.fix(fault.fix),
        });
    }
}

fn first_fault(query: &str) -> Option<Fault<'_>> {
    let (tokens, unclosed) = scan(query);
    if let Some(open) = unclosed {
        let what = if open.opened == "/*" { "a comment" } else { "a quote" };
        return Some(Fault {
            at: open.at,
            piece: &query[open.at..open.at + query[open.at..].chars().next().map_or(0, char::len_utf8)],
            message: format!("{what} is opened in the query and not closed"),
            why: "what follows is taken as part of it",
            fix: if what == "a comment" { "close it with `*/`".to_owned() } else { "close it".to_owned() },
            replacement: None,
        });
    }
    if tokens.iter().all(|token| token.is(";")) {
        return Some(Fault {
            at: 0,
            piece: "",
            message: "the query is empty".to_owned(),
            why: "a step's rows are those that its query returns",
            fix: "write a SELECT statement".to_owned(),
            replacement: None,
        });
    }
    let mut faults: Vec<Fault<'_>> = [brackets(&tokens), beginning(&tokens)].into_iter().flatten().collect();
    faults.extend((0..tokens.len()).find_map(|at| open_end(&tokens, at).or_else(|| misspelled(&tokens, at))));
    faults.into_iter().min_by_key(|fault| fault.at)
}

/// A bracket that is not closed, or closes another one than was opened.
fn brackets<'q>(tokens: &[Token<'q>]) -> Option<Fault<'q>> {
    let mut open: Vec<&Token<'q>> = Vec::new();
    let fault = |token: &Token<'q>, message: String, fix: &str| Fault {
        at: token.at,
        piece: token.word,
        message,
        why: "every bracket is closed by its partner",
        fix: fix.to_owned(),
        replacement: None,
    };
    for token in tokens.iter().filter(|token| token.kind == Kind::Sign) {
        let partner = match token.word {
            "(" | "[" | "{" => {
                open.push(token);
                continue;
            }
            ")" => "(",
            "]" => "[",
            "}" => "{",
            _ => continue,
        };
        if open.pop().is_none_or(|last| last.word != partner) {
            return Some(fault(
                token,
                format!("`{}` closes nothing in the query", token.word),
                "remove it, or open it",
            ));
        }
    }
    let last = open.pop()?;
    Some(fault(last, format!("`{}` is not closed in the query", last.word), "close it"))
}

/// A query that begins with a word that no statement begins with.
fn beginning<'q>(tokens: &[Token<'q>]) -> Option<Fault<'q>> {
    let first = tokens.iter().find(|token| !token.is("("))?;
    if first.kind != Kind::Word || is_keyword(first.word) {
        return None;
    }
    let meant = did_you_mean(&first.word.to_ascii_uppercase(), QUERIES);
    Some(Fault {
        at: first.at,
        piece: first.word,
        message: format!("no query begins with `{}`", first.word),
        why: "a query begins with SELECT, WITH, FROM or VALUES",
        fix: meant.map_or_else(|| "write a SELECT statement".to_owned(), |meant| format!("did you mean `{meant}`?")),
        replacement: meant.and_then(|meant| QUERIES.into_iter().find(|word| *word == meant)),
    })
}

/// A word that something has to follow, and nothing does.
fn open_end<'q>(tokens: &[Token<'q>], at: usize) -> Option<Fault<'q>> {
    let token = &tokens[at];
    let before = at.checked_sub(1).and_then(|n| tokens.get(n));
    let next = tokens.get(at + 1);
    let ends = next.is_none_or(|next| next.is_one(&[")", ";"]) || next.is_one(&CLAUSES));
    // After AS, a dot and `::`, any word is a name.
    let label = before.is_some_and(|before| before.is_one(&["AS", ".", ":"]));
    let clause = token.is_one(&OPEN)
        && !label
        && ends
        && (!token.is("BY") || before.is_some_and(|before| before.is_one(&["GROUP", "ORDER", "PARTITION"])))
        && (!token.is("FROM") || !next.is_some_and(|next| next.is("FROM")));
    let twice = token.is_one(&[",", "("]) && next.is_some_and(|next| next.is(","));
    let operator = token.is_one(&["=", "<", ">", "/"])
        && ends
        && before.is_some_and(|before| before.kind != Kind::Sign || before.is(")"));
    let group = token.is_one(&["GROUP", "ORDER"])
        && !label
        && !before.is_some_and(|before| before.is("WITHIN"))
        && next.is_some_and(|next| next.is_name() && !next.is("BY"));
    let (message, why, fix) = if clause || operator {
        let message = format!("nothing follows `{}`", token.word);
        (message, "the query stops or goes on with another clause there", "write what belongs there, or remove it")
    } else if twice {
        ("a comma with nothing before it".to_owned(), "items are separated by one comma", "remove it")
    } else if group {
        let message = format!("`{}` is not followed by BY", token.word);
        (message, "the clause is GROUP BY or ORDER BY", "write BY after it")
    } else {
        return None;
    };
    let at = if twice { next.unwrap_or(token) } else { token };
    Some(Fault { at: at.at, piece: at.word, message, why, fix: fix.to_owned(), replacement: None })
}

/// Names in a row where only keywords could stand between them: one of them is a keyword misspelled.
fn misspelled<'q>(tokens: &[Token<'q>], at: usize) -> Option<Fault<'q>> {
    let name = |token: &Token<'_>| match token.kind {
        Kind::Quoted => true,
        Kind::Word => !is_keyword(token.word),
        _ => false,
    };
    let [first, second, third] = tokens.get(at..at + 3)? else { return None };
    let before = at.checked_sub(1).and_then(|n| tokens.get(n));
    let star = first.is("*") && before.is_some_and(|before| before.is_one(&["SELECT", "DISTINCT"]));
    let row = (name(first) || star) && name(second) && name(third);
    let by = name(first) && second.is("BY") && name(third);
    let wrong = if by { first } else { second };
    if !row && !by {
        return None;
    }
    let meant = did_you_mean(&wrong.word.to_ascii_uppercase(), MEANT);
    let meant =
        meant.and_then(|meant| MEANT.into_iter().find(|word| *word == meant)).filter(|_| wrong.kind == Kind::Word);
    Some(Fault {
        at: wrong.at,
        piece: wrong.word,
        message: format!("`{}` cannot stand there in the query", wrong.word),
        why: "a name can be followed by one other name, its alias; a keyword or a comma has to stand between more",
        fix: meant
            .map_or_else(|| "add the keyword or comma that is missing".to_owned(), |m| format!("did you mean `{m}`?")),
        replacement: meant,
    })
}

#[cfg(test)]
mod tests {
    use duckdb::Connection;
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    use super::*;

    #[test]
    fn the_keywords_are_those_of_the_engine() {
        let connection = Connection::open_in_memory().unwrap();
        let mut ask = connection.prepare("SELECT DISTINCT keyword_name FROM duckdb_keywords() ORDER BY 1").unwrap();
        let words: Vec<String> = ask.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        assert_eq!(KEYWORDS.lines().collect::<Vec<_>>(), words);
    }

    #[test]
    fn faults_are_found_where_they_are() {
        for (query, expected) in [
            ("SELECT 'a FROM x", "'"),
            ("SELECT a /* b FROM x", "/"),
            ("SELECT sum(a FROM x", "("),
            ("SELECT sum(a)) FROM x", ")"),
            ("SELECT a[1) FROM x", ")"),
            ("SELCT a FROM x", "SELCT"),
            ("SELECT a FORM df_x", "FORM"),
            ("SELECT * FORM df_x", "FORM"),
            ("SELECT a FROM x WERE a > 1", "WERE"),
            ("SELECT a FROM x GRUOP BY a", "GRUOP"),
            ("SELECT a FROM x GROUP a", "GROUP"),
            ("SELECT a FROM x WHERE", "WHERE"),
            ("SELECT a FROM", "FROM"),
            ("SELECT FROM x", "SELECT"),
            ("SELECT a,, b FROM x", ","),
            ("SELECT a FROM x WHERE a =", "="),
            ("SELECT a FROM x WHERE a = 1 AND ORDER BY a", "AND"),
            ("SELECT a FROM (SELECT b FROM x WHERE) y", "WHERE"),
            ("", ""),
            (" -- nothing\n;", ""),
        ] {
            let fault = first_fault(query).unwrap_or_else(|| panic!("{query}"));
            assert_eq!(fault.piece, expected, "{query}");
        }
    }

    #[test]
    fn right_queries_are_left_alone() {
        for query in [
            "SELECT a, FROM x",
            "FROM x",
            "FROM x SELECT a WHERE b",
            "SELECT * EXCLUDE (a) REPLACE (b AS c) FROM x",
            "SELECT COLUMNS('a.*') FROM x GROUP BY ALL ORDER BY ALL LIMIT 3",
            "PIVOT x ON y USING sum(z) GROUP BY w",
            "WITH RECURSIVE t(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM t WHERE n < 9) SELECT * FROM t",
            "SELECT [x FOR x IN l IF x > 1], {'a': 1}.a, m['k'], l[1:2], x::INT, 7 // 2, 2 ** 3 FROM x",
            "SELECT list_transform(l, lambda x: x + 1), DATE '2024-01-01', INTERVAL 3 days FROM x ASOF JOIN y USING (i)",
            "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a) FROM x",
            "SELECT a \"from\", b AS order, t.group FROM t",
            "SELECT count(*) FILTER (WHERE a), rank() OVER (PARTITION BY b ORDER BY c DESC NULLS LAST) FROM x",
            "SELECT a by FROM x",
            "SELECT x.* FROM x SEMI JOIN y ON x.a IS NOT DISTINCT FROM y.a",
            "SELECT E'a\\'b', $$ ' $$ FROM x USING SAMPLE 10 ROWS;",
        ] {
            assert!(first_fault(query).is_none(), "{query}: {}", first_fault(query).unwrap().message);
        }
    }

    fn parses(connection: &Connection, query: &str) -> bool {
        match connection.prepare(query) {
            Ok(_) => true,
            Err(error) => !error.to_string().to_lowercase().contains("parser error"),
        }
    }

    #[test]
    fn what_is_called_a_fault_the_engine_cannot_read_either() {
        let connection = Connection::open_in_memory().unwrap();
        let words = [
            "SELECT",
            "FROM",
            "WHERE",
            "GROUP",
            "BY",
            "ORDER",
            "LIMIT",
            "JOIN",
            "ON",
            "AND",
            "OR",
            "NOT",
            "AS",
            "x",
            "y",
            "z",
            "\"q\"",
            "'t'",
            "1",
            ",",
            "*",
            "(",
            ")",
            "=",
            "<",
            "-",
            "+",
            "/",
            ".",
            ";",
            "UNION",
            "HAVING",
            "USING",
            "[",
            "]",
            "LIKE",
            "IN",
            "VALUES",
            "WITH",
            "DISTINCT",
            "ALL",
            "sum(",
            "INTERVAL",
            "::",
            "QUALIFY",
            "PARTITION",
            "FORM",
            ":",
            "{",
            "}",
            "%",
            ">",
            "LEFT",
            "NULL",
            "CASE",
            "WHEN",
            "END",
            "EXCEPT",
            "TABLE",
            "DATE",
            "IS",
        ];
        // The same queries each time, so that a failure is of the change and not of luck; others are asked
        // for with a number.
        let given = std::env::var("PIPESMITH_FUZZ_CASES").ok().and_then(|n| n.parse().ok());
        let rng_seed = if given.is_some() { RngSeed::Random } else { RngSeed::Fixed(1) };
        let cases = ProptestConfig {
            cases: given.unwrap_or(20_000),
            failure_persistence: None,
            rng_seed,
            ..ProptestConfig::default()
        };
        let heads = ["", "SELECT ", "SELECT x FROM y ", "SELECT x FROM y WHERE ", "FROM x ", "SELECT * FROM x JOIN y "];
        proptest!(cases, |(head in 0..heads.len(), picks in proptest::collection::vec(0..words.len(), 1..8))| {
            let tail = picks.iter().map(|n| words[*n]).collect::<Vec<_>>().join(" ");
            let query = format!("{}{tail}", heads[head]);
            if let Some(fault) = first_fault(&query).filter(|fault| !fault.piece.is_empty()) {
                prop_assert!(!parses(&connection, &query), "{query}: {}", fault.message);
            }
        });
    }
}
