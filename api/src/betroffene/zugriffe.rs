//! Who read a person's procedures, as far as the log of reads still holds it (six months).
//!
//! Says the office and the purpose, not the name of who worked there.

use akte_core::execute::House;
use akte_core::zugriff::Konto;
use akte_projections::zugriff::{ZugriffFilter, ZugriffRow};
use akte_projections::{ViewError, ZugriffLog};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Rows fetched at once.
const SEITE: usize = 500;
/// Reads of one stream that are listed, the newest; more are counted.
const GEZEIGT: usize = 2_000;

/// Every read of these streams, oldest first, and how many more there were.
pub async fn lesen(
    house: &House,
    log: &ZugriffLog,
    ziele: &[Uuid],
    selbst: Uuid,
) -> Result<(Vec<Value>, usize), ViewError> {
    let (log, ziele) = (log.clone(), ziele.to_vec());
    let holen = tokio::task::spawn_blocking(move || alle(&log, &ziele, GEZEIGT)).await;
    let (mut zeilen, weitere) = holen.map_err(|e| ViewError::Corrupt(e.to_string()))??;
    zeilen.sort_by_key(|r| r.nr);
    let mut stellen: BTreeMap<String, String> = BTreeMap::new();
    let mut out = Vec::with_capacity(zeilen.len());
    for r in zeilen {
        if !stellen.contains_key(&r.wer) {
            let stelle = stelle(house, &r.wer, selbst).await;
            stellen.insert(r.wer.clone(), stelle);
        }
        let wer = stellen.get(&r.wer).cloned().unwrap_or_default();
        out.push(json!({ "am": r.at.to_string(), "wer": wer, "was": r.was, "zweck": r.zweck }));
    }
    Ok((out, weitere))
}

fn alle(log: &ZugriffLog, ziele: &[Uuid], gezeigt: usize) -> Result<(Vec<ZugriffRow>, usize), ViewError> {
    let (mut out, mut weitere) = (Vec::new(), 0);
    for ziel in ziele {
        let (mut vor, mut platz) = (None, gezeigt);
        loop {
            let filter = ZugriffFilter { ziel: Some(*ziel), vor_nr: vor, limit: SEITE, ..ZugriffFilter::default() };
            let mut seite = log.rows(&filter)?;
            vor = seite.last().map(|r| r.nr).filter(|_| seite.len() == SEITE);
            weitere += seite.len().saturating_sub(platz);
            seite.truncate(platz);
            platz -= seite.len();
            out.extend(seite);
            if vor.is_none() {
                break;
            }
        }
    }
    Ok((out, weitere))
}

async fn stelle(house: &House, wer: &str, selbst: Uuid) -> String {
    match wer.parse::<Uuid>() {
        Ok(id) if id == selbst => "Sie selbst mit Ihrem Code".into(),
        Ok(id) => match house.load::<Konto>(id).await {
            Ok(k) => format!("Konto der Einheit {}", house.stadt.einheit(&k.state.einheit)),
            Err(_) => "eine Person mit eigenem Link".into(),
        },
        Err(_) => "am Rechner der Stadt".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    #[test]
    fn what_is_not_listed_of_one_stream_is_counted_and_takes_no_place_from_the_next() {
        let ordner = tempfile::tempdir().unwrap();
        let log = ZugriffLog::open(&ordner.path().join("zugriff.db")).unwrap();
        let (akte, vorgang) = (Uuid::from_bytes([1; 16]), Uuid::from_bytes([2; 16]));
        for (ziel, wie_oft) in [(akte, 5), (vorgang, 2)] {
            for n in 0..wie_oft {
                log.record("wer", "akte", Some(ziel), "Zweck", Timestamp::from_second(n).unwrap()).unwrap();
            }
        }
        let (zeilen, weitere) = alle(&log, &[akte, vorgang], 3).unwrap();
        assert_eq!(weitere, 2);
        let von = |ziel| zeilen.iter().filter(|z| z.ziel == Some(ziel)).count();
        assert_eq!((von(akte), von(vorgang)), (3, 2));
        assert!(zeilen.iter().all(|z| z.ziel != Some(akte) || z.at.as_second() >= 2), "the newest are listed");
    }
}
