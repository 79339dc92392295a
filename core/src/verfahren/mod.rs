//! Procedures: definitions of services as data, and the life of an Antrag from receipt to zdA.
//!
//! Knows no single service: what differs between services stands in their definition.

pub mod auswertung;
pub mod bedingung;
pub mod command;
pub mod datensatz;
mod decide;
pub mod definition;
pub mod event;
mod evolve;
pub mod gebuehr;
pub mod katalog;
mod leistung;
pub mod loader;
pub mod offenlegung;
pub mod pruefung;
mod refusal;
pub mod state;
mod worte;

pub use command::{Unterlage, VorgangCommand};
pub use datensatz::{Datensatz, DatensatzCommand, DatensatzRefusal};
pub use definition::Definition;
pub use event::{DatensatzEvent, LeistungEvent, VorgangEvent};
pub use leistung::{Leistung, LeistungCommand, LeistungRefusal};
pub use refusal::Refusal;
pub use state::{Status, Vorgang};

/// Id of the Frist of Widerspruch (§ 70 VwGO).
pub const WIDERSPRUCH: &str = "widerspruch";
/// Id of the Frist of action after a Widerspruchsbescheid (§ 74 VwGO).
pub const KLAGE: &str = "klage";

#[cfg(test)]
mod tests;
