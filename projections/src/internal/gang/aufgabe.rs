//! Tasks, by who does them and who gave them out.
//!
//! Shows no result: the page that may show it reads the stream itself.

use super::{ids, objekt};
use crate::datei::View;
use crate::ereignis::{Recorded, decode};
use crate::error::Result;
use crate::pool;
use crate::rows::AufgabeRow;
use akte_core::geschaeftsgang::AufgabeEvent as E;
use akte_core::kernel::WireEvent;
use rusqlite::{Connection, Params, params, params_from_iter, types::Value};
use uuid::Uuid;

/// Feeds `aufgabe`.
pub struct Aufgaben;

impl View for Aufgaben {
    fn name(&self) -> &'static str {
        "aufgaben"
    }

    fn schema(&self) -> &'static str {
        "CREATE TABLE aufgabe(
           aufgabe BLOB PRIMARY KEY, art TEXT, objekt BLOB, einheit TEXT NOT NULL, konto BLOB, faellig TEXT, titel TEXT,
           durch BLOB NOT NULL, erledigt INTEGER NOT NULL, am INTEGER NOT NULL) WITHOUT ROWID;
         CREATE INDEX aufgabe_konto ON aufgabe(konto, erledigt);
         CREATE INDEX aufgabe_einheit ON aufgabe(einheit, erledigt);
         CREATE INDEX aufgabe_durch ON aufgabe(durch, am);"
    }

    fn apply(&mut self, db: &Connection, r: &Recorded) -> Result<()> {
        if !E::SPECS.iter().any(|s| s.wire == r.wire) {
            return Ok(());
        }
        let id = r.stream.into_bytes();
        let Some(event) = decode(r)? else { return Ok(()) };
        match event {
            E::Created { objekt, einheit, konto, faellig, durch, titel, .. } => {
                let sql = "INSERT INTO aufgabe VALUES(?1,?2,?3,?4,?5,?6,?7,?8,0,?9)";
                db.prepare_cached(sql)?.execute(params![
                    id,
                    objekt.map(|o| o.art.code()),
                    objekt.map(|o| o.id.into_bytes()),
                    einheit,
                    konto.map(Uuid::into_bytes),
                    faellig.map(|d| d.to_string()),
                    titel,
                    durch.as_bytes(),
                    r.at.as_microsecond(),
                ])?;
            }
            E::Forwarded { einheit, konto, .. } => {
                let sql = "UPDATE aufgabe SET einheit=?2, konto=?3 WHERE aufgabe=?1";
                db.prepare_cached(sql)?.execute(params![id, einheit, konto.map(Uuid::into_bytes)])?;
            }
            E::Done { .. } => {
                db.prepare_cached("UPDATE aufgabe SET erledigt=1 WHERE aufgabe=?1")?.execute([id])?;
            }
        }
        Ok(())
    }
}

/// Undone tasks of these accounts, and of this unit where no person is named; earliest due first.
pub fn offen(db: &Connection, konten: &[Uuid], einheit: &str) -> Result<Vec<AufgabeRow>> {
    let mut args = Vec::new();
    let liste = ids(konten, &mut args);
    args.push(Value::Text(einheit.to_owned()));
    let cond = format!(
        "erledigt=0 AND (konto IN {liste} OR (konto IS NULL AND einheit=?))
         ORDER BY coalesce(faellig, '9999'), am, aufgabe"
    );
    select(db, &cond, params_from_iter(args))
}

/// Given out by this account, newest first.
pub fn von(db: &Connection, konto: Uuid, limit: usize) -> Result<Vec<AufgabeRow>> {
    let cond = "durch=?1 ORDER BY am DESC, aufgabe LIMIT ?2";
    select(db, cond, params![konto.as_bytes(), limit as i64])
}

fn select(db: &Connection, cond: &str, args: impl Params) -> Result<Vec<AufgabeRow>> {
    let sql = format!(
        "SELECT aufgabe, art, objekt, einheit, konto, faellig, titel, durch, erledigt, am FROM aufgabe WHERE {cond}"
    );
    let mut stmt = db.prepare_cached(&sql)?;
    let mut rows = stmt.query(args)?;
    let mut out = Vec::new();
    while let Some(r) = rows.next()? {
        let art: Option<String> = r.get(1)?;
        let was: Option<[u8; 16]> = r.get(2)?;
        out.push(AufgabeRow {
            aufgabe: Uuid::from_bytes(r.get(0)?),
            objekt: art.zip(was).map(|(art, id)| objekt(&art, id)).transpose()?,
            einheit: r.get(3)?,
            konto: r.get::<_, Option<[u8; 16]>>(4)?.map(Uuid::from_bytes),
            faellig: pool::date(r.get(5)?)?,
            titel: r.get(6)?,
            durch: Uuid::from_bytes(r.get(7)?),
            erledigt: r.get(8)?,
            am: pool::time(r.get(9)?)?,
        });
    }
    Ok(out)
}
