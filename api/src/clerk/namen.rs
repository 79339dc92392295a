//! Names of accounts and units as the work pages show them; who stands in for whom is always said.
//!
//! Grants nothing and loads nothing.

use crate::app::AppState;
use crate::error::Fehler;
use akte_core::kernel::Role;
use akte_projections::rows::KontoRow;
use uuid::Uuid;

/// All accounts and units, once for each page.
pub struct Namen {
    konten: Vec<KontoRow>,
    einheiten: Vec<(String, String)>,
}

impl Namen {
    pub async fn laden(app: &AppState) -> Result<Self, Fehler> {
        let einheiten = app.stadt.einheiten.iter().map(|e| (e.id.clone(), e.name.clone())).collect();
        Ok(Self { konten: app.intern(|v| v.konten()).await?, einheiten })
    }

    /// Name of an account, or words where it has none.
    pub fn name(&self, konto: Uuid) -> String {
        let k = self.konten.iter().find(|k| k.konto == konto);
        k.and_then(|k| k.name.clone().or_else(|| k.login.clone())).unwrap_or_else(|| "ein Konto ohne Namen".into())
    }

    /// `Frau Krause i. V. für Frau Meyer`.
    pub fn wer(&self, durch: Uuid, fuer: Option<Uuid>) -> String {
        match fuer {
            Some(f) => format!("{} i. V. für {}", self.name(durch), self.name(f)),
            None => self.name(durch),
        }
    }

    /// A refusal with the names of the accounts it marks by braces.
    pub fn eingesetzt(&self, text: &str) -> String {
        self.konten.iter().fold(text.to_owned(), |t, k| t.replace(&format!("{{{}}}", k.konto), &self.name(k.konto)))
    }

    /// Name of a unit.
    pub fn einheit(&self, id: &str) -> String {
        self.einheiten.iter().find(|(e, _)| e == id).map_or_else(|| id.to_owned(), |(_, n)| n.clone())
    }

    /// All units.
    pub fn einheiten(&self) -> &[(String, String)] {
        &self.einheiten
    }

    /// The unit an account works in.
    pub fn einheit_von(&self, konto: Uuid) -> Option<&str> {
        self.konten.iter().find(|k| k.konto == konto).map(|k| k.einheit.as_str())
    }

    /// Accounts that work on files, this unit's first: id and `Frau Meyer (Ordnungsamt)`.
    pub fn kandidaten(&self, einheit: &str) -> Vec<(Uuid, String)> {
        let arbeitet =
            |k: &&KontoRow| k.aktiv && (k.rollen.contains(&Role::Sachbearbeitung) || k.rollen.contains(&Role::Leitung));
        let mut alle: Vec<&KontoRow> = self.konten.iter().filter(arbeitet).collect();
        alle.sort_by_key(|k| k.einheit != einheit);
        alle.into_iter().map(|k| (k.konto, format!("{} ({})", self.name(k.konto), self.einheit(&k.einheit)))).collect()
    }
}
