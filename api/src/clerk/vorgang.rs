//! `/amt/vorgang/{id}`: the case page now, and as it was at a past moment.

use crate::app::AppState;
use crate::clerk::aktion;
use crate::clerk::fall;
use crate::clerk::fallseite::{self, Beiwerk, Meldung};
use crate::clerk::zugang::Leser;
use crate::error::Fehler;
use crate::layout::Rahmen;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use serde::Deserialize;
use uuid::Uuid;

/// `?ok=<aktion>`: what was just done.
#[derive(Deserialize)]
pub struct Danach {
    #[serde(default)]
    ok: String,
}

/// `GET /amt/vorgang/{id}`
pub async fn zeigen(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path(id): Path<Uuid>,
    Query(danach): Query<Danach>,
) -> Result<Response, Fehler> {
    let fall = fall::laden(&app, &leser, id, None).await?;
    let satz = match danach.ok.as_str() {
        "unterlage" => Some("Die Unterlage liegt im Vorgang."),
        "auskunft" => Some("Die geschwärzte Auskunft ist erteilt. Die Person holt sie mit ihrem Code ab."),
        name => aktion::finden(name).map(|a| a.erledigt),
    };
    let erledigt = satz.map(|text| Meldung { art: "success", titel: "Erledigt".into(), text: text.into() });
    fallseite::zeigen(&app, rahmen, &fall, Beiwerk { meldung: erledigt, ..Beiwerk::default() })
}

/// `?am=2026-11-22T10:15`, local time of the town.
#[derive(Deserialize)]
pub struct Moment {
    #[serde(default)]
    am: String,
}

/// `GET /amt/vorgang/{id}/stand`
pub async fn stand(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path(id): Path<Uuid>,
    Query(m): Query<Moment>,
) -> Result<Response, Fehler> {
    let Some(am) = zeitpunkt(&m.am, &app.stadt.zeitzone) else {
        let fall = fall::laden(&app, &leser, id, None).await?;
        let text =
            "Dieser Zeitpunkt ist nicht lesbar. Wählen Sie Tag und Uhrzeit, zum Beispiel 22.11.2026 10:15.".into();
        let meldung = Some(Meldung { art: "danger", titel: "Bitte prüfen Sie den Zeitpunkt".into(), text });
        let beiwerk = Beiwerk { status: StatusCode::UNPROCESSABLE_ENTITY, meldung, ..Beiwerk::default() };
        return fallseite::zeigen(&app, rahmen, &fall, beiwerk);
    };
    let fall = fall::laden(&app, &leser, id, Some(am)).await?;
    let gesagt = crate::layout::zeitpunkt(&am, &app.stadt.zeitzone);
    fallseite::zeigen(&app, rahmen, &fall, Beiwerk { stand: Some((m.am, gesagt)), ..Beiwerk::default() })
}

/// A local moment: `2026-11-22T10:15`, with a blank, or a day alone (its end).
pub fn zeitpunkt(text: &str, zone: &str) -> Option<Timestamp> {
    let text = text.trim();
    let civil: DateTime = match (text.parse::<Date>(), text.contains(':')) {
        (Ok(tag), false) => tag.at(23, 59, 59, 999_999_999),
        _ => text.parse().ok()?,
    };
    let voll = civil.to_zoned(jiff::tz::TimeZone::get(zone).ok()?).ok()?;
    // A minute as typed means the whole minute: what was recorded within it is part of the picture.
    let genau = text.matches(':').count() > 1 || !text.contains(':');
    let t = voll.timestamp();
    if genau { Some(t) } else { t.checked_add(jiff::Span::new().seconds(59).nanoseconds(999_999_999)).ok() }
}

#[cfg(test)]
mod tests {
    use super::zeitpunkt;

    #[test]
    fn a_minute_means_all_of_it_and_nonsense_means_nothing() {
        let t = zeitpunkt("2026-11-22T10:15", "Europe/Berlin").unwrap();
        assert_eq!(t.to_string(), "2026-11-22T09:15:59.999999999Z");
        assert_eq!(zeitpunkt("2026-11-22", "Europe/Berlin").unwrap().to_string(), "2026-11-22T22:59:59.999999999Z");
        assert!(zeitpunkt("2026-02-31T10:00", "Europe/Berlin").is_none());
        assert!(zeitpunkt("", "Europe/Berlin").is_none());
    }
}
