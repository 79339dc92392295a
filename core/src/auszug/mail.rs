//! E-mails: subject, people, bodies, and the text of what is attached, to a depth.
//!
//! Takes nothing apart for filing; that is the intake's.

use super::sammler::Sammler;
use super::{Ausgang, art, lesen as datei};
use mail_parser::{Address, Message, MessageParser, PartType};

/// One mail, or one inside another. A part that cannot be read leaves the others readable.
pub fn lesen(bytes: &[u8], aus: &mut Sammler<'_>, tiefe: usize) -> Result<(), Ausgang> {
    let mail = MessageParser::default().parse(bytes).ok_or(Ausgang::Unlesbar)?;
    nachricht(&mail, aus, tiefe)
}

fn nachricht(mail: &Message<'_>, aus: &mut Sammler<'_>, tiefe: usize) -> Result<(), Ausgang> {
    if tiefe > aus.grenzen().tiefe || mail.parts.len() > aus.grenzen().eintraege {
        return Err(Ausgang::ZuGross);
    }
    aus.text(mail.subject().unwrap_or_default());
    aus.zeile();
    for wer in [mail.from(), mail.to(), mail.cc()] {
        leute(wer, aus);
    }
    for n in 0..mail.text_body_count() {
        if let Some(text) = mail.body_text(n) {
            aus.text(&text);
            aus.zeile();
        }
    }
    let mut ende = Ok(());
    for teil in mail.attachments() {
        aus.zeile();
        // Without `?`: one broken attachment must not hide the next.
        let gelesen = match &teil.body {
            PartType::Message(innen) => nachricht(innen, aus, tiefe + 1),
            PartType::Text(text) => {
                aus.text(text);
                Ok(())
            }
            PartType::Html(html) => {
                aus.text(&mail_parser::decoders::html::html_to_text(html));
                Ok(())
            }
            PartType::Binary(b) | PartType::InlineBinary(b) => anhang(b, aus, tiefe),
            PartType::Multipart(_) => Ok(()),
        };
        if ende.is_ok() {
            ende = gelesen;
        }
    }
    ende
}

/// A picture in a signature is no reason to call the mail unreadable.
fn anhang(bytes: &[u8], aus: &mut Sammler<'_>, tiefe: usize) -> Result<(), Ausgang> {
    match datei(art::erkennen(bytes), bytes, aus, tiefe + 1) {
        Err(Ausgang::KeinText | Ausgang::Unbekannt) => Ok(()),
        other => other,
    }
}

fn leute(wer: Option<&Address<'_>>, aus: &mut Sammler<'_>) {
    for a in wer.into_iter().flat_map(Address::iter) {
        aus.text(a.name().unwrap_or_default());
        aus.text(" ");
        aus.text(a.address().unwrap_or_default());
        aus.zeile();
    }
}
