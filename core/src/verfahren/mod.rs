//! Procedures: definitions of services as data, and the life of an Antrag from receipt to zdA.
//!
//! Knows no single service: what differs between services stands in their definition.

pub mod akt;
mod aktwechsel;
pub mod alter;
pub mod anschrift;
pub mod auswertung;
pub mod bedingung;
pub mod belehrung;
pub mod bescheidpruefung;
pub mod command;
pub mod datensatz;
mod decide;
pub mod definition;
pub mod event;
mod evolve;
pub mod fristlauf;
pub mod gebuehr;
pub mod katalog;
pub mod leistung;
pub mod loader;
pub mod offenlegung;
pub mod pruefung;
mod refusal;
pub mod sprache;
pub mod state;
pub mod texte;
pub mod unterschrift;
pub mod vergleich;
mod worte;
pub mod zustellung;

pub use command::{Unterlage, VorgangCommand};
pub use datensatz::{Datensatz, DatensatzCommand, DatensatzRefusal};
pub use decide::versand::URKUNDE;
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
