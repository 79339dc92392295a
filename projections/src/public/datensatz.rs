//! Open datasets: exactly the released columns that have a legal basis in an adopted definition.
//!
//! A column nobody listed is not stored, whatever an event carries; a withdrawn row is deleted, its proof with it.

use crate::datei::View;
use crate::ereignis::{Recorded, decode};
use crate::error::Result;
use crate::internal::namen;
use crate::pool::{self, to_json};
use crate::rows::{DatensatzInfo, DatensatzZeile};
use akte_core::ledger::disclosure;
use akte_core::ledger::group::{Group, Place, open as open_group};
use akte_core::ledger::ids::system_stream;
use akte_core::ledger::port::Stored;
use akte_core::ledger::receipt::Redacted;
use akte_core::verfahren::DatensatzEvent;
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;
use std::collections::BTreeMap;

/// A released row, and the list of all rows of a release.
const ZEILE: &str = "datensatz.row_released.v1";
const VERZEICHNIS: &str = "dataset.published.v1";

/// Feeds `datensatz`, `zeile` and `verzeichnis`.
pub struct Datensaetze;

impl View for Datensaetze {
    fn name(&self) -> &'static str {
        "datensaetze"
    }

    fn schema(&self) -> &'static str {
        "CREATE TABLE datensatz(id TEXT PRIMARY KEY, titel TEXT NOT NULL, rechtsgrundlage TEXT NOT NULL, spalten TEXT NOT NULL,
           spalten_titel TEXT NOT NULL, stand INTEGER) WITHOUT ROWID;
         CREATE TABLE zeile(idx INTEGER PRIMARY KEY, stream BLOB NOT NULL UNIQUE, datensatz TEXT NOT NULL, release TEXT NOT NULL,
           zeile TEXT NOT NULL, kopf BLOB, offen TEXT);
         CREATE TABLE verzeichnis(datensatz TEXT NOT NULL, release TEXT NOT NULL, zeilen INTEGER NOT NULL, idx INTEGER NOT NULL,
           kopf BLOB NOT NULL, offen TEXT NOT NULL, PRIMARY KEY(datensatz, release)) WITHOUT ROWID;
         CREATE INDEX zeile_release ON zeile(datensatz, release);"
    }

    fn apply(&mut self, db: &Connection, r: &Recorded) -> Result<()> {
        if r.wire == "leistung.adopted.v1" {
            return adopt(db, r);
        }
        if !r.wire.starts_with("datensatz.row_") {
            return Ok(());
        }
        match decode::<DatensatzEvent>(r)? {
            Some(DatensatzEvent::RowReleased { dataset, release, zeile }) => {
                release_row(db, r, &dataset, &release, zeile)
            }
            Some(DatensatzEvent::RowWithdrawn { .. }) => withdraw(db, r),
            None => Ok(()),
        }
    }

    fn belegt(&mut self, db: &Connection, r: &Recorded, beleg: &Redacted) -> Result<()> {
        if r.wire == ZEILE {
            return prove_row(db, r, beleg);
        }
        let value = |key: &str| r.data.get(key);
        let (Some(dataset), Some(release), Some(zeilen)) = (
            value("dataset").and_then(Value::as_str),
            value("release").and_then(Value::as_str),
            value("count").and_then(Value::as_u64),
        ) else {
            return Ok(());
        };
        let sql = "INSERT OR REPLACE INTO verzeichnis VALUES(?1,?2,?3,?4,?5,?6)";
        let offen = to_json(&beleg.disclosures)?;
        db.prepare_cached(sql)?.execute(params![dataset, release, zeilen, r.index, beleg.header, offen])?;
        Ok(())
    }
}

/// What is public of a stored event, in a form that proves it: of a row its facts, of a release's list all it
/// says; `None` for every other event. Header and disclosures only, no secret.
pub fn beleg(stored: &Stored, r: &Recorded) -> Option<Redacted> {
    let wanted: fn(&str) -> bool = match r.wire.as_str() {
        ZEILE => |p| p == "/dataset" || p == "/release" || p.starts_with("/zeile/"),
        VERZEICHNIS => |p| ["/dataset", "/release", "/count", "/root"].contains(&p),
        _ => return None,
    };
    let header = akte_core::ledger::header::Header::parse(&stored.header).ok()?;
    if r.wire == VERZEICHNIS && r.stream != system_stream(&header.log) {
        return None;
    }
    let place = Place { log: &header.log, stream: r.stream, seq: r.seq };
    let open: Group = open_group(stored.groups.iter().find(|g| g.g == 0)?, &place, None).ok()?;
    let beleg = Redacted::new(r.index, &stored.header, &[open], wanted);
    beleg.inspect_err(|error| tracing::error!(index = r.index, %error, "öffentliche Zeile ohne Beleg")).ok()
}

/// Keeps the proof of a stored row: the disclosures of its listed columns, and where it stands.
fn prove_row(db: &Connection, r: &Recorded, beleg: &Redacted) -> Result<()> {
    let sql = "SELECT zeile FROM zeile WHERE idx=?1";
    let zeile: Option<String> = db.prepare_cached(sql)?.query_row([r.index], |r| r.get(0)).optional()?;
    let Some(zeile) = zeile else { return Ok(()) };
    let zeile: BTreeMap<String, String> = pool::json(&zeile)?;
    let listed = |text: &&String| {
        let pointer = disclosure::read(text).map(|d| d.pointer).unwrap_or_default();
        pointer.strip_prefix("/zeile/").map_or(!pointer.is_empty(), |column| zeile.contains_key(column))
    };
    let offen: Vec<&String> = beleg.disclosures.iter().filter(listed).collect();
    let sql = "UPDATE zeile SET kopf=?2, offen=?3 WHERE idx=?1";
    db.prepare_cached(sql)?.execute(params![r.index, beleg.header, to_json(&offen)?])?;
    Ok(())
}

/// The definition that feeds a dataset says what it is called and which columns it has.
fn adopt(db: &Connection, r: &Recorded) -> Result<()> {
    let definition = r.data.get("dateien").and_then(namen::adopted);
    let Some(d) = definition.and_then(|d| d.datensatz) else { return Ok(()) };
    let spalten: Vec<&String> = d.spalten.iter().map(|s| &s.id).collect();
    let titel: Vec<&String> = d.spalten.iter().map(|s| &s.titel.de).collect();
    let sql = "INSERT INTO datensatz VALUES(?1,?2,?3,?4,?5,NULL)
               ON CONFLICT(id) DO UPDATE SET titel=?2, rechtsgrundlage=?3, spalten=?4, spalten_titel=?5";
    db.execute(sql, params![d.id, d.titel.de, d.rechtsgrundlage, to_json(&spalten)?, to_json(&titel)?])?;
    Ok(())
}

fn release_row(
    db: &Connection,
    r: &Recorded,
    dataset: &str,
    release: &str,
    mut zeile: BTreeMap<String, String>,
) -> Result<()> {
    let sql = "SELECT spalten FROM datensatz WHERE id=?1";
    let spalten: Option<String> = db.prepare_cached(sql)?.query_row([dataset], |r| r.get(0)).optional()?;
    let Some(spalten) = spalten else { return Ok(()) };
    let spalten: Vec<String> = pool::json(&spalten)?;
    zeile.retain(|k, _| spalten.contains(k));
    let sql = "INSERT INTO zeile VALUES(?1,?2,?3,?4,?5,NULL,NULL)";
    db.prepare_cached(sql)?.execute(params![r.index, r.stream.as_bytes(), dataset, release, to_json(&zeile)?])?;
    touch(db, dataset, r)
}

fn withdraw(db: &Connection, r: &Recorded) -> Result<()> {
    let sql = "DELETE FROM zeile WHERE stream=?1 RETURNING datensatz";
    let dataset: Option<String> = db.prepare_cached(sql)?.query_row([r.stream.as_bytes()], |r| r.get(0)).optional()?;
    dataset.map_or(Ok(()), |d| touch(db, &d, r))
}

fn touch(db: &Connection, dataset: &str, r: &Recorded) -> Result<()> {
    let sql = "UPDATE datensatz SET stand=max(coalesce(stand, 0), ?2) WHERE id=?1";
    db.prepare_cached(sql)?.execute(params![dataset, r.at.as_microsecond()])?;
    Ok(())
}

/// Every dataset that was declared, also while it is still empty.
pub fn infos(db: &Connection) -> Result<Vec<DatensatzInfo>> {
    let sql = "SELECT id, titel, rechtsgrundlage, spalten, coalesce(stand, 0), (SELECT count(*) FROM zeile WHERE datensatz=id), spalten_titel
               FROM datensatz ORDER BY id";
    let mut stmt = db.prepare_cached(sql)?;
    let mut releases = db.prepare_cached("SELECT DISTINCT release FROM zeile WHERE datensatz=?1 ORDER BY 1")?;
    let mut rows = stmt.query([])?;
    let mut out = Vec::new();
    while let Some(r) = rows.next()? {
        let id: String = r.get(0)?;
        out.push(DatensatzInfo {
            titel: r.get(1)?,
            rechtsgrundlage: r.get(2)?,
            spalten: pool::json(&r.get::<_, String>(3)?)?,
            stand: pool::time(r.get(4)?)?,
            zeilen: r.get(5)?,
            spalten_titel: pool::json(&r.get::<_, String>(6)?)?,
            releases: releases.query_map([&id], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?,
            id,
        });
    }
    Ok(out)
}

/// Rows of a dataset by index.
pub fn rows(
    db: &Connection,
    id: &str,
    release: Option<&str>,
    offset: u64,
    limit: usize,
) -> Result<Vec<DatensatzZeile>> {
    let sql = "SELECT idx, release, zeile FROM zeile WHERE datensatz=?1 AND (?2 IS NULL OR release=?2)
               ORDER BY idx LIMIT ?4 OFFSET ?3";
    let mut stmt = db.prepare_cached(sql)?;
    let mut rows = stmt.query(params![id, release, offset, limit as u64])?;
    let mut out = Vec::new();
    while let Some(r) = rows.next()? {
        let zeile = pool::json(&r.get::<_, String>(2)?)?;
        out.push(DatensatzZeile { index: r.get(0)?, release: r.get(1)?, zeile });
    }
    Ok(out)
}

/// Proofs of the rows of one release as it is public today, by index; the list of the release last, where there
/// is one and no row of it was withdrawn. `None` if a row has no proof: then none must look like all.
pub fn belege(db: &Connection, id: &str, release: &str, limit: usize) -> Result<Option<Vec<Redacted>>> {
    let sql = "SELECT idx, kopf, offen, 0 FROM zeile WHERE datensatz=?1 AND release=?2
               UNION ALL SELECT idx, kopf, offen, 1 FROM verzeichnis WHERE datensatz=?1 AND release=?2
                 AND zeilen=(SELECT count(*) FROM zeile WHERE datensatz=?1 AND release=?2)
               ORDER BY 4, 1 LIMIT ?3";
    let mut stmt = db.prepare_cached(sql)?;
    let mut rows = stmt.query(params![id, release, limit as u64])?;
    let mut out = Vec::new();
    while let Some(r) = rows.next()? {
        let (Some(header), Some(offen)) = (r.get::<_, Option<Vec<u8>>>(1)?, r.get::<_, Option<String>>(2)?) else {
            return Ok(None);
        };
        out.push(Redacted { index: r.get(0)?, header, disclosures: pool::json(&offen)? });
    }
    Ok(Some(out))
}
