//! Proofs of the legal-time engine: vectors of the rules, hand-made cases, properties, data.

mod daten;
mod eigenschaften;
mod faelle;
mod fehler;
mod lauf;
mod quellen;
mod vektoren;

use super::Law;
use std::sync::Arc;

fn berlin() -> jiff::tz::TimeZone {
    jiff::tz::TimeZone::get("Europe/Berlin").unwrap()
}

fn law() -> Arc<Law> {
    Law::builtin().unwrap()
}

/// Content of a file of the shared test data; `None` (and a word about it) where they are not at hand.
fn shared(path: &str) -> Option<String> {
    let Ok(root) = std::env::var("AKTE_SHARED") else {
        println!("skipped: shared data not found");
        return None;
    };
    Some(std::fs::read_to_string(std::path::Path::new(&root).join("data").join(path)).unwrap())
}
