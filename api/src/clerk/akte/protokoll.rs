//! `/verwaltung/loeschung/{id}/protokoll`: what was destroyed, by whose will, under which rule, and the proof of it.
//!
//! Names no content and no person concerned: what is gone is not told again.

use crate::app::AppState;
use crate::clerk::loeschung::name;
use crate::clerk::zugang::{self, Leser};
use crate::error::Fehler;
use crate::layout::{self, Rahmen, datum};
use akte_core::akte::Akte;
use akte_core::akte::aussonderung::Stand;
use akte_core::akte::event::Bewertung;
use akte_core::loeschung::{Archiv, Grund, Loeschung, Umfang};
use akte_core::zugriff::Action;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use uuid::Uuid;

#[derive(Template)]
#[template(path = "clerk/loeschprotokoll.html")]
struct Seite {
    rahmen: Rahmen,
    id: Uuid,
    akte: Uuid,
    /// Label and value, in the order of the printed form.
    angaben: Vec<(&'static str, String)>,
    ungeprueft: bool,
}

/// `GET /verwaltung/loeschung/{id}/protokoll`
pub async fn zeigen(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path(id): Path<Uuid>,
) -> Result<Response, Fehler> {
    let l = zugang::lesen::<Loeschung>(&app, &leser, Action::ReadErasures, id, "loeschprotokoll").await?.state;
    let akte = app.house.akte_der_loeschung(&l).await?.ok_or_else(Fehler::nicht_gefunden)?;
    let a = app.house.load::<Akte>(akte).await?.state;
    let f = a.aussonderung.freigabe(id).filter(|f| f.stand == Stand::Vernichtet).ok_or_else(Fehler::nicht_gefunden)?;
    let Some((am, beleg)) = f.beleg else { return Err(Fehler::nicht_gefunden()) };
    let konten = app.intern(|v| v.konten()).await?;
    let recht = app.house.law.vernichtungsgrund(&f.grund).map_err(Fehler::fault)?;
    let bestaetigt = match beleg.bestaetigung {
        Some(n) => format!("Ereignis {n}"),
        None => {
            "Der Inhalt ist vernichtet. Der Schlüssel endet mit der letzten Sicherung, die ihn noch enthält.".into()
        }
    };
    let angaben = vec![
        ("Aktenplan", a.aktenplan.clone()),
        ("Umfang", l.umfang.as_ref().map(Umfang::wort).unwrap_or_default()),
        ("Grund", Grund::lesen(&f.grund).map_or("", Grund::wort).to_owned()),
        ("Rechtsgrundlage", recht.norm.clone()),
        ("Aufbewahrung bis", a.aufbewahrung_bis.map_or_else(|| "nicht maßgeblich".into(), |d| datum(&d))),
        ("Antwort des Archivs", archiv(&a, l.archiv)),
        ("Sperren bei der Freigabe", "keine".into()),
        ("Vorgeschlagen von", name(&konten, f.vorgeschlagen)),
        ("Genehmigt von", name(&konten, f.genehmigt)),
        ("Freigegeben am", datum(&f.am)),
        ("Vernichtet am", datum(&am)),
        ("Vernichtete Teile", beleg.teile.to_string()),
        ("Vernichtete Dokumente", beleg.dokumente.to_string()),
        ("Angeordnet in", format!("Ereignis {}", beleg.anordnung)),
        ("Bestätigt in", bestaetigt),
    ];
    let rahmen = rahmen
        .titel("Löschprotokoll")
        .aktiv("loeschung")
        .krume("/verwaltung/loeschung", "Löschungen")
        .krume(format!("/verwaltung/loeschung/{id}"), "Löschung");
    layout::seite(&Seite { rahmen, id, akte, angaben, ungeprueft: !recht.verified })
}

fn archiv(a: &Akte, genannt: Option<Archiv>) -> String {
    match (a.aussonderung.bewertung, a.aussonderung.uebernommen) {
        (Some(Bewertung::A), Some(am)) => format!("A, übernommen am {}", datum(&am)),
        (Some(Bewertung::A), None) => "A".into(),
        (Some(Bewertung::B), _) => "B".into(),
        (Some(Bewertung::V), _) => "V".into(),
        (None, _) => genannt.map_or("", Archiv::wort).to_owned(),
    }
}
