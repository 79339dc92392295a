//! The folder with the town's own definitions, as the page of the administration shows it.
//!
//! Puts nothing into force and changes no file.

use crate::app::AppState;
use crate::error::Fehler;
use akte_core::verfahren::Definition;
use akte_core::verfahren::loader::{self, Datei};

/// One folder below `leistungen/`.
pub struct Ordner {
    pub name: String,
    pub dateien: Vec<Datei>,
    /// The definition, or what is wrong with it, each with file and line.
    pub geprueft: Result<Definition, Vec<String>>,
}

impl Ordner {
    /// Hex SHA-256 over the folder, whether it is faultless or not.
    pub fn sha256(&self) -> String {
        loader::pinned_hash(&self.dateien)
    }
}

/// All folders by name, read and checked now; none where the town keeps none.
pub async fn alle(app: &AppState) -> Result<Vec<Ordner>, Fehler> {
    let Some(wo) = app.konfig.leistungsordner.clone() else { return Ok(Vec::new()) };
    let gelesen = tokio::task::spawn_blocking(move || {
        let mut out = Vec::new();
        for eintrag in std::fs::read_dir(wo).into_iter().flatten().flatten().filter(|e| e.path().is_dir()) {
            let name = eintrag.file_name().to_string_lossy().into_owned();
            out.push((name, loader::read_dir(&eintrag.path())));
        }
        out.sort_by(|a, b| a.0.cmp(&b.0));
        out
    });
    let mut out = Vec::new();
    for (name, gelesen) in gelesen.await.map_err(Fehler::fault)? {
        if name.starts_with('.') {
            continue;
        }
        out.push(match gelesen {
            Ok(dateien) => pruefen(app, name, dateien).await?,
            Err(fehler) => Ordner { name, dateien: Vec::new(), geprueft: Err(texte(&fehler)) },
        });
    }
    Ok(out)
}

async fn pruefen(app: &AppState, name: String, dateien: Vec<Datei>) -> Result<Ordner, Fehler> {
    let geprueft = match app.house.check_leistung(&dateien).await? {
        Ok(def) if def.id != name => Err(vec![format!(
            "leistung.toml:1: Der Ordner heißt „{name}“, die Leistung „{}“. Benennen Sie ihn um.",
            def.id
        )]),
        Ok(def) => Ok(def),
        Err(fehler) => Err(texte(&fehler)),
    };
    Ok(Ordner { name, dateien, geprueft })
}

fn texte(fehler: &[loader::Fehler]) -> Vec<String> {
    fehler.iter().map(ToString::to_string).collect()
}
