//! The audit trail: one row per event of the whole ledger, searchable by who, when, what, where.
//!
//! Holds open values only: a sentence never repeats what is sealed, so erasing changes no row here.

use super::timeline;
use crate::datei::View;
use crate::ereignis::Recorded;
use crate::error::Result;
use crate::rows::{AuditFilter, EreignisRow};
use crate::satz::satz;
use rusqlite::{Connection, params, params_from_iter, types::Value};

/// Feeds `ereignis`, which the timeline reads too.
pub struct Ereignisse;

impl View for Ereignisse {
    fn name(&self) -> &'static str {
        "ereignisse"
    }

    fn schema(&self) -> &'static str {
        "CREATE TABLE ereignis(
           idx INTEGER PRIMARY KEY, stream BLOB NOT NULL, seq INTEGER NOT NULL, wire TEXT NOT NULL, at INTEGER NOT NULL,
           akteur TEXT NOT NULL, fuer TEXT, satz TEXT NOT NULL, hash BLOB NOT NULL, corr BLOB NOT NULL);
         CREATE INDEX ereignis_corr ON ereignis(corr);
         CREATE INDEX ereignis_stream ON ereignis(stream) WHERE stream <> corr;
         CREATE INDEX ereignis_akteur ON ereignis(akteur);"
    }

    fn apply(&mut self, db: &Connection, r: &Recorded) -> Result<()> {
        let sql = "INSERT INTO ereignis VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)";
        db.prepare_cached(sql)?.execute(params![
            r.index,
            r.stream.as_bytes(),
            r.seq,
            r.wire,
            r.at.as_microsecond(),
            r.actor,
            r.fuer,
            satz(&r.wire, &r.data),
            r.event_hash,
            r.corr.as_bytes(),
        ])?;
        Ok(())
    }
}

/// Conditions and their values, joined by AND.
struct Bedingung {
    sql: String,
    args: Vec<Value>,
}

impl Bedingung {
    fn and(&mut self, sql: &str, value: Option<Value>) {
        if let Some(v) = value {
            self.sql.push_str(" AND ");
            self.sql.push_str(sql);
            self.args.push(v);
        }
    }
}

/// Newest first.
pub fn list(db: &Connection, f: &AuditFilter) -> Result<Vec<EreignisRow>> {
    let mut b = Bedingung { sql: "1".into(), args: Vec::new() };
    let blob = |u: uuid::Uuid| Value::Blob(u.as_bytes().to_vec());
    let micros = |t: jiff::Timestamp| Value::Integer(t.as_microsecond());
    b.and("idx IN (SELECT idx FROM ereignis WHERE corr=?)", f.corr.map(blob));
    if let Some(stream) = f.stream {
        // A Vorgang's own stream is found by `corr`, any other by its own index.
        let found = "idx IN (SELECT idx FROM ereignis WHERE corr=? AND stream=corr
                     UNION ALL SELECT idx FROM ereignis WHERE stream<>corr AND stream=?)";
        b.and(found, Some(blob(stream)));
        b.args.push(blob(stream));
    }
    b.and("wire>=?", f.wire.clone().map(Value::Text));
    b.and("wire<?", f.wire.as_ref().map(|w| Value::Text(format!("{w}\u{10FFFF}"))));
    b.and("akteur=?", f.akteur.clone().map(Value::Text));
    b.and("at>=?", f.von.map(micros));
    b.and("at<?", f.bis.map(micros));
    b.and("idx<?", f.vor_index.map(|n| Value::Integer(n as i64)));
    b.args.push(Value::Integer(f.limit as i64));
    timeline::select(db, &format!("{} ORDER BY idx DESC LIMIT ?", b.sql), params_from_iter(b.args))
}
