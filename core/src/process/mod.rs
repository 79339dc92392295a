//! What follows from what: rooms meet only here.
//!
//! Reads the ledger from a durable position and follows up with idempotent commands. Keys come
//! from the event (`LEDGER.md`, idempotency), so repeating after a crash is harmless. Decides
//! nothing itself: a follow-up a room refuses is logged and skipped.

mod extract;
mod letters;
mod manifest;
mod position;
mod react;
mod release;
mod run;
#[cfg(test)]
mod tests;

pub use position::{MemoryPosition, PositionStore, SharedPosition};
pub use react::{Follow, What, react};
pub use release::{reach_bestandskraft, release_rows};
pub use run::Process;
