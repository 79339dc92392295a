//! Documents the town has issued in this case: receipt, fee notice, decision, as downloads.
//!
//! Fetching the decision is its Bekanntgabe (§ 41 (2a) VwVfG and state law): recorded before it is sent.

use crate::app::AppState;
use crate::citizen::fall::{Fall, oeffnen};
use crate::citizen::nachweise::{self, Nachweis};
use crate::download;
use crate::error::Fehler;
use crate::layout::{self, Rahmen};
use crate::sprache::Sprache;
use crate::texte::{self, Satz, TextBescheide};
use akte_core::documents::DokumentWert;
use akte_core::execute::ExecuteError;
use akte_core::verfahren::event::{AktArt, Weg};
use akte_core::verfahren::{Vorgang, VorgangCommand};
use akte_core::zugriff::Action;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::json;

/// One document of the town.
struct Schreiben<'a> {
    /// Last part of its address.
    id: String,
    titel: String,
    name: &'static str,
    wert: &'a DokumentWert,
    bescheid: bool,
}

fn schreiben(f: &Fall, seite: Sprache) -> Vec<Schreiben<'_>> {
    let t = &texte::von(seite).bescheide;
    let v = &f.geladen.state;
    let mut alle = Vec::new();
    if let Some(wert) = &v.bescheinigung {
        let titel = t.empfangsbescheinigung.into();
        alle.push(Schreiben {
            id: "empfangsbescheinigung".into(),
            titel,
            name: "empfangsbescheinigung.pdf",
            wert,
            bescheid: false,
        });
    }
    for (i, g) in v.gebuehren.iter().enumerate() {
        if let Some(wert) = &g.dokument {
            let komma = if seite == Sprache::En { '.' } else { ',' };
            let titel = t.gebuehr.mit(format!("{}{komma}{:02}", g.betrag_cent / 100, g.betrag_cent % 100));
            alle.push(Schreiben {
                id: format!("gebuehr-{}", i + 1),
                titel,
                name: "gebuehrenbescheid.pdf",
                wert,
                bescheid: false,
            });
        }
    }
    let jetzt = v.akt_nr();
    for (nr, art, b) in v.versandte_akte() {
        let Some(wert) = &b.ausfertigung else { continue };
        alle.push(Schreiben {
            id: if nr == 1 { "bescheid".into() } else { format!("bescheid-{nr}") },
            titel: art.map_or(t.bescheid, |a| akt(a, t)).into(),
            name: "bescheid.pdf",
            wert,
            bescheid: nr == jetzt && v.versandt.is_some(),
        });
    }
    alle
}

/// What a further act is called.
fn akt(a: AktArt, t: &TextBescheide) -> Satz {
    match a {
        AktArt::Berichtigung => t.berichtigung,
        AktArt::Ruecknahme => t.ruecknahme,
        AktArt::Widerruf => t.widerruf,
        AktArt::Abhilfe => t.abhilfe,
        AktArt::Widerspruchsbescheid => t.widerspruchsbescheid,
    }
}

/// Opening it announces it: it was put into the portal and not announced yet.
fn zum_abruf(f: &Fall) -> bool {
    let v = &f.geladen.state;
    v.bekanntgabe.is_none() && matches!(v.versandt, Some((Weg::Portal, _)))
}

/// A document as the page lists it.
struct Zeile {
    id: String,
    titel: String,
    kb: u64,
    /// The event that holds its digest.
    seq: Option<u64>,
}

#[derive(Template)]
#[template(path = "bescheide.html")]
struct Bescheide {
    rahmen: Rahmen,
    schreiben: Vec<Zeile>,
    nachweise: Vec<Nachweis>,
    neu: bool,
}

/// `GET /status/dokumente`
pub async fn liste(State(app): State<AppState>, rahmen: Rahmen, headers: HeaderMap) -> Result<Response, Fehler> {
    let f = oeffnen(&app, &headers, Action::ReadStatus, "dokumentenliste").await?;
    let alle = schreiben(&f, rahmen.sprache);
    let neu = alle.iter().any(|s| s.bescheid) && zum_abruf(&f);
    let nachweise = nachweise::liste(&app, &f, rahmen.sprache).await?;
    let zeile = |s: &Schreiben<'_>| {
        let dokument = Some(s.wert.reference.to_string());
        let seq = nachweise.iter().find(|n| n.dokument == dokument).map(|n| n.seq);
        Zeile { id: s.id.clone(), titel: s.titel.clone(), kb: s.wert.len.div_ceil(1024), seq }
    };
    let titel = rahmen.t().status.bescheide;
    layout::seite(&Bescheide {
        rahmen: rahmen.titel(titel).aktiv("status").krume_status(),
        schreiben: alle.iter().map(zeile).collect(),
        nachweise,
        neu,
    })
}

/// `GET /status/dokument/{id}`
pub async fn holen(
    State(app): State<AppState>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Fehler> {
    let f = oeffnen(&app, &headers, Action::ReadBescheid, "dokument").await?;
    let alle = schreiben(&f, Sprache::De);
    let s = alle.iter().find(|s| s.id == id).ok_or_else(Fehler::nicht_gefunden)?;
    if s.bescheid && zum_abruf(&f) {
        let key = format!("abruf-{}", s.wert.reference);
        let call = f.call(&key, json!({ "abruf": s.wert.reference }));
        let command = VorgangCommand::EffectBekanntgabe { art: "abruf".into(), am: app.heute() };
        match app.house.execute::<Vorgang>(call, command).await {
            Ok(done) => app.sichtbar(done.receipt.as_ref()).await,
            // Handed over at the counter or announced by another way meanwhile: the paper is still theirs.
            Err(ExecuteError::Refused { .. }) => {}
            Err(e) => return Err(e.into()),
        }
    }
    download::dokument(&app, s.wert, s.name).await
}
