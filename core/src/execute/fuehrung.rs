//! Which unit keeps an Akte: read once, then only what was written since.
//!
//! An Akte may hold thousands of documents, and every document asks whose it is. Keeps the unit only, nothing sealed.

use super::call::ExecuteError;
use super::house::House;
use crate::akte::{Akte, AkteEvent};
use crate::kernel::Decider;
use std::sync::PoisonError;
use uuid::Uuid;

/// Akten remembered at most.
const GEMERKT: usize = 4_096;

impl House {
    /// The unit as the stream tells it now; `None` if there is no such Akte.
    pub(super) async fn fuehrt(&self, akte: Uuid) -> Result<Option<String>, ExecuteError> {
        let known = self.fuehrend.lock().unwrap_or_else(PoisonError::into_inner).get(&akte).cloned();
        let (from, einheit) = known.unwrap_or_default();
        let neu = self.reader().read_stream(akte, from).await?;
        let mut state = Akte { einheit, ..Akte::default() };
        let next = neu.last().map_or(from, |r| r.seq + 1);
        for r in &neu {
            // The error may quote a value: only the place is told.
            let event: AkteEvent =
                r.decode().map_err(|_| ExecuteError::Fault(format!("Ereignis {} ist nicht lesbar", r.index)))?;
            state = Akte::evolve(state, &event);
        }
        let mut all = self.fuehrend.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= GEMERKT {
            all.clear();
        }
        all.insert(akte, (next, state.einheit.clone()));
        Ok((!state.einheit.is_empty()).then_some(state.einheit))
    }
}
