//! The codes of this room, for `pipesmith explain` and the reference.

use crate::diagnostic::Brief;

/// In the order of the codes.
pub const CODES: &[Brief] = &[
    Brief {
        summary: "Another process has the workspace's session store open.",
        why: "One process at a time writes a store, so that no event is lost or doubled. Verbs that need no session work meanwhile.",
        fix: "Close the other Pipesmith; the message names its process. Or use run, compile, oml validate or components.",
        example: Some("ps -p 4242   # the number that the message names"),
        ..Brief::error("store-held")
    },
    Brief {
        summary: "A newer version of Pipesmith wrote the session store.",
        why: "Reading it with an older version could lose what it does not know.",
        fix: "Use the newer version, or move the folder away: a new store begins empty.",
        example: Some("mv .pipesmith/store .pipesmith/store.newer"),
        ..Brief::error("store-newer")
    },
    Brief {
        summary: "The session store can't be opened or is damaged.",
        why: "Sessions are journalled there before anything is shown; without it nothing would be kept.",
        fix: "Check permissions and free space of the folder. Where its files are damaged, move it away; nothing deletes it.",
        example: Some("df -h . && mv .pipesmith/store .pipesmith/store.damaged"),
        ..Brief::error("store-unreadable")
    },
];
