//! What the templates are given: one struct per notice, all data, nothing computed by the template but layout.
//!
//! Texts are plain; a line feed is a line break. Dates are civil dates, money is whole cents.

use crate::recht::cent_zu_text;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The authority as printed on every notice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Absender {
    pub name: String,
    pub strasse: String,
    pub plz: String,
    pub ort: String,
    pub telefon: String,
    pub email: String,
    pub oeffnungszeiten: String,
    pub domain: String,
}

impl From<&crate::stadt::Stadt> for Absender {
    fn from(s: &crate::stadt::Stadt) -> Self {
        let a = s.anschrift.clone();
        Self {
            name: s.name.clone(),
            strasse: a.strasse,
            plz: a.plz,
            ort: a.ort,
            telefon: a.telefon,
            email: a.email,
            oeffnungszeiten: a.oeffnungszeiten,
            domain: s.domain.clone(),
        }
    }
}

/// Who answers questions; telephone and mail fall back to the authority's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sachbearbeitung {
    pub name: String,
    pub einheit: String,
    pub telefon: Option<String>,
    pub email: Option<String>,
}

/// Row of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zeile {
    pub label: String,
    pub value: String,
}

/// Name and office under a notice (§ 37 (3) VwVfG).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unterschrift {
    pub name: String,
    pub funktion: String,
}

/// The entry of the log a letter rests on, in print.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nachweis {
    /// What was entered, for example `Ihr Antrag`.
    pub was: String,
    /// b64u event hash.
    pub pruefsumme: String,
    /// Where it can be checked.
    pub adresse: String,
}

/// What every letter has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brief {
    pub stadt: Absender,
    /// Address window, one to six lines.
    pub empfaenger: Vec<String>,
    pub aktenzeichen: String,
    pub datum: Date,
    pub sachbearbeitung: Option<Sachbearbeitung>,
    /// Subject, heading and title of the file.
    pub betreff: String,
    /// Salutation; empty = none.
    pub anrede: String,
    /// Text before the notice's own parts.
    pub absaetze: Vec<String>,
    pub tabelle: Vec<Zeile>,
    pub unterschriften: Vec<Unterschrift>,
    /// Boxed notes at the end, for example that a text was not yet read by a lawyer.
    pub hinweise: Vec<String>,
    /// How the entry this letter rests on can be checked.
    pub nachweis: Option<Nachweis>,
    /// Never printed. Secret to outsiders and repeatable, for example a tag over the event that asks for the
    /// notice: it keeps `eingabe_sha256` in an open payload from being guessed back to a person.
    pub salz: String,
}

/// Receipt of a notice, `empfangsbescheinigung.typ`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Empfangsbescheinigung {
    #[serde(flatten)]
    pub brief: Brief,
    /// Day and time of receipt as text, local.
    pub eingang: String,
    pub rechtsgrundlage: String,
}

/// One item of a fee notice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posten {
    pub bezeichnung: String,
    pub grundlage: String,
    pub betrag_cent: i64,
}

/// Fee notice, `gebuehrenbescheid.typ`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gebuehrenbescheid {
    #[serde(flatten)]
    pub brief: Brief,
    pub posten: Vec<Posten>,
    pub faellig: Option<Date>,
    /// Account, reference and the like.
    pub zahlung: Vec<Zeile>,
    pub begruendung: Vec<String>,
    /// Instruction on the remedy.
    pub belehrung: String,
}

/// Decision, `bescheid.typ`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bescheid {
    #[serde(flatten)]
    pub brief: Brief,
    pub tenor: Vec<String>,
    pub nebenbestimmungen: Vec<String>,
    pub begruendung: Vec<String>,
    /// Reasons of the discretion used (§ 39 (1) sentence 3 VwVfG).
    pub ermessen: Vec<String>,
    /// Fees that go with this decision; empty = none.
    #[serde(default)]
    pub gebuehr: Vec<Posten>,
    /// How the fee reaches the person, where there is one.
    #[serde(default)]
    pub gebuehr_hinweis: String,
    pub belehrung: String,
}

impl Bescheid {
    /// Everything the notice says, in the order of the product's template, for comparing two Fassungen.
    pub fn klartext(&self) -> String {
        let b = &self.brief;
        let mut teile = vec![b.empfaenger.join("\n"), b.betreff.clone(), b.anrede.clone()];
        teile.extend(b.absaetze.iter().cloned());
        teile.push("Entscheidung".into());
        teile.extend(self.tenor.iter().cloned());
        teile.extend(b.tabelle.iter().map(|z| format!("{}: {}", z.label, z.value)));
        for (titel, absaetze) in [
            ("Nebenbestimmungen", &self.nebenbestimmungen),
            ("Begründung", &self.begruendung),
            ("Ermessen", &self.ermessen),
        ] {
            if !absaetze.is_empty() {
                teile.push(titel.into());
                teile.extend(absaetze.iter().cloned());
            }
        }
        if !self.gebuehr.is_empty() {
            teile.push("Gebühr".into());
            let posten = |p: &Posten| format!("{} ({}): {}", p.bezeichnung, p.grundlage, cent_zu_text(p.betrag_cent));
            teile.extend(self.gebuehr.iter().map(posten));
            teile.push(self.gebuehr_hinweis.clone());
        }
        teile.extend(["Rechtsbehelfsbelehrung".to_owned(), self.belehrung.clone()]);
        teile.extend(b.unterschriften.iter().map(|u| format!("{}\n{}", u.name, u.funktion)));
        teile.extend(b.hinweise.iter().cloned());
        teile.retain(|t| !t.is_empty());
        teile.join("\n\n")
    }
}

/// Receipt from the counter with the case code for people and for cameras, `schalterbeleg.typ`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schalterbeleg {
    #[serde(flatten)]
    pub brief: Brief,
    pub eingang: String,
    /// How it came, in words.
    pub kanal: String,
    pub fallcode: String,
    /// Address without the code, for typing it in.
    pub status_adresse: String,
    /// The code in the form a camera reads: one string per row, `1` dark, `0` light.
    pub qr: Vec<String>,
    pub unterlagen: Vec<String>,
    pub ereignis_hash: String,
    pub pruef_adresse: String,
}

/// One part of a report: text, and a table where there is one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Abschnitt {
    pub titel: String,
    pub absaetze: Vec<String>,
    /// Column heads; empty = no table.
    pub kopf: Vec<String>,
    /// Widths of the columns in relation to each other, as many as heads.
    pub breiten: Vec<u32>,
    pub reihen: Vec<Vec<String>>,
}

/// A report in sections, `bericht.typ`: what a package holds, what is stored about a person.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bericht {
    #[serde(flatten)]
    pub brief: Brief,
    pub abschnitte: Vec<Abschnitt>,
}

/// Confirmation for the citizen, `eingangsbestaetigung.typ`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Eingangsbestaetigung {
    #[serde(flatten)]
    pub brief: Brief,
    pub eingang: String,
    /// Case code, for the status page.
    pub fallcode: String,
    /// Address without the code, for example `https://example.de/s`.
    pub status_adresse: String,
    /// Names of the documents that came along.
    pub unterlagen: Vec<String>,
    /// b64u event hash of the submission.
    pub ereignis_hash: String,
    /// Where it can be checked, for example `https://example.de/pruefen`.
    pub pruef_adresse: String,
}
