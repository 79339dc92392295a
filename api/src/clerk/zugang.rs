//! The gate before every page with personal data: `permit`, then a durable row in the read log.
//!
//! What cannot be logged is not shown. Denied and missing give the same answer, so that nobody
//! learns that a case exists.

use crate::app::AppState;
use crate::error::Fehler;
use crate::layout;
use crate::session::Angemeldet;
use akte_core::execute::{ExecuteError, Loaded, Principal, Room};
use akte_core::kernel::Role;
use akte_core::zugriff::{Action, Resource};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use rusqlite::{OptionalExtension, params};
use uuid::Uuid;

/// Purpose of a clerk's reads.
pub const ZWECK_AMT: &str = "Vorgangsbearbeitung";

/// A logged-in reader with the purpose of reading. Auditors without one are sent to say it first.
#[derive(Clone, Debug)]
pub struct Leser {
    pub wer: Angemeldet,
    pub zweck: String,
}

impl Leser {
    /// Reads for control, not for work: must name a purpose and sees every unit.
    pub fn prueft(&self) -> bool {
        prueft(&self.wer)
    }
    /// Units whose lists this reader sees; `None` = all.
    pub fn einheiten(&self) -> Option<Vec<String>> {
        let alle = self.prueft() || self.wer.hat(Role::Registratur);
        (!alle).then(|| vec![self.wer.konto.einheit.clone()])
    }
}

/// Revision and Datenschutz.
pub fn prueft(wer: &Angemeldet) -> bool {
    wer.hat(Role::Revision) || wer.hat(Role::Datenschutz)
}

impl FromRequestParts<AppState> for Leser {
    type Rejection = Response;
    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Response> {
        let wer = Angemeldet::from_request_parts(parts, app).await.map_err(IntoResponse::into_response)?;
        if !prueft(&wer) {
            return Ok(Leser { wer, zweck: ZWECK_AMT.into() });
        }
        match zweck(app, &wer).await.map_err(IntoResponse::into_response)? {
            Some(zweck) => Ok(Leser { wer, zweck }),
            None => {
                let ziel = parts.uri.path_and_query().map_or("/pruefung", |p| p.as_str());
                Err(layout::weiter(&format!("/pruefung/zweck?weiter={}", in_adresse(ziel))))
            }
        }
    }
}

/// Percent-encodes everything but unreserved characters.
pub fn in_adresse(text: &str) -> String {
    let mut aus = String::new();
    for b in text.bytes() {
        match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => aus.push(char::from(b)),
            _ => aus.push_str(&format!("%{b:02X}")),
        }
    }
    aus
}

/// The purpose this session has named.
async fn zweck(app: &AppState, wer: &Angemeldet) -> Result<Option<String>, Fehler> {
    let hash = wer.sitzung;
    let lesen = move |c: &rusqlite::Connection| {
        c.query_row("SELECT text FROM zweck WHERE sitzung = ?1", [hash], |r| r.get(0)).optional()
    };
    Ok(app.local.run(lesen).await?)
}

/// Remembers the purpose for this session.
pub async fn zweck_merken(app: &AppState, wer: &Angemeldet, text: String) -> Result<(), Fehler> {
    let hash = wer.sitzung;
    let schreiben = move |c: &rusqlite::Connection| {
        c.execute("DELETE FROM zweck WHERE sitzung NOT IN (SELECT hash FROM sitzung)", [])?;
        c.execute("INSERT OR REPLACE INTO zweck VALUES (?1, ?2)", params![hash, text]).map(|_| ())
    };
    Ok(app.local.run(schreiben).await?)
}

/// Who may act for this account today: itself first, then those it stands in for (i. V.).
pub async fn principale(app: &AppState, wer: &Angemeldet) -> Result<Vec<Principal>, Fehler> {
    let (konto, heute) = (wer.konto.konto, app.heute());
    let selbst = wer.principal();
    let vertretene = app.intern(move |v| v.vertritt(konto, heute)).await?;
    let fuer = vertretene.into_iter().map(|f| Principal { on_behalf_of: Some(f), ..selbst.clone() });
    Ok(std::iter::once(selbst.clone()).chain(fuer).collect())
}

/// The stream, and as whom the reader may do this to it: as itself, else in the place of another. Logs nothing.
pub async fn als<R: Room>(
    app: &AppState,
    leser: &Leser,
    action: Action,
    stream: Uuid,
) -> Result<Option<(Principal, Loaded<R>)>, Fehler> {
    for principal in principale(app, &leser.wer).await? {
        match app.house.may::<R>(&principal, action, stream).await {
            Ok((loaded, _)) => return Ok(Some((principal, loaded))),
            Err(ExecuteError::Denied(_)) => {}
            Err(ExecuteError::NotFound) => return Ok(None),
            Err(e) => return Err(e.into()),
        }
    }
    Ok(None)
}

/// In whose place the reader may do this: `Some` person, preferably the one it belongs to; inside `None` = as itself;
/// outside `None` = not at all.
pub async fn an_stelle<R: Room>(
    app: &AppState,
    leser: &Leser,
    l: &Loaded<R>,
    konto: Option<Uuid>,
    action: Action,
) -> Result<Option<Option<Uuid>>, Fehler> {
    let resource = Resource { stream: Some(l.stream), ..R::resource_of(&l.state) };
    let mut alle = principale(app, &leser.wer).await?;
    alle.sort_by_key(|p| p.on_behalf_of != konto || p.on_behalf_of.is_none());
    for p in alle {
        if app.house.may_on(&p, action, &resource).await.is_ok() {
            return Ok(Some(p.on_behalf_of));
        }
    }
    Ok(None)
}

/// The stream, if one of the reader's principals may read it; the read is logged before it returns.
pub async fn lesen<R: Room>(
    app: &AppState,
    leser: &Leser,
    action: Action,
    stream: Uuid,
    was: &'static str,
) -> Result<Loaded<R>, Fehler> {
    let (_, loaded) = als(app, leser, action, stream).await?.ok_or_else(Fehler::nicht_gefunden)?;
    protokollieren(app, leser, was, Some(stream)).await?;
    Ok(loaded)
}

/// The same for what is no stream: a list, a search, the audit trail.
pub async fn lesen_liste(app: &AppState, leser: &Leser, action: Action, was: &'static str) -> Result<(), Fehler> {
    darf_liste(app, leser, action).await?;
    protokollieren(app, leser, was, None).await
}

/// Whether the reader may see a list at all, read or not.
pub async fn darf_liste(app: &AppState, leser: &Leser, action: Action) -> Result<(), Fehler> {
    let resource = Resource { einheit: Some(leser.wer.konto.einheit.clone()), ..Resource::default() };
    app.house.may_on(&leser.wer.principal(), action, &resource).await.map_err(|e| match e {
        ExecuteError::Denied(_) => Fehler::nicht_gefunden(),
        e => e.into(),
    })?;
    Ok(())
}

/// Writes the row; without it the page is not shown.
pub async fn protokollieren(
    app: &AppState,
    leser: &Leser,
    was: &'static str,
    ziel: Option<Uuid>,
) -> Result<(), Fehler> {
    app.gelesen(leser.wer.konto.konto.to_string(), was, ziel, leser.zweck.clone()).await
}
