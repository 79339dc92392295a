//! What follows from what: rooms meet only here.
//!
//! Reads the ledger from a durable position and follows up with idempotent commands. Keys come
//! from the event (`LEDGER.md`, idempotency), so repeating after a crash is harmless. Decides
//! nothing itself: a follow-up a room refuses is logged and skipped.

mod bescheid;
mod druck;
mod eingang;
mod extract;
mod gang;
mod letters;
mod manifest;
mod position;
mod react;
mod release;
mod run;
#[cfg(test)]
mod tests;
mod umlegen;
mod versaeumt;
mod versand;
mod wiedervorlagen;

pub use bescheid::{Vorschau, fassung_text, gericht, vorschau};
pub use druck::{Druckstueck, Stueck, UMSCHLAG, druck};
pub use eingang::{Ablage, zuordnen};
pub use position::{MemoryPosition, PositionStore, SharedPosition};
pub use react::{Follow, What, react};
pub use release::{miss_abgaben, reach_bestandskraft, release_rows};
pub use run::Process;
pub use versaeumt::note_missed;
pub use versand::{Hinweis, hinweis, melden, release_versand};
pub use wiedervorlagen::{ARBEITSTAGE, note_wiedervorlagen};
