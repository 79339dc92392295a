//! Erasure as a decision: proposed by one person, approved or rejected by another, carried out by the system.
//!
//! Destroys nothing itself: what follows from an approval is `execute::erase`. Knows no Vorgang but its id.

mod decide;
mod event;
#[cfg(test)]
mod tests;

pub use decide::{Aktenlage, Loeschung, LoeschungCommand, LoeschungRefusal, Stand};
pub use event::{Archiv, Ausnahme, Grund, LoeschungEvent, Umfang};
