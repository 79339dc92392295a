//! The table of contents of a package, `inhalt.json`: every file, every event with what it shows and hides.
//!
//! Says nothing a reader must believe: `paket.mjs` compares each line with the files and their proofs.

use super::bau::{Beleg, Schwaerzung, Strom};
use crate::paket::Datei;
use akte_core::documents::DokumentWert;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// `form` of a package.
pub const FORM: &str = "aktenkette-paket/v1";
/// Its own name, and that of its check sum.
pub const NAME: &str = "inhalt.json";
pub const SUMME: &str = "inhalt.sha256";

/// What a package is for; decides what may be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Art {
    /// Everything there is, for a court or an auditor.
    Beweis,
    /// What a party may see (§ 29 VwVfG), the rest withheld with its ground.
    Akteneinsicht,
}

impl Art {
    pub fn code(self) -> &'static str {
        match self {
            Art::Beweis => "beweis",
            Art::Akteneinsicht => "akteneinsicht",
        }
    }

    pub fn titel(self) -> &'static str {
        match self {
            Art::Beweis => "Beweispaket",
            Art::Akteneinsicht => "Akteneinsicht",
        }
    }
}

/// A document as the package holds it, or why it does not.
pub struct Dokument {
    pub wert: DokumentWert,
    pub name: String,
    /// Where it lies in the package.
    pub datei: Option<String>,
    /// Why it is not there.
    pub fehlt: &'static str,
    /// Which event first names it.
    pub stelle: u64,
}

/// What of a package the table of contents names beside its files.
pub struct Angaben<'a> {
    pub art: Art,
    pub aktenzeichen: Option<&'a str>,
    pub erstellt: String,
    pub protokoll: &'a str,
    pub stroeme: &'a [Strom],
    pub schwaerzung: &'a Schwaerzung,
    pub dokumente: &'a [Dokument],
    /// File with the erasures that explain what is missing.
    pub loeschungen: Option<&'a str>,
}

/// The bytes of `inhalt.json` and of `inhalt.sha256`.
pub fn schreiben(a: &Angaben<'_>, dateien: &[Datei]) -> [Datei; 2] {
    let datei = |d: &Datei| json!({ "pfad": d.name, "bytes": d.inhalt.len(), "sha256": sha256(&d.inhalt) });
    let inhalt = json!({
        "form": FORM, "art": a.art.code(), "aktenzeichen": a.aktenzeichen, "erstellt": a.erstellt,
        "protokoll": a.protokoll, "loeschungen": a.loeschungen,
        "stroeme": a.stroeme.iter().map(|s| strom(s, a.schwaerzung)).collect::<Vec<_>>(),
        "dokumente": a.dokumente.iter().map(dokument).collect::<Vec<_>>(),
        "dateien": dateien.iter().map(datei).collect::<Vec<_>>(),
    });
    let bytes = format!("{inhalt:#}\n").into_bytes();
    let summe = format!("{}\n", sha256(&bytes)).into_bytes();
    [Datei { name: NAME.into(), inhalt: bytes }, Datei { name: SUMME.into(), inhalt: summe }]
}

fn strom(s: &Strom, schwaerzung: &Schwaerzung) -> Value {
    let angabe = |b: &Beleg| {
        let mut v = json!({
            "nummer": b.seq, "stelle": b.index, "art": b.wire, "zeit": b.at.to_string(), "offen": b.offen,
        });
        if !b.fehlend.is_empty() {
            v["geloescht"] = json!(b.fehlend);
        }
        if let Some(gruende) = schwaerzung.zu(s.id, b.seq) {
            v["geschwaerzt"] = json!(gruende);
        }
        v
    };
    json!({
        "strom": s.id, "bezeichnung": s.bezeichnung, "ereignisse": s.datei("ereignisse"), "anzahl": s.belege.len(),
        "vollstaendigkeit": s.vollstaendigkeit.as_ref().map(|_| s.datei("vollstaendigkeit")),
        "angaben": s.belege.iter().map(angabe).collect::<Vec<_>>(),
    })
}

fn dokument(d: &Dokument) -> Value {
    json!({
        "datei": d.datei, "name": d.name, "digest": d.wert.digest, "bytes": d.wert.len, "media": d.wert.media,
        "fehlt": d.fehlt, "stelle": d.stelle,
    })
}

/// Hex.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}
