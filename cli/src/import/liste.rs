//! Lists from elsewhere: CSV with `;` or `,`, in UTF-8 or as spreadsheets write it, each line judged for itself.
//!
//! A wrong line is named and the rest goes on; only a list without the needed columns is refused as a whole.

use super::datei::{self, Posten, glaubhaft};
use akte_core::auszug::schrift;
use akte_core::recht::datum_lesen;
use anyhow::{Context, bail, ensure};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::collections::HashMap;
use std::path::Path;

/// Longest list.
const BYTES: u64 = 256 << 20;

/// Which Akte a folder or file goes to.
#[derive(Clone, Debug)]
pub struct Regel {
    pub zeile: u64,
    pub aktenzeichen: String,
    pub titel: Option<String>,
    pub datum: Option<Timestamp>,
    /// Why the line cannot be used.
    pub fehler: Option<String>,
}

/// Paths and where they go.
pub struct Zuordnung(HashMap<String, Regel>);

impl Zuordnung {
    /// The rule with the longest path that is this one or lies above it.
    pub fn fuer(&self, pfad: &str) -> Option<&Regel> {
        let mut stueck = pfad;
        loop {
            if let Some(regel) = self.0.get(stueck) {
                return Some(regel);
            }
            match stueck.rsplit_once('/') {
                Some((oben, _)) => stueck = oben,
                None => return self.0.get("."),
            }
        }
    }
}

/// A mapping: columns `pfad` (`.` = everything) and `aktenzeichen`.
pub fn zuordnung(path: &Path, zone: &TimeZone, jetzt: Timestamp) -> anyhow::Result<Zuordnung> {
    let tafel = Tafel::lesen(path, &["pfad", "aktenzeichen"])?;
    let mut out: HashMap<String, Regel> = HashMap::new();
    for zeile in &tafel.zeilen {
        let pfad = zeile.wert("pfad").replace('\\', "/").trim_end_matches('/').to_owned();
        let datum = datum(zeile.wert("datum"), zone, jetzt);
        let fehler = datum.as_ref().err().cloned();
        let titel = Some(zeile.wert("titel").to_owned()).filter(|t| !t.is_empty());
        let regel = Regel {
            zeile: zeile.nr,
            aktenzeichen: zeile.wert("aktenzeichen").to_owned(),
            titel,
            datum: datum.ok().flatten(),
            fehler,
        };
        if let Some(erste) = out.get(&pfad) {
            let why = format!("{pfad} steht schon in Zeile {}", erste.zeile);
            bail!("{}, Zeile {}: {why}.", path.display(), zeile.nr);
        }
        out.insert(pfad, regel);
    }
    Ok(Zuordnung(out))
}

/// A list of files: column `datei`, and what else is known of each.
pub fn posten(path: &Path, wurzel: &Path, zone: &TimeZone, jetzt: Timestamp) -> anyhow::Result<Vec<Posten>> {
    let tafel = Tafel::lesen(path, &["datei"])?;
    let mut gesehen: HashMap<String, u64> = HashMap::new();
    let mut out = Vec::with_capacity(tafel.zeilen.len());
    for zeile in &tafel.zeilen {
        let pfad = zeile.wert("datei").replace('\\', "/").trim_start_matches("./").to_owned();
        let datum = datum(zeile.wert("datum"), zone, jetzt);
        let sha256 = zeile.wert("sha256").to_ascii_lowercase();
        let mut datei = match (&zeile.fehler, &datum) {
            (Some(why), _) => Err(why.clone()),
            (_, Err(why)) => Err(why.clone()),
            _ if !sha256.is_empty() && !ist_sha256(&sha256) => Err("sha256: 64 Zeichen, 0-9 und a-f.".into()),
            _ => datei::finden(wurzel, &pfad),
        };
        // A line that is no line says nothing about its file.
        match gesehen.get(&pfad) {
            _ if zeile.fehler.is_some() => {}
            Some(erste) => datei = Err(format!("Diese Datei steht schon in Zeile {erste}.")),
            None => drop(gesehen.insert(pfad.clone(), zeile.nr)),
        }
        let da = |text: &str| Some(text.to_owned()).filter(|t| !t.is_empty());
        out.push(Posten {
            zeile: zeile.nr,
            pfad,
            datei,
            aktenzeichen: da(zeile.wert("aktenzeichen")),
            titel: da(zeile.wert("titel")),
            datum: datum.ok().flatten(),
            sha256: da(&sha256),
        });
    }
    Ok(out)
}

fn ist_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// `2019-05-03`, `3.5.2019` or a moment with its zone; empty is none.
pub fn datum(text: &str, zone: &TimeZone, jetzt: Timestamp) -> Result<Option<Timestamp>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let falsch = || format!("datum: „{text}“ ist kein Datum. Schreiben Sie 2019-05-03 oder 3.5.2019.");
    let tag = datum_lesen(text).filter(|_| !text.contains('T'));
    let moment = match tag {
        Some(tag) => tag.to_zoned(zone.clone()).map_err(|_| falsch())?.timestamp(),
        None => text.parse().map_err(|_| falsch())?,
    };
    if !glaubhaft(moment, jetzt) {
        return Err(format!("datum: „{text}“ liegt vor 1950 oder in der Zukunft."));
    }
    Ok(Some(moment))
}

/// One line with its number in the file.
struct Zeile {
    nr: u64,
    werte: HashMap<String, String>,
    fehler: Option<String>,
}

impl Zeile {
    fn wert(&self, spalte: &str) -> &str {
        self.werte.get(spalte).map_or("", |w| w.trim())
    }
}

/// A CSV file with a head.
struct Tafel {
    zeilen: Vec<Zeile>,
}

impl Tafel {
    fn lesen(path: &Path, noetig: &[&str]) -> anyhow::Result<Self> {
        let wo = || path.display().to_string();
        ensure!(std::fs::metadata(path).with_context(wo)?.len() <= BYTES, "{}: größer als 256 MiB.", wo());
        let bytes = std::fs::read(path).with_context(wo)?;
        let text = schrift(&bytes);
        let kopf = text.lines().next().unwrap_or_default();
        let trenner = if kopf.matches(';').count() >= kopf.matches(',').count() { b';' } else { b',' };
        let mut leser =
            csv::ReaderBuilder::new().delimiter(trenner).flexible(true).has_headers(true).from_reader(text.as_bytes());
        let spalten: Vec<String> = leser.headers().with_context(wo)?.iter().map(|s| s.trim().to_lowercase()).collect();
        for name in noetig {
            let da = spalten.iter().any(|s| s == name);
            ensure!(
                da,
                "{}: Die Spalte „{name}“ fehlt. Die erste Zeile nennt die Spalten: {}.",
                wo(),
                noetig.join(";")
            );
        }
        let mut zeilen = Vec::new();
        let mut nummern = Nummern { text: text.as_bytes(), bis: 0, zeile: 1 };
        for satz in leser.records() {
            let satz = satz.with_context(wo)?;
            let nr = satz.position().map_or(0, |p| nummern.an(p.byte()));
            let passt = satz.len() == spalten.len();
            let fehler = (!passt).then(|| format!("{} Spalten statt {}.", satz.len(), spalten.len()));
            let werte = spalten.iter().cloned().zip(satz.iter().map(str::to_owned)).collect();
            zeilen.push(Zeile { nr, werte, fehler });
        }
        Ok(Self { zeilen })
    }
}

/// Numbers of lines as an editor shows them: a record may begin before the line feed of `\r\n` is counted.
struct Nummern<'a> {
    text: &'a [u8],
    bis: usize,
    zeile: u64,
}

impl Nummern<'_> {
    /// Asked in rising order.
    fn an(&mut self, byte: u64) -> u64 {
        let mut stelle = usize::try_from(byte).unwrap_or(usize::MAX).min(self.text.len());
        while self.text.get(stelle).is_some_and(|b| matches!(b, b'\r' | b'\n')) {
            stelle += 1;
        }
        self.zeile += self.text[self.bis.min(stelle)..stelle].iter().filter(|b| **b == b'\n').count() as u64;
        self.bis = self.bis.max(stelle);
        self.zeile
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_people_write_them_and_nonsense_is_named() {
        let zone = TimeZone::get("Europe/Berlin").expect("zone");
        let jetzt = "2026-11-29T00:00:00Z".parse().expect("time");
        let lies = |text: &str| datum(text, &zone, jetzt).map(|t| t.map(|t| t.to_string()));
        assert_eq!(lies(""), Ok(None));
        for text in ["2019-05-03", "03.05.2019", "3.5.2019"] {
            assert_eq!(lies(text), Ok(Some("2019-05-02T22:00:00Z".into())), "{text}");
        }
        assert_eq!(lies("2019-05-03T10:00:00+02:00"), Ok(Some("2019-05-03T08:00:00Z".into())));
        for text in ["31.02.2019", "gestern", "2019-13-01", "1.1.1066", "1.1.2099", "99.99.99999", "1.1.19"] {
            assert!(lies(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_longest_path_of_a_mapping_wins() {
        let dir = tempfile::tempdir().expect("dir");
        let path = dir.path().join("z.csv");
        std::fs::write(&path, "pfad;aktenzeichen\n.;A\nBau;B\nBau\\2019;C\n").expect("written");
        let jetzt = "2026-11-29T00:00:00Z".parse().expect("time");
        let z = zuordnung(&path, &TimeZone::UTC, jetzt).expect("read");
        let az = |pfad: &str| z.fuer(pfad).map(|r| r.aktenzeichen.clone()).expect("found");
        assert_eq!(az("Bau/2019/plan.pdf"), "C");
        assert_eq!(az("Bau/2020/plan.pdf"), "B");
        assert_eq!(az("Bauhof/plan.pdf"), "A");
        for ende in ["\n", "\r\n"] {
            let text = ["pfad;aktenzeichen", "Bau;B", "", "Bau/;C", ""].join(ende);
            std::fs::write(&path, text).expect("written");
            let said = zuordnung(&path, &TimeZone::UTC, jetzt).err().expect("refused").to_string();
            assert!(said.contains("Zeile 4") && said.contains("Zeile 2"), "{said}");
        }
    }
}
