//! Erasing and re-sealing payload groups, and taking keys out of use; headers, hashes and tiles are never touched.
//!
//! Deliberately under the head's lock, like an append: whatever was on its way before is in the log afterwards.

use super::broken::{Broken, Stage, judge};
use super::commit::jittered;
use super::read::again;
use super::{Core, text};
use crate::ledger::port::{KekUse, LedgerError, StoredGroup};
use sqlx::{PgConnection, PgPool, Postgres, Row, Transaction};
use std::time::Duration;

/// How often a change is tried again after a deadlock.
const TRIES: u32 = 6;

/// Opens a transaction with the head's lock; `change` raises the change number. Nothing is changed where a COMMIT
/// promises nothing: settings may be others since the last restart.
async fn locked(core: &Core, change: u64) -> Result<(Transaction<'static, Postgres>, i64), Broken> {
    core.writable()?;
    let open = |error: sqlx::Error| judge(&error, Stage::Open);
    let mut tx = core.pool.begin().await.map_err(open)?;
    let sql = "UPDATE ledger.ledger_head SET change = change + $1
               RETURNING change, 'off' IN (current_setting('fsync'), current_setting('synchronous_commit'))";
    let head = sqlx::query_as(sql).bind(change.cast_signed()).fetch_one(&mut *tx).await;
    match head.map_err(open)? {
        (change, false) => Ok((tx, change)),
        (_, true) => Err(Broken::Busy("the server does not flush what it commits".into())),
    }
}

async fn commit(tx: Transaction<'static, Postgres>) -> Result<(), Broken> {
    tx.commit().await.map_err(|error| judge(&error, Stage::Committing))
}

/// Runs a change again when somebody was quicker.
async fn repeated<T, F: Future<Output = Result<T, Broken>>>(change: impl Fn() -> F) -> Result<T, LedgerError> {
    let mut tries = 0;
    loop {
        match change().await {
            Err(Broken::Again(_)) if tries < TRIES => {
                tries += 1;
                tokio::time::sleep(jittered(Duration::from_millis(5))).await;
            }
            done => return done.map_err(LedgerError::from),
        }
    }
}

/// Places as two arrays; those no log reaches are left out.
fn places(targets: &[(u64, u8)]) -> (Vec<i64>, Vec<i16>) {
    targets.iter().filter_map(|(index, g)| Some((i64::try_from(*index).ok()?, i16::from(*g)))).unzip()
}

/// Deletes the groups that exist and says how many did. Repeating it is harmless.
pub(super) async fn groups(core: &Core, targets: &[(u64, u8)]) -> Result<u64, LedgerError> {
    let (indices, groups) = places(targets);
    repeated(async || {
        let (mut tx, _) = locked(core, 1).await?;
        let sql = "DELETE FROM ledger.payload p USING unnest($1::bigint[], $2::smallint[]) AS t(idx, grp)
                   WHERE p.idx = t.idx AND p.grp = t.grp";
        let done = sqlx::query(sql).bind(&indices).bind(&groups).execute(&mut *tx).await;
        let erased = done.map_err(|error| judge(&error, Stage::Open))?.rows_affected();
        commit(tx).await?;
        Ok(erased)
    })
    .await
}

/// Which of these groups are stored, in the order given.
pub(super) async fn present(pool: &PgPool, targets: &[(u64, u8)]) -> Result<Vec<(u64, u8)>, LedgerError> {
    let (indices, groups) = places(targets);
    let sql = "SELECT t.idx, t.grp FROM unnest($1::bigint[], $2::smallint[]) WITH ORDINALITY AS t(idx, grp, n)
               JOIN ledger.payload p ON p.idx = t.idx AND p.grp = t.grp ORDER BY t.n";
    let rows = again(|| sqlx::query(sql).bind(&indices).bind(&groups).fetch_all(pool)).await?;
    let place = |row: &sqlx::postgres::PgRow| -> sqlx::Result<(u64, u8)> {
        Ok((row.try_get::<i64, _>(0)?.cast_unsigned(), u8::try_from(row.try_get::<i16, _>(1)?).map_err(text::odd)?))
    };
    rows.iter().map(place).collect::<Result<_, _>>().map_err(|error| super::read::storage(&error))
}

/// Replaces one group's bytes under a new key, whose row is stored with it at its first use.
pub(super) async fn reseal(
    core: &Core,
    index: u64,
    group: &StoredGroup,
    first_use: Option<&KekUse>,
) -> Result<(), LedgerError> {
    repeated(async || {
        let (mut tx, change) = locked(core, 1).await?;
        resealed(&mut tx, index, group, first_use, change).await?;
        commit(tx).await
    })
    .await
}

async fn resealed(
    conn: &mut PgConnection,
    index: u64,
    group: &StoredGroup,
    first_use: Option<&KekUse>,
    change: i64,
) -> Result<(), Broken> {
    let open = |error: sqlx::Error| judge(&error, Stage::Open);
    let kek_id = group.kek_id.map(u64::cast_signed);
    let sql = "SELECT EXISTS (SELECT FROM ledger.kek_retired WHERE kek_id = $1)";
    if sqlx::query_scalar(sql).bind(kek_id).fetch_one(&mut *conn).await.map_err(open)? {
        return Err(Broken::Refused(format!("key {} is out of use", kek_id.unwrap_or_default())));
    }
    if let Some(row) = first_use {
        let sql = "INSERT INTO ledger.kek_use (kek_id, subject, procedure, mac) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
        let add = sqlx::query(sql).bind(row.kek_id.cast_signed()).bind(&row.subject).bind(row.procedure);
        add.bind(row.mac.as_slice()).execute(&mut *conn).await.map_err(open)?;
    }
    let sql = "UPDATE ledger.payload SET kek_id = $3, change = $4, bytes = $5 WHERE idx = $1 AND grp = $2";
    let update = sqlx::query(sql).bind(i64::try_from(index).unwrap_or(-1)).bind(i16::from(group.g)).bind(kek_id);
    let done = update.bind(change).bind(&group.bytes).execute(&mut *conn).await.map_err(open)?;
    match done.rows_affected() {
        0 => Err(Broken::Refused(format!("event {index} has no group {}; erased groups are not sealed anew", group.g))),
        _ => Ok(()),
    }
}

/// Takes keys out of use on every node: appends check it under the lock that is taken here.
pub(super) async fn retire(core: &Core, kek_ids: &[u64]) -> Result<(), LedgerError> {
    let ids: Vec<_> = kek_ids.iter().filter_map(|id| i64::try_from(*id).ok()).collect();
    repeated(async || {
        let (mut tx, _) = locked(core, 0).await?;
        let sql = "INSERT INTO ledger.kek_retired SELECT DISTINCT * FROM unnest($1::bigint[]) ON CONFLICT DO NOTHING";
        let done = sqlx::query(sql).bind(&ids).execute(&mut *tx).await;
        done.map_err(|error| judge(&error, Stage::Open))?;
        commit(tx).await
    })
    .await
}

/// Writes the payload table anew, so that no page of it keeps what was erased. WAL, standbys and backups lapse.
pub(super) async fn rewrite(core: &Core) -> Result<(), LedgerError> {
    core.writable()?;
    // Two groups under way may each hold what the other and this wait for.
    repeated(async || {
        let done = sqlx::query("SELECT ledger.rewrite_payload()").execute(&core.pool).await;
        done.map(|_| ()).map_err(|error| judge(&error, Stage::Committing))
    })
    .await
}
