//! Finds every folder in `leistungen/` and embeds its files, so that adding a service needs no
//! registration. Checks nothing: `verfahren::loader` does.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("leistungen");
    println!("cargo::rerun-if-changed=leistungen");
    let mut table = String::from("pub(super) const BUILTIN: &[(&str, &[(&str, &str)])] = &[\n");
    for dir in entries(&root).into_iter().filter(|p| p.is_dir()) {
        writeln!(table, "    ({:?}, &[", name(&dir)).expect("a string takes every text");
        let mut files = Vec::new();
        collect(&dir, "", &mut files);
        for (path, file) in files {
            println!("cargo::rerun-if-changed={}", file.display());
            writeln!(table, "        ({path:?}, include_str!({:?})),", file.display().to_string())
                .expect("a string takes every text");
        }
        table.push_str("    ]),\n");
    }
    table.push_str("];\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it")).join("leistungen.rs");
    fs::write(&out, table).expect("the build folder is writable");
}

fn entries(dir: &Path) -> Vec<PathBuf> {
    let mut out: Vec<PathBuf> = fs::read_dir(dir).into_iter().flatten().flatten().map(|e| e.path()).collect();
    out.retain(|p| !name(p).starts_with('.'));
    out.sort();
    out
}

fn collect(dir: &Path, prefix: &str, out: &mut Vec<(String, PathBuf)>) {
    for p in entries(dir) {
        let path = if prefix.is_empty() { name(&p) } else { format!("{prefix}/{}", name(&p)) };
        if p.is_dir() { collect(&p, &path, out) } else { out.push((path, p)) }
    }
}

fn name(p: &Path) -> String {
    p.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
}
