//! Accounts, units, roles, and `permit`: one function, deny by default, four eyes.

pub mod event;

pub use event::{EinheitEvent, KontoEvent};
