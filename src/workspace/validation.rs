//! How much a check of connections and documents may stop.

use std::fmt;
use std::str::FromStr;

use crate::diagnostic::{Diagnostic, Severity, did_you_mean};

/// The variable that chooses the mode, and the one that Osiris had for it. The first that is set wins.
pub const VALIDATION_VARIABLES: [&str; 2] = ["PIPESMITH_VALIDATION", "OSIRIS_VALIDATION"];

/// What the checks of connections and documents do with what they find.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ValidationMode {
    /// An error stops what was asked for.
    #[default]
    Strict,
    /// An error is said as a warning and stops nothing that could go on without it.
    Warn,
    /// Nothing is said: the switch back for somebody whom a check keeps from working.
    Off,
}

impl ValidationMode {
    /// Their words, as an argument and a variable spell them.
    pub const WORDS: [&str; 3] = ["warn", "strict", "off"];

    /// The mode of a command: what its `--mode` says, else what the environment says, else strict.
    ///
    /// # Errors
    /// A variable that holds none of the words.
    pub fn choose(argument: Option<ValidationMode>) -> Result<ValidationMode, Diagnostic> {
        match argument {
            Some(mode) => Ok(mode),
            None => ValidationMode::from_variables(|name| std::env::var(name).ok()),
        }
    }

    /// The mode that the variables choose; strict where they say nothing.
    ///
    /// # Errors
    /// A variable that holds none of the words.
    pub fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<ValidationMode, Diagnostic> {
        let set = |name| variable(name).filter(|value| !value.trim().is_empty()).map(|value| (name, value));
        let Some((name, value)) = VALIDATION_VARIABLES.into_iter().find_map(set) else {
            return Ok(ValidationMode::default());
        };
        value.parse().map_err(|UnknownMode| {
            let shown: String = value.chars().filter(|c| !c.is_control()).take(40).collect();
            let fix = match did_you_mean(&value, ValidationMode::WORDS) {
                Some(near) => format!("did you mean `{name}={near}`?"),
                None => "use warn, strict or off, or unset it".to_owned(),
            };
            Diagnostic::error("unknown-validation-mode", format!("{name} is `{shown}`, which is no validation mode"))
                .source(name)
                .why("a slip in it would otherwise switch checks on or off unnoticed")
                .fix(fix)
        })
    }

    /// What is left of what a check has found. Only for findings that work could go on without: a file that
    /// can't be read at all stays an error in every mode.
    pub fn judge(self, found: Vec<Diagnostic>) -> Vec<Diagnostic> {
        match self {
            ValidationMode::Strict => found,
            ValidationMode::Off => Vec::new(),
            ValidationMode::Warn => found
                .into_iter()
                .map(|diagnostic| Diagnostic { severity: diagnostic.severity.min(Severity::Warning), ..diagnostic })
                .collect(),
        }
    }
}

/// A word that is no mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownMode;

impl fmt::Display for UnknownMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("use warn, strict or off")
    }
}

impl std::error::Error for UnknownMode {}

impl FromStr for ValidationMode {
    type Err = UnknownMode;

    fn from_str(text: &str) -> Result<ValidationMode, UnknownMode> {
        match text.trim().to_ascii_lowercase().as_str() {
            "strict" => Ok(ValidationMode::Strict),
            "warn" => Ok(ValidationMode::Warn),
            "off" => Ok(ValidationMode::Off),
            _ => Err(UnknownMode),
        }
    }
}

impl fmt::Display for ValidationMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ValidationMode::Strict => "strict",
            ValidationMode::Warn => "warn",
            ValidationMode::Off => "off",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(ours: Option<&str>, theirs: Option<&str>) -> Result<ValidationMode, String> {
        let variable = |name: &str| if name == VALIDATION_VARIABLES[0] { ours } else { theirs }.map(str::to_owned);
        ValidationMode::from_variables(variable).map_err(|d| format!("{} {}", d.code, d.fix.unwrap().text))
    }

    #[test]
    fn our_variable_wins_over_the_one_of_osiris() {
        assert_eq!(of(None, None), Ok(ValidationMode::Strict));
        assert_eq!(of(None, Some("off")), Ok(ValidationMode::Off));
        assert_eq!(of(Some("warn"), Some("off")), Ok(ValidationMode::Warn));
        assert_eq!(of(Some(" "), Some("OFF")), Ok(ValidationMode::Off));
        let slip = of(Some("wran"), Some("off")).unwrap_err();
        assert_eq!(slip, "unknown-validation-mode did you mean `PIPESMITH_VALIDATION=warn`?");
    }

    #[test]
    fn each_mode_leaves_its_part() {
        let found = || vec![Diagnostic::error("a", "a"), Diagnostic::new(Severity::Info, "b", "b")];
        let left = |mode: ValidationMode| mode.judge(found()).into_iter().map(|d| d.severity).collect::<Vec<_>>();
        assert_eq!(left(ValidationMode::Strict), [Severity::Error, Severity::Info]);
        assert_eq!(left(ValidationMode::Warn), [Severity::Warning, Severity::Info]);
        assert_eq!(left(ValidationMode::Off), []);
    }
}
