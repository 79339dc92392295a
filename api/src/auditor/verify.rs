//! `/pruefung/verify`: re-hash everything, in the background, with progress that survives a reload.
//!
//! One run at a time; its state lies in `local.db`. The rules are `ledger::verify`, not this page.

use crate::app::AppState;
use crate::auditor::pruefen;
use crate::clerk::zugang::Leser;
use crate::error::Fehler;
use crate::layout::{self, Rahmen, zeitpunkt};
use akte_core::documents::pruefung::Dokumentpruefung;
use akte_core::ledger::verify::{Given, KeySource, Report, Verdict, verify};
use akte_core::zugriff::Action;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicI64, Ordering};

/// A run that has not moved for so long was ended with the program.
const TOT_SEKUNDEN: i64 = 120;

/// The newest run as stored.
struct Lauf {
    nr: i64,
    beginn: i64,
    gesehen: i64,
    fertig: u64,
    gesamt: u64,
    bericht: Option<String>,
}

/// What the page keeps of a report.
#[derive(Serialize, Deserialize)]
pub struct Bericht {
    pub gut: bool,
    pub urteil: String,
    pub events: u64,
    pub streams: u64,
    pub values: u64,
    pub groups: u64,
    pub documents: u64,
    pub wurzel: String,
    pub verstoesse: Vec<String>,
    pub weitere: u64,
}

#[derive(Template)]
#[template(path = "auditor/verify.html")]
struct Seite {
    rahmen: Rahmen,
    laeuft: bool,
    abgebrochen: bool,
    beginn: Option<String>,
    fertig: u64,
    gesamt: u64,
    bericht: Option<Bericht>,
}

/// `GET /pruefung/verify`
pub async fn zeigen(State(app): State<AppState>, leser: Leser, rahmen: Rahmen) -> Result<Response, Fehler> {
    pruefen(&app, &leser, Action::Verify, "verify").await?;
    let lauf = neuester(&app).await?;
    let laeuft = lauf.as_ref().is_some_and(|l| lebt(&app, l));
    let bericht = lauf.as_ref().and_then(|l| serde_json::from_str(l.bericht.as_deref()?).ok());
    let beginn = lauf.as_ref().and_then(|l| Timestamp::from_second(l.beginn).ok());
    let seite = Seite {
        rahmen: rahmen.titel("Kette prüfen").aktiv("pruefung").krume("/pruefung", "Prüfspur"),
        laeuft,
        abgebrochen: lauf.as_ref().is_some_and(|l| l.bericht.is_none() && !laeuft),
        beginn: beginn.map(|t| zeitpunkt(&t, &app.stadt.zeitzone)),
        fertig: lauf.as_ref().map_or(0, |l| l.fertig),
        gesamt: lauf.as_ref().map_or(1, |l| l.gesamt.max(1)),
        bericht,
    };
    layout::seite(&seite)
}

/// `POST /pruefung/verify`: starts a run unless one is on its way.
pub async fn starten(State(app): State<AppState>, leser: Leser) -> Result<Response, Fehler> {
    pruefen(&app, &leser, Action::Verify, "verify").await?;
    let alt = neuester(&app).await?;
    if !alt.is_some_and(|l| lebt(&app, &l)) {
        let jetzt = app.clock.now().as_second();
        let nr = app.local.run(move |c| {
            c.execute("INSERT INTO pruefung(beginn,gesehen,fertig,gesamt) VALUES(?1,?1,0,0)", [jetzt])?;
            Ok(c.last_insert_rowid())
        });
        let (nr, handle, app) = (nr.await?, tokio::runtime::Handle::current(), app.clone());
        // Hashing is work: it must not hold one of the threads that answer requests.
        tokio::task::spawn_blocking(move || handle.block_on(laufen(app, nr)));
    }
    Ok(layout::weiter("/pruefung/verify"))
}

fn lebt(app: &AppState, l: &Lauf) -> bool {
    l.bericht.is_none() && app.clock.now().as_second() - l.gesehen < TOT_SEKUNDEN
}

async fn neuester(app: &AppState) -> Result<Option<Lauf>, Fehler> {
    let sql = "SELECT nr,beginn,gesehen,fertig,gesamt,bericht FROM pruefung ORDER BY nr DESC LIMIT 1";
    let lesen = move |c: &rusqlite::Connection| {
        let zahl = |n: i64| u64::try_from(n).unwrap_or(0);
        c.query_row(sql, [], |r| {
            Ok(Lauf {
                nr: r.get(0)?,
                beginn: r.get(1)?,
                gesehen: r.get(2)?,
                fertig: zahl(r.get(3)?),
                gesamt: zahl(r.get(4)?),
                bericht: r.get(5)?,
            })
        })
        .optional()
    };
    let lauf = app.local.run(lesen).await?;
    Ok(lauf.filter(|l| l.nr > 0))
}

/// The run itself. What it cannot say ends in the log and as an interrupted run.
async fn laufen(app: AppState, nr: i64) {
    let zuletzt = AtomicI64::new(-1);
    let merken = |fertig: u64, gesamt: u64| {
        let prozent = i64::try_from(fertig * 100 / gesamt.max(1)).unwrap_or(100);
        if zuletzt.swap(prozent, Ordering::Relaxed) == prozent {
            return;
        }
        let werte = [fertig, gesamt].map(|n| i64::try_from(n).unwrap_or(i64::MAX));
        let jetzt = app.clock.now().as_second();
        let sql = "UPDATE pruefung SET fertig=?2, gesamt=?3, gesehen=?4 WHERE nr=?1";
        if let Err(e) = app.local.sync(|c| c.execute(sql, params![nr, werte[0], werte[1], jetzt])) {
            tracing::warn!("progress of verify: {e}");
        }
    };
    let dokumente = Dokumentpruefung { store: &app.house.documents, vault: &app.house.vault };
    let keys: &dyn KeySource = &*app.house.vault;
    let given =
        Given { keys: Some(keys), documents: Some(&dokumente), progress: &merken, ..Given::only(&app.house.log) };
    let bericht = match verify(&*app.house.ledger, given).await {
        Ok(report) => bericht(&report),
        Err(e) => return tracing::error!("verify: {e}"),
    };
    let text = serde_json::to_string(&bericht).unwrap_or_default();
    let sql = "UPDATE pruefung SET bericht=?2 WHERE nr=?1";
    if let Err(e) = app.local.run(move |c| c.execute(sql, params![nr, text])).await {
        tracing::error!("report of verify: {e}");
    }
}

fn bericht(r: &Report) -> Bericht {
    let verstoss = |v: &akte_core::ledger::verify::Violation| {
        let ort = v.index.map_or_else(|| "ohne Stelle".to_owned(), |i| format!("Ereignis {i}"));
        let strom = v.stream.map(|s| format!(", Strom {s}")).unwrap_or_default();
        format!("{} {ort}{strom}: {}", v.rule, v.text)
    };
    Bericht {
        gut: matches!(r.verdict, Verdict::Valid | Verdict::ValidErased(_) | Verdict::ValidRedacted),
        urteil: r.verdict.to_string(),
        events: r.counts.events,
        streams: r.counts.streams,
        values: r.counts.values,
        groups: r.counts.groups,
        documents: r.counts.documents,
        wurzel: r.root.iter().map(|b| format!("{b:02x}")).collect(),
        verstoesse: r.violations.iter().take(20).map(verstoss).collect(),
        weitere: r.violation_count.saturating_sub(20),
    }
}
