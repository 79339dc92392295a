//! Streams folded to their state: now, or as it was at a past moment.
//!
//! Asks no permission: for the command path and for `may`, which asks first.

use super::call::{ExecuteError, Loaded};
use super::house::House;
use super::repo::serialized;
use super::room::Room;
use crate::kernel::upcast;
use crate::vault::Recorded;
use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

impl House {
    /// The stream as it stands; `NotFound` if it is empty.
    pub async fn load<R: Room>(&self, stream: Uuid) -> Result<Loaded<R>, ExecuteError> {
        fold::<R>(stream, &self.history(stream).await?)
    }

    /// The stream as it was at that moment, events recorded then included.
    pub async fn load_until<R: Room>(&self, stream: Uuid, until: Timestamp) -> Result<Loaded<R>, ExecuteError> {
        let mut history = self.history(stream).await?;
        history.retain(|r| r.at <= until);
        fold::<R>(stream, &history)
    }

    /// All events of a stream, opened; empty if there is none.
    pub async fn history(&self, stream: Uuid) -> Result<Vec<Recorded>, ExecuteError> {
        self.reader().read_stream(stream, 0).await.map_err(Into::into)
    }
}

/// Folds opened events through the upcasters.
pub(super) fn fold<R: Room>(stream: Uuid, history: &[Recorded]) -> Result<Loaded<R>, ExecuteError> {
    let Some(last) = history.last() else { return Err(ExecuteError::NotFound) };
    let upcasters = upcast::all();
    let mut state = R::State::default();
    for r in history {
        let event = upcasters
            .iter()
            .fold(serialized(r), |e, u| if u.can_upcast(&e.event_type, &e.event_version) { u.upcast(e) } else { e });
        // The error may quote a value: only the place is told.
        let place = || ExecuteError::Fault(format!("Ereignis {} ist nicht lesbar", r.index));
        let event = R::Event::deserialize(&event.payload).map_err(|_| place())?;
        state = R::evolve(state, &event);
    }
    Ok(Loaded { stream, state, version: last.seq + 1, at: Some(last.at), corr: last.corr })
}
