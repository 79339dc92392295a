//! Documents the town has issued in this case: receipt, fee notice, decision, as downloads.
//!
//! Fetching the decision is its Bekanntgabe (§ 41 (2a) VwVfG and state law): recorded before it is sent.

use crate::app::AppState;
use crate::citizen::fall::{Fall, oeffnen};
use crate::citizen::nachweise::{self, Nachweis};
use crate::download;
use crate::error::Fehler;
use crate::layout::{self, Rahmen};
use akte_core::documents::DokumentWert;
use akte_core::execute::ExecuteError;
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

fn schreiben(f: &Fall) -> Vec<Schreiben<'_>> {
    let v = &f.geladen.state;
    let mut alle = Vec::new();
    if let Some(wert) = &v.bescheinigung {
        let titel = "Empfangsbescheinigung".into();
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
            let titel = format!("Gebührenbescheid über {},{:02} EUR", g.betrag_cent / 100, g.betrag_cent % 100);
            alle.push(Schreiben {
                id: format!("gebuehr-{}", i + 1),
                titel,
                name: "gebuehrenbescheid.pdf",
                wert,
                bescheid: false,
            });
        }
    }
    if let (Some(b), true) = (&v.bescheid, v.versandt.is_some())
        && let Some(wert) = &b.ausfertigung
    {
        alle.push(Schreiben {
            id: "bescheid".into(),
            titel: "Bescheid".into(),
            name: "bescheid.pdf",
            wert,
            bescheid: true,
        });
    }
    alle
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
    let alle = schreiben(&f);
    let neu = alle.iter().any(|s| s.bescheid) && f.geladen.state.bekanntgabe.is_none();
    let nachweise = nachweise::liste(&app, &f).await?;
    let zeile = |s: &Schreiben<'_>| {
        let dokument = Some(s.wert.reference.to_string());
        let seq = nachweise.iter().find(|n| n.dokument == dokument).map(|n| n.seq);
        Zeile { id: s.id.clone(), titel: s.titel.clone(), kb: s.wert.len.div_ceil(1024), seq }
    };
    layout::seite(&Bescheide {
        rahmen: rahmen.titel("Bescheide und Dokumente").aktiv("status").krume("/status/vorgang", "Mein Antrag"),
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
    let alle = schreiben(&f);
    let s = alle.iter().find(|s| s.id == id).ok_or_else(Fehler::nicht_gefunden)?;
    if s.bescheid && f.geladen.state.bekanntgabe.is_none() {
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
