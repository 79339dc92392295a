//! Schema `tresor`: wrapped keys in PostgreSQL, for several nodes on one vault.
//!
//! The server sees wrapped keys only. Nothing is given out before it is durable, ranges of ids are disjoint by the
//! row lock of `counter`, and every destruction raises a number that all nodes compare before they trust memory.

mod tables;

pub(in crate::vault) use tables::{compact, set_up};

use super::wrapping::{LEDGER_KEYS, Wrapping};
use crate::ledger::group::Kek;
use crate::ledger::ids::LedgerKeys;
use crate::postgres::{Fault, Link, OWNER_PATIENCE, PATIENCE, Work};
use crate::vault::VaultError;
use crate::vault::pool::COUNTER_BITS;
use sqlx::{Connection, PgConnection};
use std::time::{Duration, Instant};

/// How long keys in memory are trusted before the server is asked whether another node destroyed any: a key
/// that one node destroys is used on no other for longer than this.
pub const TRUST: Duration = Duration::from_secs(1);

/// What the server said at opening or creating.
#[derive(Clone, Copy, Debug)]
struct Stand {
    version: i32,
    newest: u64,
    destroyed: i64,
}

/// The way to the schema with the master key.
#[derive(Debug)]
pub(in crate::vault) struct PostgresStore {
    link: Link,
    wrapping: Wrapping,
    generation: u64,
    /// No id below this is free any more: a counter that shows less has been set back under our feet.
    floor: u64,
    /// Destructions the keys in memory have seen, and when that was asked.
    destroyed: i64,
    asked: Option<Instant>,
}

fn failed(fault: Fault) -> VaultError {
    match fault {
        Fault::Away(_) | Fault::Lost(_) => VaultError::Away(fault.to_string()),
        Fault::Busy(_) => VaultError::Busy,
        Fault::Full => VaultError::Full,
        Fault::Refused(_) => VaultError::Storage(fault.to_string()),
    }
}

/// Asks once more where the connection broke: only for what may be done twice.
fn twice<T>(mut ask: impl FnMut() -> Result<T, Fault>) -> Result<T, Fault> {
    match ask() {
        Err(Fault::Lost(_)) => ask(),
        other => other,
    }
}

fn now() -> Instant {
    #[expect(
        clippy::disallowed_methods,
        reason = "bounds how long memory is trusted; decides nothing the ledger holds"
    )]
    Instant::now()
}

/// For the server's own account.
pub(in crate::vault) fn link(url: &str) -> Result<Link, VaultError> {
    Link::open("akte-tresor", url, PATIENCE).map_err(failed)
}

/// For the owner of the schema.
pub(in crate::vault) fn owner_link(url: &str) -> Result<Link, VaultError> {
    Link::open("akte-tresor-eigner", url, OWNER_PATIENCE).map_err(failed)
}

fn stand(conn: &mut PgConnection) -> Work<'_, Stand> {
    Box::pin(async move {
        let sql =
            "SELECT version, coalesce((SELECT max(generation) FROM tresor.counter), 0), destroyed FROM tresor.state";
        let (version, newest, destroyed): (i32, i64, i64) = sqlx::query_as(sql).fetch_one(conn).await?;
        Ok(Stand { version, newest: newest as u64, destroyed })
    })
}

/// The newest generation any key was made under; 0: there is no vault yet.
pub(in crate::vault) fn newest_generation(link: &Link) -> Result<u64, VaultError> {
    let stand = twice(|| link.ask(stand)).map_err(failed)?;
    if stand.version != tables::VERSION {
        return Err(VaultError::Storage(format!("Schema tresor hat Version {}", stand.version)));
    }
    Ok(stand.newest)
}

/// Stores fresh ledger keys under this master key and opens the first generation; never overwrites.
pub(in crate::vault) fn found(link: &Link, master: &[u8; 32]) -> Result<(), VaultError> {
    let wrapping = Wrapping::new(master)?;
    let wrapped = LEDGER_KEYS.iter().map(|name| wrapping.fresh(name.as_bytes())).collect::<Result<Vec<_>, _>>()?;
    let names = LEDGER_KEYS.map(str::to_owned).to_vec();
    let done = link.ask(move |conn| {
        Box::pin(async move {
            let mut tx = conn.begin().await?;
            let sql = "INSERT INTO tresor.ledger_key (name, wrapped) SELECT * FROM unnest($1::text[], $2::bytea[])";
            sqlx::query(sql).bind(names).bind(wrapped).execute(&mut *tx).await?;
            sqlx::query("INSERT INTO tresor.counter (generation, next) VALUES (1, 1)").execute(&mut *tx).await?;
            tx.commit().await
        })
    });
    done.map_err(|fault| match fault {
        fault if fault.is_duplicate() => VaultError::Exists("der Datenbank".into()),
        Fault::Lost(_) => VaultError::Unknown(fault.to_string()),
        other => failed(other),
    })
}

/// Opens a generation above all others; returns it. `known`: what the node's file said.
pub(in crate::vault) fn raise(link: &Link, known: u64) -> Result<u64, VaultError> {
    let next = newest_generation(link)?.max(known) + 1;
    let raised = link.ask(move |conn| {
        Box::pin(async move {
            let sql = "INSERT INTO tresor.counter (generation, next) VALUES ($1, 1)";
            sqlx::query(sql).bind(next as i64).execute(conn).await.map(drop)
        })
    });
    raised.map_err(failed)?;
    Ok(next)
}

impl PostgresStore {
    /// Opens the schema at this generation, which must be its newest.
    pub(in crate::vault) fn open(link: Link, master: &[u8; 32], generation: u64) -> Result<Self, VaultError> {
        let asked = now();
        let stand = twice(|| link.ask(stand)).map_err(failed)?;
        let wrapping = Wrapping::new(master)?;
        Ok(Self { link, wrapping, generation, floor: 1, destroyed: stand.destroyed, asked: Some(asked) })
    }

    /// Unwraps the four ledger keys.
    pub(in crate::vault) fn ledger_keys(&self) -> Result<LedgerKeys, VaultError> {
        let rows = twice(|| {
            self.link.ask(|conn| {
                Box::pin(
                    async move { sqlx::query_as("SELECT name, wrapped FROM tresor.ledger_key").fetch_all(conn).await },
                )
            })
        });
        let rows: Vec<(String, Vec<u8>)> = rows.map_err(failed)?;
        let [stream, cmd, heads, code] = LEDGER_KEYS.map(|name| {
            let row = rows.iter().find(|(n, _)| n == name);
            let (_, wrapped) = row.ok_or_else(|| VaultError::Storage(format!("{name} fehlt")))?;
            self.wrapping.unwrap(name.as_bytes(), wrapped)
        });
        Ok(LedgerKeys::new(stream?, cmd?, heads?, code?))
    }

    /// Takes a range of ids, then stores keys under them. A range whose keys did not certainly become durable is
    /// never used, by anybody.
    pub(super) fn reserve(&mut self, n: u64) -> Result<Vec<u64>, VaultError> {
        match self.reserve_once(n) {
            Err(VaultError::Away(_)) => self.reserve_once(n),
            other => other,
        }
    }

    fn reserve_once(&mut self, n: u64) -> Result<Vec<u64>, VaultError> {
        let generation = self.generation as i64;
        let taken = self.link.ask(move |conn| {
            Box::pin(async move {
                let sql = "UPDATE tresor.counter SET next = next + $2
                           WHERE generation = $1 AND generation = (SELECT max(generation) FROM tresor.counter)
                           RETURNING next - $2";
                let row: Option<(i64,)> =
                    sqlx::query_as(sql).bind(generation).bind(n as i64).fetch_optional(conn).await?;
                Ok(row)
            })
        });
        let Some((next,)) = taken.map_err(failed)? else {
            return Err(VaultError::Storage("ein anderer Rechner hat die Generation erhöht".into()));
        };
        if (next as u64) < self.floor {
            return Err(VaultError::Storage("der Zähler der Schlüssel ist zurückgefallen".into()));
        }
        self.floor = next as u64 + n;
        let first = (self.generation << COUNTER_BITS) + next as u64;
        let ids: Vec<u64> = (first..first + n).collect();
        let wrapped = ids.iter().map(|id| self.wrapping.fresh(&id.to_be_bytes())).collect::<Result<Vec<_>, _>>()?;
        let rows: Vec<i64> = ids.iter().map(|id| *id as i64).collect();
        let stored = self.link.ask(move |conn| {
            Box::pin(async move {
                let sql = "INSERT INTO tresor.kek (kek_id, wrapped) SELECT * FROM unnest($1::bigint[], $2::bytea[])";
                sqlx::query(sql).bind(rows).bind(wrapped).execute(conn).await.map(drop)
            })
        });
        stored.map_err(failed)?;
        Ok(ids)
    }

    /// Unwraps keys, in the order of `ids`; absent ones are gone.
    pub(super) fn keks(&self, ids: &[u64]) -> Result<Vec<Kek>, VaultError> {
        let wanted: Vec<i64> = ids.iter().map(|id| *id as i64).collect();
        let rows = twice(|| {
            let wanted = wanted.clone();
            self.link.ask(move |conn| {
                Box::pin(async move {
                    let sql = "SELECT kek_id, wrapped FROM tresor.kek WHERE kek_id = ANY($1) ORDER BY kek_id";
                    sqlx::query_as(sql).bind(wanted).fetch_all(conn).await
                })
            })
        });
        let rows: Vec<(i64, Vec<u8>)> = rows.map_err(failed)?;
        rows.into_iter().map(|(id, wrapped)| self.wrapping.kek(id as u64, &wrapped)).collect()
    }

    /// At most every [`TRUST`] the server is asked. The time counts from before the question: what was destroyed
    /// after it may be missing from the answer.
    pub(super) fn changed(&mut self) -> Result<bool, VaultError> {
        let at = now();
        if self.asked.is_some_and(|asked| at.duration_since(asked) < TRUST) {
            return Ok(false);
        }
        let destroyed = twice(|| self.link.ask(stand)).map_err(failed)?.destroyed;
        self.asked = Some(at);
        Ok(std::mem::replace(&mut self.destroyed, destroyed) != destroyed)
    }

    /// Deletes keys and tells all nodes, in one transaction; returns how many were there.
    pub(super) fn destroy(&mut self, ids: &[u64]) -> Result<u64, VaultError> {
        let ids: Vec<i64> = ids.iter().map(|id| *id as i64).collect();
        let mut sent = false;
        let done = twice(|| {
            let ids = ids.clone();
            let done = self.link.ask(move |conn| delete(conn, ids));
            sent |= matches!(done, Err(Fault::Lost(_)));
            done
        });
        let (gone, destroyed) =
            done.map_err(|fault| if sent { VaultError::Unknown(fault.to_string()) } else { failed(fault) })?;
        // Our own memory has forgotten them already; only what others destroyed is news.
        if destroyed == self.destroyed + 1 {
            self.destroyed = destroyed;
        }
        Ok(gone)
    }
}

fn delete(conn: &mut PgConnection, ids: Vec<i64>) -> Work<'_, (u64, i64)> {
    Box::pin(async move {
        let mut tx = conn.begin().await?;
        let sql = "UPDATE tresor.state SET destroyed = destroyed + 1 RETURNING destroyed";
        let (destroyed,): (i64,) = sqlx::query_as(sql).fetch_one(&mut *tx).await?;
        let sql = "DELETE FROM tresor.kek WHERE kek_id = ANY($1)";
        let gone = sqlx::query(sql).bind(ids).execute(&mut *tx).await?.rows_affected();
        tx.commit().await?;
        Ok((gone, destroyed))
    })
}
