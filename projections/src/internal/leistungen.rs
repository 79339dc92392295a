//! Which versions of which services were adopted, and since when they are valid.
//!
//! Holds no definition: those are read from the ledger by `execute`.

use crate::datei::View;
use crate::ereignis::{Recorded, poison, text};
use crate::error::Result;
use crate::pool;
use crate::rows::LeistungRow;
use rusqlite::{Connection, params};

/// Feeds `leistung`.
pub struct Leistungen;

impl View for Leistungen {
    fn name(&self) -> &'static str {
        "leistungen"
    }

    fn schema(&self) -> &'static str {
        "CREATE TABLE leistung(id TEXT, version INTEGER, sha256 TEXT NOT NULL, gueltig_ab TEXT NOT NULL,
           geschlossen INTEGER NOT NULL, PRIMARY KEY(id, version)) WITHOUT ROWID;"
    }

    fn apply(&mut self, db: &Connection, r: &Recorded) -> Result<()> {
        if r.missing.contains(&0) {
            return Ok(());
        }
        let need = |key| text(r, key).ok_or_else(|| poison(&r.wire));
        match r.wire.as_str() {
            "leistung.adopted.v1" => {
                let version = r.data.get("version").and_then(|v| v.as_u64()).ok_or_else(|| poison(&r.wire))?;
                let sql = "INSERT OR REPLACE INTO leistung VALUES(?1,?2,?3,?4,0)";
                db.execute(sql, params![need("id")?, version, need("sha256")?, need("gueltig_ab")?])?;
            }
            "leistung.closed.v1" => {
                db.execute("UPDATE leistung SET geschlossen=1 WHERE id=?1", [need("id")?])?;
            }
            _ => {}
        }
        Ok(())
    }
}

/// By id and version.
pub fn list(db: &Connection) -> Result<Vec<LeistungRow>> {
    let mut stmt = db.prepare_cached("SELECT id,version,sha256,gueltig_ab,geschlossen FROM leistung ORDER BY 1,2")?;
    let mut rows = stmt.query([])?;
    let mut out = Vec::new();
    while let Some(r) = rows.next()? {
        out.push(LeistungRow {
            id: r.get(0)?,
            version: r.get(1)?,
            sha256: r.get(2)?,
            gueltig_ab: pool::date(r.get(3)?)?.unwrap_or_default(),
            geschlossen: r.get(4)?,
        });
    }
    Ok(out)
}
