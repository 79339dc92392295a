//! The connection to the server: one client in a swap, built anew with back-off when it failed.
//!
//! Deliberately never hands out a client that failed: one whose first connection attempt failed answers
//! "closed" for ever, and one of a cluster may stay with a node that is gone.

use super::wire::{self, Client, ClientSettings, Trouble};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Where a client comes from.
pub(super) struct Link {
    settings: ClientSettings,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    client: Option<Client>,
    /// Told apart by this number, so that one failure is counted once.
    generation: u64,
    failures: u32,
    not_before: Option<Instant>,
}

/// A client to make calls with.
pub(super) struct Held {
    pub(super) client: Client,
    generation: u64,
}

impl Link {
    pub(super) fn new(settings: ClientSettings) -> Self {
        Self { settings, state: Mutex::default() }
    }

    /// The client, after the pause a failure asks for.
    pub(super) async fn client(&self) -> Result<Held, Trouble> {
        let pause = {
            let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            match &state.client {
                Some(client) => return Ok(Held { client: client.clone(), generation: state.generation }),
                None => state.not_before,
            }
        };
        if let Some(until) = pause {
            tokio::time::sleep_until(until).await;
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let client = match &state.client {
            Some(client) => client.clone(),
            None => wire::client(self.settings.clone())?,
        };
        state.client = Some(client.clone());
        Ok(Held { client, generation: state.generation })
    }

    /// Takes note of how a call ended; hands its result on.
    pub(super) fn note<T>(&self, held: &Held, result: Result<T, Trouble>) -> Result<T, Trouble> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.generation == held.generation {
            match &result {
                Err(Trouble::NotSent(_) | Trouble::Unknown(_)) => {
                    state.client = None;
                    state.generation += 1;
                    state.failures = state.failures.saturating_add(1);
                    state.not_before = Some(Instant::now() + pause(state.failures));
                }
                _ => state.failures = 0,
            }
        }
        result
    }
}

/// Doubles with every failure in a row; between half and all of it, so that nodes do not come in step.
fn pause(failures: u32) -> Duration {
    let whole = FIRST_PAUSE.saturating_mul(1 << failures.saturating_sub(1).min(10)).min(LONGEST_PAUSE);
    let chance = RandomState::new().hash_one(failures) % 1024;
    whole / 2 + whole.mul_f64(chance as f64 / 2048.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_limit_and_never_vanish() {
        assert!(pause(1) >= FIRST_PAUSE / 2 && pause(1) <= FIRST_PAUSE);
        for failures in 8..40 {
            assert!(pause(failures) >= LONGEST_PAUSE / 2 && pause(failures) <= LONGEST_PAUSE);
        }
    }
}
