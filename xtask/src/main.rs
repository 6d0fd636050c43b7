//! The door for developers: `cargo xtask demo|test|servers|bench|bench-engine|soak|docs|setup|record-demo`.
//!
//! It has no dependencies, so that it starts in seconds on a fresh machine. It finds a prebuilt DuckDB
//! library where it can (see `duckdb.rs`) and calls cargo with the features that fit.

mod cargo;
mod duckdb;
mod record;
mod servers;
mod sha256;

use std::process::ExitCode;

const HELP: &str = "cargo xtask VERB [ARGS]

  demo [ARGS]   build the release and run `pipesmith demo ARGS` (--headless: without a terminal)
  test [ARGS]   get what the tests need and run them all; ARGS go to the test binaries
  servers [COMMAND…]
                start the database servers that tests need; print the variables that name them and
                keep them until the end of the input or ctrl-c, or run COMMAND with them
  bench [ARGS]  run the benchmarks; ARGS go to criterion
  bench-engine [--rows N] [--runs N] [--only WORK] [--write]
                compare runs with what the systems' own programs do; --write puts the table into
                docs/reference/performance.md
  soak [kills|races|faces] [NUMBER]
                the fault tests with many rounds: kill owners and faces (200), let two race for the
                store (1000), eight faces for so many seconds (600); all three when none is named
  docs          write the generated pages of docs/reference
  setup         get what a build needs, and say what was found
  cargo ARGS    call cargo with the DuckDB that was found, e.g. `cargo xtask cargo clippy`
  record-demo   record the demo's model answers again, from fixtures/recordings/demo/*.md

Environment
  DUCKDB_LIB_DIR      a folder with a libduckdb of the right version
  PIPESMITH_CACHE     where downloads are kept (default: the user's cache folder)
  PIPESMITH_BUNDLED   set to 1 to build DuckDB from source in any case
  PIPESMITH_TEST_POSTGRES, PIPESMITH_TEST_MYSQL, PIPESMITH_TEST_CA
                      servers that run already, and the authority of their certificates (PEM)
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (verb, rest) = match arguments.split_first() {
        Some((verb, rest)) => (verb.as_str(), rest),
        None => ("help", &[][..]),
    };
    let done = match verb {
        "demo" => demo(rest),
        "test" => test(rest),
        "servers" => servers::verb(rest),
        servers::guard::VERB => servers::guard::verb(rest),
        "bench" => {
            cargo::Cargo::new().and_then(|c| c.run(&["bench", "--bench", "spine", "--bench", "process", "--"], rest))
        }
        "bench-engine" => bench_engine(rest),
        "soak" => soak(rest),
        "docs" => docs(),
        "setup" => setup(),
        "cargo" => any(rest),
        "record-demo" => record::demo(),
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(())
        }
        other => Err(format!("there is no verb `{other}`\n\n{HELP}")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}

fn demo(arguments: &[String]) -> Result<(), String> {
    let cargo = cargo::Cargo::new()?;
    cargo.run(&["build", "--release", "--bin", "pipesmith"], &[])?;
    let mut all = vec!["demo".to_owned()];
    all.extend_from_slice(arguments);
    cargo::call(&cargo.binary("release"), &all, &[])
}

fn test(arguments: &[String]) -> Result<(), String> {
    let cargo = cargo::Cargo::new()?;
    let servers = servers::Servers::start(servers::Purpose::Tests)?;
    let everything = ["test", "--workspace", "--lib", "--bins", "--test", "it", "--"];
    cargo.run_with(&everything, arguments, servers.variables())?;
    drop(servers);
    cargo.run(&["test", "--doc"], &[])
}

fn bench_engine(arguments: &[String]) -> Result<(), String> {
    let cargo = cargo::Cargo::new()?;
    let servers = servers::Servers::start(servers::Purpose::Measuring)?;
    cargo.run_with(&["bench", "--bench", "engine", "--"], arguments, servers.variables())
}

/// Each with its test, the variable for its number, and that number.
const SOAKS: [(&str, &str, &str, u32); 3] = [
    ("kills", "kills_at_random_points_lose_nothing_that_was_told", "PIPESMITH_SOAK_KILLS", 200),
    ("races", "of_two_that_want_the_store_one_gets_it", "PIPESMITH_SOAK_RACES", 1000),
    ("faces", "many_faces_and_a_slow_one_are_served", "PIPESMITH_SOAK_SECONDS", 600),
];

fn soak(arguments: &[String]) -> Result<(), String> {
    let cargo = cargo::Cargo::new()?;
    let wanted = arguments.first();
    let number = arguments.get(1).map(|n| n.parse::<u32>().map_err(|_| format!("`{n}` is no number"))).transpose()?;
    let known = |name: &String| SOAKS.iter().any(|soak| soak.0 == name);
    if let Some(unknown) = wanted.filter(|name| !known(name)) {
        return Err(format!("there is no soak `{unknown}`\n\n{HELP}"));
    }
    for (name, test, variable, usual) in SOAKS {
        if wanted.is_none_or(|wanted| wanted == name) {
            let variables = [(variable, number.unwrap_or(usual).to_string())];
            let call = ["test", "--test", "it", "--", test, "--nocapture"];
            cargo.run_with(&call, &[], &variables)?;
        }
    }
    Ok(())
}

fn any(arguments: &[String]) -> Result<(), String> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    cargo::Cargo::new()?.run(&words, &[])
}

fn docs() -> Result<(), String> {
    let cargo = cargo::Cargo::new()?;
    cargo.run(&["build", "--release", "--bin", "pipesmith"], &[])?;
    let folder = cargo::root().join("docs/reference").display().to_string();
    cargo::call(&cargo.binary("release"), &["docs".to_owned(), folder], &[])
}

fn setup() -> Result<(), String> {
    let found = duckdb::find();
    println!("DuckDB: {}", found.told);
    if found.folder.is_none() && !cargo::works("c++", &["--version"]) && !cargo::works("g++", &["--version"]) {
        return Err("no C++ compiler was found; building DuckDB needs one (Debian: apt-get install g++)".to_owned());
    }
    println!("cargo:  {}", if cargo::works("cargo", &["--version"]) { "found" } else { "missing" });
    Ok(())
}
