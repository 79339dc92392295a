//! Akten with their Aktenzeichen, unit and retention.
//!
//! Does not know the Vorgaenge in them: those name their Akte themselves.

use super::inbox::placeholders;
use crate::datei::View;
use crate::ereignis::{Recorded, decode, uuid};
use crate::error::Result;
use crate::pool;
use crate::rows::{AkteRow, AktenFilter};
use akte_core::akte::AkteEvent;
use akte_core::kernel::WireEvent;
use jiff::civil::Date;
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
           titel TEXT, geschlossen INTEGER NOT NULL DEFAULT 0, bis TEXT, version INTEGER NOT NULL,
           gesetzt TEXT, sperren INTEGER NOT NULL DEFAULT 0, angeboten TEXT, bewertung TEXT, vernichtet TEXT,
           nummeriert INTEGER NOT NULL DEFAULT 0, zu_ende INTEGER NOT NULL DEFAULT 0, gewachsen INTEGER NOT NULL DEFAULT 0
         ) WITHOUT ROWID;
         CREATE INDEX akte_bis ON akte(geschlossen, bis);
         CREATE INDEX akte_az ON akte(aktenzeichen, akte);
         CREATE TABLE akte_vorgang(akte BLOB, vorgang BLOB, weg INTEGER NOT NULL DEFAULT 0, PRIMARY KEY(akte, vorgang)) WITHOUT ROWID;
         CREATE TABLE akte_freigabe(loeschung BLOB PRIMARY KEY, umfang TEXT NOT NULL, vorgang BLOB, bis INTEGER NOT NULL) WITHOUT ROWID;"
    }

    fn apply(&mut self, db: &Connection, r: &Recorded) -> Result<()> {
        if r.wire == "eingang.assigned.v1" {
            return uuid(r, "akte").map_or(Ok(()), |akte| gewachsen(db, akte.into_bytes(), r));
        }
        if !AkteEvent::SPECS.iter().any(|s| s.wire == r.wire) {
            return Ok(());
        }
        let id = r.stream.into_bytes();
        let Some(event) = decode(r)? else { return Ok(()) };
        match event {
            AkteEvent::Opened { aktenplan, einheit, titel, vorgang } => {
                let sql = "INSERT INTO akte(akte,aktenplan,einheit,titel,version) VALUES(?1,?2,?3,?4,0)";
                db.prepare_cached(sql)?.execute(params![id, aktenplan, einheit, titel])?;
                enthaelt(db, id, vorgang)?;
            }
            AkteEvent::DokumentFiled { vorgang, .. } => {
                enthaelt(db, id, vorgang)?;
                gewachsen(db, id, r)?;
            }
            AkteEvent::FiledLate { .. } => gewachsen(db, id, r)?,
            AkteEvent::AktenzeichenAssigned { aktenzeichen } => {
                let sql = "UPDATE akte SET aktenzeichen=?2, nummeriert=1 WHERE akte=?1";
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
                gewachsen(db, id, r)?;
            }
            other => aussonderung(db, id, &other)?,
        }
        db.prepare_cached("UPDATE akte SET version=?2 WHERE akte=?1")?.execute(params![id, r.seq + 1])?;
        Ok(())
    }
}

/// A Vorgang that lies in this Akte.
fn enthaelt(db: &Connection, id: [u8; 16], vorgang: Option<Uuid>) -> Result<()> {
    if let Some(v) = vorgang {
        let sql = "INSERT OR IGNORE INTO akte_vorgang(akte,vorgang) VALUES(?1,?2)";
        db.prepare_cached(sql)?.execute(params![id, v.into_bytes()])?;
    }
    Ok(())
}

/// Something came, or the file came back: an approval from before does not name it.
fn gewachsen(db: &Connection, id: [u8; 16], r: &Recorded) -> Result<()> {
    let sql = "UPDATE akte SET zu_ende=0, gewachsen=?2 WHERE akte=?1";
    db.prepare_cached(sql)?.execute(params![id, r.index])?;
    Ok(())
}

/// `bis`: index of the approval, the last that the release covers.
fn freigegeben(db: &Connection, loeschung: Uuid, umfang: &str, vorgang: Option<Uuid>, bis: u64) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO akte_freigabe VALUES(?1,?2,?3,?4)";
    db.prepare_cached(sql)?.execute(params![loeschung.into_bytes(), umfang, vorgang.map(Uuid::into_bytes), bis])?;
    Ok(())
}

/// A file is at its end when it was destroyed itself, or the last of its Vorgaenge as a whole, and nothing came after
/// the approval.
fn vernichtet(db: &Connection, id: [u8; 16], loeschung: Uuid) -> Result<()> {
    let sql = "UPDATE akte_vorgang SET weg=1 WHERE akte=?1
                 AND vorgang=(SELECT vorgang FROM akte_freigabe WHERE loeschung=?2 AND umfang='vorgang')";
    db.prepare_cached(sql)?.execute(params![id, loeschung.into_bytes()])?;
    let sql = "UPDATE akte SET zu_ende=1 WHERE akte=?1 AND EXISTS(
                 SELECT 1 FROM akte_freigabe f WHERE loeschung=?2 AND gewachsen <= f.bis AND (umfang='akte'
                   OR (umfang='vorgang' AND NOT EXISTS(SELECT 1 FROM akte_vorgang WHERE akte=?1 AND weg=0))))";
    db.prepare_cached(sql)?.execute(params![id, loeschung.into_bytes()])?;
    Ok(())
}

/// Retention, holds and what the archive said, as far as lists show them.
fn aussonderung(db: &Connection, id: [u8; 16], event: &AkteEvent) -> Result<()> {
    let set = |what: &str, value: Option<String>| -> Result<()> {
        db.prepare_cached(&format!("UPDATE akte SET {what}=?2 WHERE akte=?1"))?.execute(params![id, value])?;
        Ok(())
    };
    let count = |n: i64| -> Result<()> {
        db.prepare_cached("UPDATE akte SET sperren=sperren+?2 WHERE akte=?1")?.execute(params![id, n])?;
        Ok(())
    };
    match event {
        // What two persons have set stays as long as it is later: the state of the Akte says the same.
        AkteEvent::AufbewahrungComputed { end, .. } => {
            let sql = "UPDATE akte SET bis = CASE WHEN gesetzt IS NOT NULL AND ?2 IS NOT NULL AND gesetzt >= ?2
                         THEN gesetzt ELSE ?2 END,
                       gesetzt = CASE WHEN ?2 IS NOT NULL AND gesetzt >= ?2 THEN gesetzt ELSE NULL END WHERE akte=?1";
            db.prepare_cached(sql)?.execute(params![id, end.map(|d| d.to_string())])?;
            Ok(())
        }
        AkteEvent::Overridden { end, .. } => {
            let sql = "UPDATE akte SET bis=?2, gesetzt=?2 WHERE akte=?1";
            db.prepare_cached(sql)?.execute(params![id, end.to_string()])?;
            Ok(())
        }
        AkteEvent::SperreSet { .. } => count(1),
        AkteEvent::SperreLifted { .. } => count(-1),
        AkteEvent::Offered { am, .. } => set("angeboten", Some(am.to_string())),
        AkteEvent::Appraised { bewertung, .. } => set("bewertung", Some(format!("{bewertung:?}"))),
        AkteEvent::Imported { .. } => set("bewertung", Some("A, übernommen".into())),
        AkteEvent::WithdrawnFromOffer { .. } => {
            set("angeboten", None)?;
            set("bewertung", None)
        }
        AkteEvent::Released { loeschung, vorgang, umfang, bis, .. } => {
            freigegeben(db, *loeschung, umfang, Some(*vorgang), *bis)
        }
        AkteEvent::AkteReleased { loeschung, bis, .. } => freigegeben(db, *loeschung, "akte", None, *bis),
        AkteEvent::Destroyed { loeschung, am, .. } => {
            set("vernichtet", Some(am.to_string()))?;
            vernichtet(db, id, *loeschung)
        }
        AkteEvent::Corrected { feld, wert, .. } if feld == "titel" => set("titel", wert.clone()),
        _ => Ok(()),
    }
}

fn select(db: &Connection, cond: &str, args: impl Params) -> Result<Vec<AkteRow>> {
    let sql =
        "SELECT akte, nullif(aktenzeichen,''), aktenplan, einheit, titel, geschlossen, bis, version, sperren, angeboten,
           bewertung, vernichtet, nummeriert, zu_ende FROM akte WHERE ";
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
            sperren: r.get(8)?,
            angeboten: pool::date(r.get(9)?)?,
            bewertung: r.get(10)?,
            vernichtet: pool::date(r.get(11)?)?,
            nummeriert: r.get(12)?,
            zu_ende: r.get(13)?,
        });
    }
    Ok(out)
}

/// One Akte.
pub fn one(db: &Connection, akte: Uuid) -> Result<Option<AkteRow>> {
    Ok(select(db, "akte=?1", [akte.as_bytes()])?.pop())
}

/// What must be looked at for disposal on this day: closed files whose retention is over or not known and of which
/// something is left, and files under a hold; those longest over first, within the rights of the units.
pub fn faellig(db: &Connection, einheiten: Option<&[String]>, am: Date, limit: usize) -> Result<Vec<AkteRow>> {
    let mut args = vec![Value::Text(am.to_string())];
    let mut cond = String::from("((geschlossen=1 AND zu_ende=0 AND (bis IS NULL OR bis < ?)) OR sperren > 0)");
    if let Some(einheiten) = einheiten {
        cond += &format!(" AND einheit IN {}", placeholders(einheiten, &mut args));
    }
    cond += " ORDER BY coalesce(bis, '9999'), aktenzeichen, akte LIMIT ?";
    args.push(Value::Integer(limit as i64));
    select(db, &cond, params_from_iter(args))
}

/// By Aktenzeichen, exactly.
pub fn by_aktenzeichen(db: &Connection, aktenzeichen: &str) -> Result<Option<AkteRow>> {
    Ok(select(db, "aktenzeichen=?1 AND aktenzeichen<>''", [aktenzeichen])?.pop())
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
