//! The codes of the verbs, for `pipesmith explain` and the reference.

use crate::diagnostic::Brief;

/// In the order of the codes.
pub const CODES: &[Brief] = &[
    Brief {
        summary: "The model context can't be written.",
        why: "The folder can't be written, or the file that stands there was not made by this verb.",
        fix: "Check permissions and free space, name another file, or replace it with --force.",
        example: Some("pipesmith prompts build-context --out context.md"),
        ..Brief::error("context-not-written")
    },
    Brief {
        summary: "A stage of the demo did not do what it should.",
        why: "It is a fault of the installation or of Pipesmith.",
        fix: "See what happened, and report it.",
        example: Some("pipesmith sessions show last"),
        ..Brief::error("demo-failed")
    },
    Brief {
        summary: "The demo workspace can't be made.",
        why: "The folder can't be written, or the disk is full.",
        fix: "Check permissions and free space, or name another folder.",
        example: Some("pipesmith demo ~/pipesmith-demo"),
        ..Brief::error("demo-not-made")
    },
    Brief {
        summary: "A generated page can't be written.",
        why: "The folder can't be written, or the disk is full.",
        fix: "Check permissions and free space, or name another folder.",
        example: Some("pipesmith components docs docs/components"),
        ..Brief::error("docs-not-written")
    },
    Brief {
        summary: "The workbench was ended by a signal.",
        why: "The terminal was closed, or somebody ended the process. All that was shown is kept.",
        fix: "Resume the session where it was.",
        example: Some("pipesmith sessions resume last"),
        ..Brief::error("ended-by-signal")
    },
    Brief {
        summary: "An export of a session can't be written.",
        why: "The folder can't be written, the disk is full, or the reader of the pipe has gone.",
        fix: "Check permissions and free space, or name another file.",
        example: Some("pipesmith sessions export last --output session.jsonl"),
        ..Brief::error("export-failed")
    },
    Brief {
        summary: "There is no such file.",
        why: "Paths are relative to the current folder; a session's document may have been moved or deleted.",
        fix: "Check the path.",
        example: Some("ls pipelines"),
        ..Brief::error("file-not-found")
    },
    Brief {
        summary: "The workbench ended with a fault of Pipesmith's own.",
        why: "All that was shown is kept in the session.",
        fix: "Please report it with the log in .pipesmith/logs, and resume the session.",
        example: Some("pipesmith sessions resume last"),
        ..Brief::error("internal-error")
    },
    Brief {
        summary: "A new component can't have this name.",
        why: "A name is family.what, of lower-case letters, digits, `_` and `-`: its family names its connections.",
        fix: "Name it like the example.",
        example: Some("pipesmith components new acme.extractor"),
        ..Brief::error("invalid-component-name")
    },
    Brief {
        summary: "Another model was asked for, and the model is fixed.",
        why: "Answers come from a recording, or are being recorded; a recording is of one model.",
        fix: "Take `recording` out of `pipesmith.toml`, or begin without `--record`.",
        example: Some("[model]\n# recording = \"demo\""),
        ..Brief::error("model-fixed")
    },
    Brief {
        summary: "A component has no example of this number.",
        why: "Its spec has fewer examples, or none.",
        fix: "Give a number that there is, or nothing for the first.",
        example: Some("pipesmith components show mysql.extractor"),
        ..Brief::error("no-example")
    },
    Brief {
        summary: "The threads that a session needs can't be started.",
        why: "The system gives no more threads or memory.",
        fix: "Raise the limits.",
        example: Some("ulimit -u"),
        ..Brief::error("no-runtime")
    },
    Brief {
        summary: "There is no build that this names, or there are several.",
        why: "A build is named by its folder, by the beginning of its hash, or by its document.",
        fix: "Compile the pipeline, or name the build exactly.",
        example: Some("pipesmith compile pipelines/revenue.yaml && pipesmith manifest show pipelines/revenue.yaml"),
        ..Brief::error("no-such-build")
    },
    Brief {
        summary: "The workbench needs a terminal, and there is none.",
        why: "Standard input or output is a file, a pipe or nothing.",
        fix: "Use a verb that needs none.",
        example: Some("pipesmith chat -p 'keep paid orders'"),
        ..Brief::error("not-a-terminal")
    },
    Brief {
        summary: "The folder for the demo is not empty and no workspace.",
        why: "The demo never writes among files that are not its own.",
        fix: "Name another folder.",
        example: Some("pipesmith demo ~/pipesmith-demo"),
        ..Brief::error("not-a-workspace")
    },
    Brief {
        summary: "Something should be deleted, and nobody can be asked.",
        why: "Standard input is no terminal, and what is deleted should be meant.",
        fix: "Give --yes.",
        example: Some("pipesmith sessions delete 01JABCD --yes"),
        ..Brief::error("not-confirmed")
    },
    Brief {
        summary: "No rule says which records of runs stay.",
        why: "Nothing is removed unless it is said what may go.",
        fix: "Give the number or the age of those that stay.",
        example: Some("pipesmith runs gc --keep 20 --dry-run"),
        ..Brief::error("nothing-to-keep")
    },
    Brief {
        summary: "A pipeline document can't be read.",
        why: "It is a folder, too large, not UTF-8, or you may not read it.",
        fix: "Check that it is the right file and that you may read it; save it as UTF-8.",
        example: Some("ls -l pipelines/revenue.yaml"),
        ..Brief::error("read-error")
    },
    Brief {
        summary: "The report of a run can't be written.",
        why: "The folder can't be written, or the disk is full.",
        fix: "Give another file, or `-` for standard output.",
        example: Some("pipesmith runs report last --output -"),
        ..Brief::error("report-not-written")
    },
    Brief {
        summary: "The record of a run can't be removed.",
        why: "You may not change the folder run_logs/.",
        fix: "Check the permissions of run_logs/.",
        example: Some("ls -ld run_logs"),
        ..Brief::error("run-not-removed")
    },
    Brief {
        summary: "Values are asked of a connection that shows none.",
        why: "It says `samples: none`, so that no data leaves it for the screen or a model.",
        fix: "Change `samples` of the connection, or leave --samples out.",
        example: Some("mysql:\n  shop: {host: db, database: shop, user: etl, samples: masked}"),
        ..Brief::error("samples-off")
    },
    Brief {
        summary: "The session ended before the work was done.",
        why: "It was closed from elsewhere, or it failed; the session holds what happened.",
        fix: "See what happened, and begin again.",
        example: Some("pipesmith sessions show last"),
        ..Brief::error("session-ended")
    },
    Brief {
        summary: "The component that should be made has a spec already.",
        why: "What somebody wrote is not written over.",
        fix: "Take another name, or edit that file.",
        example: Some("pipesmith components new acme.orders_extractor"),
        ..Brief::error("spec-exists")
    },
    Brief {
        summary: "The spec of a new component can't be written.",
        why: "The folder can't be written, or the disk is full.",
        fix: "Check permissions and free space of the folder components/.",
        example: Some("ls -ld components"),
        ..Brief::error("spec-not-written")
    },
    Brief {
        summary: "Where incremental reads got to can't be written.",
        why: "The folder .pipesmith/cursors can't be written, or the disk is full.",
        fix: "Check permissions and free space.",
        example: Some("ls -ld .pipesmith/cursors"),
        ..Brief::error("state-not-written")
    },
    Brief {
        summary: "The terminal can't be drawn on.",
        why: "It went away, or refuses what the workbench needs of it.",
        fix: "Use another terminal, or a verb without one.",
        example: Some("pipesmith chat -p 'keep paid orders'"),
        ..Brief::error("terminal-failed")
    },
    Brief {
        summary: "There is no diagnostic code of this name.",
        why: "Codes are the words in brackets after `error` and `warning`.",
        fix: "Look it up in the list.",
        example: Some("pipesmith explain"),
        ..Brief::error("unknown-code")
    },
    Brief {
        summary: "Nothing is kept of such a pipeline or step.",
        why: "The state of incremental reads is kept once a run has written what it read.",
        fix: "See what there is.",
        example: Some("pipesmith state list"),
        ..Brief::error("unknown-state")
    },
    Brief {
        summary: "Standard input can't be read.",
        why: "It is closed, or not UTF-8.",
        fix: "Pipe a text into the command, or give it as an argument.",
        example: Some("pipesmith chat -p - < question.txt"),
        ..Brief::error("unreadable-input")
    },
    Brief {
        summary: "The recording that the configuration names can't be read.",
        why: "It is not there, too large, or you may not read it.",
        fix: "Name `demo` or a file that `--record` made, relative to the workspace.",
        example: Some("[model]\nrecording = \"answers.jsonl\""),
        ..Brief::error("unreadable-recording")
    },
    Brief {
        summary: "A document can't be written.",
        why: "The folder can't be written, or the disk is full. What stood there before is kept.",
        fix: "Check the folder, its permissions and free space.",
        example: Some("df -h pipelines"),
        ..Brief::error("write-error")
    },
    Brief {
        summary: "A length of time can't be read.",
        why: "It is negative, or no number.",
        fix: "Give seconds.",
        example: Some("pipesmith sessions replay last --gap 0.5"),
        ..Brief::error("wrong-gap")
    },
];
