//! Names that mean a secret.

/// Words in a field's name that make its value a secret.
const WORDS: [&str; 12] = [
    "password",
    "passwd",
    "pwd",
    "secret",
    "token",
    "key",
    "credential",
    "authorization",
    "bearer",
    "cookie",
    "jwt",
    "private",
];

/// Fields whose value has a secret inside, such as a connection string.
const NAMES: [&str; 8] =
    ["dsn", "pg_dsn", "connection_string", "connection_url", "database_url", "auth", "headers", "uri"];

/// Parts of a variable's name, between `_`, that make its value a secret.
const VARIABLE_PARTS: [&str; 14] = [
    "PASSWORD",
    "PASSWD",
    "PASS",
    "PW",
    "PASSPHRASE",
    "SECRET",
    "SECRETS",
    "TOKEN",
    "KEY",
    "APIKEY",
    "CREDENTIAL",
    "CREDENTIALS",
    "JWT",
    "DSN",
];

/// Whether the value of a field of this name must never be shown.
pub fn looks_secret(name: &str) -> bool {
    let name = name.to_lowercase();
    NAMES.contains(&name.as_str()) || WORDS.iter().any(|word| name.contains(word))
}

/// Whether the value of an environment variable of this name is taken for a secret.
pub fn is_secret_variable(name: &str) -> bool {
    name.to_uppercase().split('_').any(|part| VARIABLE_PARTS.contains(&part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_mean_a_secret() {
        for name in ["password", "service_role_key", "pg_dsn", "X-Api-Key", "headers"] {
            assert!(looks_secret(name), "{name}");
        }
        assert!(!looks_secret("host") && !looks_secret("base_dir") && !looks_secret("auth_type"));
        for name in ["MYSQL_PASSWORD", "OPENAI_API_KEY", "pg_pass", "SUPABASE_DSN"] {
            assert!(is_secret_variable(name), "{name}");
        }
        for name in ["PWD", "PATH", "KEYMAP", "PASSENGERS", "HOME"] {
            assert!(!is_secret_variable(name), "{name}");
        }
    }
}
