//! The codes of files of keys, for `pipesmith explain` and the reference.

use crate::diagnostic::{Brief, Severity};

const BINDING: Option<&str> = Some("[composer]\nsend = \"ctrl-s\"\nnewline = [\"enter\", \"ctrl-j\"]");

/// In the order of the codes. `broken-toml` is among those of the themes.
pub const CODES: &[Brief] = &[
    Brief {
        summary: "A file of keys binds an action in a window that does not know it.",
        why: "A window takes only its own actions; the key would do nothing.",
        fix: "Bind it in the context of a pane, or in `[global]`.",
        example: Some("[global]\ncompile = \"ctrl-b\""),
        ..Brief::warning("action-without-effect")
    },
    Brief {
        severity: Severity::Info,
        summary: "A file of keys takes the last key of an action away.",
        why: "One key does one thing in a context; the action is in the palette still.",
        fix: "Give the action another key, or leave it so.",
        example: BINDING,
        ..Brief::warning("action-without-key")
    },
    Brief {
        summary: "A line of a file of keys is none.",
        why: "Nothing can be bound with it; the keys that the action had hold.",
        fix: "Write a key, a list of keys, a table of `keys` and `when`, or `[]` for none.",
        example: BINDING,
        ..Brief::error("bad-key-binding")
    },
    Brief {
        summary: "A condition in a file of keys can't be read.",
        why: "It would not be known when the key holds; it is left out.",
        fix: "Join facts with `!`, `&&`, `||` and parentheses; docs/reference/keys.md lists them.",
        example: Some("send = { keys = \"enter\", when = \"!busy && !empty\" }"),
        ..Brief::error("bad-key-condition")
    },
    Brief {
        summary: "A file of keys binds one key twice in a context, or a key with which another binding begins.",
        why: "One key can do one thing; the first line holds.",
        fix: "Take another key for one of the two, or give one of them a condition.",
        example: Some("first = \"g g\"\nrun = \"g r\""),
        ..Brief::error("key-bound-twice")
    },
    Brief {
        summary: "A terminal can't tell this key from another one.",
        why: "It sends ctrl-i, ctrl-m and ctrl-[ as tab, enter and esc.",
        fix: "Bind the other name, or another key.",
        example: Some("next-pane = \"tab\""),
        ..Brief::warning("key-not-told-apart")
    },
    Brief {
        summary: "A file of keys takes away the only way out of something.",
        why: "Nobody may be locked in: the preset's key holds in spite of the file.",
        fix: "Give the action a key without a condition.",
        example: Some("[global]\nquit = \"ctrl-q\""),
        ..Brief::error("no-way-out")
    },
    Brief {
        summary: "A file is too large for keys.",
        why: "A keymap is a short text; it is not read.",
        fix: "Check that it is the right file.",
        example: Some("ls -l keys.toml"),
        ..Brief::error("keys-too-large")
    },
    Brief {
        summary: "A file of keys names an action that does not exist.",
        why: "It is often a misspelled one; nothing is bound.",
        fix: "Correct the name; `pipesmith keys list` says all of them.",
        example: BINDING,
        ..Brief::error("unknown-action")
    },
    Brief {
        summary: "A file of keys has a part that is no context.",
        why: "It is not known where its keys would hold; they are left out.",
        fix: "Correct the name; docs/reference/keys.md lists the contexts.",
        example: BINDING,
        ..Brief::error("unknown-key-context")
    },
    Brief {
        summary: "A file of keys names a key that does not exist.",
        why: "No terminal sends it; it is left out.",
        fix: "Write a letter, a name such as `enter` or `f5`, and `ctrl-`, `alt-`, `shift-` before it.",
        example: BINDING,
        ..Brief::error("unknown-key-name")
    },
    Brief {
        summary: "There is no preset of keys of this name.",
        why: "Only those that are built in can be built on; the default one is taken.",
        fix: "Take `default`, `vim` or `emacs`.",
        example: Some("preset = \"vim\""),
        ..Brief::error("unknown-key-preset")
    },
    Brief {
        summary: "A file of keys can't be read.",
        why: "It is not UTF-8, or you may not read it; the preset stands.",
        fix: "Check the file and its permissions.",
        example: Some("ls -l keys.toml"),
        ..Brief::error("unreadable-keys")
    },
];
