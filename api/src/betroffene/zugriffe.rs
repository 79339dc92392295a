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
/// Reads of one procedure that are listed; more are counted.
const GEZEIGT: usize = 2_000;

/// Every read of these streams, oldest first.
pub async fn lesen(house: &House, log: &ZugriffLog, ziele: &[Uuid], selbst: Uuid) -> Result<Vec<Value>, ViewError> {
    let (log, ziele) = (log.clone(), ziele.to_vec());
    let holen = tokio::task::spawn_blocking(move || alle(&log, &ziele)).await;
    let mut zeilen = holen.map_err(|e| ViewError::Corrupt(e.to_string()))??;
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
    Ok(out)
}

fn alle(log: &ZugriffLog, ziele: &[Uuid]) -> Result<Vec<ZugriffRow>, ViewError> {
    let mut out = Vec::new();
    for ziel in ziele {
        let mut vor = None;
        loop {
            let filter = ZugriffFilter { ziel: Some(*ziel), vor_nr: vor, limit: SEITE, ..ZugriffFilter::default() };
            let seite = log.rows(&filter)?;
            let letzte = seite.last().map(|r| r.nr);
            let voll = seite.len() == SEITE;
            out.extend(seite);
            match letzte {
                Some(nr) if voll && out.len() < GEZEIGT => vor = Some(nr),
                _ => break,
            }
        }
    }
    Ok(out)
}

async fn stelle(house: &House, wer: &str, selbst: Uuid) -> String {
    match wer.parse::<Uuid>() {
        Ok(id) if id == selbst => "Sie selbst mit Ihrem Code".into(),
        Ok(id) => match house.load::<Konto>(id).await {
            Ok(k) => {
                let name = house.stadt.einheiten.iter().find(|e| e.id == k.state.einheit).map(|e| e.name.clone());
                format!("Konto der Einheit {}", name.unwrap_or(k.state.einheit))
            }
            Err(_) => "eine Person mit eigenem Link".into(),
        },
        Err(_) => "am Rechner der Stadt".into(),
    }
}
