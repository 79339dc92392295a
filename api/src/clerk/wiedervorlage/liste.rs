//! `/amt/wiedervorlagen`: what is due, in person and i. V., what comes later, what was told to the head of the unit.
//!
//! Hand-overs nobody confirmed are Wiedervorlagen of their Vorgang; they stand in the same list.

use crate::app::AppState;
use crate::clerk::namen::Namen;
use crate::clerk::zugang::{self, Leser};
use crate::clerk::{eingang, objekt};
use crate::error::Fehler;
use crate::layout::{self, Rahmen, datum};
use akte_core::kernel::Role;
use akte_core::zugriff::Action;
use akte_projections::rows::WiedervorlageRow;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use uuid::Uuid;

/// One Wiedervorlage.
pub struct Zeile {
    pub href: String,
    pub was: String,
    pub grund: String,
    pub faellig: String,
    pub fuer: String,
    pub iv: Option<String>,
    pub eskaliert: Option<String>,
}

#[derive(Template)]
#[template(path = "clerk/wiedervorlagen.html")]
struct Seite {
    rahmen: Rahmen,
    faellig: Vec<Zeile>,
    spaeter: Vec<Zeile>,
    /// Only for the head of the unit.
    leitung: Option<Vec<Zeile>>,
}

/// The accounts this reader acts for, itself first.
async fn konten(app: &AppState, leser: &Leser) -> Result<Vec<Uuid>, Fehler> {
    let principale = zugang::principale(app, &leser.wer).await?;
    Ok(std::iter::once(leser.wer.konto.konto).chain(principale.iter().filter_map(|p| p.on_behalf_of)).collect())
}

/// How many Wiedervorlagen have come to their day.
pub async fn faellige(app: &AppState, leser: &Leser) -> Result<usize, Fehler> {
    let (alle, heute) = (konten(app, leser).await?, app.heute());
    let rows = app.intern(move |v| v.wiedervorlagen(&alle)).await?;
    Ok(rows.iter().filter(|r| r.faellig <= heute).count())
}

/// `GET /amt/wiedervorlagen`
pub async fn zeigen(State(app): State<AppState>, leser: Leser, rahmen: Rahmen) -> Result<Response, Fehler> {
    zugang::lesen_liste(&app, &leser, Action::ReadEingang, "wiedervorlagen").await?;
    let (alle, heute, ich) = (konten(&app, &leser).await?, app.heute(), leser.wer.konto.konto);
    let rows = app.intern(move |v| v.wiedervorlagen(&alle)).await?;
    let namen = Namen::laden(&app).await?;
    let (mut faellig, mut spaeter) = (Vec::new(), Vec::new());
    for r in &rows {
        let iv = (r.konto != ich).then(|| namen.name(r.konto));
        let z = zeile(&app, &leser, &namen, r, iv).await?;
        if r.faellig <= heute { faellig.push(z) } else { spaeter.push(z) }
    }
    faellig.extend(abgaben(&app, &leser).await?);
    let leitung = if leser.wer.hat(Role::Leitung) {
        let einheit = leser.wer.konto.einheit.clone();
        let mut zeilen = Vec::new();
        for r in app.intern(move |v| v.wiedervorlagen_eskaliert(&einheit)).await? {
            zeilen.push(zeile(&app, &leser, &namen, &r, None).await?);
        }
        Some(zeilen)
    } else {
        None
    };
    let rahmen = rahmen.titel("Wiedervorlagen").aktiv("wiedervorlagen");
    layout::seite(&Seite { rahmen, faellig, spaeter, leitung })
}

async fn zeile(
    app: &AppState,
    leser: &Leser,
    namen: &Namen,
    r: &WiedervorlageRow,
    iv: Option<String>,
) -> Result<Zeile, Fehler> {
    Ok(Zeile {
        href: format!("/amt/wiedervorlage/{}", r.wiedervorlage),
        was: objekt::benennen(app, leser, r.objekt).await?,
        grund: r.grund.clone().unwrap_or_else(|| "gelöscht".into()),
        faellig: datum(&r.faellig),
        fuer: namen.name(r.konto),
        iv,
        eskaliert: r.eskaliert.map(|d| datum(&d)),
    })
}

/// Hand-overs of the own unit whose confirmation is overdue.
async fn abgaben(app: &AppState, leser: &Leser) -> Result<Vec<Zeile>, Fehler> {
    let (heute, einheiten) = (app.heute(), leser.einheiten());
    let rows = app.intern(move |v| v.faellig(heute, einheiten.as_deref())).await?;
    let spaet = rows.into_iter().filter(|r| r.status == "abgegeben" && r.frist.is_some_and(|f| f < heute));
    let zeile = |r: akte_projections::rows::VorgangRow| Zeile {
        href: format!("/amt/vorgang/{}", r.vorgang),
        was: format!("Vorgang: {}", r.aktenzeichen.clone().unwrap_or_else(|| eingang::titel(app, &r.leistung))),
        grund: "Die Abgabe ist nicht bestätigt worden.".into(),
        faellig: r.frist.map(|d| datum(&d)).unwrap_or_default(),
        fuer: r.konto_name.unwrap_or_else(|| "die Einheit".into()),
        iv: None,
        eskaliert: None,
    };
    Ok(spaet.map(zeile).collect())
}
