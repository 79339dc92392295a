//! Rights among the nodes of one ledger, kept in its database and by its clock.
//!
//! Deliberately no advisory locks: they end with a connection, not with the right, and know no fence.

use super::read::storage;
use crate::ledger::lease::{Fence, Leases};
use crate::ledger::port::LedgerError;
use async_trait::async_trait;
use sqlx::{PgConnection, PgPool};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use uuid::Uuid;

/// The right to sign checkpoints.
const SIGNING: &str = "unterschrift";

/// The rights of one node; made by [`super::PostgresLedger::leases`], so that the ledger knows what its node holds.
#[derive(Clone)]
pub struct PostgresLeases {
    pool: PgPool,
    /// Random, a node of its own for every opened ledger.
    node: Uuid,
    held: Arc<Mutex<HashMap<String, Fence>>>,
}

impl PostgresLeases {
    /// A node nobody has seen; fails where the system gives no chance.
    pub(super) fn new(pool: PgPool) -> Result<Self, getrandom::Error> {
        let node = Uuid::from_u64_pair(getrandom::u64()?, getrandom::u64()?);
        Ok(Self { pool, node, held: Arc::default() })
    }

    /// Known to other nodes by this.
    pub fn node(&self) -> Uuid {
        self.node
    }

    fn held(&self) -> MutexGuard<'_, HashMap<String, Fence>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this node may store a checkpoint; the right cannot change hands before the transaction ends.
    /// A node that never took the right may while nobody has it: a town with one node asks for none.
    pub(super) async fn may_sign(&self, conn: &mut PgConnection) -> sqlx::Result<bool> {
        let sql = "SELECT holder, fence, until > clock_timestamp() FROM ledger.lease WHERE name = $1 FOR UPDATE";
        let row: Option<(Uuid, i64, bool)> = sqlx::query_as(sql).bind(SIGNING).fetch_optional(conn).await?;
        let mine = self.held().get(SIGNING).copied();
        Ok(match (row, mine) {
            (Some((holder, fence, _)), Some(mine)) => holder == self.node && fence.cast_unsigned() == mine,
            (Some((holder, _, in_force)), None) => !in_force || holder == self.node,
            (None, _) => true,
        })
    }
}

#[async_trait]
impl Leases for PostgresLeases {
    async fn take(&self, name: &str, ttl: Duration) -> Result<Option<Fence>, LedgerError> {
        let sql = "INSERT INTO ledger.lease AS l (name, holder, fence, until)
                   VALUES ($1, $2, 1, clock_timestamp() + $3 * interval '1 millisecond')
                   ON CONFLICT (name) DO UPDATE SET holder = excluded.holder,
                     until = clock_timestamp() + $3 * interval '1 millisecond',
                     fence = l.fence + CASE WHEN l.holder = excluded.holder THEN 0 ELSE 1 END
                   WHERE l.holder = excluded.holder OR l.until <= clock_timestamp()
                   RETURNING fence";
        let millis = i64::try_from(ttl.as_millis()).unwrap_or(i64::MAX >> 12);
        let take = sqlx::query_scalar(sql).bind(name).bind(self.node).bind(millis as f64);
        let fence: Option<i64> = take.fetch_optional(&self.pool).await.map_err(|error| storage(&error))?;
        let fence = fence.map(i64::cast_unsigned);
        if fence == Some(1) {
            // Registrations of nodes that are long gone.
            let sql = "DELETE FROM ledger.lease WHERE name LIKE '%:%' AND until < clock_timestamp() - interval '1 day'";
            sqlx::query(sql).execute(&self.pool).await.map_err(|error| storage(&error))?;
        }
        if let Some(fence) = fence {
            // What was held once stays known: a node that lost its right is refused, not treated as a stranger.
            self.held().insert(name.to_owned(), fence);
        }
        Ok(fence)
    }

    async fn release(&self, name: &str) -> Result<(), LedgerError> {
        let sql = "UPDATE ledger.lease SET until = clock_timestamp() WHERE name = $1 AND holder = $2";
        let release = sqlx::query(sql).bind(name).bind(self.node).execute(&self.pool).await;
        release.map(|_| ()).map_err(|error| storage(&error))
    }

    async fn held(&self, prefix: &str) -> Result<Vec<(String, Option<u64>)>, LedgerError> {
        let sql = "SELECT name, position FROM ledger.lease
                   WHERE starts_with(name, $1) AND until > clock_timestamp() ORDER BY name";
        let rows: Vec<(String, Option<i64>)> =
            super::read::again(|| sqlx::query_as(sql).bind(prefix).fetch_all(&self.pool)).await?;
        Ok(rows.into_iter().map(|(name, position)| (name, position.map(i64::cast_unsigned))).collect())
    }

    async fn position(&self, name: &str) -> Result<Option<u64>, LedgerError> {
        let sql = "SELECT position FROM ledger.lease WHERE name = $1";
        let row: Option<Option<i64>> =
            super::read::again(|| sqlx::query_scalar(sql).bind(name).fetch_optional(&self.pool)).await?;
        Ok(row.flatten().map(i64::cast_unsigned))
    }

    async fn advance(&self, name: &str, fence: Fence, position: u64) -> Result<bool, LedgerError> {
        let sql = "UPDATE ledger.lease SET position = $4 WHERE name = $1 AND holder = $2 AND fence = $3";
        let advance =
            sqlx::query(sql).bind(name).bind(self.node).bind(fence.cast_signed()).bind(position.cast_signed());
        let done = advance.execute(&self.pool).await.map_err(|error| storage(&error))?;
        Ok(done.rows_affected() == 1)
    }
}
