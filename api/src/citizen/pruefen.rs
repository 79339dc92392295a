//! Check your answers: everything on one page, "Ändern" leads there and straight back.

use crate::app::AppState;
use crate::citizen::antrag::{Lage, lage};
use crate::citizen::felder::{self, Abschnitt, Verweis};
use crate::error::Fehler;
use crate::layout::{self, Rahmen};
use crate::texte::{Satz, Wort};
use akte_core::verfahren::anschrift;
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
    dokumente: Vec<(Wort, String)>,
    /// Required documents that are not there yet.
    fehlende: Vec<Wort>,
    rechtsfolge: Wort,
    absenden: Wort,
    datenschutz: Wort,
    schritt: usize,
    /// Offered where a decision follows.
    abruf: Option<AbrufWahl>,
    /// The form is another one than that which was filled in.
    neue_fassung: bool,
}

/// Whether the decision is to be retrieved in the portal, as proposed or as typed.
#[derive(Clone, Debug, Default)]
pub struct AbrufWahl {
    pub ja: bool,
    pub email: String,
    pub fehler: Option<Satz>,
}

/// `GET /antrag/{leistung}/pruefen`
pub async fn zeigen(
    State(app): State<AppState>,
    rahmen: Rahmen,
    headers: HeaderMap,
    Path(leistung): Path<String>,
) -> Result<Response, Fehler> {
    let mut l = match lage(&app, &headers, &leistung, rahmen.sprache).await? {
        Ok(l) => l,
        Err(r) => return Ok(r),
    };
    let seite = bauen(rahmen, &l, StatusCode::OK)?;
    gesehen(&app, &mut l).await?;
    Ok(seite)
}

/// From now on the person has seen this version of the form.
pub async fn gesehen(app: &AppState, l: &mut Lage) -> Result<(), Fehler> {
    if l.entwurf.inhalt.definition != l.def.sha256 {
        l.entwurf.inhalt.definition.clone_from(&l.def.sha256);
        l.entwurf.sichern(app).await?;
    }
    Ok(())
}

/// The check page; with 422 where sending was refused because of findings.
pub fn bauen(rahmen: Rahmen, l: &Lage, status: StatusCode) -> Result<Response, Fehler> {
    let email = anschrift::email(&l.def, &l.geprueft.felder).unwrap_or_default().to_owned();
    bauen_mit(rahmen, l, status, AbrufWahl { email, ..AbrufWahl::default() })
}

/// The same with what was chosen for the way of the decision.
pub fn bauen_mit(rahmen: Rahmen, l: &Lage, status: StatusCode, abruf: AbrufWahl) -> Result<Response, Fehler> {
    let s = l.stimme;
    let label = |id: &str| s.unterlage(&l.def, id);
    let basis = l.basis();
    layout::seite_mit(
        status,
        &Pruefen {
            rahmen: l
                .rahmen(rahmen, s.t().pruefen.titel)
                .mit_fehlern(status != StatusCode::OK)
                // Refused sending shows this page at the address of sending, which nobody can open.
                .hier(format!("{basis}/pruefen"))
                .formular("absenden"),
            abschnitte: felder::antworten(&l.def, &l.geprueft.felder, s),
            verweise: verweise(l, &basis, abruf.fehler),
            dokumente: l.entwurf.inhalt.dokumente.iter().map(|d| (label(&d.unterlage), d.dateiname.clone())).collect(),
            fehlende: l.geprueft.fehlende_unterlagen.iter().map(|id| label(id)).collect(),
            rechtsfolge: s.wort(&l.def.rechtsfolge),
            absenden: s.wort(&l.def.absenden),
            datenschutz: s.wort(&l.def.datenschutz),
            schritt: felder::gruppen(&l.def, &l.geprueft.felder).len() + 2,
            abruf: l.def.entscheidet().then_some(abruf),
            neue_fassung: l.neue_fassung,
            basis,
        },
    )
}

fn verweise(l: &Lage, basis: &str, abruf: Option<Satz>) -> Vec<Verweis> {
    let mut alle = felder::verweise(&l.def, &l.befunde, Some(basis));
    let label = l.stimme.t().abruf.adresse;
    alle.extend(abruf.map(|text| Verweis { href: "#email".into(), text: format!("{label}: {text}") }));
    alle
}
