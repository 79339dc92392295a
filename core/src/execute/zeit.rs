//! A stream as it was at a moment, by either of its two times, and how it became what it is.
//!
//! Folds events up to a position and never asks a view. Asks no permission: for whoever asked [`House::may`] first.

use super::call::{ExecuteError, Loaded};
use super::house::House;
use super::load::fold;
use super::room::Room;
use crate::vault::Recorded;
use jiff::tz::TimeZone;
use jiff::{Timestamp, civil::Date};
use serde_json::Value;
use uuid::Uuid;

/// Which time a moment is asked of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Zeitachse {
    /// When it was recorded: what the house knew then.
    #[default]
    Erfassung,
    /// When it took effect: what was so then, also if it was entered later.
    Recht,
}

/// Legal moment of an event: what it names itself, else when it was recorded. A day that is not the day of recording
/// counts from its beginning.
pub fn rechtszeit(r: &Recorded, zone: &TimeZone) -> Timestamp {
    let text = |key: &str| r.data.get(key).and_then(Value::as_str);
    if let Some(t) = text("eingang_am").and_then(|t| t.parse().ok()) {
        return t;
    }
    let tag = ["am", "valid_from", "eingegangen_am"].iter().find_map(|k| text(k)?.parse::<Date>().ok());
    match tag {
        Some(tag) if tag != r.at.to_zoned(zone.clone()).date() => {
            tag.to_zoned(zone.clone()).map_or(r.at, |z| z.timestamp())
        }
        _ => r.at,
    }
}

impl House {
    /// The events of a stream that count at that moment, oldest first.
    pub async fn history_until(
        &self,
        stream: Uuid,
        until: Timestamp,
        achse: Zeitachse,
    ) -> Result<Vec<Recorded>, ExecuteError> {
        let mut history = self.history(stream).await?;
        history.retain(|r| match achse {
            Zeitachse::Erfassung => r.at <= until,
            Zeitachse::Recht => rechtszeit(r, &self.zone) <= until,
        });
        Ok(history)
    }

    /// The stream folded from those events; `NotFound` where it did not exist yet.
    pub async fn load_stand<R: Room>(
        &self,
        stream: Uuid,
        until: Timestamp,
        achse: Zeitachse,
    ) -> Result<Loaded<R>, ExecuteError> {
        fold::<R>(stream, &self.history_until(stream, until, achse).await?)
    }

    /// The state after each event that counts at that moment, with the event.
    pub async fn schritte<R: Room>(
        &self,
        stream: Uuid,
        until: Timestamp,
        achse: Zeitachse,
    ) -> Result<Vec<(Recorded, R::State)>, ExecuteError>
    where
        R::State: Clone,
    {
        let history = self.history_until(stream, until, achse).await?;
        let mut out = Vec::with_capacity(history.len());
        let mut state = R::State::default();
        for r in history {
            let place = || ExecuteError::Fault(format!("Ereignis {} ist nicht lesbar", r.index));
            state = R::evolve(state, &r.decode::<R::Event>().map_err(|_| place())?);
            out.push((r, state.clone()));
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::collections::BTreeMap;

    fn event(at: &str, data: Value) -> Recorded {
        let Value::Object(data) = data else { unreachable!("an object") };
        Recorded {
            index: 0,
            stream: Uuid::nil(),
            seq: 0,
            wire: "x.y.v1".into(),
            at: at.parse().expect("time"),
            event_hash: [0; 32],
            prev: [0; 32],
            cause: Uuid::nil(),
            corr: Uuid::nil(),
            ret: String::new(),
            actor: String::new(),
            fuer: None,
            data,
            reserved: BTreeMap::new(),
            missing: vec![],
            locked: vec![],
        }
    }

    #[test]
    fn the_legal_moment_is_what_the_event_names_and_else_when_it_was_recorded() {
        let zone = TimeZone::get("Europe/Berlin").expect("zone");
        let at = "2026-11-23T09:00:00Z";
        for (data, soll) in [
            (json!({ "eingang_am": "2026-11-20T23:30:00Z" }), "2026-11-20T23:30:00Z"),
            (json!({ "am": "2026-11-19" }), "2026-11-18T23:00:00Z"),
            (json!({ "am": "2026-11-23" }), at),
            (json!({ "am": "kein Tag" }), at),
            (json!({}), at),
        ] {
            assert_eq!(rechtszeit(&event(at, data), &zone).to_string(), soll);
        }
    }
}
