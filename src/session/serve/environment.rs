//! The variables that decide what a session works with. They are read by the host, which has those of who
//! started it; a face that has others is told.

use sha2::{Digest as _, Sha256};

/// Those that a workspace's configuration gives way to, and keys.
const VARIABLES: [&str; 9] = [
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
    "OPENLINEAGE_API_KEY",
    "PIPESMITH_API_KEY",
    "PIPESMITH_BASE_URL",
    "PIPESMITH_MODEL",
    "PIPESMITH_RECORDING",
    "PIPESMITH_VALIDATION",
    "OSIRIS_VALIDATION",
];

/// A fingerprint of the variables of this process; it tells no value.
pub fn fingerprint() -> String {
    fingerprint_of(|name| std::env::var_os(name).map(|value| value.as_encoded_bytes().to_vec()))
}

fn fingerprint_of(look_up: impl Fn(&str) -> Option<Vec<u8>>) -> String {
    let mut hash = Sha256::new();
    for name in VARIABLES {
        // Set to nothing is not set.
        let value = look_up(name).filter(|value| !value.is_empty());
        hash.update(value.map_or([0; 32], |value| Sha256::digest(value).into()));
    }
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// What a face with other variables is told in a session that is opened for it.
pub(super) fn notice() -> String {
    "Variables of the model (PIPESMITH_…, OPENAI_…) are set otherwise here than where the first workbench of this \
     workspace was started; those count until all are closed."
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_value_is_another_environment() {
        let with = |set: &'static [(&str, &str)]| {
            fingerprint_of(|name| set.iter().find(|(n, _)| *n == name).map(|(_, v)| v.as_bytes().to_vec()))
        };
        let plain = with(&[]);
        assert_eq!(plain, with(&[("PIPESMITH_THEME", "dark"), ("OPENAI_API_KEY", "")]));
        let key = with(&[("OPENAI_API_KEY", "a")]);
        assert!(key != plain && key != with(&[("OPENAI_API_KEY", "b")]) && key != with(&[("PIPESMITH_API_KEY", "a")]));
    }
}
