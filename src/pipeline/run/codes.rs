//! The codes of this room, for `pipesmith explain` and the reference. Several of the document's codes are
//! met here again, where a manifest is run that another program made.

use crate::diagnostic::Brief;

/// In the order of the codes.
pub const CODES: &[Brief] = &[
    Brief {
        summary: "The name fits several runs.",
        why: "What was asked for could mean any of them.",
        fix: "Give more of the id.",
        example: Some("pipesmith runs list"),
        ..Brief::error("ambiguous-run")
    },
    Brief {
        summary: "A check of a step's rows did not pass.",
        why: "Its severity is fail: nothing that depends on these rows is written; a write that takes them is rolled back.",
        fix: "Correct the rows where they come from, or let the check warn or quarantine.",
        example: Some("expect: [{check: not_null, column: id, severity: quarantine}]"),
        ..Brief::error("check-failed")
    },
    Brief {
        summary: "A check could not look at the rows.",
        why: "It is a fault of Pipesmith, or the run was stopped.",
        fix: "Please report it with the pipeline that shows it.",
        ..Brief::error("check-internal")
    },
    Brief {
        summary: "Where incremental reads got to can't be read.",
        why: "The file in .pipesmith/cursors was changed or cut.",
        fix: "Correct or remove the file; without it the next run begins from the beginning, unless the target keeps the state.",
        example: Some("pipesmith state list"),
        ..Brief::error("cursors-unreadable")
    },
    Brief {
        summary: "A step that reads incrementally would not read itself.",
        why: "Its rows would be those that another run kept, and nobody could say where the reading got to; with `boundary: exclusive` they would be written again the next time.",
        fix: "Run the pipeline as a whole; it goes on where the last run that wrote ended.",
        example: Some("pipesmith run pipelines/daily-orders.yaml"),
        ..Brief::error("incremental-taken")
    },
    Brief {
        summary: "The rows that a run kept can't be read.",
        why: "The file was changed or cut after the run.",
        fix: "Remove the file, so that the step does its work again.",
        example: Some("pipesmith run pipelines/revenue.yaml --keep"),
        ..Brief::error("kept-unreadable")
    },
    Brief {
        summary: "Events of lineage did not get to where they should.",
        why: "The file can't be written, or the server can't be reached, refuses them or is too slow. The run is not concerned.",
        fix: "Check where the events go: `--lineage`, or `run.lineage` of pipesmith.toml.",
        example: Some("pipesmith run pipelines/revenue.yaml --lineage http://marquez:5000"),
        ..Brief::warning("lineage-not-told")
    },
    Brief {
        summary: "Events of lineage can't go to this address.",
        why: "It is no http or https address, or it has a login in it, which would be seen in the list of processes.",
        fix: "Write http(s)://host:port, or a file; a key comes from the variable OPENLINEAGE_API_KEY.",
        example: Some("pipesmith run pipelines/revenue.yaml --lineage out/lineage.jsonl"),
        ..Brief::error("lineage-target")
    },
    Brief {
        summary: "A step needs a step that writes.",
        why: "A step that writes hands no rows on.",
        fix: "Need the step whose rows are written instead.",
        example: Some(
            "- {id: report, component: sql.transform, mode: transform, needs: [paid-orders], config: {query: \"SELECT count(*) AS n FROM paid_orders\"}}",
        ),
        ..Brief::error("needs-writer")
    },
    Brief {
        summary: "A step could not be started.",
        why: "Each step runs on a thread of its own, and the system gives no more.",
        fix: "Raise the limit of processes, or run fewer pipelines at a time.",
        example: Some("ulimit -u"),
        ..Brief::error("no-thread")
    },
    Brief {
        summary: "A step uses a component that can't be run yet.",
        why: "Its contract is known, so the document is checked and compiled; there is no driver that reads or writes for it.",
        fix: "Use a component that can be run.",
        example: Some("pipesmith components list --runnable"),
        ..Brief::error("not-runnable")
    },
    Brief {
        summary: "A step hands no rows on that could be looked at.",
        why: "A look at a step shows the rows that it would hand on; at one that writes, those that it would take in.",
        fix: "Let it need the step whose rows it writes, or look at another step.",
        ..Brief::error("nothing-to-look-at")
    },
    Brief {
        summary: "A step would write over a file that another step reads.",
        why: "Reading and writing go on at the same time; the data would be lost.",
        fix: "Write to another file.",
        example: Some("config: {path: out/orders-clean.csv}"),
        ..Brief::error("output-is-input")
    },
    Brief {
        summary: "Two steps write to the same file.",
        why: "The one that ends last would win.",
        fix: "Write to another file, or join the rows in a sql.transform step before.",
        example: Some("SELECT * FROM north UNION ALL SELECT * FROM south"),
        ..Brief::error("output-twice")
    },
    Brief {
        summary: "A run can't go on, because a step may have written some of its rows already.",
        why: "What it writes to (an append over a REST API) takes nothing back, so that these rows would be there twice.",
        fix: "Take the rows out of the target and run the pipeline anew; use an upsert, or a connection to the database itself.",
        example: Some("config: {table: orders, write_mode: upsert, primary_key: [id]}"),
        ..Brief::error("resume-half-written")
    },
    Brief {
        summary: "A run can't be gone on with.",
        why: "It succeeded, is under way, was of another manifest, or was not meant to do all of its steps.",
        fix: "Name a run that failed or was killed, with the document, the parameters and the profile that it ran with; or run the pipeline anew.",
        example: Some("pipesmith runs list && pipesmith run pipelines/revenue.yaml --resume last"),
        ..Brief::error("run-not-resumable")
    },
    Brief {
        summary: "The record of a run can't be read.",
        why: "It was changed or cut after the run; the other records are not concerned.",
        fix: "Run the pipeline again, or remove the record.",
        example: Some("pipesmith runs list"),
        ..Brief::error("run-unreadable")
    },
    Brief {
        summary: "The folder that SQL steps spill to can't be made or written.",
        why: "A query that needs more memory than the run may use keeps the rest on disk.",
        fix: "Make the folder writable and free some space.",
        example: Some("df -h .pipesmith && ls -ld .pipesmith"),
        ..Brief::error("spill-folder")
    },
    Brief {
        summary: "A query or one of its inputs has two columns of one name.",
        why: "Nobody could tell them apart; SQL does not tell upper case from lower case.",
        fix: "Give one of them another name with AS, or leave it out.",
        example: Some("SELECT o.id, c.id AS customer_id FROM orders o JOIN customers c ON o.customer = c.id"),
        ..Brief::error("sql-duplicate-column")
    },
    Brief {
        summary: "The SQL engine could not be started, or its plan not be understood.",
        why: "It is a fault of the installation or of Pipesmith.",
        fix: "Look at what `pipesmith doctor` finds, or report it.",
        example: Some("pipesmith doctor"),
        ..Brief::error("sql-engine")
    },
    Brief {
        summary: "The SQL engine refuses a query, or it failed on a row.",
        why: "The message has DuckDB's words: a name that is none, a value that can't be cast, no memory left.",
        fix: "Correct the query; TRY_CAST gives NULL where a value can't be cast.",
        example: Some("SELECT TRY_CAST(amount AS DECIMAL(12, 2)) AS amount FROM input_df"),
        ..Brief::error("sql-error")
    },
    Brief {
        summary: "A query uses a table function.",
        why: "A query sees only its inputs; a function that reads files, the network or settings would get around that.",
        fix: "Select from the inputs; read a file in a step of its own.",
        example: Some("SELECT * FROM read_orders"),
        ..Brief::error("sql-function")
    },
    Brief {
        summary: "An input of a query has a column of a type that SQL has no form for.",
        why: "The engine could not tell what its values mean.",
        fix: "Turn it into text in the step that makes it.",
        example: Some("SELECT CAST(payload AS VARCHAR) AS payload FROM input_df"),
        ..Brief::error("sql-input-type")
    },
    Brief {
        summary: "The text of a SQL step is not one statement that returns rows.",
        why: "A step runs exactly one SELECT (also WITH, FROM, VALUES, PIVOT); nothing is stored, changed or loaded.",
        fix: "Write one SELECT, without COPY, ATTACH, SET, INSERT and the like.",
        example: Some("SELECT city, sum(amount) AS revenue FROM input_df GROUP BY ALL"),
        ..Brief::error("sql-not-a-query")
    },
    Brief {
        summary: "A query has a placeholder (`?` or `$1`), which nothing gives a value to.",
        why: "Values come from the document, not from a caller.",
        fix: "Write the value, or use a parameter of the pipeline.",
        example: Some("SELECT * FROM input_df WHERE day = DATE '${params.day}'"),
        ..Brief::error("sql-parameter")
    },
    Brief {
        summary: "The rows of a query can't be handed on.",
        why: "A column has a type that steps have no form for.",
        fix: "Cast it to a plain type such as VARCHAR, BIGINT or TIMESTAMP.",
        example: Some("SELECT CAST(tags AS VARCHAR) AS tags FROM input_df"),
        ..Brief::error("sql-result")
    },
    Brief {
        summary: "A step ended with a fault of Pipesmith's own.",
        why: "Only this run is ended by it; what was there before is kept.",
        fix: "Please report it with the pipeline that shows it.",
        ..Brief::error("step-panicked")
    },
    Brief {
        summary: "A step took longer than its `timeout` allows.",
        why: "The time of a step counts from its start, with all that it waits for the steps it works with. It was stopped; nothing half-written is left.",
        fix: "Allow more, or see what it waits for.",
        example: Some("- {id: load, component: postgres.writer, mode: write, timeout: 30m, config: {table: orders}}"),
        ..Brief::passing("step-timeout")
    },
    Brief {
        summary: "There is no such run, or none before it to compare with.",
        why: "Runs are recorded in run_logs/ of the workspace that they ran in.",
        fix: "Look up the id, or name the run to compare with.",
        example: Some("pipesmith runs list"),
        ..Brief::error("unknown-run")
    },
    Brief {
        summary: "The pipeline has no step of that name.",
        why: "`--only` and `--from` name steps by their ids.",
        fix: "Name a step of the document.",
        example: Some("pipesmith run pipelines/revenue.yaml --only paid-orders"),
        ..Brief::error("unknown-step")
    },
    Brief {
        summary: "A step that writes needs none or several steps.",
        why: "It writes the rows of exactly one.",
        fix: "Need one step; join several with a sql.transform step before.",
        example: Some(
            "- {id: write, component: filesystem.csv_writer, mode: write, needs: [joined], config: {path: out/orders.csv}}",
        ),
        ..Brief::error("writer-inputs")
    },
];
