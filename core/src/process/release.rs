//! Batches at the end of a period: public rows, and decisions that became final.
//!
//! A row's stream, time and order tell nothing about its case: one batch after the month, sorted
//! by a secret, each row a stream of its own.

use super::manifest;
use crate::execute::{Call, ExecuteError, House, Target};
use crate::ledger::hash::{b64u, hmac};
use crate::vault::Recorded;
use crate::verfahren::{Datensatz, DatensatzCommand, Status, Vorgang, VorgangCommand, datensatz};
use crate::zugriff::Principal;
use jiff::ToSpan;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

const PAGE: usize = 1024;

/// Hours after the month's end when its manifest is written: a command given in its last moment is in by then.
const SETTLED: i64 = 1;

/// Releases one row for each case of a service with a dataset that was filed away in this month
/// (`2026-10`), and an hour later the manifest that counts them. Refuses a month that is not over.
/// Repeating it releases nothing twice. Returns how many rows are new.
pub async fn release_rows(house: &House, period: &str) -> Result<u64, ExecuteError> {
    let (year, month) = month(period)?;
    let today = house.clock.now().to_zoned(house.zone.clone()).date();
    if (today.year(), today.month()) <= (year, month) {
        let text = format!("Der Zeitraum {period} ist noch nicht zu Ende.");
        return Err(ExecuteError::Refused { code: "zeitraum_laeuft".into(), text });
    }
    let published = manifest::published(house, period).await?;
    let mut rows = Vec::new();
    for r in first_closings(house).await? {
        let day = r.at.to_zoned(house.zone.clone()).date();
        if (day.year(), day.month()) == (year, month)
            && let Some((dataset, command)) = row(house, &r, period).await?
            && !published.contains(&dataset)
        {
            let order = hmac(&house.vault.keys().cmd, &[b"shuffle/v1\n", &r.event_hash]);
            rows.push((order, r, command));
        }
    }
    rows.sort_by_key(|row| row.0);
    let mut new = 0;
    for (_, r, command) in rows {
        let hash = b64u(&r.event_hash);
        let call = process_call(format!("{hash}\ndatensatz.zeile\n{hash}"), Target::New);
        let done = house.execute::<Datensatz>(call, command).await?;
        new += u64::from(!done.repeated);
    }
    if settled(house, year, month)? {
        manifest::publish(house, period).await?;
    }
    Ok(new)
}

/// Whether the month ended long enough ago that nothing of it is still being written.
fn settled(house: &House, year: i16, month: i8) -> Result<bool, ExecuteError> {
    let end = Date::new(year, month, 1)
        .and_then(|first| first.checked_add(1.month()))
        .and_then(|next| next.to_zoned(house.zone.clone()))
        .and_then(|midnight| midnight.checked_add(SETTLED.hours()));
    Ok(house.clock.now() >= end.map_err(|e| ExecuteError::Fault(e.to_string()))?.timestamp())
}

/// Tells these cases that their remedy's period is over; those still running are left alone.
/// Returns how many became final. The caller takes the candidates from its view of Fristen.
pub async fn reach_bestandskraft(house: &House, vorgaenge: &[Uuid]) -> Result<u64, ExecuteError> {
    let mut reached = 0;
    for v in vorgaenge {
        let loaded = house.load::<Vorgang>(*v).await?;
        if loaded.state.status != Status::Bekanntgegeben {
            continue;
        }
        // One try per state: the version is part of the key, so that a later Bekanntgabe is asked anew.
        let key = format!(
            "{v}\nbestandskraft\n{}\n{}",
            loaded.version,
            house.clock.now().to_zoned(house.zone.clone()).date()
        );
        let call = process_call(key, Target::Stream(*v));
        match house.execute::<Vorgang>(call, VorgangCommand::ReachBestandskraft).await {
            Ok(done) => reached += u64::from(done.receipt.is_some()),
            Err(ExecuteError::Refused { .. }) => {}
            Err(e) => return Err(e),
        }
    }
    Ok(reached)
}

/// Tells these cases that nobody confirmed their hand-over in time; those still waiting are left alone.
/// Returns how many are Wiedervorlage now. The caller takes the candidates from its view of Fristen.
pub async fn miss_abgaben(house: &House, vorgaenge: &[Uuid]) -> Result<u64, ExecuteError> {
    let mut missed = 0;
    for v in vorgaenge {
        let loaded = house.load::<Vorgang>(*v).await?;
        if loaded.state.abgabe.as_ref().is_none_or(|a| a.stand != "gesendet") {
            continue;
        }
        let today = house.clock.now().to_zoned(house.zone.clone()).date();
        let call = process_call(format!("{v}\nabgabe\n{}\n{today}", loaded.version), Target::Stream(*v));
        match house.execute::<Vorgang>(call, VorgangCommand::MissAbgabe).await {
            Ok(done) => missed += u64::from(done.receipt.is_some()),
            Err(ExecuteError::Refused { .. }) => {}
            Err(e) => return Err(e),
        }
    }
    Ok(missed)
}

/// The first closing of every case: a reopened one is not published a second time.
async fn first_closings(house: &House) -> Result<Vec<Recorded>, ExecuteError> {
    let (mut seen, mut out, mut next) = (BTreeSet::new(), Vec::new(), 0);
    loop {
        let page = house.reader().read_all(next, PAGE).await?;
        let Some(last) = page.last() else { return Ok(out) };
        next = last.index + 1;
        out.extend(page.into_iter().filter(|r| r.wire == "vorgang.closed.v1" && seen.insert(r.stream)));
    }
}

/// Id of the dataset and the command; `None` where the case becomes no row.
async fn row(house: &House, r: &Recorded, release: &str) -> Result<Option<(String, DatensatzCommand)>, ExecuteError> {
    let v = house.load_until::<Vorgang>(r.stream, r.at).await?.state;
    // Withdrawn or handed over: there is nothing to publish.
    let before = house.load_until::<Vorgang>(r.stream, r.at - jiff::SignedDuration::from_micros(1)).await?.state;
    let Some(def) = house.leistungen().by_hash(&v.definition).filter(|_| !before.status.nebenausgang()) else {
        return Ok(None);
    };
    let Some(d) = &def.datensatz else { return Ok(None) };
    let zeile: Option<BTreeMap<String, String>> = datensatz::row(&def, &v);
    let (dataset, release) = (d.id.clone(), release.to_owned());
    Ok(zeile.map(|zeile| (dataset.clone(), DatensatzCommand::ReleaseRow { dataset, release, zeile })))
}

fn process_call(key: String, target: Target) -> Call {
    Call { principal: Principal::process(), key, target, expected: None, request: None, corr: None }
}

fn month(period: &str) -> Result<(i16, i8), ExecuteError> {
    let first: Result<Date, _> = format!("{period}-01").parse();
    let text = "Der Zeitraum ist ein Monat, etwa 2026-10.".to_owned();
    first.map(|d| (d.year(), d.month())).map_err(|_| ExecuteError::Refused { code: "zeitraum".into(), text })
}
