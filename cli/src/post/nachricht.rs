//! The hint itself: that something lies in the portal, and nothing of what it is.
//!
//! No name, no file number, no code, no link that opens anything: whoever reads along learns that a town hall wrote.

use akte_core::stadt::Stadt;
use jiff::Timestamp;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use std::time::SystemTime;

/// The mail; `None` where an address is none. The same hint is byte for byte the same mail.
pub fn bauen(stadt: &Stadt, an: &str, kennung: &[u8; 32], seit: Timestamp) -> Option<Message> {
    let von = Mailbox::new(Some(stadt.name.clone()), stadt.anschrift.email.parse().ok()?);
    let kennung: String = kennung.iter().map(|b| format!("{b:02x}")).collect();
    let text = format!(
        "Guten Tag,\r\n\r\n\
         im Portal der {name} liegt ein Dokument für Sie bereit.\r\n\r\n\
         So kommen Sie hin: Öffnen Sie https://{domain}/status und geben Sie Ihren Code ein. \
         Den Code haben Sie bei Ihrem Antrag bekommen.\r\n\r\n\
         Aus Gründen des Datenschutzes steht in dieser E-Mail nicht, worum es geht. \
         Wir fragen Sie per E-Mail nie nach Ihrem Code.\r\n\r\n\
         Bitte antworten Sie nicht auf diese E-Mail. Fragen beantworten wir unter {telefon}.\r\n\r\n\
         {name}\r\n{strasse}, {plz} {ort}\r\n",
        name = stadt.name,
        domain = stadt.domain,
        telefon = stadt.anschrift.telefon,
        strasse = stadt.anschrift.strasse,
        plz = stadt.anschrift.plz,
        ort = stadt.anschrift.ort,
    );
    // No machine answers a machine (RFC 3834).
    let automatisch = HeaderName::new_from_ascii_str("Auto-Submitted");
    Message::builder()
        .from(von)
        .to(Mailbox::new(None, an.parse().ok()?))
        .subject(format!("{}: Im Portal liegt etwas für Sie bereit", stadt.kurzname))
        .message_id(Some(format!("<{kennung}@{}>", stadt.domain)))
        .date(SystemTime::from(seit))
        .raw_header(HeaderValue::new(automatisch, "auto-generated".into()))
        .header(ContentType::TEXT_PLAIN)
        .body(text)
        .ok()
}
