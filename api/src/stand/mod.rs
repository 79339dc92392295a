//! Files, lists and rights as they were at any moment, and what changed between two of them.
//!
//! Everything here is folded from events up to a position; no view of today is shown. The pages say by which time the
//! moment is meant: when something was recorded, or when it took effect.

pub mod akte;
pub mod akten;
pub mod felder;
pub mod rechte;
pub mod unterschied;
pub mod vorgang;

use crate::app::AppState;
use crate::clerk::fallseite::Meldung;
use crate::clerk::vorgang::zeitpunkt;
use crate::clerk::zugang::in_adresse;
use crate::layout::zeitpunkt as zeit;
use akte_core::execute::Zeitachse;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;

/// `?stand=2026-03-12T10:15&zeit=recht`, local time of the town; `am` is the same.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Moment {
    stand: String,
    am: String,
    zeit: String,
}

impl Moment {
    /// As it was typed.
    pub fn getippt(&self) -> &str {
        if self.stand.is_empty() { &self.am } else { &self.stand }
    }

    /// Which time is meant.
    pub fn achse(&self) -> Zeitachse {
        achse(&self.zeit)
    }

    /// The moment; now where none is named, `None` where it cannot be read.
    pub fn lesen(&self, app: &AppState) -> Option<Timestamp> {
        match self.getippt().trim() {
            "" => Some(jetzt(app)),
            text => zeitpunkt(text, &app.stadt.zeitzone),
        }
    }
}

/// What every page of a moment says of it.
pub struct Kopf {
    pub am: Timestamp,
    pub achse: Zeitachse,
    pub meldung: Option<Meldung>,
    pub status: StatusCode,
    pub getippt: String,
    pub gesagt: String,
    pub recht: bool,
    pub nach: &'static str,
}

impl Moment {
    /// The moment for a page; what cannot be read is said, and now is shown.
    pub fn kopf(&self, app: &AppState) -> Kopf {
        let (gelesen, achse) = (self.lesen(app), self.achse());
        let am = gelesen.unwrap_or_else(|| app.clock.now());
        let titel = "Bitte prüfen Sie den Zeitpunkt".into();
        Kopf {
            am,
            achse,
            meldung: gelesen.is_none().then(|| Meldung { art: "danger", titel, text: UNLESBAR.into() }),
            status: if gelesen.is_none() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK },
            getippt: self.getippt().to_owned(),
            gesagt: zeit(&am, &app.stadt.zeitzone),
            recht: achse == Zeitachse::Recht,
            nach: wort(achse),
        }
    }
}

impl Kopf {
    /// Another page at the same moment, by the same time.
    pub fn adresse(&self, seite: &str) -> String {
        format!("{seite}?stand={}&zeit={}", in_adresse(&self.getippt), if self.recht { "recht" } else { "" })
    }
}

/// `?a=2026-03-01&b=2026-04-01&zeit=recht`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Spanne {
    a: String,
    b: String,
    zeit: String,
}

impl Spanne {
    /// Both moments; the second is now where it is not named. `None` where one cannot be read or the first is later.
    pub fn lesen(&self, app: &AppState) -> Option<(Timestamp, Timestamp)> {
        let a = zeitpunkt(&self.a, &app.stadt.zeitzone)?;
        let b = match self.b.trim() {
            "" => jetzt(app),
            text => zeitpunkt(text, &app.stadt.zeitzone)?,
        };
        (a <= b).then_some((a, b))
    }

    /// Which time is meant.
    pub fn achse(&self) -> Zeitachse {
        achse(&self.zeit)
    }
}

/// Everything recorded so far: events of one command lie microseconds after each other, also ahead of the clock.
fn jetzt(app: &AppState) -> Timestamp {
    let now = app.clock.now();
    now.checked_add(jiff::Span::new().seconds(1)).unwrap_or(now)
}

fn achse(text: &str) -> Zeitachse {
    if text == "recht" { Zeitachse::Recht } else { Zeitachse::Erfassung }
}

/// The time in words, for pages.
pub fn wort(achse: Zeitachse) -> &'static str {
    match achse {
        Zeitachse::Erfassung => "nach der Zeit der Erfassung",
        Zeitachse::Recht => "nach der Zeit, zu der es rechtlich galt",
    }
}

/// What a page says of a moment nobody can read.
const UNLESBAR: &str =
    "Dieser Zeitpunkt ist nicht lesbar. Schreiben Sie zum Beispiel 2026-03-12T10:15 oder nur den Tag, 2026-03-12.";
