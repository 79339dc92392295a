//! A page of the form as the template needs it, made from the definition: no page knows a service.

use crate::sprache::Sprache;
use crate::texte::{self, Stimme, Wort};
use akte_core::verfahren::bedingung::{self, Werte};
use akte_core::verfahren::definition::{Definition, Feld, Feldtyp, Gruppe};
use akte_core::verfahren::pruefung::{self, Befund, Roh};

/// Choices up to this number are shown as radio buttons, more as a list.
const RADIOS: usize = 7;

/// One choice.
pub struct Wahl {
    pub id: String,
    pub wert: String,
    pub label: String,
    /// The label is German on a page that is not.
    pub deutsch: bool,
    pub gewaehlt: bool,
}

impl Wahl {
    /// ` lang="de"` or nothing.
    pub fn lang(&self) -> &'static str {
        texte::lang(self.deutsch)
    }
}

/// One field as it is shown.
pub struct FeldSicht {
    pub id: String,
    pub label: String,
    /// The label is German on a page that is not.
    pub label_deutsch: bool,
    pub hilfe: String,
    pub hilfe_deutsch: bool,
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

impl FeldSicht {
    /// ` lang="de"` or nothing, for the label.
    pub fn label_lang(&self) -> &'static str {
        texte::lang(self.label_deutsch)
    }
    /// The same for the help.
    pub fn hilfe_lang(&self) -> &'static str {
        texte::lang(self.hilfe_deutsch)
    }
}

/// One line of the check page.
pub struct Antwort {
    pub id: String,
    pub label: Wort,
    pub wert: Wort,
}

/// One group of the check page.
pub struct Abschnitt {
    pub id: String,
    pub titel: Wort,
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

/// The fields of one page, with what was typed and what of it was understood.
pub fn seite(
    def: &Definition,
    gruppe: &str,
    (roh, werte): (&Roh, &Werte),
    befunde: &[Befund],
    s: Stimme,
) -> Vec<FeldSicht> {
    def.felder
        .iter()
        .filter(|f| f.gruppe == gruppe && pruefung::is_shown(def, f, werte))
        .map(|f| sicht(f, (roh, werte), befunde, s))
        .collect()
}

/// One field by itself.
pub fn sicht(f: &Feld, (roh, werte): (&Roh, &Werte), befunde: &[Befund], s: Stimme) -> FeldSicht {
    let leer = Vec::new();
    let getippt = roh.get(&f.id).unwrap_or(&leer);
    let label = s.wort(&f.label);
    let fehler = befunde.iter().find(|b| b.feld == f.id).map(|b| ohne_label(&label.text, &b.text, s));
    let (art, typ, inputmode) = match f.typ {
        Feldtyp::Text if f.mehrfach => ("mehrzeilig", "", ""),
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
        Feldtyp::Ort => ("zeile", "text", "text"),
    };
    let hilfe: Wort = match f.typ {
        Feldtyp::Datum if f.hilfe.de.is_empty() => s.t().teile.datum_hilfe.into(),
        Feldtyp::Ort if f.hilfe.de.is_empty() => s.t().teile.ort_hilfe.into(),
        Feldtyp::Betrag if f.hilfe.de.is_empty() => s.t().teile.betrag_hilfe.into(),
        _ if f.mehrfach && f.hilfe.de.is_empty() => s.t().teile.je_zeile.into(),
        _ if f.mehrfach => {
            let w = s.wort(&f.hilfe);
            // One sentence, one language: what is German before it makes it German.
            let je_zeile = if w.deutsch { texte::DE.teile.je_zeile } else { s.t().teile.je_zeile };
            Wort { text: format!("{w} {je_zeile}."), ..w }
        }
        _ => s.wort(&f.hilfe),
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
        label: label.text,
        label_deutsch: label.deutsch,
        hilfe: hilfe.text,
        hilfe_deutsch: hilfe.deutsch,
        pflicht: bedingung::holds(&f.pflicht_wenn, werte, false),
        art,
        typ,
        inputmode,
        autocomplete: if f.autocomplete.is_empty() { "off".into() } else { f.autocomplete.clone() },
        wert: if f.mehrfach { getippt.join("\n") } else { getippt.first().cloned().unwrap_or_default() },
        wahl: wahl(f, getippt, s),
        fehler,
        beschrieben: beschrieben.join(" "),
        kurz: f.typ == Feldtyp::Datum || matches!(f.pruefung.as_str(), "plz" | "hausnummer"),
    }
}

fn wahl(f: &Feld, getippt: &[String], s: Stimme) -> Vec<Wahl> {
    let eine = |i: usize, wert: &str, label: Wort| Wahl {
        id: if i == 0 { f.id.clone() } else { format!("{}-{i}", f.id) },
        gewaehlt: getippt.iter().any(|g| g == wert),
        wert: wert.to_owned(),
        label: label.text,
        deutsch: label.deutsch,
    };
    let t = &s.t().teile;
    match f.typ {
        Feldtyp::JaNein => vec![eine(0, "ja", t.ja.into()), eine(1, "nein", t.nein.into())],
        _ => f.optionen.iter().enumerate().map(|(i, o)| eine(i, &o.wert, s.wort(&o.label))).collect(),
    }
}

/// Findings start with the label for the summary; beside the field it would be said twice.
fn ohne_label(label: &str, text: &str, s: Stimme) -> String {
    let rest = text.strip_prefix(label).and_then(|t| t.strip_prefix(": ")).unwrap_or(text);
    match (s.seite, rest.chars().next()) {
        // English findings go on after the label in small letters; alone they are a sentence.
        (Sprache::En, Some(c)) => c.to_uppercase().chain(rest.chars().skip(1)).collect(),
        _ => rest.to_owned(),
    }
}

/// All answers, group by group; what was skipped is "keine Angabe".
pub fn antworten(def: &Definition, werte: &Werte, s: Stimme) -> Vec<Abschnitt> {
    let zeile = |f: &Feld| Antwort { id: f.id.clone(), label: s.wort(&f.label), wert: antwort(f, werte, s) };
    gruppen(def, werte)
        .into_iter()
        .map(|g| Abschnitt {
            id: g.id.clone(),
            titel: s.wort(&g.titel),
            antworten: def
                .felder
                .iter()
                .filter(|f| f.gruppe == g.id && pruefung::is_shown(def, f, werte))
                .map(zeile)
                .collect(),
        })
        .collect()
}

fn antwort(f: &Feld, werte: &Werte, s: Stimme) -> Wort {
    match pruefung::lesbar(f, werte.get(&f.id), s.def) {
        Some(text) => Wort { text, deutsch: f.optionen.iter().any(|o| s.deutsch(&o.label)) },
        None => s.t().teile.keine_angabe.into(),
    }
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
