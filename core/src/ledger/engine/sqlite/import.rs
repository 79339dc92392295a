//! Taking in the events of another engine at the very same places, in one transaction.
//!
//! Deliberately not through the queue: a ledger that is being filled has no other writer.

use super::Core;
use super::commit::{Broken, Committed, StreamHead, Writer, failed, is};
use super::read;
use crate::ledger::engine::check;
use crate::ledger::hash::{ZERO, leaf};
use crate::ledger::port::{AppendError, Head, KekUse, Stored};
use rusqlite::{ErrorCode, params};

/// Stores everything or nothing and says where the log ends now.
pub(super) fn events(core: &Core, events: &[Stored], kek_uses: &[KekUse]) -> Result<Head, AppendError> {
    let done = core.with_writer(|writer| {
        writer
            .run("BEGIN IMMEDIATE")
            .map_err(|e| if is(&e, ErrorCode::DatabaseBusy) { Broken::Busy } else { failed(&e) })?;
        match writer.take_in(events, kek_uses) {
            Err(error) => Err(writer.roll_back(&error)),
            Ok(Err(refusal)) => writer.run("ROLLBACK").map(|()| Err(refusal)).map_err(|e| failed(&e)),
            Ok(Ok(next)) => {
                writer.run("COMMIT").map_err(|e| writer.roll_back(&e))?;
                Ok(Ok(writer.swap(next)))
            }
        }
    });
    let head = done.map_err(AppendError::from)??;
    let bytes = events.iter().map(|e| e.header.len() + e.groups.iter().map(|g| g.bytes.len()).sum::<usize>()).sum();
    core.flushed(&Committed { answers: Vec::new(), head: Some(head), events: events.len() as u64 }, bytes);
    Ok(head)
}

impl From<Broken> for AppendError {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::Busy => AppendError::Pushback,
            Broken::DiskFull => AppendError::DiskFull,
            Broken::Refused(why) => AppendError::Malformed(why),
            Broken::Failed(why) => AppendError::OutcomeUnknown(why),
        }
    }
}

impl Writer {
    /// Inserts inside the open transaction; what the writer knows is changed after COMMIT only.
    fn take_in(
        &self,
        events: &[Stored],
        kek_uses: &[KekUse],
    ) -> rusqlite::Result<Result<super::commit::Next, AppendError>> {
        let mut next = self.next();
        for event in events {
            let size = next.frontier.size();
            if event.index != size {
                return Ok(Err(AppendError::Conflict { expected: event.index, actual: size }));
            }
            let head = self.head_of(&next, event.stream)?;
            let (due, prev) = head.map_or((0, ZERO), |h| (h.next, h.hash));
            if event.seq != due {
                return Ok(Err(AppendError::Malformed(format!("seq {} where {due} must follow", event.seq))));
            }
            if let Err(refusal) = check::importable(event, &prev) {
                return Ok(Err(refusal));
            }
            let sno = match head {
                Some(head) => head.sno,
                None => {
                    next.next_sno += 1;
                    self.insert_stream(next.next_sno - 1, event.stream)?;
                    next.next_sno - 1
                }
            };
            self.insert_event(event.index, sno, event.seq, &event.event_hash, &event.header, &event.groups)?;
            for tile in next.frontier.push(leaf(&event.event_hash)) {
                self.insert_tile(&tile)?;
            }
            next.heads.insert(event.stream, StreamHead { sno, next: due + 1, hash: event.event_hash });
        }
        for row in kek_uses {
            if let Err(refusal) = check::key_use(row) {
                return Ok(Err(refusal));
            }
            match read::kek_use(&self.conn, row.kek_id)? {
                None => self.insert_kek_use(row)?,
                Some(known) if known == *row => {}
                Some(_) => {
                    let why = format!("key {} is already in use for another subject or procedure", row.kek_id);
                    return Ok(Err(AppendError::Malformed(why)));
                }
            }
        }
        let change = events.iter().flat_map(|e| &e.groups).map(|g| g.change).max().unwrap_or(0);
        let sql = "UPDATE ledger_head SET size = ?1, frontier = ?2, change = max(change, ?3) WHERE one = 1";
        let mut head = self.conn.prepare_cached(sql)?;
        head.execute(params![next.frontier.size(), next.frontier.to_bytes(), change])?;
        Ok(Ok(next))
    }
}

#[cfg(test)]
mod tests;
