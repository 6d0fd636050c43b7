//! Lets the built program find a prebuilt `libduckdb` where `DUCKDB_LIB_DIR` pointed at build time, and load it only
//! when it is used.

use std::fmt::Write as _;
use std::path::Path;

fn main() {
    println!("cargo:rerun-if-env-changed=DUCKDB_LIB_DIR");
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=build");
    let set = |name: &str| std::env::var(name).ok();
    let bundled = set("CARGO_FEATURE_BUNDLED_DUCKDB").is_some();
    if let (false, Some(dir)) = (bundled, set("DUCKDB_LIB_DIR")) {
        println!("cargo:rustc-link-arg=-Wl,-rpath,{dir}");
        // Elsewhere the library is loaded with the program.
        if set("CARGO_CFG_TARGET_OS").as_deref() == Some("linux")
            && set("CARGO_CFG_TARGET_ARCH").as_deref() == Some("x86_64")
        {
            load_late();
        }
    }
}

/// Links functions of the names of DuckDB's that load the library when the first of them is called. The linker takes
/// them and leaves the library out. A name that is missing in the list costs the lateness and nothing else.
fn load_late() {
    let names = include_str!("build/duckdb-symbols.txt");
    let out = std::env::var("OUT_DIR").unwrap_or_default();
    let jumps = Path::new(&out).join("lazy-duckdb.S");
    if let Err(error) = std::fs::write(&jumps, assembly(names)) {
        println!("cargo:warning=DuckDB is loaded with the program: {error}");
        return;
    }
    cc::Build::new().file("build/lazy-duckdb.c").file(jumps).link_lib_modifier("+whole-archive").compile("lazy_duckdb");
}

/// For x86-64 as the System V ABI has it: arguments are in registers, which are kept while the function is looked up.
fn assembly(names: &str) -> String {
    let mut text = String::from(
        ".hidden lazy_duckdb_find\n.hidden lazy_duckdb_names\n.hidden lazy_duckdb_slots\n.text\n\
         first_call:\n\
         \tpush %rdi; push %rsi; push %rdx; push %rcx; push %r8; push %r9; push %rax\n\
         \tsub $136, %rsp\n",
    );
    for n in 0..8 {
        let _ = writeln!(text, "\tmovdqu %xmm{n}, {}(%rsp)", 16 * n);
    }
    // The return address, the number, seven registers and 136 bytes: the stack is aligned.
    text.push_str("\tmov 192(%rsp), %rdi\n\tcall lazy_duckdb_find\n\tmov %rax, %r11\n");
    for n in 0..8 {
        let _ = writeln!(text, "\tmovdqu {}(%rsp), %xmm{n}", 16 * n);
    }
    text.push_str(
        "\tadd $136, %rsp\n\
         \tpop %rax; pop %r9; pop %r8; pop %rcx; pop %rdx; pop %rsi; pop %rdi\n\
         \tadd $8, %rsp\n\tjmp *%r11\n",
    );
    let (mut slots, mut table, mut strings) = (String::new(), String::new(), String::new());
    for (n, name) in names.lines().enumerate() {
        let _ = writeln!(
            text,
            ".globl {name}\n.type {name}, @function\n{name}:\n\tjmp *(lazy_duckdb_slots+{})(%rip)\nfirst_{n}:\n\
             \tpush ${n}\n\tjmp first_call",
            8 * n
        );
        let _ = writeln!(slots, "\t.quad first_{n}");
        let _ = writeln!(table, "\t.quad name_{n}");
        let _ = writeln!(strings, "name_{n}:\n\t.string \"{name}\"");
    }
    let _ = write!(
        text,
        ".data\n.align 8\n.globl lazy_duckdb_slots\nlazy_duckdb_slots:\n{slots}\
         .section .data.rel.ro,\"aw\"\n.align 8\n.globl lazy_duckdb_names\nlazy_duckdb_names:\n{table}\
         .section .rodata\n{strings}.section .note.GNU-stack,\"\",@progbits\n"
    );
    text
}
