//! Rights of the person: that an answer under Art. 15 DSGVO was given, and what it rested on.
//!
//! Gathers nothing and masks nothing: what belongs to a person is put together where the events are read. The record
//! is a stream and a procedure of its own; which procedures it was about is sealed, so that it ties nobody's files together.

mod decide;
mod event;
#[cfg(test)]
mod tests;

pub use decide::{BetroffenenCommand, BetroffenenRefusal, Betroffenenauskunft};
pub use event::{BetroffenenEvent, Freigabe, Identitaet};
