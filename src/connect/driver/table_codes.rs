//! The codes of tables that are read and written, for `pipesmith explain` and the reference.

use crate::diagnostic::Brief;

/// In the order of the codes.
pub const CODES: &[Brief] = &[
    Brief {
        summary: "Rows of a table can't be put together: a fault of Pipesmith's own.",
        why: "What was read has passed all checks.",
        fix: "Please report it with the table's columns.",
        ..Brief::error("batch-internal")
    },
    Brief {
        summary: "Columns can't be written to a table.",
        why: "Each is named with its reason: a type without a cast, a column that the table does not have, or one of the table that needs a value.",
        fix: "Correct the columns in a SQL step before, or the table; `on_schema_change` says what to do with new columns.",
        example: Some("config: {table: orders, on_schema_change: add_columns}"),
        ..Brief::error("column-plan")
    },
    Brief {
        summary: "A column of a table has no type between the steps.",
        why: "The server gave it a type that the driver does not read.",
        fix: "Cast it to text in `query`.",
        example: Some("SELECT id, shape::text FROM places"),
        ..Brief::error("column-type")
    },
    Brief {
        summary: "A query has two columns of one name.",
        why: "Steps know columns by their names.",
        fix: "Name each column with AS.",
        example: Some("SELECT a.id, b.id AS other_id FROM a JOIN b USING (k)"),
        ..Brief::error("duplicate-column")
    },
    Brief {
        summary: "Rows with the same key come in.",
        why: "Which of them counts is not said, so none is chosen silently.",
        fix: "Keep one row of each key in a SQL step before.",
        example: Some(
            "SELECT * FROM orders QUALIFY row_number() OVER (PARTITION BY order_id ORDER BY changed_at DESC) = 1",
        ),
        ..Brief::error("duplicate-keys")
    },
    Brief {
        summary: "A column of `primary_key` does not come in.",
        why: "Rows are told apart by it.",
        fix: "Correct `primary_key`, or add the column before the step.",
        ..Brief::error("key-column-missing")
    },
    Brief {
        summary: "A row comes in whose key is in the table already.",
        why: "The mode adds rows, and a unique index of the table forbids it.",
        fix: "Write with `write_mode: upsert`, or take out the rows that are there.",
        example: Some("config: {table: orders, write_mode: upsert, primary_key: order_id}"),
        ..Brief::error("key-exists")
    },
    Brief {
        summary: "A table has no unique index on the columns of `primary_key`.",
        why: "Upsert tells by it which rows are there already.",
        fix: "Add the index, or correct `primary_key`.",
        example: Some("ALTER TABLE orders ADD PRIMARY KEY (order_id)"),
        ..Brief::error("key-not-unique")
    },
    Brief {
        summary: "MySQL ended a statement before its end.",
        why: "Somebody killed it, or it took longer than the server allows.",
        fix: "See who ended it, then run it again.",
        ..Brief::error("mysql-cancelled")
    },
    Brief {
        summary: "Another transaction holds what a step needs in MySQL.",
        why: "A deadlock, a lock that did not come free in time, or another run that replaces the same table.",
        fix: "Run it again when the other transaction has ended.",
        ..Brief::passing("mysql-conflict")
    },
    Brief {
        summary: "MySQL does not let the user do what the step needs.",
        why: "Reading needs SELECT; writing needs INSERT, replacing and upsert also CREATE, DROP, ALTER and CREATE TEMPORARY TABLES.",
        fix: "Grant the right, or use another connection.",
        ..Brief::error("mysql-denied")
    },
    Brief {
        summary: "MySQL refuses a statement.",
        why: "The server's words are told with it.",
        fix: "Correct what they name.",
        ..Brief::error("mysql-error")
    },
    Brief {
        summary: "The line to a MySQL server broke.",
        why: "The network, or the server, ended it.",
        fix: "Run it again; nothing of the step is visible in the target.",
        ..Brief::passing("mysql-line-lost")
    },
    Brief {
        summary: "A query has no columns.",
        why: "A step reads rows, and rows have columns.",
        fix: "Read with a SELECT.",
        ..Brief::error("no-columns")
    },
    Brief {
        summary: "A step writes to what is no table.",
        why: "Rows can be written to tables only, not to views.",
        fix: "Name the table behind it.",
        ..Brief::error("not-a-table")
    },
    Brief {
        summary: "A table can't be read in parallel.",
        why: "It has no primary key that is one integer column, along which it could be cut.",
        fix: "Leave `parallel` out.",
        ..Brief::error("parallel-key")
    },
    Brief {
        summary: "PostgreSQL stopped a statement.",
        why: "It took longer than the server allows, or somebody cancelled it.",
        fix: "Raise the server's limit, or read less.",
        ..Brief::error("postgres-cancelled")
    },
    Brief {
        summary: "Another session worked on the same rows or tables.",
        why: "PostgreSQL refused to wait longer, or would have had to give a wrong result.",
        fix: "Run it again.",
        ..Brief::passing("postgres-conflict")
    },
    Brief {
        summary: "PostgreSQL refused a value or a row.",
        why: "It breaks a rule of the table, such as NOT NULL or a check; the reason says which.",
        fix: "Correct the rows, or set `on_error: quarantine` to keep them aside.",
        example: Some("config: {table: orders, on_error: quarantine, max_rejects: 10}"),
        ..Brief::error("postgres-data")
    },
    Brief {
        summary: "The user of a connection may not do what the step needs.",
        why: "PostgreSQL refused it for lack of a right.",
        fix: "Grant the right.",
        example: Some("GRANT SELECT, INSERT ON orders TO etl"),
        ..Brief::error("postgres-denied")
    },
    Brief {
        summary: "PostgreSQL could not do what the step needs.",
        why: "The server's own words say why.",
        fix: "See the reason; nothing was changed.",
        ..Brief::error("postgres-error")
    },
    Brief {
        summary: "The line to PostgreSQL broke.",
        why: "The server ended, or the network did.",
        fix: "See whether the server runs, then run it again. A step that was committed knows its run id and writes nothing twice.",
        ..Brief::passing("postgres-line-lost")
    },
    Brief {
        summary: "PostgreSQL sent data of another form than was asked for.",
        why: "Something between may be no PostgreSQL.",
        fix: "Check `host` and `port`.",
        ..Brief::error("postgres-protocol")
    },
    Brief {
        summary: "PostgreSQL does not take a statement.",
        why: "A name is wrong, or the SQL of the step.",
        fix: "Correct the names and the SQL.",
        ..Brief::error("postgres-statement")
    },
    Brief {
        summary: "A connection leads to a pooler in transaction mode.",
        why: "A session there lasts for one transaction, which is too short for a step.",
        fix: "Use port 5432: the pooler in session mode, or the direct address.",
        example: Some(
            "pg_dsn: postgres://postgres.abc:${SHOP_PASSWORD}@aws-0-eu-central-1.pooler.supabase.com:5432/postgres",
        ),
        ..Brief::error("postgres-transaction-pooler")
    },
    Brief {
        summary: "The target does not take a row as it is.",
        why: "A value is too long, violates a constraint or would have been changed silently; the words of the server say which.",
        fix: "Correct it in a SQL step before, or set `on_error: quarantine` to keep such rows aside.",
        example: Some("config: {table: orders, on_error: quarantine, max_rejects: 50}"),
        ..Brief::error("rejected-row")
    },
    Brief {
        summary: "The file for rejected rows can't be written.",
        why: "The disk is full, or the folder of the run may not be written to.",
        fix: "Make room, or let this user write there.",
        ..Brief::error("rejects-unwritable")
    },
    Brief {
        summary: "Another table can't take the place of the target.",
        why: "It has triggers or foreign keys, which MySQL leaves with the old table.",
        fix: "Write with the mode truncate: it deletes the rows and writes the new ones in one transaction.",
        example: Some("config: {table: orders, write_mode: truncate}"),
        ..Brief::error("replace-bound")
    },
    Brief {
        summary: "The rows of a table can't be replaced.",
        why: "Others refer to them with ON DELETE CASCADE or SET NULL, and would be deleted or changed as well.",
        fix: "Use `write_mode: upsert`, or change the foreign key.",
        ..Brief::error("replace-cascades")
    },
    Brief {
        summary: "The count of rows of a step and that of the server differ.",
        why: "Rows were dropped or added on the way, e.g. by a trigger; nothing is left of such a write.",
        fix: "See what the table's triggers, rules and policies do with rows.",
        ..Brief::error("rows-mismatch")
    },
    Brief {
        summary: "The SQLite file is not one, or is damaged.",
        why: "SQLite can't make sense of its bytes.",
        fix: "Correct `path`, or restore the file.",
        ..Brief::error("sqlite-broken")
    },
    Brief {
        summary: "Somebody else writes to the SQLite file.",
        why: "It did not come free within `busy_timeout`.",
        fix: "Run it again, or raise `busy_timeout`.",
        ..Brief::passing("sqlite-busy")
    },
    Brief {
        summary: "The SQLite file can't be opened or written.",
        why: "This user lacks the right, for the file or for its folder.",
        fix: "Give the right; SQLite writes a journal beside the file.",
        ..Brief::error("sqlite-denied")
    },
    Brief {
        summary: "SQLite refuses a statement.",
        why: "Its words are told with it.",
        fix: "Correct what they name.",
        ..Brief::error("sqlite-error")
    },
    Brief {
        summary: "The disk of an SQLite file is full.",
        why: "The transaction did not fit.",
        fix: "Make room; the file is as it was.",
        ..Brief::error("sqlite-full")
    },
    Brief {
        summary: "The HTTP client for Supabase can't be set up.",
        why: "An https address needs the authorities of this machine.",
        fix: "Install the package ca-certificates.",
        ..Brief::error("supabase-client")
    },
    Brief {
        summary: "The answer of Supabase was lost.",
        why: "The line broke or took too long. Whether rows of an append were written is not known, so they are not sent again.",
        fix: "Use upsert, or a connection with `pg_dsn`, which can be repeated safely.",
        ..Brief::passing("supabase-line")
    },
    Brief {
        summary: "What a step asks for is not possible over the REST API.",
        why: "Its requests are transactions of their own; a table would be seen half-written.",
        fix: "Give the connection `pg_dsn`.",
        example: Some("pg_dsn: postgres://postgres:${SHOP_PASSWORD}@db.abc.supabase.co:5432/postgres"),
        ..Brief::error("supabase-needs-database")
    },
    Brief {
        summary: "A table has no primary key to read pages by.",
        why: "Without one order, pages overlap and leave rows out.",
        fix: "Set `order` to columns that no two rows share, or give the connection `pg_dsn`.",
        ..Brief::error("supabase-no-key")
    },
    Brief {
        summary: "Supabase refused a request.",
        why: "Its own words say why: the key, a policy, a name or a value.",
        fix: "Correct what the reason names.",
        ..Brief::error("supabase-refused")
    },
    Brief {
        summary: "The table to write to is not there.",
        why: "The name or the schema is wrong, or it was never made.",
        fix: "Correct `table` or `schema`, or set `create_if_missing: true`.",
        example: Some("config: {table: orders, create_if_missing: true, primary_key: order_id}"),
        ..Brief::error("table-missing")
    },
    Brief {
        summary: "The target's storage engine takes nothing back.",
        why: "A step that fails half way would leave half of its rows in a table of MyISAM, Aria or MEMORY.",
        fix: "Turn it into InnoDB, or write with the mode replace, which fills a new table and swaps the two.",
        example: Some("ALTER TABLE orders ENGINE=InnoDB"),
        ..Brief::error("target-not-transactional")
    },
    Brief {
        summary: "More rows can't be written than `max_rejects` allows.",
        why: "The rows so far are in the file of rejects with their reasons; the table is as it was.",
        fix: "Correct the rows, or raise `max_rejects`.",
        example: Some("config: {table: orders, on_error: quarantine, max_rejects: 1000}"),
        ..Brief::error("too-many-rejects")
    },
    Brief {
        summary: "A step names a column that the table does not have.",
        why: "`columns` and `order` are names of its columns.",
        fix: "Correct the name; the message tells what there is.",
        ..Brief::error("unknown-column")
    },
    Brief {
        summary: "More than one key of the target could decide which row an upsert changes.",
        why: "MySQL changes the row that any unique key finds, not only that of `primary_key`.",
        fix: "Drop the other key, or write to a table without it.",
        ..Brief::error("upsert-ambiguous")
    },
    Brief {
        summary: "A value can't be read or written as what its column is.",
        why: "Row, column and reason are named; values are never changed silently.",
        fix: "Correct the value before the step, or set `on_error`.",
        example: Some("config: {table: orders, on_error: quarantine}"),
        ..Brief::error("value-unfit")
    },
];
