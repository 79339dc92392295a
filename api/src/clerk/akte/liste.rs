//! `/verwaltung/aussonderung`: closed files whose retention is over or not known, and files under a hold.
//!
//! Rights are part of the query; what may be destroyed is decided by the gate, not by this list.

use crate::app::AppState;
use crate::clerk::worte::aktenzeichen;
use crate::clerk::zugang::{self, Leser};
use crate::error::Fehler;
use crate::layout::{self, Rahmen, datum};
use akte_core::zugriff::Action;
use akte_projections::rows::AkteRow;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use uuid::Uuid;

/// Rows of the list.
const GEZEIGT: usize = 200;

struct Zeile {
    akte: Uuid,
    aktenzeichen: String,
    aktenplan: String,
    bis: String,
    sperren: u32,
    archiv: String,
    vernichtet: Option<String>,
}

#[derive(Template)]
#[template(path = "clerk/aussonderung.html")]
struct Liste {
    rahmen: Rahmen,
    zeilen: Vec<Zeile>,
    voll: bool,
}

/// `GET /verwaltung/aussonderung`
pub async fn zeigen(State(app): State<AppState>, leser: Leser, rahmen: Rahmen) -> Result<Response, Fehler> {
    zugang::lesen_liste(&app, &leser, Action::ReadErasures, "aussonderung").await?;
    let (einheiten, heute) = (leser.einheiten(), app.heute());
    let rows = app.intern(move |v| v.akten_faellig(einheiten.as_deref(), heute, GEZEIGT + 1)).await?;
    let voll = rows.len() > GEZEIGT;
    let zeilen = rows.into_iter().take(GEZEIGT).map(zeile).collect();
    layout::seite(&Liste { rahmen: rahmen.titel("Aussonderung").aktiv("aussonderung"), zeilen, voll })
}

fn zeile(r: AkteRow) -> Zeile {
    Zeile {
        akte: r.akte,
        aktenzeichen: aktenzeichen(r.aktenzeichen, r.nummeriert),
        aktenplan: r.aktenplan,
        bis: match (r.geschlossen, r.aufbewahrung_bis) {
            (false, _) => "offen".into(),
            (true, Some(d)) => datum(&d),
            (true, None) => "dauernd oder nicht bekannt".into(),
        },
        sperren: r.sperren,
        archiv: match (r.angeboten, r.bewertung) {
            (None, _) => "nicht angeboten".into(),
            (Some(d), None) => format!("angeboten am {}", datum(&d)),
            (Some(d), Some(b)) => format!("angeboten am {}, bewertet mit {b}", datum(&d)),
        },
        vernichtet: r.vernichtet.map(|d| match r.zu_ende {
            true => format!("Vernichtet am {}", datum(&d)),
            false => format!("Ein Teil ist vernichtet, zuletzt am {}", datum(&d)),
        }),
    }
}
