//! The town's filing plan, as every day had it: organisational rules, open to everyone (§ 11 IZG-SH).
//!
//! Stores the plan's own events and nothing else; the room tells what they mean.

use crate::datei::View;
use crate::ereignis::{Recorded, decode};
use crate::error::Result;
use crate::pool::{self, to_json};
use akte_core::akte::{Aktenplan, AktenplanEvent};
use akte_core::kernel::Decider;
use jiff::Timestamp;
use rusqlite::{Connection, params};

/// Feeds `aktenplan`.
pub struct Plan;

impl View for Plan {
    fn name(&self) -> &'static str {
        "aktenplan"
    }

    fn schema(&self) -> &'static str {
        "CREATE TABLE aktenplan(idx INTEGER PRIMARY KEY, am INTEGER NOT NULL, ereignis TEXT NOT NULL);"
    }

    fn apply(&mut self, db: &Connection, r: &Recorded) -> Result<()> {
        if !r.wire.starts_with("aktenplan.") {
            return Ok(());
        }
        let Some(event) = decode::<AktenplanEvent>(r)? else { return Ok(()) };
        let sql = "INSERT INTO aktenplan VALUES(?1,?2,?3)";
        db.prepare_cached(sql)?.execute(params![r.index, r.at.as_microsecond(), to_json(&event)?])?;
        Ok(())
    }
}

/// The plan as it was known at this moment; `None` = now. Which day of it is meant, the room answers.
pub fn plan(db: &Connection, bekannt: Option<Timestamp>) -> Result<Aktenplan> {
    let bis = bekannt.map_or(i64::MAX, Timestamp::as_microsecond);
    let mut stmt = db.prepare_cached("SELECT ereignis FROM aktenplan WHERE am <= ?1 ORDER BY idx")?;
    let texte = stmt.query_map([bis], |r| r.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<_>>>()?;
    let mut plan = Aktenplan::default();
    for text in texte {
        plan = Aktenplan::evolve(plan, &pool::json(&text)?);
    }
    Ok(plan)
}
