//! The work around a document: Geschaeftsgang with its Laufweg, Verfuegungen, Wiedervorlage, tasks, watching.
//!
//! Does not know files, documents or procedures: what a decision needs of them comes in as facts. How a notice is
//! signed inside its Vorgang is not here (`verfahren`).

pub mod aufgabe;
pub mod beobachtung;
pub mod event;
pub mod laufweg;
pub mod objekt;
pub mod umlauf;
pub mod wiedervorlage;

pub use aufgabe::{Aufgabe, AufgabeCommand, AufgabeRefusal};
pub use beobachtung::{Beobachtung, BeobachtungCommand, BeobachtungRefusal};
pub use event::{AufgabeEvent, BeobachtungEvent, UmlaufEvent, Verfuegungsart, WiedervorlageEvent};
pub use laufweg::{LaufwegFehler, Schritt, Schrittart};
pub use objekt::{Objekt, Objektart};
pub use umlauf::{Stand, Umlauf, UmlaufCommand, UmlaufRefusal};
pub use wiedervorlage::{Wann, Wiedervorlage, WiedervorlageCommand, WiedervorlageRefusal};

/// Code of the refusal of a number that is taken: the next one is tried.
pub const VERGEBEN: &str = "nummer_vergeben";

#[cfg(test)]
mod tests;
