//! The codes of this room, for `pipesmith explain` and the reference.

use crate::diagnostic::Brief;

/// In the order of the codes.
pub const CODES: &[Brief] = &[
    Brief {
        summary: "The beginning of an id fits several sessions.",
        why: "What was asked for could mean any of them.",
        fix: "Give more of the id, or `last` for the newest.",
        example: Some("pipesmith sessions list\npipesmith sessions show 01JABCD"),
        ..Brief::error("ambiguous-session")
    },
    Brief {
        summary: "The file is not a whole export of a session.",
        why: "An export is a header line and then one event a line, numbered from 1 without a gap; a part of one would replay to something that never was.",
        fix: "Export the session again. Nothing was imported.",
        example: Some("pipesmith sessions export last --output session.jsonl\npipesmith sessions import session.jsonl"),
        ..Brief::error("bad-session-export")
    },
    Brief {
        summary: "The file has changed since the session wrote it.",
        why: "To take the write back would throw away what was changed after it.",
        fix: "Open the former version as a proposal (`alt-v`) and review it against the file as it is now.",
        ..Brief::error("changed-meanwhile")
    },
    Brief {
        summary: "The process that keeps the sessions ends again and again.",
        why: "A face goes on with another host when one is gone; none of the last ones stayed.",
        fix: "Look at the log in .pipesmith/logs. Everything shown so far is kept.",
        example: Some("pipesmith sessions export last --output session.jsonl"),
        ..Brief::error("host-lost")
    },
    Brief {
        summary: "The process that keeps the sessions can't be started.",
        why: "Sessions are kept by a process of their own, so that they outlive the terminal.",
        fix: "Look at the log in .pipesmith/logs, at free space and at `ulimit -u`.",
        example: None,
        ..Brief::error("host-not-started")
    },
    Brief {
        summary: "An imported session can't be written to the store.",
        why: "The disk is full, or the store's folder can't be written. A session that is half imported is not listed.",
        fix: "Free some space or mend the permissions, then import again.",
        example: Some("df -h . && pipesmith sessions import session.jsonl"),
        ..Brief::error("import-failed")
    },
    Brief {
        summary: "The session can't be journalled any more.",
        why: "An event is shown only after it is on disk. Since that failed, the session stops; what was shown so far is kept.",
        fix: "Free some space or mend the permissions of the store's folder, then resume the session.",
        example: Some("pipesmith sessions resume last"),
        ..Brief::error("journal-failed")
    },
    Brief {
        summary: "A session has no such event or turn.",
        why: "A branch begins after an event of the session, or just before one of its turns.",
        fix: "Look up the number of the event or of the turn.",
        example: Some("pipesmith sessions replay last --plain\npipesmith sessions fork last --before-turn 2"),
        ..Brief::error("no-such-point")
    },
    Brief {
        summary: "No turn of the session asked a model.",
        why: "What is asked again are the requests that a session recorded.",
        fix: "Name another session.",
        example: Some("pipesmith sessions list"),
        ..Brief::error("nothing-to-rerun")
    },
    Brief {
        summary: "Nothing that this session wrote can be taken back.",
        why: "The document was not written in this session, or everything was taken back already.",
        fix: "Look at the versions that the session knows with `alt-v`; any of them can become a proposal.",
        ..Brief::error("nothing-to-restore")
    },
    Brief {
        summary: "A file lies outside of the workspace.",
        why: "Documents are opened and written only inside the workspace's folder, so that a slip or a model's answer can't reach other files.",
        fix: "Give a path inside the workspace, without `..`.",
        example: Some("pipesmith oml validate pipelines/revenue.yaml"),
        ..Brief::error("outside-workspace")
    },
    Brief {
        summary: "So many messages wait already that no further one is taken.",
        why: "Messages that are written while something runs wait for its end; more than 32 are a sign that something is stuck.",
        fix: "Wait until some are sent, interrupt what runs with Esc, or remove a message that waits with `alt-k`.",
        ..Brief::error("queue-full")
    },
    Brief {
        summary: "Somebody else changed a file that going back would write.",
        why: "To bring back what it held at that point would throw that change away. Nothing was done.",
        fix: "Leave the files as they are: the version of that point then becomes a proposal. Or write them all the same: what they hold is kept in the session.",
        example: Some("pipesmith sessions rewind last --before-turn 3 --files keep"),
        ..Brief::error("rewind-conflict")
    },
    Brief {
        summary: "The message was not sent: something else goes on in the session.",
        why: "Another face of this session is at work; one turn runs at a time.",
        fix: "Wait until it is done, or say it in a session of its own.",
        example: Some("pipesmith chat -p 'what does it do?'   # without --session"),
        ..Brief::error("session-busy")
    },
    Brief {
        summary: "A session that is imported is already here, with other events.",
        why: "An import never changes a session that exists.",
        fix: "Import it into another workspace.",
        example: Some("pipesmith init ../other && cd ../other && pipesmith sessions import session.jsonl"),
        ..Brief::error("session-exists")
    },
    Brief {
        summary: "The session is open already, so what its model answers can't be recorded now.",
        why: "Whether answers are recorded is decided when a session is opened.",
        fix: "Close it first, or record a new session.",
        example: None,
        ..Brief::error("session-live")
    },
    Brief {
        summary: "A session can't be written to the store.",
        why: "The disk is full, or the store's folder can't be written. What was there is as it was.",
        fix: "Free some space or mend the permissions, then try again.",
        example: Some("df -h ."),
        ..Brief::error("session-not-written")
    },
    Brief {
        summary: "The session that is open can't be deleted.",
        why: "Everything that happens in it is still being written.",
        fix: "Begin or open another session, then delete it from there.",
        example: Some("pipesmith sessions delete 01JABCD --yes"),
        ..Brief::error("session-open")
    },
    Brief {
        summary: "A session of the store can't be read.",
        why: "A value in the store is damaged, or a newer version of Pipesmith wrote it.",
        fix: "Use the version that wrote it, or restore the store from a backup.",
        ..Brief::error("session-unreadable")
    },
    Brief {
        summary: "Too many others look at the sessions of the workspace.",
        why: "Each of them costs the process that keeps the sessions memory; so many are no people.",
        fix: "Close some of them; `pipesmith detach` sends the workbenches away.",
        example: Some("pipesmith detach"),
        ..Brief::error("too-many-faces")
    },
    Brief {
        summary: "A message that was to be changed or said again is not there.",
        why: "It was sent, removed or set aside meanwhile, or it belongs to another session.",
        fix: "Send the words as a new message.",
        ..Brief::error("unknown-message")
    },
    Brief {
        summary: "There is no session with this id.",
        why: "No id in this workspace's store begins so; sessions belong to the workspace that they were made in.",
        fix: "Look up the id, or give `last` for the newest.",
        example: Some("pipesmith sessions list"),
        ..Brief::error("unknown-session")
    },
    Brief {
        summary: "The session does not hold that version of the document.",
        why: "It is of another file, or so old that its text is in the journal only.",
        fix: "Export the session: every version that it ever held is in it.",
        example: Some("pipesmith sessions export last --output session.jsonl"),
        ..Brief::error("unknown-version")
    },
    Brief {
        summary: "A document of the workspace can't be read.",
        why: "It is no file, is too large for a pipeline document, is not UTF-8, or you may not read it.",
        fix: "Check the file and its permissions; save it as UTF-8.",
        example: Some("file pipelines/revenue.yaml"),
        ..Brief::error("unreadable-document")
    },
    Brief {
        summary: "A version of a document held a secret.",
        why: "A session never keeps secrets, so what it knows of that version is not what the file held; writing it would put the mask into the file.",
        fix: "Take that version from your version control, and put the secret into a connection.",
        ..Brief::error("version-hides-secret")
    },
    Brief {
        summary: "A document can't be written.",
        why: "The disk is full, or the file or its folder may not be written. The file is as it was.",
        fix: "Free some space or mend the permissions, then try again.",
        example: Some("df -h . && ls -l pipelines"),
        ..Brief::error("write-failed")
    },
];
