//! The conversation with the mail server, in two halves: up to the point where nothing is sent yet, and from there on.
//!
//! Keeps no connection and says no address: what it tells is an answer's number.

use super::einstellung::{Leitung, Mail};
use lettre::Message;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{SmtpConnection, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use std::time::Duration;

/// Longest silence of a server.
const GEDULD: Duration = Duration::from_secs(30);

/// What became of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Antwort {
    Angenommen,
    /// 5xx: it will never be taken.
    Abgelehnt(u16),
    /// 4xx: not now.
    Spaeter(u16),
    /// The line broke: taken or not, nobody knows.
    Unbekannt,
}

/// Greets, secures the line and logs in. An error is ours or the server's, never the recipient's, and is tried again.
pub async fn verbinden(mail: Mail, name: String) -> Result<SmtpConnection, String> {
    let arbeit = move || {
        let satz = |e: lettre::transport::smtp::Error| kurz(&e);
        let hallo = ClientId::Domain(name);
        let tls = match mail.tls {
            Leitung::Keine => None,
            Leitung::Tls | Leitung::Starttls => Some(TlsParameters::new(mail.host.clone()).map_err(satz)?),
        };
        let gleich = tls.as_ref().filter(|_| mail.tls == Leitung::Tls);
        let ziel = (mail.host.as_str(), mail.port);
        let mut v = SmtpConnection::connect(ziel, Some(GEDULD), &hallo, gleich, None).map_err(satz)?;
        if let Some(tls) = tls.as_ref().filter(|_| mail.tls == Leitung::Starttls) {
            v.starttls(tls, &hallo).map_err(satz)?;
        }
        if let Some((benutzer, kennwort)) = &mail.anmeldung {
            let wer = Credentials::new(benutzer.clone(), kennwort.0.clone());
            v.auth(&[Mechanism::Plain, Mechanism::Login], &wer).map_err(satz)?;
        }
        Ok(v)
    };
    tokio::task::spawn_blocking(arbeit).await.map_err(|_| "the attempt was broken off".to_owned())?
}

/// Hands the mail over.
pub async fn senden(mut v: SmtpConnection, mail: &Message) -> Antwort {
    let (umschlag, text) = (mail.envelope().clone(), mail.formatted());
    let arbeit = move || match v.send(&umschlag, &text) {
        Ok(_) => {
            // It was taken; how the server says goodbye changes nothing.
            let _ = v.quit();
            Antwort::Angenommen
        }
        Err(e) => match e.status().map(u16::from) {
            Some(code) if e.is_permanent() => Antwort::Abgelehnt(code),
            Some(code) => Antwort::Spaeter(code),
            None => Antwort::Unbekannt,
        },
    };
    tokio::task::spawn_blocking(arbeit).await.unwrap_or(Antwort::Unbekannt)
}

/// An error without what a server wrote into it: that may hold an address.
fn kurz(e: &lettre::transport::smtp::Error) -> String {
    match e.status().map(u16::from) {
        Some(code) => format!("answer {code}"),
        None if e.is_tls() => "the line cannot be secured".into(),
        None if e.is_timeout() => "no answer in time".into(),
        None if e.is_client() => "the server does not offer what is configured".into(),
        None => "no connection".into(),
    }
}
