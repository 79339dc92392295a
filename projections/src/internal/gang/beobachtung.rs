//! What each account watches.
//!
//! Remembers no look and counts no news: those are read from the timeline.

use super::objekt;
use crate::datei::View;
use crate::ereignis::{Recorded, decode};
use crate::error::Result;
use akte_core::geschaeftsgang::{BeobachtungEvent as E, Objekt};
use akte_core::kernel::WireEvent;
use rusqlite::{Connection, params};
use uuid::Uuid;

/// Feeds `beobachtung`.
pub struct Beobachtungen;

impl View for Beobachtungen {
    fn name(&self) -> &'static str {
        "beobachtungen"
    }

    fn schema(&self) -> &'static str {
        "CREATE TABLE beobachtung(konto BLOB, art TEXT, objekt BLOB, PRIMARY KEY(konto, art, objekt)) WITHOUT ROWID;"
    }

    fn apply(&mut self, db: &Connection, r: &Recorded) -> Result<()> {
        if !E::SPECS.iter().any(|s| s.wire == r.wire) {
            return Ok(());
        }
        let Some(event) = decode(r)? else { return Ok(()) };
        let (sql, konto, o) = match &event {
            E::Started { konto, objekt, .. } => ("INSERT OR IGNORE INTO beobachtung VALUES(?1,?2,?3)", konto, objekt),
            E::Ended { konto, objekt } => {
                ("DELETE FROM beobachtung WHERE konto=?1 AND art=?2 AND objekt=?3", konto, objekt)
            }
        };
        db.prepare_cached(sql)?.execute(params![konto.as_bytes(), o.art.code(), o.id.as_bytes()])?;
        Ok(())
    }
}

/// What this account watches.
pub fn von(db: &Connection, konto: Uuid) -> Result<Vec<Objekt>> {
    let mut stmt = db.prepare_cached("SELECT art, objekt FROM beobachtung WHERE konto=?1 ORDER BY art, objekt")?;
    let mut rows = stmt.query([konto.as_bytes()])?;
    let mut out = Vec::new();
    while let Some(r) = rows.next()? {
        out.push(objekt(&r.get::<_, String>(0)?, r.get(1)?)?);
    }
    Ok(out)
}
