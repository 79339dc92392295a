//! Which language a citizen's page is in: chosen by a link, kept in a cookie, first guessed from the browser.
//!
//! Knows no text. Pages of the office and of open data stay German, whatever was chosen.

use crate::app::AppState;
use crate::routes;
use crate::session::{cookie_lesen, cookie_setzen};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::middleware::Next;
use axum::response::Response;

pub use akte_core::verfahren::sprache::Sprache;

/// Name of the query parameter and of the cookie: two letters, until the browser is closed.
const NAME: &str = "sprache";
/// Value of `aktion` of the buttons that change the language inside a form, before the short name.
const AKTION: &str = "sprache-";

/// The address of this request without a wish for a language: where the links of the header lead.
#[derive(Clone, Debug)]
pub struct Hier(pub String);

/// Layer around the router: says the language to handlers and error pages, and to the reader of the answer.
pub async fn waehlen(State(app): State<AppState>, mut request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(|m| m.as_str().to_owned());
    // An address that does not exist belongs to nobody: it is told in the visitor's language.
    if route.as_deref().is_some_and(|r| !routes::ist_buerger(r)) {
        return next.run(request).await;
    }
    let (wunsch, hier) = ohne_wunsch(request.uri());
    // Only where a route is: an address such as `//other.example` must not be sent back as a target.
    if let (Some(s), true, true) = (wunsch, request.method().is_safe(), route.is_some()) {
        let mut response = crate::layout::weiter(&hier);
        merken(&app, response.headers_mut(), s);
        return response;
    }
    let sprache = gewaehlt(&app, request.headers());
    request.extensions_mut().insert(sprache);
    // `//host` and `/\\host` would lead to another host; a code does not belong into a page.
    let fremd = hier.starts_with("//") || hier.starts_with("/\\");
    let code = route.as_deref().is_some_and(|r| r.ends_with("/{code}"));
    request.extensions_mut().insert(Hier(if fremd || code { "/".into() } else { hier }));
    let mut response = next.run(request).await;
    let html = response.headers().get(header::CONTENT_TYPE).is_some_and(|v| v.as_bytes().starts_with(b"text/html"));
    if html {
        let headers = response.headers_mut();
        headers.entry(header::CONTENT_LANGUAGE).or_insert(HeaderValue::from_static(sprache.tag()));
        headers.append(header::VARY, HeaderValue::from_static("Cookie, Accept-Language"));
    }
    response
}

/// Lets this browser keep the language.
pub fn merken(app: &AppState, headers: &mut HeaderMap, sprache: Sprache) {
    cookie_setzen(app, headers, NAME, sprache.kuerzel(), None);
}

/// The same on a page that answers the wish at once, already in that language.
pub fn gleich(app: &AppState, headers: &mut HeaderMap, sprache: Sprache) {
    merken(app, headers, sprache);
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(sprache.tag()));
}

/// The language wished for by a button of a form.
pub fn aus_aktion(aktion: &str) -> Option<Sprache> {
    Sprache::lesen(aktion.strip_prefix(AKTION)?)
}

fn gewaehlt(app: &AppState, headers: &HeaderMap) -> Sprache {
    let keks = cookie_lesen(headers, &app.konfig.cookie(NAME)).and_then(|c| Sprache::lesen(&c));
    let browser = || headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).map(bevorzugt);
    keks.or_else(browser).unwrap_or_default()
}

/// German or English, as `Accept-Language` weighs them (RFC 9110, 12.5.4); German where it names neither.
fn bevorzugt(accept: &str) -> Sprache {
    let (mut de, mut en) = (None, None);
    for (i, teil) in accept.split(',').take(50).enumerate() {
        let mut stuecke = teil.split(';');
        let tag = stuecke.next().unwrap_or_default().trim().to_ascii_lowercase();
        let q = stuecke.find_map(|s| s.trim().strip_prefix("q=")).and_then(|q| q.parse::<f32>().ok()).unwrap_or(1.0);
        // What is named first wins where the weights are equal.
        let rang = (q > 0.0).then_some((q, usize::MAX - i));
        let ziel = match tag.split('-').next() {
            Some("de") => &mut de,
            Some("en") => &mut en,
            _ => continue,
        };
        if rang > *ziel {
            *ziel = rang;
        }
    }
    if en > de { Sprache::En } else { Sprache::De }
}

/// The wish in `?sprache=`, and path and query without it.
fn ohne_wunsch(uri: &Uri) -> (Option<Sprache>, String) {
    let mut wunsch = None;
    let rest: Vec<&str> = uri
        .query()
        .unwrap_or_default()
        .split('&')
        .filter(|p| !p.is_empty())
        .filter(|p| match p.split_once('=') {
            Some((NAME, v)) => {
                wunsch = wunsch.or(Sprache::lesen(v));
                false
            }
            _ => true,
        })
        .collect();
    let frage = if rest.is_empty() { String::new() } else { format!("?{}", rest.join("&")) };
    (wunsch, format!("{}{frage}", uri.path()))
}

/// `hier` with a wish for this language.
pub fn verweis(hier: &str, sprache: Sprache) -> String {
    let zeichen = if hier.contains('?') { '&' } else { '?' };
    format!("{hier}{zeichen}{NAME}={}", sprache.kuerzel())
}

/// Value of the button that changes to this language.
pub fn aktion(sprache: Sprache) -> String {
    format!("{AKTION}{}", sprache.kuerzel())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_gets_german_or_english_as_it_weighs_them() {
        for (accept, soll) in [
            ("", Sprache::De),
            ("de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7", Sprache::De),
            ("en-US,en;q=0.9,de;q=0.8", Sprache::En),
            ("en, de", Sprache::En),
            ("de, en", Sprache::De),
            ("en;q=0.5, de;q=0.9", Sprache::De),
            ("fr, en;q=0.1", Sprache::En),
            ("tr,ar;q=0.9", Sprache::De),
            ("en;q=0", Sprache::De),
            ("ls", Sprache::De),
            ("en;q=viel, de;q=0.5", Sprache::En),
        ] {
            assert_eq!(bevorzugt(accept), soll, "{accept}");
        }
    }

    #[test]
    fn a_wish_leaves_the_address_and_everything_else_stays() {
        for (adresse, soll) in [
            ("/leistungen?q=hund&sprache=en&x=1", (Some(Sprache::En), "/leistungen?q=hund&x=1")),
            ("/?sprache=ls", (Some(Sprache::Ls), "/")),
            ("/status?sprache=fr", (None, "/status")),
            ("/status?q=sprache=en", (None, "/status?q=sprache=en")),
        ] {
            let (wunsch, rest) = ohne_wunsch(&adresse.parse().expect(adresse));
            assert_eq!((wunsch, rest.as_str()), soll, "{adresse}");
        }
        assert_eq!(verweis("/leistungen?q=hund", Sprache::En), "/leistungen?q=hund&sprache=en");
        assert_eq!(aus_aktion(&aktion(Sprache::Ls)), Some(Sprache::Ls));
    }
}
