//! What can go wrong at the edge, and how it is told: a page, or RFC 9457 by `Accept`.
//!
//! A handler returns a [`Fehler`]; the layer [`render`] makes the answer, because only it knows
//! what the caller accepts. Faults are logged once, with the id the user sees, without personal data.

use crate::app::AppState;
use crate::layout::{self, Rahmen};
use crate::sprache::{Hier, Sprache};
use crate::texte::{self, Wort};
use akte_core::documents::DocError;
use akte_core::execute::ExecuteError;
use akte_core::vault::VaultError;
use akte_projections::ViewError;
use askama::Template;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// One faulty field: its id in the form, its label, what is wrong and what helps.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    pub feld: String,
    pub label: String,
    pub text: String,
}

/// Problem code of a house that is closed for writing.
const QUARANTAENE: &str = "quarantine";

/// Why a request has no ordinary answer.
#[derive(Clone, Debug)]
pub enum Fehler {
    /// The form is wrong; pages with fields render their own 422, this is for the API.
    Findings(Vec<Finding>),
    /// The rule says no: status, stable code, plain German.
    Refusal { status: StatusCode, code: String, text: String },
    /// Somebody else was faster.
    Conflict { text: String },
    /// Try again later; seconds.
    Spaeter { status: StatusCode, code: &'static str, text: String, sekunden: u32 },
    /// Nobody is logged in.
    Anmeldung,
    /// Ours: the id the user sees and the log holds.
    Fault { id: String },
}

impl Fehler {
    /// Not there, or not yours: the same answer.
    pub fn nicht_gefunden() -> Self {
        Fehler::Refusal {
            status: StatusCode::NOT_FOUND,
            code: "not-found".into(),
            text: "Diese Seite gibt es nicht, oder Sie dürfen sie nicht sehen. Prüfen Sie die Adresse oder beginnen Sie auf der Startseite.".into(),
        }
    }
    /// A refusal with its status.
    pub fn refusal(status: StatusCode, code: &str, text: &str) -> Self {
        Fehler::Refusal { status, code: code.into(), text: text.into() }
    }
    /// Nothing may be written until a person has decided.
    pub fn quarantaene(text: &str) -> Self {
        Fehler::Spaeter {
            status: StatusCode::SERVICE_UNAVAILABLE,
            code: QUARANTAENE,
            text: text.into(),
            sekunden: 3600,
        }
    }
    /// Logs the detail once and keeps only the id. The detail must hold no personal data.
    pub fn fault(detail: impl std::fmt::Display) -> Self {
        let id = crate::session::zufall_b64(9);
        tracing::error!(fault = %id, "{detail}");
        Fehler::Fault { id }
    }
    fn parts(&self) -> (StatusCode, String, &'static str, String, Option<u32>) {
        match self {
            Fehler::Findings(f) => {
                let text = f.iter().map(|x| format!("{}: {}", x.label, x.text)).collect::<Vec<_>>().join(" ");
                (StatusCode::UNPROCESSABLE_ENTITY, "findings".into(), "Bitte prüfen Sie Ihre Angaben", text, None)
            }
            Fehler::Refusal { status, code, text } => (*status, code.clone(), titel(*status), text.clone(), None),
            Fehler::Conflict { text } => {
                (StatusCode::PRECONDITION_FAILED, "stale".into(), "Inzwischen geändert", text.clone(), None)
            }
            Fehler::Spaeter { status, code, text, sekunden } => {
                let titel = if *code == QUARANTAENE { "Zurzeit können Sie hier nur lesen" } else { titel(*status) };
                (*status, (*code).into(), titel, text.clone(), Some(*sekunden))
            }
            Fehler::Anmeldung => (
                StatusCode::UNAUTHORIZED,
                "login".into(),
                "Bitte melden Sie sich an",
                "Sie sind nicht angemeldet, oder Ihre Sitzung ist abgelaufen.".into(),
                None,
            ),
            Fehler::Fault { id } => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "fault".into(),
                "Bei uns ist ein Fehler aufgetreten",
                format!(
                    "Es liegt nicht an Ihnen. Bitte versuchen Sie es später noch einmal. Wenn Sie sich an uns wenden, nennen Sie diese Nummer: {id}"
                ),
                None,
            ),
        }
    }
}

/// Heading of an error page.
fn titel(status: StatusCode) -> &'static str {
    let t = &texte::DE.fehler;
    t.finden(&format!("titel_{}", status.as_u16())).unwrap_or(t.titel_sonst).0
}

/// Sentence for an answer nobody explained further.
fn satz(status: StatusCode) -> &'static str {
    let t = &texte::DE.fehler;
    t.finden(&format!("satz_{}", status.as_u16())).unwrap_or(t.satz_sonst).0
}

/// What was refused, in the language of the page. The rooms of the town refuse in German: the stable code finds a
/// translation, or the German sentence stands there and says that it is German.
pub fn absage(code: &str, text: String, sprache: Sprache) -> Wort {
    let andere = || texte::von(sprache).fehler.finden(&code.replace('-', "_"));
    match sprache {
        Sprache::De => text.into(),
        _ => andere().map_or_else(|| Wort { text, deutsch: true }, Wort::from),
    }
}

/// Heading and sentence in the language of the page.
fn uebersetzt(fehler: &Fehler, sprache: Sprache) -> (Wort, Wort) {
    let (status, code, titel, text, _) = fehler.parts();
    if sprache == Sprache::De {
        return (titel.into(), text.into());
    }
    let t = &texte::von(sprache).fehler;
    let titel = match code.as_str() {
        QUARANTAENE => t.titel_quarantine,
        _ => t.finden(&format!("titel_{}", status.as_u16())).unwrap_or(t.titel_sonst),
    };
    let satz = match (fehler, code.as_str()) {
        (Fehler::Fault { id }, _) => t.fault.mit(id).into(),
        (_, "http") => t.finden(&format!("satz_{}", status.as_u16())).unwrap_or(t.satz_sonst).into(),
        (_, code) => absage(code, text, sprache),
    };
    (titel.into(), satz)
}

impl From<ExecuteError> for Fehler {
    fn from(e: ExecuteError) -> Self {
        match e {
            ExecuteError::Denied(policy) => {
                tracing::info!(policy, "denied");
                Fehler::refusal(StatusCode::FORBIDDEN, "denied", "Dazu haben Sie in diesem Vorgang kein Recht.")
            }
            ExecuteError::Refused { code, text } => Fehler::Refusal { status: StatusCode::CONFLICT, code, text },
            ExecuteError::Stale { .. } => Fehler::Conflict {
                text: "Jemand anderes hat den Vorgang inzwischen geändert. Laden Sie ihn neu, und prüfen Sie, was sich geändert hat.".into(),
            },
            ExecuteError::KeyReused => Fehler::refusal(
                StatusCode::UNPROCESSABLE_ENTITY,
                "key-reused",
                "Dieses Formular wurde schon mit anderen Angaben abgesendet. Laden Sie die Seite neu.",
            ),
            ExecuteError::BadKey => Fehler::refusal(StatusCode::BAD_REQUEST, "bad-key", &e.to_string()),
            ExecuteError::NotFound => Fehler::nicht_gefunden(),
            ExecuteError::Pushback => Fehler::Spaeter {
                status: StatusCode::SERVICE_UNAVAILABLE,
                code: "pushback",
                text: "Gerade sind zu viele Vorgänge in Arbeit. Nichts ist verloren: Senden Sie dasselbe Formular in einigen Sekunden noch einmal ab.".into(),
                sekunden: 2,
            },
            ExecuteError::DiskFull => Fehler::Spaeter {
                status: StatusCode::INSUFFICIENT_STORAGE,
                code: "disk-full",
                text: "Der Datenträger der Stadt ist voll. Nichts ist verloren, und nichts ist halb gespeichert: Senden Sie dasselbe Formular später noch einmal ab.".into(),
                sekunden: 60,
            },
            ExecuteError::OutcomeUnknown => Fehler::Spaeter {
                status: StatusCode::SERVICE_UNAVAILABLE,
                code: "outcome-unknown",
                text: "Wir wissen gerade nicht, ob Ihre Eingabe gespeichert wurde. Senden Sie dasselbe Formular noch einmal ab: Es wirkt nur einmal.".into(),
                sekunden: 5,
            },
            ExecuteError::Quarantine(text) => Fehler::quarantaene(&text),
            ExecuteError::Fault(detail) => Fehler::fault(detail),
        }
    }
}

impl From<VaultError> for Fehler {
    fn from(e: VaultError) -> Self {
        ExecuteError::from(e).into()
    }
}

impl From<DocError> for Fehler {
    fn from(e: DocError) -> Self {
        ExecuteError::from(e).into()
    }
}

impl From<ViewError> for Fehler {
    fn from(e: ViewError) -> Self {
        if e.is_full() {
            ExecuteError::DiskFull.into()
        } else if e.passes() {
            ExecuteError::Pushback.into()
        } else {
            Fehler::fault(e)
        }
    }
}

impl IntoResponse for Fehler {
    fn into_response(self) -> Response {
        let (status, ..) = self.parts();
        let mut response = status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

#[derive(Template)]
#[template(path = "fehler.html")]
struct FehlerSeite {
    rahmen: Rahmen,
    text: Wort,
    anmelden: bool,
}

/// Whether the caller wants `application/json` or `problem+json` rather than a page.
pub fn will_json(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).unwrap_or("");
    accept.contains("json") && !accept.contains("text/html")
}

/// Turns a [`Fehler`], or a bare error status of the router, into a page or a problem.
pub async fn render(State(app): State<AppState>, request: Request, next: Next) -> Response {
    let json = will_json(request.headers());
    let sprache = request.extensions().get::<Sprache>().copied().unwrap_or_default();
    // A page that answers a form has no address of its own to come back to in another language.
    let hier = request.extensions().get::<Hier>().filter(|_| request.method().is_safe()).map(|h| h.0.clone());
    let response = next.run(request).await;
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let fertig = response.headers().get(header::CONTENT_TYPE).is_some_and(|v| {
        let v = v.as_bytes();
        v.starts_with(b"text/html") || v.starts_with(b"application/")
    });
    let fehler = match response.extensions().get::<Fehler>() {
        Some(f) => f.clone(),
        None if fertig => return response,
        None if status == StatusCode::INTERNAL_SERVER_ERROR => Fehler::fault("answered 500 without a reason"),
        None => Fehler::refusal(status, "http", satz(status)),
    };
    antwort(&app, &fehler, json, (sprache, hier), response.headers())
}

fn antwort(
    app: &AppState,
    fehler: &Fehler,
    json: bool,
    (sprache, hier): (Sprache, Option<String>),
    alt: &HeaderMap,
) -> Response {
    let (status, code, titel, text, warten) = fehler.parts();
    let mut response = if json {
        let problem = serde_json::json!({
            "type": format!("urn:aktenkette:problem:{code}"), "title": titel, "status": status.as_u16(), "detail": text,
            "findings": if let Fehler::Findings(f) = fehler { Some(f) } else { None },
        });
        (status, [(header::CONTENT_TYPE, "application/problem+json")], problem.to_string()).into_response()
    } else {
        let (titel, text) = uebersetzt(fehler, sprache);
        let mut rahmen = Rahmen::schlicht(app.stadt.clone()).nur_lesen(app.nur_lesen()).sprache(sprache).titel(titel);
        rahmen.hier = hier;
        let seite = FehlerSeite { rahmen, text, anmelden: matches!(fehler, Fehler::Anmeldung) };
        layout::seite_mit(status, &seite).unwrap_or_else(|_| status.into_response())
    };
    for name in [header::ALLOW, header::SET_COOKIE] {
        for v in alt.get_all(&name) {
            response.headers_mut().append(&name, v.clone());
        }
    }
    if let Some(s) = warten {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(s));
    }
    response
}
