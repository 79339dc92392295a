//! The post book: every Eingang with channel, both times and state.
//!
//! Holds no content beyond sender and subject; parts and reports are read from the stream.

use super::inbox::placeholders;
use crate::datei::View;
use crate::ereignis::{Recorded, decode};
use crate::error::Result;
use crate::pool;
use crate::rows::{PostbuchFilter, PostbuchRow};
use akte_core::eingang::{Eingang, EingangEvent, Ergebnis, Pruefung, Stand};
use akte_core::kernel::{Decider, WireEvent};
use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};
use uuid::Uuid;

/// In place of what was erased.
const GELOESCHT: &str = "gelöscht";

/// Feeds `eingang`.
pub struct Postbuch;

impl View for Postbuch {
    fn name(&self) -> &'static str {
        "postbuch"
    }

    fn schema(&self) -> &'static str {
        "CREATE TABLE eingang(
           eingang BLOB PRIMARY KEY, kanal TEXT NOT NULL, stand TEXT NOT NULL, einheit TEXT NOT NULL,
           received_at INTEGER NOT NULL, captured_at INTEGER NOT NULL, absender TEXT, betreff TEXT, akte BLOB,
           ungeprueft INTEGER NOT NULL, sichtung TEXT, version INTEGER NOT NULL) WITHOUT ROWID;
         CREATE INDEX eingang_stand ON eingang(stand, einheit, received_at, eingang);
         CREATE INDEX eingang_ungeprueft ON eingang(received_at) WHERE ungeprueft=1;"
    }

    fn apply(&mut self, db: &Connection, r: &Recorded) -> Result<()> {
        if !EingangEvent::SPECS.iter().any(|s| s.wire == r.wire) {
            return Ok(());
        }
        let id = r.stream.into_bytes();
        let Some(event) = decode::<EingangEvent>(r)? else { return Ok(()) };
        match &event {
            EingangEvent::Recorded { .. } | EingangEvent::Quarantined { .. } => {
                let mut e = Eingang::evolve(Eingang::default(), &event);
                if !r.missing.is_empty() {
                    (e.absender, e.betreff) = (Some(GELOESCHT.into()), Some(GELOESCHT.into()));
                }
                insert(db, id, &e)?;
            }
            EingangEvent::ScanTransferred { qc, .. } | EingangEvent::ScanChecked { qc, .. } => {
                let sql = "UPDATE eingang SET sichtung=?2 WHERE eingang=?1";
                db.prepare_cached(sql)?.execute(params![id, qc.code()])?;
            }
            EingangEvent::Inspected { ergebnis, .. } => {
                let neu = (*ergebnis != Ergebnis::Sauber).then_some(Stand::Quarantaene.code());
                let sql = "UPDATE eingang SET ungeprueft=0, stand=coalesce(?2, stand) WHERE eingang=?1";
                db.prepare_cached(sql)?.execute(params![id, neu])?;
            }
            EingangEvent::Assigned { akte, .. } => {
                let sql = "UPDATE eingang SET stand='zugeordnet', akte=?2 WHERE eingang=?1";
                db.prepare_cached(sql)?.execute(params![id, akte.into_bytes()])?;
            }
            EingangEvent::Forwarded { einheit, .. } => {
                let sql = "UPDATE eingang SET stand='erfasst', einheit=?2 WHERE eingang=?1";
                db.prepare_cached(sql)?.execute(params![id, einheit])?;
            }
            EingangEvent::Misdirected { .. } => {
                let sql = "UPDATE eingang SET stand='fehlgeleitet' WHERE eingang=?1 AND stand<>'quarantaene'";
                db.prepare_cached(sql)?.execute([id])?;
            }
            EingangEvent::EmailFiled { .. } => {}
        }
        let sql = "UPDATE eingang SET version=?2 WHERE eingang=?1";
        db.prepare_cached(sql)?.execute(params![id, r.seq + 1])?;
        Ok(())
    }
}

fn insert(db: &Connection, id: [u8; 16], e: &Eingang) -> Result<()> {
    let micros = |t: Option<Timestamp>| t.map_or(0, Timestamp::as_microsecond);
    let sql = "INSERT INTO eingang VALUES(?1,?2,?3,?4,?5,?6,?7,?8,NULL,?9,NULL,0)";
    db.prepare_cached(sql)?.execute(params![
        id,
        e.kanal.map_or("", |k| k.code()),
        e.stand.code(),
        e.einheit,
        micros(e.received_at),
        micros(e.captured_at),
        e.absender,
        e.betreff,
        e.pruefung == Some(Pruefung::Ausstehend),
    ])?;
    Ok(())
}

/// Oldest legal receipt first.
pub fn list(db: &Connection, f: &PostbuchFilter) -> Result<Vec<PostbuchRow>> {
    let mut args = Vec::new();
    let mut cond = String::from("1");
    if let Some(einheiten) = &f.einheiten {
        cond += &format!(" AND einheit IN {}", placeholders(einheiten, &mut args));
    }
    if !f.stand.is_empty() {
        cond += &format!(" AND stand IN {}", placeholders(&f.stand, &mut args));
    }
    if let Some((micros, eingang)) = f.nach {
        cond += " AND (received_at, eingang) > (?, ?)";
        args.extend([Value::Integer(micros), Value::Blob(eingang.as_bytes().to_vec())]);
    }
    args.push(Value::Integer(i64::try_from(f.limit).unwrap_or(i64::MAX)));
    let sql = format!(
        "SELECT eingang, kanal, stand, einheit, received_at, captured_at, absender, betreff, akte, ungeprueft, sichtung,
         version FROM eingang WHERE {cond} ORDER BY received_at, eingang LIMIT ?"
    );
    let mut stmt = db.prepare_cached(&sql)?;
    let mut rows = stmt.query(params_from_iter(args))?;
    let mut out = Vec::new();
    while let Some(r) = rows.next()? {
        out.push(PostbuchRow {
            eingang: Uuid::from_bytes(r.get(0)?),
            kanal: r.get(1)?,
            stand: r.get(2)?,
            einheit: r.get(3)?,
            received_at: pool::time(r.get(4)?)?,
            captured_at: pool::time(r.get(5)?)?,
            absender: r.get(6)?,
            betreff: r.get(7)?,
            akte: r.get::<_, Option<[u8; 16]>>(8)?.map(Uuid::from_bytes),
            ungeprueft: r.get(9)?,
            sichtung: r.get(10)?,
            version: r.get(11)?,
        });
    }
    Ok(out)
}

/// What waits for a virus scanner, oldest first, behind this one.
pub fn ungeprueft(db: &Connection, nach: Option<Uuid>, limit: usize) -> Result<Vec<Uuid>> {
    let sql = "SELECT eingang FROM eingang WHERE ungeprueft=1 AND (?1 IS NULL OR (received_at, eingang) >
        (SELECT received_at, eingang FROM eingang WHERE eingang=?1)) ORDER BY received_at, eingang LIMIT ?2";
    let mut stmt = db.prepare_cached(sql)?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let ids = stmt.query_map(params![nach.map(Uuid::into_bytes), limit], |r| r.get(0).map(Uuid::from_bytes))?;
    Ok(ids.collect::<std::result::Result<_, _>>()?)
}

/// Assigned to this Akte, oldest first.
pub fn der_akte(db: &Connection, akte: Uuid) -> Result<Vec<Uuid>> {
    let mut stmt = db.prepare_cached("SELECT eingang FROM eingang WHERE akte=?1 ORDER BY received_at, eingang")?;
    let ids = stmt.query_map([akte.into_bytes()], |r| r.get(0).map(Uuid::from_bytes))?;
    Ok(ids.collect::<std::result::Result<_, _>>()?)
}
