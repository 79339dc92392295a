//! Check your answers: everything on one page, "Ändern" leads there and straight back.

use crate::app::AppState;
use crate::citizen::antrag::{Lage, lage};
use crate::citizen::felder::{self, Abschnitt, Verweis};
use crate::error::Fehler;
use crate::layout::{self, Rahmen};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

#[derive(Template)]
#[template(path = "pruefen.html")]
struct Pruefen {
    rahmen: Rahmen,
    basis: String,
    abschnitte: Vec<Abschnitt>,
    verweise: Vec<Verweis>,
    /// (kind of document, file name)
    dokumente: Vec<(String, String)>,
    /// Required documents that are not there yet.
    fehlende: Vec<String>,
    rechtsfolge: String,
    absenden: String,
    datenschutz: String,
    schritt: usize,
}

/// `GET /antrag/{leistung}/pruefen`
pub async fn zeigen(
    State(app): State<AppState>,
    rahmen: Rahmen,
    headers: HeaderMap,
    Path(leistung): Path<String>,
) -> Result<Response, Fehler> {
    match lage(&app, &headers, &leistung).await? {
        Ok(l) => bauen(rahmen, &l, StatusCode::OK),
        Err(r) => Ok(r),
    }
}

/// The check page; with 422 where sending was refused because of findings.
pub fn bauen(rahmen: Rahmen, l: &Lage, status: StatusCode) -> Result<Response, Fehler> {
    let label = |id: &str| {
        l.def.unterlagen.iter().find(|u| u.id == id).map_or("Sonstige Unterlage", |u| u.label.de.as_str()).to_owned()
    };
    let basis = l.basis();
    layout::seite_mit(
        status,
        &Pruefen {
            rahmen: rahmen
                .titel("Angaben prüfen")
                .aktiv("leistungen")
                .mit_fehlern(status != StatusCode::OK)
                .krume("/leistungen", "Dienstleistungen")
                .krume(format!("/leistungen/{}", l.def.id), l.def.titel.de.clone()),
            abschnitte: felder::antworten(&l.def, &l.geprueft.felder),
            verweise: felder::verweise(&l.def, &l.befunde, Some(&basis)),
            dokumente: l.entwurf.inhalt.dokumente.iter().map(|d| (label(&d.unterlage), d.dateiname.clone())).collect(),
            fehlende: l.geprueft.fehlende_unterlagen.iter().map(|id| label(id)).collect(),
            rechtsfolge: l.def.rechtsfolge.de.clone(),
            absenden: l.def.absenden.de.clone(),
            datenschutz: l.def.datenschutz.de.clone(),
            schritt: felder::gruppen(&l.def, &l.geprueft.felder).len() + 2,
            basis,
        },
    )
}
