//! Documents of the files, with their newest version.
//!
//! Holds no bytes: only where they lie and what they must hash to.

use crate::datei::View;
use crate::ereignis::{Recorded, decode};
use crate::error::Result;
use crate::pool::{self, to_json};
use crate::rows::{DokumentRow, DokumentVersion};
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
           media TEXT, len INTEGER, at INTEGER NOT NULL, wert TEXT, nach BLOB, doppelt BLOB) WITHOUT ROWID;
         CREATE TABLE dokument_version(
           dokument BLOB NOT NULL, version INTEGER NOT NULL, grund TEXT, at INTEGER NOT NULL, wert TEXT,
           PRIMARY KEY(dokument, version)) WITHOUT ROWID;
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
            DokumentEvent::Added { akte, vorgang, richtung, titel, dateiname, dokument, .. } => {
                let (media, len, wert) = parts(&dokument)?;
                let sql = "INSERT INTO dokument VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,NULL,NULL)";
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
                version(db, id, 1, None, r, parts(&dokument)?.2)?;
            }
            DokumentEvent::Moved { nach, .. } => {
                let sql = "UPDATE dokument SET nach=?2 WHERE dokument=?1";
                db.prepare_cached(sql)?.execute(params![id, nach.into_bytes()])?;
            }
            DokumentEvent::LinkedAsDuplicate { original, .. } => {
                let sql = "UPDATE dokument SET doppelt=?2 WHERE dokument=?1";
                db.prepare_cached(sql)?.execute(params![id, original.into_bytes()])?;
            }
            DokumentEvent::Unlinked { .. } => {
                db.prepare_cached("UPDATE dokument SET doppelt=NULL WHERE dokument=?1")?.execute([id])?;
            }
            DokumentEvent::Imported { akte, richtung, titel, dateiname, dokument, .. } => {
                let (media, len, wert) = parts(&dokument)?;
                let sql = "INSERT INTO dokument(dokument,akte,richtung,titel,dateiname,media,len,at,wert)
                           VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9)";
                let (akte, at) = (akte.as_bytes(), r.at.as_microsecond());
                db.prepare_cached(sql)?
                    .execute(params![id, akte, richtung, titel, dateiname, media, len, at, &wert])?;
                version(db, id, 1, None, r, wert)?;
            }
            // No list shows what is noted of a document; its page reads the stream.
            DokumentEvent::Described { .. } => {}
            DokumentEvent::VersionAdded { version: n, dokument, grund } => {
                version(db, id, n, grund, r, parts(&dokument)?.2)?;
                let (media, len, wert) = parts(&dokument)?;
                let sql = "UPDATE dokument SET media=?2, len=?3, wert=?4, at=?5 WHERE dokument=?1";
                db.prepare_cached(sql)?.execute(params![id, media, len, wert, r.at.as_microsecond()])?;
            }
        }
        Ok(())
    }
}

fn version(
    db: &Connection,
    id: [u8; 16],
    version: u32,
    grund: Option<String>,
    r: &Recorded,
    wert: Option<String>,
) -> Result<()> {
    let sql = "INSERT INTO dokument_version VALUES(?1,?2,?3,?4,?5)";
    db.prepare_cached(sql)?.execute(params![id, version, grund, r.at.as_microsecond(), wert])?;
    Ok(())
}

/// All versions of a document, first one first.
pub fn versionen(db: &Connection, dokument: Uuid) -> Result<Vec<DokumentVersion>> {
    let sql = "SELECT version, grund, at, wert FROM dokument_version WHERE dokument=?1 ORDER BY version";
    let mut stmt = db.prepare_cached(sql)?;
    let mut rows = stmt.query([dokument.as_bytes()])?;
    let mut out = Vec::new();
    while let Some(r) = rows.next()? {
        let wert: Option<String> = r.get(3)?;
        out.push(DokumentVersion {
            version: r.get(0)?,
            grund: r.get(1)?,
            at: pool::time(r.get(2)?)?,
            wert: wert.map(|t| pool::json(&t)).transpose()?,
        });
    }
    Ok(out)
}

/// How many lie here now, and one page of them, oldest first; what was moved away is not among them.
pub fn seite(db: &Connection, akte: Uuid, ab: usize, limit: usize) -> Result<(usize, Vec<DokumentRow>)> {
    let sql = "SELECT count(*) FROM dokument WHERE akte=?1 AND nach IS NULL";
    let alle: i64 = db.prepare_cached(sql)?.query_row([akte.as_bytes()], |r| r.get(0))?;
    let cond = "akte=?1 AND nach IS NULL ORDER BY at, dokument LIMIT ?2 OFFSET ?3";
    let page = select(db, cond, params![akte.as_bytes(), limit as i64, ab as i64])?;
    Ok((usize::try_from(alle).unwrap_or(0), page))
}

/// Documents whose `column` (a name of this module's callers, never input) is this id, oldest first.
pub fn list(db: &Connection, column: &str, id: Uuid) -> Result<Vec<DokumentRow>> {
    select(db, &format!("{column}=?1 ORDER BY at, dokument"), [id.as_bytes()])
}

fn select(db: &Connection, cond: &str, args: impl rusqlite::Params) -> Result<Vec<DokumentRow>> {
    let columns = "dokument, akte, vorgang, richtung, titel, dateiname, media, len, at, nach, doppelt";
    let mut stmt = db.prepare_cached(&format!("SELECT {columns} FROM dokument WHERE {cond}"))?;
    let mut rows = stmt.query(args)?;
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
            nach: r.get::<_, Option<[u8; 16]>>(9)?.map(Uuid::from_bytes),
            doppelt_zu: r.get::<_, Option<[u8; 16]>>(10)?.map(Uuid::from_bytes),
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
