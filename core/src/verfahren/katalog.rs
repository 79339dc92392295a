//! All adopted definitions: the newest for new cases, every older one for the cases that run on it.
//!
//! Reads nothing and adopts nothing by itself; `execute` fills it from `leistung.adopted.v1`.

use super::definition::Definition;
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::sync::Arc;

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
        let gefragt: Vec<String> = words(worte).filter(|w| !FUELLWORTE.contains(&w.as_str())).collect();
        let mut treffer: Vec<(u32, Arc<Definition>)> = self
            .all()
            .into_iter()
            .filter_map(|d| {
                let summe: Option<u32> = gefragt.iter().map(|w| score(&d, w)).sum();
                summe.map(|s| (s, d))
            })
            .collect();
        treffer.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.id.cmp(&b.1.id)));
        treffer.into_iter().map(|(_, d)| d).collect()
    }
}

/// Words of a question that say nothing about the service asked for.
const FUELLWORTE: &[&str] = &[
    "auf", "bei", "brauche", "das", "dem", "den", "der", "die", "ein", "eine", "einen", "fuer", "ich", "im", "in",
    "kann", "mein", "meine", "meinen", "mich", "moechte", "muss", "nach", "und", "von", "will", "wie", "wo", "zu",
    "zum", "the", "to", "my", "for", "want",
];

/// How well one folded word fits; `None` = not at all.
fn score(d: &Definition, wort: &str) -> Option<u32> {
    let titel = [d.titel.de.as_str(), d.titel.en.as_str(), d.id.as_str()];
    let alle = || titel.iter().copied().chain(d.suchworte.iter().map(String::as_str));
    let stellen = [
        (8, titel.iter().any(|t| words(t).any(|w| w == wort))),
        (6, d.suchworte.iter().any(|t| words(t).any(|w| w == wort))),
        (5, alle().any(|t| words(t).any(|w| stem(&w) == stem(wort)))),
        (4, titel.iter().any(|t| words(t).any(|w| w.contains(wort)))),
        (3, d.suchworte.iter().any(|t| words(t).any(|w| w.contains(wort) || (w.len() > 4 && wort.contains(&w))))),
        (2, [&d.kurz.de, &d.kurz.en].iter().any(|t| words(t).any(|w| w.starts_with(wort)))),
        (1, alle().any(|t| words(t).any(|w| off_by_one(&w, wort)))),
    ];
    stellen.into_iter().find(|(_, passt)| *passt).map(|(punkte, _)| punkte)
}

/// The word without its ending: `anmelden` and `Anmeldung` are the same question.
fn stem(wort: &str) -> &str {
    let enden = ["ungen", "ung", "en", "er", "es", "e", "n", "s"];
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
