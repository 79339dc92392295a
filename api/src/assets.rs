//! Style, fonts and the verifier, embedded at build time; nothing is ever fetched from elsewhere.
//!
//! With KERN from npm (`api/assets/package.json`) its files are embedded unmodified; without it our
//! own `basis.css` stands in for the classes we use, and the build says so.

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use std::sync::OnceLock;

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// Whether KERN is in this build.
pub fn kern() -> bool {
    KERN
}

/// First 12 hex digits of the hash over all embedded files: part of their address, so that they
/// may be cached for ever.
pub fn version() -> &'static str {
    static V: OnceLock<String> = OnceLock::new();
    V.get_or_init(|| {
        let mut h = Sha256::new();
        for (pfad, bytes) in DATEIEN {
            h.update(pfad.as_bytes());
            h.update(bytes);
        }
        h.finalize().iter().take(6).map(|b| format!("{b:02x}")).collect()
    })
}

fn media(pfad: &str) -> &'static str {
    match pfad.rsplit('.').next() {
        Some("mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("woff2") => "font/woff2",
        Some("svg") => "image/svg+xml",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// One embedded file.
pub async fn datei(Path((v, pfad)): Path<(String, String)>) -> Response {
    match DATEIEN.iter().find(|(p, _)| *p == pfad) {
        Some((p, bytes)) if v == version() => {
            let cache = "public, max-age=31536000, immutable";
            ([(header::CONTENT_TYPE, media(p)), (header::CACHE_CONTROL, cache)], *bytes).into_response()
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}
