//! The names under which an SQL step sees the rows of the steps it needs.

/// What the name of an input's table begins with.
pub const DF_PREFIX: &str = "df_";
/// The table of the only input.
pub const INPUT_DF: &str = "input_df";

/// The table of a step: `df_` and the id, with `_` for every character but ASCII letters, digits and
/// `_`, and one more `_` before a digit at the beginning.
pub fn table_name(id: &str) -> String {
    let mut name = DF_PREFIX.to_owned();
    if id.starts_with(|c: char| c.is_ascii_digit()) {
        name.push('_');
    }
    name.extend(id.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }));
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_become_table_names() {
        for (id, name) in
            [("read-orders", "df_read_orders"), ("a.b c", "df_a_b_c"), ("2024", "df__2024"), ("x_1", "df_x_1")]
        {
            assert_eq!(table_name(id), name);
        }
    }
}
