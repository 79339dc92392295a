//! How far each unit has come from paper to the electronic file, as it stood at the end of each closed quarter.
//!
//! A quarter is closed by the first counted event of a later one, never by a clock. What is handed over for publishing
//! is rounded down to multiples of k, so that neither one publication nor the difference of two tells of fewer files.

use super::zahlen::quarter;
use crate::datei::View;
use crate::ereignis::{Recorded, text};
use crate::error::Result;
use crate::public::umstieg::Uebergabe;
use crate::rows::UmstiegStand;
use jiff::tz::TimeZone;
use rusqlite::{Connection, OptionalExtension, params};

/// Feeds `umstieg_akte` and `umstieg_stand`.
pub struct Umstieg {
    zone: TimeZone,
    k: u64,
    uebergabe: Uebergabe,
    changed: bool,
}

impl Umstieg {
    pub fn new(zone: TimeZone, k: u32, uebergabe: Uebergabe) -> Self {
        Self { zone, k: u64::from(k).max(1), uebergabe, changed: true }
    }

    /// What a file counts: `dokumente`, `papier` or `uebernommen`; a file nobody opened counts nothing.
    fn count(&mut self, db: &Connection, r: &Recorded, spalte: &str, akte: &[u8]) -> Result<()> {
        self.close(db, r)?;
        // The column is a word of this module, never input.
        db.prepare_cached(&format!("UPDATE umstieg_akte SET {spalte}={spalte}+1 WHERE akte=?1"))?.execute([akte])?;
        Ok(())
    }

    /// The stand at the end of the quarter before, if this event is the first of a later one.
    fn close(&mut self, db: &Connection, r: &Recorded) -> Result<()> {
        let jetzt = quarter(r.at.to_zoned(self.zone.clone()).date());
        let offen: Option<String> =
            db.prepare_cached("SELECT offen FROM umstieg_quartal")?.query_row([], |r| r.get(0)).optional()?;
        if offen.as_ref().is_some_and(|o| jetzt <= *o) {
            return Ok(());
        }
        if let Some(vorbei) = offen {
            self.publish(db, &vorbei)?;
        }
        db.execute("DELETE FROM umstieg_quartal", [])?;
        db.execute("INSERT INTO umstieg_quartal VALUES(?1)", [&jetzt])?;
        Ok(())
    }

    fn publish(&mut self, db: &Connection, zeitraum: &str) -> Result<()> {
        let sql = "SELECT einheit, sum(papier=0), sum(papier>0 AND dokumente>0), sum(papier>0 AND dokumente=0),
                     sum(uebernommen) FROM umstieg_akte GROUP BY einheit ORDER BY einheit";
        let mut stmt = db.prepare(sql)?;
        let rows = stmt
            .query_map([], |r| Ok((r.get::<_, String>(0)?, [r.get::<_, u64>(1)?, r.get(2)?, r.get(3)?, r.get(4)?])))?;
        let mut insert = db.prepare_cached("INSERT OR REPLACE INTO umstieg_stand VALUES(?1,?2,?3,?4,?5,?6)")?;
        for row in rows {
            let (einheit, zahlen) = row?;
            let [elektronisch, hybrid, papier, uebernommen] = zahlen.map(|n| gerundet(n, self.k));
            insert.execute(params![zeitraum, einheit, elektronisch, hybrid, papier, uebernommen])?;
        }
        self.changed = true;
        Ok(())
    }
}

/// Down to a multiple of k; below k nothing is said.
fn gerundet(n: u64, k: u64) -> Option<u64> {
    (n >= k).then_some(n / k * k)
}

impl View for Umstieg {
    fn name(&self) -> &'static str {
        "umstieg"
    }

    fn schema(&self) -> &'static str {
        "CREATE TABLE umstieg_akte(akte BLOB PRIMARY KEY, einheit TEXT NOT NULL, dokumente INTEGER NOT NULL DEFAULT 0,
           papier INTEGER NOT NULL DEFAULT 0, uebernommen INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
         CREATE TABLE umstieg_quartal(offen TEXT PRIMARY KEY) WITHOUT ROWID;
         CREATE TABLE umstieg_stand(zeitraum TEXT, einheit TEXT, elektronisch INTEGER, hybrid INTEGER, papier INTEGER,
           uebernommen INTEGER, PRIMARY KEY(zeitraum, einheit)) WITHOUT ROWID;"
    }

    fn apply(&mut self, db: &Connection, r: &Recorded) -> Result<()> {
        let akte = r.stream.into_bytes();
        match r.wire.as_str() {
            "akte.opened.v1" => {
                self.close(db, r)?;
                let Some(einheit) = text(r, "einheit") else { return Ok(()) };
                let sql = "INSERT OR IGNORE INTO umstieg_akte(akte,einheit) VALUES(?1,?2)";
                db.prepare_cached(sql)?.execute(params![akte, einheit])?;
                Ok(())
            }
            "akte.dokument_filed.v1" | "dokument.filed_late.v1" => self.count(db, r, "dokumente", &akte),
            "papierband.registered.v1" => self.count(db, r, "papier", &akte),
            "dokument.imported.v1" => match crate::ereignis::uuid(r, "akte") {
                Some(akte) => self.count(db, r, "uebernommen", akte.as_bytes()),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    fn finish(&mut self, db: &Connection) -> Result<()> {
        if self.changed {
            self.uebergabe.offer(published(db)?);
            self.changed = false;
        }
        Ok(())
    }

    fn reset(&mut self) {
        self.changed = true;
    }
}

/// What may be shown: one row per closed quarter and unit.
pub fn published(db: &Connection) -> Result<Vec<UmstiegStand>> {
    crate::public::umstieg::rows(db, "umstieg_stand")
}

#[cfg(test)]
mod tests {
    use super::gerundet;

    #[test]
    fn a_published_number_never_tells_of_fewer_than_k_files() {
        let gezeigt: Vec<Option<u64>> = (0..=11).map(|n| gerundet(n, 5)).collect();
        assert_eq!(gezeigt[..5], [None; 5]);
        assert_eq!(gezeigt[5..], [Some(5), Some(5), Some(5), Some(5), Some(5), Some(10), Some(10)]);
    }
}
