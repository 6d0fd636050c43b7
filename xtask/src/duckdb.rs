//! Finding a prebuilt DuckDB library, so that a build takes minutes and not the better part of an hour.
//!
//! A library is used only when its SHA-256 is the pinned one. Where none is found the `duckdb` crate
//! builds its own from source, which needs nothing but a C++ compiler and time.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::{cargo, sha256};

/// The version that the `duckdb` crate of Cargo.lock binds.
const VERSION: &str = "1.5.6";

/// A platform, the packages that hold its library, and the library's SHA-256.
struct Prebuilt {
    os: &'static str,
    arch: &'static str,
    npm: &'static str,
    release: &'static str,
    file: &'static str,
    sha256: &'static str,
}

/// Platforms whose library could be fetched and pinned; others build from source.
const PREBUILT: [Prebuilt; 1] = [Prebuilt {
    os: "linux",
    arch: "x86_64",
    npm: "@duckdb/node-bindings-linux-x64@1.5.6-r.1",
    release: "libduckdb-linux-amd64.zip",
    file: "libduckdb.so",
    sha256: "3f4962cdd266eab2b479a5b5a4a6d063d279b2954ae814ed00385d553b747633",
}];

/// What was found.
pub struct Found {
    /// The folder of the library; `None` when DuckDB is to be built from source.
    pub folder: Option<PathBuf>,
    /// Which and why, one line.
    pub told: String,
}

/// Looks, in this order: `DUCKDB_LIB_DIR`, the cache, the npm package, the official release.
pub fn find() -> Found {
    if std::env::var_os("PIPESMITH_BUNDLED").is_some_and(|v| v == "1") {
        return from_source("PIPESMITH_BUNDLED is set");
    }
    let Some(wanted) = PREBUILT.iter().find(|p| p.os == std::env::consts::OS && p.arch == std::env::consts::ARCH)
    else {
        return from_source(&format!(
            "no prebuilt library is pinned for {} {}",
            std::env::consts::OS,
            std::env::consts::ARCH
        ));
    };
    let mut refused = Vec::new();
    if let Some(folder) = std::env::var_os("DUCKDB_LIB_DIR").map(PathBuf::from) {
        match check(&folder, wanted) {
            Ok(()) => {
                return Found {
                    told: format!("{VERSION}, prebuilt, DUCKDB_LIB_DIR={}", folder.display()),
                    folder: Some(folder),
                };
            }
            Err(why) => refused.push(format!("DUCKDB_LIB_DIR: {why}")),
        }
    }
    let cache = cache().join(format!("duckdb-{VERSION}-{}-{}", wanted.os, wanted.arch));
    match check(&cache, wanted) {
        Ok(()) => {
            return Found {
                told: format!("{VERSION}, prebuilt, from the cache {}", cache.display()),
                folder: Some(cache),
            };
        }
        Err(why) if cache.exists() => refused.push(format!("cache: {why}")),
        Err(_) => {}
    }
    for (name, fetch) in [("npm package", from_npm as Fetch), ("official release", from_release as Fetch)] {
        match fetch(wanted, &cache).and_then(|()| check(&cache, wanted)) {
            Ok(()) => {
                return Found {
                    told: format!("{VERSION}, prebuilt, from the {name}, kept in {}", cache.display()),
                    folder: Some(cache),
                };
            }
            Err(why) => refused.push(format!("{name}: {why}")),
        }
    }
    from_source(&refused.join("; "))
}

type Fetch = fn(&Prebuilt, &Path) -> Result<(), String>;

fn from_source(why: &str) -> Found {
    Found { folder: None, told: format!("built from source, which takes about 25 minutes on 2 cores ({why})") }
}

fn check(folder: &Path, wanted: &Prebuilt) -> Result<(), String> {
    let file = folder.join(wanted.file);
    let bytes = std::fs::read(&file).map_err(|e| format!("{}: {e}", file.display()))?;
    let found = sha256::hex(&bytes);
    if found == wanted.sha256 {
        return Ok(());
    }
    Err(format!("{} is not DuckDB {VERSION}: its SHA-256 is {found}", file.display()))
}

fn cache() -> PathBuf {
    let named = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    named("PIPESMITH_CACHE")
        .or_else(|| named("XDG_CACHE_HOME").map(|c| c.join("pipesmith")))
        .or_else(|| named("HOME").map(|h| h.join(".cache/pipesmith")))
        .unwrap_or_else(|| cargo::root().join("target/pipesmith-cache"))
}

/// A folder beside the cache in which a download is unpacked; what is whole is then moved over.
fn workshop(cache: &Path) -> Result<PathBuf, String> {
    let folder = cache.with_extension(format!("tmp-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    Ok(folder)
}

fn keep(library: &Path, wanted: &Prebuilt, cache: &Path) -> Result<(), String> {
    std::fs::create_dir_all(cache).map_err(|e| format!("{}: {e}", cache.display()))?;
    std::fs::rename(library, cache.join(wanted.file)).map_err(|e| format!("{}: {e}", library.display()))
}

fn from_npm(wanted: &Prebuilt, cache: &Path) -> Result<(), String> {
    let folder = workshop(cache)?;
    let fetched = quiet(&folder, "npm", &["pack", wanted.npm, "--silent"]).and_then(|()| {
        let archive = std::fs::read_dir(&folder)
            .map_err(|e| e.to_string())?
            .filter_map(Result::ok)
            .map(|entry| entry.path())
            .find(|path| path.extension().is_some_and(|e| e == "tgz"))
            .ok_or("npm left no archive")?;
        quiet(&folder, "tar", &["xzf", &archive.display().to_string()])?;
        keep(&folder.join("package").join(wanted.file), wanted, cache)
    });
    let _ = std::fs::remove_dir_all(&folder);
    fetched
}

fn from_release(wanted: &Prebuilt, cache: &Path) -> Result<(), String> {
    let folder = workshop(cache)?;
    let url = format!("https://github.com/duckdb/duckdb/releases/download/v{VERSION}/{}", wanted.release);
    let fetched = quiet(&folder, "curl", &["-fsSL", "--max-time", "300", "-o", "library.zip", &url])
        .and_then(|()| quiet(&folder, "unzip", &["-q", "library.zip"]))
        .and_then(|()| keep(&folder.join(wanted.file), wanted, cache));
    let _ = std::fs::remove_dir_all(&folder);
    fetched
}

fn quiet(folder: &Path, program: &str, arguments: &[&str]) -> Result<(), String> {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .map_err(|e| format!("{program}: {e}"))?;
    if output.status.success() {
        return Ok(());
    }
    let told = String::from_utf8_lossy(&output.stderr);
    Err(format!("{program} ended with {}: {}", output.status, told.lines().last().unwrap_or_default()))
}
