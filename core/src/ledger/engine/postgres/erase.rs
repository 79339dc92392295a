//! Erasing and re-sealing payload groups, and taking keys out of use; headers, hashes and tiles are never touched.
//!
//! Deliberately under the head's lock, like an append: whatever was on its way before is in the log afterwards.

use super::broken::{Broken, Stage, judge};
use super::commit::jittered;
use super::read::again;
use super::{Core, groups};
use crate::ledger::port::{KekUse, LedgerError, StoredGroup};
use sqlx::{Executor, PgConnection, PgPool, Postgres, Transaction};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// How often a change is tried again after a deadlock.
const TRIES: u32 = 6;

/// Opens a transaction with the head's lock and the next change number, by which appends that were planned before it
/// know. Nothing is changed where a COMMIT promises nothing: settings may be others since the last restart.
async fn locked(core: &Core) -> Result<(Transaction<'static, Postgres>, i64), Broken> {
    core.writable()?;
    let open = |error: sqlx::Error| judge(&error, Stage::Open);
    let mut tx = core.pool.begin().await.map_err(open)?;
    let sql = "UPDATE ledger.ledger_head SET change = change + 1
               RETURNING change, 'off' IN (current_setting('fsync'), current_setting('synchronous_commit'))";
    let head = sqlx::query_as(sql).fetch_one(&mut *tx).await;
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

/// Places by event; those no log reaches are left out.
fn places(targets: &[(u64, u8)]) -> BTreeMap<i64, BTreeSet<u8>> {
    let mut places = BTreeMap::<i64, BTreeSet<u8>>::new();
    for (index, g) in targets {
        if let Ok(index) = i64::try_from(*index) {
            places.entry(index).or_default().insert(*g);
        }
    }
    places
}

/// The groups that are stored of these events, ascending.
async fn stored<'e>(
    conn: impl Executor<'e, Database = Postgres>,
    indices: Vec<i64>,
) -> sqlx::Result<Vec<(i64, Vec<u8>)>> {
    let sql = "SELECT idx, groups FROM ledger.payload WHERE idx = ANY ($1) ORDER BY idx";
    sqlx::query_as(sql).bind(indices).fetch_all(conn).await
}

/// Takes the groups that exist out of their rows and says how many did. Repeating it is harmless.
pub(super) async fn groups(core: &Core, targets: &[(u64, u8)]) -> Result<u64, LedgerError> {
    let places = places(targets);
    repeated(async || {
        let (mut tx, _) = locked(core).await?;
        let erased = erased(&mut tx, &places).await?;
        commit(tx).await?;
        Ok(erased)
    })
    .await
}

async fn erased(conn: &mut PgConnection, places: &BTreeMap<i64, BTreeSet<u8>>) -> Result<u64, Broken> {
    let open = |error: sqlx::Error| judge(&error, Stage::Open);
    let (mut erased, mut empty, mut indices, mut rows) = (0, Vec::new(), Vec::new(), Vec::new());
    for (index, row) in stored(&mut *conn, places.keys().copied().collect()).await.map_err(open)? {
        let Some(groups) = groups::of(&row) else {
            // Nobody can read any of it, and what was to go must not stay for that.
            tracing::error!(index, "ledger: the payload row is damaged; it goes as a whole");
            erased += places[&index].len() as u64;
            empty.push(index);
            continue;
        };
        let (gone, left): (Vec<_>, Vec<_>) = groups.into_iter().partition(|group| places[&index].contains(&group.g));
        erased += gone.len() as u64;
        match groups::row(&left) {
            None => empty.push(index),
            Some(row) if !gone.is_empty() => {
                indices.push(index);
                rows.push(row);
            }
            Some(_) => {}
        }
    }
    sqlx::query("DELETE FROM ledger.payload WHERE idx = ANY ($1)")
        .bind(empty)
        .execute(&mut *conn)
        .await
        .map_err(open)?;
    let sql = "UPDATE ledger.payload p SET groups = t.groups FROM unnest($1::bigint[], $2::bytea[]) AS t(idx, groups)
               WHERE p.idx = t.idx";
    sqlx::query(sql).bind(indices).bind(rows).execute(conn).await.map_err(open)?;
    Ok(erased)
}

/// Which of these groups are stored, in the order given.
pub(super) async fn present(pool: &PgPool, targets: &[(u64, u8)]) -> Result<Vec<(u64, u8)>, LedgerError> {
    let places = places(targets);
    let mut there = BTreeSet::new();
    for (index, row) in again(|| stored(pool, places.keys().copied().collect())).await? {
        // Of a damaged row nobody knows what it holds: it is there until it is erased.
        let known = groups::of(&row).map(|groups| groups.into_iter().map(|group| group.g).collect());
        let here = known.unwrap_or_else(|| places[&index].clone());
        there.extend(here.into_iter().map(|g| (index.cast_unsigned(), g)));
    }
    Ok(targets.iter().copied().filter(|place| there.contains(place)).collect())
}

/// Replaces one group's bytes under a new key, whose row is stored with it at its first use.
pub(super) async fn reseal(
    core: &Core,
    index: u64,
    group: &StoredGroup,
    first_use: Option<&KekUse>,
) -> Result<(), LedgerError> {
    repeated(async || {
        let (mut tx, change) = locked(core).await?;
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
    let kek_id = group.kek_id.map(i64::try_from).transpose();
    let kek_id = kek_id.map_err(|_| Broken::Refused("a key has no such number".into()))?;
    let sql = "SELECT EXISTS (SELECT FROM ledger.kek_retired WHERE kek_id = $1)";
    if sqlx::query_scalar(sql).bind(kek_id).fetch_one(&mut *conn).await.map_err(open)? {
        return Err(Broken::Refused(format!("key {} is out of use", kek_id.unwrap_or_default())));
    }
    if let Some(row) = first_use {
        let sql = "INSERT INTO ledger.kek_use (kek_id, subject, procedure, mac) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
        let add = sqlx::query(sql).bind(row.kek_id.cast_signed()).bind(&row.subject).bind(row.procedure);
        add.bind(row.mac.as_slice()).execute(&mut *conn).await.map_err(open)?;
    }
    let missing =
        || Broken::Refused(format!("event {index} has no group {}; erased groups are not sealed anew", group.g));
    let at = i64::try_from(index).map_err(|_| missing())?;
    let (_, row) = stored(&mut *conn, vec![at]).await.map_err(open)?.pop().ok_or_else(missing)?;
    let mut groups =
        groups::of(&row).ok_or_else(|| Broken::Refused(format!("the payload of event {index} is damaged")))?;
    let place = groups.iter_mut().find(|known| known.g == group.g).ok_or_else(missing)?;
    *place = StoredGroup { change: change.cast_unsigned(), ..group.clone() };
    let sql = "UPDATE ledger.payload SET groups = $2 WHERE idx = $1";
    sqlx::query(sql).bind(at).bind(groups::row(&groups)).execute(conn).await.map_err(open)?;
    Ok(())
}

/// Takes keys out of use on every node: appends notice the number that is raised here, under the same lock.
pub(super) async fn retire(core: &Core, kek_ids: &[u64]) -> Result<(), LedgerError> {
    let ids: Vec<_> = kek_ids.iter().filter_map(|id| i64::try_from(*id).ok()).collect();
    repeated(async || {
        let (mut tx, _) = locked(core).await?;
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
