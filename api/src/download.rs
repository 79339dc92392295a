//! A stored document as a download: never shown in our pages, running nothing.

use crate::app::AppState;
use crate::clerk::zugang::in_adresse;
use crate::error::Fehler;
use crate::headers::CSP_DOWNLOAD;
use akte_core::documents::DokumentWert;
use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse, Response};

/// Streams a document; the caller has passed `permit` and written the read log.
pub async fn dokument(app: &AppState, wert: &DokumentWert, name: &str) -> Result<Response, Fehler> {
    let strom = app.house.open_document(wert).await?;
    Ok(anhang(Body::from_stream(strom), &wert.media, name, Some(wert.len)))
}

/// Any bytes as a sandboxed attachment.
pub fn anhang(body: Body, media: &str, name: &str, len: Option<u64>) -> Response {
    let kopf = [
        (header::CONTENT_TYPE, media.to_owned()),
        (header::CONTENT_DISPOSITION, disposition(name)),
        (header::CONTENT_SECURITY_POLICY, CSP_DOWNLOAD.to_owned()),
    ];
    let mut response = (kopf, body).into_response();
    if let Some(n) = len {
        response.headers_mut().insert(header::CONTENT_LENGTH, n.into());
    }
    response
}

/// RFC 6266: an ASCII name for old readers, the real one percent-encoded.
fn disposition(name: &str) -> String {
    let ascii: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || ".-_".contains(c) { c } else { '_' }).collect();
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{}", in_adresse(name))
}

#[cfg(test)]
mod tests {
    use super::disposition;

    #[test]
    fn a_file_name_cannot_break_out_of_its_header() {
        let h = disposition("a\"; x=\r\nSet-Cookie: y ü.pdf");
        assert_eq!(h.matches('"').count(), 2, "{h}");
        assert!(!h.contains('\n') && h.contains("%C3%BC.pdf"), "{h}");
    }
}
