//! Headers, error pages and foreign origins: on every route of the table.

use crate::besucher::{Besucher, gruenden};
use akte_api::routes::alle;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};

fn adresse(path: &str) -> String {
    path.split('/').map(|t| if t.starts_with('{') { "unbekannt" } else { t }).collect::<Vec<_>>().join("/")
}

/// The one script of the town: an own file, on one page.
const MODUL: &str = "<script type=\"module\" src=\"/assets/";

fn pruefe_kopf(wo: &str, a: &crate::besucher::Antwort) {
    let h = |n: &str| a.headers.get(n).unwrap_or_else(|| panic!("{wo}: no {n}")).to_str().unwrap().to_owned();
    let csp = h("content-security-policy");
    assert!(
        csp.contains("default-src") && csp.contains("frame-ancestors 'none'") && !csp.contains("unsafe"),
        "{wo}: {csp}"
    );
    assert!(h("strict-transport-security").contains("max-age="), "{wo}");
    assert_eq!(h("x-content-type-options"), "nosniff", "{wo}");
    assert_eq!(h("referrer-policy"), "no-referrer", "{wo}");
    assert_eq!(h("cross-origin-opener-policy"), "same-origin", "{wo}");
    // What other origins may read is said by both headers or by none, and only of published facts.
    let open = a.headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN);
    assert!(!open || ["/daten", "/log/", "/openapi"].iter().any(|p| wo.contains(p)), "{wo}");
    assert_eq!(h("cross-origin-resource-policy"), if open { "cross-origin" } else { "same-origin" }, "{wo}");
    for v in a.headers.get_all(header::SET_COOKIE) {
        let v = v.to_str().unwrap();
        assert!(
            v.starts_with("__Host-") && v.contains("Secure") && v.contains("HttpOnly") && v.contains("SameSite="),
            "{wo}: {v}"
        );
    }
    let module = wo == "get /pruefen" && a.text.matches("<script").count() == 1 && a.text.contains(MODUL);
    assert!(
        !a.text.contains("style=\"") && (module || !a.text.contains("<script")) && !a.text.contains("<style"),
        "{wo}: inline code"
    );
    assert_eq!(csp.contains("script-src 'none'") || csp.contains("sandbox"), !module, "{wo}: {csp}");
}

#[tokio::test]
async fn every_answer_carries_the_headers_errors_included() {
    let stadt = gruenden().await;
    for r in alle() {
        let b = Besucher::neu(&stadt.app);
        let a = match r.method {
            "get" => b.get(&adresse(r.path)).await,
            _ => b.post(&adresse(r.path), &[]).await,
        };
        pruefe_kopf(&format!("{} {}", r.method, r.path), &a);
    }
    let b = Besucher::neu(&stadt.app);
    for (method, pfad, status) in [
        ("GET", "/gibt/es/nicht", 404),
        ("DELETE", "/", 405),
        ("GET", "/leistungen/%00", 404),
        ("GET", "/daten/%FF", 0),
    ] {
        let a = b.senden(Request::builder().method(method).uri(pfad).body(Body::empty()).unwrap()).await;
        if status != 0 {
            assert_eq!(a.status.as_u16(), status, "{method} {pfad}");
        }
        assert!(a.text.contains("<h1"), "{method} {pfad}: a page in German");
        pruefe_kopf(pfad, &a);
    }
}

#[tokio::test]
async fn a_form_from_a_foreign_page_changes_nothing() {
    let stadt = gruenden().await;
    for r in alle().into_iter().filter(|r| r.method == "post") {
        let pfad = adresse(r.path);
        for herkunft in [
            &[][..],
            &[("origin", "https://boese.example"), ("host", "town.example")],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site"), ("origin", "null")],
            &[("sec-fetch-site", "none")],
        ] {
            for art in [
                "application/x-www-form-urlencoded",
                "multipart/form-data; boundary=x",
                "text/plain",
                "application/json",
            ] {
                let mut q = Request::post(&pfad).header(header::CONTENT_TYPE, art);
                for (k, v) in herkunft {
                    q = q.header(*k, *v);
                }
                let a = Besucher::neu(&stadt.app).senden(q.body(Body::from("a=1")).unwrap()).await;
                assert_eq!(a.status, StatusCode::FORBIDDEN, "{} {herkunft:?} {art}", r.path);
            }
        }
    }
}

#[tokio::test]
async fn our_own_page_without_a_token_gets_everything_typed_back() {
    let stadt = gruenden().await;
    let b = Besucher::neu(&stadt.app);
    let a = b.post("/antrag/fortsetzen", &[("code", "ABCD <b>"), ("_csrf", "1.falsch")]).await;
    assert_eq!(a.status, StatusCode::FORBIDDEN);
    assert!(a.text.contains("ABCD &#60;b&#62;") || a.text.contains("ABCD &lt;b&gt;"), "{}", a.text);
    let token = a.verborgen("_csrf");
    let a = b.post("/antrag/fortsetzen", &[("code", "ABCD"), ("_csrf", &token)]).await;
    assert_eq!(a.status, StatusCode::UNPROCESSABLE_ENTITY, "the second try is a form again");
}

#[tokio::test]
async fn a_password_is_never_sent_back() {
    let stadt = gruenden().await;
    let a = Besucher::neu(&stadt.app)
        .post("/anmelden", &[("login", "meyer"), ("passwort", "geheimes Wort"), ("_csrf", "")])
        .await;
    assert_eq!(a.status, StatusCode::FORBIDDEN);
    assert!(a.text.contains("meyer") && !a.text.contains("geheimes"));
}

#[tokio::test]
async fn an_api_caller_gets_a_problem_instead_of_a_page() {
    let stadt = gruenden().await;
    let q =
        Request::get("/leistungen/unbekannt").header(header::ACCEPT, "application/json").body(Body::empty()).unwrap();
    let a = Besucher::neu(&stadt.app).senden(q).await;
    assert_eq!(a.status, StatusCode::NOT_FOUND);
    assert_eq!(a.headers[header::CONTENT_TYPE], "application/problem+json");
    let p: serde_json::Value = serde_json::from_str(&a.text).unwrap();
    assert_eq!(p["status"], 404);
    assert_eq!(p["type"], "urn:aktenkette:problem:not-found");
}

#[tokio::test]
async fn a_guesser_of_codes_is_slowed_down() {
    let stadt = gruenden().await;
    let b = Besucher::neu(&stadt.app);
    let mut stati = Vec::new();
    for _ in 0..25 {
        stati.push(
            b.ausfuellen("/antrag/fortsetzen", "/antrag/fortsetzen", &[("code", "0000-0000-0000-0000")])
                .await
                .status
                .as_u16(),
        );
    }
    assert_eq!(stati.iter().filter(|s| **s == 422).count(), 20);
    assert_eq!(stati.iter().filter(|s| **s == 429).count(), 5);
    stadt.uhr.vor(61);
    let a = b.ausfuellen("/antrag/fortsetzen", "/antrag/fortsetzen", &[("code", "x")]).await;
    assert_eq!(a.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn the_page_that_checks_proofs_can_send_nothing_and_brings_its_own_program() {
    let stadt = gruenden().await;
    let b = Besucher::neu(&stadt.app);
    let a = b.get("/pruefen").await;
    assert_eq!(a.status, StatusCode::OK);
    let csp = a.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(csp.contains("connect-src 'none'") && csp.contains("default-src 'self'"), "{csp}");
    assert!(a.text.contains(&crate::besucher::log_key().vkey().to_string()), "the pinned key is shown");
    for name in ["pruefer.mjs", "pruefen.mjs"] {
        let pfad = format!("/assets/{}/{name}", akte_api::assets::version());
        assert!(a.text.contains(&pfad), "{name}");
        let datei = b.get(&pfad).await;
        assert_eq!(datei.headers[header::CONTENT_TYPE], "text/javascript; charset=utf-8");
        assert!(datei.text.starts_with("// "), "{name}");
    }
}
