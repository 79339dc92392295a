//! The walk over the parts of a mail, depth first, each limit checked before the part is decoded.
//!
//! Takes what is broken as it lies there and says so; the original is kept anyway.

use super::{Abgelehnt, Mail, Rohteil, abgelehnt, trennen};
use crate::documents::name;
use crate::eingang::event::{Hinweis, Quarantaenegrund as Q, Teilart};
use crate::eingang::grenzen::{TEILE, TIEFE};
use crate::eingang::typ;
use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::charsets::map::charset_decoder;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use mail_parser::{Message, MessageParser, MimeHeaders};
use std::borrow::Cow;

pub(super) struct Gang {
    pub(super) mail: Mail,
    teile: usize,
}

/// What the header fields of one part say.
struct Kopf {
    art: String,
    unterart: String,
    grenze: Option<String>,
    zeichensatz: Option<String>,
    kodierung: String,
    dateiname: Option<String>,
    anlage: bool,
}

impl Kopf {
    fn lesen(bytes: &[u8], im_digest: bool) -> Self {
        let gelesen = MessageParser::default().parse_headers(bytes);
        let m = gelesen.as_ref().map(Message::root_part);
        let ct = m.and_then(|m| m.content_type());
        let attribut = |name: &str| ct.and_then(|c| c.attribute(name)).map(str::to_owned);
        let (art, unterart) = match ct {
            Some(c) => (c.ctype().to_ascii_lowercase(), c.subtype().unwrap_or_default().to_ascii_lowercase()),
            // RFC 2046 §5.1.5: what has no type of its own in a digest is a message.
            None if im_digest => ("message".into(), "rfc822".into()),
            None => ("text".into(), "plain".into()),
        };
        let kodierung = m.and_then(|m| m.content_transfer_encoding()).unwrap_or_default();
        Self {
            art,
            unterart,
            grenze: attribut("boundary").filter(|g| !g.is_empty()),
            zeichensatz: attribut("charset"),
            kodierung: kodierung.trim().to_ascii_lowercase(),
            dateiname: m.and_then(|m| m.attachment_name()).map(name::clean),
            anlage: m
                .and_then(|m| m.content_disposition())
                .is_some_and(|d| d.ctype().eq_ignore_ascii_case("attachment")),
        }
    }
}

impl Gang {
    pub(super) fn new(mail: Mail) -> Self {
        Self { mail, teile: 0 }
    }

    /// One part with everything in it. `innen`: part of a nested message, looked through and not filed.
    pub(super) fn gehen(&mut self, bytes: &[u8], tiefe: usize, digest: bool, innen: bool) -> Result<(), Abgelehnt> {
        if tiefe > TIEFE {
            return Err(abgelehnt(Q::ZuTief, format!("Mehr als {TIEFE} Ebenen ineinander.")));
        }
        let (kopf, rumpf) = trennen(bytes)?;
        let kopf = Kopf::lesen(kopf, digest);
        if kopf.art == "multipart"
            && let Some(teile) = kopf.grenze.as_deref().and_then(|g| teilen(rumpf, g))
        {
            for teil in teile {
                self.gehen(teil, tiefe + 1, kopf.unterart == "digest", innen)?;
            }
            return Ok(());
        }
        if self.teile == TEILE {
            return Err(abgelehnt(Q::ZuVieleTeile, format!("Mehr als {TEILE} Texte und Anlagen.")));
        }
        self.teile += 1;
        self.blatt(&kopf, rumpf, tiefe, innen)
    }

    fn blatt(&mut self, kopf: &Kopf, rumpf: &[u8], tiefe: usize, innen: bool) -> Result<(), Abgelehnt> {
        let inhalt = self.entpacken(kopf, rumpf);
        if kopf.art == "message" && matches!(kopf.unterart.as_str(), "rfc822" | "global") {
            if !innen {
                let name =
                    kopf.dateiname.clone().unwrap_or_else(|| self.nummeriert("Nachricht", "eml", Teilart::Nachricht));
                self.ablegen(Teilart::Nachricht, name, "message/rfc822".into(), inhalt.to_vec());
            }
            return self.gehen(&inhalt, tiefe + 1, false, true);
        }
        let text = matches!((kopf.art.as_str(), kopf.unterart.as_str()), ("text", "plain" | "html") | ("multipart", _));
        if text && !kopf.anlage && kopf.dateiname.is_none() {
            if !innen {
                self.text(kopf, &inhalt);
            }
            return Ok(());
        }
        let dateiname = kopf.dateiname.clone().unwrap_or_else(|| {
            let art = infer::get(&inhalt).map_or("bin", |t| t.extension());
            self.nummeriert("Anlage", art, Teilart::Anhang)
        });
        match typ::bestimmen(&inhalt, &dateiname) {
            Err(typ::Programm) => Err(abgelehnt(Q::Programm, format!("Anlage „{dateiname}“."))),
            Ok(_) if innen => Ok(()),
            Ok(media) => {
                self.ablegen(Teilart::Anhang, dateiname, media, inhalt.into_owned());
                Ok(())
            }
        }
    }

    fn entpacken<'a>(&mut self, kopf: &Kopf, rumpf: &'a [u8]) -> Cow<'a, [u8]> {
        let entpackt = match kopf.kodierung.as_str() {
            "base64" => base64_decode(rumpf),
            "quoted-printable" => quoted_printable_decode(rumpf),
            _ => return Cow::Borrowed(rumpf),
        };
        entpackt.map_or_else(
            || {
                self.mail.hinweise.push(Hinweis::Kodierung);
                Cow::Borrowed(rumpf)
            },
            Cow::Owned,
        )
    }

    /// A body as UTF-8, so that whoever reads it needs no old character set.
    fn text(&mut self, kopf: &Kopf, inhalt: &[u8]) {
        if inhalt.iter().all(u8::is_ascii_whitespace) {
            return;
        }
        let satz = kopf.zeichensatz.as_deref();
        let bekannt = satz.filter(|s| !s.eq_ignore_ascii_case("utf-8")).and_then(|s| charset_decoder(s.as_bytes()));
        let text = match (bekannt, std::str::from_utf8(inhalt)) {
            (Some(decoder), _) => decoder(inhalt),
            (None, Ok(text)) => text.to_owned(),
            (None, Err(_)) => {
                self.mail.hinweise.push(Hinweis::Kodierung);
                String::from_utf8_lossy(inhalt).into_owned()
            }
        };
        let (art, ending, media) = match kopf.unterart.as_str() {
            "html" => (Teilart::Html, "html", "text/html"),
            _ => (Teilart::Text, "txt", "text/plain"),
        };
        let dateiname = self.nummeriert("Nachricht", ending, art);
        self.ablegen(art, dateiname, media.into(), text.into_bytes());
    }

    /// `Nachricht.txt`, `Nachricht-2.txt`.
    fn nummeriert(&self, stamm: &str, ending: &str, art: Teilart) -> String {
        match self.mail.teile.iter().filter(|t| t.art == art).count() {
            0 => format!("{stamm}.{ending}"),
            n => format!("{stamm}-{}.{ending}", n + 1),
        }
    }

    fn ablegen(&mut self, art: Teilart, dateiname: String, media: String, inhalt: Vec<u8>) {
        self.mail.teile.push(Rohteil { art, dateiname, media, inhalt });
    }
}

/// The parts between the delimiters; a last one without its end is taken as far as it goes. `None`: no delimiter.
fn teilen<'a>(rumpf: &'a [u8], grenze: &str) -> Option<Vec<&'a [u8]>> {
    let strich = [b"--", grenze.as_bytes()].concat();
    let (mut teile, mut beginn, mut stelle) = (Vec::new(), None, 0);
    for zeile in rumpf.split_inclusive(|b| *b == b'\n') {
        let anfang = stelle;
        stelle += zeile.len();
        let Some(rest) = zeile.strip_prefix(strich.as_slice()) else { continue };
        let rest = rest.trim_ascii_end();
        if !matches!(rest, b"" | b"--") {
            continue;
        }
        if let Some(b) = beginn.replace(stelle) {
            teile.push(ohne_umbruch(&rumpf[b..anfang]));
        }
        // One more than may be: the walk then says why.
        if rest == b"--" || teile.len() > TEILE {
            return Some(teile);
        }
    }
    teile.push(&rumpf[beginn?..]);
    Some(teile)
}

/// The line break before a delimiter belongs to the delimiter (RFC 2046 §5.1.1).
fn ohne_umbruch(bytes: &[u8]) -> &[u8] {
    bytes.strip_suffix(b"\r\n").or_else(|| bytes.strip_suffix(b"\n")).unwrap_or(bytes)
}
