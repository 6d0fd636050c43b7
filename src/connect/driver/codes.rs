//! The codes of files that are read and written, for `pipesmith explain` and the reference.

use crate::diagnostic::Brief;

/// In the order of the codes.
pub const CODES: &[Brief] = &[
    Brief {
        summary: "A CSV file has not one of the columns that the step names.",
        why: "The header does not have it; upper and lower case differ.",
        fix: "Correct the name in the step; the message lists what the header has.",
        example: Some("config: {path: data/orders.csv, columns: [order_id, amount]}"),
        ..Brief::error("csv-column-not-found")
    },
    Brief {
        summary: "A file is compressed in a way that is not read.",
        why: "Plain and gzip files are read; not bzip2, zip or xz.",
        fix: "Decompress the file, or compress it with gzip.",
        example: Some("bunzip2 -c orders.csv.bz2 | gzip > orders.csv.gz"),
        ..Brief::error("csv-compression")
    },
    Brief {
        summary: "A column stands twice in a CSV file's header, or twice in `columns`.",
        why: "A step that names it would not know which is meant.",
        fix: "Rename one of them, or read without the header.",
        example: Some("config: {path: data/orders.csv, header: false, skip_rows: 1}"),
        ..Brief::error("csv-duplicate-column")
    },
    Brief {
        summary: "A text does not fit the encoding of a CSV file.",
        why: "Read: a line is not valid in it, so letters would come out wrong. Written: it has no bytes for a character.",
        fix: "Set `encoding` to what the file is written in; write in utf-8.",
        example: Some("config: {path: data/orders.csv, encoding: latin-1}"),
        ..Brief::error("csv-encoding")
    },
    Brief {
        summary: "A CSV file has no rows and no header.",
        why: "Nobody could say which columns it has.",
        fix: "Give the file a header, or find out why it is empty.",
        example: Some("order_id,amount\n1,19.90"),
        ..Brief::error("csv-file-empty")
    },
    Brief {
        summary: "Rows of a CSV file can't be put together: a fault of Pipesmith's own.",
        why: "What was read has passed all checks.",
        fix: "Please report it with a file that shows it.",
        ..Brief::error("csv-internal")
    },
    Brief {
        summary: "The lines of a CSV file end with CR alone.",
        why: "Such files, of old Macs, would be read as one long header.",
        fix: "Convert the line ends to LF.",
        example: Some("tr '\\r' '\\n' < old.csv > orders.csv"),
        ..Brief::error("csv-line-ends")
    },
    Brief {
        summary: "`compression: gzip` is set, and the file is no gzip file.",
        why: "It does not begin as gzip files do.",
        fix: "Set `compression: infer`, or compress the file.",
        example: Some("config: {path: data/orders.csv, compression: infer}"),
        ..Brief::error("csv-not-gzip")
    },
    Brief {
        summary: "A quoted value of a CSV file has no end, or text follows it.",
        why: "Where a value ends can't be told, and the rest of the file would be read wrongly.",
        fix: "Close the quote; double quotes inside of the value, or set `delimiter`.",
        example: Some("1,\"Café \"\"Roma\"\"\",19.90"),
        ..Brief::error("csv-quote")
    },
    Brief {
        summary: "A row of a CSV file is too long.",
        why: "Most often a quote was opened and not closed, so that many lines are taken for one value.",
        fix: "Close the quote, or double it where it is data.",
        example: Some("1,\"5\"\" pipe\",19.90"),
        ..Brief::error("csv-row-too-long")
    },
    Brief {
        summary: "A row of a CSV file has more or fewer values than the first.",
        why: "Its values can't be put in columns safely; to guess would shift data.",
        fix: "Put values that hold the delimiter in quotes, complete the row, or set `delimiter` or `comment`.",
        example: Some("config: {path: data/orders.csv, delimiter: \";\"}"),
        ..Brief::error("csv-row-width")
    },
    Brief {
        summary: "A CSV file has more columns than are read.",
        why: "The delimiter is most often another one.",
        fix: "Set `delimiter`, or split the file.",
        example: Some("config: {path: data/orders.csv, delimiter: \"\\t\"}"),
        ..Brief::error("csv-too-many-columns")
    },
    Brief {
        summary: "A file was not read to its end.",
        why: "The disk has a fault, or the file changed or went away meanwhile.",
        fix: "Look at the file and read again.",
        example: Some("gzip -t data/orders.csv.gz"),
        ..Brief::error("csv-unreadable")
    },
    Brief {
        summary: "A CSV file can't be written to its end.",
        why: "The disk is full, or the file can't be written any more. What stood there before is kept.",
        fix: "Free some space or check the folder, and run again.",
        example: Some("df -h out"),
        ..Brief::error("csv-unwritable")
    },
    Brief {
        summary: "A column has a type that CSV has no form for.",
        why: "A CSV value is one text; lists, structs and binary data would not come back as they were.",
        fix: "Turn it into text in a SQL step before.",
        example: Some("SELECT CAST(tags AS VARCHAR) AS tags FROM input_df"),
        ..Brief::error("csv-unwritable-type")
    },
    Brief {
        summary: "A value of a CSV file does not have the type that its column should have.",
        why: "The step asks for the type in `dtype` or `parse_dates`, or the rows before had it.",
        fix: "Correct the value, or take another type for the column.",
        example: Some("config: {path: data/orders.csv, dtype: {zip: string}}"),
        ..Brief::error("csv-value-type")
    },
    Brief {
        summary: "A file that a step reads does not exist.",
        why: "Paths are relative to the workspace, or to the folder of the connection that the step names.",
        fix: "Correct `path`; the message says where was looked and what is there.",
        example: Some("config: {connection: \"@filesystem.data\", path: orders.csv}"),
        ..Brief::error("data-file-not-found")
    },
    Brief {
        summary: "A file that a step reads can't be read.",
        why: "It is a folder, or you may not read it.",
        fix: "Name a file, or change its permissions.",
        example: Some("chmod u+r data/orders.csv"),
        ..Brief::error("file-unreadable")
    },
    Brief {
        summary: "A file that a step writes can't be written.",
        why: "It is a folder, its folder is not there or can't be written, or the disk is full. What stood there before is kept.",
        fix: "Make the folder, change its permissions, or let the step make it with `create_dirs`.",
        example: Some("config: {path: out/orders.csv, create_dirs: true}"),
        ..Brief::error("file-unwritable")
    },
];
