//! A page of the form as the template needs it, made from the definition: no page knows a service.

use akte_core::verfahren::bedingung::{self, Werte};
use akte_core::verfahren::definition::{Definition, Feld, Feldtyp, Gruppe};
use akte_core::verfahren::pruefung::{self, Befund, Roh, Sprache};

/// Choices up to this number are shown as radio buttons, more as a list.
const RADIOS: usize = 7;

/// One choice.
pub struct Wahl {
    pub id: String,
    pub wert: String,
    pub label: String,
    pub gewaehlt: bool,
}

/// One field as it is shown.
pub struct FeldSicht {
    pub id: String,
    pub label: String,
    pub hilfe: String,
    pub pflicht: bool,
    /// `zeile`, `mehrzeilig`, `radio`, `kasten` (checkboxes), `liste`.
    pub art: &'static str,
    /// HTML `type` of a `zeile`.
    pub typ: &'static str,
    pub inputmode: &'static str,
    pub autocomplete: String,
    pub wert: String,
    pub wahl: Vec<Wahl>,
    /// What is wrong, without the label.
    pub fehler: Option<String>,
    /// Ids for `aria-describedby`; empty = none.
    pub beschrieben: String,
    /// A short field (`kern-form-input__input--width-4`).
    pub kurz: bool,
}

/// One line of the check page.
pub struct Antwort {
    pub id: String,
    pub label: String,
    pub wert: String,
}

/// One group of the check page.
pub struct Abschnitt {
    pub id: String,
    pub titel: String,
    pub antworten: Vec<Antwort>,
}

/// The findings' summary: text and where to go.
pub struct Verweis {
    pub href: String,
    pub text: String,
}

/// The pages that are shown, given what is known so far.
pub fn gruppen<'a>(def: &'a Definition, werte: &Werte) -> Vec<&'a Gruppe> {
    let gezeigt = |g: &&Gruppe| def.felder.iter().any(|f| f.gruppe == g.id && pruefung::is_shown(def, f, werte));
    def.gruppen.iter().filter(gezeigt).collect()
}

/// The fields of one page.
pub fn seite(def: &Definition, gruppe: &str, roh: &Roh, werte: &Werte, befunde: &[Befund]) -> Vec<FeldSicht> {
    def.felder
        .iter()
        .filter(|f| f.gruppe == gruppe && pruefung::is_shown(def, f, werte))
        .map(|f| sicht(f, roh, werte, befunde))
        .collect()
}

fn sicht(f: &Feld, roh: &Roh, werte: &Werte, befunde: &[Befund]) -> FeldSicht {
    let leer = Vec::new();
    let getippt = roh.get(&f.id).unwrap_or(&leer);
    let fehler = befunde.iter().find(|b| b.feld == f.id).map(|b| ohne_label(f, &b.text));
    let (art, typ, inputmode) = match f.typ {
        Feldtyp::Text => ("zeile", "text", if f.pruefung == "plz" { "numeric" } else { "text" }),
        Feldtyp::Mehrzeilig => ("mehrzeilig", "", ""),
        Feldtyp::Zahl => ("zeile", "text", "numeric"),
        Feldtyp::Betrag => ("zeile", "text", "decimal"),
        Feldtyp::Datum => ("zeile", "text", "text"),
        Feldtyp::JaNein => ("radio", "", ""),
        Feldtyp::Auswahl if f.optionen.len() <= RADIOS => ("radio", "", ""),
        Feldtyp::Auswahl => ("liste", "", ""),
        Feldtyp::Mehrfachauswahl => ("kasten", "", ""),
        Feldtyp::Email => ("zeile", "email", "email"),
        Feldtyp::Telefon => ("zeile", "tel", "tel"),
    };
    let hilfe = match f.typ {
        Feldtyp::Datum if f.hilfe.de.is_empty() => "Zum Beispiel 31.12.1990".to_owned(),
        Feldtyp::Betrag if f.hilfe.de.is_empty() => "In Euro, zum Beispiel 12,34".to_owned(),
        _ => f.hilfe.de.clone(),
    };
    let mut beschrieben = Vec::new();
    if !hilfe.is_empty() {
        beschrieben.push(format!("{}-hilfe", f.id));
    }
    if fehler.is_some() {
        beschrieben.push(format!("{}-fehler", f.id));
    }
    FeldSicht {
        id: f.id.clone(),
        label: f.label.de.clone(),
        hilfe,
        pflicht: bedingung::holds(&f.pflicht_wenn, werte, false),
        art,
        typ,
        inputmode,
        autocomplete: if f.autocomplete.is_empty() { "off".into() } else { f.autocomplete.clone() },
        wert: getippt.first().cloned().unwrap_or_default(),
        wahl: wahl(f, getippt),
        fehler,
        beschrieben: beschrieben.join(" "),
        kurz: f.typ == Feldtyp::Datum || matches!(f.pruefung.as_str(), "plz" | "hausnummer"),
    }
}

fn wahl(f: &Feld, getippt: &[String]) -> Vec<Wahl> {
    let eine = |i: usize, wert: &str, label: &str| Wahl {
        id: if i == 0 { f.id.clone() } else { format!("{}-{i}", f.id) },
        gewaehlt: getippt.iter().any(|g| g == wert),
        wert: wert.to_owned(),
        label: label.to_owned(),
    };
    match f.typ {
        Feldtyp::JaNein => vec![eine(0, "ja", "Ja"), eine(1, "nein", "Nein")],
        _ => f.optionen.iter().enumerate().map(|(i, o)| eine(i, &o.wert, &o.label.de)).collect(),
    }
}

/// Findings start with the label for the summary; beside the field it would be said twice.
fn ohne_label(f: &Feld, text: &str) -> String {
    text.strip_prefix(&f.label.de).and_then(|t| t.strip_prefix(": ")).unwrap_or(text).to_owned()
}

/// All answers, group by group; what was skipped is "keine Angabe".
pub fn antworten(def: &Definition, werte: &Werte) -> Vec<Abschnitt> {
    let zeile = |f: &Feld| Antwort {
        id: f.id.clone(),
        label: f.label.de.clone(),
        wert: pruefung::lesbar(f, werte.get(&f.id), Sprache::De).unwrap_or_else(|| "keine Angabe".into()),
    };
    gruppen(def, werte)
        .into_iter()
        .map(|g| Abschnitt {
            id: g.id.clone(),
            titel: g.titel.de.clone(),
            antworten: def
                .felder
                .iter()
                .filter(|f| f.gruppe == g.id && pruefung::is_shown(def, f, werte))
                .map(zeile)
                .collect(),
        })
        .collect()
}

/// Links of the summary; with `basis` they lead to the page of the field and back to the check page.
pub fn verweise(def: &Definition, befunde: &[Befund], basis: Option<&str>) -> Vec<Verweis> {
    befunde
        .iter()
        .map(|b| {
            let gruppe = def.feld(&b.feld).map_or("", |f| f.gruppe.as_str());
            let href = match basis {
                Some(basis) => format!("{basis}/{gruppe}?zurueck=pruefen#{}", b.feld),
                None => format!("#{}", b.feld),
            };
            Verweis { href, text: b.text.clone() }
        })
        .collect()
}
