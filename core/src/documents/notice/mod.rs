//! Notices as PDF: a template and data in, an archivable and accessible file out, the same bytes every time.
//!
//! PDF/A-3a and PDF/UA-1 together. Reads no clock, no network, no file but the template's own, and evaluates
//! no text from outside. Rendering takes tens of milliseconds of one core: call it off the async threads.

mod input;
mod printable;
mod probe;
mod qr;
mod template;
mod world;

pub use input::{
    Abschnitt, Absender, Bericht, Bescheid, Brief, Eingangsbestaetigung, Empfangsbescheinigung, Gebuehrenbescheid,
    Nachweis, Posten, Sachbearbeitung, Schalterbeleg, Unterschrift, Zeile,
};
pub use probe::probe;
pub use qr::qr;
pub use template::{NAMES, Template, template_by_name};

use printable::Care;
use serde_json::Value;
use sha2::{Digest, Sha256};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};
use world::Workshop;

/// A file put into the PDF beside the pages, for example the machine-readable receipt.
#[derive(Clone, Copy, Debug)]
pub struct Attachment<'a> {
    /// `[A-Za-z0-9._-]{1,64}`, one of a fixed set (never personal), unique in the PDF.
    pub name: &'a str,
    /// Media type, for example `application/json`.
    pub media: &'a str,
    /// One sentence for assistive technology, required by PDF/A-3.
    pub beschreibung: &'a str,
    pub bytes: &'a [u8],
}

/// A finished notice.
#[derive(Clone, Debug)]
pub struct Rendered {
    pub pdf: Vec<u8>,
    /// Hex SHA-256 of the template with all its files.
    pub vorlage_sha256: String,
    /// Hex SHA-256 of the input with sorted keys; unguessable through [`Brief::salz`].
    pub eingabe_sha256: String,
}

/// Why there is no PDF. `Display` may be logged; the `detail` may quote the input and may not.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    #[error("input of the template: {0}")]
    Input(&'static str),
    #[error("template {file} line {line} fails; see its detail")]
    Template { file: String, line: usize, detail: String },
    #[error("the notice cannot be written as PDF/A-3a and PDF/UA-1; see its detail")]
    Export { detail: String },
}

/// Most bytes of input as JSON.
const INPUT_MAX: usize = 4 << 20;

/// Make a PDF. The same template, input and attachments give the same bytes.
///
/// `input` is one of this module's structs as JSON; the template finds it as `/eingabe.json`. It must carry
/// `datum` (ISO): the only date the PDF knows. Characters no font has are printed as `[U+1F600]`.
pub fn render(template: &Template, input: &Value, attachments: &[Attachment<'_>]) -> Result<Rendered, RenderError> {
    let canonical = sorted(input).to_string();
    if canonical.len() > INPUT_MAX {
        return Err(RenderError::Input("is larger than 4 MiB"));
    }
    let date =
        input["datum"].as_str().and_then(|d| d.parse().ok()).ok_or(RenderError::Input("`datum` is no ISO date"))?;
    if input["empfaenger"].as_array().is_some_and(|lines| lines.len() > 6) {
        return Err(RenderError::Input("`empfaenger` has more than the six lines of an address window"));
    }
    let vorlage_sha256 = template.sha256();
    let eingabe_sha256 = hex(&Sha256::digest(&canonical));
    let ident = format!("{vorlage_sha256}{eingabe_sha256}");
    let attempt = |care| -> Result<Vec<u8>, RenderError> {
        let workshop = Workshop::new(template, &printable::value(input, care), attachments, date)?;
        let done = typst::compile::<PagedDocument>(&workshop);
        let document = done.output.map_err(|e| workshop.template_error(&e))?;
        let options = options(&ident, workshop.timestamp()?)?;
        typst_pdf::pdf(&document, &options).map_err(|e| export_error(&e))
    };
    // A cluster that only several fonts together could show fails in the export: then once more, plainly.
    let pdf = match attempt(Care::AnyFont) {
        Err(RenderError::Export { .. }) => attempt(Care::LetterFont),
        other => other,
    };
    // The compiler remembers what it has done, personal text included: forget what is older than the last run.
    typst::comemo::evict(1);
    Ok(Rendered { pdf: pdf?, vorlage_sha256, eingabe_sha256 })
}

fn options(ident: &str, timestamp: Timestamp) -> Result<PdfOptions, RenderError> {
    let standards = PdfStandards::new(&[PdfStandard::A_3a, PdfStandard::Ua_1])
        .map_err(|e| RenderError::Export { detail: e.message().to_string() })?;
    Ok(PdfOptions {
        ident: typst::foundations::Smart::Custom(ident.to_owned()),
        creator: typst::foundations::Smart::Custom(Some("Aktenkette".to_owned())),
        timestamp: Some(timestamp),
        standards,
        ..PdfOptions::default()
    })
}

fn export_error(errors: &[typst::diag::SourceDiagnostic]) -> RenderError {
    let detail = errors.iter().map(|e| e.message.as_str()).collect::<Vec<_>>().join("; ");
    RenderError::Export { detail }
}

/// Keys in byte order whatever map the JSON crate was built with.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<_> = map.iter().collect();
            keys.sort_by_key(|(k, _)| k.as_str());
            Value::Object(keys.into_iter().map(|(k, v)| (k.clone(), sorted(v))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        plain => plain.clone(),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
pub(crate) mod tests;
