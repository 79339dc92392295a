//! The shapes every room shares: pure deciders, their context, events on the wire.
//!
//! Knows no room, no clock, no chance, no disk: time, ids and facts come in through [`Context`].

pub mod context;
pub mod decider;
#[macro_use]
pub mod event;

pub use context::{Actor, Context, Facts, Ids, Role};
pub use decider::Decider;
pub use event::{Class, EventSpec, Pointer, Registry, WireEvent};
