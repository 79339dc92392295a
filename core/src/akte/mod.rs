//! The E-Akte: Aktenplan, Akte, Dokument, Aktenzeichen.
//!
//! Does not know procedures: what a Vorgang needs from it is brought together in `process`.

mod ablage;
mod aktenplan;
pub mod aufbewahrung;
pub mod aussonderung;
mod dokument;
pub mod event;
mod fassung;
mod metadaten;
mod nummern;
pub mod papier;
pub mod plan;
pub mod schema;
mod sperre;
#[path = "akte.rs"]
mod stammakte;
mod struktur;

pub use aktenplan::{Aktenplan, AktenplanCommand, AktenplanRefusal};
pub use aufbewahrung::{Beginn, Entscheidung};
pub use aussonderung::{Ansinnen, Disposal, Hindernis};
pub use dokument::{Dokument, DokumentCommand, DokumentRefusal, Uebernahme};
pub use event::{AkteEvent, AktenplanEvent, Beleg, Dauer, DokumentEvent, NummernEvent, Sperrzweck, Teil};
pub use fassung::KeineFassung;
pub use metadaten::{Angaben, Mangel, Metadaten};
pub use nummern::{NummernCommand, NummernRefusal, Nummernkreis};
pub use papier::PapierCommand;
pub use sperre::Sperre;
pub use stammakte::{Akte, AkteCommand, AkteRefusal};
pub use struktur::{Lage, Teilakte, Verweis, Zeiger};

#[cfg(test)]
mod tests;
