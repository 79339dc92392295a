//! The shapes every room shares: pure deciders, their context, events on the wire.
//!
//! Knows no room, no clock, no chance, no disk: time, ids and facts come in through [`Context`].

pub mod context;
pub mod decider;
pub mod es;
#[macro_use]
pub mod event;
pub mod text;
pub mod upcast;

pub use context::{Actor, Context, Facts, Ids, Role};
pub use decider::Decider;
pub use es::Es;
pub use event::{Class, EventSpec, Pointer, Registry, WireEvent};
