//! What auditors and data protection do: read the trail, see a case as it was, verify the chain.
//!
//! They read everything, always with a purpose they named, and change nothing. Their own reads are
//! logged like everybody's.

pub mod beleg;
pub mod betroffene;
pub mod regeln;
mod sachen;
pub mod spur;
pub mod verify;
pub mod vorgang;
pub mod zugriffe;
pub mod zweck;

use crate::app::AppState;
use crate::clerk::zugang::{self, Leser};
use crate::error::Fehler;
use akte_core::zugriff::Action;

/// Only for control: everybody else gets the same answer as for a page that does not exist.
async fn pruefen(app: &AppState, leser: &Leser, action: Action, was: &'static str) -> Result<(), Fehler> {
    if !leser.prueft() {
        return Err(Fehler::nicht_gefunden());
    }
    zugang::lesen_liste(app, leser, action, was).await
}
