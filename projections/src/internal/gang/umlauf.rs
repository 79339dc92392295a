//! Runs of documents, and with whom each lies now.
//!
//! Keeps the folded state as it is: what it means the room says.

use super::ids;
use crate::datei::View;
use crate::ereignis::{Recorded, decode};
use crate::error::Result;
use crate::pool::{self, to_json};
use crate::rows::UmlaufRow;
use akte_core::geschaeftsgang::{Umlauf, UmlaufEvent};
use akte_core::kernel::{Decider, WireEvent};
use rusqlite::{Connection, OptionalExtension, Params, params, params_from_iter};
use uuid::Uuid;

/// Feeds `umlauf` and `umlauf_bei`.
pub struct Umlaeufe;

impl View for Umlaeufe {
    fn name(&self) -> &'static str {
        "umlaeufe"
    }

    fn schema(&self) -> &'static str {
        "CREATE TABLE umlauf(
           umlauf BLOB PRIMARY KEY, dokument BLOB NOT NULL, durch BLOB NOT NULL, offen INTEGER NOT NULL,
           zustand TEXT NOT NULL, am INTEGER NOT NULL, version INTEGER NOT NULL) WITHOUT ROWID;
         CREATE INDEX umlauf_dokument ON umlauf(dokument);
         CREATE INDEX umlauf_durch ON umlauf(durch, offen);
         CREATE TABLE umlauf_bei(konto BLOB, umlauf BLOB, PRIMARY KEY(konto, umlauf)) WITHOUT ROWID;
         CREATE INDEX umlauf_bei_umlauf ON umlauf_bei(umlauf);"
    }

    fn apply(&mut self, db: &Connection, r: &Recorded) -> Result<()> {
        if !UmlaufEvent::SPECS.iter().any(|s| s.wire == r.wire) {
            return Ok(());
        }
        let id = r.stream.into_bytes();
        let Some(event) = decode::<UmlaufEvent>(r)? else { return Ok(()) };
        let sql = "SELECT zustand, am FROM umlauf WHERE umlauf=?1";
        let vorher: Option<(String, i64)> =
            db.prepare_cached(sql)?.query_row([id], |r| Ok((r.get(0)?, r.get(1)?))).optional()?;
        let (zustand, am) = match vorher {
            Some((text, am)) => (pool::json::<Umlauf>(&text)?, am),
            None => (Umlauf::default(), r.at.as_microsecond()),
        };
        let u = Umlauf::evolve(zustand, &event);
        let (Some(dokument), Some(durch)) = (u.dokument, u.durch) else { return Ok(()) };
        let sql = "INSERT OR REPLACE INTO umlauf VALUES(?1,?2,?3,?4,?5,?6,?7)";
        db.prepare_cached(sql)?.execute(params![
            id,
            dokument.as_bytes(),
            durch.as_bytes(),
            u.stand().offen(),
            to_json(&u)?,
            am,
            r.seq + 1,
        ])?;
        db.prepare_cached("DELETE FROM umlauf_bei WHERE umlauf=?1")?.execute([id])?;
        for konto in u.gefragt().map(|(_, an)| an).unwrap_or_default() {
            db.prepare_cached("INSERT OR IGNORE INTO umlauf_bei VALUES(?1,?2)")?
                .execute(params![konto.as_bytes(), id])?;
        }
        Ok(())
    }
}

/// Runs of one document, oldest first.
pub fn des_dokuments(db: &Connection, dokument: Uuid) -> Result<Vec<UmlaufRow>> {
    select(db, "u.dokument=?1 ORDER BY u.am, u.umlauf", [dokument.as_bytes()])
}

/// Runs in which one of these accounts is asked now.
pub fn bei(db: &Connection, konten: &[Uuid]) -> Result<Vec<UmlaufRow>> {
    let mut args = Vec::new();
    let liste = ids(konten, &mut args);
    let cond = format!("u.umlauf IN (SELECT umlauf FROM umlauf_bei WHERE konto IN {liste}) ORDER BY u.am, u.umlauf");
    select(db, &cond, params_from_iter(args))
}

/// Open runs these accounts began.
pub fn von(db: &Connection, konten: &[Uuid]) -> Result<Vec<UmlaufRow>> {
    let mut args = Vec::new();
    let liste = ids(konten, &mut args);
    select(db, &format!("u.durch IN {liste} AND u.offen=1 ORDER BY u.am, u.umlauf"), params_from_iter(args))
}

fn select(db: &Connection, cond: &str, args: impl Params) -> Result<Vec<UmlaufRow>> {
    let sql = format!(
        "SELECT u.umlauf, u.dokument, d.titel, u.zustand, u.am, u.version
         FROM umlauf u LEFT JOIN dokument d ON d.dokument=u.dokument WHERE {cond}"
    );
    let mut stmt = db.prepare_cached(&sql)?;
    let mut rows = stmt.query(args)?;
    let mut out = Vec::new();
    while let Some(r) = rows.next()? {
        out.push(UmlaufRow {
            umlauf: Uuid::from_bytes(r.get(0)?),
            dokument: Uuid::from_bytes(r.get(1)?),
            titel: r.get(2)?,
            zustand: pool::json(&r.get::<_, String>(3)?)?,
            begonnen_am: pool::time(r.get(4)?)?,
            version: r.get(5)?,
        });
    }
    Ok(out)
}
