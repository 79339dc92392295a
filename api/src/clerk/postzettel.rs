//! `/amt/postbuch/neu`: a letter entered by hand, or a mail as a file.
//!
//! Legal receipt is asked for beside the time of entry. Everything typed comes back with what is wrong; only a file has to
//! be chosen again.

use crate::annahme::{Angenommen, Ausgang, Brief, BriefFehler, Tor, Umschlag};
use crate::app::AppState;
use crate::clerk::vorgang::zeitpunkt;
use crate::error::Fehler;
use crate::layout::{self, Rahmen};
use crate::session::Angemeldet;
use crate::sprache::Sprache;
use crate::upload::{self, Gelesen, Grund};
use akte_core::documents::DocError;
use akte_core::documents::sniff::Media;
use akte_core::eingang::grenzen::{FELD_ZEICHEN, ORIGINAL_BYTES};
use akte_core::eingang::{Eingang, Kanal};
use akte_core::execute::ExecuteError;
use akte_core::kernel::Role;
use akte_core::zugriff::{Action, Resource};
use askama::Template;
use axum::extract::{Multipart, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use jiff::{RoundMode, Timestamp, TimestampRound, Unit};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Ways a person enters; scans come from the folder.
const WEGE: [Kanal; 5] = [Kanal::Brief, Kanal::Einwurf, Kanal::Abgabe, Kanal::Fax, Kanal::Email];

#[derive(Template)]
#[template(path = "clerk/postzettel.html")]
struct Seite {
    rahmen: Rahmen,
    fehler: Vec<(&'static str, String)>,
    wege: Vec<(&'static str, &'static str, bool)>,
    einheiten: Vec<(String, String, bool)>,
    eingang: String,
    absender: String,
    betreff: String,
    schluessel: String,
    accept: String,
    groesse: String,
}

impl Seite {
    /// What is wrong with a field, for the text below it.
    fn zu(&self, feld: &str) -> Option<&str> {
        self.fehler.iter().find(|(f, _)| *f == feld).map(|(_, text)| text.as_str())
    }
}

/// `GET /amt/postbuch/neu`
pub async fn zeigen(State(app): State<AppState>, wer: Angemeldet, rahmen: Rahmen) -> Result<Response, Fehler> {
    darf(&app, &wer, &wer.konto.einheit).await?;
    bauen(&app, &wer, rahmen, &BTreeMap::new(), Vec::new())
}

/// Whether this account enters post for this unit; otherwise the page is not there.
async fn darf(app: &AppState, wer: &Angemeldet, einheit: &str) -> Result<(), Fehler> {
    let resource = Resource { einheit: Some(einheit.to_owned()), neu: true, ..Resource::default() };
    match app.house.may_on(&wer.principal(), Action::RecordEingang, &resource).await {
        Ok(_) => Ok(()),
        Err(ExecuteError::Denied(_)) => Err(Fehler::nicht_gefunden()),
        Err(e) => Err(e.into()),
    }
}

fn bauen(
    app: &AppState,
    wer: &Angemeldet,
    rahmen: Rahmen,
    felder: &BTreeMap<String, String>,
    fehler: Vec<(&'static str, String)>,
) -> Result<Response, Fehler> {
    let feld = |n: &str| felder.get(n).cloned().unwrap_or_default();
    let status = if fehler.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let (weg, einheit) = (feld("kanal"), feld("einheit"));
    let alle = wer.hat(Role::Poststelle) || wer.hat(Role::Registratur);
    let einheit = if einheit.is_empty() { wer.konto.einheit.clone() } else { einheit };
    let meine = app.stadt.einheiten.iter().filter(|e| alle || e.id == wer.konto.einheit);
    let jetzt = app.clock.now().to_zoned(app.house.zone.clone()).strftime("%Y-%m-%dT%H:%M").to_string();
    let seite = Seite {
        wege: WEGE.iter().map(|k| (k.code(), k.wort(), k.code() == weg)).collect(),
        einheiten: meine.map(|e| (e.id.clone(), e.name.clone(), e.id == einheit)).collect(),
        eingang: felder.get("eingang").cloned().unwrap_or(jetzt),
        absender: feld("absender"),
        betreff: feld("betreff"),
        schluessel: felder.get("_schluessel").cloned().unwrap_or_else(|| rahmen.schluessel()),
        accept: format!("{},.eml", Media::ACCEPT),
        groesse: upload::groesse(max(app) as u64),
        rahmen: rahmen
            .titel("Ins Postbuch eintragen")
            .aktiv("postbuch")
            .krume("/amt/postbuch", "Postbuch")
            .mit_fehlern(!fehler.is_empty()),
        fehler,
    };
    layout::seite_mit(status, &seite)
}

fn max(app: &AppState) -> usize {
    ORIGINAL_BYTES.min(usize::try_from(app.house.documents.max_bytes()).unwrap_or(usize::MAX))
}

/// `POST /amt/postbuch/neu`
pub async fn hochladen(
    State(app): State<AppState>,
    wer: Angemeldet,
    rahmen: Rahmen,
    headers: HeaderMap,
    form: Multipart,
) -> Result<Response, Fehler> {
    // Asked before the file is taken: nobody fills memory for a book that is not theirs.
    darf(&app, &wer, &wer.konto.einheit).await?;
    let h = upload::lesen(&app, &headers, form, max(&app)).await?;
    let (zettel, fehler) = pruefen(&app, &h);
    let Some(zettel) = zettel.filter(|_| fehler.is_empty()) else {
        return bauen(&app, &wer, rahmen, &h.felder, fehler);
    };
    darf(&app, &wer, &zettel.umschlag.einheit).await?;
    match eintragen(&app, &wer, zettel, h.datei.ok().flatten(), &h.felder).await? {
        Ok(a) if a.ausgang != Ausgang::Neu && !sieht(&app, &wer, a.eingang).await? => {
            let text = "Diese E-Mail steht schon im Postbuch einer anderen Einheit. Fragen Sie die Poststelle.";
            bauen(&app, &wer, rahmen, &h.felder, vec![("datei", text.into())])
        }
        Ok(a) => {
            app.sichtbar(a.receipt.as_ref()).await;
            let wie = match a.ausgang {
                Ausgang::Neu => "eingetragen",
                Ausgang::SchonDa => "schon_da",
                Ausgang::Quarantaene(_) => "quarantaene",
            };
            Ok(layout::weiter(&format!("/amt/postbuch/{}?ok={wie}", a.eingang)))
        }
        Err(fehler) => bauen(&app, &wer, rahmen, &h.felder, vec![fehler]),
    }
}

/// Whether this account may read that entry.
async fn sieht(app: &AppState, wer: &Angemeldet, eingang: Uuid) -> Result<bool, Fehler> {
    match app.house.may::<Eingang>(&wer.principal(), Action::ReadPostbuch, eingang).await {
        Ok(_) => Ok(true),
        Err(ExecuteError::Denied(_)) => Ok(false),
        Err(e) => Err(e.into()),
    }
}

/// The fields, as far as they are right.
struct Zettel {
    kanal: Kanal,
    umschlag: Umschlag,
    mail: bool,
}

fn pruefen(app: &AppState, h: &Gelesen) -> (Option<Zettel>, Vec<(&'static str, String)>) {
    let feld = |n: &str| h.felder.get(n).map(|t| t.trim()).unwrap_or_default();
    let mut fehler = Vec::new();
    let kanal = Kanal::lesen(feld("kanal")).filter(|k| WEGE.contains(k));
    if kanal.is_none() {
        fehler.push(("kanal", "Wie kam es? Bitte wählen Sie einen Weg.".to_owned()));
    }
    let einheit = app.stadt.einheiten.iter().find(|e| e.id == feld("einheit"));
    if einheit.is_none() {
        fehler.push(("einheit", "Für welche Einheit ist es? Bitte wählen Sie eine.".to_owned()));
    }
    let minute = TimestampRound::new().smallest(Unit::Minute).mode(RoundMode::Trunc);
    let am: Option<Timestamp> = zeitpunkt(feld("eingang"), &app.stadt.zeitzone).map(|t| t.round(minute).unwrap_or(t));
    match am {
        None => fehler.push(("eingang", "Wann kam es an? Wählen Sie Tag und Uhrzeit.".to_owned())),
        Some(t) if t > app.clock.now() => {
            fehler.push(("eingang", "Der Eingang kann nicht in der Zukunft liegen.".to_owned()));
        }
        _ => {}
    }
    match &h.datei {
        Err(Grund::Datei(DocError::TooLarge { max })) => {
            let text = format!(
                "Die Datei ist größer als {}. Teilen Sie sie, oder laden Sie sie im Vorgang als Unterlage hoch.",
                upload::groesse(*max)
            );
            fehler.push(("datei", text));
        }
        Err(grund) => fehler.push(("datei", grund.satz(Sprache::De))),
        Ok(_) => {}
    }
    let dateiname = h.datei.iter().flatten().next().map(|(name, _)| name.clone());
    let mail = dateiname.as_ref().is_some_and(|n| n.to_ascii_lowercase().ends_with(".eml"));
    if kanal == Some(Kanal::Email) && !mail && h.datei.is_ok() {
        fehler.push(("datei", "Wählen Sie die E-Mail als Datei mit der Endung .eml aus.".to_owned()));
    }
    if mail && kanal.is_some_and(|k| k != Kanal::Email) {
        fehler.push(("kanal", "Diese Datei ist eine E-Mail. Wählen Sie den Weg „E-Mail“.".to_owned()));
    }
    if !mail && kanal != Some(Kanal::Email) {
        text(feld("betreff"), true, "betreff", "Betreff", &mut fehler);
        text(feld("absender"), false, "absender", "Absender", &mut fehler);
    }
    let zettel = kanal.zip(einheit).zip(am).map(|((kanal, e), received_at)| Zettel {
        kanal,
        umschlag: Umschlag { einheit: e.id.clone(), received_at, dateiname },
        mail,
    });
    (zettel, fehler)
}

fn text(wert: &str, pflicht: bool, feld: &'static str, name: &str, fehler: &mut Vec<(&'static str, String)>) {
    if (pflicht && wert.is_empty()) || wert.chars().count() > FELD_ZEICHEN {
        fehler.push((feld, format!("Bitte füllen Sie „{name}“ aus, mit höchstens {FELD_ZEICHEN} Zeichen.")));
    } else if crate::formular::verbotenes_zeichen(wert) {
        fehler.push((feld, format!("„{name}“ enthält ein Zeichen, das nicht erlaubt ist. Tippen Sie den Text neu.")));
    }
}

async fn eintragen(
    app: &AppState,
    wer: &Angemeldet,
    z: Zettel,
    datei: Option<(String, Vec<u8>)>,
    felder: &BTreeMap<String, String>,
) -> Result<Result<Angenommen, (&'static str, String)>, Fehler> {
    let tor = Tor { house: &app.house, scanner: app.konfig.virenscanner.as_ref(), principal: wer.principal() };
    let feld = |n: &str| felder.get(n).cloned().unwrap_or_default();
    let gegangen = match (z.mail, datei) {
        (true, Some((_, eml))) => tor.email(eml, &z.umschlag).await.map_err(BriefFehler::Regel),
        (_, datei) => {
            let brief = Brief { kanal: z.kanal, absender: feld("absender"), betreff: feld("betreff"), datei };
            tor.brief(&feld("_schluessel"), &z.umschlag, brief).await
        }
    };
    match gegangen {
        Ok(a) => Ok(Ok(a)),
        Err(BriefFehler::Datei(e)) => Ok(Err(("datei", e.to_string()))),
        Err(BriefFehler::Regel(ExecuteError::Refused { text, .. })) => Ok(Err(("betreff", text))),
        Err(BriefFehler::Regel(e)) => Err(e.into()),
    }
}
