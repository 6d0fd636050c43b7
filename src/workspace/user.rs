//! What belongs to the person and not to one workspace.

use std::path::PathBuf;

/// The folder of the person's own configuration: `$XDG_CONFIG_HOME/pipesmith`, else `~/.config/pipesmith`.
/// It need not be there.
pub fn config_dir() -> Option<PathBuf> {
    folder(|name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from))
}

fn folder(variable: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    // A relative folder is to be ignored, says the specification.
    let named = variable("XDG_CONFIG_HOME").filter(|path| path.is_absolute());
    let base = named.or_else(|| variable("HOME").filter(|path| path.is_absolute()).map(|home| home.join(".config")))?;
    Some(base.join("pipesmith"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_where_the_specification_says() {
        let with = |vars: &'static [(&str, &str)]| {
            folder(move |name| vars.iter().find(|(n, _)| *n == name).map(|(_, value)| PathBuf::from(value)))
        };
        assert_eq!(with(&[("HOME", "/h")]), Some("/h/.config/pipesmith".into()));
        assert_eq!(with(&[("HOME", "/h"), ("XDG_CONFIG_HOME", "/c")]), Some("/c/pipesmith".into()));
        assert_eq!(with(&[("HOME", "/h"), ("XDG_CONFIG_HOME", "c")]), Some("/h/.config/pipesmith".into()));
        assert_eq!(with(&[]), None);
    }
}
