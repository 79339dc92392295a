//! Published: how far each unit has come from paper to the electronic file.
//!
//! Counts nothing: `internal::umstieg` does, and hands over only what may be shown.

use crate::datei::View;
use crate::ereignis::Recorded;
use crate::error::Result;
use crate::rows::UmstiegStand;
use rusqlite::{Connection, params};
use std::sync::{Arc, Mutex};

/// Hands the publishable stand from the internal to the public file, within one batch.
#[derive(Clone, Default)]
pub struct Uebergabe(Arc<Mutex<Option<Vec<UmstiegStand>>>>);

impl Uebergabe {
    /// Replaces what is waiting.
    pub fn offer(&self, rows: Vec<UmstiegStand>) {
        if let Ok(mut waiting) = self.0.lock() {
            *waiting = Some(rows);
        }
    }

    fn waiting(&self) -> Option<Vec<UmstiegStand>> {
        self.0.lock().ok()?.clone()
    }
}

/// Feeds `umstieg`.
pub struct UmstiegOffen {
    uebergabe: Uebergabe,
    written: Option<Vec<UmstiegStand>>,
}

impl UmstiegOffen {
    pub fn new(uebergabe: Uebergabe) -> Self {
        Self { uebergabe, written: None }
    }
}

impl View for UmstiegOffen {
    fn name(&self) -> &'static str {
        "umstieg"
    }

    fn schema(&self) -> &'static str {
        "CREATE TABLE umstieg(zeitraum TEXT, einheit TEXT, elektronisch INTEGER, hybrid INTEGER, papier INTEGER,
           uebernommen INTEGER, PRIMARY KEY(zeitraum, einheit)) WITHOUT ROWID;"
    }

    fn apply(&mut self, _db: &Connection, _r: &Recorded) -> Result<()> {
        Ok(())
    }

    fn finish(&mut self, db: &Connection) -> Result<()> {
        let waiting = self.uebergabe.waiting();
        if waiting.is_none() || waiting == self.written {
            return Ok(());
        }
        db.execute("DELETE FROM umstieg", [])?;
        let mut insert = db.prepare_cached("INSERT INTO umstieg VALUES(?1,?2,?3,?4,?5,?6)")?;
        for z in waiting.iter().flatten() {
            insert.execute(params![z.zeitraum, z.einheit, z.elektronisch, z.hybrid, z.papier, z.uebernommen])?;
        }
        self.written = waiting;
        Ok(())
    }

    fn reset(&mut self) {
        self.written = None;
    }
}

/// Newest quarter first, by unit; `table` is a word of these modules.
pub fn rows(db: &Connection, table: &str) -> Result<Vec<UmstiegStand>> {
    let sql = format!(
        "SELECT zeitraum, einheit, elektronisch, hybrid, papier, uebernommen FROM {table} ORDER BY zeitraum DESC, einheit"
    );
    let mut stmt = db.prepare_cached(&sql)?;
    let rows = stmt.query_map([], |r| {
        Ok(UmstiegStand {
            zeitraum: r.get(0)?,
            einheit: r.get(1)?,
            elektronisch: r.get(2)?,
            hybrid: r.get(3)?,
            papier: r.get(4)?,
            uebernommen: r.get(5)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
