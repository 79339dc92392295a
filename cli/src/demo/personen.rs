//! Invented people for the demo town: names and addresses that fit nobody in particular.

use std::collections::BTreeMap;

const VORNAMEN: &[&str] = &[
    "Anke", "Birte", "Cem", "Dörte", "Elif", "Frauke", "Gesa", "Hinnerk", "Ilona", "Jörg", "Kerstin", "Lars", "Meike",
    "Nils", "Okko", "Petra", "Rieke", "Sönke", "Tjark", "Ute", "Volker", "Wiebke", "Yasmin", "Zeynep", "Malte", "Svea",
];
const NAMEN: &[&str] = &[
    "Ahlers",
    "Brodersen",
    "Clausen",
    "Dethlefsen",
    "Ehlers",
    "Friedrichsen",
    "Gätjens",
    "Hinrichs",
    "Ivers",
    "Jürgensen",
    "Kröger",
    "Lüders",
    "Mohr",
    "Nissen",
    "Oldsen",
    "Paulsen",
    "Reimers",
    "Schröder",
    "Thießen",
    "Voß",
    "Wulff",
    "Yıldız",
];
const STRASSEN: &[&str] = &[
    "Am Deich",
    "Birkenallee",
    "Große Twiete",
    "Hafenstraße",
    "Lindenweg",
    "Marktstraße",
    "Mühlenweg",
    "Tornescher Weg",
];

/// The n-th person; the same n gives the same person in every run.
#[derive(Clone, Debug)]
pub struct Person {
    pub vorname: &'static str,
    pub name: &'static str,
    pub strasse: &'static str,
    pub hausnummer: String,
    pub geburtsdatum: String,
}

pub fn person(n: usize) -> Person {
    Person {
        vorname: VORNAMEN[(n * 7 + n / 26) % VORNAMEN.len()],
        name: NAMEN[(n * 5 + n / 22) % NAMEN.len()],
        strasse: STRASSEN[(n * 3) % STRASSEN.len()],
        hausnummer: (1 + (n * 11) % 97).to_string(),
        geburtsdatum: format!("{:02}.{:02}.{}", 1 + n % 28, 1 + (n / 3) % 12, 1950 + (n * 13) % 54),
    }
}

/// Puts the person into the fields an example already has; other fields stay as they are.
pub fn into_fields(p: &Person, felder: &mut BTreeMap<String, Vec<String>>) {
    let values = [
        ("name", p.name.to_owned()),
        ("vornamen", p.vorname.to_owned()),
        ("geburtsdatum", p.geburtsdatum.clone()),
        ("strasse", p.strasse.to_owned()),
        ("hausnummer", p.hausnummer.clone()),
    ];
    for (id, value) in values {
        if let Some(slot) = felder.get_mut(id) {
            *slot = vec![value];
        }
    }
}
