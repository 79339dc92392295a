//! The form of a Laufweg without script: numbered rows of kind and parties, more rows by a button.
//!
//! Judges no route: what is wrong with it says the room.

use crate::formular::Formular;
use akte_core::geschaeftsgang::laufweg::HOECHSTENS;
use akte_core::geschaeftsgang::{Schritt, Schrittart};
use uuid::Uuid;

/// Rows of an empty form, and how many a button adds.
const ZEILEN: usize = 4;

/// One row: number, kinds and people to choose from.
pub struct Reihe {
    pub nr: usize,
    pub arten: Vec<(&'static str, &'static str, bool)>,
    pub wahl: Vec<(Uuid, String, bool)>,
}

/// Rows for these steps, with room for more.
pub fn aus_laufweg(schritte: &[Schritt], kandidaten: &[(Uuid, String)]) -> Vec<Reihe> {
    let zeilen = (schritte.len() + 2).clamp(ZEILEN, HOECHSTENS);
    (0..zeilen)
        .map(|i| {
            let s = schritte.get(i);
            reihe(i + 1, s.map(|s| s.art.code()).unwrap_or_default(), s.map_or(&[][..], |s| &s.an), kandidaten)
        })
        .collect()
}

/// The rows as they were typed; `mehr` adds some.
pub fn aus_formular(f: &Formular, kandidaten: &[(Uuid, String)]) -> Vec<Reihe> {
    let mehr = if f.get("mehr").is_empty() { 0 } else { ZEILEN };
    let zeilen = (gezaehlt(f).max(ZEILEN) + mehr).min(HOECHSTENS);
    (1..=zeilen).map(|nr| reihe(nr, f.get(&format!("art-{nr}")), &personen(f, nr), kandidaten)).collect()
}

/// The rows that say something, or which row says too little.
pub fn lesen(f: &Formular) -> Result<Vec<Schritt>, String> {
    let mut out = Vec::new();
    for nr in 1..=gezaehlt(f) {
        let (code, an) = (f.get(&format!("art-{nr}")).to_owned(), personen(f, nr));
        match (Schrittart::lesen(&code), an.is_empty()) {
            (Some(art), _) => out.push(Schritt { art, an }),
            (None, true) if code.is_empty() => {}
            _ => return Err(format!("Zeile {nr}: Wählen Sie, was die Personen tun sollen (zum Beispiel Mz.).")),
        }
    }
    Ok(out)
}

fn gezaehlt(f: &Formular) -> usize {
    let nummern = f.0.iter().filter_map(|(k, _)| k.strip_prefix("art-").or_else(|| k.strip_prefix("an-")));
    nummern.filter_map(|n| n.parse::<usize>().ok()).filter(|n| *n <= HOECHSTENS).max().unwrap_or(0)
}

fn personen(f: &Formular, nr: usize) -> Vec<Uuid> {
    f.all(&format!("an-{nr}")).filter_map(|k| k.parse().ok()).collect()
}

fn reihe(nr: usize, art: &str, an: &[Uuid], kandidaten: &[(Uuid, String)]) -> Reihe {
    Reihe {
        nr,
        arten: Schrittart::ALLE.iter().map(|a| (a.code(), a.wort(), a.code() == art)).collect(),
        wahl: kandidaten.iter().map(|(k, n)| (*k, n.clone(), an.contains(k))).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_left_empty_are_no_steps_and_people_without_a_kind_are_pointed_out() {
        let k = Uuid::from_bytes([7; 16]).to_string();
        let f =
            |paare: &[(&str, &str)]| Formular(paare.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect());
        let gut = lesen(&f(&[("art-1", ""), ("art-2", "mz"), ("an-2", &k), ("art-3", "")])).unwrap();
        assert_eq!(gut.len(), 1);
        assert!(lesen(&f(&[("art-1", ""), ("an-1", &k)])).unwrap_err().contains("Zeile 1"));
        assert_eq!(aus_formular(&f(&[("art-6", "mz"), ("mehr", "1")]), &[]).len(), 10);
    }
}
