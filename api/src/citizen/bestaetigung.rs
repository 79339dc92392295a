//! After sending: case code, what happens next, and a receipt that can be checked years later.

use crate::app::AppState;
use crate::citizen::entwurf::{self, Abgesendet, Inhalt};
use crate::download;
use crate::error::Fehler;
use crate::layout::{self, Rahmen};
use akte_core::documents::notice;
use akte_core::verfahren::definition::{Definition, Schrittart};
use askama::Template;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::{Value, json};
use std::sync::Arc;

#[derive(Template)]
#[template(path = "bestaetigung.html")]
struct Bestaetigung {
    rahmen: Rahmen,
    basis: String,
    titel: String,
    code: String,
    adresse: String,
    eingang: String,
    bescheinigung: bool,
    dauer: String,
    nachweis: Abgesendet,
    bis: String,
}

struct Gesendet {
    def: Arc<Definition>,
    inhalt: Inhalt,
    nachweis: Abgesendet,
    bis: String,
}

async fn gesendet(app: &AppState, headers: &HeaderMap, leistung: &str) -> Result<Option<Gesendet>, Fehler> {
    let def = app.leistungen().get(leistung).ok_or_else(Fehler::nicht_gefunden)?;
    let Some(e) = entwurf::lesen(app, headers, leistung).await? else { return Ok(None) };
    let bis = e.bis(app);
    let Some(nachweis) = e.inhalt.abgesendet.clone() else { return Ok(None) };
    Ok(Some(Gesendet { def, inhalt: e.inhalt, nachweis, bis }))
}

/// `GET /antrag/{leistung}/bestaetigung`
pub async fn zeigen(
    State(app): State<AppState>,
    rahmen: Rahmen,
    headers: HeaderMap,
    Path(leistung): Path<String>,
) -> Result<Response, Fehler> {
    let Some(g) = gesendet(&app, &headers, &leistung).await? else {
        return Ok(layout::weiter(&format!("/leistungen/{leistung}")));
    };
    layout::seite(&Bestaetigung {
        rahmen: rahmen.titel("Ihr Antrag ist eingegangen").aktiv("status"),
        basis: format!("/antrag/{leistung}"),
        titel: g.def.titel.de.clone(),
        code: app.house.case_code(g.nachweis.vorgang, 0),
        adresse: status_adresse(&app),
        eingang: layout::zeitpunkt(&g.nachweis.am, &app.stadt.zeitzone),
        bescheinigung: g.def.schritt(Schrittart::Bescheinigen).is_some(),
        dauer: g.def.dauer.de.clone(),
        nachweis: g.nachweis,
        bis: g.bis,
    })
}

fn status_adresse(app: &AppState) -> String {
    match &app.konfig.basis_url {
        Some(b) => format!("{b}/status"),
        None => format!("https://{}/status", app.stadt.domain),
    }
}

fn nachweis(app: &AppState, g: &Gesendet) -> Value {
    json!({
        "log": app.house.log, "stream": g.nachweis.vorgang, "seq": g.nachweis.seq, "index": g.nachweis.index,
        "event_hash": g.nachweis.event_hash, "leistung": g.def.id, "definition": g.def.sha256,
        "eingegangen_am": g.nachweis.am,
    })
}

/// `GET /antrag/{leistung}/beleg.json`
pub async fn json(
    State(app): State<AppState>,
    headers: HeaderMap,
    Path(leistung): Path<String>,
) -> Result<Response, Fehler> {
    let g = gesendet(&app, &headers, &leistung).await?.ok_or_else(Fehler::nicht_gefunden)?;
    let text = nachweis(&app, &g).to_string();
    Ok(download::anhang(Body::from(text), "application/json", "eingangsnachweis.json", None))
}

/// `GET /antrag/{leistung}/beleg.pdf`
pub async fn pdf(
    State(app): State<AppState>,
    headers: HeaderMap,
    Path(leistung): Path<String>,
) -> Result<Response, Fehler> {
    let g = gesendet(&app, &headers, &leistung).await?.ok_or_else(Fehler::nicht_gefunden)?;
    let eingang = layout::zeitpunkt(&g.nachweis.am, &app.stadt.zeitzone);
    let label =
        |id: &str| g.def.unterlagen.iter().find(|u| u.id == id).map_or("Sonstige Unterlage", |u| u.label.de.as_str());
    let brief = notice::Brief {
        stadt: notice::Absender::from(&*app.stadt),
        datum: g.nachweis.am.to_zoned(app.house.zone.clone()).date(),
        betreff: format!("Eingangsbestätigung: {}", g.def.titel.de),
        absaetze: vec!["Ihr Antrag ist bei uns eingegangen. Wir melden uns, wenn wir noch etwas brauchen.".into()],
        salz: g.inhalt.schluessel.clone(),
        ..notice::Brief::default()
    };
    let eingabe = notice::Eingangsbestaetigung {
        brief,
        eingang,
        fallcode: app.house.case_code(g.nachweis.vorgang, 0),
        status_adresse: status_adresse(&app),
        unterlagen: g.inhalt.dokumente.iter().map(|d| format!("{}: {}", label(&d.unterlage), d.dateiname)).collect(),
        ereignis_hash: g.nachweis.event_hash.clone(),
    };
    let eingabe = serde_json::to_value(&eingabe).map_err(Fehler::fault)?;
    let beleg = nachweis(&app, &g).to_string();
    let pdf = tokio::task::spawn_blocking(move || {
        let vorlage = notice::template_by_name("eingangsbestaetigung")?;
        let anlage = notice::Attachment {
            name: "eingangsnachweis.json",
            media: "application/json",
            beschreibung: "Nachweis des Eingangs für Prüfprogramme",
            bytes: beleg.as_bytes(),
        };
        Some(notice::render(&vorlage, &eingabe, &[anlage]))
    });
    let fertig =
        pdf.await.map_err(Fehler::fault)?.ok_or_else(|| Fehler::fault("template eingangsbestaetigung is missing"))?;
    let fertig = fertig.map_err(Fehler::fault)?;
    Ok(download::anhang(Body::from(fertig.pdf), "application/pdf", "eingangsbestaetigung.pdf", None))
}
