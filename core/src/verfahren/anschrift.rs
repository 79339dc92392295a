//! Where an applicant can be reached, told from what the form's fields are (their `autocomplete` words).
//!
//! Knows no service and asks no register; whether anybody lives there the post will tell.

use super::bedingung;
use super::definition::{Definition, Feld};
use serde_json::Value;
use std::collections::BTreeMap;

/// Longest address mail servers take (RFC 5321 §4.5.3.1.3, less the brackets).
const MAIL_MAX: usize = 254;

/// Name, street, postal code and town are there: a letter can arrive.
pub fn vollstaendig(def: &Definition, felder: &BTreeMap<String, Value>) -> bool {
    let da = |woerter: &[&str]| woerter.iter().any(|w| gefuellt(def, felder, w).is_some());
    da(&["family-name", "name", "organization"])
        && da(&["address-line1", "street-address"])
        && da(&["postal-code"])
        && da(&["address-level2"])
}

/// The lines of the address window: name, street with its number, postal code and town; what is missing is left out.
pub fn zeilen(def: &Definition, felder: &BTreeMap<String, Value>) -> Vec<String> {
    let text = |woerter: &[&str]| {
        let wert = woerter.iter().find_map(|w| gefuellt(def, felder, w).and_then(Value::as_str));
        wert.unwrap_or_default().trim().to_owned()
    };
    let person = format!("{} {}", text(&["given-name"]), text(&["family-name"])).trim().to_owned();
    let name = if person.is_empty() { text(&["name", "organization"]) } else { person };
    let ort = format!("{} {}", text(&["postal-code"]), text(&["address-level2"])).trim().to_owned();
    let mut zeilen = vec![name, strasse(def, felder).unwrap_or_default(), ort];
    zeilen.retain(|z| !z.is_empty());
    zeilen
}

/// A form may ask for the house number in a field of its own, named like the street's.
fn strasse(def: &Definition, felder: &BTreeMap<String, Value>) -> Option<String> {
    let feld = ["address-line1", "street-address"].iter().find_map(|w| feld(def, felder, w))?;
    let strasse = felder.get(&feld.id).and_then(Value::as_str)?;
    let nummer = feld.id.replace("strasse", "hausnummer");
    let nummer = felder.get(&nummer).filter(|_| nummer != feld.id).and_then(Value::as_str);
    Some(format!("{strasse} {}", nummer.unwrap_or_default()).trim().to_owned())
}

/// The mail address of the application, if the form asked for one and it was given.
pub fn email<'a>(def: &Definition, felder: &'a BTreeMap<String, Value>) -> Option<&'a str> {
    gefuellt(def, felder, "email").and_then(Value::as_str)
}

fn gefuellt<'a>(def: &Definition, felder: &'a BTreeMap<String, Value>, wort: &str) -> Option<&'a Value> {
    feld(def, felder, wort).and_then(|f| felder.get(&f.id))
}

/// The first filled field of this kind.
fn feld<'d>(def: &'d Definition, felder: &BTreeMap<String, Value>, wort: &str) -> Option<&'d Feld> {
    let passend = |f: &&Feld| f.autocomplete == wort && felder.get(&f.id).is_some_and(bedingung::is_set);
    def.felder.iter().find(passend)
}

/// Whether this can be a mail address at all: one @, both sides filled, nothing that ends a line or opens a comment.
/// Whether it exists, the mail server will tell.
pub fn ist_email(text: &str) -> bool {
    let erlaubt = |c: char| c.is_ascii_graphic() && !"\"(),:;<>[\\]".contains(c);
    let Some((lokal, domain)) = text.split_once('@') else { return false };
    let punkte = |t: &str| t.split('.').all(|teil| !teil.is_empty());
    text.len() <= MAIL_MAX
        && text.chars().all(erlaubt)
        && !domain.contains('@')
        && punkte(lokal)
        && punkte(domain)
        && domain.contains('.')
}

#[cfg(test)]
mod tests {
    use super::ist_email;

    #[test]
    fn a_mail_address_has_one_at_and_no_trick() {
        for gut in ["erika@beispiel.example", "e.k+stadt@mail.beispiel.example", "x@a.de"] {
            assert!(ist_email(gut), "{gut}");
        }
        let lang = format!("{}@a.de", "x".repeat(250));
        for schlecht in [
            "",
            "erika",
            "@a.de",
            "a@",
            "a@b",
            "a@@b.de",
            "a@b@c.de",
            "a b@c.de",
            "a@b.de\r\nBcc: x@y.de",
            "a,b@c.de",
            "<a@b.de>",
            "a@b..de",
            ".a@b.de",
            "ä@b.de",
            "a@b.de\n",
            "\"a\"@b.de",
            &lang,
        ] {
            assert!(!ist_email(schlecht), "{schlecht:?}");
        }
    }
}
