//! `/amt/akte/{id}/metadaten/{teil}`: what is noted of the Akte (`akte`), a Teilakte or a document (by id), by schema.
//!
//! Checks nothing itself: the schema does, here for the page and once more where it is decided.

use crate::app::AppState;
use crate::citizen::felder::{self, FeldSicht, Verweis, Wahl};
use crate::clerk::absage::{self, Absage};
use crate::clerk::fallseite::Meldung;
use crate::clerk::handlung;
use crate::clerk::namen::Namen;
use crate::clerk::worte;
use crate::clerk::zugang::{self, Leser};
use crate::error::Fehler;
use crate::formular::Formular;
use crate::layout::{self, Rahmen};
use crate::texte::Stimme;
use akte_core::akte::{Akte, AkteCommand, Angaben, Dokument, DokumentCommand, Metadaten};
use akte_core::execute::{Call, Principal};
use akte_core::metadaten::{Art, Metaschema};
use akte_core::verfahren::definition::{Feld, Feldtyp};
use akte_core::verfahren::pruefung::{self, Befund, Roh, Sprache};
use akte_core::zugriff::Action;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};
use uuid::Uuid;

#[derive(Template)]
#[template(path = "clerk/metadaten.html")]
struct Seite {
    rahmen: Rahmen,
    meldung: Option<Meldung>,
    verweise: Vec<Verweis>,
    adresse: String,
    href: String,
    was: String,
    /// The form; `None` for who only reads, and where nothing changes any more.
    felder: Option<Vec<FeldSicht>>,
    /// Label and value of what is noted.
    zeilen: Vec<(String, String)>,
    /// What is noted and the schema in force does not take any more.
    verloren: Vec<String>,
    /// It was noted and is erased.
    geloescht: bool,
    gesehen: u32,
    /// Under which schema it was noted; empty = nothing is.
    schema: String,
    /// The one in force, and where it is published.
    in_kraft: String,
    veroeffentlicht: String,
}

/// What is described, with what is noted of it.
struct Sache {
    art: Art,
    stream: Uuid,
    teilakte: Option<Uuid>,
    was: String,
    metadaten: Option<Metadaten>,
    /// It still takes a change.
    offen: bool,
}

impl Sache {
    async fn lesen(app: &AppState, akte: Uuid, s: &Akte, teil: &str) -> Result<Self, Fehler> {
        let offen = s.beschreibbar().is_ok();
        let (art, stream) = (Art::Akte, akte);
        if teil == "akte" {
            let (was, metadaten) = (s.titel.clone().unwrap_or_else(|| "gelöscht".into()), s.metadaten.clone());
            return Ok(Self { art, stream, teilakte: None, was, metadaten, offen });
        }
        let id: Uuid = teil.parse().map_err(|_| Fehler::nicht_gefunden())?;
        if let Some(t) = s.teilakten.iter().find(|t| t.teilakte == id) {
            let was = format!("Teilakte {}: {}", t.position, t.titel.as_deref().unwrap_or("gelöscht"));
            return Ok(Self { art, stream, teilakte: Some(id), was, metadaten: t.metadaten.clone(), offen });
        }
        if !s.dokumente.contains(&id) {
            return Err(Fehler::nicht_gefunden());
        }
        let d = app.house.load::<Dokument>(id).await?.state;
        let was = d.titel.or(d.dateiname).unwrap_or_else(|| "Dokument (gelöscht)".into());
        let offen = s.nimmt_fassung(id).is_ok();
        Ok(Self { art: Art::Dokument, stream: id, teilakte: None, was, metadaten: d.metadaten, offen })
    }

    fn action(&self) -> Action {
        match self.art {
            Art::Akte => Action::DescribeAkte,
            Art::Dokument => Action::DescribeDokument,
        }
    }

    fn schema<'a>(&self, app: &'a AppState) -> Result<&'a Metaschema, Fehler> {
        app.stadt.metadaten.in_kraft(self.art).ok_or_else(|| Fehler::fault("das Schema der Metadaten fehlt"))
    }
}

/// What was sent and refused.
struct Zurueck {
    roh: Roh,
    gesehen: u32,
    befunde: Vec<Befund>,
    absage: Option<Absage>,
}

/// `GET /amt/akte/{id}/metadaten/{teil}`
pub async fn zeigen(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path((id, teil)): Path<(Uuid, String)>,
) -> Result<Response, Fehler> {
    bauen(&app, &leser, rahmen, id, &teil, None).await
}

async fn bauen(
    app: &AppState,
    leser: &Leser,
    rahmen: Rahmen,
    id: Uuid,
    teil: &str,
    zurueck: Option<Zurueck>,
) -> Result<Response, Fehler> {
    let akte = zugang::lesen::<Akte>(app, leser, Action::ReadAkte, id, "metadaten").await?.state;
    let sache = Sache::lesen(app, id, &akte, teil).await?;
    let schema = sache.schema(app)?;
    let alle = schema.felder();
    // What was typed comes back also where the file was closed meanwhile.
    let darf = (sache.offen || zurueck.is_some()) && als(app, leser, &sache, id).await?.is_some();
    let da = sache.metadaten.clone().unwrap_or_default();
    let werte = da.felder.clone().unwrap_or_default();
    let (status, meldung, roh, befunde, gesehen) = match zurueck {
        Some(z) => {
            let (status, meldung) = absage::teilen(z.absage);
            let status = if z.befunde.is_empty() { status } else { StatusCode::UNPROCESSABLE_ENTITY };
            // Who was told what somebody else noted has seen it.
            let gesehen = if z.befunde.is_empty() { da.fassung } else { z.gesehen };
            (status, meldung, z.roh, z.befunde, gesehen)
        }
        None => {
            let roh = alle.iter().filter_map(|f| Some((f.id.clone(), getippt(f, werte.get(&f.id)?)))).collect();
            (StatusCode::OK, None, roh, Vec::new(), da.fassung)
        }
    };
    let sicht = |f| abwaehlbar(felder::sicht(f, (&roh, &werte), &befunde, Stimme::default()));
    let verweise = befunde.iter().map(|b| Verweis { href: format!("#{}", b.feld), text: b.text.clone() });
    let seite = Seite {
        meldung,
        verweise: verweise.collect(),
        adresse: format!("/amt/akte/{id}/metadaten/{teil}"),
        href: format!("/amt/akte/{id}"),
        felder: darf.then(|| alle.iter().map(sicht).collect()),
        zeilen: zeilen(&alle, &werte),
        verloren: werte.keys().filter(|id| !alle.iter().any(|f| f.id == **id)).cloned().collect(),
        geloescht: sache.metadaten.as_ref().is_some_and(|m| m.felder.is_none()),
        gesehen,
        schema: da.schema,
        in_kraft: schema.name(sache.art),
        veroeffentlicht: format!("/metadaten/{}.json", sache.art.code()),
        was: sache.was,
        rahmen: rahmen
            .titel("Metadaten")
            .aktiv("eingang")
            .krume(format!("/amt/akte/{id}"), worte::akte(&akte))
            .mit_fehlern(status.is_client_error()),
    };
    layout::seite_mit(status, &seite)
}

async fn als(app: &AppState, leser: &Leser, sache: &Sache, akte: Uuid) -> Result<Option<Principal>, Fehler> {
    Ok(zugang::als::<Akte>(app, leser, sache.action(), akte).await?.map(|(principal, _)| principal))
}

/// `POST /amt/akte/{id}/metadaten/{teil}`
pub async fn festhalten(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path((id, teil)): Path<(Uuid, String)>,
    f: Formular,
) -> Result<Response, Fehler> {
    let akte = zugang::lesen::<Akte>(&app, &leser, Action::ReadAkte, id, "metadaten").await?.state;
    let sache = Sache::lesen(&app, id, &akte, &teil).await?;
    let principal = als(&app, &leser, &sache, id).await?.ok_or_else(Fehler::nicht_gefunden)?;
    let schema = sache.schema(&app)?.clone();
    let werte = |x: &Feld| (x.id.clone(), f.all(&x.id).map(str::to_owned).collect());
    let roh: Roh = schema.felder().iter().map(werte).collect();
    let gesehen = f.get("gesehen").parse().unwrap_or(0);
    if let Err(befunde) = schema.pruefe(&roh, app.heute()) {
        return bauen(&app, &leser, rahmen, id, &teil, Some(Zurueck { roh, gesehen, befunde, absage: None })).await;
    }
    let request = json!({ "teil": teil, "gesehen": gesehen, "schema": schema.name(sache.art), "roh": roh });
    let call = Call { principal, ..handlung::an(&leser, &f, sache.stream, request) };
    let angaben = Box::new(Angaben { schema, roh: roh.clone(), gesehen });
    let done = match sache.art {
        Art::Akte => {
            let command = AkteCommand::Describe { teilakte: sache.teilakte, angaben };
            handlung::senden::<Akte>(&app, call, None, Ok(command)).await?
        }
        Art::Dokument => handlung::senden::<Dokument>(&app, call, None, Ok(DokumentCommand::Describe(angaben))).await?,
    };
    match done {
        Ok(_) => Ok(layout::weiter(&format!("/amt/akte/{id}/metadaten/{teil}"))),
        Err((status, mut meldung)) => {
            meldung.text = Namen::laden(&app).await?.eingesetzt(&meldung.text);
            let absage = Some((status, meldung));
            bauen(&app, &leser, rahmen, id, &teil, Some(Zurueck { roh, gesehen, befunde: Vec::new(), absage })).await
        }
    }
}

/// Label and value; what the schema in force does not know any more stands under its id.
fn zeilen(felder: &[Feld], werte: &std::collections::BTreeMap<String, Value>) -> Vec<(String, String)> {
    let bekannt = felder.iter().filter_map(|f| {
        let text = pruefung::lesbar(f, werte.get(&f.id), Sprache::De)?;
        Some((f.label.de.clone(), text))
    });
    let alt = werte.iter().filter(|(id, _)| !felder.iter().any(|f| f.id == **id));
    bekannt.chain(alt.map(|(id, w)| (id.clone(), crate::paket::bericht::in_worten(w)))).collect()
}

/// What was chosen by mistake can be taken back: radio buttons alone cannot.
fn abwaehlbar(mut f: FeldSicht) -> FeldSicht {
    if f.art == "radio" && !f.pflicht {
        let gewaehlt = !f.wahl.iter().any(|w| w.gewaehlt);
        let (id, label) = (format!("{}-keine", f.id), "keine Angabe".into());
        f.wahl.push(Wahl { id, wert: String::new(), label, deutsch: false, gewaehlt });
    }
    f
}

/// A value as it is typed again.
fn getippt(f: &Feld, wert: &Value) -> Vec<String> {
    match (f.typ, wert) {
        (Feldtyp::Datum | Feldtyp::Betrag | Feldtyp::JaNein, w) => {
            pruefung::lesbar(f, Some(w), Sprache::De).into_iter().collect()
        }
        (_, Value::Array(a)) => a.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        (_, Value::String(t)) => vec![t.clone()],
        (_, w) => vec![w.to_string()],
    }
}
