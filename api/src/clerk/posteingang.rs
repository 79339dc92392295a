//! `/amt/postbuch/{id}`: one Eingang with its parts, and what can be done with it.
//!
//! What waits for the virus scanner or lies in quarantine has no download. A scan is looked at and accepted before it goes
//! anywhere.

use crate::app::AppState;
use crate::clerk::absage;
use crate::clerk::handlung;
use crate::clerk::postbuch;
use crate::clerk::worte::aktenzeichen;
use crate::clerk::zugang::{self, Leser};
use crate::download;
use crate::error::Fehler;
use crate::formular::Formular;
use crate::layout::{self, Rahmen, zeitpunkt};
use akte_core::documents::DokumentWert;
use akte_core::eingang::{Eingang, EingangCommand, Kanal, Sichtung, Stand};
use akte_core::execute::{Call, ExecuteError, Loaded, Room};
use akte_core::kernel::Role;
use akte_core::process::{Ablage, zuordnen};
use akte_core::zugriff::{Action, Resource};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

/// A part that can be fetched.
struct Stueck {
    dok: Uuid,
    art: &'static str,
    name: String,
    groesse: u64,
}

/// The Transfervermerk in words.
struct Vermerk {
    scanner: String,
    bedienung: String,
    am: String,
    sichtung: &'static str,
    grund: Option<String>,
    offen: bool,
}

#[derive(Template)]
#[template(path = "clerk/posteingang.html")]
struct Seite {
    rahmen: Rahmen,
    id: Uuid,
    version: u64,
    fehler: Option<String>,
    getan: Option<&'static str>,
    kanal: &'static str,
    einheit: String,
    eingegangen: String,
    erfasst: String,
    absender: String,
    /// What it held was erased with the Akte it was filed in.
    geloescht: bool,
    stand: &'static str,
    pruefung: Option<&'static str>,
    pruefsumme: Option<String>,
    quarantaene: Option<(&'static str, String)>,
    hinweise: Vec<&'static str>,
    daten: Vec<String>,
    grund: Option<String>,
    vermerk: Option<Vermerk>,
    stuecke: Vec<Stueck>,
    akte: Option<(Uuid, String)>,
    ordnet: bool,
    /// Work can be hung on it: Wiedervorlage, task, watching.
    merkt: bool,
    leitet: bool,
    einheiten: Vec<(String, String, bool)>,
    t: Getippt,
}

/// What was typed, coming back.
#[derive(Default)]
struct Getippt {
    aktenzeichen: String,
    aktenplan: String,
    titel: String,
    grund: String,
    einheit: String,
    fehlgeleitet_grund: String,
    sichtung_grund: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Meldung {
    ok: String,
}

/// `GET /amt/postbuch/{id}`
pub async fn zeigen(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path(id): Path<Uuid>,
    Query(ok): Query<Meldung>,
) -> Result<Response, Fehler> {
    let e = zugang::lesen::<Eingang>(&app, &leser, Action::ReadPostbuch, id, "posteingang").await?;
    let getan = match ok.ok.as_str() {
        "eingetragen" => Some("Der Eingang steht im Postbuch."),
        "schon_da" => Some("Diese E-Mail stand schon im Postbuch. Es wurde nichts doppelt eingetragen."),
        "quarantaene" => Some("Der Eingang liegt in Quarantäne."),
        "zuordnen" | "neu" => Some("Der Eingang ist zugeordnet. Original und Teile werden in der Akte abgelegt."),
        "sichtung" => Some("Das Ergebnis der Sichtprüfung ist festgehalten."),
        "fehlgeleitet" => Some("Der Eingang ist als fehlgeleitet vermerkt."),
        _ => None,
    };
    let seite = bauen(&app, &leser, rahmen, &e, Getippt::default()).await?;
    layout::seite(&Seite { getan, ..seite })
}

async fn bauen(
    app: &AppState,
    leser: &Leser,
    rahmen: Rahmen,
    geladen: &Loaded<Eingang>,
    t: Getippt,
) -> Result<Seite, Fehler> {
    let (e, zone) = (&geladen.state, &app.stadt.zeitzone);
    let weg = app.house.history(geladen.stream).await?.iter().any(|r| !r.missing.is_empty());
    let ohne = |wort: &'static str| if weg { "gelöscht" } else { wort };
    let zeit = |t: Option<jiff::Timestamp>| t.map(|t| zeitpunkt(&t, zone)).unwrap_or_default();
    let akte = match e.akte {
        Some(id) => app.intern(move |v| v.akte(id)).await?.map(|a| (id, aktenzeichen(a.aktenzeichen, a.nummeriert))),
        None => None,
    };
    let darf = |a: Action| darf(app, leser, geladen, a);
    let offen = matches!(e.stand, Stand::Erfasst | Stand::Fehlgeleitet);
    let sichtet = offen && darf(Action::CheckScan).await;
    let einheiten = app.stadt.einheiten.iter().filter(|x| x.id != e.einheit);
    Ok(Seite {
        rahmen: rahmen
            .titel(e.betreff.clone().unwrap_or_else(|| ohne("Eingang ohne Betreff").into()))
            .aktiv("postbuch")
            .krume("/amt/postbuch", "Postbuch"),
        id: geladen.stream,
        version: geladen.version,
        fehler: None,
        getan: None,
        kanal: e.kanal.map_or("unbekannt", Kanal::wort),
        einheit: app.stadt.einheit(&e.einheit).to_owned(),
        eingegangen: zeit(e.received_at),
        erfasst: zeit(e.captured_at),
        absender: e.absender.clone().unwrap_or_else(|| ohne("ohne Absender").into()),
        stand: postbuch::stand(e.stand.code()),
        pruefung: e.pruefung.filter(|_| e.dokument.is_some()).map(|p| p.wort()),
        pruefsumme: e.original_hash.clone(),
        quarantaene: e.quarantaene.map(|g| (g.wort(), e.bericht.clone().unwrap_or_default())),
        hinweise: e.hinweise.iter().map(|h| h.wort()).collect(),
        daten: e.daten.clone(),
        geloescht: weg,
        grund: e.grund.clone(),
        vermerk: e.scan.as_ref().map(|s| Vermerk {
            scanner: s.scanner.clone(),
            bedienung: s.operator.clone().unwrap_or_else(|| ohne("nicht mehr bekannt").into()),
            am: zeitpunkt(&s.at, zone),
            sichtung: s.qc.wort(),
            grund: s.grund.clone(),
            offen: s.qc == Sichtung::Ausstehend && sichtet,
        }),
        stuecke: if e.zeigbar() { stuecke(e) } else { Vec::new() },
        akte,
        merkt: darf(Action::SetWiedervorlage).await,
        ordnet: offen && darf(Action::AssignEingang).await,
        leitet: offen && darf(Action::ForwardEingang).await,
        einheiten: einheiten.map(|x| (x.id.clone(), x.name.clone(), x.id == t.einheit)).collect(),
        t,
    })
}

/// Offers only what the command path would let through.
async fn darf(app: &AppState, leser: &Leser, geladen: &Loaded<Eingang>, action: Action) -> bool {
    let resource = Resource { stream: Some(geladen.stream), ..Eingang::resource_of(&geladen.state) };
    let arbeitet = !leser.prueft() && !leser.wer.hat(Role::Admin);
    arbeitet && app.house.may_on(&leser.wer.principal(), action, &resource).await.is_ok()
}

fn stuecke(e: &Eingang) -> Vec<Stueck> {
    let stueck = |art: &'static str, name: &str, d: &DokumentWert| Stueck {
        dok: d.reference,
        art,
        name: name.to_owned(),
        groesse: d.len.div_ceil(1024),
    };
    let name = e.dateiname.as_deref().unwrap_or("original");
    let original = e.dokument.iter().map(|d| stueck("Original", name, d));
    original.chain(e.teile.iter().map(|t| stueck(t.art.wort(), &t.dateiname, &t.dokument))).collect()
}

/// `GET /amt/postbuch/{id}/teil/{dok}`
pub async fn holen(
    State(app): State<AppState>,
    leser: Leser,
    Path((id, dok)): Path<(Uuid, Uuid)>,
) -> Result<Response, Fehler> {
    let e = zugang::lesen::<Eingang>(&app, &leser, Action::ReadPostbuch, id, "posteingang").await?.state;
    if !e.zeigbar() {
        return Err(Fehler::nicht_gefunden());
    }
    let original = e.dokument.iter().map(|d| (d, e.dateiname.as_deref().unwrap_or("original")));
    let teile = e.teile.iter().map(|t| (&t.dokument, t.dateiname.as_str()));
    let gesucht = original.chain(teile).find(|(d, _)| d.reference == dok);
    let (wert, name) = gesucht.ok_or_else(Fehler::nicht_gefunden)?;
    download::dokument(&app, wert, name).await
}

/// `POST /amt/postbuch/{id}/{aktion}`
pub async fn handeln(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path((id, aktion)): Path<(Uuid, String)>,
    formular: Formular,
) -> Result<Response, Fehler> {
    let call = handlung::an(&leser, &formular, id, json!({ "aktion": aktion, "felder": felder(&formular) }));
    let f = |n: &str| formular.get(n).trim().to_owned();
    let command = match aktion.as_str() {
        "zuordnen" => return ablegen(&app, &leser, rahmen, id, call, &formular).await,
        "neu" => {
            let ablage = Ablage::Neu { aktenplan: f("aktenplan"), titel: f("titel") };
            let ergebnis = zuordnen(&app.house, call, ablage).await;
            return antworten(&app, &leser, rahmen, id, "neu", &formular, ergebnis).await;
        }
        "weiterleiten" => EingangCommand::Forward { einheit: einheit(&app, &f("einheit")), grund: f("grund") },
        "fehlgeleitet" => EingangCommand::Misdirect { grund: f("fehlgeleitet_grund") },
        "sichtung" => {
            let qc = Sichtung::lesen(formular.get("qc")).unwrap_or(Sichtung::Ausstehend);
            if qc == Sichtung::Angenommen && !f("sichtung_grund").is_empty() {
                return antworten(&app, &leser, rahmen, id, &aktion, &formular, Err(widerspruch())).await;
            }
            EingangCommand::CheckScan { qc, grund: f("sichtung_grund") }
        }
        _ => return Err(Fehler::nicht_gefunden()),
    };
    let ergebnis = app.house.execute::<Eingang>(call, command).await;
    antworten(&app, &leser, rahmen, id, &aktion, &formular, ergebnis).await
}

/// The Enter key presses the first button also while somebody writes why the scan is bad.
fn widerspruch() -> ExecuteError {
    let text =
        "Sie haben geschrieben, was am Scan fehlt. Lehnen Sie ihn ab, oder leeren Sie das Feld, um ihn anzunehmen.";
    ExecuteError::Refused { code: "sichtung".into(), text: text.into() }
}

/// What tells one request from another: the fields without token and key.
fn felder(formular: &Formular) -> Vec<(String, String)> {
    formular.0.iter().filter(|(k, _)| !k.starts_with('_') && k != "version").cloned().collect()
}

/// A unit of this town; what is none stays empty and is asked for.
fn einheit(app: &AppState, id: &str) -> String {
    app.stadt.einheiten.iter().find(|e| e.id == id).map(|e| e.id.clone()).unwrap_or_default()
}

async fn ablegen(
    app: &AppState,
    leser: &Leser,
    rahmen: Rahmen,
    id: Uuid,
    call: Call,
    formular: &Formular,
) -> Result<Response, Fehler> {
    let zeichen = formular.get("aktenzeichen").trim().to_owned();
    let akte = app.intern(move |v| v.akte_by_aktenzeichen(&zeichen)).await?;
    // Not there and not yours give one answer.
    let fremd = || {
        let text = "Eine Akte mit diesem Aktenzeichen gibt es nicht, oder Sie dürfen dort nichts ablegen. Prüfen Sie das Aktenzeichen, zum Beispiel 32.21-0001/2026.";
        ExecuteError::Refused { code: "akte".into(), text: text.into() }
    };
    let ergebnis = match akte {
        None => Err(fremd()),
        Some(a) => match zuordnen(&app.house, call, Ablage::Akte(a.akte)).await {
            Err(ExecuteError::Denied(_) | ExecuteError::NotFound) => Err(fremd()),
            other => other,
        },
    };
    antworten(app, leser, rahmen, id, "zuordnen", formular, ergebnis).await
}

async fn antworten(
    app: &AppState,
    leser: &Leser,
    rahmen: Rahmen,
    id: Uuid,
    aktion: &str,
    formular: &Formular,
    ergebnis: Result<akte_core::execute::Done, ExecuteError>,
) -> Result<Response, Fehler> {
    match ergebnis {
        Ok(done) => {
            app.sichtbar(done.receipt.as_ref()).await;
            // It lies with another unit now: perhaps not this reader's any more.
            let ziel = if aktion == "weiterleiten" {
                "/amt/postbuch".into()
            } else {
                format!("/amt/postbuch/{id}?ok={aktion}")
            };
            Ok(layout::weiter(&ziel))
        }
        Err(ExecuteError::Denied(_) | ExecuteError::NotFound) => Err(Fehler::nicht_gefunden()),
        Err(e) => {
            let (status, m) = absage::deuten(e)?;
            // Whatever is refused here is about what was typed.
            let status = if status == StatusCode::CONFLICT { StatusCode::UNPROCESSABLE_ENTITY } else { status };
            let e = zugang::lesen::<Eingang>(app, leser, Action::ReadPostbuch, id, "posteingang").await?;
            let f = |n: &str| formular.get(n).to_owned();
            let t = Getippt {
                aktenzeichen: f("aktenzeichen"),
                aktenplan: f("aktenplan"),
                titel: f("titel"),
                grund: f("grund"),
                einheit: f("einheit"),
                fehlgeleitet_grund: f("fehlgeleitet_grund"),
                sichtung_grund: f("sichtung_grund"),
            };
            let seite = bauen(app, leser, rahmen.mit_fehlern(true), &e, t).await?;
            layout::seite_mit(status, &Seite { fehler: Some(m.text), ..seite })
        }
    }
}
