//! `/amt`: the inbox of the own unit, oldest first, with deadlines and bulk assignment.
//!
//! Rights are part of the query; another unit's cases are not counted either.

use crate::app::AppState;
use crate::clerk::ampel::{Licht, licht};
use crate::clerk::worte;
use crate::clerk::zugang::{self, Leser};
use crate::error::Fehler;
use crate::layout::{self, Rahmen, datum, zeitpunkt};
use akte_core::kernel::Role;
use akte_core::zugriff::Action;
use akte_projections::ampel;
use akte_projections::internal::sort_key;
use akte_projections::rows::{KontoRow, VorgangFilter, VorgangRow};
use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use uuid::Uuid;

/// Rows of one page.
const SEITE: usize = 25;

/// What the address asks for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Frage {
    /// `eingang`, `meine`, `alle`, `fristen`.
    tab: String,
    status: String,
    leistung: String,
    /// Page token `<sort key>~<vorgang>`.
    nach: String,
}

/// One row.
pub struct Zeile {
    pub vorgang: Uuid,
    pub version: u64,
    pub leistung: String,
    pub antragsteller: String,
    pub aktenzeichen: String,
    pub kanal: &'static str,
    pub eingang: String,
    pub erfasst: String,
    pub status: &'static str,
    pub frist: Option<String>,
    pub licht: Option<Licht>,
    pub bearbeiter: Option<String>,
    pub iv: Option<String>,
}

#[derive(Template)]
#[template(path = "clerk/eingang.html")]
struct Seite {
    rahmen: Rahmen,
    tabs: Vec<(&'static str, &'static str, bool)>,
    tab: String,
    zeilen: Vec<Zeile>,
    stati: Vec<(String, &'static str, bool)>,
    leistungen: Vec<(String, String, bool)>,
    kandidaten: Vec<(Uuid, String)>,
    weiter: Option<String>,
    /// Wiedervorlagen whose day has come, own and i. V.
    faellig: usize,
}

const TABS: [(&str, &str); 4] =
    [("eingang", "Eingang"), ("meine", "Meine"), ("alle", "Alle der Einheit"), ("fristen", "Fristen")];

/// `GET /amt`
pub async fn zeigen(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Query(frage): Query<Frage>,
) -> Result<Response, Fehler> {
    if let Some(ziel) = anderswo(&leser) {
        return Ok(layout::weiter(ziel));
    }
    zugang::lesen_liste(&app, &leser, Action::ReadEingang, "eingang").await?;
    let tab = TABS.iter().find(|(t, _)| *t == frage.tab).map_or("eingang", |(t, _)| t);
    let (mut zeilen, weiter) = holen(&app, &leser, tab, &frage).await?;
    let konten = app.intern(|v| v.konten()).await?;
    let name = |k: Uuid| konten.iter().find(|x| x.konto == k).and_then(|x| x.name.clone());
    let ich = leser.wer.konto.konto;
    let sichten = zeilen.drain(..).map(|r| {
        let iv = r.konto.filter(|k| tab == "meine" && *k != ich).and_then(name);
        zeile(&app, &r, iv)
    });
    let seite = Seite {
        rahmen: rahmen.titel("Eingang").aktiv("eingang"),
        tabs: TABS.iter().map(|(t, n)| (*t, *n, *t == tab)).collect(),
        tab: tab.to_owned(),
        zeilen: sichten.collect(),
        stati: worte::alle_status().into_iter().map(|(w, s)| (w.clone(), s, w == frage.status)).collect(),
        leistungen: leistungen(&app, &frage.leistung),
        kandidaten: kandidaten(&leser, &konten),
        weiter,
        faellig: super::wiedervorlage::liste::faellige(&app, &leser).await?,
    };
    layout::seite(&seite)
}

/// Accounts whose work is elsewhere.
fn anderswo(leser: &Leser) -> Option<&'static str> {
    let w = &leser.wer;
    if w.hat(Role::Admin) {
        return Some("/verwaltung/konten");
    }
    let arbeitet = w.hat(Role::Sachbearbeitung) || w.hat(Role::Leitung) || w.hat(Role::Registratur) || leser.prueft();
    (!arbeitet).then_some("/amt/erfassen")
}

async fn holen(
    app: &AppState,
    leser: &Leser,
    tab: &str,
    frage: &Frage,
) -> Result<(Vec<VorgangRow>, Option<String>), Fehler> {
    let (heute, einheiten, ich) = (app.heute(), leser.einheiten(), leser.wer.konto.konto);
    if tab == "fristen" {
        let zeilen = app.intern(move |v| v.faellig(heute, einheiten.as_deref())).await?;
        return Ok((zeilen, None));
    }
    let filter = VorgangFilter {
        einheiten: if tab == "meine" { None } else { einheiten },
        konto: (tab == "meine").then_some(ich),
        unzugewiesen: tab == "eingang",
        status: if frage.status.is_empty() { Vec::new() } else { vec![frage.status.clone()] },
        leistung: (!frage.leistung.is_empty()).then(|| frage.leistung.clone()),
        offen: frage.status.is_empty(),
        nach: frage.nach.split_once('~').and_then(|(k, v)| {
            let _: i64 = k.parse().ok()?;
            Some((k.to_owned(), v.parse().ok()?))
        }),
        limit: SEITE + 1,
    };
    let frei = filter.clone();
    let mut zeilen = app.intern(move |v| v.vorgaenge(&filter)).await?;
    let marke = layout::letzte(&mut zeilen, SEITE).map(|r| format!("{}~{}", sort_key(r), r.vorgang));
    if tab == "meine" && frage.nach.is_empty() {
        zeilen.extend(vertretene(app, leser, &frei).await?);
    }
    let weiter = marke.map(|m| format!("/amt?tab={tab}&status={}&leistung={}&nach={m}", frage.status, frage.leistung));
    Ok((zeilen, weiter))
}

/// What lies with those this account stands in for (i. V.).
async fn vertretene(app: &AppState, leser: &Leser, filter: &VorgangFilter) -> Result<Vec<VorgangRow>, Fehler> {
    let mut alle = Vec::new();
    for p in zugang::principale(app, &leser.wer).await? {
        if p.on_behalf_of.is_some() {
            let f = VorgangFilter { konto: p.on_behalf_of, ..filter.clone() };
            alle.extend(app.intern(move |v| v.vorgaenge(&f)).await?);
        }
    }
    Ok(alle)
}

/// A row of the view in words.
pub fn zeile(app: &AppState, r: &VorgangRow, iv: Option<String>) -> Zeile {
    let zone = &app.stadt.zeitzone;
    Zeile {
        vorgang: r.vorgang,
        version: r.version,
        leistung: titel(app, &r.leistung),
        antragsteller: r.antragsteller.clone().unwrap_or_else(|| "ohne Namen".into()),
        aktenzeichen: r.aktenzeichen.clone().unwrap_or_else(|| "noch keines".into()),
        kanal: worte::kanal(&r.kanal),
        eingang: zeitpunkt(&r.eingang_am, zone),
        erfasst: zeitpunkt(&r.erfasst_am, zone),
        status: worte::status(&r.status),
        frist: r.frist.map(|d| datum(&d)),
        licht: licht(ampel(r, app.heute())),
        bearbeiter: r.konto_name.clone().or_else(|| r.konto.map(|_| "ein Konto ohne Namen".into())),
        iv,
    }
}

/// Title of a service.
pub fn titel(app: &AppState, leistung: &str) -> String {
    app.leistungen().get(leistung).map_or_else(|| leistung.to_owned(), |d| d.titel.de.clone())
}

fn leistungen(app: &AppState, gewaehlt: &str) -> Vec<(String, String, bool)> {
    app.leistungen().all().iter().map(|d| (d.id.clone(), d.titel.de.clone(), d.id == gewaehlt)).collect()
}

fn kandidaten(leser: &Leser, konten: &[KontoRow]) -> Vec<(Uuid, String)> {
    if leser.prueft() {
        return Vec::new();
    }
    let passt = |k: &&KontoRow| {
        k.aktiv
            && (k.rollen.contains(&Role::Sachbearbeitung) || k.rollen.contains(&Role::Leitung))
            && leser.einheiten().is_none_or(|e| e.contains(&k.einheit))
    };
    konten.iter().filter(passt).filter_map(|k| Some((k.konto, k.name.clone().or_else(|| k.login.clone())?))).collect()
}
