//! Erasures with their state: proposed, approved, rejected, carried out.
//!
//! Shows no reasoning: the page that may show it reads the stream itself.

use super::inbox::placeholders;
use crate::datei::View;
use crate::ereignis::{Recorded, decode};
use crate::error::Result;
use crate::pool;
use crate::rows::LoeschungRow;
use akte_core::kernel::WireEvent;
use akte_core::loeschung::LoeschungEvent;
use rusqlite::{Connection, params, params_from_iter};
use uuid::Uuid;

/// Feeds `loeschung`.
pub struct Loeschungen;

impl View for Loeschungen {
    fn name(&self) -> &'static str {
        "loeschungen"
    }

    fn schema(&self) -> &'static str {
        "CREATE TABLE loeschung(
           loeschung BLOB PRIMARY KEY, vorgang BLOB NOT NULL, einheit TEXT NOT NULL, umfang TEXT NOT NULL,
           grund TEXT NOT NULL, archiv TEXT NOT NULL, stand TEXT NOT NULL, vorgeschlagen BLOB NOT NULL,
           entschieden BLOB, am INTEGER NOT NULL, vollzug INTEGER, version INTEGER NOT NULL) WITHOUT ROWID;
         CREATE INDEX loeschung_stand ON loeschung(stand, am);"
    }

    fn apply(&mut self, db: &Connection, r: &Recorded) -> Result<()> {
        if !LoeschungEvent::SPECS.iter().any(|s| s.wire == r.wire) {
            return Ok(());
        }
        let id = r.stream.into_bytes();
        let Some(event) = decode(r)? else { return Ok(()) };
        let stand = |stand: &str, entschieden: Option<Uuid>, vollzug: Option<u64>| {
            let sql = "UPDATE loeschung SET stand=?2, entschieden=coalesce(?3, entschieden), vollzug=?4, version=?5
                       WHERE loeschung=?1";
            let entschieden = entschieden.map(Uuid::into_bytes);
            db.prepare_cached(sql)?.execute(params![id, stand, entschieden, vollzug, r.seq + 1])
        };
        match event {
            LoeschungEvent::Proposed { vorgang, einheit, umfang, grund, archiv, durch, .. } => {
                let sql = "INSERT INTO loeschung VALUES(?1,?2,?3,?4,?5,?6,'vorgeschlagen',?7,NULL,?8,NULL,1)";
                db.prepare_cached(sql)?.execute(params![
                    id,
                    vorgang.into_bytes(),
                    einheit,
                    umfang.wort(),
                    grund.code(),
                    archiv.code(),
                    durch.into_bytes(),
                    r.at.as_microsecond(),
                ])?;
            }
            LoeschungEvent::Approved { durch, .. } => {
                stand("genehmigt", Some(durch), None)?;
            }
            LoeschungEvent::Rejected { durch, .. } => {
                stand("abgelehnt", Some(durch), None)?;
            }
            LoeschungEvent::Refused { vorgang, einheit, ausnahme, durch, .. } => {
                let sql = "INSERT INTO loeschung VALUES(?1,?2,?3,'',?4,'','verweigert',?5,?5,?6,NULL,1)";
                db.prepare_cached(sql)?.execute(params![
                    id,
                    vorgang.into_bytes(),
                    einheit,
                    ausnahme.code(),
                    durch.into_bytes(),
                    r.at.as_microsecond(),
                ])?;
            }
            LoeschungEvent::Executed { vollzug, .. } => {
                stand("vollzogen", None, Some(vollzug))?;
            }
        }
        Ok(())
    }
}

/// Newest first; `einheiten` = `None` only for roles that may see all.
pub fn list(db: &Connection, einheiten: Option<&[String]>, limit: usize) -> Result<Vec<LoeschungRow>> {
    let mut args = Vec::new();
    let cond = match einheiten {
        Some(e) => format!("einheit IN {}", placeholders(e, &mut args)),
        None => "1".into(),
    };
    args.push(rusqlite::types::Value::Integer(limit as i64));
    select(db, &format!("{cond} ORDER BY am DESC, loeschung LIMIT ?"), params_from_iter(args))
}

/// Approved and not yet carried out, oldest first.
pub fn genehmigt(db: &Connection) -> Result<Vec<LoeschungRow>> {
    select(db, "stand='genehmigt' ORDER BY am, loeschung", [])
}

/// Every erasure that was ever proposed or refused for these Vorgaenge.
pub fn der_vorgaenge(db: &Connection, vorgaenge: &[Uuid]) -> Result<Vec<Uuid>> {
    let mut stmt = db.prepare_cached("SELECT loeschung FROM loeschung WHERE vorgang=?1 ORDER BY am, loeschung")?;
    let mut out = Vec::new();
    for v in vorgaenge {
        let ids = stmt.query_map([v.into_bytes()], |r| r.get(0).map(Uuid::from_bytes))?;
        out.extend(ids.collect::<std::result::Result<Vec<_>, _>>()?);
    }
    Ok(out)
}

fn select(db: &Connection, cond: &str, args: impl rusqlite::Params) -> Result<Vec<LoeschungRow>> {
    let sql = format!(
        "SELECT loeschung, vorgang, einheit, umfang, grund, archiv, stand, vorgeschlagen, entschieden, am, vollzug, version
         FROM loeschung WHERE {cond}"
    );
    let mut stmt = db.prepare_cached(&sql)?;
    let mut rows = stmt.query(args)?;
    let mut out = Vec::new();
    while let Some(r) = rows.next()? {
        out.push(LoeschungRow {
            loeschung: Uuid::from_bytes(r.get(0)?),
            vorgang: Uuid::from_bytes(r.get(1)?),
            einheit: r.get(2)?,
            umfang: r.get(3)?,
            grund: r.get(4)?,
            archiv: r.get(5)?,
            stand: r.get(6)?,
            vorgeschlagen: Uuid::from_bytes(r.get(7)?),
            entschieden: r.get::<_, Option<[u8; 16]>>(8)?.map(Uuid::from_bytes),
            am: pool::time(r.get(9)?)?,
            vollzug: r.get(10)?,
            version: r.get(11)?,
        });
    }
    Ok(out)
}
