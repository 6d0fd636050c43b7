//! The codes of this room, for `pipesmith explain` and the reference.

use crate::diagnostic::Brief;

/// In the order of the codes.
pub const CODES: &[Brief] = &[
    Brief {
        summary: "A message has no text.",
        why: "There is nothing to ask the model.",
        fix: "Say what the pipeline should do.",
        example: Some("pipesmith chat -p 'keep paid orders and sum them by city'"),
        ..Brief::error("empty-message")
    },
    Brief {
        summary: "A file of the workspace is too large for a pipeline document.",
        why: "A pipeline is a short text; a file of this size is something else, and a model could not take it in.",
        fix: "Check that it is the right file.",
        example: Some("ls -l pipelines"),
        ..Brief::error("file-too-large")
    },
    Brief {
        summary: "A message is too long.",
        why: "It would not leave the model room for an answer. Data does not belong in a message.",
        fix: "Put data into a file of a connection and name the connection.",
        example: Some("pipesmith chat -p 'read @filesystem.data orders.csv and keep paid ones'"),
        ..Brief::error("message-too-long")
    },
    Brief {
        summary: "A file is not UTF-8 text.",
        why: "Pipeline documents are UTF-8; anything else would be read wrongly.",
        fix: "Save the file as UTF-8.",
        example: Some("iconv -f latin1 -t utf-8 old.yaml > pipelines/new.yaml"),
        ..Brief::error("not-utf8")
    },
    Brief {
        summary: "A file of the workspace can't be read.",
        why: "You may not read it, or the disk has a fault.",
        fix: "Check the file and its permissions.",
        example: Some("ls -l pipelines"),
        ..Brief::error("unreadable-file")
    },
    Brief {
        summary: "A pipeline's file lies outside of the workspace, or a link leads there.",
        why: "What a model proposes is read and written only inside the workspace.",
        fix: "Keep pipelines in the folder pipelines/; remove a link that leads out.",
        example: Some("ls -l pipelines"),
        ..Brief::error("unsafe-path")
    },
    Brief {
        summary: "The model named a file for its proposal that it may not write to.",
        why: "Proposals are pipeline documents inside the workspace, nothing else.",
        fix: "Nothing to do: another file is proposed, and you see its name in the review.",
        ..Brief::warning("unsafe-proposal-path")
    },
];
