//! Accounts, units, roles, and `permit`: one function, deny by default, four eyes.

mod action;
mod einheit;
pub mod event;
mod gruppen;
mod konto;
pub mod permit;

pub use action::Action;
pub use einheit::{Einheit, EinheitCommand, EinheitRefusal};
pub use event::{EinheitEvent, KontoEvent};
pub use konto::{Konto, KontoCommand, KontoRefusal, Vertretung};
pub use permit::{Decision, POLICIES, Principal, Resource, permit};

#[cfg(test)]
mod matrix;
