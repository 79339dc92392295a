//! From a folder to a [`Definition`], or to errors with file and line.
//!
//! Adopts nothing and keeps nothing. Reading folders is for `akte leistung check` and for start-up;
//! running cases get their definition from `leistung.adopted.v1` by [`from_adopted`].

mod beispiele;
mod geruest;
mod regeln;
mod umfeld;
mod zustaende;

use super::definition::Definition;
use super::event::DefinitionDatei;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

pub use beispiele::{Beispiel, examples};
pub use geruest::geruest;
pub use umfeld::{Umfeld, check_umfeld};
pub use zustaende::zustaende;

include!(concat!(env!("OUT_DIR"), "/leistungen.rs"));

/// Largest file and most files of one folder: a definition is text written by people.
const MAX_BYTES: usize = 1 << 20;
const MAX_FILES: usize = 64;
const HAUPTDATEI: &str = "leistung.toml";

/// One thing wrong with a definition folder. `zeile` counts from 1.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{datei}:{zeile}: {text}")]
pub struct Fehler {
    pub datei: String,
    pub zeile: usize,
    pub text: String,
}

/// A file of a definition folder: path inside it with `/`, bytes.
pub type Datei = (String, Vec<u8>);

/// The definitions embedded in this build, checked, by id.
///
/// Errors: of the first folder that is faulty, its files named `<id>/leistung.toml`.
pub fn builtin() -> Result<Vec<Definition>, Vec<Fehler>> {
    let load = |(id, files): (&str, Vec<Datei>)| {
        load_files(files)
            .map_err(|v| v.into_iter().map(|f| Fehler { datei: format!("{id}/{}", f.datei), ..f }).collect())
    };
    builtin_files().into_iter().map(load).collect()
}

/// The embedded folders as files, by folder name.
pub fn builtin_files() -> Vec<(&'static str, Vec<Datei>)> {
    let owned = |(path, text): &(&str, &str)| (path.to_string(), text.as_bytes().to_vec());
    BUILTIN.iter().map(|(id, files)| (*id, files.iter().map(owned).collect())).collect()
}

/// Reads and checks one folder, examples included.
pub fn load_dir(path: &Path) -> Result<Definition, Vec<Fehler>> {
    load_files(read_dir(path)?)
}

/// The files of one folder, sorted by path; hidden ones are left out.
pub fn read_dir(path: &Path) -> Result<Vec<Datei>, Vec<Fehler>> {
    let mut out = Vec::new();
    collect(path, "", &mut out)?;
    out.sort();
    Ok(out)
}

fn collect(dir: &Path, prefix: &str, out: &mut Vec<Datei>) -> Result<(), Vec<Fehler>> {
    let wie = |e: std::io::Error| vec![fehler(prefix, 1, format!("Der Ordner lässt sich nicht lesen: {e}."))];
    for eintrag in std::fs::read_dir(dir).map_err(wie)? {
        let eintrag = eintrag.map_err(wie)?;
        let name = eintrag.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        let pfad = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
        if out.len() >= MAX_FILES || pfad.split('/').count() > 4 {
            return Err(vec![fehler(
                &pfad,
                1,
                format!("Der Ordner hat mehr als {MAX_FILES} Dateien oder ist zu tief."),
            )]);
        }
        let meta = eintrag.metadata().map_err(wie)?;
        if meta.is_dir() {
            collect(&eintrag.path(), &pfad, out)?;
        } else if meta.len() > MAX_BYTES as u64 {
            return Err(vec![fehler(&pfad, 1, format!("Die Datei ist größer als {MAX_BYTES} Bytes."))]);
        } else {
            out.push((pfad, std::fs::read(eintrag.path()).map_err(wie)?));
        }
    }
    Ok(())
}

/// Parses and checks a folder given as files: rules of the definition, then its examples.
pub fn load_files(dateien: Vec<Datei>) -> Result<Definition, Vec<Fehler>> {
    let texte = as_texts(&dateien)?;
    let quelle = texte
        .get(HAUPTDATEI)
        .ok_or_else(|| vec![fehler(HAUPTDATEI, 1, "Die Datei leistung.toml fehlt im Ordner.".into())])?;
    let mut def = parse(quelle).map_err(|f| vec![f])?;
    let befunde = regeln::check(&def, quelle);
    if !befunde.is_empty() {
        return Err(befunde);
    }
    def.sha256 = pinned_hash(&dateien);
    def.quelle = quelle.to_string();
    def.vorlage_typ = own_template(&def, &texte);
    regeln::note_unverified(&mut def);
    let befunde = beispiele::check(&def, &texte);
    if befunde.is_empty() { Ok(def) } else { Err(befunde) }
}

/// The definition as it was adopted. The rules of this build are not applied: a case runs to its
/// end by what was in force when it began.
///
/// Errors: a file does not have the bytes that were recorded, or the shape cannot be read.
pub fn from_adopted(dateien: &[DefinitionDatei]) -> Result<Definition, Vec<Fehler>> {
    let files: Vec<Datei> = dateien.iter().map(|d| (d.pfad.clone(), d.inhalt.as_bytes().to_vec())).collect();
    for (d, (_, bytes)) in dateien.iter().zip(&files) {
        if hex_sha256(bytes) != d.sha256 {
            let text = "Der Inhalt passt nicht zur aufgezeichneten Prüfsumme.".into();
            return Err(vec![fehler(&d.pfad, 1, text)]);
        }
    }
    let texte = as_texts(&files)?;
    let quelle = texte.get(HAUPTDATEI).ok_or_else(|| vec![fehler(HAUPTDATEI, 1, "Die Datei fehlt.".into())])?;
    let mut def = parse(quelle).map_err(|f| vec![f])?;
    def.sha256 = pinned_hash(&files);
    def.quelle = quelle.to_string();
    def.vorlage_typ = own_template(&def, &texte);
    regeln::note_unverified(&mut def);
    Ok(def)
}

fn own_template(def: &Definition, texte: &BTreeMap<&str, &str>) -> Option<String> {
    let name = format!("{}.typ", def.bescheid.as_ref()?.vorlage);
    texte.get(name.as_str()).map(|t| (*t).to_owned())
}

/// The files as `leistung.adopted.v1` carries them, sorted by path. Text only: [`load_files`]
/// has refused anything else.
pub fn as_adopted(dateien: &[Datei]) -> Vec<DefinitionDatei> {
    let mut out: Vec<DefinitionDatei> = dateien
        .iter()
        .map(|(pfad, bytes)| DefinitionDatei {
            pfad: pfad.clone(),
            sha256: hex_sha256(bytes),
            inhalt: String::from_utf8_lossy(bytes).into_owned(),
        })
        .collect();
    out.sort_by(|a, b| a.pfad.cmp(&b.pfad));
    out
}

/// Hex SHA-256 over the lines `<hex sha256>  <path>` LF, sorted by path in byte order. Anybody
/// recomputes it: `find * -type f | LC_ALL=C sort | xargs sha256sum | sha256sum`.
pub fn pinned_hash(dateien: &[Datei]) -> String {
    let sorted: BTreeMap<&str, &[u8]> = dateien.iter().map(|(p, b)| (p.as_str(), b.as_slice())).collect();
    let mut liste = String::new();
    for (pfad, bytes) in sorted {
        liste.push_str(&hex_sha256(bytes));
        liste.push_str("  ");
        liste.push_str(pfad);
        liste.push('\n');
    }
    hex_sha256(liste.as_bytes())
}

fn hex_sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut s, b| {
        let _ = write!(s, "{b:02x}");
        s
    })
}

fn as_texts(dateien: &[Datei]) -> Result<BTreeMap<&str, &str>, Vec<Fehler>> {
    let (mut out, mut errors) = (BTreeMap::new(), Vec::new());
    for (pfad, bytes) in dateien {
        let ordentlich = pfad.chars().all(|c| c.is_ascii_alphanumeric() || "._-/".contains(c))
            && !pfad.split('/').any(|t| t.is_empty() || t.starts_with('.'));
        if !ordentlich {
            errors.push(fehler(pfad, 1, "Dateinamen bestehen aus a-z, 0-9, Punkt, Binde- und Unterstrich.".into()));
        }
        match std::str::from_utf8(bytes) {
            Ok(t) if bytes.len() <= MAX_BYTES => {
                if out.insert(pfad.as_str(), t).is_some() {
                    errors.push(fehler(pfad, 1, "Die Datei kommt zweimal vor.".into()));
                }
            }
            Ok(_) => errors.push(fehler(pfad, 1, format!("Die Datei ist größer als {MAX_BYTES} Bytes."))),
            Err(e) => {
                let zeile = line_at(bytes, e.valid_up_to());
                errors.push(fehler(pfad, zeile, "Die Datei ist kein Text in UTF-8.".into()));
            }
        }
    }
    if errors.is_empty() { Ok(out) } else { Err(errors) }
}

fn parse(quelle: &str) -> Result<Definition, Fehler> {
    toml::from_str(quelle).map_err(|e| toml_error(HAUPTDATEI, quelle, &e))
}

/// A TOML error with the line of its span.
fn toml_error(datei: &str, quelle: &str, e: &toml::de::Error) -> Fehler {
    let zeile = e.span().map_or(1, |s| line_at(quelle.as_bytes(), s.start));
    fehler(datei, zeile, format!("So lässt sich die Datei nicht lesen: {}", e.message().replace('\n', " ")))
}

fn line_at(bytes: &[u8], at: usize) -> usize {
    1 + bytes[..at.min(bytes.len())].iter().filter(|b| **b == b'\n').count()
}

fn fehler(datei: &str, zeile: usize, text: String) -> Fehler {
    Fehler { datei: datei.to_owned(), zeile, text }
}

#[cfg(test)]
mod tests;
