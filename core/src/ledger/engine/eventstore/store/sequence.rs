//! Giving events their place: prev and sequence are checked again, indices are dense, one transaction per batch.
//!
//! Deliberately believes nothing the server delivers: what is not an event of ours that follows its stream
//! freezes the stream and is written down as an alarm. The same event twice changes nothing.

use super::super::wire::{Position, Recorded};
use super::{Broken, End, Store, read};
use crate::ledger::hash::{event_hash, leaf};
use crate::ledger::header::Header;
use crate::ledger::merkle::Frontier;
use crate::ledger::port::Hash;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashMap;
use uuid::Uuid;

/// Something for the sequencer to decide on.
#[derive(Clone, Debug)]
pub(crate) enum Delivered {
    Event(Recorded),
    /// The server no longer has what the stream must hold.
    Lost {
        name: String,
        reason: String,
    },
}

/// How far a batch came.
#[derive(Debug)]
pub(crate) struct Sequenced {
    /// Members of the batch that are settled.
    pub(crate) done: usize,
    /// Why it stopped before its end.
    pub(crate) stop: Option<Stop>,
    /// New alarms, for the log of the program.
    pub(crate) alarms: Vec<String>,
}

/// Events of this stream are missing before the next member.
#[derive(Debug)]
pub(crate) struct Stop {
    pub(crate) name: String,
    pub(crate) from: u64,
    pub(crate) to: u64,
}

impl Store {
    /// Where the subscription goes on.
    pub(in super::super) fn seen(&self) -> Result<Option<Position>, crate::ledger::LedgerError> {
        self.query(|conn| {
            let sql = "SELECT seen_commit, seen_prepare FROM ledger_head WHERE one = 1 AND seen_commit IS NOT NULL";
            conn.query_row(sql, [], |row| Ok(Position { commit: row.get(0)?, prepare: row.get(1)? }))
                .optional()
                .map_err(super::storage)
        })
    }

    /// Settles a batch in one transaction. `frontier` is replaced only after COMMIT.
    pub(in super::super) fn sequence(
        &self,
        prefix: &str,
        batch: &[Delivered],
        frontier: &mut Frontier,
    ) -> Result<Sequenced, Broken> {
        let mut next = frontier.clone();
        let done: Result<Sequenced, ()> = self.change(|conn| {
            let mut turn = Turn { conn, prefix, frontier: &mut next, streams: HashMap::new(), alarms: Vec::new() };
            let (mut done, mut stop, mut seen) = (0, None, Position::default());
            for member in batch {
                match turn.settle(member)? {
                    Some(gap) => {
                        stop = Some(gap);
                        break;
                    }
                    None => done += 1,
                }
                if let Delivered::Event(event) = member {
                    seen = seen.max(event.position);
                }
            }
            let alarms = turn.alarms;
            let sql = "UPDATE ledger_head SET size = ?1, frontier = ?2 WHERE one = 1";
            conn.prepare_cached(sql)?.execute(params![next.size(), next.to_bytes()])?;
            keep_seen(conn, seen)?;
            Ok(Ok(Sequenced { done, stop, alarms }))
        })?;
        *frontier = next;
        Ok(done.unwrap_or(Sequenced { done: 0, stop: None, alarms: Vec::new() }))
    }

    /// Keeps a position up to which nothing of ours was left out.
    pub(in super::super) fn pass(&self, position: Position) -> Result<(), Broken> {
        let _: Result<(), ()> = self.change(|conn| keep_seen(conn, position).map(Ok))?;
        Ok(())
    }
}

fn keep_seen(conn: &Connection, seen: Position) -> rusqlite::Result<()> {
    if seen == Position::default() {
        return Ok(());
    }
    let sql = "UPDATE ledger_head SET seen_commit = ?1, seen_prepare = ?2
               WHERE one = 1 AND (seen_commit IS NULL OR seen_commit < ?1)";
    conn.prepare_cached(sql)?.execute(params![super::bounded(seen.commit), super::bounded(seen.prepare)]).map(|_| ())
}

/// One batch under work.
struct Turn<'a> {
    conn: &'a Connection,
    prefix: &'a str,
    frontier: &'a mut Frontier,
    /// Streams of this batch, as they stand now.
    streams: HashMap<Uuid, Known>,
    alarms: Vec<String>,
}

#[derive(Clone, Copy)]
struct Known {
    end: End,
    /// A break of the chain; limits in the metadata do not keep events from their place.
    broken: Broke,
}

#[derive(Clone, Copy, PartialEq)]
enum Broke {
    No,
    Yes,
}

/// What an event is.
enum Verdict {
    /// Ours, and next in its stream.
    Next {
        stream: Uuid,
        hash: Hash,
        slot: i64,
    },
    /// Placed already.
    Again,
    /// Something is missing before it.
    Gap {
        from: u64,
    },
    Foreign(String),
}

impl Turn<'_> {
    fn settle(&mut self, member: &Delivered) -> rusqlite::Result<Option<Stop>> {
        let event = match member {
            Delivered::Lost { name, reason } => {
                self.alarm(name, 0, 0, reason)?;
                return Ok(None);
            }
            Delivered::Event(event) => event,
        };
        if let Some(name) = event.name.strip_prefix("$$") {
            return self.metadata(name, event).map(|()| None);
        }
        match self.judge(event)? {
            Verdict::Next { stream, hash, slot } => self.place(event, stream, hash, slot)?,
            Verdict::Again => {}
            Verdict::Gap { from } => {
                return Ok(Some(Stop { name: event.name.clone(), from, to: event.revision }));
            }
            Verdict::Foreign(why) => {
                // Groups of an event that did come are not swept, whatever becomes of its stream.
                self.conn
                    .prepare_cached("UPDATE pending SET held = 1 WHERE event_hash = ?1")?
                    .execute([event_hash(&event.data).as_slice()])?;
                self.alarm(&event.name, event.revision, event.position.commit, &why)?;
            }
        }
        Ok(None)
    }

    fn judge(&mut self, event: &Recorded) -> rusqlite::Result<Verdict> {
        let foreign = |why: &str| Ok(Verdict::Foreign(why.to_owned()));
        let Some(stream) = event.name.strip_prefix(self.prefix).and_then(|id| Uuid::try_parse(id).ok()) else {
            return foreign("der Name des Stroms ist keiner dieses Programms");
        };
        let known = self.known(stream, &event.name)?;
        let hash = event_hash(&event.data);
        if event.revision < known.end.count {
            return Ok(match read::placed(self.conn, stream, event.revision)? {
                Some((_, placed)) if placed == hash => Verdict::Again,
                _ => Verdict::Foreign("ein anderes Ereignis steht an einer schon vergebenen Stelle".into()),
            });
        }
        if known.broken == Broke::Yes {
            return foreign("der Strom ist gesperrt");
        }
        if event.kind == "$streamDeleted" {
            return foreign("der Strom wurde am Server gelöscht");
        }
        if event.revision > known.end.count {
            return Ok(Verdict::Gap { from: known.end.count });
        }
        let Ok(header) = Header::parse(&event.data) else {
            return foreign("der Kopf des Ereignisses ist nicht lesbar");
        };
        if header.stream != stream || header.seq != event.revision || header.wire != event.kind {
            return foreign("der Kopf des Ereignisses nennt einen anderen Strom, Platz oder Typ");
        }
        if header.prev != known.end.hash {
            return foreign("das Ereignis folgt nicht auf das vorige seines Stroms");
        }
        let taken = "SELECT 1 FROM seq_map WHERE commit_pos = ?1";
        if self.conn.prepare_cached(taken)?.exists([super::bounded(event.position.commit)])? {
            return foreign("seine Stelle im Server ist schon vergeben");
        }
        let mut select = self.conn.prepare_cached("SELECT slot FROM pending WHERE event_hash = ?1")?;
        match select.query_row([hash.as_slice()], |row| row.get(0)).optional()? {
            Some(slot) => Ok(Verdict::Next { stream, hash, slot }),
            None => foreign("das Ereignis wurde nicht von diesem Programm geschrieben, oder sein Inhalt fehlt hier"),
        }
    }

    fn place(&mut self, event: &Recorded, stream: Uuid, hash: Hash, slot: i64) -> rusqlite::Result<()> {
        let index = self.frontier.size();
        if event.revision == 0 {
            let mut add = self.conn.prepare_cached("INSERT INTO stream (uuid) VALUES (?1)")?;
            add.execute([stream.as_bytes().as_slice()])?;
        }
        let sql = "INSERT INTO seq_map (idx, commit_pos, prepare_pos, sno, revision, event_hash, slot)
                   SELECT ?1, ?2, ?3, sno, ?4, ?5, ?6 FROM stream WHERE uuid = ?7";
        let (commit, prepare) = (super::bounded(event.position.commit), super::bounded(event.position.prepare));
        let uuid = stream.as_bytes().as_slice();
        let row = params![index, commit, prepare, event.revision, hash.as_slice(), slot, uuid];
        self.conn.prepare_cached(sql)?.execute(row)?;
        self.conn.prepare_cached("DELETE FROM pending WHERE slot = ?1")?.execute([slot])?;
        for tile in self.frontier.push(leaf(&hash)) {
            let mut add = self.conn.prepare_cached("INSERT INTO tile (level, n, hashes) VALUES (?1, ?2, ?3)")?;
            add.execute(params![tile.level, tile.n, tile.hashes])?;
        }
        let end = End { count: event.revision + 1, hash };
        self.streams.insert(stream, Known { end, broken: Broke::No });
        Ok(())
    }

    fn known(&mut self, stream: Uuid, name: &str) -> rusqlite::Result<Known> {
        if let Some(known) = self.streams.get(&stream) {
            return Ok(*known);
        }
        let sql = "SELECT 1 FROM frozen WHERE name = ?1 AND kind = 'chain'";
        let broken = if self.conn.prepare_cached(sql)?.exists([name])? { Broke::Yes } else { Broke::No };
        let known = Known { end: read::end(self.conn, stream)?, broken };
        self.streams.insert(stream, known);
        Ok(known)
    }

    /// Limits would make the server drop events: the stream is closed until they are taken back.
    fn metadata(&mut self, name: &str, event: &Recorded) -> rusqlite::Result<()> {
        let limits = limits(&event.data);
        if limits.is_empty() {
            let lift = "DELETE FROM frozen WHERE name = ?1 AND kind = 'limits'";
            self.conn.prepare_cached(lift)?.execute([name])?;
            return Ok(());
        }
        let why = format!(
            "seine Metadaten setzen {limits}: der Server dürfte Ereignisse verwerfen. Nehmen Sie das am Server zurück"
        );
        self.freeze(name, "limits", &why)?;
        self.record(&event.name, event.revision, event.position.commit, &why)
    }

    fn alarm(&mut self, name: &str, revision: u64, commit: u64, why: &str) -> rusqlite::Result<()> {
        self.freeze(name, "chain", why)?;
        if let Some(stream) = name.strip_prefix(self.prefix).and_then(|id| Uuid::try_parse(id).ok()) {
            self.streams.remove(&stream);
        }
        self.record(name, revision, commit, why)
    }

    /// A broken chain outweighs limits, and its first reason stays.
    fn freeze(&self, name: &str, kind: &str, why: &str) -> rusqlite::Result<()> {
        let sql = "INSERT INTO frozen (name, kind, reason) VALUES (?1, ?2, ?3)
                   ON CONFLICT (name) DO UPDATE SET kind = ?2, reason = ?3 WHERE kind = 'limits'";
        self.conn.prepare_cached(sql)?.execute(params![name, kind, why]).map(|_| ())
    }

    fn record(&mut self, name: &str, revision: u64, commit: u64, why: &str) -> rusqlite::Result<()> {
        let sql = "INSERT OR IGNORE INTO foreign_event (commit_pos, name, revision, reason) VALUES (?1, ?2, ?3, ?4)";
        let row = params![super::bounded(commit), name, super::bounded(revision), why];
        if self.conn.prepare_cached(sql)?.execute(row)? == 1 {
            self.alarms.push(format!("{name}, Ereignis {revision}: {why}"));
        }
        Ok(())
    }
}

/// The limits a stream's metadata sets, as text; empty if none.
fn limits(metadata: &[u8]) -> String {
    let Ok(serde_json::Value::Object(map)) = serde_json::from_slice(metadata) else {
        return "etwas Unlesbares".into();
    };
    let set = |key: &&&str| map.get(**key).is_some_and(|value| !value.is_null());
    ["$maxAge", "$maxCount", "$tb"].iter().filter(set).copied().collect::<Vec<_>>().join(", ")
}
