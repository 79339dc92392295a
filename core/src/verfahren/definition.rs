//! A service as data: the parsed form of `leistung.toml`.
//!
//! Holds shapes only; reading and checking a folder is `verfahren::loader`, evaluating
//! conditions `verfahren::bedingung`, checking values `verfahren::pruefung`.

mod datum;
mod spalten;

use super::alter::Alter;
use super::event::Kanal;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// German is required; English and Leichte Sprache may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    pub de: String,
    #[serde(default)]
    pub en: String,
    #[serde(default)]
    pub ls: String,
}

/// Protection class of a field (`records.md` 4.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Schutz {
    Oeffentlich,
    Intern,
    Personenbezogen,
    Besonders,
}

/// Kind of input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Feldtyp {
    Text,
    Mehrzeilig,
    Zahl,
    /// Integer cents in events, `12,34` in forms.
    Betrag,
    Datum,
    /// Yes or no.
    JaNein,
    /// One of `optionen`.
    Auswahl,
    /// Several of `optionen`: a JSON array of strings.
    Mehrfachauswahl,
    Email,
    Telefon,
    /// An address, a description, or latitude and longitude: one line of text (`pruefung::ort`).
    Ort,
}

/// One choice of an `auswahl`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Option_ {
    pub wert: String,
    pub label: Text,
}

/// One page of the form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gruppe {
    pub id: String,
    pub titel: Text,
    #[serde(default)]
    pub einleitung: Text,
    /// Condition; empty = always shown.
    #[serde(default)]
    pub wenn: String,
}

/// One field, in the order of the form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feld {
    pub id: String,
    pub gruppe: String,
    pub label: Text,
    #[serde(default)]
    pub hilfe: Text,
    pub typ: Feldtyp,
    /// Named check, for example `kfz_kennzeichen`, `datum_nicht_zukunft`, `plz`; empty = type only.
    #[serde(default)]
    pub pruefung: String,
    /// Condition under which the field must be filled: `wahr`, `falsch`, or an expression.
    pub pflicht_wenn: String,
    /// Condition under which the field is shown at all; empty = always.
    #[serde(default)]
    pub zeigen_wenn: String,
    #[serde(default)]
    pub optionen: Vec<Option_>,
    #[serde(default)]
    pub max_laenge: Option<u32>,
    /// Several values of a `text`, one a line: a JSON array of strings, each checked by itself.
    #[serde(default)]
    pub mehrfach: bool,
    pub schutz: Schutz,
    /// Subject role; default `antragsteller`.
    #[serde(default = "antragsteller")]
    pub subjekt: String,
    /// Legal basis for publishing this value; empty = never.
    #[serde(default)]
    pub veroeffentlichung: String,
    /// HTML autocomplete token, for example `family-name`; empty = `off`.
    #[serde(default)]
    pub autocomplete: String,
    /// Number on the statutory form, where there is one (`11`, sub-fields `11.strasse`).
    #[serde(default)]
    pub nummer: String,
    /// For a date: the date field it must not lie before; empty = none.
    #[serde(default)]
    pub nicht_vor: String,
}

fn antragsteller() -> String {
    "antragsteller".into()
}

/// A document the applicant adds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnterlageDef {
    pub id: String,
    pub label: Text,
    #[serde(default)]
    pub hilfe: Text,
    pub pflicht_wenn: String,
}

/// What a step is. The order in the definition is the order of the procedure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Schrittart {
    /// Empfangsbescheinigung at once, whatever else is missing.
    Bescheinigen,
    /// Formal check by a clerk.
    Pruefen,
    /// A hint noted beside the procedure, never blocking (for example a permit that is needed).
    Hinweis,
    Gebuehr,
    /// Transmission to the recipients of the matrix.
    Uebermitteln,
    /// Another body is heard.
    Beteiligen,
    Anhoeren,
    Entscheiden,
    Zustellen,
    /// Rows for a public dataset at the end of a period.
    Veroeffentlichen,
    /// To another body, with confirmation or Wiedervorlage.
    Abgeben,
    /// A fact a clerk notes in the order of the steps; what it is about is never stored.
    Tatsache,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schritt {
    pub id: String,
    pub art: Schrittart,
    /// Condition over fields, or `belastend` (the decision burdens); empty = always.
    #[serde(default)]
    pub wenn: String,
    #[serde(default)]
    pub text: Text,
    /// Happens without a clerk as soon as its condition holds.
    #[serde(default)]
    pub automatisch: bool,
    #[serde(default)]
    pub ermessen: bool,
    /// Decisions need a second person from this amount in EUR on; 0 = always, absent = never.
    #[serde(default)]
    pub vier_augen_ab: Option<u32>,
    /// Name of the law table, for `uebermitteln` and `gebuehr`.
    #[serde(default)]
    pub tabelle: String,
    /// Form of that table, for example `A1`.
    #[serde(default)]
    pub formular: String,
    /// For `uebermitteln`: recipients of the table that receive something only under a condition
    /// over fields. A recipient the table marks as conditional and that is not named here stays off.
    #[serde(default)]
    pub empfaenger_wenn: BTreeMap<String, String>,
    /// For `entscheiden` without a step `anhoeren`: why no hearing is needed (§ 28 Abs. 2, 3
    /// VwVfG, § 91 AO).
    #[serde(default)]
    pub ohne_anhoerung: String,
    /// For `tatsache`: may be left out, so that it blocks neither the next one nor zdA.
    #[serde(default)]
    pub freiwillig: bool,
    /// For `tatsache`: only for persons of this age on the day of application.
    #[serde(default)]
    pub alter: Option<Alter>,
}

/// A deadline of the procedure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FristDef {
    pub id: String,
    pub label: Text,
    /// Rule in `core/recht/regeln`, for example `vwgo75`.
    pub regel: String,
    /// `eingang` (default), `vollstaendig`, or `abgabe`: the day it was handed over.
    #[serde(default)]
    pub ab: String,
    #[serde(default)]
    pub warn_tage: Option<u16>,
    /// Id of the step whose completion ends it; empty = decision or closing.
    #[serde(default)]
    pub erledigt_durch: String,
}

/// A fee row of the definition itself; the town's own rows come from a law table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GebuehrDef {
    pub tatbestand: String,
    pub label: Text,
    /// Condition; empty = always.
    #[serde(default)]
    pub wenn: String,
    /// Only for persons of this age on the day of application.
    #[serde(default)]
    pub alter: Option<Alter>,
    /// Decimal string in EUR, `30.70`; empty = only the law table of the step `gebuehr` knows it.
    /// Where that table has a row for the tatbestand, the table wins.
    #[serde(default)]
    pub betrag: String,
    #[serde(deserialize_with = "datum::tag")]
    pub gueltig_ab: Date,
    #[serde(default, deserialize_with = "datum::tag_oder_leer")]
    pub gueltig_bis: Option<Date>,
    pub quelle: String,
    pub verified: bool,
}

/// Public dataset fed by this service: column -> how it is made from fields with a legal basis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatensatzDef {
    pub id: String,
    pub titel: Text,
    pub rechtsgrundlage: String,
    /// In the order in which they are shown and written.
    #[serde(deserialize_with = "spalten::lesen")]
    pub spalten: Vec<Spalte>,
    /// Condition under which a case becomes a row; empty = always.
    #[serde(default)]
    pub wenn: String,
    /// Id of a `tatsache` without which the case becomes no row: somebody looked and released it.
    #[serde(default)]
    pub nach_schritt: String,
}

/// One column of a dataset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spalte {
    /// Name in JSON and CSV; stays when the title changes.
    pub id: String,
    /// Heading on the page.
    pub titel: Text,
    /// The first rule whose fields are all present. A rule is a list of parts joined by `, `; a part is
    /// one field id or several separated by blanks, joined by one blank:
    /// `[["strasse hausnummer", "plz ort"]]` gives `Hauptstraße 7, 12345 Musterstadt`.
    pub aus: Vec<Vec<String>>,
}

/// Somebody acts for the applicant (§ 14 VwVfG). The representative's own fields have the subject `vertreter`, so
/// that they are sealed and erased apart from those of the person represented.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vertretung {
    /// Condition over fields under which the application is made by a representative.
    pub wenn: String,
    /// Id of the `[[unterlagen]]` row that proves the power; empty = only where the office asks for it.
    #[serde(default)]
    pub nachweis: String,
}

/// One further person of the application. The fields with this `rolle` as `subjekt` are about that person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mitantrag {
    pub rolle: String,
    pub label: Text,
    /// Condition under which there is such a person; empty = always.
    #[serde(default)]
    pub wenn: String,
    /// Whether that person must sign: nothing is granted before.
    #[serde(default)]
    pub unterschrift: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Zustaendig {
    /// `stadt`, or the body it is handed over to.
    pub stelle: String,
    #[serde(default)]
    pub sonst: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Aufbewahrung {
    pub jahre: u16,
    /// `jahresende_nach:zda` or `jahresende_nach:bestandskraft`.
    pub beginn: String,
    /// `A`, `B`, `V`.
    pub bewertung: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Automatisierung {
    pub voll: bool,
    pub rechtsgrundlage: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Oeffentlichkeit {
    /// `token` = status by code only.
    pub status: String,
    pub statistik_k: u32,
    /// Field ids that may become public; each must have a `veroeffentlichung`.
    #[serde(default)]
    pub felder: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BescheidDef {
    /// Template in the folder or in `core/vorlagen`, without `.typ`.
    pub vorlage: String,
    /// `widerspruch_1_monat`.
    pub belehrung: String,
    pub begruendung: bool,
    /// Regime of Bekanntgabe, for example `LVwG-SH`, `AO`.
    pub regime: String,
    /// Text blocks the clerk may start from.
    #[serde(default)]
    pub bausteine: Vec<Baustein>,
}

/// A text block of a service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baustein {
    /// Empty in definitions adopted before: then its place in the list.
    #[serde(default)]
    pub id: String,
    #[serde(default = "erste")]
    pub version: u32,
    pub de: String,
    #[serde(default)]
    pub en: String,
    #[serde(default)]
    pub ls: String,
    /// Norm the wording rests on.
    #[serde(default)]
    pub quelle: String,
    #[serde(default)]
    pub wofuer: super::texte::Wofuer,
}

fn erste() -> u32 {
    1
}

/// A ground of refusal in law for one withheld value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schwaerzungsgrund {
    pub id: String,
    /// For example `§ 10 Nr. 1 IZG-SH`.
    pub norm: String,
    pub label: Text,
}

/// One service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    pub id: String,
    pub version: u32,
    pub titel: Text,
    /// One sentence for the catalogue.
    pub kurz: Text,
    #[serde(deserialize_with = "datum::tag")]
    pub gueltig_ab: Date,
    /// Official service key; empty = the town enters it, never guessed.
    #[serde(default)]
    pub leika: String,
    pub rechtsgrundlage: Vec<String>,
    pub aktenplan: String,
    /// Competent unit id (`stadt.toml`).
    pub einheit: String,
    pub kanaele: Vec<Kanal>,
    pub identitaet: Vec<String>,
    /// Everyday words that lead here, German and English.
    #[serde(default)]
    pub suchworte: Vec<String>,
    /// Topic of the catalogue, one of `katalog::THEMEN`; empty = among the others.
    #[serde(default)]
    pub thema: String,
    /// Shown before the form: duration, cost, what to bring.
    #[serde(default)]
    pub dauer: Text,
    #[serde(default)]
    pub kosten: Text,
    /// Words on the submit button ("Gewerbe verbindlich anmelden") and what it means in law.
    pub absenden: Text,
    pub rechtsfolge: Text,
    /// Art. 13 DSGVO: purpose and legal basis.
    pub datenschutz: Text,
    /// What an auditor must know is not confirmed.
    #[serde(default)]
    pub unverified: Vec<String>,
    pub zustaendig: Zustaendig,
    pub aufbewahrung: Aufbewahrung,
    pub automatisierung: Automatisierung,
    pub oeffentlichkeit: Oeffentlichkeit,
    #[serde(default)]
    pub bescheid: Option<BescheidDef>,
    pub gruppen: Vec<Gruppe>,
    pub felder: Vec<Feld>,
    #[serde(default)]
    pub unterlagen: Vec<UnterlageDef>,
    pub schritte: Vec<Schritt>,
    #[serde(default)]
    pub fristen: Vec<FristDef>,
    #[serde(default)]
    pub gebuehren: Vec<GebuehrDef>,
    #[serde(default)]
    pub datensatz: Option<DatensatzDef>,
    /// Why a value may be withheld in a redacted answer; none = this service issues none.
    #[serde(default)]
    pub schwaerzungsgruende: Vec<Schwaerzungsgrund>,
    /// Whether somebody may act for the applicant; absent = only the applicant.
    #[serde(default)]
    pub vertretung: Option<Vertretung>,
    /// Further persons who apply together with the applicant.
    #[serde(default)]
    pub mitantrag: Vec<Mitantrag>,
    /// Hex pinned hash of the folder; filled by the loader, not part of the file.
    #[serde(skip)]
    pub sha256: String,
    /// Text of the folder's own `<vorlage>.typ`; filled by the loader, covered by the pinned hash.
    #[serde(skip)]
    pub vorlage_typ: Option<String>,
    /// Text of `leistung.toml`, so that a fault found later still names its line; filled by the loader.
    #[serde(skip)]
    pub quelle: String,
}

impl Definition {
    /// The field with this id.
    pub fn feld(&self, id: &str) -> Option<&Feld> {
        self.felder.iter().find(|f| f.id == id)
    }
    /// The first step of this kind.
    pub fn schritt(&self, art: Schrittart) -> Option<&Schritt> {
        self.schritte.iter().find(|s| s.art == art)
    }
    /// Whether the procedure ends in a decision (Bescheid) rather than in a mere notice.
    pub fn entscheidet(&self) -> bool {
        self.schritt(Schrittart::Entscheiden).is_some()
    }
}
