//! The views as their readers see them, fed from a real ledger through a real vault.
//!
//! Tests no rule of a procedure: events are written as the rooms would write them.

#[path = "sichten/aussonderung.rs"]
mod aussonderung;
#[path = "sichten/buch.rs"]
mod buch;
#[path = "sichten/geloescht.rs"]
mod geloescht;
#[path = "sichten/gleichheit.rs"]
mod gleichheit;
#[path = "sichten/innen.rs"]
mod innen;
#[path = "sichten/oeffentlich.rs"]
mod oeffentlich;
#[path = "sichten/tempo.rs"]
mod tempo;
