//! `/amt/vorgang/{id}/dokument/{dok}`, `/amt/akte/{id}/dokument/{dok}`: one document as a download, never shown inline.

use crate::app::AppState;
use crate::clerk::aktenteile;
use crate::clerk::fall;
use crate::clerk::zugang::{self, Leser};
use crate::download;
use crate::error::Fehler;
use crate::layout;
use akte_core::akte::Akte;
use akte_core::documents::DokumentWert;
use akte_core::verfahren::Vorgang;
use akte_core::zugriff::Action;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use uuid::Uuid;

/// `GET /amt/vorgang/{id}/dokument/{dok}`; `dok` is the reference or the id in the Akte.
pub async fn herunterladen(
    State(app): State<AppState>,
    leser: Leser,
    Path((id, dok)): Path<(Uuid, Uuid)>,
) -> Result<Response, Fehler> {
    let fall = fall::laden_als(&app, &leser, id, None, Action::ReadDokument, "dokument").await?;
    let eigenes = aktenteile::dokumente(&fall).into_iter().find(|d| d.wert.reference == dok);
    let (wert, name) = match eigenes {
        Some(d) => (d.wert, d.dateiname),
        None => in_der_akte(&app, id, dok).await?,
    };
    ausliefern(&app, Some(wert), &name).await
}

/// `GET /amt/akte/{id}/dokument/{dok}`: its newest version.
pub async fn aus_der_akte(
    State(app): State<AppState>,
    leser: Leser,
    Path((id, dok)): Path<(Uuid, Uuid)>,
) -> Result<Response, Fehler> {
    fassung_der_akte(&app, &leser, id, dok, None).await
}

/// `GET /amt/akte/{id}/dokument/{dok}/{version}`
pub async fn fassung(
    State(app): State<AppState>,
    leser: Leser,
    Path((id, dok, version)): Path<(Uuid, Uuid, u32)>,
) -> Result<Response, Fehler> {
    fassung_der_akte(&app, &leser, id, dok, Some(version)).await
}

/// A document as the Akte holds it. One of a case is read by whoever may read there, because others may work on it.
/// One that was moved is read where it lies now: at its old place stands the pointer.
async fn fassung_der_akte(
    app: &AppState,
    leser: &Leser,
    id: Uuid,
    dok: Uuid,
    version: Option<u32>,
) -> Result<Response, Fehler> {
    zugang::lesen::<Akte>(app, leser, Action::ReadDokument, id, "dokument").await?;
    let (row, versionen) = app.intern(move |v| Ok((v.dokument(dok)?, v.dokument_versionen(dok)?))).await?;
    let row = row.filter(|r| r.akte == Some(id)).ok_or_else(Fehler::nicht_gefunden)?;
    if let Some(vorgang) = row.vorgang {
        zugang::lesen::<Vorgang>(app, leser, Action::ReadDokument, vorgang, "dokument").await?;
    }
    if row.nach.is_some() {
        return Ok(layout::weiter(&format!("/amt/akte/{id}#verschoben")));
    }
    let v = match version {
        Some(n) => versionen.into_iter().find(|v| v.version == n),
        None => versionen.into_iter().last(),
    };
    let v = v.ok_or_else(Fehler::nicht_gefunden)?;
    let name = row.dateiname.or(row.titel).unwrap_or_else(|| "dokument".into());
    ausliefern(app, v.wert, &name).await
}

/// The bytes as a download, for whoever has passed the gate; a version that was erased says so.
pub(super) async fn ausliefern(app: &AppState, wert: Option<DokumentWert>, name: &str) -> Result<Response, Fehler> {
    let gone = "Dieses Dokument wurde gelöscht. Der Verlauf zeigt, wann und warum.";
    let geloescht = || Fehler::refusal(StatusCode::GONE, "gone", gone);
    match download::dokument(app, &wert.ok_or_else(geloescht)?, name).await {
        Err(Fehler::Refusal { status: StatusCode::NOT_FOUND, .. }) => Err(geloescht()),
        andere => andere,
    }
}

/// A document the Akte filed for this case; one that was moved is read where it lies now.
async fn in_der_akte(app: &AppState, vorgang: Uuid, dok: Uuid) -> Result<(DokumentWert, String), Fehler> {
    let (row, wert) = app.intern(move |v| Ok((v.dokument(dok)?, v.dokument_wert(dok)?))).await?;
    match (row.filter(|r| r.vorgang == Some(vorgang) && r.nach.is_none()), wert) {
        (Some(r), Some(w)) => Ok((w, r.dateiname.or(r.titel).unwrap_or_else(|| "dokument".into()))),
        _ => Err(Fehler::nicht_gefunden()),
    }
}
