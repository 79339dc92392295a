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
use akte_core::loeschung::{LoeschungEvent, Umfang};
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
           loeschung BLOB PRIMARY KEY, vorgang BLOB, akte BLOB, einheit TEXT NOT NULL, umfang TEXT NOT NULL,
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
                let was = (Some(vorgang), None);
                vorgeschlagen(db, r, was, &einheit, (&umfang, grund.code(), archiv.code()), durch)?;
            }
            LoeschungEvent::AkteProposed { akte, einheit, grund, archiv, durch, .. } => {
                let (was, umfang) = ((None, Some(akte)), Umfang::Akte);
                vorgeschlagen(db, r, was, &einheit, (&umfang, grund.code(), archiv.code()), durch)?;
            }
            LoeschungEvent::Approved { durch, .. } => {
                stand("genehmigt", Some(durch), None)?;
            }
            LoeschungEvent::Rejected { durch, .. } => {
                stand("abgelehnt", Some(durch), None)?;
            }
            LoeschungEvent::Refused { vorgang, einheit, ausnahme, durch, .. } => {
                let sql = "INSERT INTO loeschung VALUES(?1,?2,NULL,?3,'',?4,'','verweigert',?5,?5,?6,NULL,1)";
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

fn vorgeschlagen(
    db: &Connection,
    r: &Recorded,
    (vorgang, akte): (Option<Uuid>, Option<Uuid>),
    einheit: &str,
    (umfang, grund, archiv): (&Umfang, &str, &str),
    durch: Uuid,
) -> Result<()> {
    let sql = "INSERT INTO loeschung VALUES(?1,?2,?3,?4,?5,?6,?7,'vorgeschlagen',?8,NULL,?9,NULL,1)";
    db.prepare_cached(sql)?.execute(params![
        r.stream.into_bytes(),
        vorgang.map(Uuid::into_bytes),
        akte.map(Uuid::into_bytes),
        einheit,
        umfang.wort(),
        grund,
        archiv,
        durch.into_bytes(),
        r.at.as_microsecond(),
    ])?;
    Ok(())
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

/// Every erasure that was ever proposed for this Akte itself.
pub fn der_akte(db: &Connection, akte: Uuid) -> Result<Vec<Uuid>> {
    let mut stmt = db.prepare_cached("SELECT loeschung FROM loeschung WHERE akte=?1 ORDER BY am, loeschung")?;
    let ids = stmt.query_map([akte.into_bytes()], |r| r.get(0).map(Uuid::from_bytes))?;
    Ok(ids.collect::<std::result::Result<_, _>>()?)
}

fn select(db: &Connection, cond: &str, args: impl rusqlite::Params) -> Result<Vec<LoeschungRow>> {
    let sql = format!(
        "SELECT loeschung, vorgang, akte, einheit, umfang, grund, archiv, stand, vorgeschlagen, entschieden, am, vollzug, version
         FROM loeschung WHERE {cond}"
    );
    let mut stmt = db.prepare_cached(&sql)?;
    let mut rows = stmt.query(args)?;
    let mut out = Vec::new();
    while let Some(r) = rows.next()? {
        out.push(LoeschungRow {
            loeschung: Uuid::from_bytes(r.get(0)?),
            vorgang: r.get::<_, Option<[u8; 16]>>(1)?.map(Uuid::from_bytes),
            akte: r.get::<_, Option<[u8; 16]>>(2)?.map(Uuid::from_bytes),
            einheit: r.get(3)?,
            umfang: r.get(4)?,
            grund: r.get(5)?,
            archiv: r.get(6)?,
            stand: r.get(7)?,
            vorgeschlagen: Uuid::from_bytes(r.get(8)?),
            entschieden: r.get::<_, Option<[u8; 16]>>(9)?.map(Uuid::from_bytes),
            am: pool::time(r.get(10)?)?,
            vollzug: r.get(11)?,
            version: r.get(12)?,
        });
    }
    Ok(out)
}
