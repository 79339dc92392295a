//! What no service may ask for: photographs, fingerprints, numbers and codes whose storage law forbids.
//!
//! The list is data beside this file. A choice or a date cannot hold such a thing, so only free fields
//! and documents are looked at; that a step says "photo is there" is a fact and allowed.

use super::Pruefer;
use crate::verfahren::definition::{Feldtyp, Text};
use crate::verfahren::katalog::fold;
use serde::Deserialize;
use std::sync::LazyLock;

/// From this length on a word is also looked for inside compounds, which German makes freely.
const KOMPOSITUM: usize = 7;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Liste {
    verbot: Vec<Verbot>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Verbot {
    was: String,
    woerter: Vec<String>,
    erlaubt: Vec<String>,
    grund: String,
    statt: String,
}

static LISTE: LazyLock<Result<Vec<Verbot>, String>> = LazyLock::new(|| {
    let liste = toml::from_str::<Liste>(include_str!("verboten.toml"));
    liste.map(|l| l.verbot).map_err(|e| e.to_string())
});

pub(super) fn check(p: &mut Pruefer) {
    let liste = match &*LISTE {
        Ok(liste) => liste,
        Err(e) => return p.at_key("felder", format!("Die Liste verbotener Angaben ist nicht lesbar: {e}")),
    };
    let d = p.def;
    let frei = |t: Feldtyp| matches!(t, Feldtyp::Text | Feldtyp::Mehrzeilig | Feldtyp::Zahl);
    let felder = d.felder.iter().filter(|f| frei(f.typ)).map(|f| ("felder", f.id.as_str(), &f.label));
    let unterlagen = d.unterlagen.iter().map(|u| ("unterlagen", u.id.as_str(), &u.label));
    let alle: Vec<(&str, &str, &Text)> = felder.chain(unterlagen).collect();
    for (abschnitt, id, label) in alle {
        if let Some(v) = liste.iter().find(|v| v.trifft(id, label)) {
            let text =
                format!("„{id}“ verlangt {}. Das darf nicht gespeichert werden ({}) {}", v.was, v.grund, v.statt);
            p.at_entry(abschnitt, id, "", text);
        }
    }
}

impl Verbot {
    fn trifft(&self, id: &str, label: &Text) -> bool {
        [id, &label.de, &label.en, &label.ls].iter().any(|t| self.steht_in(t))
    }

    fn steht_in(&self, text: &str) -> bool {
        let gefaltet = fold(text);
        let woerter: Vec<&str> = gefaltet.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
        let mut satz = format!(" {} ", woerter.join(" "));
        for e in &self.erlaubt {
            satz = satz.replace(&format!(" {e} "), " ");
        }
        self.woerter.iter().any(|w| match w.len() >= KOMPOSITUM {
            true => satz.contains(w.as_str()),
            false => satz.contains(&format!(" {w} ")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::folder;
    use super::super::super::{Datei, Fehler, load_files};
    use super::LISTE;

    /// The identity card service with one more field or document.
    fn mit(zusatz: &str) -> Result<(), Vec<Fehler>> {
        let mut files: Vec<Datei> = folder("personalausweis");
        let (_, bytes) = files.iter_mut().find(|(p, _)| p == "leistung.toml").expect("the definition");
        bytes.extend_from_slice(zusatz.as_bytes());
        load_files(files).map(drop)
    }

    fn feld(id: &str, label: &str, typ: &str) -> String {
        format!(
            "\n[[felder]]\nid = \"{id}\"\ngruppe = \"ausweis\"\nlabel.de = \"{label}\"\ntyp = \"{typ}\"\npflicht_wenn = \"falsch\"\nschutz = \"besonders\"\n"
        )
    }

    fn unterlage(id: &str, label: &str) -> String {
        format!("\n[[unterlagen]]\nid = \"{id}\"\nlabel.de = \"{label}\"\npflicht_wenn = \"falsch\"\n")
    }

    #[test]
    fn photo_fingerprint_signature_serial_number_and_codes_are_refused_by_name_and_by_label() {
        for (zusatz, norm) in [
            (unterlage("lichtbild", "Bild"), "§ 26 PAuswG"),
            (unterlage("bild", "Biometrisches Passfoto"), "§ 26 PAuswG"),
            (unterlage("anlage", "Foto der Person"), "§ 26 PAuswG"),
            (feld("fingerabdruck_links", "Finger", "text"), "§ 26 PAuswG"),
            (feld("f1", "Fingerabdrücke als Text", "mehrzeilig"), "§ 26 PAuswG"),
            (unterlage("unterschriftsbild", "Unterschrift"), "§ 26 PAuswG"),
            (feld("alt", "Seriennummer des alten Ausweises", "text"), "§ 20 Abs. 3 PAuswG"),
            (feld("personalausweisnummer", "Nummer", "zahl"), "§ 20 Abs. 3 PAuswG"),
            (feld("geheim", "PIN des Ausweises", "zahl"), "§ 27 PAuswG"),
            (feld("zb1_sicherheitscode", "Code", "text"), "FZV"),
            (feld("zb2", "Sicherheitscode der ZB II", "text"), "FZV"),
        ] {
            let fehler = mit(&zusatz).expect_err(&zusatz);
            assert!(fehler.iter().any(|f| f.text.contains(norm) && f.zeile > 1), "{zusatz}: {fehler:?}");
        }
    }

    #[test]
    fn a_fact_about_a_photo_and_a_picture_of_a_pothole_are_allowed() {
        for zusatz in [unterlage("bild_der_stelle", "Foto der Stelle"), feld("spinne", "Wie heißt das Tier?", "text")]
        {
            mit(&zusatz).unwrap_or_else(|e| panic!("{zusatz}: {e:?}"));
        }
    }

    #[test]
    fn the_list_is_readable_and_each_entry_says_why_and_what_instead() {
        let liste = LISTE.as_ref().expect("readable");
        assert!(liste.len() >= 6);
        assert!(liste.iter().all(|v| !v.woerter.is_empty() && !v.grund.is_empty() && !v.statt.is_empty()));
    }
}
