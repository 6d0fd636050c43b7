//! The codes of this room, for `pipesmith explain` and the reference.

use crate::diagnostic::Brief;

/// In the order of the codes.
pub const CODES: &[Brief] = &[
    Brief {
        summary: "Words stand behind a `/word` that takes none.",
        why: "They would be lost: the action has no use for them.",
        fix: "Leave them out. A message that is to begin with a slash begins with two.",
        example: Some("/compile"),
        ..Brief::error("unexpected-word")
    },
    Brief {
        summary: "A message asks for an action that there is not.",
        why: "A message that begins with `/` and a word in small letters asks for the action of that name.",
        fix: "Type `/` alone to see them all, or begin the message with `//` to send it as it is.",
        example: Some("/sessions\n//this is sent to the model with one slash"),
        ..Brief::error("unknown-slash-command")
    },
];
