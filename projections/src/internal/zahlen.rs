//! Working figures behind the published ones: what came in and what was settled, per quarter and service.
//!
//! Stays in `internal.db`, because single cases are below every k; `public::zahlen` publishes from it.
//! A quarter is closed by the first counted event of a later one (by event time), never by a clock.
//! Events that come late are gathered and shown only once k of them belong to a published cell, so
//! that two publications never differ by fewer than k cases; a suppressed cell stays suppressed.

use crate::datei::View;
use crate::ereignis::{Recorded, text};
use crate::error::Result;
use crate::public::zahlen::{Austausch, suppress};
use crate::rows::LeistungsStand;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rusqlite::{Connection, OptionalExtension, params};

/// Wire names that end a case for the statistics; the first one counts.
const ENDE: &[&str] =
    &["vorgang.closed.v1", "vorgang.withdrawn.v1", "vorgang.erledigt.v1", "vorgang.abgegeben.v1", "abgabe.sent.v1"];
/// Name of the row that sums a quarter.
pub const GESAMT: &str = "gesamt";

/// Feeds `zahl`, `zahl_fall`, `zahl_zelle`.
pub struct Zahlen {
    zone: TimeZone,
    k: u64,
    austausch: Austausch,
    changed: bool,
}

impl Zahlen {
    pub fn new(zone: TimeZone, k: u32, austausch: Austausch) -> Self {
        Self { zone, k: u64::from(k), austausch, changed: true }
    }
}

impl View for Zahlen {
    fn name(&self) -> &'static str {
        "zahlen"
    }

    fn schema(&self) -> &'static str {
        "CREATE TABLE zahl_fall(vorgang BLOB PRIMARY KEY, leistung TEXT NOT NULL, eingang TEXT NOT NULL, fertig INTEGER NOT NULL) WITHOUT ROWID;
         CREATE TABLE zahl(idx INTEGER PRIMARY KEY, zeitraum TEXT NOT NULL, leistung TEXT NOT NULL, mass TEXT NOT NULL, tage INTEGER);
         CREATE INDEX zahl_zelle_idx ON zahl(zeitraum, mass, leistung);
         CREATE TABLE zahl_leistung(leistung TEXT PRIMARY KEY) WITHOUT ROWID;
         CREATE TABLE zahl_quartal(offen TEXT PRIMARY KEY) WITHOUT ROWID;
         CREATE TABLE zahl_zelle(zeitraum TEXT, mass TEXT, leistung TEXT, stand INTEGER NOT NULL, median INTEGER,
           gezeigt INTEGER NOT NULL, PRIMARY KEY(zeitraum, mass, leistung)) WITHOUT ROWID;"
    }

    fn apply(&mut self, db: &Connection, r: &Recorded) -> Result<()> {
        if r.wire == "leistung.adopted.v1" {
            return text(r, "id").map_or(Ok(()), |id| know(db, id));
        }
        if r.wire == "antrag.submitted.v1" {
            let Some(leistung) = text(r, "leistung") else { return Ok(()) };
            let eingang = text(r, "eingang_am").and_then(|t| t.parse::<jiff::Timestamp>().ok()).unwrap_or(r.at);
            let tag = eingang.to_zoned(self.zone.clone()).date();
            let sql = "INSERT OR IGNORE INTO zahl_fall VALUES(?1,?2,?3,0)";
            db.prepare_cached(sql)?.execute(params![r.stream.as_bytes(), leistung, tag.to_string()])?;
            know(db, leistung)?;
            return self.count(db, r, leistung, "eingegangen", None);
        }
        if !ENDE.contains(&r.wire.as_str()) {
            return Ok(());
        }
        let sql = "SELECT leistung, eingang FROM zahl_fall WHERE vorgang=?1 AND fertig=0";
        let fall: Option<(String, String)> =
            db.prepare_cached(sql)?.query_row([r.stream.as_bytes()], |r| Ok((r.get(0)?, r.get(1)?))).optional()?;
        let Some((leistung, eingang)) = fall else { return Ok(()) };
        db.prepare_cached("UPDATE zahl_fall SET fertig=1 WHERE vorgang=?1")?.execute([r.stream.as_bytes()])?;
        let ende = r.at.to_zoned(self.zone.clone()).date();
        let tage = eingang.parse::<Date>().ok().and_then(|e| e.until(ende).ok()).map_or(0, |s| s.get_days().max(0));
        self.count(db, r, &leistung, "erledigt", Some(tage))
    }

    fn finish(&mut self, db: &Connection) -> Result<()> {
        if self.changed {
            self.austausch.offer(published(db)?);
            self.changed = false;
        }
        Ok(())
    }

    fn reset(&mut self) {
        self.changed = true;
    }
}

impl Zahlen {
    fn count(&mut self, db: &Connection, r: &Recorded, leistung: &str, mass: &str, tage: Option<i32>) -> Result<()> {
        let quartal = quarter(r.at.to_zoned(self.zone.clone()).date());
        let offen: Option<String> =
            db.prepare_cached("SELECT offen FROM zahl_quartal")?.query_row([], |r| r.get(0)).optional()?;
        if offen.as_ref().is_none_or(|o| quartal > *o) {
            if offen.is_some() {
                self.close_all_before(db, &quartal)?;
            }
            db.execute("DELETE FROM zahl_quartal", [])?;
            db.execute("INSERT INTO zahl_quartal VALUES(?1)", [&quartal])?;
        }
        let sql = "INSERT INTO zahl VALUES(?1,?2,?3,?4,?5)";
        db.prepare_cached(sql)?.execute(params![r.index, quartal, leistung, mass, tage])?;
        if offen.is_some_and(|o| quartal < o) {
            self.late(db, &quartal, leistung, mass)?;
        }
        Ok(())
    }

    /// Publishes every quarter before this one that has figures and was not published yet.
    fn close_all_before(&mut self, db: &Connection, quartal: &str) -> Result<()> {
        let sql = "SELECT DISTINCT zeitraum FROM zahl WHERE zeitraum<?1
                   AND zeitraum NOT IN (SELECT zeitraum FROM zahl_zelle) ORDER BY 1";
        let due: Vec<String> = db.prepare(sql)?.query_map([quartal], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?;
        for zeitraum in due {
            for mass in ["eingegangen", "erledigt"] {
                self.publish(db, &zeitraum, mass)?;
            }
        }
        self.changed = true;
        Ok(())
    }

    fn publish(&self, db: &Connection, zeitraum: &str, mass: &str) -> Result<()> {
        // Every service there is gets a cell: that it had no case at all is a figure, too.
        let sql = "SELECT l.leistung, (SELECT count(*) FROM zahl z WHERE z.zeitraum=?1 AND z.mass=?2 AND z.leistung=l.leistung)
                   FROM zahl_leistung l ORDER BY 1";
        let cells: Vec<(String, u64)> = db
            .prepare(sql)?
            .query_map([zeitraum, mass], |r| Ok((r.get(0)?, r.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        let counts: Vec<u64> = cells.iter().map(|(_, n)| *n).collect();
        let (shown, total) = suppress(&counts, self.k);
        let mut insert = db.prepare_cached("INSERT INTO zahl_zelle VALUES(?1,?2,?3,?4,?5,?6)")?;
        for ((leistung, n), show) in cells.iter().zip(shown) {
            let median = median(db, zeitraum, mass, leistung)?;
            insert.execute(params![zeitraum, mass, leistung, n, median, show])?;
        }
        let sum: u64 = counts.iter().sum();
        insert.execute(params![zeitraum, mass, GESAMT, sum, None::<i64>, total])?;
        Ok(())
    }

    /// A closed quarter got one more: shown once k of them belong to a cell that is shown.
    fn late(&mut self, db: &Connection, zeitraum: &str, leistung: &str, mass: &str) -> Result<()> {
        let sql = "SELECT stand, gezeigt FROM zahl_zelle WHERE zeitraum=?1 AND mass=?2 AND leistung=?3";
        let cell: Option<(u64, bool)> =
            db.query_row(sql, [zeitraum, mass, leistung], |r| Ok((r.get(0)?, r.get(1)?))).optional()?;
        let Some((stand, true)) = cell else { return Ok(()) };
        let sql = "SELECT count(*) FROM zahl WHERE zeitraum=?1 AND mass=?2 AND leistung=?3";
        let now: u64 = db.query_row(sql, [zeitraum, mass, leistung], |r| r.get(0))?;
        if now - stand < self.k {
            return Ok(());
        }
        let median = median(db, zeitraum, mass, leistung)?;
        let sql = "UPDATE zahl_zelle SET stand=?4, median=?5 WHERE zeitraum=?1 AND mass=?2 AND leistung=?3";
        db.execute(sql, params![zeitraum, mass, leistung, now, median])?;
        let sql = "UPDATE zahl_zelle SET stand=stand+?3 WHERE zeitraum=?1 AND mass=?2 AND leistung='gesamt'";
        db.execute(sql, params![zeitraum, mass, now - stand])?;
        self.changed = true;
        Ok(())
    }
}

/// Notes that there is such a service.
fn know(db: &Connection, leistung: &str) -> Result<()> {
    db.prepare_cached("INSERT OR IGNORE INTO zahl_leistung VALUES(?1)")?.execute([leistung])?;
    Ok(())
}

/// `2026-Q3`.
pub fn quarter(day: Date) -> String {
    format!("{:04}-Q{}", day.year(), (day.month() + 2) / 3)
}

/// Lower median of the days, where the measure has days.
fn median(db: &Connection, zeitraum: &str, mass: &str, leistung: &str) -> Result<Option<i64>> {
    let sql = "SELECT tage FROM zahl WHERE zeitraum=?1 AND mass=?2 AND leistung=?3 AND tage IS NOT NULL ORDER BY tage";
    let tage: Vec<i64> = db
        .prepare_cached(sql)?
        .query_map([zeitraum, mass, leistung], |r| r.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(tage.get(tage.len().saturating_sub(1) / 2).copied())
}

/// What may be shown: one row per closed quarter and service, the sum as `gesamt`.
pub fn published(db: &Connection) -> Result<Vec<LeistungsStand>> {
    let sql = "SELECT e.zeitraum, e.leistung, iif(e.gezeigt, e.stand, NULL), iif(d.gezeigt, d.stand, NULL),
                 iif(d.gezeigt, d.median, NULL)
               FROM zahl_zelle e JOIN zahl_zelle d ON d.zeitraum=e.zeitraum AND d.leistung=e.leistung AND d.mass='erledigt'
               WHERE e.mass='eingegangen' ORDER BY 1, 2";
    let mut stmt = db.prepare_cached(sql)?;
    let rows = stmt.query_map([], |r| {
        Ok(LeistungsStand {
            zeitraum: r.get(0)?,
            leistung: r.get(1)?,
            eingegangen: r.get(2)?,
            erledigt: r.get(3)?,
            median_tage: r.get(4)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
