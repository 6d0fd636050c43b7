//! Rules about SQL.

mod column;
mod syntax;
mod token;

use std::collections::{HashMap, HashSet};

use super::super::table::{DF_PREFIX, INPUT_DF, table_name};
use super::super::template::locate;
use super::super::view::{StepView, View};
use super::CheckContext;
use super::edit;
use super::list;
use crate::diagnostic::{Diagnostic, Span, did_you_mean};
use crate::yaml::Node;

pub use column::columns;
pub(super) use column::{handed_on, rows_of, table_columns};
pub use syntax::syntax;
use token::{Kind, Token, scan};

/// Longest query that is looked at, in bytes.
const MAX_QUERY: usize = 1 << 20;
/// Most tables of one query that are reported: to place one, all before it is walked through.
const MOST_REPORTS: usize = 20;
/// The component that runs a query.
const SQL_TRANSFORM: &str = "sql.transform";

/// `unknown-sql-table`: a query takes rows from the table of a step that it does not need, or from one
/// that looks like an input and is none. Other names are left to the engine.
pub fn tables(view: &View<'_>, _: &CheckContext<'_>, out: &mut Vec<Diagnostic>) {
    let owners = owners(view);
    for step in &view.steps {
        tables_of_checks(view, step, &owners, out);
        let Some((node, query)) = query_of(step).filter(|_| inputs_known(view, step)) else { continue };
        let (tokens, _) = scan(query);
        let made = made_here(&tokens);
        let known = known_tables(view, step);
        let lower: HashSet<String> = known.iter().map(|table| table.to_lowercase()).collect();
        let mut seen = HashSet::new();
        for token in sources(&tokens) {
            let name = token.word.to_lowercase();
            if made.contains(&name) || lower.contains(&name) {
                continue;
            }
            if seen.len() == MOST_REPORTS {
                break;
            }
            let owner = owners.get(&name).filter(|index| **index != step.index).and_then(|n| view.steps[*n].id);
            if (owner.is_some() || name.starts_with(DF_PREFIX) || name == INPUT_DF) && seen.insert(name) {
                out.push(report(view, step, node, query, token, owner, &known));
            }
        }
    }
}

/// A query of a document.
struct Query<'a> {
    node: &'a Node,
    text: &'a str,
    /// Its way in the step.
    path: String,
    /// Whether it is a check of the step's own rows.
    is_check: bool,
}

/// All queries of a step that are known: its own, and those of its checks.
fn queries<'a>(step: &StepView<'a>) -> Vec<Query<'a>> {
    let own = query_of(step).map(|(node, text)| Query { node, text, path: "config.query".to_owned(), is_check: false });
    let checks = step.part("expect").and_then(Node::as_seq).map_or(&[][..], |seq| &seq.items);
    let of_check = |(at, item): (usize, &'a Node)| {
        let node = item.as_map()?.get("query")?;
        let text = node.as_str().filter(|query| query.len() <= MAX_QUERY)?;
        Some(Query { node, text, path: format!("expect[{at}].query"), is_check: true })
    };
    own.into_iter().chain(checks.iter().enumerate().filter_map(of_check)).collect()
}

/// The tables that a check of a step's rows can name.
fn own_tables(step: &StepView<'_>) -> Vec<String> {
    let id = step.id.unwrap_or_default();
    vec![table_name(id), id.to_owned(), INPUT_DF.to_owned()]
}

/// `unknown-sql-table` of checks: their only tables are the step's own rows.
fn tables_of_checks(view: &View<'_>, step: &StepView<'_>, owners: &HashMap<String, usize>, out: &mut Vec<Diagnostic>) {
    let known = own_tables(step);
    for query in queries(step).iter().filter(|query| query.is_check) {
        let (tokens, _) = scan(query.text);
        let made = made_here(&tokens);
        let other = |name: &String| {
            let is_known = made.contains(name) || known.iter().any(|table| table.eq_ignore_ascii_case(name));
            !is_known && (owners.contains_key(name) || name.starts_with(DF_PREFIX))
        };
        let Some(token) = sources(&tokens).find(|token| other(&token.word.to_lowercase())) else { continue };
        let place = place_of(view, query.node, query.text, token.at, token.word);
        let message = format!("a check of {} has no table `{}`", step.name(), token.word);
        let diagnostic = Diagnostic::error("unknown-sql-table", message)
            .at(place.unwrap_or(query.node.span))
            .path(step.path(&query.path))
            .why(format!("a check sees the rows of its own step: {}", list(known.iter().map(String::as_str))));
        out.push(match place.filter(|_| token.kind == Kind::Word) {
            Some(span) => diagnostic.fix_edit(format!("write `{INPUT_DF}`"), span, INPUT_DF),
            None => diagnostic.fix(format!("write `{INPUT_DF}`")),
        });
    }
}

/// A step's query, when it is known.
fn query_of<'a>(step: &StepView<'a>) -> Option<(&'a Node, &'a str)> {
    let node = step.config.filter(|_| step.contract.is_some_and(|c| c.name == SQL_TRANSFORM))?.get("query")?;
    Some((node, node.as_str().filter(|query| query.len() <= MAX_QUERY)?))
}

/// Where a piece of a query stands; where parameters were put in, only what stands there once can be
/// found.
fn place_of(view: &View<'_>, node: &Node, query: &str, at: usize, piece: &str) -> Option<Span> {
    match node.as_scalar().and_then(|scalar| scalar.origin.as_deref()) {
        None => locate(view.lines, node.span, query, at, piece),
        Some(written) => {
            let once = |text: &str| text.matches(piece).count() == 1;
            let at = written.find(piece).filter(|_| once(written) && once(query))?;
            locate(view.lines, node.span, written, at, piece)
        }
    }
}

/// Whether everything that the step needs is known; if not, so are its tables not.
fn inputs_known(view: &View<'_>, step: &StepView<'_>) -> bool {
    let listed = step.part("needs").filter(|node| !node.is_null());
    let all =
        listed.is_none_or(|node| node.as_seq().is_some_and(|seq| seq.complete && seq.items.len() == step.inputs.len()));
    all && (view.complete || listed.is_some()) && step.mode == Some("transform")
}

/// The tables that the step's query can name.
fn known_tables(view: &View<'_>, step: &StepView<'_>) -> Vec<String> {
    let ids: Vec<&str> = step.inputs.iter().filter_map(|input| view.steps[input.step].id).collect();
    let mut tables: Vec<String> = ids.iter().flat_map(|id| [table_name(id), (*id).to_owned()]).collect();
    if ids.len() > 1 {
        // What the second of two tables of the same name is called.
        let mut times: HashMap<String, usize> = HashMap::new();
        ids.iter().for_each(|id| *times.entry(table_name(id).to_lowercase()).or_default() += 1);
        let same = |id: &&str| times.get(&table_name(id).to_lowercase()).is_some_and(|n| *n > 1);
        let hashed = |id: &str| format!("{}_{}", table_name(id), &crate::canonical::hex(id.as_bytes())[..8]);
        tables.extend(ids.iter().copied().filter(same).map(hashed));
    }
    if ids.len() == 1 {
        tables.push(INPUT_DF.to_owned());
    }
    tables
}

/// The steps that hand on rows, by the names that their tables can have.
fn owners(view: &View<'_>) -> HashMap<String, usize> {
    let mut owners = HashMap::new();
    for step in view.steps.iter().filter(|step| step.mode != Some("write")) {
        let Some(id) = step.id else { continue };
        for name in [id.to_lowercase(), table_name(id).to_lowercase()] {
            owners.entry(name).or_insert(step.index);
        }
    }
    owners
}

fn report(
    view: &View<'_>,
    step: &StepView<'_>,
    node: &Node,
    query: &str,
    token: &Token<'_>,
    owner: Option<&str>,
    known: &[String],
) -> Diagnostic {
    let place = place_of(view, node, query, token.at, token.word);
    let tables = list(known.iter().map(String::as_str));
    let why = match (name_is_input(token.word), step.inputs.len()) {
        (true, 0) => "the step has no input, so there is no table".to_owned(),
        (true, n) if n > 1 => format!("`{INPUT_DF}` is there with exactly one input; the tables are: {tables}"),
        _ => format!("the tables of its inputs are: {tables}"),
    };
    let diagnostic = Diagnostic::error("unknown-sql-table", format!("{} has no table `{}`", step.name(), token.word))
        .at(place.unwrap_or(node.span))
        .path(step.path("config.query"))
        .why(why);
    if let Some(id) = owner {
        return diagnostic.fix(format!("add `{id}` to the step's needs")).edit(edit::needs_also(view, step, id));
    }
    let frames = || known.iter().map(String::as_str).filter(|table| table.starts_with(DF_PREFIX));
    let mut all = frames();
    let only = match (all.next(), all.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    };
    let meant = did_you_mean(token.word, known.iter().map(String::as_str)).or(only);
    // A plain name can stand in a plain name's place, however the YAML is written.
    match (meant, place.filter(|_| token.kind == Kind::Word)) {
        (Some(meant), Some(span)) if is_plain(meant) => {
            diagnostic.fix_edit(format!("did you mean `{meant}`?"), span, meant)
        }
        (Some(meant), _) => diagnostic.fix(format!("did you mean `{meant}`?")),
        (None, _) => diagnostic.fix("name the step whose rows it takes in `needs`"),
    }
}

fn name_is_input(word: &str) -> bool {
    word.eq_ignore_ascii_case(INPUT_DF)
}

fn is_plain(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Names that the query makes itself: `name AS (`, `name(columns) AS (`, with MATERIALIZED or not.
fn made_here(tokens: &[Token<'_>]) -> HashSet<String> {
    let mut made = HashSet::new();
    // The next `)` from each token on.
    let mut closing = vec![tokens.len(); tokens.len()];
    for at in (0..tokens.len()).rev() {
        closing[at] = if tokens[at].is(")") { at } else { closing.get(at + 1).copied().unwrap_or(tokens.len()) };
    }
    for (index, token) in tokens.iter().enumerate().filter(|(_, token)| token.is_name()) {
        let mut next = index + 1;
        if tokens.get(next).is_some_and(|t| t.is("(")) {
            next = closing[next] + 1;
        }
        // Any name before AS is taken: rather a table too many than a right query refused.
        if tokens.get(next).is_some_and(|t| t.is("AS"))
            && tokens.get(next + 1).is_some_and(|t| t.is("(") || t.is("NOT") || t.is("MATERIALIZED"))
        {
            made.insert(token.word.to_lowercase());
        }
    }
    made
}

/// The names after FROM and JOIN, and after a comma of a FROM, that stand alone: not `a.b`, not `f(…)`.
fn sources<'t, 'q>(tokens: &'t [Token<'q>]) -> impl Iterator<Item = &'t Token<'q>> {
    const END: [&str; 14] = [
        "WHERE",
        "GROUP",
        "ORDER",
        "HAVING",
        "LIMIT",
        "UNION",
        "INTERSECT",
        "EXCEPT",
        "QUALIFY",
        "WINDOW",
        "SELECT",
        "SAMPLE",
        "ON",
        "USING",
    ];
    // Whether the list of a FROM goes on, by depth of parentheses.
    let mut open = vec![(false, None)];
    let mut expected = false;
    tokens.iter().enumerate().filter_map(move |(index, token)| {
        let here = std::mem::take(&mut expected);
        if token.is("(") {
            open.push((here, Some(index)));
            expected = here;
        } else if token.is(")") {
            if open.len() > 1 {
                open.pop();
            }
        } else if token.is("FROM") || token.is("JOIN") {
            // `EXTRACT(year FROM x)`, `IS DISTINCT FROM x` and the like have no table there.
            let compares = index > 1 && tokens[index - 1].is("DISTINCT") && !tokens[index - 2].is("SELECT");
            let function = compares || open.last().and_then(|(_, at)| *at).is_some_and(|at| !holds_query(tokens, at));
            expected = !function;
            if let Some((list, _)) = open.last_mut().filter(|_| !function) {
                *list = true;
            }
        } else if token.is(",") {
            expected = open.last().is_some_and(|(list, _)| *list);
        } else if END.iter().any(|word| token.is(word)) {
            if let Some((list, _)) = open.last_mut() {
                *list = token.is("ON") || token.is("USING");
            }
        } else if here && token.is_name() && !token.is("LATERAL") {
            let alone = tokens.get(index + 1).is_none_or(|next| !next.is(".") && !next.is("("));
            return alone.then_some(token);
        }
        None
    })
}

/// Whether a parenthesis begins a query or a FROM list.
fn holds_query(tokens: &[Token<'_>], at: usize) -> bool {
    let Some(first) = tokens.get(at + 1) else { return false };
    let before = at.checked_sub(1).and_then(|n| tokens.get(n));
    let list = before.is_some_and(|t| t.is_one(&["FROM", "JOIN", ",", "("]));
    list || first.is_one(&["SELECT", "WITH", "FROM"])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(query: &str) -> Vec<&str> {
        let tokens = scan(query).0;
        let made = made_here(&tokens);
        let found: Vec<&Token<'_>> = sources(&tokens).collect();
        found
            .into_iter()
            .map(|t| &query[t.at..t.at + t.word.len()])
            .filter(|n| !made.contains(&n.to_lowercase()))
            .collect()
    }

    #[test]
    fn tables_are_found_where_tables_stand() {
        for (query, expected) in [
            ("SELECT * FROM df_a", vec!["df_a"]),
            (
                "select a.x from df_a a join \"df-b\" b on a.i = b.i, df_c where x in (select y from df_d)",
                vec!["df_a", "df-b", "df_c", "df_d"],
            ),
            (
                "WITH df_x AS (SELECT 1), y(a, b) AS MATERIALIZED (SELECT * FROM df_a) SELECT * FROM df_x, y",
                vec!["df_a"],
            ),
            ("SELECT 'from df_no' -- from df_no\n/* from df_no */ FROM df_a", vec!["df_a"]),
            ("SELECT extract(year FROM df_col), trim(both ' ' from df_col) FROM df_a", vec!["df_a"]),
            ("SELECT * FROM generate_series(1, 3) s(i), main.df_b", vec![]),
            ("FROM df_a SELECT x, df_col", vec!["df_a"]),
            ("SELECT df_col FROM (df_a JOIN df_b USING (df_col)) WHERE df_col IN (df_x, df_y)", vec!["df_a", "df_b"]),
            ("SELECT x IS DISTINCT FROM df_col FROM df_a", vec!["df_a"]),
            ("SELECT * FROM", vec![]),
            ("SELECT '", vec![]),
            ("\"", vec![]),
        ] {
            assert_eq!(names(query), expected, "{query}");
        }
    }
}
