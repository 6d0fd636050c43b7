//! The codes of this room, for `pipesmith explain` and the reference.

use crate::diagnostic::Brief;

/// In the order of the codes.
pub const CODES: &[Brief] = &[
    Brief {
        summary: "The process that has the store does not answer.",
        why: "It was found and let nobody in within its time: it is stopped, or the machine is very busy.",
        fix: "Look at the process that the message names; if it is stopped (T), `kill -CONT` it, else end it: nothing that was shown is lost.",
        example: Some("ps -o pid,stat,cmd -p 4242   # the number that the message names"),
        ..Brief::error("host-silent")
    },
    Brief {
        summary: "The process that has the store speaks another version of the protocol.",
        why: "It was started by another version of Pipesmith, which is still at work in this workspace.",
        fix: "Leave the workbenches of the other version, or use that version; the store is free when the last has gone.",
        example: Some("pipesmith detach   # with the other version"),
        ..Brief::error("protocol-mismatch")
    },
    Brief {
        summary: "The socket belongs to another store or another user.",
        why: "What lies at the place of the socket is not what this workspace's store put there.",
        fix: "Close the Pipesmith that the message names and try again; a socket that is left over is replaced.",
        example: None,
        ..Brief::error("wrong-socket")
    },
];
