//! One lock per stream: two commands, or two appends to a server, wait for each other instead of racing.
//!
//! Between commands only speed: what really decides is the expected version inside the engine.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tokio::sync::{Mutex as Gate, OwnedMutexGuard};
use uuid::Uuid;

/// Forgotten gates are swept when so many are known.
const SWEEP: usize = 4096;

/// Gates of the streams being written to.
#[derive(Debug, Default)]
pub(crate) struct Locks(Mutex<HashMap<Uuid, Weak<Gate<()>>>>);

impl Locks {
    /// Waits for the stream's turn.
    pub(crate) async fn lock(&self, stream: Uuid) -> OwnedMutexGuard<()> {
        self.gate(stream).lock_owned().await
    }

    fn gate(&self, stream: Uuid) -> Arc<Gate<()>> {
        // Single inserts only: a panic elsewhere leaves the map whole.
        let mut map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if map.len() >= SWEEP {
            map.retain(|_, gate| gate.strong_count() > 0);
        }
        if let Some(gate) = map.get(&stream).and_then(Weak::upgrade) {
            return gate;
        }
        let gate = Arc::new(Gate::new(()));
        map.insert(stream, Arc::downgrade(&gate));
        gate
    }
}
