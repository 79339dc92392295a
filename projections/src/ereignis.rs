//! One event as the views take it in: opened by the vault, with erased and locked values simply absent.
//!
//! Knows nothing of hashes and keys.

use crate::error::{Result, ViewError};
use akte_core::kernel::WireEvent;
use akte_core::ledger::receipt::Redacted;
use serde_json::{Map, Value, json};
use uuid::Uuid;

pub use akte_core::vault::Recorded;

/// An event, and its public proof if it is one of the few that are published.
#[derive(Clone, Debug)]
pub struct Gelesen {
    pub r: Recorded,
    pub beleg: Option<Redacted>,
}

impl std::ops::Deref for Gelesen {
    type Target = Recorded;
    fn deref(&self) -> &Recorded {
        &self.r
    }
}

/// The typed event; a value that does not fit is poison for the view that asked. `None` where the
/// open values were erased: nothing is left that a view could show.
pub fn decode<E: WireEvent>(r: &Recorded) -> Result<Option<E>> {
    match r.decode() {
        Ok(event) => Ok(Some(event)),
        Err(_) if r.missing.contains(&0) || r.locked.contains(&0) => Ok(None),
        Err(_) => Err(poison(&r.wire)),
    }
}

/// A typed event from a wire name and chosen values.
pub fn from_parts<E: WireEvent>(wire: &str, data: Map<String, Value>) -> Result<E> {
    serde_json::from_value(json!({ "type": wire, "data": data })).map_err(|_| poison(wire))
}

/// The text under a top-level key, if it is there.
pub fn text<'a>(r: &'a Recorded, key: &str) -> Option<&'a str> {
    r.data.get(key).and_then(Value::as_str)
}

/// The id under a top-level key, if it is there.
pub fn uuid(r: &Recorded, key: &str) -> Option<Uuid> {
    text(r, key).and_then(|s| s.parse().ok())
}

/// Never repeats a value: it may be personal.
pub fn poison(wire: &str) -> ViewError {
    ViewError::Poison(format!("{wire} hat nicht die Form, die sein Name verspricht"))
}
