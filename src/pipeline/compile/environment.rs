//! Parameters from the environment.

use std::collections::BTreeMap;

/// Prefixes of the variables, the stronger one last.
const PREFIXES: [&str; 2] = ["OSIRIS_PARAM_", "PIPESMITH_PARAM_"];

/// The parameters that the environment of this process sets: `PIPESMITH_PARAM_X` is parameter `x`, and
/// wins over `OSIRIS_PARAM_X`. A value that is not UTF-8 is passed over.
pub fn env_params() -> BTreeMap<String, String> {
    let variables: Vec<(String, String)> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    from_variables(&variables)
}

fn from_variables(variables: &[(String, String)]) -> BTreeMap<String, String> {
    let mut params = BTreeMap::new();
    for prefix in PREFIXES {
        for (name, value) in variables {
            if let Some(name) = name.strip_prefix(prefix).filter(|name| !name.is_empty()) {
                params.insert(name.to_lowercase(), value.clone());
            }
        }
    }
    params
}

#[cfg(test)]
mod tests {
    use super::from_variables;

    #[test]
    fn the_own_prefix_wins() {
        let variables = [
            ("PIPESMITH_PARAM_N", "1"),
            ("OSIRIS_PARAM_N", "2"),
            ("OSIRIS_PARAM_DAY", "x"),
            ("N", "3"),
            ("OSIRIS_PARAM_", "4"),
        ];
        let params = from_variables(&variables.map(|(n, v)| (n.to_owned(), v.to_owned())));
        assert_eq!(
            params.into_iter().collect::<Vec<_>>(),
            [("day".to_owned(), "x".to_owned()), ("n".to_owned(), "1".to_owned())]
        );
    }
}
