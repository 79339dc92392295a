//! `/pruefung`: the audit trail over all streams, newest first, with filters.

use crate::app::AppState;
use crate::auditor::pruefen;
use crate::clerk::zeitachse::{self, Zeile};
use crate::clerk::zugang::{Leser, in_adresse};
use crate::error::Fehler;
use crate::layout::{self, Rahmen};
use akte_core::recht::datum_lesen;
use akte_core::zugriff::Action;
use akte_projections::rows::{AuditFilter, EreignisRow, KontoRow};
use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

/// Rows of one page.
const SEITE: usize = 50;

/// What the address asks for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Frage {
    /// Stream id or Aktenzeichen.
    strom: String,
    /// Prefix of the wire name.
    art: String,
    /// Account.
    wer: String,
    von: String,
    bis: String,
    vor: String,
}

/// One row with the way to its case.
pub struct Eintrag {
    pub zeile: Zeile,
    pub corr: Uuid,
    pub seq: u64,
}

#[derive(Template)]
#[template(path = "auditor/spur.html")]
struct Seite {
    rahmen: Rahmen,
    frage: Frage,
    konten: Vec<(Uuid, String, bool)>,
    eintraege: Vec<Eintrag>,
    hinweis: Option<&'static str>,
    weiter: Option<String>,
}

/// `GET /pruefung`
pub async fn zeigen(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Query(frage): Query<Frage>,
) -> Result<Response, Fehler> {
    pruefen(&app, &leser, Action::ReadAudit, "pruefspur").await?;
    let konten = app.intern(|v| v.konten()).await?;
    let (filter, hinweis) = filter(&app, &frage).await?;
    let mut rows = match filter {
        Some(f) => app.intern(move |v| v.audit(&f)).await?,
        None => Vec::new(),
    };
    let weiter = layout::letzte(&mut rows, SEITE).map(|r| naechste(&frage, r.index));
    let name = |id: Uuid| benannt(&konten, id);
    let eintrag =
        |r: &EreignisRow| Eintrag { zeile: zeitachse::zeile(r, &app.stadt.zeitzone, name), corr: r.corr, seq: r.seq };
    let seite = Seite {
        rahmen: rahmen.titel("Prüfspur").aktiv("pruefung"),
        konten: konten.iter().map(|k| (k.konto, name(k.konto), k.konto.to_string() == frage.wer)).collect(),
        eintraege: rows.iter().map(eintrag).collect(),
        hinweis,
        weiter,
        frage,
    };
    layout::seite(&seite)
}

/// Name of an account for auditors.
pub fn benannt(konten: &[KontoRow], id: Uuid) -> String {
    let k = konten.iter().find(|k| k.konto == id);
    k.and_then(|k| k.name.clone().or_else(|| k.login.clone())).unwrap_or_else(|| "ein Konto ohne Namen".into())
}

/// The filter, or none with the reason: what is unreadable finds nothing rather than everything.
async fn filter(app: &AppState, f: &Frage) -> Result<(Option<AuditFilter>, Option<&'static str>), Fehler> {
    let mut filter = AuditFilter { limit: SEITE + 1, vor_index: f.vor.parse().ok(), ..AuditFilter::default() };
    let strom = f.strom.trim();
    if let Ok(id) = strom.parse::<Uuid>() {
        filter.stream = Some(id);
    } else if !strom.is_empty() {
        match aktenzeichen(app, strom).await? {
            Some(vorgang) => filter.corr = Some(vorgang),
            None => return Ok((None, Some("Zu diesem Aktenzeichen gibt es keinen Vorgang."))),
        }
    }
    let art: String = f.art.trim().to_lowercase();
    filter.wire = (!art.is_empty()).then_some(art);
    filter.akteur = (!f.wer.is_empty()).then(|| f.wer.clone());
    for (text, ende) in [(&f.von, false), (&f.bis, true)] {
        if text.trim().is_empty() {
            continue;
        }
        let Some(t) = grenze(app, text.trim(), ende) else {
            return Ok((None, Some("Ein Datum ist nicht lesbar. Schreiben Sie zum Beispiel 31.12.2026.")));
        };
        if ende { filter.bis = Some(t) } else { filter.von = Some(t) }
    }
    Ok((Some(filter), None))
}

/// Begin of the day, or of the day after it.
fn grenze(app: &AppState, text: &str, ende: bool) -> Option<Timestamp> {
    let mut d = datum_lesen(text)?;
    if ende {
        d = d.tomorrow().ok()?;
    }
    Some(d.to_zoned(app.house.zone.clone()).ok()?.timestamp())
}

/// The case with exactly this Aktenzeichen.
async fn aktenzeichen(app: &AppState, az: &str) -> Result<Option<Uuid>, Fehler> {
    let wort = az.to_owned();
    let treffer = app.intern(move |v| v.suche(&wort, None, 50)).await?;
    Ok(treffer.into_iter().find(|t| t.aktenzeichen.as_deref() == Some(az)).map(|t| t.vorgang))
}

fn naechste(f: &Frage, vor: u64) -> String {
    let felder = [("strom", &f.strom), ("art", &f.art), ("wer", &f.wer), ("von", &f.von), ("bis", &f.bis)];
    let teile: Vec<String> = felder.iter().map(|(k, v)| format!("{k}={}", in_adresse(v))).collect();
    format!("/pruefung?{}&vor={vor}", teile.join("&"))
}
