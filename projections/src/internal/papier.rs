//! Paper volumes of the files: where they stand and who has them.
//!
//! Knows no page of them.

use crate::datei::View;
use crate::ereignis::{Recorded, decode};
use crate::error::Result;
use crate::pool;
use crate::rows::PapierbandRow;
use akte_core::akte::AkteEvent;
use rusqlite::{Connection, params};
use uuid::Uuid;

/// Feeds `papierband`.
pub struct Papier;

impl View for Papier {
    fn name(&self) -> &'static str {
        "papier"
    }

    fn schema(&self) -> &'static str {
        "CREATE TABLE papierband(
           band BLOB PRIMARY KEY, akte BLOB NOT NULL, nummer INTEGER NOT NULL, titel TEXT, ort TEXT,
           geliehen INTEGER NOT NULL DEFAULT 0, an TEXT, am TEXT, bis TEXT) WITHOUT ROWID;
         CREATE INDEX papierband_akte ON papierband(akte, nummer);"
    }

    fn apply(&mut self, db: &Connection, r: &Recorded) -> Result<()> {
        if !r.wire.starts_with("papierband.") {
            return Ok(());
        }
        match decode(r)? {
            Some(AkteEvent::PapierbandRegistered { band, nummer, titel, ort }) => {
                let sql = "INSERT INTO papierband(band,akte,nummer,titel,ort) VALUES(?1,?2,?3,?4,?5)";
                let (band, akte) = (band.into_bytes(), r.stream.into_bytes());
                db.prepare_cached(sql)?.execute(params![band, akte, nummer, titel, ort])?;
            }
            Some(AkteEvent::PapierbandMoved { band, ort }) => {
                let sql = "UPDATE papierband SET ort=?2 WHERE band=?1";
                db.prepare_cached(sql)?.execute(params![band.into_bytes(), ort])?;
            }
            Some(AkteEvent::PapierbandLent { band, an, am, bis }) => {
                let sql = "UPDATE papierband SET geliehen=1, an=?2, am=?3, bis=?4 WHERE band=?1";
                let (am, bis) = (am.to_string(), bis.map(|d| d.to_string()));
                db.prepare_cached(sql)?.execute(params![band.into_bytes(), an, am, bis])?;
            }
            Some(AkteEvent::PapierbandReturned { band, ort, .. }) => {
                let sql = "UPDATE papierband SET geliehen=0, an=NULL, am=NULL, bis=NULL, ort=?2 WHERE band=?1";
                db.prepare_cached(sql)?.execute(params![band.into_bytes(), ort])?;
            }
            _ => {}
        }
        Ok(())
    }
}

/// Volumes of one Akte by number.
pub fn der_akte(db: &Connection, akte: Uuid) -> Result<Vec<PapierbandRow>> {
    let sql = "SELECT band, nummer, titel, ort, geliehen, an, am, bis FROM papierband WHERE akte=?1 ORDER BY nummer";
    let mut stmt = db.prepare_cached(sql)?;
    let mut rows = stmt.query([akte.as_bytes()])?;
    let mut out = Vec::new();
    while let Some(r) = rows.next()? {
        out.push(PapierbandRow {
            band: Uuid::from_bytes(r.get(0)?),
            nummer: r.get(1)?,
            titel: r.get(2)?,
            ort: r.get(3)?,
            geliehen: r.get(4)?,
            an: r.get(5)?,
            am: pool::date(r.get(6)?)?,
            bis: pool::date(r.get(7)?)?,
        });
    }
    Ok(out)
}
