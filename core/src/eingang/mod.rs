//! The post book: what reached the house, by which way, when it was there by law and when it was recorded.
//!
//! Knows no Akte and no Vorgang but their ids; what is filed there is brought together in `process`.

mod decide;
mod event;
pub mod grenzen;
#[cfg(feature = "auszug")]
pub mod mail;
#[cfg(test)]
mod tests;
#[cfg(feature = "auszug")]
pub mod typ;

pub use decide::{Aufnahme, Eingang, EingangCommand, EingangRefusal, Herkunft, Scan, Stand};
pub use event::{EingangEvent, Ergebnis, Hinweis, Kanal, Pruefung, Quarantaenegrund, Sichtung, Teil, Teilart};
