//! What the inputs of a query are called.

use sha2::{Digest, Sha256};

/// The tables of a query's inputs: `df_` and the step's id with everything but ASCII letters, digits and
/// `_` replaced by `_`, and a `_` before a leading digit. Where two would be the same (SQL does not tell
/// cases apart), the later gets the first 8 hex digits of its id's SHA-256, as in Osiris.
pub(super) fn tables(ids: &[String]) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(ids.len());
    for id in ids {
        let mut name = format!("df_{}", sanitised(id));
        if taken(&names, &name) {
            let digest = Sha256::digest(id.as_bytes());
            let hex: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
            name = format!("{name}_{hex}");
        }
        names.push(name);
    }
    names
}

/// The other names of the inputs, as (view, table): the id of the step and, with exactly one input,
/// `input_df`; where the name is not a table's or an earlier view's.
pub(super) fn views(ids: &[String], tables: &[String]) -> Vec<(String, String)> {
    let mut views: Vec<(String, String)> = Vec::new();
    let wanted = ids.iter().map(String::as_str).zip(tables);
    let single = tables.first().filter(|_| tables.len() == 1).map(|table| ("input_df", table));
    for (view, table) in wanted.chain(single) {
        let used = taken(tables, view) || views.iter().any(|(used, _)| used.eq_ignore_ascii_case(view));
        if !used {
            views.push((view.to_owned(), table.clone()));
        }
    }
    views
}

/// A name in quotes.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn taken(names: &[String], name: &str) -> bool {
    names.iter().any(|used| used.eq_ignore_ascii_case(name))
}

fn sanitised(id: &str) -> String {
    let word: String = id.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if word.starts_with(|c: char| c.is_ascii_digit()) { format!("_{word}") } else { word }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(list: &[&str]) -> Vec<String> {
        list.iter().map(|id| (*id).to_owned()).collect()
    }

    #[test]
    fn names_are_those_of_osiris() {
        let names = tables(&ids(&["extract-small", "2nd.step", "žába"]));
        assert_eq!(names, ["df_extract_small", "df__2nd_step", "df___ba"]);
        let collision = tables(&ids(&["extract_movies", "extract-movies"]));
        assert_eq!(collision, ["df_extract_movies", "df_extract_movies_a95841ff"]);
    }

    #[test]
    fn views_do_not_hide_tables() {
        let one = ids(&["a"]);
        assert_eq!(
            views(&one, &tables(&one)),
            [("a".to_owned(), "df_a".to_owned()), ("input_df".to_owned(), "df_a".to_owned())]
        );
        let clash = ids(&["a", "df_a", "A"]);
        let names: Vec<String> = views(&clash, &tables(&clash)).into_iter().map(|(view, _)| view).collect();
        assert_eq!(names, ["a"]);
        let own = ids(&["input_df"]);
        assert_eq!(views(&own, &tables(&own)).len(), 1);
    }
}
