//! The report of an import: one line per file, with its result and the reason where there is one.
//!
//! Holds file names and is readable by its owner only.

use anyhow::Context;
use std::fmt;
use std::io::Write;
use std::path::Path;
use uuid::Uuid;

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stand {
    Uebernommen,
    Vorhanden,
    /// Dry run: it would be taken.
    Moeglich,
    Abgelehnt,
    /// The import was broken off before its turn.
    Offen,
}

impl Stand {
    fn wort(self) -> &'static str {
        match self {
            Self::Uebernommen => "übernommen",
            Self::Vorhanden => "schon vorhanden",
            Self::Moeglich => "würde übernommen",
            Self::Abgelehnt => "abgelehnt",
            Self::Offen => "nicht bearbeitet",
        }
    }
}

/// One line of the report.
#[derive(Clone, Debug)]
pub struct Befund {
    pub zeile: u64,
    pub pfad: String,
    pub aktenzeichen: String,
    pub stand: Stand,
    pub grund: String,
    pub sha256: String,
    pub dokument: Option<Uuid>,
}

/// How many of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Zahlen {
    pub uebernommen: usize,
    pub vorhanden: usize,
    pub moeglich: usize,
    pub abgelehnt: usize,
}

impl Zahlen {
    pub fn von(befunde: &[Befund]) -> Self {
        let zahl = |stand| befunde.iter().filter(|b| b.stand == stand).count();
        Self {
            uebernommen: zahl(Stand::Uebernommen),
            vorhanden: zahl(Stand::Vorhanden),
            moeglich: zahl(Stand::Moeglich),
            abgelehnt: zahl(Stand::Abgelehnt),
        }
    }
}

impl fmt::Display for Zahlen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.moeglich > 0 {
            write!(f, "Probe: {} würden übernommen, ", self.moeglich)?;
        } else {
            write!(f, "{} übernommen, ", self.uebernommen)?;
        }
        write!(f, "{} schon vorhanden, {} abgelehnt.", self.vorhanden, self.abgelehnt)
    }
}

/// Writes the report beside its place and puts it there whole.
pub fn schreiben(path: &Path, befunde: &[Befund]) -> anyhow::Result<()> {
    let wo = || format!("Bericht {}", path.display());
    let mut out = csv::WriterBuilder::new().delimiter(b';').from_writer(Vec::new());
    out.write_record(["zeile", "datei", "aktenzeichen", "ergebnis", "grund", "sha256", "dokument"]).with_context(wo)?;
    for b in befunde {
        let dokument = b.dokument.map(|d| d.to_string()).unwrap_or_default();
        let zeile = b.zeile.to_string();
        let felder = [&zeile, &b.pfad, &b.aktenzeichen, b.stand.wort(), &b.grund, &b.sha256, &dokument];
        out.write_record(felder.map(zelle)).with_context(wo)?;
    }
    let bytes = out.into_inner().map_err(|e| anyhow::anyhow!("{e}"))?;
    let mut neben = path.as_os_str().to_owned();
    neben.push(".neu");
    // Left over from a run that was killed.
    let _ = std::fs::remove_file(&neben);
    akte_projections::private_file(Path::new(&neben)).with_context(wo)?;
    let mut datei = std::fs::File::options().write(true).truncate(true).open(&neben).with_context(wo)?;
    // Spreadsheets take a file without its mark for another encoding.
    datei.write_all("\u{feff}".as_bytes()).and_then(|()| datei.write_all(&bytes)).with_context(wo)?;
    datei.sync_all().with_context(wo)?;
    std::fs::rename(&neben, path).with_context(wo)
}

/// A file name must not become a formula where the report is opened.
fn zelle(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t']) { format!("'{text}") } else { text.to_owned() }
}
