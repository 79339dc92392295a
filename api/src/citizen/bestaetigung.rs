//! After sending: case code, what happens next, and a receipt that can be checked years later.

use crate::app::AppState;
use crate::citizen::entwurf::{self, Abgesendet, Inhalt};
use crate::download;
use crate::error::Fehler;
use crate::layout::{self, Rahmen};
use crate::nachweis::{self, Form};
use crate::sprache::Sprache;
use crate::texte::{Stimme, Wort};
use akte_core::documents::notice;
use akte_core::execute::Principal;
use akte_core::ledger::receipt::Redacted;
use akte_core::verfahren::Vorgang;
use akte_core::verfahren::definition::{Definition, Schrittart};
use akte_core::verfahren::offenlegung;
use akte_core::zugriff::Action;
use askama::Template;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use std::sync::Arc;

/// Name of the receipt without its ending.
const NAME: &str = "eingangsnachweis";

#[derive(Template)]
#[template(path = "bestaetigung.html")]
struct Bestaetigung {
    rahmen: Rahmen,
    basis: String,
    titel: Wort,
    code: String,
    adresse: String,
    eingang: String,
    bescheinigung: bool,
    dauer: Wort,
    nachweis: Abgesendet,
    bis: String,
    /// Somebody else has to sign.
    unterschriften: bool,
}

struct Gesendet {
    def: Arc<Definition>,
    inhalt: Inhalt,
    nachweis: Abgesendet,
    bis: String,
}

async fn gesendet(
    app: &AppState,
    headers: &HeaderMap,
    leistung: &str,
    seite: Sprache,
) -> Result<Option<Gesendet>, Fehler> {
    let def = app.leistungen().get(leistung).ok_or_else(Fehler::nicht_gefunden)?;
    let Some(e) = entwurf::lesen(app, headers, leistung).await? else { return Ok(None) };
    let bis = e.bis(app, seite);
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
    let Some(g) = gesendet(&app, &headers, &leistung, rahmen.sprache).await? else {
        return Ok(layout::weiter(&format!("/leistungen/{leistung}")));
    };
    let s = Stimme::neu(rahmen.sprache, &g.def);
    layout::seite(&Bestaetigung {
        rahmen: rahmen.titel(s.t().bestaetigung.titel).aktiv("status"),
        basis: format!("/antrag/{leistung}"),
        titel: s.wort(&g.def.titel),
        code: app.house.case_code(g.nachweis.vorgang, 0),
        adresse: status_adresse(&app),
        eingang: layout::zeitpunkt_in(&g.nachweis.am, &app.stadt.zeitzone, s.seite),
        bescheinigung: g.def.schritt(Schrittart::Bescheinigen).is_some(),
        dauer: s.wort(&g.def.dauer),
        unterschriften: g.def.mitantrag.iter().any(|m| m.unterschrift),
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

fn pruef_adresse(app: &AppState) -> String {
    match &app.konfig.basis_url {
        Some(b) => format!("{b}/pruefen"),
        None => format!("https://{}/pruefen", app.stadt.domain),
    }
}

/// The submission with what its sender may have of it: `permit` and a row in the read log come first.
async fn auszug(app: &AppState, g: &Gesendet) -> Result<Redacted, Fehler> {
    let vorgang = g.nachweis.vorgang;
    let subject = app.house.antragsteller(vorgang);
    let principal = Principal::buerger(subject, vec![vorgang]);
    let (fall, _) = app.house.may::<Vorgang>(&principal, Action::ReadStatus, vorgang).await?;
    app.gelesen(subject.to_string(), "beleg", Some(vorgang), "eigener Vorgang".into()).await?;
    let def = app.leistungen().by_hash(&fall.state.definition);
    let ereignis = app.house.ereignis(vorgang, 0).await?;
    let wire = ereignis.header.wire.clone();
    Ok(ereignis.auszug(|p| offenlegung::zeiger(def.as_deref(), &wire, p))?)
}

/// `GET /antrag/{leistung}/beleg.json`: the promise, at once.
pub async fn json(
    State(app): State<AppState>,
    headers: HeaderMap,
    Path(leistung): Path<String>,
) -> Result<Response, Fehler> {
    let g = gesendet(&app, &headers, &leistung, Sprache::De).await?.ok_or_else(Fehler::nicht_gefunden)?;
    nachweis::geben(&app, &auszug(&app, &g).await?, Form::Zusage, NAME).await
}

/// `GET /antrag/{leistung}/beleg.tlog-proof`: the receipt, as soon as a checkpoint covers it.
pub async fn beweis(
    State(app): State<AppState>,
    headers: HeaderMap,
    Path(leistung): Path<String>,
) -> Result<Response, Fehler> {
    let g = gesendet(&app, &headers, &leistung, Sprache::De).await?.ok_or_else(Fehler::nicht_gefunden)?;
    nachweis::geben(&app, &auszug(&app, &g).await?, Form::Beweis, NAME).await
}

/// `GET /antrag/{leistung}/beleg.pdf`
pub async fn pdf(
    State(app): State<AppState>,
    headers: HeaderMap,
    Path(leistung): Path<String>,
) -> Result<Response, Fehler> {
    let g = gesendet(&app, &headers, &leistung, Sprache::De).await?.ok_or_else(Fehler::nicht_gefunden)?;
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
    let auszug = auszug(&app, &g).await?;
    let eingabe = notice::Eingangsbestaetigung {
        brief,
        eingang,
        fallcode: app.house.case_code(g.nachweis.vorgang, 0),
        status_adresse: status_adresse(&app),
        unterlagen: g.inhalt.dokumente.iter().map(|d| format!("{}: {}", label(&d.unterlage), d.dateiname)).collect(),
        ereignis_hash: URL_SAFE_NO_PAD.encode(auszug.event_hash()),
        pruef_adresse: pruef_adresse(&app),
    };
    let eingabe = serde_json::to_value(&eingabe).map_err(Fehler::fault)?;
    // The receipt with its proof once a checkpoint covers it, always with the first that does: so the file is the
    // same every time. Before that, the promise.
    let beweis = app.house.beleg(&auszug).await?;
    let form = if beweis.is_some() { Form::Beweis } else { Form::Zusage };
    let beleg = match beweis {
        Some(text) => text.into_bytes(),
        None => auszug.promise().map_err(Fehler::fault)?,
    };
    let pdf = tokio::task::spawn_blocking(move || {
        let vorlage = notice::template_by_name("eingangsbestaetigung")?;
        let anlage = notice::Attachment {
            name: form.datei(),
            media: form.media(),
            beschreibung: form.beschreibung(),
            bytes: &beleg,
        };
        Some(notice::render(&vorlage, &eingabe, &[anlage]))
    });
    let fertig =
        pdf.await.map_err(Fehler::fault)?.ok_or_else(|| Fehler::fault("template eingangsbestaetigung is missing"))?;
    let fertig = fertig.map_err(Fehler::fault)?;
    Ok(download::anhang(Body::from(fertig.pdf), "application/pdf", "eingangsbestaetigung.pdf", None))
}
