//! The data folder: which file lies where, and what is checked before anything is opened.

use crate::betrieb::{BETRIEB, Betrieb};
use crate::motor::Motor;
use akte_core::stadt::Stadt;
use anyhow::{Context, bail};
use std::path::{Path, PathBuf};

/// Stands in a folder whose restore has not come to its end.
pub const WIEDERHERSTELLUNG: &str = "wiederherstellung.json";

/// Paths below one data folder, and where what lies elsewhere is.
#[derive(Clone, Debug)]
pub struct Folder {
    root: PathBuf,
    betrieb: Betrieb,
}

impl Folder {
    /// An existing data folder, complete and with a `stadt.toml`.
    pub fn open(root: &Path) -> anyhow::Result<Self> {
        let folder = Self::open_any(root)?;
        if root.join(WIEDERHERSTELLUNG).exists() {
            bail!(
                "{} ist noch nicht ganz wiederhergestellt. Wiederholen Sie `akte restore` mit denselben Ordnern.",
                root.display()
            );
        }
        Ok(folder)
    }
    /// The same, to be looked at only: also one whose restore was refused.
    pub fn open_any(root: &Path) -> anyhow::Result<Self> {
        let folder = Self::at(root);
        if !folder.stadt_toml().is_file() {
            bail!("{} ist kein Datenordner (stadt.toml fehlt). Legen Sie ihn mit `akte init` an.", root.display());
        }
        Ok(Self { betrieb: Betrieb::lesen(root)?, ..folder })
    }
    /// A folder as it is, nothing checked; everything lies in it.
    pub fn at(root: &Path) -> Self {
        Self { root: root.to_owned(), betrieb: Betrieb::im(root) }
    }
    /// The same with another ledger (`--ledger`); a relative path in it counts from where one stands.
    pub fn mit_ledger(mut self, ledger: Option<&str>) -> anyhow::Result<Self> {
        if let Some(text) = ledger {
            let read = || text.parse::<Motor>()?.ab(Path::new(""), &self.root);
            self.betrieb.ledger = read().context("--ledger (oder AKTE_LEDGER)")?;
        }
        Ok(self)
    }
    /// Where ledger, documents, vault and read log are kept.
    pub fn betrieb(&self) -> &Betrieb {
        &self.betrieb
    }
    /// Puts a `betrieb.toml` into a new folder, and goes by it.
    pub fn einrichten(&mut self, toml: &str) -> anyhow::Result<()> {
        let path = self.root.join(BETRIEB);
        self.betrieb = Betrieb::aus(toml, &self.root).with_context(|| path.display().to_string())?;
        crate::sicherung::ersetzen(&path, toml.as_bytes())
    }
    /// A new, empty folder, readable by its owner only.
    pub fn create(root: &Path) -> anyhow::Result<Self> {
        if root.exists() && std::fs::read_dir(root).with_context(|| root.display().to_string())?.next().is_some() {
            bail!("{} ist nicht leer. Nennen Sie einen neuen Ordner.", root.display());
        }
        std::fs::create_dir_all(root).with_context(|| format!("{} anlegen", root.display()))?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(root, std::fs::Permissions::from_mode(0o700))?;
        }
        Ok(Self::at(root))
    }
    pub fn root(&self) -> &Path {
        &self.root
    }
    pub fn stadt_toml(&self) -> PathBuf {
        self.root.join("stadt.toml")
    }
    pub fn local_db(&self) -> PathBuf {
        self.root.join("local.db")
    }
    /// The log's signing key, outside all backups.
    pub fn log_key(&self) -> PathBuf {
        self.root.join("log.key")
    }
    pub fn zugriff_db(&self) -> PathBuf {
        self.root.join("zugriff.db")
    }
    /// The town's own definitions, if it has any.
    pub fn leistungen(&self) -> PathBuf {
        self.root.join("leistungen")
    }
    /// Says on stderr which files others could read; keys and ledger belong to one account.
    pub fn warn_about_modes(&self) {
        #[cfg(unix)]
        for entry in std::fs::read_dir(&self.root).into_iter().flatten().flatten() {
            use std::os::unix::fs::PermissionsExt;
            let open = entry.metadata().is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o077 != 0);
            if open && entry.file_name() != "stadt.toml" {
                tracing::warn!(file = %entry.path().display(), "lesbar für andere Konten; chmod 600");
            }
        }
    }
    /// Reads and checks `stadt.toml`; the error names file and line.
    pub fn stadt(&self) -> anyhow::Result<Stadt> {
        let path = self.stadt_toml();
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        parse_stadt(&text).with_context(|| path.display().to_string())
    }
}

/// Parses a `stadt.toml` and checks what the shape cannot say.
pub fn parse_stadt(text: &str) -> anyhow::Result<Stadt> {
    let stadt: Stadt = toml::from_str(text)?;
    if stadt.ags.len() != 8 || !stadt.ags.bytes().all(|b| b.is_ascii_digit()) {
        bail!("ags: Der amtliche Gemeindeschlüssel hat 8 Ziffern.");
    }
    if stadt.k < 3 {
        bail!("k: Veröffentlichte Zahlen brauchen k >= 3.");
    }
    if stadt.einheiten.is_empty() {
        bail!("einheiten: Nennen Sie mindestens eine Einheit.");
    }
    if !(1..=86_400).contains(&stadt.protokoll.takt_sekunden) {
        bail!("protokoll.takt_sekunden: Zwischen 1 und 86400 Sekunden, üblich sind 300.");
    }
    if jiff::tz::TimeZone::get(&stadt.zeitzone).is_err() {
        bail!("zeitzone: {} ist keine Zone der IANA-Datenbank, zum Beispiel Europe/Berlin.", stadt.zeitzone);
    }
    Ok(stadt)
}
