//! The headers of every answer, errors included.
//!
//! No `unsafe-*` anywhere in the policy: our pages carry neither inline script nor inline style.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

/// `data:` only for images: KERN draws its icons as masks from data addresses. No page runs script,
/// but the one with a policy of its own.
pub const CSP: &str = "default-src 'self'; script-src 'none'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
/// Policy of `/pruefen`: our own module runs, and can send nothing anywhere.
pub const CSP_PRUEFEN: &str = "default-src 'self'; connect-src 'none'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
/// Policy of downloads: shown nowhere, running nothing.
pub const CSP_DOWNLOAD: &str = "sandbox; default-src 'none'; frame-ancestors 'none'";

const FEST: [(HeaderName, &str); 7] = [
    (header::STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), payment=()"),
    (header::X_FRAME_OPTIONS, "DENY"),
];

/// Sets what is missing: a handler may bring a stricter policy or a cache rule of its own.
pub async fn setzen(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, wert) in FEST {
        headers.entry(name).or_insert(HeaderValue::from_static(wert));
    }
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(CSP));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
