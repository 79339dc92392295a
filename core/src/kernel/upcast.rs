//! Old forms of events, read as their newest form; what is stored never changes.
//!
//! Each released payload form keeps its wire name for ever. When a form gets a successor, its
//! upcaster is added here and its golden file stays.

use cqrs_es::persist::{EventUpcaster, SerializedEvent};

/// All upcasters, oldest first. None yet: every wire name is at `.v1`.
pub fn all() -> Vec<Box<dyn EventUpcaster>> {
    Vec::new()
}

/// Turns one old form into its successor: wire names stand in the payload's `type`, too.
pub struct Rename {
    /// Wire name without suffix, for example `akte.opened`.
    pub from: &'static str,
    /// `n.0.0` of the old form.
    pub version: &'static str,
    /// Wire name of the new form, with suffix.
    pub to: &'static str,
    /// Changes the payload's `data`.
    pub data: fn(serde_json::Value) -> serde_json::Value,
}

impl EventUpcaster for Rename {
    fn can_upcast(&self, event_type: &str, event_version: &str) -> bool {
        event_type == self.from && event_version == self.version
    }

    fn upcast(&self, mut event: SerializedEvent) -> SerializedEvent {
        let data = event.payload.get_mut("data").map(serde_json::Value::take).unwrap_or_default();
        event.payload = serde_json::json!({ "type": self.to, "data": (self.data)(data) });
        let (name, version) = super::event::split_wire(self.to);
        (event.event_type, event.event_version) = (name.to_owned(), version);
        event
    }
}
