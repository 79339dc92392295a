//! The one way to write: load -> permit -> decide -> seal -> append.
//!
//! Knows no SQL and no HTTP. Reads that show personal data go through [`House::may`], which asks
//! `zugriff::permit` and nothing else. Nothing outside this module appends to the ledger.

mod any;
mod beleg;
mod call;
mod completeness;
mod epoch;
pub mod erase;
mod house;
mod leistung;
mod load;
mod papers;
mod read;
mod repo;
mod room;
mod rooms;
mod run;
mod signing;
#[cfg(test)]
pub(crate) mod tests;
pub mod vorlage;
mod zustand;

pub use any::AnyCommand;
pub use beleg::Ereignis;
pub use call::{Call, Clock, Done, ExecuteError, Loaded, Principal, Target};
pub use erase::{Aufbewahrt, Ausgang, Erasure, Schritt, Vorschlag};
pub use house::{House, HouseParts};
pub use room::{Pin, Room};
pub use zustand::state_hash;
