//! Procedures: definitions of services as data, and the life of an Antrag from receipt to zdA.
//!
//! Knows no single service: what differs between services stands in their definition.

pub mod auswertung;
pub mod bedingung;
pub mod command;
pub mod definition;
pub mod event;
pub mod katalog;
pub mod loader;
pub mod pruefung;
pub mod state;

pub use command::{Unterlage, VorgangCommand};
pub use definition::Definition;
pub use event::{DatensatzEvent, LeistungEvent, VorgangEvent};
pub use state::{Status, Vorgang};
