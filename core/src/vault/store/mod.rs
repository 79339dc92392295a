//! Where wrapped keys lie: an SQLite file for one process, or a schema in PostgreSQL for several.
//!
//! A store makes keys durable and deletes them; which key belongs to whom it does not know.

#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;
mod wrapping;

#[cfg(feature = "postgres")]
pub use postgres::TRUST;
#[cfg(feature = "postgres")]
pub(super) use postgres::{PostgresStore, compact, found, link, newest_generation, owner_link, raise, set_up};
#[cfg(feature = "sqlite")]
pub(super) use sqlite::SqliteStore;

use super::VaultError;
use crate::ledger::group::Kek;

/// Keys fetched at once where each answer costs a round trip.
#[cfg(feature = "postgres")]
const AT_ONCE: usize = 64;

/// An opened store.
#[derive(Debug)]
pub(super) enum Store {
    #[cfg(feature = "sqlite")]
    Sqlite(SqliteStore),
    #[cfg(feature = "postgres")]
    Postgres(PostgresStore),
}

impl Store {
    /// Makes `n` keys durable and returns their ids, which nobody on any node was ever given.
    pub(super) fn reserve(&mut self, n: u64) -> Result<Vec<u64>, VaultError> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(store) => store.reserve(n),
            #[cfg(feature = "postgres")]
            Self::Postgres(store) => store.reserve(n),
        }
    }

    /// Unwraps a key; `None` if the row is gone.
    pub(super) fn kek(&mut self, id: u64) -> Result<Option<Kek>, VaultError> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(store) => store.kek(id),
            #[cfg(feature = "postgres")]
            Self::Postgres(store) => Ok(store.keks(&[id])?.pop()),
        }
    }

    /// Unwraps the first of these keys and, where that saves round trips, some that follow. Absent ones are gone.
    pub(super) fn first_of(&mut self, ids: &std::collections::VecDeque<u64>) -> Result<Vec<Kek>, VaultError> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(store) => ids.front().map_or(Ok(Vec::new()), |id| Ok(store.kek(*id)?.into_iter().collect())),
            #[cfg(feature = "postgres")]
            Self::Postgres(store) => store.keks(&ids.iter().copied().take(AT_ONCE).collect::<Vec<_>>()),
        }
    }

    /// Whether another node may have destroyed keys since this was asked last. An error: nobody knows, so that
    /// no key from memory may be used.
    pub(super) fn changed(&mut self) -> Result<bool, VaultError> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => Ok(false),
            #[cfg(feature = "postgres")]
            Self::Postgres(store) => store.changed(),
        }
    }

    /// Deletes keys for ever; returns how many were there.
    pub(super) fn destroy(&mut self, ids: &[u64]) -> Result<u64, VaultError> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(store) => store.destroy(ids),
            #[cfg(feature = "postgres")]
            Self::Postgres(store) => store.destroy(ids),
        }
    }
}
