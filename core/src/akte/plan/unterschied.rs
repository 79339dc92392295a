//! What tells two plans apart, position by position.
//!
//! Compares what a plan says, not since when.

use crate::akte::event::{Bewertung, Position};
use std::collections::BTreeMap;

/// Years of retention (`None` = permanent) and appraisal.
pub type Regel = (Option<u16>, Bewertung);

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Abweichung {
    Neu(Position),
    Weg(Position),
    Titel { kennung: String, alt: String, neu: String },
    Regel { kennung: String, alt: Regel, neu: Regel },
}

impl Abweichung {
    pub fn kennung(&self) -> &str {
        match self {
            Abweichung::Neu(p) | Abweichung::Weg(p) => &p.kennung,
            Abweichung::Titel { kennung, .. } | Abweichung::Regel { kennung, .. } => kennung,
        }
    }

    /// In words, without the kennung.
    pub fn satz(&self) -> String {
        match self {
            Abweichung::Neu(p) => {
                format!("neu: „{}“, {}", p.titel, regel((p.aufbewahrung_jahre, p.bewertung)))
            }
            Abweichung::Weg(p) => format!("geschlossen: „{}“", p.titel),
            Abweichung::Titel { alt, neu, .. } => format!("„{alt}“ heißt jetzt „{neu}“"),
            Abweichung::Regel { alt, neu, .. } => format!("{}, vorher {}", regel(*neu), regel(*alt)),
        }
    }
}

/// Retention and appraisal in words.
pub fn regel((jahre, bewertung): Regel) -> String {
    let dauer = match jahre {
        None => "dauernd".to_owned(),
        Some(1) => "1 Jahr".to_owned(),
        Some(n) => format!("{n} Jahre"),
    };
    let bewertung = match bewertung {
        Bewertung::A => "archivwürdig",
        Bewertung::B => "vom Archiv zu bewerten",
        Bewertung::V => "zu vernichten",
    };
    format!("{dauer}, {bewertung}")
}

/// By kennung; a position with another title and other rules has two differences.
pub fn unterschied(alt: &BTreeMap<String, Position>, neu: &BTreeMap<String, Position>) -> Vec<Abweichung> {
    let mut alle: Vec<&String> = alt.keys().chain(neu.keys()).collect();
    alle.sort();
    alle.dedup();
    alle.into_iter().flat_map(|k| eine(alt.get(k), neu.get(k))).collect()
}

fn eine(alt: Option<&Position>, neu: Option<&Position>) -> Vec<Abweichung> {
    let (a, n) = match (alt, neu) {
        (None, Some(n)) => return vec![Abweichung::Neu(n.clone())],
        (Some(a), None) => return vec![Abweichung::Weg(a.clone())],
        (Some(a), Some(n)) => (a, n),
        (None, None) => return vec![],
    };
    let kennung = || a.kennung.clone();
    let mut out = Vec::new();
    if a.titel != n.titel {
        out.push(Abweichung::Titel { kennung: kennung(), alt: a.titel.clone(), neu: n.titel.clone() });
    }
    let regel = |p: &Position| (p.aufbewahrung_jahre, p.bewertung);
    if regel(a) != regel(n) {
        out.push(Abweichung::Regel { kennung: kennung(), alt: regel(a), neu: regel(n) });
    }
    out
}
