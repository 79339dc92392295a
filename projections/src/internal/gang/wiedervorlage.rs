//! Wiedervorlagen of every thing, by who gets them and when.
//!
//! Marks nothing due: it shows what the events say.

use super::{ids, objekt};
use crate::datei::View;
use crate::ereignis::{Recorded, decode};
use crate::error::Result;
use crate::pool;
use crate::rows::WiedervorlageRow;
use akte_core::geschaeftsgang::{Objekt, WiedervorlageEvent as E};
use akte_core::kernel::WireEvent;
use jiff::civil::Date;
use rusqlite::{Connection, Params, params, params_from_iter};
use uuid::Uuid;

/// Feeds `wiedervorlage`.
pub struct Wiedervorlagen;

impl View for Wiedervorlagen {
    fn name(&self) -> &'static str {
        "wiedervorlagen"
    }

    fn schema(&self) -> &'static str {
        "CREATE TABLE wiedervorlage(
           wiedervorlage BLOB PRIMARY KEY, art TEXT NOT NULL, objekt BLOB NOT NULL, einheit TEXT NOT NULL,
           konto BLOB NOT NULL, faellig TEXT NOT NULL, grund TEXT, eskaliert TEXT, erledigt INTEGER NOT NULL) WITHOUT ROWID;
         CREATE INDEX wiedervorlage_konto ON wiedervorlage(konto, erledigt, faellig);
         CREATE INDEX wiedervorlage_objekt ON wiedervorlage(objekt);
         CREATE INDEX wiedervorlage_faellig ON wiedervorlage(erledigt, faellig);"
    }

    fn apply(&mut self, db: &Connection, r: &Recorded) -> Result<()> {
        if !E::SPECS.iter().any(|s| s.wire == r.wire) {
            return Ok(());
        }
        let id = r.stream.into_bytes();
        let Some(event) = decode(r)? else { return Ok(()) };
        match event {
            E::Set { objekt, einheit, konto, faellig, grund, .. } => {
                let sql = "INSERT INTO wiedervorlage VALUES(?1,?2,?3,?4,?5,?6,?7,NULL,0)";
                db.prepare_cached(sql)?.execute(params![
                    id,
                    objekt.art.code(),
                    objekt.id.as_bytes(),
                    einheit,
                    konto.as_bytes(),
                    faellig.to_string(),
                    grund,
                ])?;
            }
            E::Moved { faellig, .. } => {
                let sql = "UPDATE wiedervorlage SET faellig=?2, eskaliert=NULL WHERE wiedervorlage=?1";
                db.prepare_cached(sql)?.execute(params![id, faellig.to_string()])?;
            }
            E::Due { .. } => {}
            E::Done { .. } => {
                db.prepare_cached("UPDATE wiedervorlage SET erledigt=1 WHERE wiedervorlage=?1")?.execute([id])?;
            }
            E::Escalated { am, .. } => {
                let sql = "UPDATE wiedervorlage SET eskaliert=?2 WHERE wiedervorlage=?1";
                db.prepare_cached(sql)?.execute(params![id, am.to_string()])?;
            }
        }
        Ok(())
    }
}

/// Undone and come to their day.
pub fn faellig(db: &Connection, today: Date) -> Result<Vec<Uuid>> {
    let sql =
        "SELECT wiedervorlage FROM wiedervorlage WHERE erledigt=0 AND faellig<=?1 ORDER BY faellig, wiedervorlage";
    let mut stmt = db.prepare_cached(sql)?;
    let rows = stmt.query_map([today.to_string()], |r| Ok(Uuid::from_bytes(r.get(0)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Undone ones of these accounts, earliest first.
pub fn von(db: &Connection, konten: &[Uuid]) -> Result<Vec<WiedervorlageRow>> {
    let mut args = Vec::new();
    let liste = ids(konten, &mut args);
    let cond = format!("konto IN {liste} AND erledigt=0 ORDER BY faellig, wiedervorlage");
    select(db, &cond, params_from_iter(args))
}

/// Undone ones of this unit that were told to its head.
pub fn eskaliert(db: &Connection, einheit: &str) -> Result<Vec<WiedervorlageRow>> {
    let cond = "einheit=?1 AND erledigt=0 AND eskaliert IS NOT NULL ORDER BY faellig, wiedervorlage";
    select(db, cond, [einheit])
}

/// All of one thing.
pub fn an(db: &Connection, was: Objekt) -> Result<Vec<WiedervorlageRow>> {
    let cond = "art=?1 AND objekt=?2 ORDER BY erledigt, faellig, wiedervorlage";
    select(db, cond, params![was.art.code(), was.id.as_bytes()])
}

fn select(db: &Connection, cond: &str, args: impl Params) -> Result<Vec<WiedervorlageRow>> {
    let sql = format!(
        "SELECT wiedervorlage, art, objekt, einheit, konto, faellig, grund, eskaliert, erledigt FROM wiedervorlage WHERE {cond}"
    );
    let mut stmt = db.prepare_cached(&sql)?;
    let mut rows = stmt.query(args)?;
    let mut out = Vec::new();
    while let Some(r) = rows.next()? {
        out.push(WiedervorlageRow {
            wiedervorlage: Uuid::from_bytes(r.get(0)?),
            objekt: objekt(&r.get::<_, String>(1)?, r.get(2)?)?,
            einheit: r.get(3)?,
            konto: Uuid::from_bytes(r.get(4)?),
            faellig: pool::date(r.get(5)?)?.unwrap_or_default(),
            grund: r.get(6)?,
            eskaliert: pool::date(r.get(7)?)?,
            erledigt: r.get(8)?,
        });
    }
    Ok(out)
}
