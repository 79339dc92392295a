//! All adopted definitions: the newest for new cases, every older one for the cases that run on it.
//!
//! Reads nothing and adopts nothing by itself; `execute` fills it from `leistung.adopted.v1`.

use super::definition::Definition;
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Topics a service may name: where somebody looks who does not find the word. Their titles are the page's.
pub const THEMEN: [&str; 7] = ["auskunft", "ausweis", "gewerbe", "stadt", "tiere", "verkehr", "wohnen"];

/// The services of one town.
#[derive(Clone, Debug, Default)]
pub struct Leistungen {
    /// id -> version -> definition.
    nach_id: BTreeMap<String, BTreeMap<u32, Arc<Definition>>>,
    nach_hash: BTreeMap<String, Arc<Definition>>,
}

impl Leistungen {
    /// Adds a definition; an earlier version stays reachable by its hash.
    pub fn adopt(&mut self, def: Definition) {
        let def = Arc::new(def);
        self.nach_hash.insert(def.sha256.clone(), def.clone());
        self.nach_id.entry(def.id.clone()).or_default().insert(def.version, def);
    }

    /// Takes a service out of the catalogue; running cases keep their definition.
    pub fn close(&mut self, id: &str) {
        self.nach_id.remove(id);
    }

    /// The newest adopted version.
    pub fn get(&self, id: &str) -> Option<Arc<Definition>> {
        self.nach_id.get(id)?.values().next_back().cloned()
    }

    /// The newest version whose `gueltig_ab` has come on this day: what a new case pins.
    pub fn in_force(&self, id: &str, am: Date) -> Option<Arc<Definition>> {
        self.nach_id.get(id)?.values().rfind(|d| d.gueltig_ab <= am).cloned()
    }

    /// The definition a case has pinned, by hex SHA-256 of its folder.
    pub fn by_hash(&self, sha256: &str) -> Option<Arc<Definition>> {
        self.nach_hash.get(sha256).cloned()
    }

    /// The newest version of every service, by id.
    pub fn all(&self) -> Vec<Arc<Definition>> {
        self.nach_id.values().filter_map(|v| v.values().next_back().cloned()).collect()
    }

    /// Services that match every word, best first. Small words do not count, umlauts may be
    /// written out, and one wrong letter in a longer word is forgiven.
    pub fn search(&self, worte: &str) -> Vec<Arc<Definition>> {
        let gefragt: Vec<String> = words(worte).filter(|w| !is_fill(w)).collect();
        let mut treffer: Vec<(u32, Arc<Definition>)> = self
            .all()
            .into_iter()
            .filter_map(|d| {
                let summe: Option<u32> = gefragt.iter().map(|w| score(&d, w)).sum();
                summe.map(|s| (s + whole(&d, &gefragt), d))
            })
            .collect();
        if treffer.is_empty() {
            treffer = self.partly(&gefragt);
        }
        treffer.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.id.cmp(&b.1.id)));
        treffer.into_iter().map(|(_, d)| d).collect()
    }

    /// Whole questions often hold a word no service knows ("Mein Hund heißt Bello"): those that fit most words
    /// well. A faint likeness of one word is no answer, nor is a number.
    fn partly(&self, gefragt: &[String]) -> Vec<(u32, Arc<Definition>)> {
        const GUT: u32 = 5;
        let worte = || gefragt.iter().filter(|w| w.len() > 2);
        let punkte = |d: &Definition| worte().filter_map(|w| score(d, w)).filter(|p| *p >= GUT).sum::<u32>();
        let mit = self.all().into_iter().map(|d| (punkte(&d), d));
        mit.filter(|(p, _)| *p > 0).collect()
    }
}

/// All words of the question stand together in one everyday word, or it is one itself, perhaps with one wrong
/// letter: the service was meant.
fn whole(d: &Definition, gefragt: &[String]) -> u32 {
    let stehen = |t: &str| {
        let da: Vec<String> = words(t).collect();
        gefragt.iter().all(|w| da.iter().any(|x| x == w || stem(x) == stem(w)))
    };
    let genau = |t: &str| words(t).eq(gefragt.iter().cloned());
    let fast = |t: &str| matches!(&words(t).collect::<Vec<_>>()[..], [w] if off_by_one(w, &gefragt[0]));
    match gefragt.len() {
        0 => 0,
        1 if d.suchworte.iter().any(|t| genau(t)) => 4,
        1 if d.suchworte.iter().any(|t| fast(t)) => 1,
        1 => 0,
        _ if d.suchworte.iter().any(|t| stehen(t)) => 8,
        _ => 0,
    }
}

/// Words of a question that say nothing about the service asked for.
const FUELLWORTE: &[&str] = &[
    "ab", "am", "an", "auf", "aus", "bei", "bekomme", "bin", "brauche", "da", "das", "dem", "den", "der", "die", "du",
    "ein", "eine", "einem", "einen", "einer", "er", "es", "fuer", "gibt", "habe", "haben", "hat", "ich", "ihr", "im",
    "in", "ist", "jetzt", "kann", "man", "mein", "meine", "meinem", "meinen", "meiner", "mich", "mir", "mit", "mochte",
    "moechte", "muss", "nach", "neben", "nicht", "noch", "ob", "oder", "sein", "sich", "sie", "sind", "so", "um",
    "und", "uns", "unser", "unsere", "vom", "von", "vor", "wann", "was", "wer", "wie", "will", "wir", "wo", "wollen",
    "zu", "zum", "zur", "the", "to", "my", "for", "want", "i", "a", "is", "how", "do",
];

/// The same in English.
const FILL_WORDS: &[&str] = &[
    "about", "am", "are", "at", "can", "could", "does", "from", "get", "got", "have", "it", "me", "must", "need",
    "new", "of", "on", "our", "own", "please", "there", "we", "what", "where", "with", "would", "your",
];

fn is_fill(wort: &str) -> bool {
    FUELLWORTE.contains(&wort) || FILL_WORDS.contains(&wort)
}

/// How well one folded word fits; `None` = not at all.
fn score(d: &Definition, wort: &str) -> Option<u32> {
    let titel = [d.titel.de.as_str(), d.titel.en.as_str(), d.titel.ls.as_str(), d.id.as_str()];
    let alle = || titel.iter().copied().chain(d.suchworte.iter().map(String::as_str));
    let stellen = [
        (8, titel.iter().any(|t| words(t).any(|w| w == wort))),
        (6, d.suchworte.iter().any(|t| words(t).any(|w| w == wort))),
        (5, alle().any(|t| words(t).any(|w| stem(&w) == stem(wort)))),
        (4, titel.iter().any(|t| words(t).any(|w| w.contains(wort)))),
        (3, d.suchworte.iter().any(|t| words(t).any(|w| w.contains(wort) || (w.len() > 4 && wort.contains(&w))))),
        (2, [&d.kurz.de, &d.kurz.en, &d.kurz.ls].iter().any(|t| words(t).any(|w| w.starts_with(wort)))),
        (1, alle().any(|t| words(t).any(|w| off_by_one(&w, wort)))),
    ];
    stellen.into_iter().find(|(_, passt)| *passt).map(|(punkte, _)| punkte)
}

/// The word without its ending: `anmelden` and `Anmeldung`, `park` and `parking` are the same question.
fn stem(wort: &str) -> &str {
    let enden = ["ungen", "ung", "ing", "en", "er", "es", "e", "n", "s"];
    enden.iter().find_map(|e| wort.strip_suffix(e).filter(|rest| rest.len() >= 4)).unwrap_or(wort)
}

/// Lower-case words with umlauts and sharp s written out.
fn words(text: &str) -> impl Iterator<Item = String> + use<> {
    fold(text)
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
        .map(str::to_owned)
        .collect::<Vec<_>>()
        .into_iter()
}

/// Folds for comparison: lower case, `ä` -> `ae`, `ß` -> `ss`, other accents dropped.
pub fn fold(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    let text: String = text.nfc().collect::<String>().to_lowercase();
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            'ä' => out.push_str("ae"),
            'ö' => out.push_str("oe"),
            'ü' => out.push_str("ue"),
            'ß' => out.push_str("ss"),
            c => out.extend(std::iter::once(c).nfd().filter(|c| !matches!(*c as u32, 0x300..=0x36F))),
        }
    }
    out
}

/// One letter changed, missing or too many, in words of five letters or more.
fn off_by_one(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let (kurz, lang) = if a.len() <= b.len() { (&a, &b) } else { (&b, &a) };
    if kurz.len() < 5 || lang.len() - kurz.len() > 1 {
        return false;
    }
    let vorn = kurz.iter().zip(lang).take_while(|(x, y)| x == y).count();
    let gleich_lang = kurz.len() == lang.len();
    if gleich_lang {
        vorn == kurz.len() || kurz[vorn + 1..] == lang[vorn + 1..]
    } else {
        kurz[vorn..] == lang[vorn + 1..]
    }
}

#[cfg(test)]
mod tests;
