//! `/amt/erfassen`: an application that came to the counter, by letter or by telephone, entered by
//! a clerk or the Poststelle with the service's own form on one page.
//!
//! Keeps the true receipt time beside the time of entry. What is missing may be entered as missing
//! (§ 24 Abs. 3 VwVfG); what is wrong is asked for.

use crate::app::AppState;
use crate::citizen::felder::{self, FeldSicht, Verweis};
use crate::clerk::eingang;
use crate::clerk::vorgang::zeitpunkt;
use crate::error::Fehler;
use crate::formular::Formular;
use crate::layout::{self, Rahmen};
use crate::session::Angemeldet;
use crate::texte::Stimme;
use akte_core::execute::{Call, Target};
use akte_core::kernel::Role;
use akte_core::vault::Recorded;
use akte_core::verfahren::definition::Definition;
use akte_core::verfahren::event::Kanal;
use akte_core::verfahren::pruefung::{self, Befund, Geprueft, Roh, Sprache};
use akte_core::verfahren::{Vorgang, VorgangCommand};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::{RoundMode, Timestamp, TimestampRound, Unit};
use serde_json::json;
use std::sync::Arc;
use uuid::Uuid;

#[derive(Template)]
#[template(path = "clerk/erfassen.html")]
struct Liste {
    rahmen: Rahmen,
    leistungen: Vec<(String, String, String)>,
}

/// `GET /amt/erfassen`
pub async fn waehlen(State(app): State<AppState>, wer: Angemeldet, rahmen: Rahmen) -> Result<Response, Fehler> {
    let alle = app.leistungen().all();
    let meine = alle.iter().filter(|d| darf(&wer, d));
    let leistungen = meine.map(|d| (d.id.clone(), d.titel.de.clone(), d.kurz.de.clone())).collect();
    layout::seite(&Liste { rahmen: rahmen.titel("Antrag erfassen").aktiv("erfassen"), leistungen })
}

/// Offers only what the command path would let through.
fn darf(wer: &Angemeldet, def: &Definition) -> bool {
    let eigene = wer.konto.einheit == def.einheit && (wer.hat(Role::Sachbearbeitung) || wer.hat(Role::Leitung));
    let kanal = def.kanaele.iter().any(|k| *k != Kanal::Online);
    kanal && (eigene || wer.hat(Role::Poststelle))
}

/// One group of questions.
pub struct Gruppe {
    pub titel: String,
    pub felder: Vec<FeldSicht>,
}

#[derive(Template)]
#[template(path = "clerk/erfassen_form.html")]
struct Seite {
    rahmen: Rahmen,
    leistung: String,
    gruppen: Vec<Gruppe>,
    verweise: Vec<Verweis>,
    /// The form grew by what was answered.
    gewachsen: bool,
    /// Only missing answers stand in the way.
    nur_fehlend: bool,
    kanaele: Vec<(String, &'static str, bool)>,
    eingang: String,
    ausweis: bool,
    gezeigt: String,
    schluessel: String,
}

/// `GET /amt/erfassen/{leistung}`
pub async fn zeigen(
    State(app): State<AppState>,
    wer: Angemeldet,
    rahmen: Rahmen,
    Path(id): Path<String>,
) -> Result<Response, Fehler> {
    let def = definition(&app, &wer, &id)?;
    let geprueft = Geprueft::default();
    let blatt = Blatt { def: &def, roh: Roh::new(), geprueft, befunde: Vec::new(), formular: Formular::default() };
    blatt.zeigen(&app, rahmen, StatusCode::OK, false)
}

fn definition(app: &AppState, wer: &Angemeldet, id: &str) -> Result<Arc<Definition>, Fehler> {
    let def = app.leistungen().in_force(id, app.heute());
    def.filter(|d| darf(wer, d)).ok_or_else(Fehler::nicht_gefunden)
}

/// The form with what was typed and what follows from it.
struct Blatt<'a> {
    def: &'a Definition,
    roh: Roh,
    geprueft: Geprueft,
    befunde: Vec<Befund>,
    formular: Formular,
}

impl Blatt<'_> {
    fn zeigen(&self, app: &AppState, rahmen: Rahmen, status: StatusCode, gewachsen: bool) -> Result<Response, Fehler> {
        let gruppe = |g: &akte_core::verfahren::definition::Gruppe| Gruppe {
            titel: g.titel.de.clone(),
            felder: felder::seite(
                self.def,
                &g.id,
                (&self.roh, &self.geprueft.felder),
                &self.befunde,
                Stimme::default(),
            ),
        };
        let gruppen: Vec<Gruppe> = self.def.gruppen.iter().map(gruppe).filter(|g| !g.felder.is_empty()).collect();
        let gezeigt = gruppen.iter().flat_map(|g| g.felder.iter().map(|f| f.id.as_str())).collect::<Vec<_>>().join(",");
        let schluessel = match self.formular.schluessel() {
            "" => rahmen.schluessel(),
            alt => alt.to_owned(),
        };
        let seite = Seite {
            rahmen: rahmen
                .titel(format!("Erfassen: {}", self.def.titel.de))
                .aktiv("erfassen")
                .mit_fehlern(status.is_client_error())
                .krume("/amt/erfassen", "Antrag erfassen"),
            leistung: self.def.id.clone(),
            verweise: felder::verweise(self.def, &self.befunde, None),
            gewachsen,
            nur_fehlend: !self.befunde.is_empty() && self.nur_fehlend(),
            kanaele: self.kanaele(),
            eingang: match self.formular.get("_eingang") {
                "" => jetzt(app),
                t => t.to_owned(),
            },
            ausweis: self.formular.get("_ausweis") == "ja",
            gruppen,
            gezeigt,
            schluessel,
        };
        layout::seite_mit(status, &seite)
    }

    fn kanaele(&self) -> Vec<(String, &'static str, bool)> {
        let wahl = self.def.kanaele.iter().filter(|k| **k != Kanal::Online);
        let wort =
            |k: &Kanal| serde_json::to_value(k).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
        wahl.map(|k| (wort(k), k.wort(), wort(k) == self.formular.get("_kanal"))).collect()
    }

    /// Nothing typed is wrong: every finding is about an empty field.
    fn nur_fehlend(&self) -> bool {
        let leer = |b: &Befund| self.roh.get(&b.feld).is_none_or(|w| w.iter().all(|t| t.trim().is_empty()));
        self.befunde.iter().all(|b| self.def.feld(&b.feld).is_some() && leer(b))
    }
}

/// Local time of the town for the input field.
fn jetzt(app: &AppState) -> String {
    let z = app.clock.now().to_zoned(app.house.zone.clone());
    z.strftime("%Y-%m-%dT%H:%M").to_string()
}

/// `POST /amt/erfassen/{leistung}`
pub async fn absenden(
    State(app): State<AppState>,
    wer: Angemeldet,
    rahmen: Rahmen,
    Path(id): Path<String>,
    formular: Formular,
) -> Result<Response, Fehler> {
    let def = definition(&app, &wer, &id)?;
    let max = app.grenzwerte.feld_zeichen + 1;
    let getippt = |f: &str| formular.all(f).map(|w| w.chars().take(max).collect()).collect::<Vec<String>>();
    let roh: Roh = def.felder.iter().map(|f| (f.id.clone(), getippt(&f.id))).collect();
    let (geprueft, befunde) = pruefung::pruefe_offen(&def, &roh, &[], app.heute(), Sprache::De);
    let mut blatt = Blatt { def: &def, roh, geprueft, befunde, formular };
    let (kanal, eingang_am) = kopf(&app, &mut blatt);
    let trotzdem = blatt.formular.get("_trotzdem") == "ja" && blatt.nur_fehlend();
    if !blatt.befunde.is_empty() && !trotzdem {
        return blatt.zeigen(&app, rahmen, StatusCode::UNPROCESSABLE_ENTITY, false);
    }
    let gezeigt: Vec<&str> = blatt.formular.get("_gezeigt").split(',').collect();
    let neu = def
        .felder
        .iter()
        .any(|f| pruefung::is_shown(&def, f, &blatt.geprueft.felder) && !gezeigt.contains(&f.id.as_str()));
    if neu && !trotzdem {
        return blatt.zeigen(&app, rahmen, StatusCode::UNPROCESSABLE_ENTITY, true);
    }
    let vorgang = einreichen(&app, &wer, &blatt, kanal, eingang_am).await?;
    Ok(layout::weiter(&format!("/amt/erfassen/{}/{vorgang}", def.id)))
}

/// Channel and legal receipt; what is wrong becomes a finding.
fn kopf(app: &AppState, blatt: &mut Blatt<'_>) -> (Kanal, Timestamp) {
    let kanal = serde_json::from_value::<Kanal>(blatt.formular.get("_kanal").into()).ok();
    let kanal = kanal.filter(|k| *k != Kanal::Online && blatt.def.kanaele.contains(k));
    if kanal.is_none() {
        blatt.befunde.insert(0, befund("_kanal", "Wie kam der Antrag? Bitte wählen Sie eine Möglichkeit."));
    }
    let jetzt = app.clock.now();
    let am = zeitpunkt(blatt.formular.get("_eingang"), &app.stadt.zeitzone);
    let minute = TimestampRound::new().smallest(Unit::Minute).mode(RoundMode::Trunc);
    let am = am.map(|t| t.round(minute).unwrap_or(t));
    match am {
        None => blatt.befunde.insert(0, befund("_eingang", "Wann kam der Antrag? Wählen Sie Tag und Uhrzeit.")),
        Some(t) if t > jetzt => {
            blatt.befunde.insert(0, befund("_eingang", "Der Eingang kann nicht in der Zukunft liegen."));
        }
        _ => {}
    }
    (kanal.unwrap_or(Kanal::VorOrt), am.unwrap_or(jetzt).min(jetzt))
}

fn befund(feld: &str, text: &str) -> Befund {
    Befund { feld: feld.into(), text: text.into(), norm: String::new() }
}

async fn einreichen(
    app: &AppState,
    wer: &Angemeldet,
    blatt: &Blatt<'_>,
    kanal: Kanal,
    eingang_am: Timestamp,
) -> Result<Uuid, Fehler> {
    let (principal, key) = (wer.principal(), blatt.formular.schluessel().to_owned());
    let stream = app.house.stream_for_new::<Vorgang>(&principal, &key)?;
    let vertrauen = if blatt.formular.get("_ausweis") == "ja" { "substanziell" } else { "ohne" };
    let command = VorgangCommand::Submit {
        leistung: blatt.def.id.clone(),
        kanal,
        vertrauen: vertrauen.into(),
        eingang_am,
        antragsteller: app.house.antragsteller(stream),
        felder: blatt.geprueft.felder.clone(),
        dokumente: Vec::new(),
    };
    let request =
        json!({ "leistung": blatt.def.id, "kanal": blatt.formular.get("_kanal"), "felder": blatt.geprueft.felder });
    let call = Call { principal, key, target: Target::New, expected: None, request: Some(request), corr: None };
    let done = app.house.execute::<Vorgang>(call, command).await?;
    app.sichtbar(done.receipt.as_ref()).await;
    Ok(done.stream)
}

#[derive(Template)]
#[template(path = "clerk/erfasst.html")]
struct Erfasst {
    rahmen: Rahmen,
    vorgang: Uuid,
    titel: String,
    eingang: String,
    kanal: &'static str,
    code: String,
    pruefsumme: String,
    basis: String,
    leistung: String,
    unterlagen: Vec<(String, String)>,
    /// Labels of the documents that are there.
    da: Vec<String>,
    accept: &'static str,
}

/// `GET /amt/erfassen/{leistung}/{vorgang}`: code and receipt to hand out, for who entered it.
pub async fn erfasst(
    State(app): State<AppState>,
    wer: Angemeldet,
    rahmen: Rahmen,
    Path((leistung, vorgang)): Path<(String, Uuid)>,
) -> Result<Response, Fehler> {
    let (fall, erstes) = eigene(&app, &wer, &leistung, vorgang).await?;
    let def = app.leistungen().by_hash(&fall.definition);
    let mut unterlagen: Vec<(String, String)> =
        def.iter().flat_map(|d| d.unterlagen.iter().map(|u| (u.id.clone(), u.label.de.clone()))).collect();
    unterlagen.push(("sonstige".into(), "Sonstige Unterlage".into()));
    let label = |id: &String| unterlagen.iter().find(|(u, _)| u == id).map(|(_, l)| l.clone());
    let seite = Erfasst {
        da: fall.unterlagen.iter().filter_map(label).collect(),
        accept: akte_core::documents::sniff::Media::ACCEPT,
        leistung,
        rahmen: rahmen.titel("Der Antrag ist erfasst").aktiv("erfassen").krume("/amt/erfassen", "Antrag erfassen"),
        vorgang,
        titel: eingang::titel(&app, &fall.leistung),
        eingang: fall.eingang_am.map(|t| layout::zeitpunkt(&t, &app.stadt.zeitzone)).unwrap_or_default(),
        kanal: fall.kanal.map_or("", Kanal::wort),
        code: app.house.case_code(vorgang, fall.code_generation),
        pruefsumme: erstes.event_hash.iter().map(|b| format!("{b:02x}")).collect(),
        unterlagen,
        basis: basis(&app),
    };
    layout::seite(&seite)
}

/// The case and its first event, for who entered it and nobody else; the read is logged.
pub async fn eigene(
    app: &AppState,
    wer: &Angemeldet,
    leistung: &str,
    vorgang: Uuid,
) -> Result<(Vorgang, Recorded), Fehler> {
    let historie = app.house.history(vorgang).await?;
    let selbst = |r: &Recorded| r.actor == wer.konto.konto.to_string();
    let erstes = historie.into_iter().next().filter(selbst).ok_or_else(Fehler::nicht_gefunden)?;
    let fall = app.house.load::<Vorgang>(vorgang).await?.state;
    // What is handed out is the code of the entry; a later one belongs to who got it after this one was revoked. And
    // whoever may enter this service no more has nothing to hand out.
    let darf_noch = app.leistungen().get(leistung).is_some_and(|d| darf(wer, &d));
    if fall.leistung != leistung || fall.code_generation != 0 || !darf_noch {
        return Err(Fehler::nicht_gefunden());
    }
    app.gelesen(erstes.actor.clone(), "erfassung", Some(vorgang), crate::clerk::zugang::ZWECK_AMT.into()).await?;
    Ok((fall, erstes))
}

/// Where the town's pages are.
pub fn basis(app: &AppState) -> String {
    app.konfig.basis_url.clone().unwrap_or_else(|| format!("https://{}", app.stadt.domain))
}
