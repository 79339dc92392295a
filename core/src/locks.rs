//! One lock per key: two commands on one stream, or two equal requests to a server, wait for each other.
//!
//! Between commands only speed: what really decides is the expected version inside the engine.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tokio::sync::{Mutex as Gate, OwnedMutexGuard};
use uuid::Uuid;

/// Forgotten gates are swept when so many are known.
const SWEEP: usize = 4096;

/// Gates of what is being worked on.
#[derive(Debug, Default)]
pub(crate) struct Locks(Mutex<HashMap<Uuid, Weak<Gate<()>>>>);

impl Locks {
    /// Waits for the turn of this key.
    pub(crate) async fn lock(&self, key: Uuid) -> OwnedMutexGuard<()> {
        self.gate(key).lock_owned().await
    }

    fn gate(&self, key: Uuid) -> Arc<Gate<()>> {
        // Single inserts only: a panic elsewhere leaves the map whole.
        let mut map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if map.len() >= SWEEP {
            map.retain(|_, gate| gate.strong_count() > 0);
        }
        if let Some(gate) = map.get(&key).and_then(Weak::upgrade) {
            return gate;
        }
        let gate = Arc::new(Gate::new(()));
        map.insert(key, Arc::downgrade(&gate));
        gate
    }
}
