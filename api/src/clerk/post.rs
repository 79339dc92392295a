//! `/amt/post`: letters to print and to post, certificates that are out, dispatches that failed.
//!
//! A batch is a download of whole letters: who may not read a notice does not get it. Printing again is possible as long
//! as a letter was not posted; each fetch is an event.

use crate::app::{AppState, abseits};
use crate::clerk::eingang;
use crate::clerk::zugang::{self, Leser};
use crate::download;
use crate::error::Fehler;
use crate::formular::Formular;
use crate::layout::{self, Rahmen, datum};
use crate::paket::{self, Datei};
use crate::session::zufall;
use akte_core::execute::{Call, ExecuteError, Target};
use akte_core::ledger::Receipt;
use akte_core::process::{Stueck, UMSCHLAG, druck};
use akte_core::recht::datum_lesen;
use akte_core::verfahren::{Vorgang, VorgangCommand};
use akte_core::zugriff::Action;
use akte_projections::internal::sendungen::Frage;
use akte_projections::rows::SendungRow;
use askama::Template;
use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::civil::Date;
use serde_json::json;
use uuid::Uuid;

/// Letters of one batch: what fits into memory and into a tray.
const STAPEL: usize = 50;

/// One row of any of the lists.
struct Zeile {
    vorgang: Uuid,
    /// `<vorgang>:<sendung>`
    marke: String,
    leistung: String,
    antragsteller: String,
    aktenzeichen: String,
    weg: &'static str,
    zustand: &'static str,
    seit: String,
    /// Fetched for printing before.
    geholt: bool,
    hinweis: Option<&'static str>,
}

/// What came of one letter that was to be posted.
struct Ergebnis {
    vorgang: Uuid,
    gut: bool,
    text: String,
}

#[derive(Template)]
#[template(path = "clerk/post.html")]
struct Seite {
    rahmen: Rahmen,
    fehler: Option<String>,
    ergebnisse: Vec<Ergebnis>,
    briefe: Vec<Zeile>,
    urkunden: Vec<Zeile>,
    gescheitert: Vec<Zeile>,
    hinweise: Vec<Zeile>,
    heute: String,
    /// Whether the reader may print and post, or only reads.
    arbeitet: bool,
}

/// `GET /amt/post`
pub async fn zeigen(State(app): State<AppState>, leser: Leser, rahmen: Rahmen) -> Result<Response, Fehler> {
    bauen(&app, &leser, rahmen, StatusCode::OK, None, Vec::new()).await
}

async fn bauen(
    app: &AppState,
    leser: &Leser,
    rahmen: Rahmen,
    status: StatusCode,
    fehler: Option<String>,
    ergebnisse: Vec<Ergebnis>,
) -> Result<Response, Fehler> {
    // Every page with these lists, also one that refuses: allowed first, then logged.
    zugang::lesen_liste(app, leser, Action::ReadEingang, "postausgang").await?;
    let jetzt = app.clock.now();
    let seite = Seite {
        rahmen: rahmen.titel("Postausgang").aktiv("post").mit_fehlern(fehler.is_some()),
        fehler,
        ergebnisse,
        briefe: liste(app, leser, Frage::Briefe(jetzt)).await?,
        urkunden: liste(app, leser, Frage::Urkunden).await?,
        gescheitert: liste(app, leser, Frage::Gescheitert).await?,
        hinweise: liste(app, leser, Frage::Hinweise).await?,
        heute: datum(&app.heute()),
        arbeitet: !leser.prueft(),
    };
    layout::seite_mit(status, &seite)
}

async fn liste(app: &AppState, leser: &Leser, frage: Frage) -> Result<Vec<Zeile>, Fehler> {
    let einheiten = leser.einheiten();
    let zeilen = app.intern(move |v| v.sendungen(frage, einheiten.as_deref())).await?;
    Ok(zeilen.into_iter().map(|r| zeile(app, r)).collect())
}

fn zeile(app: &AppState, r: SendungRow) -> Zeile {
    Zeile {
        vorgang: r.vorgang,
        marke: format!("{}:{}", r.vorgang, r.sendung),
        leistung: eingang::titel(app, &r.leistung),
        antragsteller: r.antragsteller.unwrap_or_else(|| "ohne Namen".into()),
        aktenzeichen: r.aktenzeichen.unwrap_or_else(|| "noch keines".into()),
        weg: r.weg.wort(),
        zustand: r.zustand.wort(),
        seit: r.am.map(|d| datum(&d)).unwrap_or_default(),
        geholt: r.stapel.is_some(),
        hinweis: r.hinweis.map(|(_, stand, _)| stand.wort()),
    }
}

/// `<vorgang>:<sendung>` of every letter that was ticked.
fn gewaehlt(formular: &Formular) -> Vec<(Uuid, Uuid)> {
    let marke = |text: &str| {
        let (v, s) = text.split_once(':')?;
        Some((v.parse().ok()?, s.parse().ok()?))
    };
    formular.all("v").filter_map(marke).collect()
}

/// `POST /amt/post/stapel`: the letters as one ZIP, with the list of what goes where.
pub async fn stapel(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    formular: Formular,
) -> Result<Response, Fehler> {
    let gewaehlt = gewaehlt(&formular);
    if gewaehlt.is_empty() || gewaehlt.len() > STAPEL {
        let text = format!("Kreuzen Sie mindestens einen und höchstens {STAPEL} Briefe an.");
        return bauen(&app, &leser, rahmen, StatusCode::UNPROCESSABLE_ENTITY, Some(text), Vec::new()).await;
    }
    let stapel = Uuid::from_slice(&zufall(16)).map_err(Fehler::fault)?;
    let (mut dateien, mut abgesagt) = (Vec::new(), None);
    let mut begleitliste = vec![UMSCHLAG.map(str::to_owned).to_vec()];
    let mut letzter = None;
    for (n, (vorgang, sendung)) in gewaehlt.into_iter().enumerate() {
        // What cannot be logged is not given out.
        zugang::lesen::<Vorgang>(&app, &leser, Action::ReadDokument, vorgang, "druck").await?;
        let was = Stueck { vorgang, sendung, stapel, nr: n + 1 };
        // The page stays open behind a download: each fetch is an act of its own.
        match druck(&app.house, &leser.wer.principal(), &format!("druck-{stapel}-{n}"), was).await {
            Ok((stueck, done)) => {
                letzter = done.receipt.or(letzter);
                dateien.push(Datei { name: stueck.name, inhalt: stueck.pdf });
                begleitliste.push(stueck.umschlag);
            }
            // What was fetched is given out; what was not stands in the list with its reason.
            Err(ExecuteError::Refused { text, .. }) => {
                begleitliste.push(vec![(n + 1).to_string(), format!("nicht dabei: {text}")]);
                abgesagt = Some(text);
            }
            Err(e) => return Err(e.into()),
        }
    }
    app.sichtbar(letzter.as_ref()).await;
    if let Some(text) = abgesagt.filter(|_| dateien.is_empty()) {
        return bauen(&app, &leser, rahmen, StatusCode::CONFLICT, Some(text), Vec::new()).await;
    }
    dateien.push(Datei { name: "begleitliste.csv".into(), inhalt: paket::csv(&begleitliste) });
    let zip = abseits(move || Ok(paket::zip(&dateien))).await?;
    let zip = zip.ok_or_else(|| Fehler::fault("a print batch beyond what a ZIP can hold"))?;
    let len = u64::try_from(zip.len()).ok();
    Ok(download::anhang(Body::from(zip), "application/zip", &format!("druckstapel-{}.zip", app.heute()), len))
}

/// `POST /amt/post/aufgegeben`: they were brought to the post on that day; one result per letter.
pub async fn aufgegeben(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    formular: Formular,
) -> Result<Response, Fehler> {
    let (gewaehlt, am) = (gewaehlt(&formular), datum_lesen(formular.get("am").trim()));
    let Some(am) = am.filter(|_| !gewaehlt.is_empty()) else {
        let text = "Kreuzen Sie mindestens einen Brief an, und schreiben Sie den Tag, zum Beispiel 31.12.2026.";
        return bauen(&app, &leser, rahmen, StatusCode::UNPROCESSABLE_ENTITY, Some(text.into()), Vec::new()).await;
    };
    let (mut ergebnisse, mut letzter) = (Vec::new(), None);
    for (n, (vorgang, sendung)) in gewaehlt.into_iter().enumerate() {
        let (ergebnis, receipt) = posten(&app, &leser, &formular, n, vorgang, sendung, am).await?;
        ergebnisse.push(ergebnis);
        letzter = receipt.or(letzter);
    }
    app.sichtbar(letzter.as_ref()).await;
    bauen(&app, &leser, rahmen, StatusCode::OK, None, ergebnisse).await
}

async fn posten(
    app: &AppState,
    leser: &Leser,
    formular: &Formular,
    n: usize,
    vorgang: Uuid,
    sendung: Uuid,
    am: Date,
) -> Result<(Ergebnis, Option<Receipt>), Fehler> {
    let call = Call {
        principal: leser.wer.principal(),
        key: format!("{}-aufgegeben-{n}", formular.schluessel()),
        target: Target::Stream(vorgang),
        expected: None,
        request: Some(json!({ "aufgegeben": sendung.to_string(), "am": am.to_string() })),
        corr: None,
    };
    let schlecht = |text: String| (Ergebnis { vorgang, gut: false, text }, None);
    Ok(match app.house.execute::<Vorgang>(call, VorgangCommand::MarkPosted { sendung, am }).await {
        Ok(done) => (Ergebnis { vorgang, gut: true, text: format!("zur Post am {}", datum(&am)) }, done.receipt),
        Err(ExecuteError::Refused { text, .. }) => schlecht(text),
        Err(ExecuteError::Denied(_) | ExecuteError::NotFound) => {
            schlecht("Diesen Vorgang gibt es nicht, oder Sie dürfen das hier nicht.".into())
        }
        Err(e) => return Err(e.into()),
    })
}
