//! House rules that a machine can see. Each rule names the file and what to do about it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace is above tests/").to_path_buf()
}

/// Every file below `dir` (relative to the root), without build output and packages.
fn files(dir: &str) -> Vec<PathBuf> {
    let mut out = Vec::new();
    let mut todo = vec![root().join(dir)];
    while let Some(d) = todo.pop() {
        for entry in std::fs::read_dir(&d).expect("readable folder").flatten() {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            if path.is_dir() {
                if !matches!(name.as_str(), "target" | "node_modules" | ".git") {
                    todo.push(path);
                }
            } else {
                out.push(path);
            }
        }
    }
    out.sort();
    out
}

fn with_ending(dir: &str, endings: &[&str]) -> Vec<(String, String)> {
    files(dir)
        .into_iter()
        .filter(|p| endings.iter().any(|e| p.to_string_lossy().ends_with(e)))
        .map(|p| {
            let text = std::fs::read_to_string(&p).unwrap_or_default();
            let rel = p.strip_prefix(root()).expect("below the root").to_string_lossy().into_owned();
            (rel, text)
        })
        .collect()
}

fn rust() -> Vec<(String, String)> {
    ["core", "projections", "api", "cli", "tests"].iter().flat_map(|d| with_ending(d, &[".rs"])).collect()
}

/// The part of a source file before its test module.
fn product(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap_or(text)
}

fn is_product(path: &str) -> bool {
    path.contains("/src/") && !path.ends_with("/tests.rs") && !path.contains("/tests/")
}

fn none(title: &str, found: Vec<String>) {
    assert!(found.is_empty(), "{title}:\n{}", found.join("\n"));
}

#[test]
fn top_level_is_what_the_client_named() {
    let allowed: BTreeSet<&str> = [
        "Cargo.toml",
        "Cargo.lock",
        "core",
        "projections",
        "api",
        "cli",
        "tests",
        "docs",
        "README.md",
        "LICENSE",
        "publiccode.yml",
    ]
    .into();
    let found = std::fs::read_dir(root())
        .expect("root")
        .flatten()
        .map(|e| e.file_name().to_string_lossy().into_owned())
        .filter(|n| !n.starts_with('.') && n != "target" && !allowed.contains(n.as_str()))
        .collect();
    none("not in the client's layout", found);
    for name in allowed {
        assert!(root().join(name).exists(), "missing at the top level: {name}");
    }
}

#[test]
fn files_stay_below_500_lines() {
    let mut found = Vec::new();
    for dir in ["core", "projections", "api", "cli", "tests"] {
        for (path, text) in with_ending(dir, &[".rs", ".mjs", ".js", ".css", ".html", ".typ"]) {
            let n = text.lines().count();
            // One ES module that imports nothing cannot be split; it is read from top to bottom.
            let cap = if path == "api/assets/pruefer.mjs" { 900 } else { 500 };
            if n > cap {
                found.push(format!("{path}: {n} lines; split it by what it is about"));
            }
        }
    }
    none("files over 500 lines", found);
}

/// (first line number, name, length) of every function, found by the closing brace at its indent.
fn functions(text: &str) -> Vec<(usize, String, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut out = Vec::new();
    for (i, line) in lines.iter().enumerate() {
        let trimmed = line.trim_start();
        let is_fn = [
            "fn ",
            "pub fn ",
            "async fn ",
            "pub async fn ",
            "pub(crate) fn ",
            "pub(super) fn ",
            "pub(crate) async fn ",
        ]
        .iter()
        .any(|p| trimmed.starts_with(p));
        if !is_fn {
            continue;
        }
        let indent = line.len() - trimmed.len();
        let close = format!("{}}}", " ".repeat(indent));
        if let Some(n) = lines[i..].iter().position(|l| {
            *l == close || l.trim_end().ends_with(';') && l.len() > indent && !l.starts_with(&" ".repeat(indent + 1))
        }) {
            out.push((i + 1, trimmed.chars().take(60).collect(), n + 1));
        }
    }
    out
}

#[test]
fn functions_stay_below_70_lines() {
    let mut found = Vec::new();
    for (path, text) in rust() {
        for (line, name, n) in functions(&text) {
            if n > 70 {
                found.push(format!("{path}:{line} {name} … {n} lines"));
            }
        }
    }
    none("functions over 70 lines", found);
}

#[test]
fn no_unfinished_or_silenced_code() {
    let bad = ["todo!(", "unimplemented!(", "#[ignore", "dbg!(", "#[allow("];
    let mut found = Vec::new();
    for (path, text) in rust().into_iter().filter(|(p, _)| !p.ends_with("tidy.rs")) {
        for (i, line) in text.lines().enumerate() {
            if bad.iter().any(|b| line.contains(b)) {
                found.push(format!("{path}:{} {}", i + 1, line.trim()));
            }
        }
    }
    none("unfinished or silenced", found);
}

#[test]
fn product_code_does_not_unwrap() {
    let mut found = Vec::new();
    for (path, text) in rust().into_iter().filter(|(p, _)| is_product(p)) {
        for (i, line) in product(&text).lines().enumerate() {
            if line.contains(".unwrap()") {
                found.push(format!("{path}:{}", i + 1));
            }
        }
    }
    none("unwrap outside tests (typed error, or expect with the reason why it cannot fail)", found);
}

#[test]
fn every_module_says_what_it_is() {
    let found = rust().into_iter().filter(|(_, t)| !t.trim_start().starts_with("//!")).map(|(p, _)| p).collect();
    none("modules that do not open with //!", found);
}

#[test]
fn dependencies_point_one_way() {
    let order = ["core", "projections", "api", "cli"];
    for (i, package) in order.iter().enumerate() {
        let toml = std::fs::read_to_string(root().join(package).join("Cargo.toml")).expect("Cargo.toml");
        for later in &order[i..] {
            let name = format!("akte-{later}");
            let depends =
                toml.lines().any(|l| l.starts_with(&format!("{name}.")) || l.starts_with(&format!("{name} ")));
            assert!(!depends, "{package} must not depend on {name}");
        }
    }
    let tests = std::fs::read_to_string(root().join("tests/Cargo.toml")).expect("Cargo.toml");
    assert!(!tests.lines().any(|l| l.trim() == "[dependencies]"), "tests/ has dev-dependencies only");
}

#[test]
fn rooms_do_not_know_each_other() {
    let rooms = ["akte", "eingang", "geschaeftsgang", "verfahren", "zugriff"];
    let mut found = Vec::new();
    for room in rooms {
        for (path, text) in with_ending(&format!("core/src/{room}"), &[".rs"]) {
            for other in rooms.iter().filter(|o| **o != room) {
                // Types of `zugriff` may be known (who may know what, ARCHITECTURE).
                if *other != "zugriff" && product(&text).contains(&format!("crate::{other}::")) {
                    found.push(format!("{path} uses crate::{other}; they meet in process"));
                }
            }
            for far in ["rusqlite", "axum", "crate::execute", "crate::process"] {
                if product(&text).contains(&format!("{far}::")) && room != "zugriff" {
                    found.push(format!("{path} uses {far}"));
                }
            }
        }
    }
    none("rooms that reach out", found);
}

#[test]
fn nobody_above_the_ledger_names_an_engine() {
    let mut found = Vec::new();
    for dir in ["projections/src", "api/src"] {
        for (path, text) in with_ending(dir, &[".rs"]) {
            if product(&text).contains("ledger::engine") {
                found.push(path);
            }
        }
    }
    none("engines are chosen once, in cli", found);
}

#[test]
fn no_town_is_hard_wired() {
    let town = ["Ueter", "sen"].concat();
    let mut found = Vec::new();
    for dir in
        ["core/src", "core/vorlagen", "core/leistungen", "core/recht", "projections", "api", "cli/src", "tests/tests"]
    {
        for (path, text) in with_ending(dir, &[".rs", ".html", ".sql", ".typ", ".css", ".toml"]) {
            if text.to_lowercase().contains(&town.to_lowercase()) {
                found.push(path);
            }
        }
    }
    none("a town's name in product code", found);
}

#[test]
fn no_service_is_named_in_rust() {
    let mut ids: Vec<String> = std::fs::read_dir(root().join("core/leistungen"))
        .expect("core/leistungen")
        .flatten()
        .filter(|e| e.path().is_dir())
        .map(|e| e.file_name().to_string_lossy().into_owned())
        .collect();
    ids.sort();
    assert!(ids.len() >= 4, "the four services are there");
    let mut found = Vec::new();
    for (path, text) in
        rust().into_iter().filter(|(p, _)| is_product(p) && !p.starts_with("cli/src/demo") && !p.starts_with("tests/"))
    {
        for id in &ids {
            if product(&text).lines().any(|l| !l.trim_start().starts_with("//") && l.contains(&format!("\"{id}\""))) {
                found.push(format!("{path}: {id}"));
            }
        }
    }
    none("a service is data; no Rust names it", found);
}

#[test]
fn every_wire_name_has_a_golden_file() {
    let registry = akte_core::registry();
    let mut missing = Vec::new();
    for spec in registry.all() {
        if !root().join("core/golden").join(format!("{}.json", spec.wire)).exists() {
            missing.push(spec.wire.to_owned());
        }
    }
    none("wire names without core/golden/<wire-name>.json", missing);
}

#[test]
fn every_service_has_examples() {
    for entry in std::fs::read_dir(root().join("core/leistungen")).expect("core/leistungen").flatten() {
        if entry.path().is_dir() {
            let n = std::fs::read_dir(entry.path().join("examples")).map(|d| d.count()).unwrap_or(0);
            assert!(n >= 2, "{}: at least one accepted and one refused example", entry.path().display());
        }
    }
}

/// Who may call what destroys. Everything else goes through the disposal gate (`akte::Disposal`), which only
/// `execute::erase::freigabe` asks for a release.
const VERNICHTET: &[(&str, &[&str])] = &[
    // Engines and what wraps them carry out; the conformance suite and the move to another engine copy.
    (
        ".erase_groups(",
        &[
            "core/src/execute/erase/steps.rs",
            "core/src/ledger/conformance",
            "core/src/ledger/fault.rs",
            "cli/src/migrate/umzug.rs",
        ],
    ),
    ("vault.destroy(", &["core/src/execute/erase/steps.rs"]),
    (".documents.delete(", &["core/src/execute/erase/steps.rs", "core/src/execute/papers.rs"]),
    (".sweep_orphans(", &["core/src/execute/papers.rs"]),
    ("\"erasure.requested.v1\", &data", &["core/src/execute/erase/request.rs"]),
    ("write_request(", &["core/src/execute/erase/request.rs", "core/src/execute/erase/steps.rs"]),
    ("AkteCommand::Release(", &["core/src/execute/erase/freigabe.rs", "core/src/execute/rooms.rs"]),
    ("Freigabe(())", &["core/src/execute/erase/freigabe.rs"]),
    ("Freigabe::nachgeholt(", &["core/src/execute/erase/steps.rs"]),
    ("erase_stored(", &["core/src/execute/erase/steps.rs", "cli/src/loeschlauf.rs"]),
    ("request_erasure(", &["core/src/execute/erase/request.rs", "cli/src/loeschlauf.rs"]),
];

#[test]
fn no_other_code_path_destroys() {
    let mut found = Vec::new();
    for (path, text) in rust().into_iter().filter(|(p, _)| is_product(p)) {
        for (call, allowed) in VERNICHTET {
            let called = product(&text).lines().any(|l| !l.trim_start().starts_with("//") && l.contains(call));
            if called && !allowed.iter().any(|a| path.starts_with(a)) {
                found.push(format!(
                    "{path}: {call} … goes around the disposal gate; use a proposal (core/src/loeschung)"
                ));
            }
        }
    }
    none("destroying calls outside the gate", found);
    let gate = std::fs::read_to_string(root().join("core/src/execute/erase/request.rs")).expect("the request");
    let asked = gate.find("self.freigeben(").expect("the gate is asked");
    let written = gate.find("self.write_request(").expect("the request is written");
    assert!(asked < written, "the gate comes before the request");
    let decided = std::fs::read_to_string(root().join("core/src/akte/aussonderung.rs")).expect("the gate");
    // Both releases are written once, after the one decision, and nobody else names them but their fold and the list of
    // files, which folds them to know what is left.
    for release in ["E::Released {", "E::AkteReleased {"] {
        let fold = format!("{release} loeschung");
        assert_eq!(decided.matches(release).count() - decided.matches(&fold).count(), 1, "{release}");
        let asked = decided.find("let hindernisse = Disposal::decide(").expect("the decision");
        assert!(asked < decided.find(release).expect("the release"), "{release} comes before the decision");
    }
    let elsewhere: Vec<String> = rust()
        .into_iter()
        .filter(|(p, _)| is_product(p) && !p.starts_with("core/src/akte/") && p != "projections/src/internal/akten.rs")
        .filter(|(_, text)| {
            product(text).contains("AkteEvent::AkteReleased") || product(text).contains("AkteEvent::Released")
        })
        .map(|(p, _)| p)
        .collect();
    none("a release named outside the room that decides it", elsewhere);
}

#[test]
fn paths_named_in_docs_exist() {
    let mut found = Vec::new();
    let mut docs = with_ending("docs", &[".md"]);
    docs.push(("README.md".into(), std::fs::read_to_string(root().join("README.md")).expect("README.md")));
    for (doc, text) in docs {
        for (i, part) in text.split('`').enumerate() {
            let path = part.trim_end_matches('/');
            let is_path = i % 2 == 1
                && ["core/", "projections/", "api/", "cli/", "tests/", "docs/", ".ci/"]
                    .iter()
                    .any(|p| part.starts_with(p))
                && !path.contains([' ', '<', '*', '{', ':', '\n']);
            if is_path && !root().join(path).exists() {
                found.push(format!("{doc}: {path}"));
            }
        }
    }
    none("docs name paths that do not exist", found);
}
