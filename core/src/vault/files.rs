//! The files of a vault: `vault.key` (master key), `vault.generation` and, where one process has it, `vault.db`.
//!
//! Key and generation are plain files, so that each can live apart from every backup of the database. With
//! PostgreSQL every node has both; the key is the same on all of them.

#[cfg(feature = "sqlite")]
use super::store::SqliteStore;
use super::{VaultError, random};
use crate::ledger::hash::{b64u, from_b64u};
#[cfg(feature = "sqlite")]
use crate::ledger::ids::LedgerKeys;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use zeroize::Zeroizing;

#[cfg(feature = "sqlite")]
const DB: &str = "vault.db";
pub(super) const KEY: &str = "vault.key";
pub(super) const GENERATION: &str = "vault.generation";

fn io(path: &Path) -> impl Fn(std::io::Error) -> VaultError + '_ {
    move |e| VaultError::Io(path.display().to_string(), e.to_string())
}

/// Refuses a folder in which a vault was made before.
pub(super) fn none_yet(dir: &Path, names: &[&str]) -> Result<(), VaultError> {
    if names.iter().any(|name| dir.join(name).exists()) {
        return Err(VaultError::Exists(dir.display().to_string()));
    }
    Ok(())
}

/// A new master key and the first generation, durable.
pub(super) fn make(dir: &Path) -> Result<Zeroizing<[u8; 32]>, VaultError> {
    std::fs::create_dir_all(dir).map_err(io(dir))?;
    let mut master = Zeroizing::new([0; 32]);
    random::fill(&mut *master)?;
    let path = dir.join(KEY);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).map_err(io(&path))?;
    let text = Zeroizing::new(b64u(&*master) + "\n");
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(io(&path))?;
    write_generation(dir, 1)?;
    Ok(master)
}

#[cfg(feature = "sqlite")]
pub(super) fn create(dir: &Path) -> Result<(LedgerKeys, SqliteStore), VaultError> {
    none_yet(dir, &[DB, KEY, GENERATION])?;
    let master = make(dir)?;
    // Made first with its mode: SQLite gives the same mode to its write-ahead log.
    let db = dir.join(DB);
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(&db).map_err(io(&db))?;
    let mut store = SqliteStore::open(&db, &master, 1)?;
    let keys = store.make_ledger_keys()?;
    Ok((keys, store))
}

#[cfg(feature = "sqlite")]
pub(super) fn open(dir: &Path) -> Result<(LedgerKeys, SqliteStore), VaultError> {
    let master = read_master(dir)?;
    let generation = read_generation(dir)?;
    let path = dir.join(DB);
    if !path.exists() {
        return Err(VaultError::Io(path.display().to_string(), "the vault is missing".into()));
    }
    let store = SqliteStore::open(&path, &master, generation)?;
    if store.newest_generation()? > generation {
        return Err(VaultError::Generation(dir.join(GENERATION).display().to_string()));
    }
    let keys = store.ledger_keys()?;
    Ok((keys, store))
}

pub(super) fn read_master(dir: &Path) -> Result<Zeroizing<[u8; 32]>, VaultError> {
    let path = &dir.join(KEY);
    let mut file = File::open(path).map_err(io(path))?;
    // Asked of the open file, so that it cannot be exchanged in between.
    if file.metadata().map_err(io(path))?.mode() & 0o077 != 0 {
        return Err(VaultError::KeyFileOpen(path.display().to_string()));
    }
    let mut text = Zeroizing::new(String::new());
    file.read_to_string(&mut text).map_err(io(path))?;
    let key = from_b64u::<32>(text.trim_end()).ok_or_else(|| VaultError::KeyFile(path.display().to_string()))?;
    Ok(Zeroizing::new(key))
}

pub(super) fn read_generation(dir: &Path) -> Result<u64, VaultError> {
    let path = dir.join(GENERATION);
    let text = std::fs::read_to_string(&path).ok();
    let generation = text.and_then(|t| t.trim_end().parse::<u64>().ok());
    // 2^53 / 2^40 generations fit into a key id.
    generation.filter(|g| (1..1 << 13).contains(g)).ok_or_else(|| VaultError::Generation(path.display().to_string()))
}

pub(super) fn write_generation(dir: &Path, generation: u64) -> Result<(), VaultError> {
    let (path, fresh) = (dir.join(GENERATION), dir.join("vault.generation.new"));
    let mut private = OpenOptions::new();
    private.write(true).create(true).truncate(true).mode(0o600);
    let mut file = private.open(&fresh).map_err(io(&fresh))?;
    file.write_all(format!("{generation}\n").as_bytes()).and_then(|()| file.sync_all()).map_err(io(&fresh))?;
    std::fs::rename(&fresh, &path).map_err(io(&path))?;
    File::open(dir).and_then(|d| d.sync_all()).map_err(io(dir))
}

#[cfg(feature = "sqlite")]
pub(super) fn raise_generation(dir: &Path) -> Result<u64, VaultError> {
    let master = read_master(dir)?;
    // A lost generation file is made anew above whatever the restored database has seen.
    let known = read_generation(dir).unwrap_or(0);
    let seen = SqliteStore::open(&dir.join(DB), &master, known)?.newest_generation()?;
    let next = known.max(seen) + 1;
    write_generation(dir, next)?;
    Ok(next)
}
