//! A plan as xdomea message 0301 `Aktenplan.Aktenplan`, written as 3.0.0, read from any version with these names.
//!
//! Validates against no schema; the tests do. Follows no reference out of the message.

use super::tabelle::MAX;
use super::{PlanError, Zeile, parent, pruefen};
use crate::akte::event::{Bewertung, Position};
use jiff::Timestamp;
use jiff::civil::Date;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};
use quick_xml::reader::Reader;
use std::collections::BTreeMap;
use uuid::Uuid;

const NS: &str = "urn:xoev-de:xdomea:schema:3.0.0";
const NACHRICHT: &str = "Aktenplan.Aktenplan.0301";
/// Deepest nesting of units that is read.
const TIEFE: usize = 16;

/// Who sends the plan to whom, and when.
#[derive(Clone, Debug)]
pub struct Kopf {
    pub prozess: Uuid,
    pub am: Timestamp,
    pub absender: String,
    pub empfaenger: String,
    /// The plan's own version, for example the day it holds from.
    pub version: String,
}

type Out = Writer<Vec<u8>>;
type Written = Result<(), PlanError>;

fn xml(e: impl std::fmt::Display) -> PlanError {
    PlanError::Xdomea(e.to_string())
}

/// Writes the plan; positions lie in each other as their kennungen say.
pub fn schreiben(kopf: &Kopf, plan: &BTreeMap<String, Position>) -> Result<Vec<u8>, PlanError> {
    let mut w = Writer::new_with_indent(Vec::new(), b' ', 2);
    w.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None))).map_err(xml)?;
    let wurzel = format!("xdomea:{NACHRICHT}");
    let mut start = BytesStart::new(wurzel.as_str());
    start.push_attribute(("xmlns:xdomea", NS));
    w.write_event(Event::Start(start)).map_err(xml)?;
    in_element(&mut w, "Kopf", |w| kopf_schreiben(w, kopf))?;
    in_element(&mut w, "Aktenplan", |w| {
        text(w, "Bezeichnung", "Aktenplan")?;
        text(w, "Version", &kopf.version)?;
        let oben = plan.keys().filter(|k| parent(k).is_none_or(|p| !plan.contains_key(p)));
        oben.into_iter().try_for_each(|k| einheit(w, plan, k))
    })?;
    w.write_event(Event::End(BytesEnd::new(wurzel))).map_err(xml)?;
    let mut bytes = w.into_inner();
    bytes.push(b'\n');
    Ok(bytes)
}

fn kopf_schreiben(w: &mut Out, k: &Kopf) -> Written {
    text(w, "ProzessID", &k.prozess.to_string())?;
    in_element(w, "Nachrichtentyp", |w| code(w, "0301"))?;
    text(w, "Erstellungszeitpunkt", &k.am.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())?;
    for (name, wer) in [("Absender", &k.absender), ("Empfaenger", &k.empfaenger)] {
        in_element(w, name, |w| in_element(w, "Institution", |w| text(w, "Name", wer)))?;
    }
    in_element(w, "SendendesSystem", |w| text(w, "Produktname", "Aktenkette"))?;
    text(w, "Empfangsbestaetigung", "false")
}

fn einheit(w: &mut Out, plan: &BTreeMap<String, Position>, kennung: &str) -> Written {
    let Some(p) = plan.get(kennung) else { return Ok(()) };
    in_element(w, "Einheit", |w| {
        text(w, "Kennzeichen", &p.kennung)?;
        text(w, "Inhaltsangabe", &p.titel)?;
        in_element(w, "Aussonderungsart", |w| in_element(w, "Aussonderungsart", |w| code(w, buchstabe(p.bewertung))))?;
        in_element(w, "Gueltigkeit", |w| text(w, "Beginn", &p.valid_from.to_string()))?;
        text(w, "Stillgelegt", "false")?;
        in_element(w, "Aufbewahrungsdauer", |w| match p.aufbewahrung_jahre {
            Some(n) => text(w, "AnzahlJahre", &n.to_string()),
            None => text(w, "Unbefristet", "1"),
        })?;
        let darunter = plan.keys().filter(|k| parent(k) == Some(kennung));
        darunter.into_iter().try_for_each(|k| einheit(w, plan, k))
    })
}

fn buchstabe(b: Bewertung) -> &'static str {
    match b {
        Bewertung::A => "A",
        Bewertung::B => "B",
        Bewertung::V => "V",
    }
}

fn in_element(w: &mut Out, name: &str, inhalt: impl FnOnce(&mut Out) -> Written) -> Written {
    let name = format!("xdomea:{name}");
    w.write_event(Event::Start(BytesStart::new(name.as_str()))).map_err(xml)?;
    inhalt(w)?;
    w.write_event(Event::End(BytesEnd::new(name))).map_err(xml)
}

fn text(w: &mut Out, name: &str, inhalt: &str) -> Written {
    in_element(w, name, |w| w.write_event(Event::Text(BytesText::new(inhalt))).map_err(xml))
}

/// Codes of XOeV lists stand without a namespace.
fn code(w: &mut Out, wert: &str) -> Written {
    for event in
        [Event::Start(BytesStart::new("code")), Event::Text(BytesText::new(wert)), Event::End(BytesEnd::new("code"))]
    {
        w.write_event(event).map_err(xml)?;
    }
    Ok(())
}

/// One unit while it is read.
#[derive(Default)]
struct Offen {
    kennung: String,
    titel: String,
    kurz: String,
    art: String,
    jahre: Option<u16>,
    unbefristet: bool,
    stillgelegt: bool,
}

/// Reads the units in the order of the message; the plan holds from `valid_from`. What is out of use is left out.
pub fn lesen(bytes: &[u8], valid_from: Date) -> Result<Vec<Position>, PlanError> {
    let zeichen = std::str::from_utf8(bytes).map_err(|_| xml("die Nachricht ist kein UTF-8"))?;
    let mut r = Reader::from_str(zeichen.trim_start_matches('\u{feff}'));
    let (mut begonnen, mut pfad): (bool, Vec<String>) = (false, Vec::new());
    let (mut offen, mut fertig): (Vec<(usize, Offen)>, Vec<Zeile>) = (Vec::new(), Vec::new());
    loop {
        match r.read_event().map_err(xml)? {
            Event::DocType(_) => return Err(xml("eine Nachricht mit DOCTYPE wird nicht gelesen")),
            Event::Start(e) => {
                let name = e.local_name().as_ref().to_owned();
                if pfad.is_empty() && name != NACHRICHT {
                    return Err(xml(format!("erwartet wird {NACHRICHT}, die Datei beginnt mit {name}")));
                }
                begonnen = true;
                pfad.push(name.clone());
                if name == "Einheit" {
                    if offen.len() == TIEFE || fertig.len() + offen.len() == MAX {
                        return Err(xml(format!("mehr als {TIEFE} Stufen oder {MAX} Einheiten")));
                    }
                    let platz = fertig.len() + offen.len();
                    offen.push((platz, Offen::default()));
                }
            }
            Event::Text(t) => {
                let wert = quick_xml::escape::unescape(&t).map_err(xml)?.into_owned();
                if let Some((_, e)) = offen.last_mut() {
                    e.nimmt(&pfad, &wert)?;
                }
            }
            Event::GeneralRef(t) => {
                let zeichen = match t.resolve_char_ref().map_err(xml)? {
                    Some(c) => c.to_string(),
                    None => quick_xml::escape::unescape(&format!("&{};", &*t)).map_err(xml)?.into_owned(),
                };
                if let Some((_, e)) = offen.last_mut() {
                    e.nimmt(&pfad, &zeichen)?;
                }
            }
            Event::CData(t) => {
                let wert = (*t).to_owned();
                if let Some((_, e)) = offen.last_mut() {
                    e.nimmt(&pfad, &wert)?;
                }
            }
            Event::End(_) => {
                let zu = pfad.pop().filter(|name| name == "Einheit").and_then(|_| offen.pop());
                if let Some((_, e)) = zu.filter(|(_, e)| !e.stillgelegt) {
                    fertig.push(e.zeile()?);
                }
            }
            Event::Eof if !begonnen => return Err(xml(format!("erwartet wird {NACHRICHT}, die Datei ist leer"))),
            Event::Eof if pfad.is_empty() => break,
            Event::Eof => return Err(xml("die Nachricht ist abgeschnitten")),
            _ => {}
        }
    }
    fertig.sort_by(|a, b| a.kennung.cmp(&b.kennung));
    pruefen(fertig, valid_from)
}

impl Offen {
    /// The text of an element, by its path inside the unit. Text may come in pieces.
    fn nimmt(&mut self, pfad: &[String], wert: &str) -> Written {
        let ab = pfad.iter().rposition(|p| p == "Einheit").map_or(pfad.len(), |i| i + 1);
        let pfad: Vec<&str> = pfad[ab..].iter().map(String::as_str).collect();
        match pfad[..] {
            ["Kennzeichen"] => self.kennung.push_str(wert),
            ["Inhaltsangabe"] => self.titel.push_str(wert),
            ["BetreffKurz"] => self.kurz.push_str(wert),
            ["Aussonderungsart", "Aussonderungsart", "code"] => self.art.push_str(wert),
            ["Stillgelegt"] => self.stillgelegt = matches!(wert.trim(), "true" | "1"),
            ["Aufbewahrungsdauer", "AnzahlJahre"] => {
                let falsch = |_| xml(format!("Einheit {}: Aufbewahrungsdauer {wert:?} ist keine Zahl", self.kennung));
                self.jahre = Some(wert.trim().parse().map_err(falsch)?);
            }
            ["Aufbewahrungsdauer", "Unbefristet"] => self.unbefristet = true,
            _ => {}
        }
        Ok(())
    }

    fn zeile(self) -> Result<Zeile, PlanError> {
        let titel = if self.titel.trim().is_empty() { self.kurz } else { self.titel };
        let bewertung = match self.art.trim() {
            "A" => Bewertung::A,
            "B" => Bewertung::B,
            "V" => Bewertung::V,
            art => {
                return Err(xml(format!("Einheit {}: Aussonderungsart {art:?} ist nicht A, B oder V", self.kennung)));
            }
        };
        Ok(Zeile {
            kennung: self.kennung.trim().to_owned(),
            titel: titel.trim().to_owned(),
            jahre: self.jahre,
            dauernd: self.unbefristet,
            bewertung,
        })
    }
}
