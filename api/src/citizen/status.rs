//! "Mein Antrag": the state of a case by its code, from the public view alone.
//!
//! Shows nothing personal, so it needs no read log and stays fast; documents are behind `permit`.

use crate::app::AppState;
use crate::citizen::fall;
use crate::error::Fehler;
use crate::formular::Formular;
use crate::layout::{self, Rahmen};
use crate::limits;
use crate::session::cookie_setzen;
use akte_projections::rows::StatusView;
use askama::Template;
use axum::extract::{FromRequestParts, Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

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
    layout::seite(&CodeSeite { rahmen: rahmen.titel("Mein Antrag").aktiv("status"), unbekannt: false })
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
    pub text: &'static str,
}

#[derive(Template)]
#[template(path = "status.html")]
struct Status {
    rahmen: Rahmen,
    leistung: String,
    stand: &'static str,
    naechstes: &'static str,
    eingegangen: String,
    geaendert: String,
    verlauf: Vec<Etappe>,
    wartet_auf: Vec<String>,
    frist: Option<String>,
    dokumente: bool,
    ruecknahme: bool,
}

/// `GET /status/vorgang`
pub async fn zeigen(State(app): State<AppState>, rahmen: Rahmen, headers: HeaderMap) -> Result<Response, Fehler> {
    let hash = fall::cookie_hash(&app, &headers);
    let Some(s) = app.oeffentlich(move |v| v.status(hash)).await? else {
        let rahmen = rahmen.titel("Mein Antrag").aktiv("status").mit_fehlern(true);
        return layout::seite_mit(StatusCode::NOT_FOUND, &CodeSeite { rahmen, unbekannt: true });
    };
    let def = app.leistungen().get(&s.leistung);
    let label = |id: &String| {
        let u = def.as_ref().and_then(|d| d.unterlagen.iter().find(|u| u.id == *id));
        u.map_or_else(|| "Sonstige Unterlage".to_owned(), |u| u.label.de.clone())
    };
    let (stand, naechstes) = worte(&s);
    layout::seite(&Status {
        rahmen: rahmen.titel("Mein Antrag").aktiv("status"),
        leistung: def.as_ref().map_or_else(|| s.leistung.clone(), |d| d.titel.de.clone()),
        stand,
        naechstes,
        eingegangen: layout::datum(&s.eingegangen),
        geaendert: layout::datum(&s.stand),
        verlauf: s.verlauf.iter().map(|(d, w)| Etappe { tag: layout::datum(d), text: wort(w) }).collect(),
        wartet_auf: s.wartet_auf.iter().map(label).collect(),
        frist: s.frist.as_ref().map(layout::datum),
        dokumente: s.bescheinigt || s.bescheid_da || s.status != "eingegangen",
        ruecknahme: !ENDE.contains(&s.status.as_str()),
    })
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
pub fn wort(status: &str) -> &'static str {
    match status {
        "eingegangen" => "Ihr Antrag ist eingegangen",
        "registriert" => "Ihr Antrag ist registriert",
        "zugewiesen" => "Ihr Antrag liegt bei der zuständigen Stelle",
        "in_pruefung" => "Wir prüfen Ihren Antrag",
        "nachforderung" => "Wir brauchen noch etwas von Ihnen",
        "beteiligung" => "Wir fragen andere Stellen",
        "anhoerung" => "Sie können sich äußern",
        "ruht" => "Das Verfahren ruht",
        "entscheidungsreif" => "Alles ist da, wir entscheiden",
        "im_geschaeftsgang" => "Die Entscheidung wird gezeichnet",
        "gezeichnet" => "Es ist entschieden, der Bescheid geht Ihnen zu",
        "versandt" => "Der Bescheid ist unterwegs oder liegt bereit",
        "bekanntgegeben" => "Der Bescheid ist Ihnen bekannt gegeben",
        "widerspruch" => "Wir prüfen Ihren Widerspruch",
        "bestandskraeftig" => "Der Bescheid ist bestandskräftig",
        "zda" => "Ihr Vorgang ist abgeschlossen",
        "zurueckgenommen" => "Sie haben den Antrag zurückgenommen",
        "erledigt" => "Ihr Vorgang hat sich erledigt",
        "abgegeben" => "Wir haben Ihren Antrag an die zuständige Behörde abgegeben",
        _ => "In Bearbeitung",
    }
}

fn worte(s: &StatusView) -> (&'static str, &'static str) {
    let naechstes = match s.status.as_str() {
        "nachforderung" => "Laden Sie die fehlenden Unterlagen hoch. Dann geht es weiter.",
        "anhoerung" => "Schreiben Sie uns bis zum genannten Tag, wenn Sie sich äußern möchten.",
        "versandt" | "bekanntgegeben" if s.bescheid_da => {
            "Holen Sie Ihren Bescheid unter „Bescheide und Dokumente“ ab."
        }
        "bestandskraeftig" | "zda" | "zurueckgenommen" | "erledigt" | "abgegeben" => "Sie müssen nichts mehr tun.",
        _ => "Sie müssen im Moment nichts tun. Wir melden uns, wenn wir etwas brauchen.",
    };
    (wort(&s.status), naechstes)
}
