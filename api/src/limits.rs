//! Every limit of the web edge in one file, and overload answered early and honestly.
//!
//! Four lanes with their own places, so that crawlers never take a clerk's: the office comes before
//! applications, these before status pages, these before open data. Logs name method, route pattern,
//! status and duration; no address, no query, no cookie, no person.

use crate::app::AppState;
use crate::error::Fehler;
use crate::routes::Audience;
use akte_core::stadt::Grenzen;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// Longest answer time of an ordinary page.
pub const ZEIT_SEITE: Duration = Duration::from_secs(20);
/// Longest time for one upload.
pub const ZEIT_UPLOAD: Duration = Duration::from_secs(600);
/// Longest wait for a projection to reach a position before the page says "in Arbeit".
pub const ZEIT_SICHT: Duration = Duration::from_secs(3);
/// Code entries per client and minute, right or wrong.
pub const CODE_JE_MINUTE: u32 = 20;
/// Login attempts per client and minute.
pub const LOGIN_JE_MINUTE: u32 = 10;
/// Clients remembered by the counter; when full, the oldest window is dropped as a whole.
const KLIENTEN: usize = 20_000;
/// Fields of one form.
pub const FORMULAR_FELDER: usize = 500;
/// Parts of one upload form.
pub const MULTIPART_TEILE: usize = 10;
/// Idle time after which form tokens end, seconds.
pub const TOKEN_SEKUNDEN: i64 = 12 * 3600;
/// Most bytes of a package of an Akte that one answer holds; larger ones are made at the machine itself.
pub const PAKET_BYTES: u64 = 128 << 20;
/// Parallel password hashes.
pub const ARGON2_PLAETZE: usize = 2;

/// The limits of this instance, with their places.
pub struct Grenzwerte {
    pub formular_bytes: usize,
    pub upload_bytes: u64,
    pub feld_zeichen: usize,
    pub unterlagen: usize,
    pub entwurf_tage: u16,
    pub leerlauf_sekunden: i64,
    pub sitzung_sekunden: i64,
    amt: Arc<Semaphore>,
    antrag: Arc<Semaphore>,
    status: Arc<Semaphore>,
    offen: Arc<Semaphore>,
    drossel: Mutex<Drossel>,
}

#[derive(Default)]
struct Drossel {
    fenster: i64,
    zaehler: HashMap<(&'static str, String), u32>,
}

impl Grenzwerte {
    /// Takes the town's limits; half of the places belong to the office.
    pub fn neu(g: &Grenzen) -> Self {
        let n = g.gleichzeitige_anfragen.max(8);
        let plaetze = |teil: usize| Arc::new(Semaphore::new((n / teil).max(1)));
        Self {
            formular_bytes: g.formular_bytes,
            upload_bytes: g.upload_bytes,
            feld_zeichen: g.feld_zeichen,
            unterlagen: g.unterlagen_je_antrag,
            entwurf_tage: g.entwurf_tage,
            leerlauf_sekunden: i64::from(g.sitzung_leerlauf_minuten) * 60,
            sitzung_sekunden: i64::from(g.sitzung_stunden) * 3600,
            amt: plaetze(2),
            antrag: plaetze(4),
            status: plaetze(8),
            offen: plaetze(8),
            drossel: Mutex::default(),
        }
    }
    fn bahn(&self, audience: Audience) -> Option<&Arc<Semaphore>> {
        match audience {
            Audience::Amt | Audience::Revision => Some(&self.amt),
            Audience::Antrag => Some(&self.antrag),
            Audience::Status => Some(&self.status),
            Audience::Offen => Some(&self.offen),
            Audience::Betrieb => None,
        }
    }
    /// Counts one attempt; 429 above `je_minute` in the running minute.
    pub fn drosseln(&self, was: &'static str, klient: &str, je_minute: u32, jetzt: Timestamp) -> Result<(), Fehler> {
        let mut d = self.drossel.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let fenster = jetzt.as_second() / 60;
        if d.fenster != fenster || d.zaehler.len() >= KLIENTEN {
            d.fenster = fenster;
            d.zaehler.clear();
        }
        let n = d.zaehler.entry((was, klient.to_owned())).or_insert(0);
        *n += 1;
        if *n > je_minute {
            return Err(Fehler::Spaeter {
                status: StatusCode::TOO_MANY_REQUESTS,
                code: "rate-limit",
                text: "Von Ihrem Anschluss kamen zu viele Versuche. Warten Sie eine Minute, und versuchen Sie es dann noch einmal.".into(),
                sekunden: 60,
            });
        }
        Ok(())
    }
}

/// Who asks, for counting only: never logged, never stored on disk.
pub fn klient(app: &AppState, parts: &Parts) -> String {
    if app.konfig.vertraut_proxy
        && let Some(v) = parts.headers.get("x-forwarded-for").and_then(|v| v.to_str().ok())
        && let Some(letzter) = v.rsplit(',').next()
    {
        return letzter.trim().to_owned();
    }
    parts.extensions.get::<ConnectInfo<SocketAddr>>().map_or_else(|| "?".into(), |c| c.0.ip().to_string())
}

/// One lane: a place or 503 at once, and an end to every answer.
pub async fn bahn(
    State((app, audience, upload)): State<(AppState, Audience, bool)>,
    request: Request,
    next: Next,
) -> Response {
    let platz = match app.grenzwerte.bahn(audience) {
        None => None,
        Some(s) => match s.clone().try_acquire_owned() {
            Ok(p) => Some(p),
            Err(_) => {
                return ueberlastet(
                    "Gerade nutzen sehr viele diese Seite. Bitte versuchen Sie es in einigen Sekunden noch einmal.",
                );
            }
        },
    };
    let zeit = if upload { ZEIT_UPLOAD } else { ZEIT_SEITE };
    let response = match tokio::time::timeout(zeit, next.run(request)).await {
        Ok(r) => r,
        Err(_) => ueberlastet(
            "Die Antwort hat zu lange gedauert. Senden Sie dasselbe Formular noch einmal ab: Es wirkt nur einmal.",
        ),
    };
    drop(platz);
    response
}

fn ueberlastet(text: &str) -> Response {
    Fehler::Spaeter { status: StatusCode::SERVICE_UNAVAILABLE, code: "overload", text: text.into(), sekunden: 5 }
        .into_response()
}

/// One line per request: route pattern, never the address itself.
pub async fn protokoll(request: Request, next: Next) -> Response {
    let beginn = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or_else(|| "-".to_owned(), |m| m.as_str().to_owned());
    let response = next.run(request).await;
    let ms = u64::try_from(beginn.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::info!(%method, route, status = response.status().as_u16(), ms, "request");
    response
}
