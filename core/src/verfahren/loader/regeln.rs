//! The rules every definition must keep (`records.md` 4.4), each with the line it concerns.
//!
//! Checks a definition by itself; whether what it names outside itself exists is
//! `loader::check_umfeld`, because that belongs to the law data and to the town.

mod ablauf;
mod formular;
mod personen;
mod verboten;
mod widerspruch;

use super::{Fehler, HAUPTDATEI, fehler};
use crate::recht::parse_cent;
use crate::verfahren::bedingung::Bedingung;
use crate::verfahren::definition::Definition;
use crate::verfahren::katalog::THEMEN;

/// Adds one visible note per fee row that nobody has confirmed.
pub(super) fn note_unverified(def: &mut Definition) {
    let noten: Vec<String> = def
        .gebuehren
        .iter()
        .filter(|g| !g.verified)
        .map(|g| match parse_cent(&g.betrag) {
            Ok(c) => format!(
                "Gebühr „{}“: {},{:02} EUR, Quelle: {}. Nicht bestätigt.",
                g.label.de,
                c / 100,
                c % 100,
                g.quelle
            ),
            Err(_) => format!("Gebühr „{}“: Betrag laut Tabelle, Quelle: {}. Nicht bestätigt.", g.label.de, g.quelle),
        })
        .filter(|n| !def.unverified.contains(n))
        .collect();
    def.unverified.extend(noten);
}

/// All rules; empty = the definition may be used.
pub(super) fn check(def: &Definition, quelle: &str) -> Vec<Fehler> {
    let mut p = Pruefer { def, quelle, fehler: Vec::new() };
    kopf(&mut p);
    formular::check(&mut p);
    ablauf::check(&mut p);
    verboten::check(&mut p);
    personen::check(&mut p);
    // Conditions that cannot be read, or ask for what is not there, have been told; whether the others can
    // come true is a question of its own.
    if p.fehler.is_empty() {
        widerspruch::check(&mut p);
    }
    p.into_fehler()
}

/// Collects findings and finds their line.
pub(super) struct Pruefer<'a> {
    pub(super) def: &'a Definition,
    quelle: &'a str,
    fehler: Vec<Fehler>,
}

impl<'a> Pruefer<'a> {
    /// For a definition that was loaded.
    pub(super) fn new(def: &'a Definition) -> Self {
        Pruefer { def, quelle: &def.quelle, fehler: Vec::new() }
    }

    /// By line, each once.
    pub(super) fn into_fehler(mut self) -> Vec<Fehler> {
        self.fehler.sort();
        self.fehler.dedup();
        self.fehler
    }

    /// At a key of the top level or of a table such as `[oeffentlichkeit]`.
    pub(super) fn at_key(&mut self, key: &str, text: impl Into<String>) {
        let hier = |l: &str| {
            let l = l.trim_start();
            l.strip_prefix(key).is_some_and(|r| r.trim_start().starts_with(['=', '.']))
                || l == format!("[{key}]")
                || l == format!("[[{key}]]")
        };
        let zeile = self.quelle.lines().position(hier).map_or(1, |i| i + 1);
        self.fehler.push(fehler(HAUPTDATEI, zeile, text.into()));
    }

    /// A condition in a table of its own: it must parse and ask for fields that exist.
    fn condition_at_key(&mut self, key: &str, text: &str) {
        let def = self.def;
        match Bedingung::parse(text) {
            Err(e) => self.at_key(key, format!("{key}, wenn: {e}")),
            Ok(b) => {
                for feld in b.fields().into_iter().filter(|f| def.feld(f).is_none()) {
                    self.at_key(key, format!("{key}, wenn: Ein Feld „{feld}“ gibt es nicht."));
                }
            }
        }
    }

    /// In the entry of `[[abschnitt]]` whose `key` is `wert`, at the line that contains `stelle`
    /// (or at the entry's first line).
    pub(super) fn at_entry(&mut self, abschnitt: &str, wert: &str, stelle: &str, text: impl Into<String>) {
        let zeile = line_of(self.quelle, abschnitt, wert, stelle);
        self.fehler.push(fehler(HAUPTDATEI, zeile, text.into()));
    }
}

/// Keys that name an entry.
const KENNUNGEN: [&str; 3] = ["id", "tatbestand", "rolle"];

/// The line in the last entry that carries `= "wert"`: a second use of an id is the faulty one.
fn line_of(quelle: &str, abschnitt: &str, wert: &str, stelle: &str) -> usize {
    let kopf = format!("[[{abschnitt}]]");
    let gesucht = format!("= \"{wert}\"");
    let (mut anfang, mut treffer, mut im_abschnitt) = (1, None, false);
    for (i, l) in quelle.lines().enumerate() {
        let l = l.trim();
        if l.starts_with('[') {
            im_abschnitt = l == kopf;
            anfang = i + 1;
        } else if im_abschnitt && l.ends_with(&gesucht) && KENNUNGEN.iter().any(|k| l.starts_with(k)) {
            treffer = Some(anfang);
        }
    }
    let Some(start) = treffer else { return 1 };
    if stelle.is_empty() {
        return start;
    }
    let eintrag = || quelle.lines().enumerate().skip(start).take_while(|(_, l)| !l.starts_with('['));
    let genau = eintrag().find(|(_, l)| l.trim_start().starts_with(stelle));
    genau.or_else(|| eintrag().find(|(_, l)| l.contains(stelle))).map_or(start, |(i, _)| i + 1)
}

/// `[a-z][a-z0-9_]*`, at most 64: a JSON pointer segment and an HTML id.
fn is_id(id: &str) -> bool {
    id.len() <= 64
        && id.starts_with(|c: char| c.is_ascii_lowercase())
        && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn kopf(p: &mut Pruefer) {
    let d = p.def;
    if !is_id(&d.id.replace('-', "_")) {
        p.at_key("id", "id: Erlaubt sind a-z, 0-9 und Bindestrich, zuerst ein Buchstabe.");
    }
    if d.version == 0 {
        p.at_key("version", "version: Die erste Fassung hat die Nummer 1.");
    }
    let texte = [
        ("titel", &d.titel),
        ("kurz", &d.kurz),
        ("absenden", &d.absenden),
        ("rechtsfolge", &d.rechtsfolge),
        ("datenschutz", &d.datenschutz),
    ];
    for (key, t) in texte {
        if t.de.trim().is_empty() {
            p.at_key(key, format!("{key}: Der deutsche Text fehlt."));
        }
    }
    let listen = [
        ("rechtsgrundlage", d.rechtsgrundlage.is_empty()),
        ("kanaele", d.kanaele.is_empty()),
        ("identitaet", d.identitaet.is_empty()),
        ("einheit", d.einheit.is_empty()),
        ("aktenplan", d.aktenplan.is_empty()),
    ];
    for (key, _) in listen.iter().filter(|(_, leer)| *leer) {
        p.at_key(key, format!("{key}: Mindestens ein Eintrag ist nötig."));
    }
    if !d.leika.is_empty() && (d.leika.len() != 14 || !d.leika.bytes().all(|b| b.is_ascii_digit())) {
        p.at_key("leika", "leika: Ein Leistungsschlüssel hat 14 Ziffern. Leer lassen, wenn er nicht bekannt ist.");
    }
    if !d.thema.is_empty() && !THEMEN.contains(&d.thema.as_str()) {
        p.at_key("thema", format!("thema: Dieses Thema gibt es nicht. Erlaubt sind {}.", THEMEN.join(", ")));
    }
    aufbewahrung(p);
    oeffentlichkeit(p);
}

fn aufbewahrung(p: &mut Pruefer) {
    let a = &p.def.aufbewahrung;
    if !(1..=110).contains(&a.jahre) {
        p.at_key("aufbewahrung", "aufbewahrung: jahre muss zwischen 1 und 110 liegen.");
    }
    if !["jahresende_nach:zda", "jahresende_nach:bestandskraft"].contains(&a.beginn.as_str()) {
        p.at_key(
            "aufbewahrung",
            "aufbewahrung: beginn ist „jahresende_nach:zda“ oder „jahresende_nach:bestandskraft“.",
        );
    }
    if a.beginn.ends_with("bestandskraft") && !p.def.entscheidet() {
        p.at_key(
            "aufbewahrung",
            "aufbewahrung: Ohne Entscheidung gibt es keine Bestandskraft. Nehmen Sie „jahresende_nach:zda“.",
        );
    }
    if !["A", "B", "V"].contains(&a.bewertung.as_str()) {
        p.at_key("aufbewahrung", "aufbewahrung: bewertung ist A (archivwürdig), B (zu bewerten) oder V (vernichten).");
    }
}

fn oeffentlichkeit(p: &mut Pruefer) {
    let (def, o) = (p.def, &p.def.oeffentlichkeit);
    if o.statistik_k < 3 {
        p.at_key(
            "oeffentlichkeit",
            "oeffentlichkeit: statistik_k muss mindestens 3 sein, sonst werden Einzelne erkennbar.",
        );
    }
    if o.status != "token" {
        p.at_key("oeffentlichkeit", "oeffentlichkeit: status ist „token“: Auskunft nur mit dem Vorgangscode.");
    }
    for id in &o.felder {
        match def.feld(id) {
            None => p.at_key("oeffentlichkeit", format!("oeffentlichkeit: Ein Feld „{id}“ gibt es nicht.")),
            Some(f) if f.veroeffentlichung.is_empty() => p.at_entry(
                "felder",
                id,
                "",
                format!("„{id}“ soll öffentlich werden, nennt aber keine Rechtsgrundlage (veroeffentlichung)."),
            ),
            Some(_) => {}
        }
    }
    for f in def.felder.iter().filter(|f| !f.veroeffentlichung.is_empty() && !o.felder.contains(&f.id)) {
        let text = format!("„{}“ nennt eine Rechtsgrundlage, steht aber nicht in oeffentlichkeit.felder.", f.id);
        p.at_entry("felder", &f.id, "veroeffentlichung", text);
    }
}
