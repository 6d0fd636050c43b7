//! The codes of connections that the connections file alone does not show, for `pipesmith explain` and the
//! reference. Those that it shows stand in `catalogue`, those of files in `driver::codes`.

use crate::diagnostic::Brief;

const DOCTOR: Option<&str> = Some("pipesmith connections doctor");

/// In the order of the codes.
pub const CODES: &[Brief] = &[
    Brief {
        summary: "The server refused the login, or the file may not be read.",
        why: "User or password is wrong, or the server does not let this user in from this machine.",
        fix: "Check `user` and `password`, and the server's rules for this machine.",
        example: DOCTOR,
        ..Brief::error("connection-auth")
    },
    Brief {
        summary: "A server lets nobody in just now.",
        why: "It has as many clients as it takes, or it is starting or shutting down.",
        fix: "Try again later, or raise the server's limit of connections.",
        example: Some("pipesmith connections doctor --family postgres"),
        ..Brief::passing("connection-busy")
    },
    Brief {
        summary: "The server is there; the database, file or folder that the connection names is not.",
        why: "The name is wrong, or this user may not use it.",
        fix: "Correct `database`, `path` or `base_dir`, or let the user use it.",
        example: Some("mysql:\n  shop: {host: db, database: shop, user: etl, password: \"${SHOP_PASSWORD}\"}"),
        ..Brief::error("connection-database")
    },
    Brief {
        summary: "The host of a connection is not known.",
        why: "The name server has no address for it: a slip in `host`, or a network (VPN) that is not there.",
        fix: "Correct `host`, or check the name server and the VPN of this machine.",
        example: Some("getent hosts db.example.com"),
        ..Brief::passing("connection-dns")
    },
    Brief {
        summary: "The connections file has a connection of this name already.",
        why: "What is there is not changed.",
        fix: "Take another alias, or change the file by hand.",
        example: Some("pipesmith connections add @mysql.shop2 host=db database=shop user=etl"),
        ..Brief::error("connection-exists")
    },
    Brief {
        summary: "A connection can't be opened.",
        why: "The message has the reason in the server's or the driver's words.",
        fix: "See the reason, mend it and try again.",
        example: DOCTOR,
        ..Brief::error("connection-failed")
    },
    Brief {
        summary: "A step names a connection of a family that its component can't use.",
        why: "A component works with connections of its own family.",
        fix: "Use a connection of that family.",
        example: Some("config: {connection: \"@mysql.shop\", table: orders}   # of mysql.extractor"),
        ..Brief::error("connection-family-mismatch")
    },
    Brief {
        summary: "A field that is needed to open a connection is missing or can't be understood.",
        why: "The connection can't be opened without it.",
        fix: "Add or correct the field; the message names it.",
        example: DOCTOR,
        ..Brief::error("connection-field")
    },
    Brief {
        summary: "A field of a connection is neither a text nor a number nor a boolean.",
        why: "Where a single value is needed, a list or a mapping has none.",
        fix: "Write the value as text.",
        example: Some("mysql:\n  shop: {host: \"db.example.com\", database: shop, user: etl}"),
        ..Brief::error("connection-field-type")
    },
    Brief {
        summary: "The folder of a filesystem connection can't be read.",
        why: "It is not there, or you may not read it.",
        fix: "Make the folder, or correct `base_dir`; it is relative to the workspace.",
        example: Some("filesystem:\n  data: {base_dir: ./data}"),
        ..Brief::error("connection-folder")
    },
    Brief {
        summary: "The server refuses connections.",
        why: "The machine answers, and nobody listens at this port: the server does not run, or listens elsewhere.",
        fix: "Check `host` and `port`, and that the server runs and listens there.",
        example: Some("nc -zv db.example.com 3306"),
        ..Brief::passing("connection-refused")
    },
    Brief {
        summary: "A connection lacks a secret.",
        why: "The variable that the connections file names for it is not set.",
        fix: "Set it in the environment, in .env or in the secrets file.",
        example: Some("export SHOP_PASSWORD=…"),
        ..Brief::error("connection-secret")
    },
    Brief {
        summary: "The server does not answer in time.",
        why: "A wrong address, a firewall that swallows packets, or a server that is overloaded.",
        fix: "Check `host`, `port` and the firewalls between; `connect_timeout` allows more seconds.",
        example: Some("postgres:\n  dwh: {host: db, database: dwh, user: etl, connect_timeout: 30}"),
        ..Brief::passing("connection-timeout")
    },
    Brief {
        summary: "No encrypted line to the server can be made.",
        why: "The server has no TLS, or its certificate is not signed by an authority that is known here, or is for another name.",
        fix: "Check `sslmode` and `sslrootcert`, the file of the authority that signed the server's certificate.",
        example: Some(
            "postgres:\n  dwh: {host: db, database: dwh, user: etl, sslmode: verify-full, sslrootcert: ca.pem}",
        ),
        ..Brief::error("connection-tls")
    },
    Brief {
        summary: "The connections file can't be written, or not without touching what is there.",
        why: "The folder can't be written, or the file is laid out in a way that can't be added to. Nothing was written.",
        fix: "Check the folder, or put the fields that the message shows into the file by hand.",
        example: Some("pipesmith connections add @mysql.shop host=db database=shop user=etl"),
        ..Brief::error("connections-not-written")
    },
    Brief {
        summary: "The connections file can't be read.",
        why: "It is no file, too large, not UTF-8, or you may not read it.",
        fix: "Check the file and its permissions.",
        example: Some("ls -l pipesmith_connections.yaml"),
        ..Brief::error("connections-unreadable")
    },
    Brief {
        summary: "The tables of a connection can't be read.",
        why: "The connection opens; the server refused a question about its tables, or took too long for it.",
        fix: "See the reason and try again; fewer tables take less time.",
        example: Some("pipesmith discover @mysql.shop --tables 'order*'"),
        ..Brief::error("discovery-failed")
    },
    Brief {
        summary: "There is no driver for this family of connections yet.",
        why: "Its connections are checked, and steps that use them are compiled; nothing can open them.",
        fix: "Use a connection of another family; `components list --runnable` shows what can be run.",
        example: Some("pipesmith components list --runnable"),
        ..Brief::error("no-driver")
    },
    Brief {
        summary: "A table can't be read.",
        why: "The database names it and refuses to describe it: most often a view of something that is gone. The other tables are there.",
        fix: "Mend or drop the view.",
        example: Some("DROP VIEW old_orders;"),
        ..Brief::error("table-unreadable")
    },
    Brief {
        summary: "A variable that a connection takes a value from is not set.",
        why: "It is neither in the secrets file nor in the environment nor in .env, and has no default.",
        fix: "Set it, or give a default.",
        example: Some("mysql:\n  shop: {host: \"${SHOP_HOST:-localhost}\", database: shop, user: etl}"),
        ..Brief::error("variable-not-set")
    },
];
