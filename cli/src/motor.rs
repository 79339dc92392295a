//! The engine of a ledger by its address: the one place that names engines, and opens them, vault and read log.
//!
//! Everything above gets the port. Whether a ledger is the town's own is asked where it is opened ([`gehoert`]).

use crate::adresse::Adresse;
use crate::folder::Folder;
use akte_core::ledger::Ledger;
use akte_core::ledger::engine::{EventStoreLedger, MemoryLedger, PostgresLedger, SqliteLedger, eventstore, postgres};
use akte_core::ledger::header::Header;
use akte_core::ledger::lease::Leases;
use akte_core::vault::Vault;
use akte_projections::ZugriffLog;
use anyhow::{Context, anyhow, bail, ensure};
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

/// What may be written after `--ledger`, `--from`, `--to` and in `betrieb.toml`.
const FORMEN: &str = "Möglich sind sqlite:DATEI, postgres://NUTZER@RECHNER/DATENBANK und esdb://RECHNER:2113; ein \
    Kennwort steht besser in einer Umgebungsvariablen: …?kennwort_aus=NAME";

/// Which engine, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Motor {
    /// Empty: `ledger.db` of the data folder.
    Sqlite(PathBuf),
    Postgres(Adresse),
    /// The server keeps headers only; groups and tree lie in a file beside (`?beiwerk=DATEI`).
    EventStore {
        adresse: Adresse,
        beiwerk: PathBuf,
    },
}

/// A ledger, and the rights its nodes share; none where only one process may write.
pub type Geteilt = (Arc<dyn Ledger>, Option<Arc<dyn Leases>>);

/// What a ledger is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zugang {
    /// May be made.
    Neu,
    /// Must be there.
    Schreiben,
    /// Beside whoever writes.
    Lesen,
}

/// Where vault or read log are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ablage {
    /// In the data folder.
    Folder,
    Postgres(Adresse),
}

impl FromStr for Motor {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let text = text.trim();
        if let Some(path) = text.strip_prefix("sqlite:") {
            ensure!(!path.starts_with("//"), "Schreiben Sie sqlite:DATEI ohne Schrägstriche davor. {FORMEN}");
            return Ok(Self::Sqlite(path.into()));
        }
        let Some((schema, _)) = text.split_once("://") else { bail!("Das ist keine Adresse. {FORMEN}") };
        let adresse = || {
            let adresse = Adresse::lesen(text).with_context(|| FORMEN)?;
            let rechner = adresse.url().has_host() || adresse.url().query().is_some();
            ensure!(rechner, "Der Rechner fehlt. {FORMEN}");
            Ok(adresse)
        };
        match schema {
            "postgres" | "postgresql" => Ok(Self::Postgres(adresse()?)),
            "esdb" | "esdb+discover" => {
                let mut adresse = adresse()?;
                let beiwerk = adresse.nehmen("beiwerk").unwrap_or_default().into();
                Ok(Self::EventStore { adresse, beiwerk })
            }
            _ => bail!("Diese Art von Adresse gibt es hier nicht. {FORMEN}"),
        }
    }
}

impl fmt::Display for Motor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(adresse) | Self::EventStore { adresse, .. } => adresse.fmt(f),
        }
    }
}

impl Motor {
    /// The same with a whole path: relative ones count from `dir`, none at all means `ledger.db` of `folder`.
    pub fn ab(self, dir: &Path, folder: &Path) -> anyhow::Result<Self> {
        let whole = |path: PathBuf, default: &str| match path.as_os_str().is_empty() {
            true => Ok(folder.join(default)),
            false => std::path::absolute(dir.join(path)),
        };
        Ok(match self {
            Self::Sqlite(path) => Self::Sqlite(whole(path, "ledger.db")?),
            Self::Postgres(adresse) => Self::Postgres(adresse),
            Self::EventStore { adresse, beiwerk } => {
                Self::EventStore { adresse, beiwerk: whole(beiwerk, "ledger-beiwerk.db")? }
            }
        })
    }

    /// Opens the ledger; `origin` is the town's log.
    pub async fn open(&self, origin: &str, zugang: Zugang) -> anyhow::Result<Arc<dyn Ledger>> {
        Ok(self.open_geteilt(origin, zugang).await?.0)
    }

    /// The same, with the rights shared among the nodes where several may write to it.
    pub async fn open_geteilt(&self, origin: &str, zugang: Zugang) -> anyhow::Result<Geteilt> {
        match self {
            Self::Sqlite(path) => Ok((open_sqlite(path, zugang)?, None)),
            Self::Postgres(adresse) => open_postgres(adresse, origin, zugang).await.map_err(|e| sagen(adresse, &e)),
            Self::EventStore { adresse, beiwerk } => {
                let opened = open_eventstore(adresse, beiwerk, zugang).await;
                Ok((opened.map_err(|e| sagen(adresse, &e))?, None))
            }
        }
    }

    /// For a dry run: read only, and what is not there yet counts as empty.
    pub async fn open_probe(&self, origin: &str) -> anyhow::Result<Arc<dyn Ledger>> {
        match self {
            Self::Sqlite(path) if !path.exists() => Ok(Arc::new(MemoryLedger::new())),
            _ => self.open(origin, Zugang::Lesen).await,
        }
    }

    /// The file, where the ledger is one; `wozu` and `stattdessen` say what does not work with a server.
    pub fn datei(&self, wozu: &str, stattdessen: &str) -> anyhow::Result<&Path> {
        match self {
            Self::Sqlite(path) => Ok(path),
            other => bail!("{wozu} gibt es nur für eine SQLite-Datei; das Protokoll liegt in {other}. {stattdessen}"),
        }
    }
}

impl Ablage {
    /// `was` is the field in `betrieb.toml`.
    pub fn lesen(text: &str) -> anyhow::Result<Self> {
        const FORMEN: &str = "Möglich sind sqlite: (im Datenordner) und postgres://NUTZER@RECHNER/DATENBANK";
        match text.trim() {
            "sqlite:" => Ok(Self::Folder),
            text if text.starts_with("postgres://") || text.starts_with("postgresql://") => {
                Ok(Self::Postgres(Adresse::lesen(text).with_context(|| FORMEN)?))
            }
            _ => bail!("{FORMEN}"),
        }
    }
}

/// What an engine said, without our password.
fn sagen(adresse: &Adresse, error: &anyhow::Error) -> anyhow::Error {
    anyhow!("{}: {}", adresse, adresse.verdeckt(&format!("{error:#}")))
}

fn open_sqlite(path: &Path, zugang: Zugang) -> anyhow::Result<Arc<dyn Ledger>> {
    ensure!(
        zugang == Zugang::Neu || path.exists(),
        "{} fehlt: Hier ist kein Protokoll. Nennen Sie das richtige mit --ledger oder in betrieb.toml, oder stellen \
         Sie eine Sicherung mit `akte restore` wieder her; angelegt wird hier keines.",
        path.display()
    );
    Ok(match zugang {
        Zugang::Lesen => Arc::new(SqliteLedger::open_readonly(path)?),
        Zugang::Neu | Zugang::Schreiben => Arc::new(SqliteLedger::open(path)?),
    })
}

async fn open_postgres(adresse: &Adresse, origin: &str, zugang: Zugang) -> anyhow::Result<Geteilt> {
    let url = adresse.vollstaendig()?;
    if zugang == Zugang::Neu {
        postgres::set_up(&url, None).await?;
    }
    if zugang == Zugang::Lesen {
        return Ok((Arc::new(PostgresLedger::open_readonly(&url).await?), None));
    }
    let ledger = PostgresLedger::open(&url, Some(origin)).await?;
    let leases = ledger.leases();
    Ok((Arc::new(ledger), Some(Arc::new(leases))))
}

/// One process per ledger, readers included: the file beside the server is locked.
async fn open_eventstore(adresse: &Adresse, beiwerk: &Path, zugang: Zugang) -> anyhow::Result<Arc<dyn Ledger>> {
    ensure!(
        zugang == Zugang::Neu || beiwerk.exists(),
        "{} fehlt: Darin steht, was der Server nicht aufbewahrt. Spielen Sie die Datei aus der Sicherung ein.",
        beiwerk.display()
    );
    let ledger = EventStoreLedger::open(beiwerk, eventstore::Settings::new(&adresse.vollstaendig()?)).await?;
    Ok(Arc::new(ledger))
}

/// Makes vault and read log of a new town. On a server as the role that owns the schemas.
pub async fn create_vault(folder: &Folder) -> anyhow::Result<()> {
    let betrieb = folder.betrieb();
    match &betrieb.tresor {
        Ablage::Folder => Vault::create(folder.root()).map(drop).context("Tresor anlegen")?,
        Ablage::Postgres(adresse) => auf(adresse, |url| {
            Vault::set_up_postgres(url, &rolle(adresse))?;
            Vault::create_postgres(folder.root(), url).map(drop)
        })
        .context("Tresor anlegen")?,
    }
    match &betrieb.zugriff {
        Ablage::Folder => Ok(()),
        Ablage::Postgres(adresse) => {
            auf(adresse, |url| ZugriffLog::set_up_postgres(url, &rolle(adresse))).context("Leseprotokoll anlegen")
        }
    }
}

/// As the owner: the schemas of a server's database, and the rights of the role that serves.
pub async fn einrichten(eigentuemer: &Adresse, rolle: &str) -> anyhow::Result<()> {
    let url = eigentuemer.vollstaendig()?;
    postgres::set_up(&url, Some(rolle)).await.map_err(|error| sagen(eigentuemer, &error.into()))?;
    auf(eigentuemer, |url| Vault::set_up_postgres(url, rolle)).context("Tresor")?;
    auf(eigentuemer, |url| ZugriffLog::set_up_postgres(url, rolle)).context("Leseprotokoll")
}

/// Opens the town's vault.
pub async fn open_vault(folder: &Folder) -> anyhow::Result<Vault> {
    match &folder.betrieb().tresor {
        Ablage::Folder => Vault::open(folder.root()).context("Tresor öffnen"),
        Ablage::Postgres(adresse) => {
            auf(adresse, |url| Vault::open_postgres(folder.root(), url)).context("Tresor öffnen")
        }
    }
}

/// Opens the read log.
pub async fn open_zugriff(folder: &Folder) -> anyhow::Result<ZugriffLog> {
    match &folder.betrieb().zugriff {
        Ablage::Folder => ZugriffLog::open(&folder.zugriff_db()).context("Leseprotokoll öffnen"),
        Ablage::Postgres(adresse) => auf(adresse, ZugriffLog::open_postgres).context("Leseprotokoll öffnen"),
    }
}

/// What is done on a server, and its words without our password.
fn auf<T, E: Into<anyhow::Error>>(adresse: &Adresse, work: impl FnOnce(&str) -> Result<T, E>) -> anyhow::Result<T> {
    work(&adresse.vollstaendig()?).map_err(|error| sagen(adresse, &error.into()))
}

/// The role an address logs in with.
fn rolle(adresse: &Adresse) -> String {
    adresse.url().username().to_owned()
}

/// Refuses a ledger that is empty or another town's. What cannot be read is for `akte verify` to name.
pub async fn gehoert(ledger: &dyn Ledger, motor: &Motor, origin: &str) -> anyhow::Result<()> {
    match herkunft(ledger).await? {
        Herkunft::Leer => bail!(
            "{motor} ist leer: Hier ist kein Protokoll. Nennen Sie das richtige mit --ledger oder in betrieb.toml; eine \
             neue Stadt legt `akte init` an."
        ),
        Herkunft::Von(log) if log != origin => bail!(
            "{motor} ist das Protokoll {log}; zu diesem Datenordner gehört {origin} (log_origin in stadt.toml). Nichts \
             wurde geändert. Nennen Sie das richtige Protokoll mit --ledger oder in betrieb.toml, oder den richtigen \
             Datenordner mit --data."
        ),
        Herkunft::Von(_) | Herkunft::Unlesbar => Ok(()),
    }
}

/// Whose a ledger is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Herkunft {
    Leer,
    Von(String),
    Unlesbar,
}

/// By the first header: its `log` is hashed into everything that follows.
pub async fn herkunft(ledger: &dyn Ledger) -> anyhow::Result<Herkunft> {
    use akte_core::ledger::LedgerError;
    let first = match ledger.read_all(0, 1).await {
        Err(LedgerError::Corrupt { .. }) => return Ok(Herkunft::Unlesbar),
        other => other?,
    };
    let Some(first) = first.first() else {
        let size = ledger.head().await.map_or(1, |head| head.size);
        return Ok(if size == 0 { Herkunft::Leer } else { Herkunft::Unlesbar });
    };
    Ok(Header::parse(&first.header).map_or(Herkunft::Unlesbar, |header| Herkunft::Von(header.log)))
}

#[cfg(test)]
mod tests;
