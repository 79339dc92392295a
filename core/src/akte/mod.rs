//! The E-Akte: Aktenplan, Akte, Dokument, Aktenzeichen.
//!
//! Does not know procedures: what a Vorgang needs from it is brought together in `process`.

mod aktenplan;
mod dokument;
pub mod event;
mod nummern;
pub mod plan;
#[path = "akte.rs"]
mod stammakte;

pub use aktenplan::{Aktenplan, AktenplanCommand, AktenplanRefusal};
pub use dokument::{Dokument, DokumentCommand, DokumentRefusal};
pub use event::{AkteEvent, AktenplanEvent, DokumentEvent, NummernEvent};
pub use nummern::{NummernCommand, NummernRefusal, Nummernkreis, aktenzeichen};
pub use stammakte::{Akte, AkteCommand, AkteRefusal};

#[cfg(test)]
mod tests;
