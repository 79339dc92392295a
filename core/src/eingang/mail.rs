//! A mail taken apart: headers, bodies, attachments, and what is unusual about it; or why it is not taken.
//!
//! Pure, and bounded before it is clever: the walk over the parts is our own and stops at the limits of `grenzen`,
//! `mail-parser` reads header fields and decodes. A nested message stays one attachment; it is looked through, not filed.

mod gang;
#[cfg(test)]
mod tests;

use super::event::{Hinweis, Quarantaenegrund as Q, Teilart};
use super::grenzen::{DATEN, KOPF_BYTES, KOPF_FELDER, ORIGINAL_BYTES};
use crate::documents::name;
use gang::Gang;
use jiff::Timestamp;
use mail_parser::{Address, HeaderName, Message, MessageParser};

/// A mail in its parts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mail {
    pub absender: Option<String>,
    pub betreff: Option<String>,
    /// As written in the mail; a claim of the sender.
    pub daten: Vec<String>,
    /// The date, if the mail names exactly one that can be read.
    pub datum: Option<Timestamp>,
    pub hinweise: Vec<Hinweis>,
    pub teile: Vec<Rohteil>,
}

/// One part, decoded.
#[derive(Clone, Debug, PartialEq)]
pub struct Rohteil {
    pub art: Teilart,
    pub dateiname: String,
    pub media: String,
    pub inhalt: Vec<u8>,
}

/// Why a mail goes to quarantine, with a report for the office.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Abgelehnt {
    pub grund: Q,
    pub bericht: String,
}

pub(super) fn abgelehnt(grund: Q, bericht: impl Into<String>) -> Abgelehnt {
    Abgelehnt { grund, bericht: bericht.into() }
}

/// Reads a message byte for byte as it came.
pub fn lesen(eml: &[u8]) -> Result<Mail, Abgelehnt> {
    if eml.len() > ORIGINAL_BYTES {
        let text = format!("Die E-Mail hat {} Bytes; angenommen werden {ORIGINAL_BYTES}.", eml.len());
        return Err(abgelehnt(Q::ZuGross, text));
    }
    let (kopf, _) = trennen(eml)?;
    let gelesen = MessageParser::default().parse_headers(kopf).filter(ist_nachricht);
    let Some(kopfzeilen) = gelesen else {
        return Err(abgelehnt(Q::KeineNachricht, "Die Datei hat keine Kopfzeilen einer E-Mail."));
    };
    let mut mail = Mail { betreff: kopfzeilen.subject().map(lesbar).filter(|t| !t.is_empty()), ..Mail::default() };
    absender(&kopfzeilen, &mut mail);
    daten(kopf, &kopfzeilen, &mut mail);
    if mail.betreff.is_none() {
        mail.hinweise.push(Hinweis::OhneBetreff);
    }
    let inhalt = String::from_utf8_lossy(kopf).into_owned().into_bytes();
    let (dateiname, media) = ("Kopfzeilen.txt".into(), "text/plain".into());
    mail.teile.push(Rohteil { art: Teilart::Kopf, dateiname, media, inhalt });
    let mut gang = Gang::new(mail);
    gang.gehen(eml, 0, false, false)?;
    let mut mail = gang.mail;
    if mail.teile.len() == 1 {
        mail.hinweise.push(Hinweis::OhneInhalt);
    }
    mail.hinweise.sort_unstable();
    mail.hinweise.dedup();
    Ok(mail)
}

/// Header section and body; the section may be long, but not endless.
fn trennen(bytes: &[u8]) -> Result<(&[u8], &[u8]), Abgelehnt> {
    let (mut ende, mut felder) = (0, 0);
    for zeile in bytes.split_inclusive(|b| *b == b'\n') {
        if matches!(zeile, b"\n" | b"\r\n") {
            return Ok((&bytes[..ende], &bytes[ende + zeile.len()..]));
        }
        ende += zeile.len();
        felder += usize::from(!zeile.starts_with(b" ") && !zeile.starts_with(b"\t"));
        if ende > KOPF_BYTES || felder > KOPF_FELDER {
            let text = format!("Erlaubt sind {KOPF_BYTES} Bytes und {KOPF_FELDER} Felder in den Kopfzeilen.");
            return Err(abgelehnt(Q::KopfZuGross, text));
        }
    }
    Ok((bytes, b""))
}

/// A text file has no field that only mails have.
fn ist_nachricht(m: &Message<'_>) -> bool {
    let kennzeichen = |h: &HeaderName<'_>| {
        matches!(
            h,
            HeaderName::From
                | HeaderName::To
                | HeaderName::Subject
                | HeaderName::Date
                | HeaderName::Received
                | HeaderName::MessageId
                | HeaderName::ReturnPath
                | HeaderName::Sender
                | HeaderName::MimeVersion
                | HeaderName::ContentType
        )
    };
    m.headers().iter().any(|h| kennzeichen(&h.name))
}

fn absender(m: &Message<'_>, mail: &mut Mail) {
    let alle = |a: Option<&Address<'_>>| -> Vec<String> {
        let eine = |a: &mail_parser::Addr<'_>| {
            let adresse = a.address().map(lesbar).filter(|t| !t.is_empty());
            match (a.name().map(lesbar).filter(|t| !t.is_empty()), adresse) {
                (Some(n), Some(a)) => Some(format!("{n} <{a}>")),
                (n, a) => n.or(a),
            }
        };
        a.into_iter().flat_map(Address::iter).filter_map(eine).collect()
    };
    let von = alle(m.from());
    let von = if von.is_empty() { alle(m.sender()) } else { von };
    if von.len() > 1 {
        mail.hinweise.push(Hinweis::MehrereAbsender);
    }
    mail.absender = (!von.is_empty()).then(|| von.join(", "));
    if mail.absender.is_none() {
        mail.hinweise.push(Hinweis::OhneAbsender);
    }
}

fn daten(kopf: &[u8], m: &Message<'_>, mail: &mut Mail) {
    let mut gueltig = Vec::new();
    for h in m.headers().iter().filter(|h| h.name == HeaderName::Date) {
        let roh = kopf.get(h.offset_start as usize..h.offset_end as usize).unwrap_or_default();
        mail.daten.push(lesbar(&String::from_utf8_lossy(roh)).chars().take(100).collect());
        let datum = h.value.as_datetime().filter(|d| d.is_valid());
        gueltig.extend(datum.and_then(|d| Timestamp::from_second(d.to_timestamp()).ok()));
    }
    match (mail.daten.len(), gueltig.as_slice()) {
        (1, [eins]) => mail.datum = Some(*eins),
        (0 | 1, _) => mail.hinweise.push(Hinweis::OhneDatum),
        _ => mail.hinweise.push(Hinweis::MehrereDaten),
    }
    mail.daten.truncate(DATEN);
}

/// One line without controls and marks that turn the direction of writing.
fn lesbar(text: &str) -> String {
    let sichtbar = |c: char| {
        if c.is_whitespace() { Some(' ') } else { (!c.is_control() && !name::is_invisible(c)).then_some(c) }
    };
    text.chars().filter_map(sichtbar).collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}
