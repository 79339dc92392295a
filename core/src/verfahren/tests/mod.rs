//! The procedure as the town sees it: given these events, when that is wanted, then this follows.

mod abschluss;
mod akt;
mod antrag;
mod bescheid;
mod dienste;
mod frist;
mod neben;
mod property;
mod unterschrift;
mod versand;
mod zusammen;

use super::command::{Gerendert, VorgangCommand as C, Zusatz};
use super::event::{Kanal, VorgangEvent as E};
use super::{Definition, Refusal, Vorgang};
use crate::documents::DokumentWert;
use crate::kernel::{Actor, Context, Decider, Facts, Ids, Role};
use crate::recht::Law;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use std::sync::Arc;
use uuid::Uuid;

const BASIS: &str = r#"
version = 1
titel = { de = "Probe" }
kurz = { de = "Probe" }
gueltig_ab = 2026-01-01
rechtsgrundlage = ["Probe"]
aktenplan = "32.1"
einheit = "ordnung"
kanaele = ["online", "vor_ort"]
identitaet = ["ohne"]
absenden = { de = "Absenden" }
rechtsfolge = { de = "-" }
datenschutz = { de = "-" }
zustaendig = { stelle = "stadt" }
aufbewahrung = { jahre = 5, beginn = "jahresende_nach:zda", bewertung = "V" }
automatisierung = { voll = false, rechtsgrundlage = "" }
oeffentlichkeit = { status = "token", statistik_k = 5 }
"#;

const TEILE: &str = r#"
[[gruppen]]
id = "g"
titel = { de = "G" }
[[felder]]
id = "familienname"
gruppe = "g"
label = { de = "Name" }
typ = "text"
pflicht_wenn = "wahr"
schutz = "personenbezogen"
nummer = "4"
autocomplete = "family-name"
[[felder]]
id = "staat"
gruppe = "g"
label = { de = "Staat" }
typ = "text"
pflicht_wenn = "falsch"
schutz = "personenbezogen"
nummer = "10"
[[felder]]
id = "telefon"
gruppe = "g"
label = { de = "Telefon" }
typ = "text"
pflicht_wenn = "falsch"
schutz = "personenbezogen"
nummer = "13"
[[felder]]
id = "strasse"
gruppe = "g"
label = { de = "Straße" }
typ = "text"
pflicht_wenn = "falsch"
schutz = "personenbezogen"
autocomplete = "address-line1"
[[felder]]
id = "plz"
gruppe = "g"
label = { de = "PLZ" }
typ = "text"
pflicht_wenn = "falsch"
schutz = "personenbezogen"
autocomplete = "postal-code"
[[felder]]
id = "ort"
gruppe = "g"
label = { de = "Ort" }
typ = "text"
pflicht_wenn = "falsch"
schutz = "personenbezogen"
autocomplete = "address-level2"
[[unterlagen]]
id = "ausweis"
label = { de = "Ausweis" }
pflicht_wenn = "wahr"
[[unterlagen]]
id = "plan"
label = { de = "Plan" }
pflicht_wenn = "falsch"
"#;

/// A notice with receipt, hint, fee and transmissions.
pub fn anzeige() -> Definition {
    let text = format!(
        "id = \"anzeige\"\n{BASIS}{TEILE}{}",
        r#"
[[schritte]]
id = "empfang"
art = "bescheinigen"
automatisch = true
[[schritte]]
id = "erlaubnis"
art = "hinweis"
[[schritte]]
id = "gebuehr"
art = "gebuehr"
automatisch = true
tabelle = "verwgebvo_sh"
[[schritte]]
id = "weitergabe"
art = "uebermitteln"
automatisch = true
tabelle = "gewanzv"
formular = "A1"
[[fristen]]
id = "schein"
label = { de = "Schein" }
regel = "gewo15"
erledigt_durch = "empfang"
[[gebuehren]]
tatbestand = "eigene"
label = { de = "Eigene" }
betrag = "12.50"
gueltig_ab = 2026-01-01
quelle = "Satz"
verified = true
"#
    );
    parse(&text)
}

/// A decision with discretion and four eyes.
pub fn erlaubnis() -> Definition {
    let text = format!(
        "id = \"erlaubnis\"\n{BASIS}bescheid = {{ vorlage = \"b\", belehrung = \"widerspruch_1_monat\", begruendung = true, regime = \"LVwG-SH\" }}\n{TEILE}{}",
        r#"
[[schritte]]
id = "anhoerung"
art = "anhoeren"
wenn = "belastend"
[[schritte]]
id = "entscheidung"
art = "entscheiden"
ermessen = true
vier_augen_ab = 0
[[fristen]]
id = "untaetigkeit"
label = { de = "Untaetigkeit" }
regel = "vwgo75"
"#
    );
    parse(&text)
}

fn parse(text: &str) -> Definition {
    let mut def: Definition = toml::from_str(text).expect("the test definition parses");
    def.sha256 = "ab".repeat(32);
    def
}

pub fn id(n: u8) -> Uuid {
    Uuid::from_bytes([n; 16])
}

pub fn ctx(def: &Definition, actor: Actor, today: Date) -> Context {
    let zone = TimeZone::get("Europe/Berlin").expect("zone");
    Context {
        now: today.at(10, 0, 0, 0).to_zoned(zone.clone()).expect("time").timestamp(),
        today,
        zone,
        actor,
        on_behalf_of: None,
        ids: Ids([7; 32]),
        law: Law::builtin().expect("law"),
        definition: Some(Arc::new(def.clone())),
        facts: Facts { einheit: Some("ordnung".into()), rollen: vec![Role::Sachbearbeitung], ..Facts::default() },
    }
}

pub fn wert(n: u8) -> DokumentWert {
    DokumentWert {
        alg: "sha-512".into(),
        digest: format!("digest-{n}"),
        dsalt: "salz".into(),
        len: 3,
        media: "application/pdf".into(),
        reference: id(n),
    }
}

/// A draft's reasons for the discretion used.
pub fn ermessen() -> Zusatz {
    Zusatz { ermessen: "Abgewogen.".into(), ..Zusatz::default() }
}

pub fn gerendert(n: u8) -> Gerendert {
    Gerendert { vorlage_sha256: "v".into(), eingabe_sha256: "e".into(), dokument: wert(n) }
}

/// One case being played.
pub struct Fall {
    pub def: Definition,
    pub state: Vorgang,
    pub today: Date,
    /// Seconds after ten o'clock.
    pub sekunden: i64,
    n: u32,
}

impl Fall {
    /// Submitted online on 28.10.2026, registered and assigned to clerk 1.
    pub fn zugewiesen(def: Definition) -> Self {
        let mut f = Self::neu(def);
        f.ok(Actor::Buerger(id(99)), submit(&f.def.id.clone()));
        f.ok(Actor::Process, C::Register { akte: id(50), aktenzeichen: "32.1-0001/2026".into() });
        f.ok(Actor::Process, C::ComputeFristen);
        f.ok(Actor::Konto(id(1)), C::TakeOver);
        f
    }

    pub fn neu(def: Definition) -> Self {
        Self { def, state: Vorgang::default(), today: date(2026, 10, 28), sekunden: 0, n: 0 }
    }

    pub fn decide(&self, actor: Actor, command: C) -> Result<Vec<E>, Refusal> {
        self.decide_for(actor, None, command)
    }

    pub fn decide_for(&self, actor: Actor, fuer: Option<Uuid>, command: C) -> Result<Vec<E>, Refusal> {
        let mut ctx = ctx(&self.def, actor, self.today);
        ctx.ids.0[0] = self.n as u8;
        ctx.on_behalf_of = fuer;
        ctx.now += jiff::SignedDuration::from_secs(self.sekunden);
        Vorgang::decide(&self.state, command, &ctx)
    }

    pub fn ok(&mut self, actor: Actor, command: C) -> Vec<E> {
        let events = self.decide(actor, command).expect("allowed by the rules");
        self.n += 1;
        self.state = events.iter().fold(std::mem::take(&mut self.state), Vorgang::evolve);
        events
    }

    pub fn refused(&self, actor: Actor, command: C) -> Refusal {
        self.decide(actor, command).expect_err("refused by the rules")
    }
}

pub fn submit(leistung: &str) -> C {
    let felder = [("familienname", "Probe"), ("staat", "D"), ("telefon", "0123")];
    let wohnt = [("strasse", "Am Markt 1"), ("plz", "25436"), ("ort", "Musterstadt")];
    let felder = felder.into_iter().chain(wohnt);
    C::Submit {
        leistung: leistung.into(),
        kanal: Kanal::Online,
        vertrauen: "ohne".into(),
        eingang_am: "2026-10-28T08:00:00Z".parse().expect("time"),
        antragsteller: id(99),
        felder: felder.map(|(k, v)| (k.to_owned(), v.into())).collect(),
        dokumente: vec![],
    }
}

pub const MEYER: Actor = Actor::Konto(Uuid::from_bytes([1; 16]));
pub const PETERSEN: Actor = Actor::Konto(Uuid::from_bytes([2; 16]));
pub const BUERGER: Actor = Actor::Buerger(Uuid::from_bytes([99; 16]));
