//! The check of a notice before it is signed: authority, operative part, hearing, reasons with discretion,
//! instruction on the remedy.
//!
//! Reads what a draft says and names field, paragraph and remedy; whether the reasons convince is for the signer.

use super::akt::{self, Aktregel, Ermessen};
use super::belehrung::{self, Belehrung, Ort};
use super::definition::{Definition, Schrittart};
use super::event::Tenor;
use super::state::{BescheidState, Vorgang};
use jiff::civil::Date;
use std::fmt;

/// One thing that is missing or does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mangel {
    /// Field of the draft as the form calls it.
    pub feld: &'static str,
    pub norm: &'static str,
    /// What is wrong and what to do.
    pub text: String,
}

impl fmt::Display for Mangel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.feld, self.norm, self.text)
    }
}

/// The authority as a notice prints it, where the caller knows it.
#[derive(Clone, Copy, Debug)]
pub struct Behoerde<'a> {
    pub ort: Ort<'a>,
    /// Head of the authority: stands under a notice whose signer has no name any more.
    pub leitung: &'a str,
}

/// What the kind of act asks of its notice; the first decision asks what its definition says.
#[derive(Clone, Copy)]
pub struct Anspruch<'a> {
    def: &'a Definition,
    regel: Option<&'a Aktregel>,
}

impl<'a> Anspruch<'a> {
    pub fn of(v: &Vorgang, def: &'a Definition) -> Self {
        Self { def, regel: v.akt.as_ref().and_then(|a| akt::regel(a.art)) }
    }

    /// A burdening act of this kind needs a hearing (§ 28 VwVfG).
    pub fn anhoerung(&self) -> bool {
        self.regel.is_none_or(|r| r.anhoerung)
    }

    /// Reasons are needed for this result (§ 39 (1) VwVfG).
    pub fn begruendung(&self, tenor: Tenor) -> bool {
        let immer =
            self.regel.map_or_else(|| self.def.bescheid.as_ref().is_none_or(|b| b.begruendung), |r| r.begruendung);
        immer || tenor != Tenor::Bewilligt
    }

    /// The act is made with discretion.
    pub fn ermessen(&self) -> bool {
        match self.regel.map(|r| r.ermessen) {
            Some(Ermessen::Ja) => true,
            Some(Ermessen::Nein) => false,
            Some(Ermessen::WieLeistung) | None => {
                self.def.schritte.iter().any(|s| s.art == Schrittart::Entscheiden && s.ermessen)
            }
        }
    }

    /// The clerk writes the operative part.
    pub fn spruch(&self) -> bool {
        self.regel.is_some_and(|r| r.spruch)
    }

    /// The act knows this result.
    pub fn kennt(&self, tenor: Tenor) -> bool {
        self.regel.is_none_or(|r| !r.satz(tenor).is_empty())
    }

    /// Id of the instruction that goes with this result.
    pub fn belehrung(&self, tenor: Tenor) -> &'a str {
        match (self.regel, &self.def.bescheid) {
            (Some(r), _) => r.belehrung(tenor),
            (None, Some(b)) => &b.belehrung,
            (None, None) => "",
        }
    }
}

/// Everything that keeps the draft from being signed; empty = nothing.
pub fn pruefe(v: &Vorgang, def: &Definition, am: Date, behoerde: Option<Behoerde<'_>>) -> Vec<Mangel> {
    let Some(b) = &v.bescheid else { return Vec::new() };
    let anspruch = Anspruch::of(v, def);
    let mut liste = Vec::new();
    let mut melde = |feld, norm, text: &str| liste.push(Mangel { feld, norm, text: text.to_owned() });
    if v.einheit.is_empty() {
        melde(
            "Behörde",
            "§ 37 Abs. 3 VwVfG",
            "Dem Vorgang fehlt die zuständige Einheit. Weisen Sie ihn einer Einheit zu.",
        );
    }
    if let Some(x) = behoerde {
        if x.ort.stadt.trim().is_empty() || x.ort.anschrift.trim().is_empty() {
            melde(
                "Behörde",
                "§ 37 Abs. 3 VwVfG",
                "Name oder Anschrift der Stadt fehlen. Tragen Sie sie in stadt.toml ein.",
            );
        }
        if x.leitung.trim().is_empty() {
            melde("Unterschrift", "§ 37 Abs. 3 VwVfG", "Der Name der Leitung fehlt. Tragen Sie ihn in stadt.toml ein.");
        }
    }
    tenor(b, anspruch, v.akt.is_none(), &mut melde);
    if b.tenor != Tenor::Bewilligt && anspruch.anhoerung() && !v.anhoerung_erledigt {
        melde("Anhörung", "§ 28 VwVfG", "Hören Sie an, oder begründen Sie, warum Sie davon absehen.");
    }
    gruende(b, anspruch, &mut melde);
    if b.texte.iter().any(|t| !t.stimmt()) {
        melde("Textbausteine", "§ 39 VwVfG", "Ein Baustein passt nicht zu seiner Prüfsumme. Entwerfen Sie neu.");
    }
    rechtsbehelf(b, anspruch, am, behoerde, &mut melde);
    liste
}

type Melde<'a> = &'a mut dyn FnMut(&'static str, &'static str, &str);

fn leer(text: &Option<String>) -> bool {
    text.as_ref().is_none_or(|t| t.trim().is_empty())
}

fn tenor(b: &BescheidState, anspruch: Anspruch<'_>, erster: bool, melde: Melde<'_>) {
    if !anspruch.kennt(b.tenor) {
        melde(
            "Entscheidung",
            "§ 37 Abs. 1 VwVfG",
            "Dieses Ergebnis gibt es bei dieser Art von Bescheid nicht. Wählen Sie ein anderes.",
        );
    }
    if anspruch.spruch() && leer(&b.spruch) {
        melde(
            "Wortlaut der Entscheidung",
            "§ 37 Abs. 1 VwVfG",
            "Schreiben Sie, was genau gilt: bei einer Berichtigung die falsche und die richtige Stelle.",
        );
    }
    if erster && b.tenor == Tenor::Abgelehnt && !leer(&b.nebenbestimmungen) {
        melde(
            "Nebenbestimmungen",
            "§ 36 VwVfG",
            "Eine Ablehnung hat keine Nebenbestimmungen. Löschen Sie sie, oder bewilligen Sie teilweise.",
        );
    }
}

fn gruende(b: &BescheidState, anspruch: Anspruch<'_>, melde: Melde<'_>) {
    let noetig = anspruch.begruendung(b.tenor);
    if noetig && leer(&b.begruendung) {
        melde("Begründung", "§ 39 Abs. 1 Satz 2 VwVfG", "Nennen Sie die tatsächlichen und rechtlichen Gründe.");
    }
    if noetig && anspruch.ermessen() && leer(&b.ermessen) {
        melde(
            "Ermessen",
            "§ 39 Abs. 1 Satz 3 VwVfG",
            "Nennen Sie die Gesichtspunkte, von denen Sie bei der Ausübung des Ermessens ausgegangen sind.",
        );
    }
}

/// Present, in force, fitting the regime, complete: else a year runs instead of a month (§ 58 (2) VwGO).
fn rechtsbehelf(b: &BescheidState, anspruch: Anspruch<'_>, am: Date, behoerde: Option<Behoerde<'_>>, melde: Melde<'_>) {
    let (feld, norm) = ("Rechtsbehelfsbelehrung", "§ 37 Abs. 6 VwVfG");
    let Some(row) = belehrung::in_kraft(anspruch.belehrung(b.tenor), am) else {
        melde(
            feld,
            norm,
            "Für diesen Bescheid ist keine Belehrung hinterlegt. Tragen Sie in der Leistung eine ein, die es gibt.",
        );
        return;
    };
    let regime = anspruch.def.bescheid.as_ref().map_or("", |d| d.regime.as_str());
    if !row.passt(regime) {
        melde(
            feld,
            norm,
            "Die Belehrung passt nicht zum Verfahrensrecht des Bescheids. Wählen Sie in der Leistung eine andere.",
        );
    }
    if let Some(x) = behoerde
        && verwendet(b, row).wortlaut(x.ort).is_empty()
    {
        melde(
            feld,
            norm,
            "Der Belehrung fehlt eine Angabe, zum Beispiel das Gericht. Tragen Sie sie in stadt.toml ein.",
        );
    }
}

/// The wording the draft pinned, or the row in force.
fn verwendet(b: &BescheidState, row: &Belehrung) -> Belehrung {
    let gemerkt = b.texte.iter().find(|t| t.herkunft == BELEHRUNG);
    Belehrung { text: gemerkt.map_or_else(|| row.text.clone(), |t| t.text.clone()), ..row.clone() }
}

/// `herkunft` of the instruction among the texts a draft used.
pub const BELEHRUNG: &str = "belehrung";
