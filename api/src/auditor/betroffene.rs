//! `/pruefung/betroffene`: the answer to a person about what is stored about them (Art. 15 DSGVO).
//!
//! Which procedures are theirs is found by search and confirmed by hand, one by one: no rule joins files by a name.
//! Every read is logged for each procedure; that the answer was given is an event.

use super::sachen::{Treffer, gelesen, gewaehlte, weiterer};
use crate::app::AppState;
use crate::betroffene::sammeln::Quelle;
use crate::betroffene::{ANTRAGSTELLER, Auskunft, Frage, Verdeckt, befehl, dateien};
use crate::clerk::fallseite::Meldung;
use crate::clerk::zugang::{self, Leser};
use crate::download;
use crate::error::Fehler;
use crate::formular::{Formular, verbotenes_zeichen};
use crate::layout::{self, Rahmen};
use crate::limits::PAKET_BYTES;
use crate::paket::archiv::Archiv;
use akte_core::betroffene::{Betroffenenauskunft, Freigabe, Identitaet};
use akte_core::execute::{Call, ExecuteError, Target};
use akte_core::kernel::Role;
use akte_core::recht::datum_lesen;
use akte_core::zugriff::Action;
use akte_projections::rows::PersonTreffer;
use askama::Template;
use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use futures::TryStreamExt;
use serde_json::json;
use std::io::Cursor;
use uuid::Uuid;

/// Hits of a search, of each kind.
const TREFFER: usize = 50;
/// Masked values offered for a decision; a form holds no more.
const PRUEFBAR: usize = 400;
/// Characters of a question.
const ZEICHEN: usize = 100;

/// One masked value to decide about.
struct Zeile {
    feld: String,
    index: u64,
    zeiger: String,
    satz: String,
    warum: &'static str,
    inhalt: String,
    grund: String,
}

/// What was put together, in numbers.
struct Zahlen {
    ereignisse: u32,
    dokumente: usize,
    /// Values masked for good.
    endgueltig: usize,
    /// Values to decide about that the form does not hold.
    mehr: usize,
    /// Papers of the files that stay masked.
    schriftstuecke: u32,
}

#[derive(Template)]
#[template(path = "auditor/betroffene.html")]
struct Seite {
    rahmen: Rahmen,
    meldung: Option<Meldung>,
    q: String,
    gesucht: bool,
    /// There may be more.
    voll: bool,
    treffer: Vec<Treffer>,
    /// Files without a procedure, entries of the post book.
    weitere: Vec<Treffer>,
    person: String,
    beantragt_am: String,
    identitaet: Vec<(&'static str, &'static str, bool)>,
    /// Something was put together.
    vorschau: Option<Zahlen>,
    zeilen: Vec<Zeile>,
}

/// `GET /pruefung/betroffene`
pub async fn zeigen(State(app): State<AppState>, leser: Leser, rahmen: Rahmen) -> Result<Response, Fehler> {
    darf_suchen(&app, &leser).await?;
    layout::seite(&leer(rahmen, &Formular::default()))
}

async fn darf_suchen(app: &AppState, leser: &Leser) -> Result<(), Fehler> {
    // Who audits beside them finds the way here and is told whose it is.
    if leser.prueft() && !leser.wer.hat(Role::Datenschutz) {
        let text = "Auskunft an Betroffene erteilt die oder der Datenschutzbeauftragte.";
        return Err(Fehler::refusal(StatusCode::FORBIDDEN, "role", text));
    }
    zugang::lesen_liste(app, leser, Action::ReadBetroffene, "betroffene-suche").await
}

/// `POST /pruefung/betroffene/suche`: a person's name stands in no address.
pub async fn suchen(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    formular: Formular,
) -> Result<Response, Fehler> {
    darf_suchen(&app, &leser).await?;
    let q: String = formular.get("q").trim().chars().take(ZEICHEN).collect();
    let gesucht = !q.is_empty() && !verbotenes_zeichen(&q);
    let wort = q.clone();
    let (treffer, weitere) = match gesucht {
        true => app.intern(move |v| Ok((v.suche(&wort, None, TREFFER)?, v.personen(&wort, TREFFER)?))).await?,
        false => (Vec::new(), Vec::new()),
    };
    let zeile = |t: akte_projections::rows::SuchTreffer| Treffer {
        vorgang: t.vorgang,
        text: format!("{}, {}: {}", t.aktenzeichen.as_deref().unwrap_or("ohne Aktenzeichen"), t.titel, t.ausschnitt),
        gewaehlt: false,
    };
    let mut seite = leer(rahmen, &Formular::default());
    seite.treffer = treffer.into_iter().map(zeile).collect();
    let akten = weitere.iter().filter(|t| matches!(t, PersonTreffer::Akte { .. })).count();
    seite.voll = [seite.treffer.len(), akten, weitere.len() - akten].contains(&TREFFER);
    seite.weitere = weitere.into_iter().map(|t| weiterer(&app, t)).collect();
    (seite.q, seite.gesucht) = (q, gesucht);
    layout::seite(&seite)
}

/// `POST /pruefung/betroffene`: puts together, or gives the answer.
pub async fn erteilen(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    formular: Formular,
) -> Result<Response, Fehler> {
    zugang::lesen_liste(&app, &leser, Action::ReadBetroffene, "betroffenenauskunft").await?;
    let frage = match lesen(&formular) {
        Ok(frage) => frage,
        Err(text) => return ablehnen(&app, &leser, rahmen, &formular, text).await,
    };
    for id in &frage.vorgaenge {
        gelesen(&app, &leser, *id, "betroffenenauskunft").await?;
    }
    let quelle = Quelle { house: &app.house, zugriff: &app.zugriff, frage: &frage };
    let auskunft = quelle.sammeln().await?;
    if formular.get("was") != "erteilen" {
        return vorschau(&app, rahmen, &formular, &auskunft, StatusCode::OK, None).await;
    }
    let Some(beantragt_am) = datum_lesen(formular.get("beantragt_am")) else {
        let text = "„Beantragt am“: Dieses Datum ist nicht lesbar. Geben Sie es so an: 31.12.2026.".into();
        return vorschau(&app, rahmen, &formular, &auskunft, StatusCode::UNPROCESSABLE_ENTITY, Some(text)).await;
    };
    let umfang: u64 = auskunft.dokumente.iter().map(|(_, d)| d.len).sum();
    if umfang > PAKET_BYTES {
        let text =
            "Die Dokumente sind für diese Seite zu groß. Erteilen Sie die Auskunft am Rechner: akte auskunft.".into();
        return vorschau(&app, rahmen, &formular, &auskunft, StatusCode::CONFLICT, Some(text)).await;
    }
    let command = befehl(&frage, &auskunft, beantragt_am, Identitaet::lesen(formular.get("identitaet")));
    let call = Call {
        principal: leser.wer.principal(),
        key: formular.schluessel().to_owned(),
        target: Target::New,
        expected: None,
        request: Some(json!({ "vorgaenge": frage.vorgaenge, "person": frage.person, "am": beantragt_am.to_string() })),
        corr: None,
    };
    match app.house.execute::<Betroffenenauskunft>(call, command).await {
        Ok(done) => app.sichtbar(done.receipt.as_ref()).await,
        Err(ExecuteError::Refused { text, .. }) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return vorschau(&app, rahmen, &formular, &auskunft, status, Some(text)).await;
        }
        Err(e) => return Err(e.into()),
    }
    let bytes = archiv(&app, &auskunft).await?;
    Ok(download::anhang(Body::from(bytes), "application/zip", "auskunft.zip", None))
}

async fn archiv(app: &AppState, a: &Auskunft) -> Result<Vec<u8>, Fehler> {
    let mut archiv = Archiv::neu(Cursor::new(Vec::new()));
    for d in dateien(&app.house, a).await? {
        archiv.datei(&d.name, &d.inhalt).map_err(Fehler::fault)?;
    }
    for (name, wert) in &a.dokumente {
        let mut strom = match app.house.open_document(wert).await {
            // Erased since: the report says so, the others are handed out.
            Err(ExecuteError::NotFound) => continue,
            andere => andere?,
        };
        archiv.beginnen(name).map_err(Fehler::fault)?;
        while let Some(stueck) = strom.try_next().await.map_err(Fehler::fault)? {
            archiv.schreiben(&stueck).map_err(Fehler::fault)?;
        }
    }
    Ok(archiv.schliessen().map_err(Fehler::fault)?.into_inner())
}

/// The question as it was sent, or what is wrong with it.
fn lesen(f: &Formular) -> Result<Frage, String> {
    let person = f.get("person").trim().to_owned();
    if person.is_empty() || person.chars().count() > 200 || verbotenes_zeichen(&person) {
        return Err("„Person“: Geben Sie den Namen an, mit höchstens 200 Zeichen.".into());
    }
    let mut vorgaenge: Vec<Uuid> = f.all("vorgang").filter_map(|t| t.parse().ok()).collect();
    vorgaenge.dedup();
    if vorgaenge.is_empty() {
        return Err("Wählen Sie mindestens einen Vorgang, eine Akte oder einen Eingang.".into());
    }
    let freigabe = |(name, grund): &(String, String)| {
        let (index, zeiger) = name.strip_prefix("grund:")?.split_once(':')?;
        let grund = grund.trim();
        (!grund.is_empty())
            .then(|| Some(Freigabe { index: index.parse().ok()?, zeiger: zeiger.into(), grund: grund.into() }))?
    };
    let freigaben = f.0.iter().filter_map(freigabe).collect();
    Ok(Frage { person, vorgaenge, rolle: ANTRAGSTELLER.into(), freigaben })
}

/// What was typed comes back with what is wrong.
async fn ablehnen(
    app: &AppState,
    leser: &Leser,
    rahmen: Rahmen,
    f: &Formular,
    text: String,
) -> Result<Response, Fehler> {
    // The page names the applicants of what was chosen: that is a read, also where nothing comes of it.
    for id in f.all("vorgang").filter_map(|t| t.parse().ok()) {
        gelesen(app, leser, id, "betroffene-suche").await?;
    }
    let mut seite = leer(rahmen.mit_fehlern(true), f);
    (seite.treffer, seite.weitere) = gewaehlte(app, f).await?;
    seite.meldung = Some(Meldung { art: "danger", titel: "Bitte prüfen Sie Ihre Angaben".into(), text });
    layout::seite_mit(StatusCode::UNPROCESSABLE_ENTITY, &seite)
}

async fn vorschau(
    app: &AppState,
    rahmen: Rahmen,
    f: &Formular,
    a: &Auskunft,
    status: StatusCode,
    fehler: Option<String>,
) -> Result<Response, Fehler> {
    let mut seite = leer(rahmen.mit_fehlern(status.is_client_error()), f);
    (seite.treffer, seite.weitere) = gewaehlte(app, f).await?;
    let frei = |v: &Verdeckt| Zeile {
        feld: format!("grund:{}:{}", v.index, v.zeiger),
        index: v.index,
        zeiger: v.zeiger.clone(),
        satz: v.satz.clone(),
        warum: v.warum,
        inhalt: v.inhalt.clone(),
        grund: String::new(),
    };
    let pruefbar = a.verdeckt.iter().filter(|v| v.pruefbar);
    seite.zeilen = pruefbar.clone().take(PRUEFBAR).map(frei).collect();
    // What was unmasked already is no longer masked: it comes back with its reason.
    for x in &a.freigegeben {
        seite.zeilen.push(Zeile {
            feld: format!("grund:{}:{}", x.index, x.zeiger),
            index: x.index,
            zeiger: x.zeiger.clone(),
            satz: "Freigegeben".into(),
            warum: "",
            inhalt: String::new(),
            grund: x.grund.clone(),
        });
    }
    let endgueltig = a.verdeckt.iter().filter(|v| !v.pruefbar).count();
    seite.vorschau = Some(Zahlen {
        ereignisse: a.ereignisse,
        dokumente: a.dokumente.len(),
        endgueltig,
        mehr: pruefbar.count().saturating_sub(PRUEFBAR),
        schriftstuecke: a.verdeckte_dokumente,
    });
    seite.meldung = fehler.map(|text| Meldung { art: "danger", titel: "Das geht so nicht".into(), text });
    layout::seite_mit(status, &seite)
}

fn leer(rahmen: Rahmen, f: &Formular) -> Seite {
    let gewaehlt = f.get("identitaet");
    Seite {
        rahmen: rahmen.titel("Auskunft an Betroffene").aktiv("pruefung").krume("/pruefung", "Prüfspur"),
        meldung: None,
        q: String::new(),
        gesucht: false,
        voll: false,
        treffer: Vec::new(),
        weitere: Vec::new(),
        person: f.get("person").to_owned(),
        beantragt_am: f.get("beantragt_am").to_owned(),
        identitaet: Identitaet::ALLE.iter().map(|(_, code, wort)| (*code, *wort, *code == gewaehlt)).collect(),
        vorschau: None,
        zeilen: Vec::new(),
    }
}
