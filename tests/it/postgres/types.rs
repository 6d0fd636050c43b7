//! Every type, value by value, in both directions.

use serde_json::json;

use super::{Bench, from, succeeded, table, to};

/// Name, type, values. The last value of each is NULL.
const TYPES: &[(&str, &[&str])] = &[
    ("boolean", &["true", "false"]),
    ("int2", &["-32768", "32767", "0"]),
    ("int4", &["-2147483648", "2147483647"]),
    ("int8", &["-9223372036854775808", "9223372036854775807"]),
    ("oid", &["0", "4294967295"]),
    ("float4", &["1.5", "'NaN'", "'Infinity'", "'-Infinity'", "3.4028235e38", "'-0'"]),
    ("float8", &["0.1", "'NaN'", "'Infinity'", "'-Infinity'", "1.7976931348623157e308", "5e-324"]),
    ("numeric(12,2)", &["-9999999999.99", "0", "0.01", "12.30", "10000", "-0.05"]),
    ("numeric(38,10)", &["1234567890123456789012345678.0123456789", "-0.0000000001"]),
    ("numeric(60,20)", &["1234567890123456789012345678901234567890.01234567890123456789", "-1"]),
    ("numeric(5,-2)", &["1234500", "-100"]),
    ("numeric", &["1.500000", "-12345.678901", "100000000000000000000.000000"]),
    ("text", &["''", "'NULL'", "E'a\\tb\\nc\\\\d\"e,'", "'žluťoučký 🐎'"]),
    ("varchar(5)", &["'abcde'", "'žlutý'", "''"]),
    ("char(4)", &["'ab'", "'abcd'"]),
    ("name", &["'a name'"]),
    ("bytea", &["'\\x00ff10'", "''"]),
    ("date", &["'0001-01-01'", "'1969-12-31'", "'2024-02-29'", "'9999-12-31'"]),
    ("time", &["'00:00'", "'23:59:59.999999'", "'24:00'"]),
    ("timetz", &["'12:34:56.789+05:30'"]),
    ("timestamp", &["'1969-12-31 23:59:59.999999'", "'2024-02-29 12:00:00'", "'0001-01-01'", "'9999-12-31 23:59:59'"]),
    ("timestamptz", &["'2024-02-29 12:00:00+05:30'", "'1969-12-31 23:59:59.999999Z'"]),
    ("interval", &["'1 year -2 mons 3 days 04:05:06.789'", "'-300000 hours'"]),
    ("uuid", &["'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'"]),
    ("json", &["'{\"b\": 1, \"a\": [null]}'"]),
    ("jsonb", &["'{\"b\": 1, \"a\": [null]}'", "'\"x\"'", "'null'"]),
    ("inet", &["'10.0.0.1/8'", "'::1'"]),
    ("cidr", &["'10.0.0.0/8'"]),
    ("macaddr", &["'08:00:2b:01:02:03'"]),
    ("bit(3)", &["B'101'"]),
    ("money", &["12.34"]),
    ("point", &["'(1,2)'"]),
    ("int4range", &["'[1,5)'", "'empty'"]),
    ("xml", &["'<a>b</a>'"]),
    ("mood", &["'happy'", "'it''s \"so\"'"]),
    ("positive", &["5"]),
    ("int4[]", &["'{}'", "'{1,NULL,3}'"]),
    ("text[]", &["'{}'", "ARRAY['a\"b','NULL',NULL,'','ž,{}']"]),
    ("numeric(8,2)[]", &["'{1.50,-2}'"]),
    ("timestamptz[]", &["'{2024-01-01 00:00:00+00}'"]),
    ("uuid[]", &["'{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}'"]),
    ("boolean[]", &["'{t,f,NULL}'"]),
    ("float8[]", &["'{1.5,NaN,Infinity}'"]),
    ("mood[]", &["'{happy,NULL}'"]),
    ("varchar(3)[]", &["'{abc,d}'"]),
    ("numeric[]", &["'{1.5,2.25}'"]),
    ("int4[][]", &["NULL"]),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_type_comes_back_as_it_was() {
    let bench = Bench::new().await;
    let mut sql =
        "CREATE TYPE mood AS ENUM ('happy', 'it''s \"so\"'); CREATE DOMAIN positive AS int4 CHECK (VALUE > 0);"
            .to_owned();
    for (number, (kind, values)) in TYPES.iter().enumerate() {
        sql.push_str(&format!(
            "CREATE TABLE s{number} (id int PRIMARY KEY, v {kind}); CREATE TABLE t{number} (LIKE s{number});"
        ));
        for (id, value) in values.iter().chain(&["NULL"]).enumerate() {
            sql.push_str(&format!("INSERT INTO s{number} VALUES ({id}, {value});"));
        }
    }
    bench.db.run(&sql).await;
    let mut wrong = Vec::new();
    for (number, (kind, values)) in TYPES.iter().enumerate() {
        let ran = bench.run(vec![from(table(&format!("s{number}"))), to(table(&format!("t{number}")), "from")]).await;
        let rows = values.len() + 1;
        if ran.end_of("to") != format!("finished {rows}→{rows}") {
            wrong.push(format!("{kind}: {:?}", ran.ends()));
            wrong.push(format!("{kind}: {:?}", ran.failure()));
            continue;
        }
        let all = |table: &str| {
            format!("SELECT string_agg({table}::text, ' | ' ORDER BY id) FROM {table}{number} AS {table}")
        };
        let (before, after) = (bench.db.ask(&all("s")).await, bench.db.ask(&all("t")).await);
        if before != after {
            wrong.push(format!("{kind}: {before} became {after}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_is_made_has_the_types_that_it_came_from() {
    let bench = Bench::new().await;
    bench
        .db
        .run(
            "CREATE TABLE s (id int8 PRIMARY KEY, a int4, b numeric(12,2), c text, d timestamptz, e uuid, f jsonb, g interval, \
             h int4[], i boolean, j date, k bytea, l float4, m inet, n timetz);
             INSERT INTO s VALUES (1, 2, 3.5, '', now(), gen_random_uuid(), '{}', '1 day', '{1}', true, '2024-01-01', '\\x01', 1.5, '::1', '01:00+00')",
        )
        .await;
    let config = json!({"table": "T\"x; drop table s", "create_if_missing": true, "primary_key": "id"});
    succeeded(&bench.run(vec![from(table("s")), to(config, "from")]).await);
    let columns = "SELECT string_agg(format_type(atttypid, atttypmod), ',' ORDER BY attnum) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE attnum > 0 AND relname = ";
    let (made, source) =
        (bench.db.ask(&format!("{columns}'T\"x; drop table s'")).await, bench.db.ask(&format!("{columns}'s'")).await);
    assert_eq!(made, source);
    assert_eq!(
        bench.db.ask("SELECT s::text FROM s").await,
        bench.db.ask("SELECT t::text FROM \"T\"\"x; drop table s\" t").await
    );
    let key =
        "SELECT count(*) FROM pg_constraint WHERE contype = 'p' AND conrelid = '\"T\"\"x; drop table s\"'::regclass";
    assert_eq!(bench.db.ask(key).await, "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_no_place_between_the_steps_is_an_error_or_null() {
    let bench = Bench::new().await;
    for (kind, value) in [
        ("date", "'infinity'"),
        ("timestamp", "'-infinity'"),
        ("timestamptz", "'infinity'"),
        ("numeric(5,2)", "'NaN'"),
        ("int4[]", "'{{1,2},{3,4}}'"),
    ] {
        bench
            .db
            .run(&format!("CREATE TABLE s (id int, v {kind}); INSERT INTO s VALUES (1, NULL), (2, {value}); CREATE TABLE t (LIKE s)"))
            .await;
        let ran = bench.run(vec![from(table("s")), to(table("t"), "from")]).await;
        let told = ran.failure();
        assert_eq!(told.code, "value-unfit", "{told:?}");
        assert!(told.message.contains("row 2, column `v`"), "{}", told.message);
        assert_eq!(bench.db.ask("SELECT count(*) FROM t").await, "0");
        let ran = bench.run(vec![from(json!({"table": "s", "on_error": "null"})), to(table("t"), "from")]).await;
        succeeded(&ran);
        assert_eq!(bench.db.ask("SELECT count(*) FROM t WHERE v IS NULL").await, "2", "{kind}");
        bench.db.run("DROP TABLE s, t").await;
    }
    // A numeric without a precision comes as text where it is not finite, or too long for a decimal.
    bench
        .db
        .run("CREATE TABLE s (v numeric); INSERT INTO s VALUES ('NaN'), (1.5), (1e80); CREATE TABLE t (LIKE s)")
        .await;
    succeeded(&bench.run(vec![from(table("s")), to(table("t"), "from")]).await);
    assert_eq!(bench.db.ask("SELECT count(*) FROM s JOIN t USING (v)").await, "3");
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_are_read_as_what_the_column_is_and_null_is_not_the_empty_text() {
    let bench = Bench::new().await;
    bench
        .db
        .run("CREATE TABLE t (id int8, a text, b numeric(6,2), c timestamptz, d uuid, e jsonb, f boolean, g float4)")
        .await;
    let csv = "id,a,b,c,d,e,f,g\n1,\"\",1.50,2024-01-01 00:00:00+02:00,a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11,\"{\"\"a\"\":1}\",True,1.5\n2,,,,,,,\n3,NULL,2,2024-01-01T00:00:00Z,,[],False,2.5\n";
    succeeded(&bench.load(csv, table("t")).await);
    assert_eq!(
        bench.db.ask("SELECT string_agg(t::text, E'\\n' ORDER BY id) FROM t").await,
        "(1,\"\",1.50,\"2023-12-31 22:00:00+00\",a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11,\"{\"\"a\"\": 1}\",t,1.5)\n(2,,,,,,,)\n\
         (3,NULL,2.00,\"2024-01-01 00:00:00+00\",,[],f,2.5)"
    );
    let ran = bench.load("id,a\n1,x\n2,\"y\0\"\n", table("t")).await;
    let told = ran.failure();
    assert!(told.message.contains("row 2, column `a`") && told.why.as_ref().unwrap().contains("U+0000"), "{told:?}");
    let ran = bench.load("id,b\n1,123.456\n", table("t")).await;
    assert_eq!(ran.outcome, pipesmith::pipeline::run::RunOutcome::Succeeded, "floats are rounded: {:?}", ran.ends());
    let ran = bench.load("id,b\n1,x123.456\n", table("t")).await;
    assert_eq!(ran.failure().code, "value-unfit");
    let ran = bench.load("id,c\n1,2024-01-01 00:00:00\n", table("t")).await;
    let told = ran.failure();
    assert_eq!(told.code, "column-plan", "{told:?}");
    assert!(told.why.unwrap().contains("none is invented"));
}
