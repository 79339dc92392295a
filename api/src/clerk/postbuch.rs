//! `/amt/postbuch`: what came in by letter, mail and scan, oldest first, with both times and its state.
//!
//! Rights are part of the query. Who keeps the book for all units is told by [`einheiten`].

use crate::app::AppState;
use crate::clerk::zugang::{self, Leser};
use crate::error::Fehler;
use crate::layout::{self, Rahmen, zeitpunkt};
use akte_core::eingang::{Kanal, Sichtung};
use akte_core::kernel::Role;
use akte_core::zugriff::Action;
use akte_projections::rows::{PostbuchFilter, PostbuchRow};
use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use uuid::Uuid;

/// Rows of one page.
const SEITE: usize = 50;

/// Tab, its name, the states it shows.
const TABS: [(&str, &str, &[&str]); 5] = [
    ("offen", "Zuzuordnen", &["erfasst"]),
    ("zugeordnet", "Zugeordnet", &["zugeordnet"]),
    ("fehlgeleitet", "Fehlgeleitet", &["fehlgeleitet"]),
    ("quarantaene", "Quarantäne", &["quarantaene"]),
    ("alle", "Alle", &[]),
];

/// What the address asks for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Frage {
    tab: String,
    /// Page token `<microseconds>~<eingang>`.
    nach: String,
}

struct Zeile {
    eingang: Uuid,
    kanal: &'static str,
    einheit: String,
    eingegangen: String,
    erfasst: String,
    absender: String,
    betreff: String,
    stand: &'static str,
    hinweis: Option<&'static str>,
    akte: Option<Uuid>,
}

#[derive(Template)]
#[template(path = "clerk/postbuch.html")]
struct Seite {
    rahmen: Rahmen,
    tabs: Vec<(&'static str, &'static str, bool)>,
    zeilen: Vec<Zeile>,
    weiter: Option<String>,
    schreibt: bool,
    scanner: bool,
}

/// Units whose post book this reader sees; `None` = all.
pub fn einheiten(leser: &Leser) -> Option<Vec<String>> {
    if leser.wer.hat(Role::Poststelle) { None } else { leser.einheiten() }
}

/// `GET /amt/postbuch`
pub async fn zeigen(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Query(frage): Query<Frage>,
) -> Result<Response, Fehler> {
    zugang::lesen_liste(&app, &leser, Action::ReadPostbuch, "postbuch").await?;
    let (tab, _, stand) = TABS.iter().find(|(t, ..)| *t == frage.tab).unwrap_or(&TABS[0]);
    let filter = PostbuchFilter {
        einheiten: einheiten(&leser),
        stand: stand.iter().map(|s| (*s).to_owned()).collect(),
        nach: frage.nach.split_once('~').and_then(|(k, e)| Some((k.parse().ok()?, e.parse().ok()?))),
        limit: SEITE + 1,
    };
    let mut rows = app.intern(move |v| v.postbuch(&filter)).await?;
    let marke = layout::letzte(&mut rows, SEITE).map(|r| format!("{}~{}", r.received_at.as_microsecond(), r.eingang));
    let seite = Seite {
        rahmen: rahmen.titel("Postbuch").aktiv("postbuch"),
        tabs: TABS.iter().map(|(t, n, _)| (*t, *n, t == tab)).collect(),
        zeilen: rows.into_iter().map(|r| zeile(&app, r)).collect(),
        weiter: marke.map(|m| format!("/amt/postbuch?tab={tab}&nach={m}")),
        schreibt: !leser.prueft(),
        scanner: app.konfig.virenscanner.is_some(),
    };
    layout::seite(&seite)
}

fn zeile(app: &AppState, r: PostbuchRow) -> Zeile {
    let zone = &app.stadt.zeitzone;
    let sichtung = r.sichtung.as_deref().and_then(Sichtung::lesen).filter(|s| *s != Sichtung::Angenommen);
    Zeile {
        eingang: r.eingang,
        kanal: Kanal::lesen(&r.kanal).map_or("unbekannt", Kanal::wort),
        einheit: app.stadt.einheit(&r.einheit).to_owned(),
        eingegangen: zeitpunkt(&r.received_at, zone),
        erfasst: zeitpunkt(&r.captured_at, zone),
        absender: r.absender.unwrap_or_else(|| "ohne Absender".into()),
        betreff: r.betreff.unwrap_or_else(|| "ohne Betreff".into()),
        hinweis: if r.ungeprueft { Some("wartet auf den Virenscanner") } else { sichtung.map(Sichtung::wort) },
        stand: stand(&r.stand),
        akte: r.akte,
    }
}

/// A state in words.
pub fn stand(code: &str) -> &'static str {
    match code {
        "erfasst" => "zuzuordnen",
        "zugeordnet" => "zugeordnet",
        "fehlgeleitet" => "fehlgeleitet",
        "quarantaene" => "in Quarantäne",
        _ => "unbekannt",
    }
}
