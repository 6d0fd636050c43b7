//! The one lookup of variables: secrets file, environment, `.env`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use secrecy::{ExposeSecret as _, SecretString};

use super::{file, is_secret_variable, redactor};
use crate::diagnostic::Diagnostic;

/// The file of a workspace that holds variables.
const DOTENV: &str = ".env";

/// Where a value comes from, the first that has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// The file that `--secrets-file` names.
    SecretsFile,
    /// The environment of the process.
    Environment,
    /// The workspace's `.env`.
    DotEnv,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Origin::SecretsFile => "secrets file",
            Origin::Environment => "environment",
            Origin::DotEnv => ".env",
        })
    }
}

/// A value and where it comes from.
#[derive(Clone, Debug)]
pub struct Found {
    /// The value.
    pub value: SecretString,
    /// Where it comes from.
    pub origin: Origin,
}

/// Looks variables up. Every look-up reads its files anew, so that a secret that was changed in them is the
/// new one at the next connect.
#[derive(Clone, PartialEq, Eq)]
pub struct Variables {
    secrets_file: Option<PathBuf>,
    dotenv: Option<PathBuf>,
    /// Instead of the environment of the process.
    environment: Option<Arc<BTreeMap<String, String>>>,
}

impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (secrets_file, dotenv) = (&self.secrets_file, &self.dotenv);
        f.debug_struct("Variables").field("secrets_file", secrets_file).field("dotenv", dotenv).finish_non_exhaustive()
    }
}

static CHOSEN: OnceLock<PathBuf> = OnceLock::new();

/// Makes a file the secrets file of the process; the first choice stands.
///
/// # Errors
/// A file that others may read, that can't be read, or that is none of the three kinds.
pub fn choose_secrets_file(path: &Path) -> Result<(), Diagnostic> {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    file::read_secrets(&path)?;
    let _ = CHOSEN.set(path);
    Ok(())
}

impl Variables {
    /// Those of the workspace at `root`: the secrets file of the process, its environment, `root/.env`.
    pub fn of(root: &Path) -> Variables {
        Variables { secrets_file: CHOSEN.get().cloned(), dotenv: Some(root.join(DOTENV)), environment: None }
    }

    /// Only those given, and the files that are named.
    pub fn fixed(
        environment: BTreeMap<String, String>,
        secrets_file: Option<PathBuf>,
        dotenv: Option<PathBuf>,
    ) -> Variables {
        Variables { secrets_file, dotenv, environment: Some(Arc::new(environment)) }
    }

    /// The value of a variable: of the secrets file, else of the environment, else of `.env`. An empty value is
    /// none. What is found is hidden from what leaves the process when `secret` is set.
    ///
    /// # Errors
    /// A secrets file that can't be used. A `.env` that can't be read counts as none.
    pub fn look_up(&self, name: &str, secret: bool) -> Result<Option<Found>, Diagnostic> {
        let found = self.find(name)?;
        if secret && let Some(found) = &found {
            redactor::remember(&found.value);
        }
        Ok(found)
    }

    fn find(&self, name: &str) -> Result<Option<Found>, Diagnostic> {
        let of = |origin| move |value: String| Found { value: value.into(), origin };
        let filled = |value: &String| !value.is_empty();
        if let Some(path) = &self.secrets_file
            && let Some(value) = file::read_secrets(path)?.remove(name).filter(filled)
        {
            return Ok(Some(of(Origin::SecretsFile)(value)));
        }
        let environment = match &self.environment {
            Some(fixed) => fixed.get(name).cloned(),
            None => std::env::var(name).ok(),
        };
        if let Some(value) = environment.filter(filled) {
            return Ok(Some(of(Origin::Environment)(value)));
        }
        let value = self.dotenv.as_deref().and_then(|path| file::read_dotenv(path).0.remove(name));
        Ok(value.filter(filled).map(of(Origin::DotEnv)))
    }

    /// The files that it reads.
    pub fn files(&self) -> impl Iterator<Item = PathBuf> {
        self.secrets_file.clone().into_iter().chain(self.dotenv.clone())
    }

    /// What is wrong with the files, so that nobody wonders why a value is not found.
    pub fn problems(&self) -> Vec<Diagnostic> {
        let secrets = self.secrets_file.as_deref().and_then(|path| file::read_secrets(path).err());
        let dotenv = self.dotenv.as_deref().map(|path| file::read_dotenv(path).1).unwrap_or_default();
        secrets.into_iter().chain(dotenv).collect()
    }

    /// Hides what is secret by its place or name: all of the secrets file, and of the environment and `.env`
    /// what is named like a secret. `open` are the variables that are used for what is shown, such as a host.
    pub fn remember(&self, open: &BTreeSet<String>) {
        let hide = |name: &str, value: String| {
            // A path to a key is no key, and is shown in many places.
            if !open.contains(name) && !value.starts_with('/') {
                redactor::remember(&value.into());
            }
        };
        if let Some(Ok(values)) = self.secrets_file.as_deref().map(file::read_secrets) {
            values.into_iter().for_each(|(name, value)| hide(&name, value));
        }
        let process = || std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)));
        let environment: Vec<(String, String)> = match &self.environment {
            Some(fixed) => fixed.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
            None => process().collect(),
        };
        let dotenv = self.dotenv.as_deref().map(|path| file::read_dotenv(path).0).unwrap_or_default();
        for (name, value) in environment.into_iter().chain(dotenv).filter(|(name, _)| is_secret_variable(name)) {
            hide(&name, value);
        }
    }

    /// The value alone, for those who write it into something else.
    ///
    /// # Errors
    /// As for [`Variables::look_up`].
    pub fn text(&self, name: &str, secret: bool) -> Result<Option<String>, Diagnostic> {
        Ok(self.look_up(name, secret)?.map(|found| found.value.expose_secret().to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn put(path: &Path, text: &str) {
        std::fs::write(path, text).unwrap();
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }

    #[test]
    fn the_first_source_with_a_value_counts() {
        let dir = tempfile::tempdir().unwrap();
        let (secrets, dotenv) = (dir.path().join("s.yaml"), dir.path().join(".env"));
        put(&secrets, "A: of-file\nEMPTY: ''\n");
        put(&dotenv, "A=of-dotenv\nB=of-dotenv\nC=of-dotenv\nEMPTY=of-dotenv\n");
        let environment = [("A", "of-env"), ("B", "of-env"), ("EMPTY", "")];
        let environment = environment.into_iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
        let variables = Variables::fixed(environment, Some(secrets), Some(dotenv));
        let found =
            |name| variables.look_up(name, false).unwrap().map(|f| format!("{} {}", f.value.expose_secret(), f.origin));
        assert_eq!(found("A").as_deref(), Some("of-file secrets file"));
        assert_eq!(found("B").as_deref(), Some("of-env environment"));
        assert_eq!(found("C").as_deref(), Some("of-dotenv .env"));
        assert_eq!(found("EMPTY").as_deref(), Some("of-dotenv .env"));
        assert_eq!(found("D"), None);
    }

    #[test]
    fn a_changed_file_is_read_anew() {
        let dir = tempfile::tempdir().unwrap();
        let (secrets, dotenv) = (dir.path().join("secrets.json"), dir.path().join(".env"));
        put(&secrets, r#"{"A": "one"}"#);
        put(&dotenv, "B=one");
        let variables = Variables::fixed(BTreeMap::new(), Some(secrets.clone()), Some(dotenv.clone()));
        assert_eq!(variables.text("A", false).unwrap().as_deref(), Some("one"));
        put(&secrets, r#"{"A": "two"}"#);
        put(&dotenv, "B=two");
        assert_eq!(variables.text("A", false).unwrap().as_deref(), Some("two"));
        assert_eq!(variables.text("B", false).unwrap().as_deref(), Some("two"));
        std::fs::set_permissions(&secrets, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(variables.look_up("A", false).unwrap_err().code, "secrets-file-open");
    }
}
