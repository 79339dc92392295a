//! All parsed tables, and how a file finds its place among them.
//!
//! Looks nothing up: that is each table's own module.

use super::LawError;
use super::aussonderung::Aussonderungsrecht;
use super::bekanntgabe::{Regime, Regimedatei};
use super::empfaenger::Matrix;
use super::gebuehr::{self, Gebuehren};
use super::kalender::Kalender;
use super::regel::{Regel, Regeldatei, check_spans};
use std::collections::BTreeMap;

#[derive(Clone, Debug, Default)]
pub(super) struct Tafeln {
    pub kalender: Kalender,
    pub regeln: BTreeMap<String, Regel>,
    pub regime: BTreeMap<String, Regime>,
    pub gebuehren: Gebuehren,
    pub aussonderung: Aussonderungsrecht,
    /// Table -> versions of its matrix.
    pub matrizen: BTreeMap<String, Vec<Matrix>>,
}

impl Tafeln {
    /// Reads one file into its table; what it names replaces what was there.
    pub fn read(&mut self, name: &str, inhalt: &str) -> Result<(), LawError> {
        self.place(name, inhalt).map_err(|grund| LawError::Datei { datei: name.into(), grund })
    }

    fn place(&mut self, name: &str, inhalt: &str) -> Result<(), String> {
        let file = name.strip_suffix(".toml").ok_or("nur .toml-Dateien")?;
        match file.split_once('/') {
            Some(("regeln", _)) => self.read_regeln(inhalt),
            Some(("gebuehren", _)) => gebuehr::read(&mut self.gebuehren, inhalt),
            None if file.starts_with("feiertage") => self.read_kalender(inhalt),
            None if file == "bekanntgabe" => self.read_regime(inhalt),
            None if file == "aussonderung" => {
                self.aussonderung = toml::from_str(inhalt).map_err(|e| e.to_string())?;
                Ok(())
            }
            None if file.starts_with("gewanzv") => self.read_matrix(inhalt),
            _ => Err(
                "unbekannte Art: erlaubt sind feiertage*, bekanntgabe, aussonderung, gewanzv*, regeln/*, gebuehren/*"
                    .into(),
            ),
        }
    }

    fn read_kalender(&mut self, inhalt: &str) -> Result<(), String> {
        let kalender: Kalender = toml::from_str(inhalt).map_err(|e| e.to_string())?;
        kalender.check()?;
        self.kalender = kalender;
        Ok(())
    }

    fn read_regeln(&mut self, inhalt: &str) -> Result<(), String> {
        let datei: Regeldatei = toml::from_str(inhalt).map_err(|e| e.to_string())?;
        let mut new = BTreeMap::new();
        for regel in datei.regel {
            regel.check()?;
            let id = regel.id.clone();
            if new.insert(id.clone(), regel).is_some() {
                return Err(format!("Regel {id} steht zweimal in der Datei"));
            }
        }
        self.regeln.extend(new);
        Ok(())
    }

    fn read_regime(&mut self, inhalt: &str) -> Result<(), String> {
        let datei: Regimedatei = toml::from_str(inhalt).map_err(|e| e.to_string())?;
        for regime in datei.regime {
            regime.check()?;
            self.regime.insert(regime.id.clone(), regime);
        }
        Ok(())
    }

    /// A matrix of the same version replaces the earlier one; another version stands beside it.
    fn read_matrix(&mut self, inhalt: &str) -> Result<(), String> {
        let matrix = Matrix::parse(inhalt)?;
        let versions = self.matrizen.entry(matrix.tabelle.clone()).or_default();
        versions.retain(|m| m.version != matrix.version);
        versions.push(matrix);
        Ok(())
    }

    pub fn regel(&self, id: &str) -> Result<&Regel, LawError> {
        self.regeln.get(id).ok_or_else(|| LawError::UnbekannteRegel { regel: id.into() })
    }

    /// What only shows once all files are read.
    pub fn check(&self) -> Result<(), LawError> {
        let fault = |datei: &str, grund: String| LawError::Datei { datei: datei.into(), grund };
        if self.kalender.version.is_empty() {
            return Err(fault("feiertage", "es fehlt ein Feiertagskalender".into()));
        }
        for f in self.regeln.values().flat_map(|r| &r.fassung) {
            f.verlaengerung.as_ref().and_then(|v| v.laengstens.as_ref()).map_or(Ok(()), |l| self.regel(l).map(drop))?;
        }
        for (tabelle, versions) in &self.matrizen {
            let spans: Vec<_> = versions.iter().map(|m| (m.valid_from, m.valid_until)).collect();
            check_spans(&spans).map_err(|e| fault(tabelle, e))?;
            for regel in versions.iter().flat_map(|m| &m.empfaenger).filter_map(|z| z.regel.as_ref()) {
                self.regel(regel)?;
            }
        }
        Ok(())
    }
}
