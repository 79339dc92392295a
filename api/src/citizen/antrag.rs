//! The form: one group of questions per page, saved after each.
//!
//! What is typed is kept whether it is right or not; what is wrong is said beside it.

use crate::app::AppState;
use crate::citizen::entwurf::{self, Entwurf};
use crate::citizen::felder::{self, FeldSicht, Verweis};
use crate::error::Fehler;
use crate::formular::Formular;
use crate::layout::{self, Rahmen};
use crate::sprache::{self, Sprache};
use crate::texte::{Stimme, Wort};
use akte_core::verfahren::definition::Definition;
use akte_core::verfahren::event::Kanal;
use akte_core::verfahren::pruefung::{self, Befund, Geprueft};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use std::sync::Arc;

/// A draft with its definition and everything that follows from what was typed.
pub struct Lage {
    pub def: Arc<Definition>,
    pub entwurf: Entwurf,
    pub geprueft: Geprueft,
    pub befunde: Vec<Befund>,
    pub stimme: Stimme,
    /// Another version of the form came into force since this draft was last seen.
    pub neue_fassung: bool,
}

impl Lage {
    /// Checks the draft against its definition as of today.
    pub fn neu(app: &AppState, def: Arc<Definition>, entwurf: Entwurf, seite: Sprache) -> Self {
        let stimme = Stimme::neu(seite, &def);
        let ids: Vec<String> = entwurf.inhalt.dokumente.iter().map(|d| d.unterlage.clone()).collect();
        let (geprueft, befunde) = pruefung::pruefe_offen(&def, &entwurf.inhalt.felder, &ids, app.heute(), stimme.def);
        let gesehen = &entwurf.inhalt.definition;
        let neue_fassung = !gesehen.is_empty() && *gesehen != def.sha256;
        Lage { def, entwurf, geprueft, befunde, stimme, neue_fassung }
    }
    /// The frame of a page of this application.
    pub fn rahmen(&self, rahmen: Rahmen, titel: impl Into<Wort>) -> Rahmen {
        let leistung = self.stimme.wort(&self.def.titel);
        rahmen
            .titel(titel)
            .aktiv("leistungen")
            .krume_leistungen()
            .krume(format!("/leistungen/{}", self.def.id), leistung)
    }
    /// `/antrag/<leistung>`
    pub fn basis(&self) -> String {
        format!("/antrag/{}", self.def.id)
    }
}

/// The draft of this browser, not yet sent; otherwise where to go instead.
pub async fn lage(
    app: &AppState,
    headers: &HeaderMap,
    leistung: &str,
    seite: Sprache,
) -> Result<Result<Lage, Response>, Fehler> {
    let katalog = app.leistungen();
    if katalog.get(leistung).is_none() {
        return Err(Fehler::nicht_gefunden());
    }
    let Some(entwurf) = entwurf::lesen(app, headers, leistung).await? else {
        return Ok(Err(layout::weiter(&format!("/leistungen/{leistung}"))));
    };
    if entwurf.inhalt.abgesendet.is_some() {
        return Ok(Err(layout::weiter(&format!("/antrag/{leistung}/bestaetigung"))));
    }
    let def = katalog.in_force(leistung, app.heute()).ok_or_else(Fehler::nicht_gefunden)?;
    Ok(Ok(Lage::neu(app, def, entwurf, seite)))
}

/// `POST /antrag/{leistung}`: opens a draft, or goes on with the one this browser has.
pub async fn beginnen(
    State(app): State<AppState>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Fehler> {
    let def = app.leistungen().in_force(&id, app.heute()).ok_or_else(Fehler::nicht_gefunden)?;
    if !def.kanaele.contains(&Kanal::Online) {
        return Err(Fehler::refusal(
            StatusCode::CONFLICT,
            "channel",
            "Diese Leistung gibt es nicht online. Rufen Sie uns an, oder kommen Sie vorbei.",
        ));
    }
    let entwurf = match entwurf::lesen(&app, &headers, &id).await? {
        Some(e) if e.inhalt.abgesendet.is_none() => e,
        _ => Entwurf::neu(&app, &def),
    };
    entwurf.sichern(&app).await?;
    let erste = def.gruppen.first().map_or("pruefen", |g| g.id.as_str());
    let mut response = layout::weiter(&format!("/antrag/{id}/{erste}"));
    entwurf.merken(&app, response.headers_mut());
    Ok(response)
}

#[derive(Template)]
#[template(path = "antrag.html")]
struct Seite {
    rahmen: Rahmen,
    leistung: String,
    gruppe: String,
    einleitung: Wort,
    felder: Vec<FeldSicht>,
    gezeigt: String,
    verweise: Vec<Verweis>,
    schritt: usize,
    schritte: usize,
    zurueck_zu: String,
    zurueck: String,
    datenschutz: Wort,
    bis: String,
    nicht_leicht: bool,
}

/// `?zurueck=pruefen`: this page was opened from the check page.
#[derive(Deserialize)]
pub struct Herkunft {
    #[serde(default)]
    zurueck: String,
}

/// `GET /antrag/{leistung}/{gruppe}`
pub async fn zeigen(
    State(app): State<AppState>,
    rahmen: Rahmen,
    headers: HeaderMap,
    Path((leistung, gruppe)): Path<(String, String)>,
    Query(herkunft): Query<Herkunft>,
) -> Result<Response, Fehler> {
    let lage = match lage(&app, &headers, &leistung, rahmen.sprache).await? {
        Ok(l) => l,
        Err(r) => return Ok(r),
    };
    bauen(&app, rahmen, &lage, &gruppe, &herkunft.zurueck, &[])
}

fn bauen(
    app: &AppState,
    rahmen: Rahmen,
    l: &Lage,
    gruppe: &str,
    zurueck: &str,
    befunde: &[Befund],
) -> Result<Response, Fehler> {
    let gruppen = felder::gruppen(&l.def, &l.geprueft.felder);
    let Some(i) = gruppen.iter().position(|g| g.id == gruppe) else { return Err(Fehler::nicht_gefunden()) };
    let werte = (&l.entwurf.inhalt.felder, &l.geprueft.felder);
    let sichten = felder::seite(&l.def, gruppe, werte, befunde, l.stimme);
    let zurueck_zu = match i.checked_sub(1) {
        _ if zurueck == "pruefen" => format!("{}/pruefen", l.basis()),
        Some(v) => format!("{}/{}", l.basis(), gruppen[v].id),
        None => format!("/leistungen/{}", l.def.id),
    };
    let seite = Seite {
        rahmen: l.rahmen(rahmen, l.stimme.wort(&gruppen[i].titel)).mit_fehlern(!befunde.is_empty()).formular("antrag"),
        leistung: l.def.id.clone(),
        gruppe: gruppe.to_owned(),
        einleitung: l.stimme.wort(&gruppen[i].einleitung),
        gezeigt: sichten.iter().map(|s| s.id.as_str()).collect::<Vec<_>>().join(","),
        felder: sichten,
        verweise: felder::verweise(&l.def, befunde, None),
        schritt: i + 1,
        schritte: gruppen.len() + 2,
        zurueck_zu,
        zurueck: if zurueck == "pruefen" { "pruefen".into() } else { String::new() },
        datenschutz: l.stimme.wort(&l.def.datenschutz),
        bis: l.entwurf.bis(app, l.stimme.seite),
        nicht_leicht: l.stimme.nicht_leicht(),
    };
    let status = if befunde.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    layout::seite_mit(status, &seite)
}

/// `POST /antrag/{leistung}/{gruppe}`: keeps what was typed, then checks this page only.
pub async fn speichern(
    State(app): State<AppState>,
    rahmen: Rahmen,
    headers: HeaderMap,
    Path((leistung, gruppe)): Path<(String, String)>,
    formular: Formular,
) -> Result<Response, Fehler> {
    let mut alt = match lage(&app, &headers, &leistung, rahmen.sprache).await? {
        Ok(l) => l,
        Err(r) => return Ok(r),
    };
    let gezeigt: Vec<&str> = formular.get("_gezeigt").split(',').collect();
    for f in alt.def.felder.iter().filter(|f| f.gruppe == gruppe && gezeigt.contains(&f.id.as_str())) {
        let werte: Vec<String> = formular.all(&f.id).map(|w| kappen(w, app.grenzwerte.feld_zeichen)).collect();
        alt.entwurf.inhalt.felder.insert(f.id.clone(), werte);
    }
    alt.entwurf.sichern(&app).await?;
    let neu = Lage::neu(&app, alt.def, alt.entwurf, rahmen.sprache);
    if formular.get("aktion") == "spaeter" {
        return Ok(layout::weiter(&format!("{}/spaeter", neu.basis())));
    }
    let zurueck = formular.get("zurueck");
    let anhang = if zurueck == "pruefen" { "?zurueck=pruefen" } else { "" };
    if let Some(s) = sprache::aus_aktion(formular.get("aktion")) {
        let mut response = layout::weiter(&format!("{}/{gruppe}{anhang}", neu.basis()));
        sprache::merken(&app, response.headers_mut(), s);
        return Ok(response);
    }
    let hier: Vec<Befund> = neu
        .befunde
        .iter()
        .filter(|b| neu.def.feld(&b.feld).is_some_and(|f| f.gruppe == gruppe) && gezeigt.contains(&b.feld.as_str()))
        .cloned()
        .collect();
    if !hier.is_empty() {
        return bauen(&app, rahmen, &neu, &gruppe, zurueck, &hier);
    }
    let werte = (&neu.entwurf.inhalt.felder, &neu.geprueft.felder);
    let jetzt = felder::seite(&neu.def, &gruppe, werte, &[], neu.stimme);
    if let Some(f) = jetzt.iter().find(|s| !gezeigt.contains(&s.id.as_str())) {
        return Ok(layout::weiter(&format!("{}/{gruppe}{anhang}#{}", neu.basis(), f.id)));
    }
    Ok(layout::weiter(&naechste(&neu, &gruppe, zurueck)))
}

/// One character more than allowed is kept, so that the check still says "too long".
fn kappen(wert: &str, max: usize) -> String {
    wert.chars().take(max + 1).collect()
}

fn naechste(l: &Lage, gruppe: &str, zurueck: &str) -> String {
    let gruppen = felder::gruppen(&l.def, &l.geprueft.felder);
    let folge = gruppen.iter().skip_while(|g| g.id != gruppe).nth(1);
    match folge {
        // A change may have opened another page; what is complete leads straight back.
        _ if zurueck == "pruefen" && l.befunde.is_empty() => format!("{}/pruefen", l.basis()),
        _ if zurueck == "pruefen" => l.befunde.iter().find_map(|b| l.def.feld(&b.feld)).map_or_else(
            || format!("{}/pruefen", l.basis()),
            |f| format!("{}/{}?zurueck=pruefen#{}", l.basis(), f.gruppe, f.id),
        ),
        Some(g) => format!("{}/{}", l.basis(), g.id),
        None => format!("{}/dokumente", l.basis()),
    }
}
