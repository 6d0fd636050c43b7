//! The codes of this room, for `pipesmith explain` and the reference.

use crate::diagnostic::Brief;

/// In the order of the codes.
pub const CODES: &[Brief] = &[
    Brief {
        summary: "`pipesmith.toml` is not right: it is no TOML, or a value is none that its key can have.",
        why: "Nothing is guessed about a configuration: a wrong value could mean another model or another limit.",
        fix: "Mend the place that is shown; docs/reference/configuration.md has all keys and their values.",
        example: Some("[model]\ntemperature = 0.2   # a number from 0 to 2"),
        ..Brief::error("invalid-config")
    },
    Brief {
        summary: "There is no workspace here.",
        why: "Neither this folder nor one above it has a `pipesmith.toml`, so there is no place for sessions, connections and builds.",
        fix: "Make this folder a workspace, go to one, or try the demo.",
        example: Some("pipesmith init"),
        ..Brief::error("no-workspace")
    },
    Brief {
        summary: "A variable that switches checks names no validation mode.",
        why: "A slip in it would switch checks on or off unnoticed.",
        fix: "Use warn, strict or off, or unset the variable.",
        example: Some("OSIRIS_VALIDATION=strict pipesmith compile pipelines/revenue.yaml"),
        ..Brief::error("unknown-validation-mode")
    },
    Brief {
        summary: "`pipesmith.toml` can't be read.",
        why: "It is not UTF-8, or you may not read it.",
        fix: "Check the file's permissions; save it as UTF-8.",
        example: Some("ls -l pipesmith.toml"),
        ..Brief::error("unreadable-config")
    },
    Brief {
        summary: "The folders and files of a workspace can't be made.",
        why: "The folder can't be written, or the disk is full.",
        fix: "Check permissions and free space, or name another folder.",
        example: Some("pipesmith init ~/pipelines"),
        ..Brief::error("workspace-not-made")
    },
];
