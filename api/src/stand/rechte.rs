//! `/pruefung/konto/{id}`: what an account might do at a moment, and what of it changed between two.
//!
//! The answer is `permit`'s own, asked with the roles, the unit and the mandates of that day; no copy of its rules.

use super::akte::{Unterschied, namen};
use super::unterschied::Vergleich;
use super::{Kopf, Moment, Spanne};
use crate::app::AppState;
use crate::auditor::spur::benannt;
use crate::clerk::zugang::{self, Leser};
use crate::error::Fehler;
use crate::layout::{self, Rahmen};
use akte_core::execute::{ExecuteError, Zeitachse};
use akte_core::kernel::{Actor, Context, Facts, Ids};
use akte_core::zugriff::{Action, Konto, Principal, Resource, permit};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use jiff::Timestamp;
use uuid::Uuid;

/// One right, and where it held.
struct Recht {
    was: &'static str,
    eigene: bool,
    andere: bool,
}

#[derive(Template)]
#[template(path = "stand/rechte.html")]
struct Seite {
    rahmen: Rahmen,
    kopf: Kopf,
    id: Uuid,
    name: String,
    gab_es: bool,
    einheit: String,
    rollen: Vec<String>,
    gesperrt: bool,
    vertretungen: Vec<String>,
    vertritt: Vec<String>,
    rechte: Vec<Recht>,
}

/// `GET /pruefung/konto/{id}`
pub async fn zeigen(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path(id): Path<Uuid>,
    Query(moment): Query<Moment>,
) -> Result<Response, Fehler> {
    pruefen(&app, &leser, id, "rechte-stand").await?;
    let kopf = moment.kopf(&app);
    let (am, achse) = (kopf.am, kopf.achse);
    let konten = app.intern(|v| v.konten()).await?;
    let konto = match app.house.load_stand::<Konto>(id, am, achse).await {
        Ok(k) => Some(k.state),
        Err(ExecuteError::NotFound) => None,
        Err(e) => return Err(e.into()),
    };
    let gab_es = konto.is_some();
    let k = konto.unwrap_or_default();
    let einheit = app.stadt.einheit(&k.einheit).to_owned();
    let vertretungen = k.vertretungen.iter().map(|v| format!("{}, {} bis {}", benannt(&konten, v.durch), v.von, v.bis));
    let wort_von = |r: &akte_core::kernel::Role| {
        serde_json::to_value(r).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
    };
    let seite = Seite {
        name: benannt(&konten, id),
        vertritt: vertritt(&app, &konten.iter().map(|k| k.konto).collect::<Vec<_>>(), id, am, achse)
            .await?
            .into_iter()
            .map(|fuer| benannt(&konten, fuer))
            .collect(),
        rechte: if gab_es && !k.gesperrt { rechte(&app, id, &k, am) } else { Vec::new() },
        rahmen: rahmen
            .titel("Rechte eines Kontos")
            .aktiv("pruefung")
            .krume("/pruefung", "Prüfspur")
            .mit_fehlern(kopf.meldung.is_some()),
        id,
        kopf,
        gab_es,
        einheit,
        rollen: k.rollen.iter().map(wort_von).collect(),
        gesperrt: k.gesperrt,
        vertretungen: vertretungen.collect(),
    };
    layout::seite_mit(seite.kopf.status, &seite)
}

async fn pruefen(app: &AppState, leser: &Leser, id: Uuid, was: &'static str) -> Result<(), Fehler> {
    if !leser.prueft() {
        return Err(Fehler::nicht_gefunden());
    }
    app.konto(id).await?.ok_or_else(Fehler::nicht_gefunden)?;
    let resource = Resource { stream: Some(id), ..Resource::default() };
    app.house.may_on(&leser.wer.principal(), Action::ReadAudit, &resource).await.map_err(|e| match e {
        ExecuteError::Denied(_) => Fehler::nicht_gefunden(),
        e => e.into(),
    })?;
    zugang::protokollieren(app, leser, was, Some(id)).await
}

/// Whom this account stood in for on that day.
async fn vertritt(
    app: &AppState,
    konten: &[Uuid],
    id: Uuid,
    am: Timestamp,
    achse: Zeitachse,
) -> Result<Vec<Uuid>, Fehler> {
    let tag = am.to_zoned(app.house.zone.clone()).date();
    let mut out = Vec::new();
    for fuer in konten.iter().filter(|k| **k != id) {
        match app.house.load_stand::<Konto>(*fuer, am, achse).await {
            Ok(k) if k.state.vertreten_durch(id, tag) => out.push(*fuer),
            Ok(_) | Err(ExecuteError::NotFound) => {}
            Err(e) => return Err(e.into()),
        }
    }
    Ok(out)
}

/// Every action with `permit`'s answer, in the own unit and in another.
fn rechte(app: &AppState, id: Uuid, k: &Konto, am: Timestamp) -> Vec<Recht> {
    let principal = Principal::konto(id, k.rollen.clone(), &k.einheit);
    let ctx = Context {
        now: am,
        today: am.to_zoned(app.house.zone.clone()).date(),
        zone: app.house.zone.clone(),
        actor: Actor::Konto(id),
        on_behalf_of: None,
        ids: Ids([0; 32]),
        law: app.house.law.clone(),
        definition: None,
        facts: Facts { einheit: Some(k.einheit.clone()), rollen: k.rollen.clone(), ..Facts::default() },
    };
    let bei = |einheit: &str| Resource { einheit: Some(einheit.to_owned()), ..Resource::default() };
    let darf = |a: Action, einheit: &str| permit(&principal, a, &bei(einheit), &ctx).allow;
    let alle = Action::ALL.iter().map(|a| Recht {
        was: a.name(),
        eigene: darf(*a, &k.einheit),
        andere: darf(*a, "\u{0}eine andere Einheit"),
    });
    alle.filter(|r| r.eigene || r.andere).collect()
}

/// `GET /pruefung/konto/{id}/unterschied`
pub async fn unterschied(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path(id): Path<Uuid>,
    Query(spanne): Query<Spanne>,
) -> Result<Response, Fehler> {
    pruefen(&app, &leser, id, "rechte-unterschied").await?;
    let konten = app.intern(|v| v.konten()).await?;
    let rahmen = rahmen.aktiv("pruefung").krume(format!("/pruefung/konto/{id}"), benannt(&konten, id));
    let seite = Unterschied::neu(rahmen, format!("/pruefung/konto/{id}/unterschied"), &spanne);
    let Some((a, b)) = spanne.lesen(&app) else { return seite.unlesbar(&spanne) };
    let (name, achse) = (namen(&konten), spanne.achse());
    let v = Vergleich { house: &app.house, stream: id, a, b, achse, def: None, name: &name };
    let alle = v.aenderungen::<Konto>().await?;
    layout::seite(&seite.mit(&app, (a, b), achse, alle))
}
