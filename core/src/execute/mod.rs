//! The one way to write: load -> permit -> decide -> seal -> append.
//!
//! Knows no SQL and no HTTP. Reads that show personal data go through [`House::may`], which asks
//! `zugriff::permit` and nothing else. Nothing outside this module appends to the ledger.

mod akten;
mod any;
mod beleg;
mod call;
mod completeness;
mod epoch;
pub mod erase;
mod fakten;
mod fuehrung;
mod gang;
mod house;
mod leistung;
mod load;
mod nummer;
mod papers;
mod read;
mod repo;
mod room;
mod rooms;
mod run;
mod signing;
mod stroeme;
mod subjekte;
#[cfg(test)]
pub(crate) mod tests;
pub mod vorlage;
mod zeit;
mod zustand;

pub use any::AnyCommand;
pub use beleg::Ereignis;
pub use call::{Call, Clock, Done, ExecuteError, Loaded, Principal, Target};
pub use erase::{AktenVorschlag, Aufbewahrt, Ausgang, Erasure, Schritt, Vorschlag};
pub(crate) use fakten::handelnde;
pub use house::{House, HouseParts};
pub use room::{Pin, Room};
pub use stroeme::{Gefunden, Glied, Gliedart};
pub use zeit::{Zeitachse, rechtszeit};
pub use zustand::state_hash;
