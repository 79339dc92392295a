//! Groups on their way: durable before the header is sent, kept until the sequencer finds the event or
//! it is certain that it will never come.
//!
//! Deliberately decides every refusal before the first INSERT, so that a refused append leaves no trace.

use super::{Broken, Store, bounded, read, storage};
use crate::ledger::port::{Append, AppendError, Hash, KekUse, LedgerError, StoredGroup};
use rusqlite::{Connection, params};
use uuid::Uuid;

/// What an append leaves here: the slots its groups lie in.
#[derive(Debug, Default)]
pub(crate) struct Attempt {
    pub(crate) slots: Vec<i64>,
    /// Those that no earlier attempt with equal bytes made.
    pub(crate) fresh: Vec<i64>,
}

impl Store {
    /// Checks the append against the log as it stands, then makes groups and key uses durable.
    pub(in super::super) fn prepare(&self, batch: &Append, name: &str) -> Result<Attempt, AppendError> {
        self.change(|conn| {
            if let Some(refusal) = refusal(conn, batch, name)? {
                return Ok(Err(refusal));
            }
            keep_uses(conn, &batch.kek_uses)?;
            let events = batch.events.iter().map(|e| (&e.event_hash, e.groups.as_slice()));
            keep_groups(conn, events).map(Ok)
        })?
    }

    /// Like [`Store::prepare`] for events of another engine, whose places were checked.
    pub(in super::super) fn prepare_import<'a>(
        &self,
        events: impl Iterator<Item = (&'a Hash, &'a [StoredGroup])> + Clone,
        kek_uses: &[KekUse],
    ) -> Result<Attempt, AppendError> {
        self.change(|conn| {
            if let Some(k) = stolen(conn, kek_uses)? {
                return Ok(Err(other_subject(k)));
            }
            keep_uses(conn, kek_uses)?;
            let change = bounded(events.clone().flat_map(|(_, groups)| groups).map(|g| g.change).max().unwrap_or(0));
            conn.execute("UPDATE ledger_head SET change = max(change, ?1) WHERE one = 1", [change])?;
            keep_groups(conn, events).map(Ok)
        })?
    }

    /// Slots of groups whose event has not come, apart from those of frozen streams (held until somebody decides).
    pub(in super::super) fn waiting_slots(&self) -> Result<Vec<i64>, LedgerError> {
        self.query(|conn| {
            let sql = "SELECT slot FROM pending WHERE held = 0 ORDER BY slot";
            let mut select = conn.prepare_cached(sql).map_err(storage)?;
            let slots = select.query_map([], |row| row.get(0));
            slots.and_then(|slots| slots.collect()).map_err(storage)
        })
    }

    /// Removes what still waits of these slots. Only after the sequencer has passed a position read after their deadline.
    pub(in super::super) fn sweep(&self, slots: &[i64]) -> Result<u64, Broken> {
        let done: Result<u64, ()> = self.change(|conn| {
            let mut swept = 0;
            for slot in slots {
                let gone = conn.prepare_cached("DELETE FROM pending WHERE slot = ?1 AND held = 0")?.execute([slot])?;
                if gone == 1 {
                    conn.prepare_cached("DELETE FROM payload WHERE id >= ?1 AND id < ?2")?
                        .execute([slot * 256, (slot + 1) * 256])?;
                    swept += 1;
                }
            }
            Ok(Ok(swept))
        })?;
        Ok(done.unwrap_or(0))
    }

    /// Takes keys out of use and says which slots on their way still hold groups under them.
    pub(in super::super) fn retire(&self, kek_ids: &[u64]) -> Result<Vec<i64>, Broken> {
        let done: Result<Vec<i64>, ()> = self.change(|conn| {
            let mut slots = Vec::new();
            for id in kek_ids {
                conn.prepare_cached("INSERT OR IGNORE INTO kek_retired (kek_id) VALUES (?1)")?
                    .execute([bounded(*id)])?;
                let sql =
                    "SELECT n.slot FROM pending n JOIN payload p ON p.id >= n.slot * 256 AND p.id < (n.slot + 1) * 256
                           WHERE p.kek_id = ?1";
                let mut select = conn.prepare_cached(sql)?;
                for slot in select.query_map([bounded(*id)], |row| row.get(0))? {
                    slots.push(slot?);
                }
            }
            Ok(Ok(slots))
        })?;
        Ok(done.unwrap_or_default())
    }

    /// Which of these slots still wait.
    pub(in super::super) fn still_waiting(&self, slots: &[i64]) -> Result<Vec<i64>, LedgerError> {
        self.query(|conn| {
            let mut select = conn.prepare_cached("SELECT 1 FROM pending WHERE slot = ?1").map_err(storage)?;
            let mut waiting = Vec::new();
            for slot in slots {
                if select.exists([slot]).map_err(storage)? {
                    waiting.push(*slot);
                }
            }
            Ok(waiting)
        })
    }
}

fn refusal(conn: &Connection, batch: &Append, name: &str) -> rusqlite::Result<Option<AppendError>> {
    if let Some(reason) = read::frozen(conn, name)? {
        return Ok(Some(AppendError::Malformed(super::super::frozen(name, &reason))));
    }
    let end = read::end(conn, batch.stream)?;
    if end.count != batch.expected {
        return Ok(Some(AppendError::Conflict { expected: batch.expected, actual: end.count }));
    }
    // A fork would be for ever: what is appended must follow what stands in the log.
    if end.hash != batch.prev {
        let why = format!("prev is not the hash of event {} - 1 of the stream", end.count);
        return Ok(Some(AppendError::Malformed(why)));
    }
    let mut retired = conn.prepare_cached("SELECT 1 FROM kek_retired WHERE kek_id = ?1")?;
    for id in batch.events.iter().flat_map(|e| &e.groups).filter_map(|g| g.kek_id) {
        if retired.exists([id])? {
            return Ok(Some(AppendError::KeyRetired(id)));
        }
    }
    Ok(stolen(conn, &batch.kek_uses)?.map(other_subject))
}

fn other_subject(kek_id: u64) -> AppendError {
    AppendError::Malformed(format!("key {kek_id} is already in use for another subject or procedure"))
}

fn stolen(conn: &Connection, kek_uses: &[KekUse]) -> rusqlite::Result<Option<u64>> {
    for kek in kek_uses {
        if read::kek_use(conn, kek.kek_id)?.is_some_and(|known| known != *kek) {
            return Ok(Some(kek.kek_id));
        }
    }
    Ok(None)
}

/// Key uses stand before the append: a row too many (its append never happened) burns a key and harms nothing,
/// a row too few would hide a key from an erasure.
pub(super) fn keep_uses(conn: &Connection, kek_uses: &[KekUse]) -> rusqlite::Result<()> {
    let sql = "INSERT OR IGNORE INTO kek_use (kek_id, subject, procedure, mac) VALUES (?1, ?2, ?3, ?4)";
    for k in kek_uses {
        let procedure: Uuid = k.procedure;
        conn.prepare_cached(sql)?.execute(params![
            k.kek_id,
            k.subject,
            procedure.as_bytes().as_slice(),
            k.mac.as_slice()
        ])?;
    }
    Ok(())
}

/// Stores the groups under new slots; an equal header that already waits keeps its slot and its groups.
fn keep_groups<'a>(
    conn: &Connection,
    events: impl Iterator<Item = (&'a Hash, &'a [StoredGroup])>,
) -> rusqlite::Result<Attempt> {
    let mut next: i64 = conn.query_row("SELECT next_slot FROM ledger_head WHERE one = 1", [], |row| row.get(0))?;
    let mut known = conn.prepare_cached("SELECT slot FROM pending WHERE event_hash = ?1")?;
    let mut wait = conn.prepare_cached("INSERT INTO pending (slot, event_hash) VALUES (?1, ?2)")?;
    let mut add = conn.prepare_cached("INSERT INTO payload (id, kek_id, change, bytes) VALUES (?1, ?2, ?3, ?4)")?;
    let mut attempt = Attempt::default();
    for (hash, groups) in events {
        let mut rows = known.query([hash.as_slice()])?;
        if let Some(row) = rows.next()? {
            attempt.slots.push(row.get(0)?);
            continue;
        }
        wait.execute(params![next, hash.as_slice()])?;
        for group in groups {
            let id = next * 256 + i64::from(group.g);
            add.execute(params![id, group.kek_id, bounded(group.change), group.bytes])?;
        }
        attempt.slots.push(next);
        attempt.fresh.push(next);
        next += 1;
    }
    conn.prepare_cached("UPDATE ledger_head SET next_slot = ?1 WHERE one = 1")?.execute([next])?;
    Ok(attempt)
}
