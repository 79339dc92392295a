//! One field: normalise what was typed and read it as its type.
//!
//! Knows no conditions and no other field. Ledger values are strings (NFC, no control
//! characters), integers, booleans or arrays of strings: never a float.

use super::{Mangel, benannt, mangel, ort};
use crate::verfahren::definition::{Feld, Feldtyp};
use jiff::civil::Date;
use serde_json::Value;
use unicode_normalization::UnicodeNormalization;

/// Characters a field takes where its definition names no `max_laenge`.
const MAX_ZEILE: usize = 200;
const MAX_TEXT: usize = 4_000;
/// Values a field takes that takes several.
const MAX_WERTE: usize = 20;

/// Reads one field. `Ok(None)` = nothing was entered.
pub(super) fn lies(feld: &Feld, roh: &[String], heute: Date) -> Result<Option<Value>, Mangel> {
    if feld.mehrfach {
        return several(feld, roh, heute);
    }
    let mehrere = feld.typ == Feldtyp::Mehrfachauswahl;
    let mut werte = Vec::new();
    for r in roh {
        let w = normalise(feld, r)?;
        if !w.is_empty() {
            werte.push(w);
        }
    }
    if werte.len() > 1 && !mehrere {
        return Err(mangel(
            "Hier kamen mehrere Werte an. Geben Sie genau einen an.",
            "there are several values. Give exactly one.",
        ));
    }
    if mehrere {
        return choices(feld, &werte);
    }
    let Some(w) = werte.into_iter().next() else { return Ok(None) };
    let wert = match feld.typ {
        Feldtyp::Text | Feldtyp::Mehrzeilig => Value::String(w),
        Feldtyp::Email => Value::String(benannt::email(&w)?),
        Feldtyp::Telefon => Value::String(benannt::telefon(&w)?),
        Feldtyp::Ort => Value::String(ort::lies(&w)?),
        Feldtyp::Zahl => Value::from(zahl(&w)?),
        Feldtyp::Betrag => Value::from(betrag(&w)?),
        Feldtyp::Datum => Value::String(datum(&w)?.to_string()),
        Feldtyp::JaNein => Value::Bool(ja_nein(&w)?),
        Feldtyp::Auswahl => Value::String(choice(feld, w)?),
        Feldtyp::Mehrfachauswahl => return Ok(None),
    };
    benannt::check(&feld.pruefung, wert, heute).map(Some)
}

/// One value a line, in the order they were typed; a finding names the line.
fn several(feld: &Feld, roh: &[String], heute: Date) -> Result<Option<Value>, Mangel> {
    let max = feld.max_laenge.map_or(MAX_ZEILE, |m| m as usize);
    let viele = || {
        mangel(
            format!("Das sind zu viele Einträge. Geben Sie höchstens {MAX_WERTE} an, einen je Zeile."),
            format!("there are too many entries. Give at most {MAX_WERTE}, one a line."),
        )
    };
    if roh.iter().map(String::len).sum::<usize>() > MAX_WERTE * max.saturating_mul(12).saturating_add(64) {
        return Err(viele());
    }
    let einer = Feld { mehrfach: false, ..feld.clone() };
    let mut werte = Vec::new();
    for (n, zeile) in roh.iter().flat_map(|r| r.lines()).filter(|z| !z.trim().is_empty()).enumerate() {
        let wert = lies(&einer, &[zeile.to_owned()], heute);
        let wert =
            wert.map_err(|m| mangel(format!("Zeile {}: {}", n + 1, m.de), format!("line {}: {}", n + 1, m.en)))?;
        werte.extend(wert);
        if werte.len() > MAX_WERTE {
            return Err(viele());
        }
    }
    Ok((!werte.is_empty()).then_some(Value::Array(werte)))
}

/// NFC, line ends LF, outer blanks cut; refuses what no page can show and no letter can print.
fn normalise(feld: &Feld, roh: &str) -> Result<String, Mangel> {
    let mehrzeilig = feld.typ == Feldtyp::Mehrzeilig;
    let max = feld.max_laenge.map_or(if mehrzeilig { MAX_TEXT } else { MAX_ZEILE }, |m| m as usize);
    let zu_lang = || {
        mangel(
            format!("Der Text ist zu lang. Kürzen Sie ihn auf höchstens {max} Zeichen."),
            format!("the text is too long. Shorten it to at most {max} characters."),
        )
    };
    // One character is at most four bytes, and NFC at most triples decomposed text: refuse ten
    // megabytes before any work is done on them.
    if roh.len() > max.saturating_mul(12).saturating_add(64) {
        return Err(zu_lang());
    }
    let text: String = roh.replace("\r\n", "\n").replace('\r', "\n").nfc().collect();
    let text = text.trim().to_owned();
    if let Some(c) = text.chars().find(|c| is_forbidden(*c)) {
        let was = format!("U+{:04X}", c as u32);
        return Err(mangel(
            format!(
                "Der Text enthält ein unsichtbares Steuerzeichen ({was}). Löschen Sie das Feld und tippen Sie den Text neu."
            ),
            format!(
                "the text contains an invisible control character ({was}). Clear the field and type the text again."
            ),
        ));
    }
    if !mehrzeilig && text.contains(['\n', '\t']) {
        return Err(mangel(
            "Hier ist nur eine Zeile möglich. Entfernen Sie Zeilenumbrüche und Tabulatoren.",
            "only one line is possible here. Remove line breaks and tabs.",
        ));
    }
    if text.chars().count() > max { Err(zu_lang()) } else { Ok(text) }
}

/// Control characters (line feed and tab apart), characters that turn the reading direction
/// around and so make a text look like another, and code points that are no characters.
fn is_forbidden(c: char) -> bool {
    let n = c as u32;
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(n, 0x2028..=0x202E | 0x2066..=0x2069 | 0xFEFF | 0xFDD0..=0xFDEF)
        || n & 0xFFFE == 0xFFFE
}

fn zahl(w: &str) -> Result<i64, Mangel> {
    let hilfe = || {
        mangel(
            "Das ist keine ganze Zahl. Geben Sie nur Ziffern an, zum Beispiel 3.",
            "this is not a whole number. Enter digits only, for example 3.",
        )
    };
    if w.len() > 9 || !w.bytes().all(|b| b.is_ascii_digit()) {
        return Err(hilfe());
    }
    w.parse().map_err(|_| hilfe())
}

/// Cents. Takes `12,34`, `12.34`, `1.234,56`, `12`, with or without `EUR` or `€`.
fn betrag(w: &str) -> Result<i64, Mangel> {
    let hilfe = || {
        mangel("Das ist kein Betrag. Geben Sie ihn so an: 12,34.", "this is not an amount. Enter it like this: 12.34.")
    };
    let w = w.trim_end_matches("EUR").trim_end_matches('€').trim_end();
    let (ganz, cent) = match (w.rsplit_once(','), w.rsplit_once('.')) {
        (Some((g, c)), _) => (g, c),
        (None, Some((g, c))) if c.len() != 3 => (g, c),
        _ => (w, ""),
    };
    let mut gruppen = ganz.split('.');
    let erste = gruppen.next().unwrap_or_default();
    let rest: Vec<&str> = gruppen.collect();
    let gruppiert = rest.is_empty() || (1..=3).contains(&erste.len());
    if !gruppiert || rest.iter().any(|g| g.len() != 3) || cent.len() > 2 {
        return Err(hilfe());
    }
    let ziffern: String = std::iter::once(erste).chain(rest).collect();
    if ziffern.is_empty() || ziffern.len() > 9 || !(ziffern.bytes().chain(cent.bytes())).all(|b| b.is_ascii_digit()) {
        return Err(hilfe());
    }
    let cent = format!("{cent:0<2}");
    format!("{ziffern}{cent}").parse().map_err(|_| hilfe())
}

/// A day of the calendar from `31.12.2026` or `2026-12-31`.
fn datum(w: &str) -> Result<Date, Mangel> {
    let form = || {
        mangel(
            "Das ist kein Datum. Geben Sie es so an: 31.12.1990.",
            "this is not a date. Enter it like this: 31.12.1990 (day, month, year).",
        )
    };
    let teile: Vec<&str> = if w.contains('.') { w.split('.').rev().collect() } else { w.split('-').collect() };
    let [jahr, monat, tag] = teile[..] else { return Err(form()) };
    let ziffern = |s: &str| s.trim().bytes().all(|b| b.is_ascii_digit());
    if ![jahr, monat, tag].iter().all(|s| ziffern(s)) || monat.trim().len() > 2 || tag.trim().len() > 2 {
        return Err(form());
    }
    if jahr.trim().len() != 4 {
        return Err(mangel(
            "Die Jahreszahl braucht vier Ziffern. Geben Sie das Datum so an: 31.12.1990.",
            "the year needs four digits. Enter it like this: 31.12.1990 (day, month, year).",
        ));
    }
    let zahl = |s: &str| s.trim().parse::<i16>().map_err(|_| form());
    let (j, m, t) = (zahl(jahr)?, zahl(monat)?, zahl(tag)?);
    let kein_tag = || {
        mangel(
            format!("Der {t:02}.{m:02}.{j:04} ist kein Tag im Kalender. Geben Sie das Datum so an: 31.12.1990."),
            format!(
                "{t:02}.{m:02}.{j:04} is no day of the calendar. Enter it like this: 31.12.1990 (day, month, year)."
            ),
        )
    };
    let (m, t) = (i8::try_from(m).map_err(|_| kein_tag())?, i8::try_from(t).map_err(|_| kein_tag())?);
    let d = Date::new(j, m, t).map_err(|_| kein_tag())?;
    if !(1850..=2150).contains(&d.year()) {
        return Err(mangel(
            "Dieses Jahr kann nicht stimmen. Prüfen Sie die Jahreszahl.",
            "this year cannot be right. Check the year.",
        ));
    }
    Ok(d)
}

fn ja_nein(w: &str) -> Result<bool, Mangel> {
    match w.to_lowercase().as_str() {
        "ja" | "wahr" | "true" | "yes" | "1" | "on" => Ok(true),
        "nein" | "falsch" | "false" | "no" | "0" | "off" => Ok(false),
        _ => Err(mangel("Wählen Sie „Ja“ oder „Nein“.", "choose yes or no.")),
    }
}

fn choice(feld: &Feld, w: String) -> Result<String, Mangel> {
    if feld.optionen.iter().any(|o| o.wert == w) {
        return Ok(w);
    }
    Err(mangel(
        "Diese Möglichkeit gibt es nicht. Wählen Sie eine der angebotenen Möglichkeiten.",
        "there is no such option. Choose one of the options offered.",
    ))
}

/// Chosen options in the order of the definition, each once.
fn choices(feld: &Feld, werte: &[String]) -> Result<Option<Value>, Mangel> {
    for w in werte {
        choice(feld, w.clone())?;
    }
    let gewaehlt: Vec<Value> =
        feld.optionen.iter().filter(|o| werte.contains(&o.wert)).map(|o| Value::from(o.wert.clone())).collect();
    Ok((!gewaehlt.is_empty()).then_some(Value::Array(gewaehlt)))
}
