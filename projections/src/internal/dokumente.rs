//! Documents of the files, with their newest version.
//!
//! Holds no bytes: only where they lie and what they must hash to.

use crate::datei::View;
use crate::ereignis::{Recorded, decode};
use crate::error::Result;
use crate::pool::{self, to_json};
use crate::rows::DokumentRow;
use akte_core::akte::DokumentEvent;
use akte_core::documents::DokumentWert;
use akte_core::kernel::WireEvent;
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

/// Feeds `dokument`.
pub struct Dokumente;

impl View for Dokumente {
    fn name(&self) -> &'static str {
        "dokumente"
    }

    fn schema(&self) -> &'static str {
        "CREATE TABLE dokument(
           dokument BLOB PRIMARY KEY, akte BLOB NOT NULL, vorgang BLOB, richtung TEXT NOT NULL, titel TEXT, dateiname TEXT,
           media TEXT, len INTEGER, at INTEGER NOT NULL, wert TEXT) WITHOUT ROWID;
         CREATE INDEX dokument_vorgang ON dokument(vorgang);
         CREATE INDEX dokument_akte ON dokument(akte);"
    }

    fn apply(&mut self, db: &Connection, r: &Recorded) -> Result<()> {
        if !DokumentEvent::SPECS.iter().any(|s| s.wire == r.wire) {
            return Ok(());
        }
        let id = r.stream.into_bytes();
        let parts = |d: &Option<DokumentWert>| -> Result<_> {
            let d = d.as_ref();
            Ok((d.map(|d| d.media.clone()), d.map(|d| d.len), d.map(to_json).transpose()?))
        };
        let Some(event) = decode(r)? else { return Ok(()) };
        match event {
            DokumentEvent::Added { akte, vorgang, richtung, titel, dateiname, dokument } => {
                let (media, len, wert) = parts(&dokument)?;
                let sql = "INSERT INTO dokument VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)";
                db.prepare_cached(sql)?.execute(params![
                    id,
                    akte.as_bytes(),
                    vorgang.map(Uuid::into_bytes),
                    richtung,
                    titel,
                    dateiname,
                    media,
                    len,
                    r.at.as_microsecond(),
                    wert,
                ])?;
            }
            DokumentEvent::VersionAdded { dokument, .. } => {
                let (media, len, wert) = parts(&dokument)?;
                let sql = "UPDATE dokument SET media=?2, len=?3, wert=?4, at=?5 WHERE dokument=?1";
                db.prepare_cached(sql)?.execute(params![id, media, len, wert, r.at.as_microsecond()])?;
            }
        }
        Ok(())
    }
}

/// Documents whose `column` (a name of this module's callers, never input) is this id, oldest first.
pub fn list(db: &Connection, column: &str, id: Uuid) -> Result<Vec<DokumentRow>> {
    let sql = format!(
        "SELECT dokument, akte, vorgang, richtung, titel, dateiname, media, len, at FROM dokument
         WHERE {column}=?1 ORDER BY at, dokument"
    );
    let mut stmt = db.prepare_cached(&sql)?;
    let mut rows = stmt.query([id.as_bytes()])?;
    let mut out = Vec::new();
    while let Some(r) = rows.next()? {
        out.push(DokumentRow {
            dokument: Uuid::from_bytes(r.get(0)?),
            akte: Some(Uuid::from_bytes(r.get(1)?)),
            vorgang: r.get::<_, Option<[u8; 16]>>(2)?.map(Uuid::from_bytes),
            richtung: r.get(3)?,
            titel: r.get(4)?,
            dateiname: r.get(5)?,
            media: r.get(6)?,
            len: r.get(7)?,
            at: pool::time(r.get(8)?)?,
        });
    }
    Ok(out)
}

/// Commitment and reference of the newest version; `None` where it was erased.
pub fn wert(db: &Connection, dokument: Uuid) -> Result<Option<DokumentWert>> {
    let sql = "SELECT wert FROM dokument WHERE dokument=?1";
    let text: Option<Option<String>> =
        db.prepare_cached(sql)?.query_row([dokument.as_bytes()], |r| r.get(0)).optional()?;
    text.flatten().map(|t| pool::json(&t)).transpose()
}
