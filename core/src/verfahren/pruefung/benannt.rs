//! The named checks a definition may ask for by `pruefung = "…"`.
//!
//! Each takes a value of the right type and gives it back in its one written form. None looks
//! anything up: whether a postcode or a number plate exists is not decided here.

use super::{Mangel, mangel};
use jiff::{ToSpan, civil::Date};
use serde_json::Value;

/// Every name a definition may use.
pub const PRUEFUNGEN: &[&str] = &[
    "chipnummer",
    "datum_nicht_zukunft",
    "datum_plausibel",
    "email",
    "geburtsdatum",
    "hausnummer",
    "iban",
    "internet",
    "kfz_kennzeichen",
    "muss_ja",
    "name",
    "ort",
    "plz",
    "strasse",
    "telefon",
];

/// Runs the check with this name; an empty name checks nothing.
pub(super) fn check(name: &str, wert: Value, heute: Date) -> Result<Value, Mangel> {
    match (name, wert) {
        ("muss_ja", Value::Bool(false)) => Err(mangel(
            "Ohne diese Bestätigung geht es auf diesem Weg nicht. Wählen Sie „Ja“ oder kommen Sie persönlich vorbei.",
            "this confirmation is needed here. Choose yes or come in person.",
        )),
        (_, Value::String(s)) => text(name, s, heute).map(Value::String),
        (_, v) => Ok(v),
    }
}

fn text(name: &str, s: String, heute: Date) -> Result<String, Mangel> {
    match name {
        "chipnummer" => chipnummer(&s),
        "datum_nicht_zukunft" => datum(s, |d| nicht_zukunft(d, heute)),
        "datum_plausibel" => datum(s, |d| plausibel(d, heute)),
        "geburtsdatum" => datum(s, |d| geburtsdatum(d, heute)),
        "email" => email(&s),
        "hausnummer" => hausnummer(s),
        "iban" => iban(&s),
        "internet" => internet(s),
        "kfz_kennzeichen" => kennzeichen(&s),
        "name" => personenname(s),
        "ort" | "strasse" => ortsname(s),
        "plz" => plz(s),
        "telefon" => telefon(&s),
        _ => Ok(s),
    }
}

fn datum(s: String, f: impl FnOnce(Date) -> Result<(), Mangel>) -> Result<String, Mangel> {
    match s.parse::<Date>() {
        Ok(d) => f(d).map(|()| s),
        Err(_) => Err(mangel(
            "Das ist kein Datum. Geben Sie es so an: 31.12.1990.",
            "this is not a date. Enter it like this: 31.12.1990 (day, month, year).",
        )),
    }
}

fn nicht_zukunft(d: Date, heute: Date) -> Result<(), Mangel> {
    if d > heute {
        return Err(mangel(
            "Das Datum liegt in der Zukunft. Geben Sie einen Tag an, der heute oder früher war.",
            "the date is in the future. Enter today or an earlier day.",
        ));
    }
    Ok(())
}

/// Not in the future and not more than 130 years ago.
fn geburtsdatum(d: Date, heute: Date) -> Result<(), Mangel> {
    nicht_zukunft(d, heute)?;
    if heute.checked_sub(130.years()).is_ok_and(|grenze| d < grenze) {
        return Err(mangel(
            "Das Geburtsdatum liegt mehr als 130 Jahre zurück. Prüfen Sie die Jahreszahl.",
            "the date of birth is more than 130 years ago. Check the year.",
        ));
    }
    Ok(())
}

/// For dates of facts: at most 30 years ago, at most 2 years ahead.
fn plausibel(d: Date, heute: Date) -> Result<(), Mangel> {
    let zu_alt = heute.checked_sub(30.years()).is_ok_and(|g| d < g);
    let zu_weit = heute.checked_add(2.years()).is_ok_and(|g| d > g);
    if zu_alt || zu_weit {
        return Err(mangel(
            "Das Datum liegt mehr als 30 Jahre zurück oder mehr als 2 Jahre voraus. Prüfen Sie die Jahreszahl.",
            "the date is more than 30 years ago or more than 2 years ahead. Check the year.",
        ));
    }
    Ok(())
}

/// A pragmatic address check: one `@`, a domain with a dot, no blanks. Whether the box exists
/// only a mail can tell.
pub(super) fn email(s: &str) -> Result<String, Mangel> {
    let hilfe = || {
        mangel(
            "Das ist keine E-Mail-Adresse. Geben Sie sie so an: name@beispiel.de.",
            "this is not an e-mail address. Enter it like this: name@example.org.",
        )
    };
    let (lokal, domain) = s.split_once('@').ok_or_else(hilfe)?;
    let teil = |t: &str| {
        !t.is_empty() && !t.starts_with('-') && !t.ends_with('-') && t.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    let lokal_ok = (1..=64).contains(&lokal.len())
        && !lokal.starts_with('.')
        && !lokal.ends_with('.')
        && !lokal.contains("..")
        && lokal.chars().all(|c| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c));
    let domain_ok = domain.len() <= 253 && domain.contains('.') && domain.split('.').all(teil);
    if lokal_ok && domain_ok { Ok(format!("{lokal}@{}", domain.to_lowercase())) } else { Err(hilfe()) }
}

/// Digits with `+`, blanks, `/`, `-` and parentheses between; 5 to 15 digits (E.164).
pub(super) fn telefon(s: &str) -> Result<String, Mangel> {
    let ziffern = s.chars().filter(char::is_ascii_digit).count();
    let erlaubt = s.chars().enumerate().all(|(i, c)| c.is_ascii_digit() || " /-()".contains(c) || (c == '+' && i == 0));
    if !erlaubt || !(5..=15).contains(&ziffern) {
        return Err(mangel(
            "Das ist keine Telefonnummer. Geben Sie sie so an: 04122 1234 oder +49 4122 1234.",
            "this is not a phone number. Enter it like this: +49 4122 1234.",
        ));
    }
    Ok(s.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn plz(s: String) -> Result<String, Mangel> {
    if s.len() != 5 || !s.bytes().all(|b| b.is_ascii_digit()) || s.starts_with("00") {
        return Err(mangel(
            "Eine deutsche Postleitzahl hat fünf Ziffern, zum Beispiel 25436.",
            "a German postcode has five digits, for example 25436.",
        ));
    }
    Ok(s)
}

/// `7`, `7a`, `12-14`, `12/2`: starts with a digit, at most 12 characters.
fn hausnummer(s: String) -> Result<String, Mangel> {
    let zeichen = |c: char| c.is_ascii_digit() || c.is_alphabetic() || " -/.,½¼¾".contains(c);
    if s.chars().count() > 12 || !s.starts_with(|c: char| c.is_ascii_digit()) || !s.chars().all(zeichen) {
        return Err(mangel(
            "Eine Hausnummer beginnt mit einer Ziffer, zum Beispiel 7 oder 12a.",
            "a house number starts with a digit, for example 7 or 12a.",
        ));
    }
    Ok(s)
}

fn ortsname(s: String) -> Result<String, Mangel> {
    if !s.chars().any(char::is_alphabetic) || s.chars().any(|c| "<>{}[]\\|@".contains(c)) {
        return Err(mangel(
            "Hier fehlt ein Name aus Buchstaben. Geben Sie Straße oder Ort mit Buchstaben an.",
            "a name made of letters is missing here. Enter the name of the street or place.",
        ));
    }
    Ok(s)
}

/// A personal name in Latin letters (as DIN 91379 wants them in registers), with the signs that
/// occur in names. Digits and emoji do not.
fn personenname(s: String) -> Result<String, Mangel> {
    let lateinisch = |c: char| {
        c.is_alphabetic() && matches!(c as u32, 0x41..=0x24F | 0x1E00..=0x1EFF | 0x2C60..=0x2C7F | 0xA720..=0xA7FF)
    };
    let zeichen = |c: char| {
        lateinisch(c) || matches!(c as u32, 0x300..=0x36F | 0x2B9..=0x2BF | 0x2018 | 0x2019) || " -'.,()/".contains(c)
    };
    if !s.chars().any(lateinisch) || !s.chars().all(zeichen) {
        return Err(mangel(
            "Ein Name besteht aus lateinischen Buchstaben, Bindestrich und Apostroph. Schreiben Sie ihn wie in Ihrem Ausweis.",
            "a name consists of Latin letters, hyphen and apostrophe. Write it as in your identity document.",
        ));
    }
    Ok(s.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Transponder number of a dog: 15 digits (ISO 11784), blanks allowed between.
fn chipnummer(s: &str) -> Result<String, Mangel> {
    let ziffern: String = s.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    if ziffern.len() != 15 || !ziffern.bytes().all(|b| b.is_ascii_digit()) {
        return Err(mangel(
            "Eine Chipnummer hat genau 15 Ziffern. Sie steht im Heimtierausweis.",
            "a chip number has exactly 15 digits. You find it in the pet passport.",
        ));
    }
    Ok(ziffern)
}

/// A German plate as `PI-AB 123E`: 1-3 letters, 1-2 letters, 1-4 digits, `E` or `H`, 8 at most
/// (§ 9 FZV, Anlage 2).
fn kennzeichen(s: &str) -> Result<String, Mangel> {
    let hilfe = || {
        mangel(
            "Das ist kein deutsches Kennzeichen. Geben Sie es so an: PI-AB 123.",
            "this is not a German number plate. Enter it like this: PI-AB 123.",
        )
    };
    let gross = s.to_uppercase();
    let teile: Vec<&str> = gross.split(|c: char| c == '-' || c.is_whitespace()).filter(|t| !t.is_empty()).collect();
    let (ort, rest) = teile.split_first().ok_or_else(hilfe)?;
    let rest = rest.concat();
    let buchstaben: String = rest.chars().take_while(char::is_ascii_uppercase).collect();
    let ziffern: String = rest.chars().skip(buchstaben.len()).take_while(char::is_ascii_digit).collect();
    let art = &rest[buchstaben.len() + ziffern.len()..];
    let ort_ok =
        (1..=3).contains(&ort.chars().count()) && ort.chars().all(|c| c.is_ascii_uppercase() || "ÄÖÜ".contains(c));
    let laenge = ort.chars().count() + rest.len();
    let ok = ort_ok
        && (1..=2).contains(&buchstaben.len())
        && (1..=4).contains(&ziffern.len())
        && !ziffern.starts_with('0')
        && matches!(art, "" | "E" | "H")
        && laenge <= 8;
    if ok { Ok(format!("{ort}-{buchstaben} {ziffern}{art}")) } else { Err(hilfe()) }
}

/// ISO 13616: country, check digits modulo 97; German ones have 22 characters. Without blanks.
fn iban(s: &str) -> Result<String, Mangel> {
    let hilfe = || {
        mangel(
            "Diese IBAN stimmt nicht. Prüfen Sie sie Zeichen für Zeichen; eine deutsche IBAN beginnt mit DE und hat 22 Zeichen.",
            "this IBAN is not valid. Check it character by character; a German IBAN starts with DE and has 22 characters.",
        )
    };
    let i: String = s.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_uppercase();
    let form = (15..=34).contains(&i.len())
        && i.bytes().all(|b| b.is_ascii_alphanumeric())
        && i.bytes().take(2).all(|b| b.is_ascii_uppercase())
        && i.bytes().skip(2).take(2).all(|b| b.is_ascii_digit());
    if !form || (i.starts_with("DE") && i.len() != 22) {
        return Err(hilfe());
    }
    let rest = i.bytes().cycle().skip(4).take(i.len()).fold(0u32, |m, b| match b {
        b'0'..=b'9' => (m * 10 + u32::from(b - b'0')) % 97,
        _ => (m * 100 + u32::from(b - b'A') + 10) % 97,
    });
    if rest == 1 { Ok(i) } else { Err(hilfe()) }
}

/// A web address; `https://` may be left out. Other schemes are refused: pages link to it.
fn internet(s: String) -> Result<String, Mangel> {
    let ohne = s.strip_prefix("https://").or_else(|| s.strip_prefix("http://")).unwrap_or(&s);
    let host = ohne.split(['/', '?', '#']).next().unwrap_or_default();
    let ok = host.contains('.')
        && host.split('.').all(|t| !t.is_empty() && t.chars().all(|c| c.is_alphanumeric() || c == '-'))
        && !s.chars().any(|c| c.is_whitespace() || "<>\"'\\".contains(c));
    if !ok {
        return Err(mangel(
            "Das ist keine Internetadresse. Geben Sie sie so an: www.beispiel.de.",
            "this is not a web address. Enter it like this: www.example.org.",
        ));
    }
    Ok(s)
}
