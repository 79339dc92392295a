//! A plan as a table (CSV): `kennung;titel;jahre;bewertung`, as spreadsheets write it.
//!
//! Names line and column of every fault; guesses nothing.

use super::{PlanError, Zeile, pruefen};
use crate::akte::event::{Bewertung, Position};
use jiff::civil::Date;

/// Columns of the table, in this order when written; read in any.
const SPALTEN: [&str; 4] = ["kennung", "titel", "jahre", "bewertung"];

/// Most positions of one plan.
pub(super) const MAX: usize = 20_000;

/// The plan as CSV with semicolons and a byte order mark, so that a spreadsheet opens it as it is.
pub fn schreiben<'a>(positionen: impl IntoIterator<Item = &'a Position>) -> Result<Vec<u8>, PlanError> {
    let mut w = csv::WriterBuilder::new()
        .delimiter(b';')
        .terminator(csv::Terminator::CRLF)
        .from_writer(b"\xef\xbb\xbf".to_vec());
    let fault = |e: csv::Error| PlanError::Tabelle { zeile: 0, grund: e.to_string() };
    w.write_record(SPALTEN).map_err(fault)?;
    for p in positionen {
        let jahre = p.aufbewahrung_jahre.map_or("dauernd".to_owned(), |n| n.to_string());
        w.write_record([&p.kennung, &p.titel, &jahre, wort(p.bewertung)]).map_err(fault)?;
    }
    w.into_inner().map_err(|e| PlanError::Tabelle { zeile: 0, grund: e.to_string() })
}

fn wort(b: Bewertung) -> &'static str {
    match b {
        Bewertung::A => "A",
        Bewertung::B => "B",
        Bewertung::V => "V",
    }
}

/// Reads the table; the plan holds from `valid_from`.
pub fn lesen(bytes: &[u8], valid_from: Date) -> Result<Vec<Position>, PlanError> {
    let text = std::str::from_utf8(bytes).map_err(|e| {
        let zeile = 1 + bytes[..e.valid_up_to()].iter().filter(|b| **b == b'\n').count();
        PlanError::Tabelle { zeile, grund: "kein UTF-8. Speichern Sie die Tabelle als „CSV UTF-8“".into() }
    })?;
    let text = text.trim_start_matches('\u{feff}');
    let kopf = text.lines().next().unwrap_or_default();
    let trenner = if kopf.contains(';') {
        b';'
    } else if kopf.contains('\t') {
        b'\t'
    } else {
        b','
    };
    let mut r = csv::ReaderBuilder::new().delimiter(trenner).trim(csv::Trim::All).from_reader(text.as_bytes());
    let spalten = spalten(r.headers().map_err(|e| fault(1, e))?)?;
    let mut zeilen = Vec::new();
    for satz in r.records() {
        let satz = satz.map_err(|e| {
            let zeile = e.position().map_or(0, csv::Position::line);
            fault(usize::try_from(zeile).unwrap_or(0), e)
        })?;
        if zeilen.len() == MAX {
            return Err(PlanError::Tabelle { zeile: MAX + 2, grund: format!("mehr als {MAX} Positionen") });
        }
        let zeile = satz.position().map_or(0, csv::Position::line);
        zeilen.push(
            eine(&satz, &spalten)
                .map_err(|grund| PlanError::Tabelle { zeile: usize::try_from(zeile).unwrap_or(0), grund })?,
        );
    }
    pruefen(zeilen, valid_from)
}

fn fault(zeile: usize, e: csv::Error) -> PlanError {
    let grund = match e.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!(
                "{len} Spalten statt {expected_len}. Steht ein Trennzeichen im Titel, setzen Sie ihn in Anführungszeichen"
            )
        }
        _ => e.to_string(),
    };
    PlanError::Tabelle { zeile, grund }
}

/// Where each column stands.
fn spalten(kopf: &csv::StringRecord) -> Result<[usize; 4], PlanError> {
    let mut out = [0; 4];
    for (i, name) in SPALTEN.iter().enumerate() {
        let found = kopf.iter().position(|k| k.eq_ignore_ascii_case(name));
        out[i] = found.ok_or_else(|| PlanError::Tabelle {
            zeile: 1,
            grund: format!("die Spalte „{name}“ fehlt. Die erste Zeile heißt: {}", SPALTEN.join(";")),
        })?;
    }
    Ok(out)
}

fn eine(satz: &csv::StringRecord, spalten: &[usize; 4]) -> Result<Zeile, String> {
    let feld = |i: usize| satz.get(spalten[i]).unwrap_or_default();
    let (jahre, dauernd) = match feld(2) {
        "dauernd" => (None, true),
        text => {
            let jahre = text.parse().map_err(|_| format!("jahre: {text:?} ist weder eine Zahl noch „dauernd“"))?;
            (Some(jahre), false)
        }
    };
    let bewertung = match feld(3) {
        "A" => Bewertung::A,
        "B" => Bewertung::B,
        "V" => Bewertung::V,
        text => return Err(format!("bewertung: {text:?} ist nicht A, B oder V")),
    };
    Ok(Zeile { kennung: feld(0).to_owned(), titel: feld(1).to_owned(), jahre, dauernd, bewertung })
}
