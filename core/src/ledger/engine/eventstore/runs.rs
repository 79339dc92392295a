//! Which events on their way belong to one append: the log takes them in together, so that nobody sees half of it.
//!
//! Deliberately in memory only: what an earlier run of the program sent has arrived before this one opens.

use super::store::Delivered;
use super::wire::{Proposed, Recorded};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use uuid::Uuid;

/// Event id -> how many events of its append follow it; single events are not listed.
#[derive(Debug, Default)]
pub(super) struct Runs(Mutex<HashMap<Uuid, usize>>);

impl Runs {
    fn lock(&self) -> MutexGuard<'_, HashMap<Uuid, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// These events are about to be sent as one append.
    pub(super) fn expect(&self, events: &[Proposed]) {
        if events.len() > 1 {
            self.lock().extend(events.iter().rev().enumerate().map(|(rest, event)| (event.id, rest)));
        }
    }

    /// The append has its place.
    pub(super) fn settled(&self, ids: &[Uuid]) {
        if ids.len() > 1 {
            let mut runs = self.lock();
            runs.retain(|id, _| !ids.contains(id));
        }
    }

    /// Splits off the beginning of an append whose end has not been delivered.
    pub(super) fn unfinished(&self, events: &mut Vec<Recorded>) -> Vec<Recorded> {
        let runs = self.lock();
        let rest = |event: &Recorded| runs.get(&event.id).copied().unwrap_or(0);
        let Some(mut follow) = events.last().map(rest).filter(|rest| *rest > 0) else { return Vec::new() };
        let mut first = events.len() - 1;
        while first > 0 && rest(&events[first - 1]) == follow + 1 {
            (first, follow) = (first - 1, follow + 1);
        }
        events.split_off(first)
    }

    /// How many of these make a batch of about `most` that ends with an append.
    pub(super) fn batch(&self, events: &[Delivered], most: usize) -> usize {
        let runs = self.lock();
        let follow = |at: usize| match events.get(at) {
            Some(Delivered::Event(event)) => runs.get(&event.id).copied().unwrap_or(0),
            _ => 0,
        };
        let count = events.len().min(most);
        (count + count.checked_sub(1).map_or(0, follow)).min(events.len())
    }
}
