//! Accounts with names and roles, substitutions, and units.
//!
//! Holds no password and grants nothing: rights are decided by `permit`.

use crate::datei::View;
use crate::ereignis::{Recorded, decode};
use crate::error::Result;
use crate::pool::{self, to_json};
use crate::rows::{EinheitRow, KontoRow};
use akte_core::kernel::WireEvent;
use akte_core::zugriff::{EinheitEvent, KontoEvent};
use jiff::civil::Date;
use rusqlite::{Connection, OptionalExtension, Params, params};
use uuid::Uuid;

/// Feeds `konto`, `vertretung`, `einheit`.
pub struct Konten;

impl View for Konten {
    fn name(&self) -> &'static str {
        "konten"
    }

    fn schema(&self) -> &'static str {
        "CREATE TABLE konto(
           konto BLOB PRIMARY KEY, login TEXT, name TEXT, einheit TEXT NOT NULL, rollen TEXT NOT NULL,
           aktiv INTEGER NOT NULL, version INTEGER NOT NULL) WITHOUT ROWID;
         CREATE INDEX konto_login ON konto(login);
         CREATE TABLE vertretung(konto BLOB, durch BLOB, von TEXT NOT NULL, bis TEXT NOT NULL, PRIMARY KEY(konto, durch)) WITHOUT ROWID;
         CREATE TABLE einheit(stream BLOB PRIMARY KEY, id TEXT NOT NULL, name TEXT NOT NULL, aktenplan TEXT NOT NULL,
           aktiv INTEGER NOT NULL) WITHOUT ROWID;"
    }

    fn apply(&mut self, db: &Connection, r: &Recorded) -> Result<()> {
        if KontoEvent::SPECS.iter().any(|s| s.wire == r.wire) {
            decode(r)?.map_or(Ok(()), |e| konto_event(db, r, e))
        } else if EinheitEvent::SPECS.iter().any(|s| s.wire == r.wire) {
            decode(r)?.map_or(Ok(()), |e| einheit_event(db, r, e))
        } else {
            Ok(())
        }
    }
}

fn konto_event(db: &Connection, r: &Recorded, event: KontoEvent) -> Result<()> {
    let id = r.stream.into_bytes();
    match event {
        KontoEvent::Created { einheit, rollen, login, name, .. } => {
            let sql = "INSERT INTO konto VALUES(?1,?2,?3,?4,?5,1,0)";
            db.execute(sql, params![id, login, name, einheit, to_json(&rollen)?])?;
        }
        KontoEvent::RollenChanged { einheit, rollen } => {
            let sql = "UPDATE konto SET einheit=?2, rollen=?3 WHERE konto=?1";
            db.execute(sql, params![id, einheit, to_json(&rollen)?])?;
        }
        KontoEvent::Disabled { .. } => {
            db.execute("UPDATE konto SET aktiv=0 WHERE konto=?1", [id])?;
        }
        KontoEvent::Enabled { .. } => {
            db.execute("UPDATE konto SET aktiv=1 WHERE konto=?1", [id])?;
        }
        KontoEvent::VertretungActivated { durch, von, bis } => {
            let sql = "INSERT OR REPLACE INTO vertretung VALUES(?1,?2,?3,?4)";
            db.execute(sql, params![id, durch.as_bytes(), von.to_string(), bis.to_string()])?;
        }
        KontoEvent::VertretungEnded { durch } => {
            db.execute("DELETE FROM vertretung WHERE konto=?1 AND durch=?2", params![id, durch.as_bytes()])?;
        }
        KontoEvent::PasswordSet { .. } => {}
    }
    db.execute("UPDATE konto SET version=?2 WHERE konto=?1", params![id, r.seq + 1])?;
    Ok(())
}

fn einheit_event(db: &Connection, r: &Recorded, event: EinheitEvent) -> Result<()> {
    let stream = r.stream.into_bytes();
    match event {
        EinheitEvent::Created { id, name, aktenplan } => {
            db.execute("INSERT INTO einheit VALUES(?1,?2,?3,?4,1)", params![stream, id, name, to_json(&aktenplan)?])?
        }
        EinheitEvent::Changed { name, aktenplan } => db.execute(
            "UPDATE einheit SET name=?2, aktenplan=?3 WHERE stream=?1",
            params![stream, name, to_json(&aktenplan)?],
        )?,
        EinheitEvent::Closed { .. } => db.execute("UPDATE einheit SET aktiv=0 WHERE stream=?1", [stream])?,
    };
    Ok(())
}

/// Accounts under a condition, by login and id.
pub fn list(db: &Connection, cond: &str, args: impl Params) -> Result<Vec<KontoRow>> {
    let sql = format!(
        "SELECT konto, login, name, einheit, rollen, aktiv, version FROM konto WHERE {cond} ORDER BY login, konto"
    );
    let mut stmt = db.prepare_cached(&sql)?;
    let mut rows = stmt.query(args)?;
    let mut out = Vec::new();
    while let Some(r) = rows.next()? {
        out.push(KontoRow {
            konto: Uuid::from_bytes(r.get(0)?),
            login: r.get(1)?,
            name: r.get(2)?,
            einheit: r.get(3)?,
            rollen: pool::json(&r.get::<_, String>(4)?)?,
            aktiv: r.get(5)?,
            version: r.get(6)?,
        });
    }
    Ok(out)
}

/// The name an account has now.
pub fn name(db: &Connection, konto: Uuid) -> Result<Option<String>> {
    let mut stmt = db.prepare_cached("SELECT name FROM konto WHERE konto=?1")?;
    Ok(stmt.query_row([konto.as_bytes()], |r| r.get(0)).optional()?.flatten())
}

/// Accounts this one stands in for on this day.
pub fn vertritt(db: &Connection, konto: Uuid, today: Date) -> Result<Vec<Uuid>> {
    let mut stmt =
        db.prepare_cached("SELECT konto FROM vertretung WHERE durch=?1 AND von<=?2 AND bis>=?2 ORDER BY 1")?;
    let rows = stmt.query_map(params![konto.as_bytes(), today.to_string()], |r| Ok(Uuid::from_bytes(r.get(0)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// All units, closed ones included.
pub fn einheiten(db: &Connection) -> Result<Vec<EinheitRow>> {
    let mut stmt = db.prepare_cached("SELECT id, name, aktenplan, aktiv FROM einheit ORDER BY id")?;
    let mut rows = stmt.query([])?;
    let mut out = Vec::new();
    while let Some(r) = rows.next()? {
        let aktenplan = pool::json(&r.get::<_, String>(2)?)?;
        out.push(EinheitRow { id: r.get(0)?, name: r.get(1)?, aktenplan, aktiv: r.get(3)? });
    }
    Ok(out)
}
