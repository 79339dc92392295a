//! Handing in what the office asked for, by code, without an account.

use crate::app::AppState;
use crate::citizen::fall::{Fall, oeffnen};
use crate::error::Fehler;
use crate::layout::{self, Rahmen};
use crate::texte::{Stimme, Wort};
use crate::upload;
use akte_core::documents::sniff::Media;
use akte_core::verfahren::event::{AntragDokument, Kanal};
use akte_core::verfahren::{Vorgang, VorgangCommand};
use akte_core::zugriff::Action;
use askama::Template;
use axum::extract::{Multipart, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::json;

#[derive(Template)]
#[template(path = "nachreichen.html")]
struct Nachreichen {
    rahmen: Rahmen,
    schluessel: String,
    /// Text of the office, with its last day.
    bitten: Vec<(String, String)>,
    /// (id, label, asked for)
    arten: Vec<(String, Wort, bool)>,
    fehler: Option<String>,
    accept: &'static str,
    groesse: String,
}

/// `GET /status/nachreichen`
pub async fn zeigen(State(app): State<AppState>, rahmen: Rahmen, headers: HeaderMap) -> Result<Response, Fehler> {
    let f = oeffnen(&app, &headers, Action::ReadStatus, "nachforderung").await?;
    bauen(&app, rahmen, &f, None)
}

fn bauen(app: &AppState, rahmen: Rahmen, f: &Fall, fehler: Option<String>) -> Result<Response, Fehler> {
    let offen: Vec<_> = f.geladen.state.nachforderungen.iter().filter(|n| n.offen).collect();
    let gefragt =
        |id: &str| offen.iter().any(|n| n.unterlagen.iter().any(|u| u == id) && !n.erhalten.iter().any(|u| u == id));
    let s = Stimme::neu(rahmen.sprache, &f.def);
    let ids = f.def.unterlagen.iter().map(|u| u.id.as_str()).chain(["sonstige"]);
    let mut arten: Vec<(String, Wort, bool)> =
        ids.map(|id| (id.to_owned(), s.unterlage(&f.def, id), gefragt(id))).collect();
    arten.sort_by_key(|a| !a.2);
    let status = if fehler.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let seite = Nachreichen {
        schluessel: f.schluessel(&rahmen),
        bitten: offen.iter().map(|n| (n.text.clone().unwrap_or_default(), rahmen.datum(&n.frist))).collect(),
        rahmen: rahmen.titel(s.t().status.nachreichen).aktiv("status").mit_fehlern(fehler.is_some()).krume_status(),
        arten,
        fehler,
        accept: Media::ACCEPT,
        groesse: upload::groesse(app.grenzwerte.upload_bytes),
    };
    layout::seite_mit(status, &seite)
}

/// `POST /status/nachreichen`
pub async fn hochladen(
    State(app): State<AppState>,
    rahmen: Rahmen,
    headers: HeaderMap,
    form: Multipart,
) -> Result<Response, Fehler> {
    let f = oeffnen(&app, &headers, Action::ReadStatus, "nachreichung").await?;
    let t = &rahmen.t().dokumente;
    if f.geladen.state.dokumente.len() >= 4 * app.grenzwerte.unterlagen {
        return bauen(&app, rahmen, &f, Some(t.zu_viele_status.into()));
    }
    let h = upload::annehmen(&app, &headers, form, f.vorgang).await?;
    let feld = |n: &str| h.felder.get(n).cloned().unwrap_or_default();
    let datei = match h.datei {
        Ok(Some(datei)) => datei,
        Ok(None) => return bauen(&app, rahmen, &f, Some(t.keine_gewaehlt.into())),
        Err(grund) => {
            let satz = grund.satz(rahmen.sprache);
            return bauen(&app, rahmen, &f, Some(satz));
        }
    };
    f.gemeint(&feld("_schluessel"))?;
    let unterlage = feld("unterlage");
    let call = f.call(&feld("_schluessel"), json!({ "unterlage": unterlage, "sha256": datei.sha256 }));
    let dokument = AntragDokument { unterlage, dateiname: datei.name, dokument: datei.wert };
    let command = VorgangCommand::SupplyUnterlage { kanal: Kanal::Online, dokument };
    let done = app.house.execute::<Vorgang>(call, command).await?;
    app.sichtbar(done.receipt.as_ref()).await;
    Ok(layout::weiter("/status/vorgang"))
}
