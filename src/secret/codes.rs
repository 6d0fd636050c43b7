//! The codes of this room, for `pipesmith explain` and the reference.

use crate::diagnostic::Brief;

/// In the order of the codes.
pub const CODES: &[Brief] = &[
    Brief {
        summary: "A line of `.env` is not NAME=value.",
        why: "The line is left out, and a connection may lack its value.",
        fix: "Write NAME=value, with quotes around a value with spaces.",
        example: Some("SHOP_PASSWORD='correct horse'"),
        ..Brief::warning("dotenv-line")
    },
    Brief {
        summary: "`.env` can't be read, so no variable is taken from it.",
        why: "You may not read it, or it is not UTF-8 or too large.",
        fix: "Correct the file or its permissions, or remove it.",
        example: Some("ls -l .env"),
        ..Brief::warning("dotenv-unreadable")
    },
    Brief {
        summary: "The secrets file does not have the form it should.",
        why: "It has names and values, one level deep, as NAME=value lines, YAML or JSON.",
        fix: "Correct the line that is named; nothing of its text is repeated.",
        example: Some("PG_PASSWORD: …\nAPI_TOKEN: …"),
        ..Brief::error("secrets-file-invalid")
    },
    Brief {
        summary: "Others than its owner can get at the secrets file.",
        why: "Whoever can read or change it has your secrets.",
        fix: "Take the rights from everybody else.",
        example: Some("chmod 600 secrets.env"),
        ..Brief::error("secrets-file-open")
    },
    Brief {
        summary: "The secrets file can't be read.",
        why: "It is not there, no file, not UTF-8, too large, or you may not read it.",
        fix: "Name a file of NAME=value lines, YAML or JSON that you may read.",
        example: Some("PIPESMITH_SECRETS_FILE=secrets.env pipesmith connections list"),
        ..Brief::error("secrets-file-unreadable")
    },
];
