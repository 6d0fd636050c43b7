//! The codes of theme files, for `pipesmith explain` and the reference.

use crate::diagnostic::Brief;

const STYLE: Option<&str> = Some("[styles]\n\"severity.error\" = { fg = \"#bf616a\", bold = true }");

/// In the order of the codes.
pub const CODES: &[Brief] = &[
    Brief {
        summary: "A value in a theme is none that its key can have.",
        why: "Nothing could be drawn with it; the style is left as it was.",
        fix: "Write a value as in the example that the message shows.",
        example: STYLE,
        ..Brief::error("bad-theme-value")
    },
    Brief {
        summary: "A theme is not TOML at this place.",
        why: "The rest of the theme is used as far as it can be read.",
        fix: "Correct the TOML.",
        example: STYLE,
        ..Brief::error("broken-toml")
    },
    Brief {
        summary: "A theme inherits itself, or too many themes inherit one another.",
        why: "No theme would be the first.",
        fix: "Let one of them inherit nothing, or a built-in theme.",
        example: Some("inherits = \"dark\""),
        ..Brief::error("theme-cycle")
    },
    Brief {
        summary: "A file is too large for a theme.",
        why: "A theme is a short text; it is not read.",
        fix: "Check that it is the right file.",
        example: Some("ls -l themes"),
        ..Brief::error("theme-too-large")
    },
    Brief {
        summary: "A theme uses a colour that is none and not in its palette.",
        why: "The style is drawn without it.",
        fix: "Write a colour, or add the name to `[palette]`.",
        example: Some("\"#88c0d0\", \"bright-cyan\", \"109\" or \"default\""),
        ..Brief::error("unknown-colour")
    },
    Brief {
        summary: "There is no theme of this name.",
        why: "It is neither built in nor in the folder themes/ of the workspace or the user.",
        fix: "Use a built-in theme, or correct the name.",
        example: Some("pipesmith --theme dark"),
        ..Brief::error("unknown-theme")
    },
    Brief {
        summary: "A theme has a key that means nothing.",
        why: "It is often a misspelled one; nothing is drawn with it.",
        fix: "Correct or remove it.",
        example: STYLE,
        ..Brief::warning("unknown-theme-key")
    },
    Brief {
        summary: "A theme can't be read.",
        why: "It is not UTF-8, or you may not read it.",
        fix: "Check the file and its permissions.",
        example: Some("ls -l themes"),
        ..Brief::error("unreadable-theme")
    },
];
