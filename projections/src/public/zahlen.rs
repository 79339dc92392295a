//! Published figures of closed quarters, with small cells suppressed so that no sum gives them away.
//!
//! Counts nothing: `internal::zahlen` does, and hands over only what may be shown.

use crate::datei::View;
use crate::ereignis::Recorded;
use crate::error::Result;
use crate::public::umstieg::Uebergabe;
use crate::rows::LeistungsStand;
use rusqlite::{Connection, params};
use std::sync::{Arc, Mutex};

/// Hands the publishable figures from the internal to the public file, within one batch.
#[derive(Clone, Default)]
pub struct Austausch(Arc<Mutex<Option<Vec<LeistungsStand>>>>, pub Uebergabe);

impl Austausch {
    /// Replaces what is waiting.
    pub fn offer(&self, rows: Vec<LeistungsStand>) {
        if let Ok(mut waiting) = self.0.lock() {
            *waiting = Some(rows);
        }
    }

    fn waiting(&self) -> Option<Vec<LeistungsStand>> {
        self.0.lock().ok()?.clone()
    }
}

/// Which of these counts may be shown, and whether their sum may.
///
/// Counts below k are hidden (primary). If any is hidden, every count equal to the smallest one not
/// below k is hidden too (complementary), so that the hidden ones are at least two of different size:
/// swapping them gives the same publication, and no difference to the sum tells which is which. Where
/// nothing is left to hide behind, the sum is hidden.
pub fn suppress(counts: &[u64], k: u64) -> (Vec<bool>, bool) {
    if counts.iter().all(|n| *n >= k) {
        return (vec![true; counts.len()], true);
    }
    match counts.iter().filter(|n| **n >= k).min() {
        Some(next) => (counts.iter().map(|n| n > next).collect(), true),
        None => (vec![false; counts.len()], false),
    }
}

/// Feeds `leistungsstand`.
pub struct LeistungenOffen {
    austausch: Austausch,
    written: Option<Vec<LeistungsStand>>,
}

impl LeistungenOffen {
    pub fn new(austausch: Austausch) -> Self {
        Self { austausch, written: None }
    }
}

impl View for LeistungenOffen {
    fn name(&self) -> &'static str {
        "leistungsstand"
    }

    fn schema(&self) -> &'static str {
        "CREATE TABLE leistungsstand(zeitraum TEXT, leistung TEXT, eingegangen INTEGER, erledigt INTEGER, median_tage INTEGER,
           PRIMARY KEY(zeitraum, leistung)) WITHOUT ROWID;"
    }

    fn apply(&mut self, _db: &Connection, _r: &Recorded) -> Result<()> {
        Ok(())
    }

    fn finish(&mut self, db: &Connection) -> Result<()> {
        let waiting = self.austausch.waiting();
        if waiting.is_none() || waiting == self.written {
            return Ok(());
        }
        db.execute("DELETE FROM leistungsstand", [])?;
        let mut insert = db.prepare_cached("INSERT INTO leistungsstand VALUES(?1,?2,?3,?4,?5)")?;
        for z in waiting.iter().flatten() {
            insert.execute(params![z.zeitraum, z.leistung, z.eingegangen, z.erledigt, z.median_tage])?;
        }
        self.written = waiting;
        Ok(())
    }

    fn reset(&mut self) {
        self.written = None;
    }
}

/// By quarter and service.
pub fn list(db: &Connection) -> Result<Vec<LeistungsStand>> {
    let sql =
        "SELECT leistung, zeitraum, eingegangen, erledigt, median_tage FROM leistungsstand ORDER BY zeitraum, leistung";
    let mut stmt = db.prepare_cached(sql)?;
    let rows = stmt.query_map([], |r| {
        Ok(LeistungsStand {
            leistung: r.get(0)?,
            zeitraum: r.get(1)?,
            eingegangen: r.get(2)?,
            erledigt: r.get(3)?,
            median_tage: r.get(4)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    /// What the public sees of a vector of counts.
    fn publication(counts: &[u64], k: u64) -> (Vec<Option<u64>>, Option<u64>) {
        let (shown, total) = suppress(counts, k);
        let cells = counts.iter().zip(&shown).map(|(n, s)| s.then_some(*n)).collect();
        (cells, total.then(|| counts.iter().sum()))
    }

    #[test]
    fn nobody_who_knows_the_rule_can_derive_a_hidden_count() {
        // Every possible quarter of up to four services: group by what is published; each hidden
        // cell must have at least two values that fit, and none below k is ever shown.
        for (width, k, max) in [(1usize, 3u64, 7u64), (2, 3, 7), (3, 3, 7), (4, 3, 6), (3, 5, 9)] {
            let mut groups: BTreeMap<_, Vec<BTreeSet<u64>>> = BTreeMap::new();
            for n in 0..(max + 1).pow(width as u32) {
                let counts: Vec<u64> = (0..width as u32).map(|i| n / (max + 1).pow(i) % (max + 1)).collect();
                let seen = publication(&counts, k);
                assert!(seen.0.iter().flatten().all(|n| *n >= k) && seen.1.is_none_or(|t| t >= k), "{counts:?}");
                let values = groups.entry(seen).or_insert_with(|| vec![BTreeSet::new(); width]);
                values.iter_mut().zip(&counts).for_each(|(set, n)| {
                    set.insert(*n);
                });
            }
            for ((cells, total), values) in groups {
                for (cell, fits) in cells.iter().zip(values) {
                    assert!(cell.is_some() || fits.len() >= 2, "{cells:?} {total:?} gives away {fits:?} (k={k})");
                }
            }
        }
    }
}
