//! `/unterschrift`: a further person sees the application and signs or declines it, without an account.
//!
//! The link opens this one application and nothing else. Whose hand it was is not proven; the office sees that
//! it came by link.

use crate::app::AppState;
use crate::citizen::felder::{self, Abschnitt};
use crate::citizen::status::ENDE;
use crate::error::{self, Fehler};
use crate::formular::Formular;
use crate::layout::{self, Rahmen};
use crate::limits;
use crate::session::{cookie_lesen, cookie_setzen};
use crate::sprache;
use crate::texte::{Satz, Stimme, TextUnterschrift, Wort};
use akte_core::execute::{Call, ExecuteError, Loaded, Principal, Target};
use akte_core::verfahren::definition::Definition;
use akte_core::verfahren::{Vorgang, VorgangCommand, unterschrift};
use akte_core::zugriff::Action;
use askama::Template;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::json;
use std::sync::Arc;
use uuid::Uuid;

/// Longest code kept in a cookie, whatever was sent.
const CODE_MAX: usize = 160;
/// Name of the cookie.
const COOKIE: &str = "unterschrift";

/// `GET /u/{code}`: the link. The code leaves the address at once.
pub async fn kurz(State(app): State<AppState>, Path(code): Path<String>, request: Request) -> Result<Response, Fehler> {
    let (parts, _) = request.into_parts();
    app.grenzwerte.drosseln("code", &limits::klient(&app, &parts), limits::CODE_JE_MINUTE, app.clock.now())?;
    let sauber: String =
        code.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-' || *c == '_').take(CODE_MAX).collect();
    let mut response = layout::weiter("/unterschrift");
    cookie_setzen(&app, response.headers_mut(), COOKIE, if sauber.is_empty() { "-" } else { &sauber }, None);
    Ok(response)
}

/// The application behind a link.
struct Sache {
    vorgang: Uuid,
    rolle: String,
    generation: u32,
    principal: Principal,
    geladen: Loaded<Vorgang>,
    def: Arc<Definition>,
}

async fn oeffnen(app: &AppState, headers: &HeaderMap) -> Result<Sache, Fehler> {
    let code = cookie_lesen(headers, &app.konfig.cookie(COOKIE)).unwrap_or_default();
    let (vorgang, rolle, generation) = app.house.unterschrift_lesen(&code).ok_or_else(Fehler::nicht_gefunden)?;
    let subject = app.house.mitunterzeichner(vorgang);
    let principal = Principal::mitunterzeichner(subject, vorgang);
    let (geladen, _) = match app.house.may::<Vorgang>(&principal, Action::ReadUnterschrift, vorgang).await {
        Ok(x) => x,
        Err(ExecuteError::Denied(_) | ExecuteError::NotFound) => return Err(Fehler::nicht_gefunden()),
        Err(e) => return Err(e.into()),
    };
    app.gelesen(subject.to_string(), "unterschrift", Some(vorgang), "zweite Unterschrift".into()).await?;
    let katalog = app.leistungen();
    let state = &geladen.state;
    let def = katalog.by_hash(&state.definition).or_else(|| katalog.get(&state.leistung));
    let def = def.ok_or_else(|| Fehler::fault("the definition of a case is not in the catalogue"))?;
    Ok(Sache { vorgang, rolle, generation, principal, geladen, def })
}

/// Why nothing can be done, in the words of the page; `None` = it can be signed.
fn hindernis(s: &Sache, t: &TextUnterschrift) -> Option<Satz> {
    let v = &s.geladen.state;
    let Some(u) = v.unterschriften.iter().find(|u| u.rolle == s.rolle) else {
        return Some(t.noch_nicht);
    };
    let status = serde_json::to_value(v.status).ok().and_then(|w| w.as_str().map(str::to_owned)).unwrap_or_default();
    Some(match (u.stand.as_str(), u.generation == s.generation) {
        ("gegeben", _) => t.gegeben,
        ("abgelehnt", true) => t.abgelehnt,
        (_, false) => t.alter_link,
        _ if status == "zurueckgenommen" => t.zurueckgenommen,
        _ if ENDE.contains(&status.as_str()) => t.entschieden,
        _ => return None,
    })
}

#[derive(Template)]
#[template(path = "unterschrift.html")]
struct Seite {
    rahmen: Rahmen,
    titel: Wort,
    als: Wort,
    hindernis: Option<Satz>,
    fehler: Option<Wort>,
    abschnitte: Vec<Abschnitt>,
    dokumente: Vec<Wort>,
    rechtsfolge: Wort,
    unterlagen: u32,
    digest: String,
    name: String,
    grund: String,
}

fn bauen(
    rahmen: Rahmen,
    s: &Sache,
    status: StatusCode,
    fehler: Option<Wort>,
    f: &Formular,
) -> Result<Response, Fehler> {
    let v = &s.geladen.state;
    let stimme = Stimme::neu(rahmen.sprache, &s.def);
    let hindernis = hindernis(s, &stimme.t().unterschrift);
    // Who may not sign (any more) is not shown what stands in the application.
    let offen = hindernis.is_none();
    let label = |id: &String| stimme.unterlage(&s.def, id);
    let rahmen = if offen { rahmen.formular("unterschrift") } else { rahmen };
    let als = s.def.mitantrag.iter().find(|m| m.rolle == s.rolle);
    layout::seite_mit(
        status,
        &Seite {
            rahmen: rahmen.titel(stimme.t().unterschrift.titel).mit_fehlern(fehler.is_some()),
            titel: stimme.wort(&s.def.titel),
            als: als.map_or_else(Wort::default, |m| stimme.wort(&m.label)),
            hindernis,
            fehler,
            abschnitte: if offen { felder::antworten(&s.def, &v.felder, stimme) } else { Vec::new() },
            dokumente: if offen { v.unterlagen.iter().map(label).collect() } else { Vec::new() },
            rechtsfolge: stimme.wort(&s.def.rechtsfolge),
            unterlagen: unterschrift::unterlagen(v),
            digest: unterschrift::digest(v),
            name: f.get("name").to_owned(),
            grund: f.get("grund").to_owned(),
        },
    )
}

/// `GET /unterschrift`
pub async fn zeigen(State(app): State<AppState>, rahmen: Rahmen, headers: HeaderMap) -> Result<Response, Fehler> {
    let s = oeffnen(&app, &headers).await?;
    bauen(rahmen, &s, StatusCode::OK, None, &Formular::default())
}

/// `POST /unterschrift`: sign or decline.
pub async fn antworten(
    State(app): State<AppState>,
    rahmen: Rahmen,
    headers: HeaderMap,
    formular: Formular,
) -> Result<Response, Fehler> {
    let s = oeffnen(&app, &headers).await?;
    if let Some(sprache) = sprache::aus_aktion(formular.get("aktion")) {
        // Asked in another language: nothing is signed, and the name is still there.
        let mut response = bauen(rahmen.sprache(sprache), &s, StatusCode::OK, None, &formular)?;
        sprache::gleich(&app, response.headers_mut(), sprache);
        return Ok(response);
    }
    let (rolle, generation) = (s.rolle.clone(), Some(s.generation));
    let name = formular.get("name").trim().to_owned();
    let grund = formular.get("grund").trim().to_owned();
    let digest = formular.get("digest").to_owned();
    let unterlagen = formular.get("unterlagen").parse::<u32>().unwrap_or(u32::MAX);
    let zu_lang = name.chars().count() > 200 || grund.chars().count() > 1_000;
    let request = json!({ "was": formular.get("was"), "rolle": rolle, "digest": digest, "name": name, "grund": grund });
    let command = match formular.get("was") {
        _ if zu_lang => {
            let text = rahmen.t().unterschrift.zu_lang.into();
            return bauen(rahmen, &s, StatusCode::UNPROCESSABLE_ENTITY, Some(text), &formular);
        }
        "unterschreiben" if name.is_empty() => {
            let text = rahmen.t().unterschrift.name_fehlt.into();
            return bauen(rahmen, &s, StatusCode::UNPROCESSABLE_ENTITY, Some(text), &formular);
        }
        "unterschreiben" => VorgangCommand::GiveUnterschrift { rolle, generation, unterlagen, digest, name },
        // Another link may have been opened in this browser meanwhile: what is declined is what was seen.
        "ablehnen" if digest != unterschrift::digest(&s.geladen.state) => {
            let text = rahmen.t().fehler.unterschrift_veraltet.into();
            return bauen(rahmen, &s, StatusCode::CONFLICT, Some(text), &formular);
        }
        "ablehnen" => VorgangCommand::DeclineUnterschrift { rolle, generation, grund },
        // The Enter key in the name: a binding act needs its own button.
        "" if formular.get("aktion") == "weiter" => return bauen(rahmen, &s, StatusCode::OK, None, &formular),
        _ => return Err(Fehler::nicht_gefunden()),
    };
    let call = Call {
        principal: s.principal.clone(),
        key: formular.schluessel().to_owned(),
        target: Target::Stream(s.vorgang),
        expected: None,
        request: Some(request),
        corr: None,
    };
    match app.house.execute::<Vorgang>(call, command).await {
        Ok(done) => {
            app.sichtbar(done.receipt.as_ref()).await;
            Ok(layout::weiter("/unterschrift"))
        }
        Err(ExecuteError::Refused { code, text }) => {
            // The application as it is now, so that the newest state is what is signed next.
            let s = oeffnen(&app, &headers).await?;
            let text = error::absage(&code, text, rahmen.sprache);
            bauen(rahmen, &s, StatusCode::CONFLICT, Some(text), &formular)
        }
        Err(e) => Err(e.into()),
    }
}
