//! Columns that a query names and its input does not have. Only queries whose every name can be told are
//! looked at: one SELECT over one input whose columns the document says. The engine has the last word on
//! the others.

use std::collections::HashSet;

use super::super::super::view::{StepView, View};
use super::super::CheckContext;
use super::super::list;
use super::syntax::is_keyword;
use super::token::{Kind, Token, scan};
use super::{inputs_known, known_tables, own_tables, place_of, queries, sources};
use crate::diagnostic::{Diagnostic, did_you_mean};

/// Words of queries that are more than one SELECT over one table, or that make names of their own.
const MORE: [&str; 17] = [
    "WITH",
    "UNION",
    "INTERSECT",
    "EXCEPT",
    "JOIN",
    "LATERAL",
    "UNNEST",
    "PIVOT",
    "UNPIVOT",
    "VALUES",
    "LAMBDA",
    "COLUMNS",
    "WINDOW",
    "POSITIONAL",
    "ASOF",
    "OVER",
    "RENAME",
];
/// Columns that every table has.
const HIDDEN: [&str; 1] = ["rowid"];
/// Most columns of one query that are reported.
const MOST: usize = 20;

/// `unknown-sql-column`: a query names a column that its input does not hand on.
pub fn columns(view: &View<'_>, ctx: &CheckContext<'_>, out: &mut Vec<Diagnostic>) {
    let all = view.steps.iter().flat_map(|step| queries(step).into_iter().map(move |query| (step, query)));
    for (step, query) in all {
        let from = match (query.is_check, step.inputs.as_slice()) {
            (true, _) => rows_of(view, step),
            (false, [input]) if inputs_known(view, step) => Some(&view.steps[input.step]),
            _ => None,
        };
        let Some((from, known)) = from.and_then(|from| Some((from, handed_on(from, ctx)?))) else { continue };
        let (tokens, unclosed) = scan(query.text);
        if unclosed.is_some() {
            continue;
        }
        let tables = if query.is_check { own_tables(step) } else { known_tables(view, step) };
        let mut seen = HashSet::new();
        for token in unknown(&tokens, &tables, &known).unwrap_or_default() {
            if seen.len() == MOST || !seen.insert(token.word.to_lowercase()) {
                continue;
            }
            let place = place_of(view, query.node, query.text, token.at, token.word);
            let of = from.name();
            let what = if query.is_check {
                format!("{} has", step.name())
            } else {
                format!("the input of {} has", step.name())
            };
            let diagnostic = Diagnostic::error("unknown-sql-column", format!("{what} no column `{}`", token.word))
                .at(place.unwrap_or(query.node.span))
                .path(step.path(&query.path))
                .why(format!("{of} hands on: {}", list(known.iter().copied())));
            out.push(match (did_you_mean(token.word, known.iter().copied()), place) {
                (Some(meant), Some(span)) if token.kind == Kind::Word && super::is_plain(meant) => {
                    diagnostic.fix_edit(format!("did you mean `{meant}`?"), span, meant)
                }
                (Some(meant), _) => diagnostic.fix(format!("did you mean `{meant}`?")),
                (None, _) => {
                    diagnostic.fix(format!("add `{}` to the columns of {of}, or correct the name", token.word))
                }
            });
        }
    }
}

/// The step whose rows the checks of a step look at: itself, or what it writes.
pub(in super::super) fn rows_of<'v, 'a>(view: &'v View<'a>, step: &'v StepView<'a>) -> Option<&'v StepView<'a>> {
    match (step.mode?, step.inputs.as_slice()) {
        ("write", [input]) => view.steps.get(input.step),
        ("write", _) => None,
        _ => Some(step),
    }
}

/// The columns that a step hands on, where the document says so (a read step with a list of `columns`), or
/// discovery does (a read step of a whole table).
pub(in super::super) fn handed_on<'a>(step: &StepView<'a>, ctx: &CheckContext<'a>) -> Option<Vec<&'a str>> {
    if step.mode != Some("read") {
        return None;
    }
    let columns = step.contract?.option("columns").and_then(|_| step.config?.get("columns")).filter(|n| !n.is_null());
    let Some(columns) = columns else { return table_columns(step, ctx) };
    let listed = columns.as_seq().filter(|seq| seq.complete && !seq.items.is_empty())?;
    let names: Vec<&str> =
        listed.items.iter().map(|item| item.as_str().filter(|name| !name.contains("${"))).collect::<Option<_>>()?;
    // A list that is wrong itself says nothing about the query.
    let different: HashSet<&str> = names.iter().copied().collect();
    (different.len() == names.len()).then_some(names)
}

/// The columns of the table that a step names, where discovery knows it.
pub(in super::super) fn table_columns<'a>(step: &StepView<'a>, ctx: &CheckContext<'a>) -> Option<Vec<&'a str>> {
    const WHOLE: [&str; 2] = ["filesystem.csv_extractor", "filesystem.parquet_extractor"];
    const FAMILIES: [&str; 3] = ["postgres", "mysql", "sqlite"];
    // Of other files, discovery has seen the first rows; later ones may have more columns.
    let contract = step.contract?;
    if !WHOLE.contains(&contract.name.as_str()) && !FAMILIES.contains(&contract.family()) {
        return None;
    }
    let config = step.config.filter(|config| config.complete)?;
    let text = |key: &str| config.get(key).filter(|node| !node.is_null() && !node.is_unknown())?.as_str();
    let given = |key: &str| config.get(key).is_some_and(|node| !node.is_null());
    // A query has columns of its own, options may rename or add some, and another schema is another table.
    if given("query") || given("schema") || given("header") || given("skip_rows") {
        return None;
    }
    let connection = text("connection")?;
    let name = if given("table") { text("table")? } else { text("path")? };
    let mut found = ctx.tables.iter().filter(|table| table.connection == connection && table.name == name);
    // Two tables of a name, in two schemas: nobody knows which.
    let table = found.next().filter(|_| found.next().is_none())?;
    (!table.columns.is_empty()).then(|| table.columns.iter().map(String::as_str).collect())
}

/// The names in the query that are no column of the only table; `None` where that can't be told.
fn unknown<'t, 'q>(tokens: &'t [Token<'q>], tables: &[String], known: &[&str]) -> Option<Vec<&'t Token<'q>>> {
    let is_table = |word: &str| tables.iter().any(|table| table.eq_ignore_ascii_case(word));
    let count = |word: &str| tokens.iter().filter(|token| token.is(word)).count();
    let simple = tokens.first()?.is("SELECT") && count("SELECT") == 1 && count("FROM") == 1;
    let arrows = tokens.windows(2).any(|pair| pair[0].is("-") && pair[1].is(">"));
    if !simple
        || arrows
        || tokens.iter().any(|token| token.is_one(&MORE) || token.is_one(&["{", "[", ":", "@", "?", "$", "#"]))
    {
        return None;
    }
    let mut from = sources(tokens);
    let table = from.next().filter(|token| is_table(token.word))?;
    if from.next().is_some() {
        return None;
    }
    let at = tokens.iter().position(|token| std::ptr::eq(token, table))?;
    // FROM table, FROM table alias, FROM table AS alias; anything else is more than that.
    let after = tokens.get(at + 1);
    let alias_at = if after.is_some_and(|t| t.is("AS")) { at + 2 } else { at + 1 };
    let alias =
        tokens.get(alias_at).filter(|t| t.kind == Kind::Quoted || (t.kind == Kind::Word && !is_keyword(t.word)));
    if alias.is_some() && tokens.get(alias_at + 1).is_some_and(|t| t.is("(")) {
        return None;
    }
    let of_table =
        |token: &Token<'_>| is_table(token.word) || alias.is_some_and(|a| a.word.eq_ignore_ascii_case(token.word));
    let made: HashSet<String> =
        (1..tokens.len()).filter(|n| is_alias(tokens, *n)).map(|n| tokens[n].word.to_lowercase()).collect();
    let has = |word: &str| {
        let own = known.iter().chain(&HIDDEN).any(|column| column.eq_ignore_ascii_case(word));
        own || made.contains(&word.to_lowercase())
    };
    let column = |n: &usize| {
        let token = &tokens[*n];
        let next = |signs: &[&str]| tokens.get(n + 1).is_some_and(|t| t.is_one(signs));
        let named = token.kind == Kind::Quoted || (token.kind == Kind::Word && !is_keyword(token.word));
        if !named || *n == at || (alias.is_some() && *n == alias_at) || is_alias(tokens, *n) || next(&["("]) {
            return false;
        }
        // A type before its text: DATE '2026-01-01'.
        if tokens.get(n + 1).is_some_and(|t| t.kind == Kind::Text) {
            return false;
        }
        match n.checked_sub(1).map(|before| &tokens[before]) {
            // The part behind a dot is a column when the table stands before it, else a field of one.
            Some(dot) if dot.is(".") => n.checked_sub(2).is_some_and(|of| of_table(&tokens[of])),
            _ => !(next(&["."]) && of_table(token)),
        }
    };
    Some((1..tokens.len()).filter(column).map(|n| &tokens[n]).filter(|token| !has(token.word)).collect())
}

/// Whether a name is given there: behind AS, or behind the end of an expression.
fn is_alias(tokens: &[Token<'_>], at: usize) -> bool {
    let (token, before) = (&tokens[at], &tokens[at - 1]);
    if !token.is_name() || (token.kind == Kind::Word && is_keyword(token.word) && !before.is("AS")) {
        return false;
    }
    let ends = match before.kind {
        Kind::Quoted | Kind::Text | Kind::Number => true,
        Kind::Word => !is_keyword(before.word) || before.is_one(&["END", "NULL", "TRUE", "FALSE"]),
        Kind::Sign => before.is(")"),
    };
    before.is("AS") || ends
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(query: &str) -> Option<Vec<String>> {
        let tables = ["df_orders".to_owned(), "orders".to_owned(), "input_df".to_owned()];
        let (tokens, _) = scan(query);
        Some(unknown(&tokens, &tables, &["id", "amount", "City name"])?.iter().map(|t| t.word.to_owned()).collect())
    }

    #[test]
    fn columns_that_are_not_there_are_found() {
        for (query, expected) in [
            ("SELECT id, amuont FROM df_orders", vec!["amuont"]),
            ("SELECT o.id, o.total FROM orders AS o WHERE o.x > 1", vec!["total", "x"]),
            (
                "SELECT \"City nam\", sum(amount) s FROM df_orders GROUP BY \"City name\" ORDER BY s, t",
                vec!["City nam", "t"],
            ),
            ("SELECT df_orders.nowhere FROM df_orders", vec!["nowhere"]),
        ] {
            assert_eq!(found(query).unwrap(), expected, "{query}");
        }
    }

    #[test]
    fn right_queries_are_let_pass() {
        for query in [
            "SELECT * FROM df_orders",
            "SELECT ID, Amount AS a, a * 2 AS b FROM input_df WHERE amount > 1.5 AND id IS NOT NULL",
            "SELECT CAST(amount AS DECIMAL(12, 2)) AS x, CASE WHEN id = 1 THEN 'a' ELSE 'b' END y FROM df_orders o ORDER BY y",
            "SELECT count(*) FILTER (WHERE amount > 0) AS n, max(id) FROM df_orders HAVING n > 1",
            "SELECT date '2026-01-01' + INTERVAL 1 day AS d, id::varchar FROM df_orders",
            "SELECT * EXCLUDE (id) FROM df_orders LIMIT 10",
            "SELECT \"City name\".field, rowid FROM df_orders",
        ] {
            assert!(found(query).is_none_or(|found| found.is_empty()), "{query}: {:?}", found(query));
        }
    }

    #[test]
    fn what_can_not_be_told_is_left_to_the_engine() {
        for query in [
            "WITH t AS (SELECT 1 AS z) SELECT z FROM t",
            "SELECT z FROM df_orders JOIN df_x USING (id)",
            "SELECT list_transform(l, v -> v + 1) FROM df_orders",
            "FROM df_orders SELECT z",
            "SELECT z FROM other",
            "SELECT z FROM df_orders o(z, y)",
        ] {
            assert_eq!(found(query), None, "{query}");
        }
    }
}
