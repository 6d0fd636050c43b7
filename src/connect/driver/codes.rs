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
        summary: "A file is compressed in a way that is not read.",
        why: "Plain, gzip and zstd files are read; not bzip2, zip or xz.",
        fix: "Decompress the file, or compress it with gzip or zstd.",
        example: Some("bunzip2 -c orders.csv.bz2 | gzip > orders.csv.gz"),
        ..Brief::error("file-compression")
    },
    Brief {
        summary: "A text does not fit the encoding of a file.",
        why: "A line is not valid in it, so letters would come out wrong.",
        fix: "Set `encoding` to what the file is written in; JSON is always UTF-8.",
        example: Some("iconv -f latin1 -t utf-8 orders.json > orders-utf8.json"),
        ..Brief::error("file-encoding")
    },
    Brief {
        summary: "`compression: gzip` is set, and the file is no gzip file.",
        why: "It does not begin as gzip files do.",
        fix: "Set `compression: infer`, or compress the file.",
        example: Some("config: {path: data/orders.csv, compression: infer}"),
        ..Brief::error("file-not-gzip")
    },
    Brief {
        summary: "`compression: zstd` is set, and the file is no zstd file.",
        why: "It does not begin as zstd files do.",
        fix: "Set `compression: infer`, or compress the file.",
        example: Some("config: {path: data/orders.csv, compression: infer}"),
        ..Brief::error("file-not-zstd")
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
    Brief {
        summary: "No row of the JSON has a key that the step names.",
        why: "A name that nobody has is a mistake more often than an empty column.",
        fix: "Correct the name; the message lists the keys that there are.",
        example: Some("config: {path: data/orders.json, columns: [order_id, amount]}"),
        ..Brief::error("json-column-not-found")
    },
    Brief {
        summary: "A JSON file ends in the middle of a value.",
        why: "Rows that are not there can't be told from rows that never were.",
        fix: "Get the whole file.",
        example: Some("jq empty data/orders.json"),
        ..Brief::error("json-cut-off")
    },
    Brief {
        summary: "Two columns of the same name would be written to JSON.",
        why: "An object has each key once.",
        fix: "Give one of them another name in a SQL step.",
        example: Some("query: SELECT o.id, c.id AS customer_id FROM orders o JOIN customers c USING (customer)"),
        ..Brief::error("json-duplicate-column")
    },
    Brief {
        summary: "A JSON file has no rows.",
        why: "Nobody could say which columns it has.",
        fix: "Name them with `columns` or `dtype`; then no rows are no fault.",
        example: Some("config: {path: data/orders.json, columns: [order_id, amount]}"),
        ..Brief::error("json-file-empty")
    },
    Brief {
        summary: "Rows could not be put together: a fault of Pipesmith's own.",
        why: "Whatever is wrong with a file should have been told by name.",
        fix: "Please report it with the file that shows it.",
        ..Brief::error("json-internal")
    },
    Brief {
        summary: "A key of the JSON holds values of types that do not go together.",
        why: "A column has one type.",
        fix: "Set its `dtype` to string, which takes everything as text.",
        example: Some("config: {path: data/orders.json, dtype: {amount: string}}"),
        ..Brief::error("json-mixed-types")
    },
    Brief {
        summary: "A row of an API has a key that the first rows did not have.",
        why: "The columns are those of the first rows, as `infer_rows` says.",
        fix: "Name all columns that are wanted with `columns`, or raise `infer_rows`.",
        example: Some("config: {url: https://api.example.com/orders, columns: [id, amount]}"),
        ..Brief::error("json-new-key")
    },
    Brief {
        summary: "There is no list of rows where the JSON was looked at.",
        why: "Rows are the entries of one list, or one object a line.",
        fix: "Set `data_path` to the keys that lead to the list, or `format: lines`.",
        example: Some("config: {path: data/orders.json, data_path: result.orders}"),
        ..Brief::error("json-no-list")
    },
    Brief {
        summary: "Nothing stands at the `data_path` of the JSON.",
        why: "The path leads from the top of the file or answer to the list of rows.",
        fix: "Correct `data_path`: keys with dots, or a JSON pointer.",
        example: Some("config: {path: data/orders.json, data_path: result.orders}"),
        ..Brief::error("json-path-not-found")
    },
    Brief {
        summary: "A row of the JSON is no object, or has a key twice.",
        why: "A row is an object whose keys are the columns.",
        fix: "Correct the row; `data_path` leads to a list inside.",
        example: Some("config: {path: data/orders.json, data_path: result.orders}"),
        ..Brief::error("json-row")
    },
    Brief {
        summary: "A text is no JSON.",
        why: "A comma, a colon, a quote or a bracket is missing or too many at that place.",
        fix: "Correct the file, or set `format` to what it is.",
        example: Some("jq empty data/orders.json"),
        ..Brief::error("json-syntax")
    },
    Brief {
        summary: "A value of the JSON is longer than can be held.",
        why: "A quote or a bracket that is never closed takes the rest of the file.",
        fix: "Check the file; give `data_path` where the list lies inside of the value.",
        example: Some("config: {path: data/orders.json, data_path: result.orders}"),
        ..Brief::error("json-too-long")
    },
    Brief {
        summary: "A column has a type that JSON has no form for.",
        why: "A value that would be read back as something else is not written.",
        fix: "Turn it into text in a SQL step.",
        example: Some("query: SELECT CAST(duration AS VARCHAR) AS duration FROM runs"),
        ..Brief::error("json-unwritable-type")
    },
    Brief {
        summary: "A value can't be written as JSON.",
        why: "JSON has no NaN and no infinity, and a text marked as JSON must be JSON.",
        fix: "Turn it into NULL or text in a SQL step.",
        example: Some("query: SELECT CASE WHEN isfinite(ratio) THEN ratio END AS ratio FROM sums"),
        ..Brief::error("json-unwritable-value")
    },
    Brief {
        summary: "A value of the JSON is not of its column's type.",
        why: "The type was asked for with `dtype`, or found in the rows before.",
        fix: "Correct the value, or change `dtype`.",
        example: Some("config: {path: data/orders.json, dtype: {amount: string}}"),
        ..Brief::error("json-value-type")
    },
    Brief {
        summary: "A Parquet file has not one of the columns that the step names.",
        why: "The file's schema does not have it; upper and lower case differ.",
        fix: "Correct the name; the message lists what the file has.",
        example: Some("config: {path: data/orders.parquet, columns: [order_id, amount]}"),
        ..Brief::error("parquet-column-not-found")
    },
    Brief {
        summary: "A column stands twice in `columns`, or in the Parquet file.",
        why: "A step that names it would not know which is meant.",
        fix: "Name each column once.",
        example: Some("config: {path: data/orders.parquet, columns: [order_id, amount]}"),
        ..Brief::error("parquet-duplicate-column")
    },
    Brief {
        summary: "Rows could not be put together: a fault of Pipesmith's own.",
        why: "Whatever is wrong with a file should have been told by name.",
        fix: "Please report it with the file that shows it.",
        ..Brief::error("parquet-internal")
    },
    Brief {
        summary: "A file can't be read as Parquet.",
        why: "It is none, it is cut off, or it uses a compression that is not read.",
        fix: "Check that the file is whole; write it anew with zstd, snappy, gzip or lz4.",
        ..Brief::error("parquet-unreadable")
    },
    Brief {
        summary: "A column has a type that Parquet has no form for.",
        why: "A value that would be read back as something else is not written.",
        fix: "Turn it into text in a SQL step.",
        example: Some("query: SELECT CAST(duration AS VARCHAR) AS duration FROM runs"),
        ..Brief::error("parquet-unwritable-type")
    },
    Brief {
        summary: "A value of a Parquet file can't be handed on.",
        why: "The engine has no form for it.",
        fix: "Leave the column out with `columns`.",
        example: Some("config: {path: data/orders.parquet, columns: [order_id, amount]}"),
        ..Brief::error("parquet-value")
    },
    Brief {
        summary: "A file holds another number of rows than were written to it.",
        why: "Something went wrong that nobody told of, so the file gets no name.",
        fix: "Run again; if it stays so, please report it.",
        ..Brief::error("row-count-mismatch")
    },
];
