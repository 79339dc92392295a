//! Law as versioned data, and the pure functions that compute with it.
//!
//! Knows no room, no clock and no disk. What the town's legal office has not confirmed carries
//! `verified = false`, and every page that shows a computed date says so.
//!
//! The data lie in `core/recht/*.toml`; [`dateien`] lists them in one place.

mod aussonderung;
mod bekanntgabe;
mod dateien;
mod empfaenger;
mod frist;
mod gebuehr;
mod geld;
mod kalender;
mod lauf;
mod proben;
mod rechtsbehelf;
mod regel;
mod stunden;
mod tafeln;
mod verwaltung;
mod worte;

#[cfg(test)]
mod tests;

pub use aussonderung::{Vernichtungsgrund, Versagung};
pub use bekanntgabe::{Abruf, Bekanntgabe, BekanntgabeArt, Lesart};
pub use empfaenger::Empfaenger;
pub use frist::{Dauer, Verschiebung};
pub use gebuehr::GebuehrZeile;
pub use geld::{cent_zu_text, cent_zu_wert, parse_cent};
pub use kalender::Feiertag;
pub use lauf::{Lauf, Um};
pub use rechtsbehelf::{Rechtsbehelfsfrist, Wiedereinsetzung};
pub use regel::{Hemmungsgrund, Params};
pub use stunden::Stundenfrist;
pub(crate) use worte::toml_date;
pub use worte::{datum_deutsch, datum_lesen};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::sync::{Arc, LazyLock};
use thiserror::Error;

/// One step of a computation in words, with its source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rechenschritt {
    /// For example `§ 31 Abs. 3 VwVfG`.
    pub norm: String,
    /// For example `Ende am Sonntag, 01.11.2026: nächster Werktag Montag, 02.11.2026`.
    pub text: String,
}

/// A computed deadline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frist {
    pub regime: String,
    /// Version of the rule and of the calendar, for example `vwgo75/1+sh/1`.
    pub rule_version: String,
    /// First day counted, normally the day after the event (§ 187 (1) BGB).
    pub begin: Date,
    /// Last day; the period ends when this day ends.
    pub end: Date,
    /// Last day before any shift off a free day: what a suspension counts on from (§ 209 BGB).
    pub roh: Date,
    /// First day on which a warning is due, if the rule names one.
    #[serde(default)]
    pub warnung: Option<Date>,
    pub verified: bool,
    pub rechenweg: Vec<Rechenschritt>,
}

/// Why the law tables gave no answer. Every case names the table or rule and the remedy.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LawError {
    #[error("Rechtsdaten {datei}: {grund}")]
    Datei { datei: String, grund: String },
    #[error("Fristregel {regel} ist nicht bekannt. Legen Sie sie unter recht/regeln an.")]
    UnbekannteRegel { regel: String },
    #[error("{was} hat keine Fassung, die am {am} gilt. Ergänzen Sie die Rechtsdaten um diesen Zeitraum.")]
    KeineFassung { was: String, am: Date },
    #[error("Regel {regel}: {grund}")]
    Angabe { regel: String, grund: String },
    #[error("{grund} ({norm}). {abhilfe}")]
    NichtVorgesehen { norm: String, grund: String, abhilfe: String },
    #[error("Das Datum {am} liegt außerhalb des Feiertagskalenders ({von} bis {bis}).")]
    AusserhalbKalender { am: Date, von: i16, bis: i16 },
    #[error("{tabelle} / {zeile} ist nicht bekannt. Ergänzen Sie die Rechtsdaten.")]
    UnbekannteZeile { tabelle: String, zeile: String },
    #[error("Betrag {text:?} ist ungültig: erwartet werden Euro mit genau zwei Nachkommastellen, etwa 30.70.")]
    Betrag { text: String },
}

/// All law tables of this build, parsed once. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Law {
    tafeln: Arc<tafeln::Tafeln>,
}

/// The embedded tables never change while the program runs; parsing them twice would be waste.
static BUILTIN: LazyLock<Result<Arc<Law>, LawError>> = LazyLock::new(|| Law::with_overlay(&[]));

impl Law {
    /// The tables of this build. Fails only if an embedded file is broken, which a test excludes.
    pub fn builtin() -> Result<Arc<Law>, LawError> {
        BUILTIN.clone()
    }

    /// The tables of this build with a town's own files over them. The name decides the kind
    /// (`regeln/x.toml`, `gebuehren/x.toml`, `bekanntgabe.toml`, `gewanzv.toml`, `feiertage.toml`);
    /// a rule, regime or fee row named in the overlay replaces the built-in one, a matrix of the same
    /// version too. Every rule's worked examples are recomputed; one that fails refuses the whole.
    pub fn with_overlay(overlay: &[(&str, &str)]) -> Result<Arc<Law>, LawError> {
        let mut tafeln = tafeln::Tafeln::default();
        for (name, inhalt) in dateien::ALLE {
            tafeln.read(name, inhalt)?;
        }
        for (name, inhalt) in overlay {
            tafeln.read(name, inhalt)?;
        }
        tafeln.check()?;
        let law = Law { tafeln: Arc::new(tafeln) };
        law.prove()?;
        Ok(Arc::new(law))
    }
}

impl Default for Law {
    /// The built-in tables; empty ones (every look-up fails by name) if those were broken.
    fn default() -> Self {
        match &*BUILTIN {
            Ok(law) => Law::clone(law),
            Err(_) => Law { tafeln: Arc::default() },
        }
    }
}
