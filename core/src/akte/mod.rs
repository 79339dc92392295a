//! The E-Akte: Aktenplan, Akte, Dokument, Aktenzeichen.
//!
//! Does not know procedures: what a Vorgang needs from it is brought together in `process`.

pub mod event;

pub use event::{AkteEvent, AktenplanEvent, DokumentEvent, NummernEvent};
