//! `/status/unterschriften`: whose signature an own application still needs, and the links to hand over.
//!
//! Sends nothing to anybody: the applicant passes the link on.

use crate::app::AppState;
use crate::citizen::fall::oeffnen;
use crate::error::Fehler;
use crate::formular::Formular;
use crate::layout::{self, Rahmen};
use crate::sprache::Sprache;
use crate::texte::{Satz, Stimme, Wort};
use akte_core::verfahren::definition::Definition;
use akte_core::verfahren::{Vorgang, VorgangCommand};
use akte_core::zugriff::Action;
use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::json;
use uuid::Uuid;

/// One person who signs.
pub struct Zeile {
    pub rolle: String,
    pub person: Wort,
    pub stand: Satz,
    /// The link, while it is open.
    pub link: Option<String>,
    /// A new link may be made.
    pub ersetzbar: bool,
}

/// Every signature the application owes, as the applicant and the counter see it.
pub fn zeilen(app: &AppState, def: Option<&Definition>, vorgang: Uuid, v: &Vorgang, seite: Sprache) -> Vec<Zeile> {
    let stimme = def.map_or(Stimme { seite, ..Stimme::default() }, |d| Stimme::neu(seite, d));
    let t = &stimme.t().unterschriften;
    let basis = app.konfig.basis_url.clone().unwrap_or_else(|| format!("https://{}", app.stadt.domain));
    let zeile = |u: &akte_core::verfahren::state::UnterschriftState| {
        let m = def.and_then(|d| d.mitantrag.iter().find(|m| m.rolle == u.rolle));
        let offen = u.stand == "offen";
        let code = || app.house.unterschrift_code(vorgang, &u.rolle, u.generation);
        Zeile {
            rolle: u.rolle.clone(),
            person: m.map_or_else(|| u.rolle.clone().into(), |m| stimme.wort(&m.label)),
            stand: match u.stand.as_str() {
                "gegeben" if (u.unterlagen as usize) < v.unterlagen.len() => t.gegeben_dann_mehr,
                "gegeben" => t.gegeben,
                "abgelehnt" => t.abgelehnt,
                _ => t.offen,
            },
            link: offen.then(|| format!("{basis}/u/{}", code())),
            ersetzbar: u.stand != "gegeben",
        }
    };
    v.unterschriften.iter().map(zeile).collect()
}

#[derive(Template)]
#[template(path = "unterschriften.html")]
struct Seite {
    rahmen: Rahmen,
    titel: Wort,
    marke: String,
    zeilen: Vec<Zeile>,
}

/// `GET /status/unterschriften`
pub async fn zeigen(State(app): State<AppState>, rahmen: Rahmen, headers: HeaderMap) -> Result<Response, Fehler> {
    let f = oeffnen(&app, &headers, Action::ReadStatus, "unterschriften").await?;
    let s = Stimme::neu(rahmen.sprache, &f.def);
    layout::seite(&Seite {
        titel: s.wort(&f.def.titel),
        marke: f.marke(),
        zeilen: zeilen(&app, Some(&f.def), f.vorgang, &f.geladen.state, s.seite),
        rahmen: rahmen.titel(s.t().unterschriften.titel).aktiv("status").krume_status(),
    })
}

/// `POST /status/unterschriften`: a new link; the old one is worthless from now on.
pub async fn ersetzen(State(app): State<AppState>, headers: HeaderMap, formular: Formular) -> Result<Response, Fehler> {
    let f = oeffnen(&app, &headers, Action::ReadStatus, "unterschriften").await?;
    f.gemeint(formular.schluessel())?;
    let rolle = formular.get("rolle").to_owned();
    let call = f.call(formular.schluessel(), json!({ "unterschrift": rolle }));
    let done = app.house.execute::<Vorgang>(call, VorgangCommand::RequestUnterschrift { rolle }).await?;
    app.sichtbar(done.receipt.as_ref()).await;
    Ok(layout::weiter("/status/unterschriften"))
}
