//! The connection string: what can be wrong with it is said before the client meets it, with the remedy.
//!
//! Deliberately passes everything else through: clusters, discovery, credentials are the client's.

use super::wire::{self, ClientSettings};
use super::{OpenError, Trouble};
use std::path::Path;

/// Reads the connection string and every file it names; the client would panic over an unreadable one.
pub(super) fn check(address: &str) -> Result<ClientSettings, OpenError> {
    // The text may hold a password: no message repeats it.
    let settings = wire::settings(address).map_err(|_| OpenError::Address)?;
    if let Some(file) = settings.tls_ca_file() {
        pem(file, "CERTIFICATE")?;
    }
    if let Some((certificate, key)) = settings.user_certificate() {
        pem(certificate, "CERTIFICATE")?;
        pem(key, "PRIVATE KEY")?;
    }
    Ok(settings)
}

fn pem(file: &str, what: &'static str) -> Result<(), OpenError> {
    let bad = |why: String| OpenError::TlsFile { file: file.to_owned(), why };
    let text = std::fs::read_to_string(Path::new(file)).map_err(|e| bad(e.to_string()))?;
    let whole = text.lines().any(|l| l.starts_with("-----BEGIN ") && l.contains(what))
        && text.lines().any(|l| l.starts_with("-----END ") && l.contains(what));
    if whole { Ok(()) } else { Err(bad(format!("kein Abschnitt {what} in PEM-Form"))) }
}

/// Why the server cannot be reached, in German and with the remedy where one side speaks TLS and the other does not.
pub(super) fn explain(settings: &ClientSettings, trouble: &Trouble) -> String {
    let why = trouble.to_string();
    let low = why.to_lowercase();
    let tls = settings.is_secure_mode_enabled();
    let any = |marks: &[&str]| marks.iter().any(|mark| low.contains(mark));
    if tls
        && any(&["invalidcontenttype", "corrupt message", "invalid message", "handshake", "transport error", "connect"])
        && !any(&["refused", "dns", "unreachable"])
    {
        return format!(
            "{why}. Der Server spricht vermutlich kein TLS: Ergänzen Sie `tls=false` in der Adresse (nur im eigenen Rechner \
             oder Netz) oder schalten Sie TLS am Server ein. Prüfen Sie sonst das Zertifikat (`tlsCaFile=`)."
        );
    }
    if !tls && any(&["frame", "h2", "http2", "protocol error", "connection error", "broken pipe", "reset"]) {
        return format!(
            "{why}. Der Server verlangt vermutlich TLS: Nehmen Sie `tls=false` aus der Adresse und nennen Sie mit \
             `tlsCaFile=` sein Zertifikat."
        );
    }
    match trouble {
        Trouble::Refused(_) => format!("{why}. Prüfen Sie Name und Kennwort; das Konto muss `$all` lesen dürfen."),
        _ => why,
    }
}
