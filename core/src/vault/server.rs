//! A vault whose keys lie in PostgreSQL: set up by the owner, created once, joined and opened by every node.
//!
//! Master key and generation stay files of the node; the database never sees either key.

use super::files::{GENERATION, KEY, make, none_yet, read_generation, read_master, write_generation};
use super::pool::Pool;
use super::store::{self, PostgresStore, Store};
use super::{Vault, VaultError};
use crate::postgres::Link;
use std::path::Path;
use zeroize::Zeroizing;

impl Vault {
    /// Makes schema `tresor` and grants the server's `role` what it needs. As the owner; repeating is harmless.
    pub fn set_up_postgres(owner_url: &str, role: &str) -> Result<(), VaultError> {
        store::set_up(owner_url, role)
    }

    /// Makes the town's ledger keys in a schema that has none, and `vault.key` and `vault.generation` in `dir`;
    /// never overwrites. As the owner: the server may not write ledger keys.
    pub fn create_postgres(dir: &Path, owner_url: &str) -> Result<Self, VaultError> {
        none_yet(dir, &[KEY, GENERATION])?;
        let link = store::owner_link(owner_url)?;
        if store::newest_generation(&link)? > 0 {
            return Err(VaultError::Exists("der Datenbank".into()));
        }
        let master = make(dir)?;
        if let Err(error) = store::found(&link, &master) {
            // Where nobody knows whether the keys are durable, the only key that opens them stays.
            if !matches!(error, VaultError::Unknown(_)) {
                for name in [KEY, GENERATION] {
                    // The error below tells more than one about a leftover file.
                    let _ = std::fs::remove_file(dir.join(name));
                }
            }
            return Err(error);
        }
        let vault = Self::opened(link, &master, 1)?;
        vault.warm(&[]);
        Ok(vault)
    }

    /// Opens the vault for a node whose folder holds `vault.key` and `vault.generation`. Call [`Vault::warm`]
    /// before the first sealing.
    pub fn open_postgres(dir: &Path, url: &str) -> Result<Self, VaultError> {
        let (master, generation) = (read_master(dir)?, read_generation(dir)?);
        let link = store::link(url)?;
        let newest = store::newest_generation(&link)?;
        let file = || dir.join(GENERATION).display().to_string();
        if newest > generation {
            return Err(VaultError::Generation(file()));
        }
        // Raising writes the database first, so it can only have been set back.
        if newest < generation {
            return Err(VaultError::Behind(file()));
        }
        Self::opened(link, &master, generation)
    }

    /// Takes a node into the vault: `dir` holds a copy of `vault.key` and gets its `vault.generation`. Also after
    /// another node has raised the generation. Refused where the database is older than the node.
    pub fn join_postgres(dir: &Path, url: &str) -> Result<Self, VaultError> {
        let master = read_master(dir)?;
        let link = store::link(url)?;
        let newest = store::newest_generation(&link)?;
        if read_generation(dir).is_ok_and(|known| known > newest) {
            return Err(VaultError::Behind(dir.join(GENERATION).display().to_string()));
        }
        // A key that does not fit leaves no file behind.
        let vault = Self::opened(link, &master, newest)?;
        write_generation(dir, newest)?;
        Ok(vault)
    }

    /// Raises the generation in the database and in this node's file: required after any restore of vault or
    /// ledger, with every node stopped. As the owner. The other nodes join again. Returns the new generation.
    pub fn raise_generation_postgres(dir: &Path, owner_url: &str) -> Result<u64, VaultError> {
        let master = read_master(dir)?;
        // A lost generation file is made anew above whatever the restored database has seen.
        let known = read_generation(dir).unwrap_or(0);
        Self::opened(store::owner_link(owner_url)?, &master, known)?;
        let next = store::raise(&store::owner_link(owner_url)?, known)?;
        write_generation(dir, next)?;
        Ok(next)
    }

    /// Rewrites the table of keys, so that the server's files keep nothing of destroyed ones. As the owner, in a
    /// maintenance window: nobody reaches a key meanwhile.
    pub fn compact_postgres(owner_url: &str) -> Result<(), VaultError> {
        store::compact(owner_url)
    }

    fn opened(link: Link, master: &Zeroizing<[u8; 32]>, generation: u64) -> Result<Self, VaultError> {
        let store = PostgresStore::open(link, master, generation)?;
        let keys = store.ledger_keys()?;
        Ok(Self::new(keys, Pool::stored(Store::Postgres(store))))
    }
}
