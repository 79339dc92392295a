//! The fuzzer's entry: `AKTE_ZIEL` names the target. See `tests/fuzz/lauf`.
#![no_main]

#[path = "../ziele.rs"]
mod ziele;

use std::sync::LazyLock;

static ZIEL: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    let wanted = std::env::var("AKTE_ZIEL").expect("AKTE_ZIEL names a target of ziele.rs");
    let found = ziele::ZIELE.iter().find(|(name, _)| *name == wanted);
    found.expect("a target of ziele.rs").1
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| ZIEL(bytes));
