//! `/verwaltung/leistungen`: what is in force, what was proposed, what lies in the folder; proposed by one person,
//! put into force by another.
//!
//! Edits no definition: that is done in the town's folder, with any editor.

use crate::app::AppState;
use crate::clerk::fallseite::Meldung;
use crate::clerk::leistungsordner::{self, Ordner};
use crate::clerk::loeschung::ablehnung;
use crate::clerk::zugang::{self, Leser};
use crate::error::Fehler;
use crate::formular::Formular;
use crate::layout::{self, Rahmen, datum};
use akte_core::execute::{Call, Loaded, Target};
use akte_core::verfahren::{Leistung, LeistungCommand, loader, vergleich};
use akte_core::zugriff::{Action, Resource};
use akte_projections::rows::KontoRow;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;
use uuid::Uuid;

/// One line of the list.
struct Zeile {
    id: String,
    titel: String,
    in_kraft: String,
    vorschlag: String,
    ordner: String,
    /// Faults of the folder, each with file and line.
    fehler: Vec<String>,
}

#[derive(Template)]
#[template(path = "clerk/leistungen.html")]
struct Liste {
    rahmen: Rahmen,
    zeilen: Vec<Zeile>,
}

/// `GET /verwaltung/leistungen`
pub async fn zeigen(State(app): State<AppState>, leser: Leser, rahmen: Rahmen) -> Result<Response, Fehler> {
    zugang::lesen_liste(&app, &leser, Action::ReadLeistungen, "leistungen").await?;
    let ordner = leistungsordner::alle(&app).await?;
    let bekannt = app.house.all_leistungen().await?;
    let mut ids: Vec<&str> = bekannt.iter().map(|(id, _)| id.as_str()).collect();
    ids.extend(ordner.iter().map(|o| o.name.as_str()));
    ids.sort_unstable();
    ids.dedup();
    let zeile = |id: &str| {
        let l = bekannt.iter().find(|(i, _)| i == id).map(|(_, l)| &l.state);
        let o = ordner.iter().find(|o| o.name == id);
        Zeile {
            id: id.to_owned(),
            titel: titel(&app, id, o),
            in_kraft: in_kraft(&app, id, l),
            vorschlag: l
                .and_then(|l| l.vorschlag.as_ref())
                .map_or_else(String::new, |v| format!("Fassung {} wartet auf eine zweite Person", v.version)),
            ordner: o.map_or_else(String::new, |o| im_ordner(o, l)),
            fehler: o.and_then(|o| o.geprueft.as_ref().err().cloned()).unwrap_or_default(),
        }
    };
    let zeilen = ids.into_iter().map(zeile).collect();
    layout::seite(&Liste { rahmen: rahmen.titel("Leistungen").aktiv("verwaltung-leistungen"), zeilen })
}

fn titel(app: &AppState, id: &str, o: Option<&Ordner>) -> String {
    let gueltig = app.leistungen().get(id).map(|d| d.titel.de.clone());
    let im_ordner = || o.and_then(|o| o.geprueft.as_ref().ok()).map(|d| d.titel.de.clone());
    gueltig.or_else(im_ordner).unwrap_or_else(|| id.to_owned())
}

fn in_kraft(app: &AppState, id: &str, l: Option<&Leistung>) -> String {
    let Some(l) = l.filter(|l| !l.id.is_empty()) else { return "noch nie in Kraft".into() };
    if l.geschlossen {
        return format!("Fassung {}, beendet", l.version);
    }
    let katalog = app.leistungen();
    let heute = katalog.in_force(id, app.heute()).map(|d| format!("Fassung {}", d.version));
    match (heute, katalog.get(id)) {
        (Some(heute), Some(neu)) if neu.gueltig_ab > app.heute() => {
            format!("{heute}; Fassung {} ab {}", neu.version, datum(&neu.gueltig_ab))
        }
        (Some(heute), _) => heute,
        (None, Some(neu)) => format!("Fassung {} ab {}", neu.version, datum(&neu.gueltig_ab)),
        (None, None) => "nicht im Verzeichnis".into(),
    }
}

fn im_ordner(o: &Ordner, l: Option<&Leistung>) -> String {
    let sha256 = o.sha256();
    match &o.geprueft {
        Err(fehler) if fehler.len() == 1 => "1 Fehler".into(),
        Err(fehler) => format!("{} Fehler", fehler.len()),
        Ok(d) if l.is_some_and(|l| l.sha256 == sha256 && !l.geschlossen) => format!("Fassung {}, in Kraft", d.version),
        Ok(d) if vorgeschlagen(l, &sha256) => format!("Fassung {}, vorgeschlagen", d.version),
        Ok(d) => format!("Fassung {}, noch nicht vorgeschlagen", d.version),
    }
}

fn vorgeschlagen(l: Option<&Leistung>, sha256: &str) -> bool {
    l.and_then(|l| l.vorschlag.as_ref()).is_some_and(|v| v.sha256 == sha256)
}

/// What may be approved or rejected.
struct Offen {
    version: u32,
    sha256: String,
    von: String,
    unterschied: String,
    darf_genehmigen: bool,
}

/// What may be proposed from the folder.
struct Vorschlagbar {
    version: u32,
    sha256: String,
    unterschied: String,
}

#[derive(Template)]
#[template(path = "clerk/leistung.html")]
struct Seite {
    rahmen: Rahmen,
    meldung: Option<Meldung>,
    id: String,
    version: u64,
    in_kraft: String,
    ordner: String,
    fehler: Vec<String>,
    offen: Option<Offen>,
    vorschlagbar: Option<Vorschlagbar>,
    /// Whether this reader may propose and reject.
    darf: bool,
    abgelehnt: Option<String>,
    unverified: Vec<String>,
    getippt: String,
}

/// `GET /verwaltung/leistungen/{id}`
pub async fn eine(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path(id): Path<String>,
) -> Result<Response, Fehler> {
    bauen(&app, &leser, rahmen, id, StatusCode::OK, None, "").await
}

async fn laden(app: &AppState, id: &str) -> Result<Option<Loaded<Leistung>>, Fehler> {
    let alle = app.house.all_leistungen().await?;
    Ok(alle.into_iter().find(|(i, _)| i == id).map(|(_, l)| l))
}

async fn bauen(
    app: &AppState,
    leser: &Leser,
    rahmen: Rahmen,
    id: String,
    status: StatusCode,
    meldung: Option<Meldung>,
    getippt: &str,
) -> Result<Response, Fehler> {
    zugang::lesen_liste(app, leser, Action::ReadLeistungen, "leistungen").await?;
    let ordner = leistungsordner::alle(app).await?.into_iter().find(|o| o.name == id);
    let loaded = laden(app, &id).await?;
    if ordner.is_none() && loaded.is_none() {
        return Err(Fehler::nicht_gefunden());
    }
    let konten = app.intern(|v| v.konten()).await?;
    let l = loaded.as_ref().map(|l| &l.state);
    let alt = app.house.adopted_files(&id).await?;
    let principal = leser.wer.principal();
    let darf = app.house.may_on(&principal, Action::ProposeLeistung, &Resource::default()).await.is_ok();
    let mut offen = None;
    if let Some(v) = l.and_then(|l| l.vorschlag.as_ref()) {
        let resource = Resource { verfasser: v.von.clone(), ..Resource::default() };
        offen = Some(Offen {
            version: v.version,
            sha256: v.sha256.clone(),
            von: namen(&konten, &v.von),
            unterschied: vergleich::unterschied(&alt, &v.dateien),
            darf_genehmigen: app.house.may_on(&principal, Action::ApproveLeistung, &resource).await.is_ok(),
        });
    }
    let neu = ordner.as_ref().filter(|o| l.is_none_or(|l| l.sha256 != o.sha256() || l.geschlossen));
    let vorschlagbar = neu.filter(|_| offen.is_none()).and_then(|o| {
        let d = o.geprueft.as_ref().ok()?;
        let unterschied = vergleich::unterschied(&alt, &loader::as_adopted(&o.dateien));
        Some(Vorschlagbar { version: d.version, sha256: o.sha256(), unterschied })
    });
    let seite = Seite {
        rahmen: rahmen
            .titel(titel(app, &id, ordner.as_ref()))
            .aktiv("verwaltung-leistungen")
            .krume("/verwaltung/leistungen", "Leistungen")
            .mit_fehlern(status.is_client_error()),
        meldung,
        version: loaded.as_ref().map_or(0, |l| l.version),
        in_kraft: in_kraft(app, &id, l),
        ordner: ordner.as_ref().map_or_else(|| "kein Ordner".into(), |o| im_ordner(o, l)),
        fehler: ordner.as_ref().and_then(|o| o.geprueft.as_ref().err().cloned()).unwrap_or_default(),
        unverified: ordner.and_then(|o| o.geprueft.ok()).map(|d| d.unverified).unwrap_or_default(),
        abgelehnt: l.and_then(|l| l.abgelehnt.as_ref()).map(|a| {
            let grund = a.grund.as_deref().unwrap_or("gelöscht");
            format!("Fassung {}, abgelehnt von {}. Grund: {grund}", a.version, namen(&konten, &a.durch))
        }),
        offen,
        vorschlagbar,
        darf,
        id,
        getippt: getippt.to_owned(),
    };
    layout::seite_mit(status, &seite)
}

/// `POST /verwaltung/leistungen/{id}`: propose, approve or reject.
pub async fn entscheiden(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path(id): Path<String>,
    formular: Formular,
) -> Result<Response, Fehler> {
    let sha256 = formular.get("sha256").to_owned();
    let grund = formular.get("grund").trim().to_owned();
    let (principal, key) = (leser.wer.principal(), formular.schluessel().to_owned());
    let done = match formular.get("was") {
        "vorschlagen" => {
            let ordner = leistungsordner::alle(&app).await?.into_iter().find(|o| o.name == id);
            let Some(o) = ordner.filter(|o| o.sha256() == sha256) else {
                let text =
                    "Der Ordner wurde inzwischen geändert. Prüfen Sie ihn, und schlagen Sie ihn noch einmal vor.";
                let meldung = Meldung { art: "danger", titel: "Inzwischen geändert".into(), text: text.into() };
                return bauen(&app, &leser, rahmen, id, StatusCode::CONFLICT, Some(meldung), "").await;
            };
            app.house.propose_leistung(principal, key, &o.dateien).await
        }
        was @ ("genehmigen" | "ablehnen") => {
            let Ok(version) = formular.get("version").parse::<u64>() else {
                let text = "Die Seite ist unvollständig. Laden Sie sie neu.";
                return Err(Fehler::refusal(StatusCode::PRECONDITION_REQUIRED, "version", text));
            };
            let request = Some(json!({ "was": was, "sha256": sha256, "grund": grund }));
            let command = match was {
                "genehmigen" => LeistungCommand::Approve { sha256 },
                _ => LeistungCommand::Reject { sha256, grund: grund.clone() },
            };
            let target = Target::Natural(vec![id.clone()]);
            let call = Call { principal, key, target, expected: Some(version), request, corr: None };
            app.house.decide_leistung(call, command).await
        }
        _ => return Err(Fehler::nicht_gefunden()),
    };
    match done {
        Ok(done) => {
            app.sichtbar(done.receipt.as_ref()).await;
            Ok(layout::weiter(&format!("/verwaltung/leistungen/{id}")))
        }
        Err(e) => {
            let (status, m) = ablehnung(e)?;
            bauen(&app, &leser, rahmen, id, status, Some(m), &grund).await
        }
    }
}

fn namen(konten: &[KontoRow], ids: &[Uuid]) -> String {
    let name = |id: &Uuid| {
        let k = konten.iter().find(|k| k.konto == *id);
        k.and_then(|k| k.name.clone().or_else(|| k.login.clone())).unwrap_or_else(|| "ein Konto ohne Namen".into())
    };
    ids.iter().map(name).collect::<Vec<_>>().join(" i. V. für ")
}
