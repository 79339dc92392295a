//! `/verwaltung/konten`: accounts for the system administration, who sees no case.
//!
//! Passwords never reach the ledger; a new one is shown exactly once.

use crate::app::AppState;
use crate::auth::passwort;
use crate::clerk::fallseite::Meldung;
use crate::error::Fehler;
use crate::formular::{Formular, verbotenes_zeichen};
use crate::layout::{self, Rahmen};
use crate::session::{Angemeldet, zufall_b64};
use akte_core::execute::{Call, ExecuteError, Target};
use akte_core::kernel::Role;
use akte_core::stadt::Stadt;
use akte_core::zugriff::{Action, Konto, KontoCommand, Resource};
use akte_projections::rows::KontoRow;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;
use uuid::Uuid;

const ROLLEN: [(Role, &str); 8] = [
    (Role::Sachbearbeitung, "Sachbearbeitung"),
    (Role::Leitung, "Leitung"),
    (Role::Poststelle, "Poststelle"),
    (Role::Registratur, "Registratur"),
    (Role::Archiv, "Archiv"),
    (Role::Revision, "Revision"),
    (Role::Datenschutz, "Datenschutz"),
    (Role::Admin, "Systemverwaltung"),
];

/// One role to tick.
pub struct Rollenwahl {
    pub wort: String,
    pub name: &'static str,
    pub da: bool,
}

/// One account with its forms.
pub struct Zeile {
    pub konto: Uuid,
    pub name: String,
    pub login: String,
    pub einheit: String,
    pub rollen: Vec<Rollenwahl>,
    pub aktiv: bool,
    pub version: u64,
}

#[derive(Template)]
#[template(path = "clerk/konten.html")]
struct Seite {
    rahmen: Rahmen,
    meldung: Option<Meldung>,
    /// Login and password, shown this once.
    kennwort: Option<(String, String)>,
    konten: Vec<Zeile>,
    einheiten: Vec<(String, String)>,
    rollen: Vec<Rollenwahl>,
    getippt: Formular,
}

/// `GET /verwaltung/konten`
pub async fn zeigen(State(app): State<AppState>, wer: Angemeldet, rahmen: Rahmen) -> Result<Response, Fehler> {
    bauen(&app, &wer, rahmen, StatusCode::OK, None, None, Formular::default()).await
}

async fn bauen(
    app: &AppState,
    wer: &Angemeldet,
    rahmen: Rahmen,
    status: StatusCode,
    meldung: Option<Meldung>,
    kennwort: Option<(String, String)>,
    getippt: Formular,
) -> Result<Response, Fehler> {
    app.house.may_on(&wer.principal(), Action::ReadKonten, &Resource::default()).await.map_err(|e| match e {
        ExecuteError::Denied(_) => Fehler::nicht_gefunden(),
        e => e.into(),
    })?;
    if !wer.hat(Role::Admin) {
        return Err(Fehler::nicht_gefunden());
    }
    app.gelesen(wer.konto.konto.to_string(), "konten", None, "Kontenverwaltung".into()).await?;
    let konten = app.intern(|v| v.konten()).await?;
    let seite = Seite {
        rahmen: rahmen.titel("Konten").aktiv("konten").mit_fehlern(status.is_client_error()),
        meldung,
        kennwort,
        konten: konten.iter().map(|k| zeile(&app.stadt, k)).collect(),
        einheiten: app.stadt.einheiten.iter().map(|e| (e.id.clone(), e.name.clone())).collect(),
        rollen: rollen(&getippt.all("rollen").filter_map(rolle).collect::<Vec<_>>()),
        getippt,
    };
    layout::seite_mit(status, &seite)
}

fn zeile(stadt: &Stadt, k: &KontoRow) -> Zeile {
    let login = k.login.clone().unwrap_or_else(|| "gelöscht".into());
    Zeile {
        konto: k.konto,
        name: k.name.clone().unwrap_or_else(|| login.clone()),
        login,
        einheit: stadt.einheit(&k.einheit).to_owned(),
        rollen: rollen(&k.rollen),
        aktiv: k.aktiv,
        version: k.version,
    }
}

fn wort(r: Role) -> String {
    serde_json::to_value(r).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

fn rolle(wort: &str) -> Option<Role> {
    serde_json::from_value(wort.into()).ok()
}

fn rollen(hat: &[Role]) -> Vec<Rollenwahl> {
    ROLLEN.iter().map(|(r, name)| Rollenwahl { wort: wort(*r), name, da: hat.contains(r) }).collect()
}

/// `POST /verwaltung/konten`: a new account with a first password.
pub async fn anlegen(
    State(app): State<AppState>,
    wer: Angemeldet,
    rahmen: Rahmen,
    formular: Formular,
) -> Result<Response, Fehler> {
    let login = formular.get("login").trim().to_lowercase();
    let ok = (2..=64).contains(&login.len()) && login.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
    let name = formular.get("name").trim().to_owned();
    let einheit = formular.get("einheit").to_owned();
    let gerollt: Vec<Role> = formular.all("rollen").filter_map(rolle).collect();
    let fehler = match () {
        () if !ok => Some("Der Anmeldename darf nur Buchstaben ohne Umlaute, Ziffern, Punkt und Strich haben."),
        () if name.is_empty() || name.chars().count() > 200 || verbotenes_zeichen(&name) => {
            Some("Bitte füllen Sie „Name“ aus, mit höchstens 200 Zeichen.")
        }
        () if !app.stadt.einheiten.iter().any(|e| e.id == einheit) => Some("Bitte wählen Sie eine Einheit."),
        () if gerollt.is_empty() => Some("Bitte wählen Sie mindestens eine Rolle."),
        () => None,
    };
    if let Some(text) = fehler {
        let m = Meldung { art: "danger", titel: "Bitte prüfen Sie Ihre Angaben".into(), text: text.into() };
        return bauen(&app, &wer, rahmen, StatusCode::UNPROCESSABLE_ENTITY, Some(m), None, formular).await;
    }
    let command = KontoCommand::Create { einheit, rollen: gerollt, login: login.clone(), name, email: String::new() };
    let call = Call {
        principal: wer.principal(),
        key: formular.schluessel().to_owned(),
        target: Target::Natural(vec![login.clone()]),
        expected: None,
        request: Some(json!({ "login": login })),
        corr: None,
    };
    match app.house.execute::<Konto>(call, command).await {
        Ok(done) => kennwort_zeigen(&app, &wer, rahmen, done.stream, &login, "gesetzt").await,
        Err(e) => abgelehnt(&app, &wer, rahmen, formular, e).await,
    }
}

/// `POST /verwaltung/konten/{id}`: roles, lock, unlock, new password.
pub async fn aendern(
    State(app): State<AppState>,
    wer: Angemeldet,
    rahmen: Rahmen,
    Path(id): Path<Uuid>,
    formular: Formular,
) -> Result<Response, Fehler> {
    let konto = app.konto(id).await?.ok_or_else(Fehler::nicht_gefunden)?;
    let grund = || formular.get("grund").trim().chars().take(500).collect::<String>();
    let command = match formular.get("was") {
        "kennwort" => {
            let login = konto.login.unwrap_or_default();
            return kennwort_zeigen(&app, &wer, rahmen, id, &login, "zurueckgesetzt").await;
        }
        "sperren" => KontoCommand::Disable { grund: grund() },
        "entsperren" => KontoCommand::Enable { grund: grund() },
        "rollen" => KontoCommand::ChangeRollen {
            einheit: konto.einheit,
            rollen: formular.all("rollen").filter_map(rolle).collect(),
        },
        _ => return Err(Fehler::nicht_gefunden()),
    };
    let call = Call {
        principal: wer.principal(),
        key: formular.schluessel().to_owned(),
        target: Target::Stream(id),
        expected: formular.get("version").parse().ok(),
        request: Some(json!({ "was": formular.get("was"), "rollen": formular.all("rollen").collect::<Vec<_>>() })),
        corr: None,
    };
    match app.house.execute::<Konto>(call, command).await {
        Ok(done) => {
            app.local.sitzungen_beenden(id).await?;
            app.sichtbar(done.receipt.as_ref()).await;
            Ok(layout::weiter("/verwaltung/konten"))
        }
        Err(e) => abgelehnt(&app, &wer, rahmen, formular, e).await,
    }
}

/// Sets a random password and shows it this once.
async fn kennwort_zeigen(
    app: &AppState,
    wer: &Angemeldet,
    rahmen: Rahmen,
    konto: Uuid,
    login: &str,
    art: &str,
) -> Result<Response, Fehler> {
    let call = Call {
        principal: wer.principal(),
        key: zufall_b64(16),
        target: Target::Stream(konto),
        expected: None,
        request: Some(json!({ "art": art })),
        corr: None,
    };
    let ende = app.house.execute::<Konto>(call, KontoCommand::SetPassword { art: art.into() }).await;
    let done = match ende {
        Ok(done) => done,
        Err(e) => return abgelehnt(app, wer, rahmen, Formular::default(), e).await,
    };
    let neu = zufall_b64(12);
    let (geheim, local) = (neu.clone(), app.local.clone());
    let setzen = move || -> Result<(), Fehler> { Ok(local.passwort_setzen(konto, &passwort::hash(&geheim)?)?) };
    tokio::task::spawn_blocking(setzen).await.map_err(Fehler::fault)??;
    app.sichtbar(done.receipt.as_ref()).await;
    bauen(app, wer, rahmen, StatusCode::OK, None, Some((login.to_owned(), neu)), Formular::default()).await
}

async fn abgelehnt(
    app: &AppState,
    wer: &Angemeldet,
    rahmen: Rahmen,
    formular: Formular,
    e: ExecuteError,
) -> Result<Response, Fehler> {
    let (status, text) = match e {
        ExecuteError::Refused { text, .. } => (StatusCode::CONFLICT, text),
        ExecuteError::Stale { .. } => (
            StatusCode::PRECONDITION_FAILED,
            "Das Konto wurde inzwischen geändert. Prüfen Sie es, und senden Sie noch einmal ab.".into(),
        ),
        ExecuteError::Denied(_) => {
            (StatusCode::FORBIDDEN, "Dazu haben Sie kein Recht. Niemand ändert die eigenen Rollen.".into())
        }
        e => return Err(e.into()),
    };
    let m = Meldung { art: "danger", titel: "Das geht so nicht".into(), text };
    bauen(app, wer, rahmen, status, Some(m), None, formular).await
}
