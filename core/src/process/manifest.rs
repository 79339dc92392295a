//! The manifest of a released dataset: how many rows there are and where, so that a missing one shows.
//!
//! Written once for each dataset and month, after its rows; no row of that month is released later.

use crate::execute::{ExecuteError, House};
use crate::ledger::hash::b64u;
use crate::ledger::header::Header;
use crate::ledger::ids::{manifest_leaf, system_stream};
use crate::ledger::merkle::mth;
use crate::ledger::port::Hash;
use crate::vault::open;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

const WIRE: &str = "dataset.published.v1";
const ROW: &str = "datensatz.row_released.v1";
const PAGE: usize = 1024;

/// Datasets whose manifest for this release is written.
pub(super) async fn published(house: &House, release: &str) -> Result<BTreeSet<String>, ExecuteError> {
    let history = house.history(system_stream(&house.log)).await?;
    let of_release = history.iter().filter(|r| r.wire == WIRE && text(&r.data, "release") == Some(release));
    Ok(of_release.filter_map(|r| text(&r.data, "dataset").map(str::to_owned)).collect())
}

/// Writes the manifest of every dataset that has rows in this release and none yet. Call it when no
/// more rows will come. Returns how many were written now.
pub(super) async fn publish(house: &House, release: &str) -> Result<u64, ExecuteError> {
    let done = published(house, release).await?;
    let mut written = 0;
    for (dataset, indices) in rows(house, release).await? {
        if done.contains(&dataset) {
            continue;
        }
        let leaves: Vec<Hash> = indices.iter().map(|index| manifest_leaf(*index)).collect();
        let data =
            json!({ "dataset": dataset, "release": release, "count": indices.len(), "root": b64u(&mth(&leaves)) });
        house.write_system(WIRE, &data, &format!("dataset-published {dataset} {release}")).await?;
        written += 1;
    }
    Ok(written)
}

/// Indices of the rows of a release, ascending, by dataset.
async fn rows(house: &House, release: &str) -> Result<BTreeMap<String, Vec<u64>>, ExecuteError> {
    let (mut out, mut next) = (BTreeMap::<String, Vec<u64>>::new(), 0);
    loop {
        let page = house.ledger.read_all(next, PAGE).await.map_err(fault)?;
        let Some(last) = page.last() else { return Ok(out) };
        next = last.index + 1;
        for stored in &page {
            // Only rows are opened; they have no sealed group.
            if Header::parse(&stored.header).map_err(fault)?.wire != ROW {
                continue;
            }
            let row = open(stored, None).map_err(fault)?;
            if let (Some(dataset), true) = (text(&row.data, "dataset"), text(&row.data, "release") == Some(release)) {
                out.entry(dataset.to_owned()).or_default().push(row.index);
            }
        }
    }
}

fn text<'a>(data: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    data.get(name)?.as_str()
}

fn fault(e: impl std::fmt::Display) -> ExecuteError {
    ExecuteError::Fault(e.to_string())
}
