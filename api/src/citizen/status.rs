//! "Mein Antrag": the state of a case by its code, from the public view alone.
//!
//! Shows nothing personal, so it needs no read log and stays fast; documents are behind `permit`.

use crate::app::AppState;
use crate::citizen::{fall, versand};
use crate::error::Fehler;
use crate::formular::Formular;
use crate::layout::{self, Rahmen};
use crate::limits;
use crate::session::cookie_setzen;
use crate::sprache::Sprache;
use crate::texte::{Satz, Stimme, Texte, Wort};
use akte_core::verfahren::Definition;
use akte_core::verfahren::definition::Schrittart;
use akte_projections::internal::fristen::FERTIG;
use akte_projections::rows::StatusView;
use askama::Template;
use axum::extract::{FromRequestParts, Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use jiff::civil::Date;

/// Longest code kept in a cookie, whatever was typed.
const CODE_MAX: usize = 64;

#[derive(Template)]
#[template(path = "status_code.html")]
struct CodeSeite {
    rahmen: Rahmen,
    unbekannt: bool,
}

/// `GET /status`
pub async fn eingabe(rahmen: Rahmen) -> Result<Response, Fehler> {
    let titel = rahmen.t().seite.mein_antrag;
    layout::seite(&CodeSeite { rahmen: rahmen.titel(titel).aktiv("status"), unbekannt: false })
}

/// `POST /status`: keeps the code in a cookie; whether it opens something is told by the next page.
pub async fn oeffnen(State(app): State<AppState>, request: Request) -> Result<Response, Fehler> {
    let (mut parts, _) = request.into_parts();
    let formular = Formular::from_request_parts(&mut parts, &app).await?;
    app.grenzwerte.drosseln("code", &limits::klient(&app, &parts), limits::CODE_JE_MINUTE, app.clock.now())?;
    Ok(merken(&app, formular.get("code")))
}

/// `GET /s/{code}`: the address on letters. The code leaves the address at once.
pub async fn kurz(State(app): State<AppState>, Path(code): Path<String>, request: Request) -> Result<Response, Fehler> {
    let (parts, _) = request.into_parts();
    app.grenzwerte.drosseln("code", &limits::klient(&app, &parts), limits::CODE_JE_MINUTE, app.clock.now())?;
    Ok(merken(&app, &code))
}

fn merken(app: &AppState, code: &str) -> Response {
    let sauber: String =
        code.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-' || *c == '_').take(CODE_MAX).collect();
    let mut response = layout::weiter("/status/vorgang");
    cookie_setzen(app, response.headers_mut(), "vorgang", if sauber.is_empty() { "-" } else { &sauber }, None);
    response
}

/// A stage of the way, for people.
pub struct Etappe {
    pub tag: String,
    pub text: Satz,
}

#[derive(Template)]
#[template(path = "status.html")]
struct Status {
    rahmen: Rahmen,
    leistung: Wort,
    stand: Satz,
    naechstes: Satz,
    eingegangen: String,
    geaendert: String,
    verlauf: Vec<Etappe>,
    wartet_auf: Vec<Wort>,
    frist: Option<String>,
    dokumente: bool,
    ruecknahme: bool,
    /// "abgegeben an …, noch nicht bestätigt".
    abgabe: Option<(Wort, Satz)>,
    /// Facts of the procedure that are done, in its order.
    schritte: Vec<Wort>,
    auskuenfte: Vec<uuid::Uuid>,
    /// What was sent where, in whole sentences.
    versand: Vec<String>,
    /// Consent to retrieval, where a decision follows and the case is open.
    abruf: Option<bool>,
    /// The service knows further persons who sign.
    unterschriften: bool,
}

/// `GET /status/vorgang`
pub async fn zeigen(State(app): State<AppState>, rahmen: Rahmen, headers: HeaderMap) -> Result<Response, Fehler> {
    let hash = fall::cookie_hash(&app, &headers);
    let Some(s) = app.oeffentlich(move |v| v.status(hash)).await? else {
        let titel = rahmen.t().seite.mein_antrag;
        let rahmen = rahmen.titel(titel).aktiv("status").mit_fehlern(true);
        return layout::seite_mit(StatusCode::NOT_FOUND, &CodeSeite { rahmen, unbekannt: true });
    };
    let def = app.leistungen().get(&s.leistung);
    let stimme =
        def.as_ref().map_or(Stimme { seite: rahmen.sprache, ..Stimme::default() }, |d| Stimme::neu(rahmen.sprache, d));
    let label = |id: &String| match &def {
        Some(d) => stimme.unterlage(d, id),
        None => stimme.t().teile.sonstige.into(),
    };
    let datum = |d: &Date| layout::datum_in(d, stimme.seite);
    let (stand, naechstes) = worte(&s, stimme.t());
    layout::seite(&Status {
        rahmen: rahmen.titel(stimme.t().seite.mein_antrag).aktiv("status"),
        leistung: def.as_ref().map_or_else(|| s.leistung.as_str().into(), |d| stimme.wort(&d.titel)),
        stand,
        naechstes,
        eingegangen: datum(&s.eingegangen),
        geaendert: datum(&s.stand),
        verlauf: s.verlauf.iter().map(|(d, w)| Etappe { tag: datum(d), text: wort(w, stimme.t()) }).collect(),
        wartet_auf: s.wartet_auf.iter().map(label).collect(),
        frist: s.frist.as_ref().map(datum),
        dokumente: s.bescheinigt || s.bescheid_da || s.status != "eingegangen",
        unterschriften: def.as_ref().is_some_and(|d| d.mitantrag.iter().any(|m| m.unterschrift)),
        ruecknahme: !ENDE.contains(&s.status.as_str()),
        abgabe: s
            .abgabe
            .as_ref()
            .filter(|_| s.status == "abgegeben")
            .map(|(stelle, da)| abgegeben(stelle, *da, stimme)),
        schritte: def.as_ref().map_or_else(Vec::new, |d| tatsachen(d, &s.schritte, stimme)),
        auskuenfte: s.auskuenfte.clone(),
        versand: s.sendungen.iter().filter_map(|s| versand::satz(s, stimme.seite)).collect(),
        abruf: (def.as_ref().is_some_and(|d| d.entscheidet()) && !FERTIG.contains(&s.status.as_str()))
            .then_some(s.abruf),
    })
}

/// The body that has the case now (a German name), and whether it has said so.
fn abgegeben(stelle: &str, bestaetigt: bool, s: Stimme) -> (Wort, Satz) {
    let t = &s.t().status;
    let stelle = Wort { text: stelle.to_owned(), deutsch: s.seite != Sprache::De };
    (stelle, if bestaetigt { t.abgabe_da } else { t.abgabe_offen })
}

/// Only facts the definition names; hints and checks stay in the office.
fn tatsachen(def: &Definition, erledigt: &[String], s: Stimme) -> Vec<Wort> {
    let da = def.schritte.iter().filter(|s| s.art == Schrittart::Tatsache && erledigt.contains(&s.id));
    da.map(|schritt| s.wort(&schritt.text)).collect()
}

/// States in which nothing can be withdrawn any more.
pub const ENDE: [&str; 10] = [
    "gezeichnet",
    "versandt",
    "bekanntgegeben",
    "widerspruch",
    "bestandskraeftig",
    "zda",
    "zurueckgenommen",
    "erledigt",
    "abgegeben",
    "leer",
];

/// The state in plain words.
fn wort(status: &str, t: &Texte) -> Satz {
    t.stand.finden(status).unwrap_or(t.stand.sonst)
}

fn worte(s: &StatusView, t: &Texte) -> (Satz, Satz) {
    let naechstes = match s.status.as_str() {
        "nachforderung" => t.status.tun_hochladen,
        "anhoerung" => t.status.tun_aeussern,
        "versandt" | "bekanntgegeben" if s.bescheid_da => t.status.tun_abholen,
        "bestandskraeftig" | "zda" | "zurueckgenommen" | "erledigt" | "abgegeben" => t.status.tun_nichts_mehr,
        _ => t.status.tun_nichts,
    };
    (wort(&s.status, t), naechstes)
}

#[cfg(test)]
mod tests {
    use crate::texte;
    use akte_core::verfahren::Status as Stand;

    #[test]
    fn every_state_of_a_case_has_its_sentence_for_the_applicant() {
        for s in Stand::ALLE {
            let wort = serde_json::to_value(s).expect("a state is a word");
            assert!(texte::DE.stand.finden(wort.as_str().expect("a word")).is_some(), "{wort}");
        }
    }
}
