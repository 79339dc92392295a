//! Akten with their Aktenzeichen, unit and retention.
//!
//! Does not know the Vorgaenge in them: those name their Akte themselves.

use super::inbox::placeholders;
use crate::datei::View;
use crate::ereignis::{Recorded, decode};
use crate::error::Result;
use crate::pool;
use crate::rows::{AkteRow, AktenFilter};
use akte_core::akte::AkteEvent;
use akte_core::kernel::WireEvent;
use rusqlite::{Connection, Params, params, params_from_iter, types::Value};
use uuid::Uuid;

/// Feeds `akte`.
pub struct Akten;

impl View for Akten {
    fn name(&self) -> &'static str {
        "akten"
    }

    fn schema(&self) -> &'static str {
        "CREATE TABLE akte(
           akte BLOB PRIMARY KEY, aktenzeichen TEXT NOT NULL DEFAULT '', aktenplan TEXT NOT NULL, einheit TEXT NOT NULL,
           titel TEXT, geschlossen INTEGER NOT NULL DEFAULT 0, bis TEXT, version INTEGER NOT NULL) WITHOUT ROWID;
         CREATE INDEX akte_az ON akte(aktenzeichen, akte);"
    }

    fn apply(&mut self, db: &Connection, r: &Recorded) -> Result<()> {
        if !AkteEvent::SPECS.iter().any(|s| s.wire == r.wire) {
            return Ok(());
        }
        let id = r.stream.into_bytes();
        let Some(event) = decode(r)? else { return Ok(()) };
        match event {
            AkteEvent::Opened { aktenplan, einheit, titel, .. } => {
                let sql = "INSERT INTO akte(akte,aktenplan,einheit,titel,version) VALUES(?1,?2,?3,?4,0)";
                db.prepare_cached(sql)?.execute(params![id, aktenplan, einheit, titel])?;
            }
            AkteEvent::AktenzeichenAssigned { aktenzeichen } => {
                let sql = "UPDATE akte SET aktenzeichen=?2 WHERE akte=?1";
                db.prepare_cached(sql)?.execute(params![id, aktenzeichen.unwrap_or_default()])?;
            }
            AkteEvent::Reclassified { aktenplan, .. } => {
                db.prepare_cached("UPDATE akte SET aktenplan=?2 WHERE akte=?1")?.execute(params![id, aktenplan])?;
            }
            AkteEvent::Closed { aufbewahrung_bis, .. } => {
                let sql = "UPDATE akte SET geschlossen=1, bis=?2 WHERE akte=?1";
                db.prepare_cached(sql)?.execute(params![id, aufbewahrung_bis.map(|d| d.to_string())])?;
            }
            AkteEvent::Reopened { .. } => {
                db.prepare_cached("UPDATE akte SET geschlossen=0, bis=NULL WHERE akte=?1")?.execute([id])?;
            }
            AkteEvent::DokumentFiled { .. } | AkteEvent::FiledLate { .. } => {}
        }
        db.prepare_cached("UPDATE akte SET version=?2 WHERE akte=?1")?.execute(params![id, r.seq + 1])?;
        Ok(())
    }
}

fn select(db: &Connection, cond: &str, args: impl Params) -> Result<Vec<AkteRow>> {
    let sql =
        "SELECT akte, nullif(aktenzeichen,''), aktenplan, einheit, titel, geschlossen, bis, version FROM akte WHERE ";
    let mut stmt = db.prepare_cached(&format!("{sql}{cond}"))?;
    let mut rows = stmt.query(args)?;
    let mut out = Vec::new();
    while let Some(r) = rows.next()? {
        out.push(AkteRow {
            akte: Uuid::from_bytes(r.get(0)?),
            aktenzeichen: r.get(1)?,
            aktenplan: r.get(2)?,
            einheit: r.get(3)?,
            titel: r.get(4)?,
            geschlossen: r.get(5)?,
            aufbewahrung_bis: pool::date(r.get(6)?)?,
            version: r.get(7)?,
        });
    }
    Ok(out)
}

/// One Akte.
pub fn one(db: &Connection, akte: Uuid) -> Result<Option<AkteRow>> {
    Ok(select(db, "akte=?1", [akte.as_bytes()])?.pop())
}

/// By Aktenzeichen, within the rights the filter carries.
pub fn list(db: &Connection, f: &AktenFilter) -> Result<Vec<AkteRow>> {
    let mut cond = String::from(if f.offen { "geschlossen=0" } else { "1" });
    let mut args = Vec::new();
    if let Some(einheiten) = &f.einheiten {
        cond += &format!(" AND einheit IN {}", placeholders(einheiten, &mut args));
    }
    if let Some(prefix) = &f.aktenplan {
        cond += " AND aktenplan>=? AND aktenplan<?";
        args.extend([Value::Text(prefix.clone()), Value::Text(format!("{prefix}\u{10FFFF}"))]);
    }
    if let Some((key, akte)) = &f.nach {
        cond += " AND (aktenzeichen, akte) > (?, ?)";
        args.extend([Value::Text(key.clone()), Value::Blob(akte.as_bytes().to_vec())]);
    }
    cond += " ORDER BY aktenzeichen, akte LIMIT ?";
    args.push(Value::Integer(f.limit as i64));
    select(db, &cond, params_from_iter(args))
}
