//! What the calendar brings without anybody asking: once at the start and then every hour.
//!
//! Decides nothing: it gives the same commands as anybody else, and repeating them is harmless.

use akte_core::execute::House;
use akte_core::ledger::hash::b64u;
use akte_core::ledger::heads::Heads;
use akte_core::process::{miss_abgaben, note_missed, note_wiedervorlagen, reach_bestandskraft, release_rows};
use akte_projections::rows::{VorgangFilter, VorgangRow};
use akte_projections::{InternalViews, ViewError, ZugriffLog};
use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

const EVERY: Duration = Duration::from_secs(3600);
/// Vorgaenge looked at in one go.
const PAGE: usize = 1_000;

/// Public rows of the month before, Bestandskraft where the remedy has lapsed, hand-overs nobody confirmed,
/// Fristen that ended unused, Wiedervorlagen that are due or late, the day's list of all streams, and forgetting: the read log, and uploads of drafts that were never sent.
pub async fn run(house: Arc<House>, views: InternalViews, zugriff: ZugriffLog, mut stop: watch::Receiver<bool>) {
    let (mut heads, mut swept) = (Heads::default(), None);
    loop {
        if let Err(error) = once(&house, &views, &zugriff, &mut heads).await {
            // Nothing is lost: the next hour asks again.
            tracing::warn!(%error, "tagwerk");
        }
        let today = house.clock.now().to_zoned(house.zone.clone()).date();
        // It reads the whole ledger, so once a day is enough.
        if swept != Some(today) {
            match house.sweep_documents().await {
                Ok(n) => {
                    swept = Some(today);
                    tracing::info!(removed = n, "documents no case cites");
                }
                Err(error) => tracing::warn!(%error, "documents no case cites"),
            }
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

/// Each part by itself: one that fails must not keep the day's proofs from being written.
async fn once(house: &House, views: &InternalViews, zugriff: &ZugriffLog, heads: &mut Heads) -> anyhow::Result<()> {
    let now = house.clock.now();
    let today = now.to_zoned(house.zone.clone()).date();
    let month = today.first_of_month().checked_sub(1.month())?.strftime("%Y-%m").to_string();
    let parts: [(&str, anyhow::Result<()>); 7] = [
        ("Veröffentlichung", release_rows(house, &month).await.map(drop).map_err(Into::into)),
        ("Bestandskraft", bestandskraft(house, views).await),
        ("Abgaben ohne Bestätigung", abgaben(house, views).await),
        ("Versäumte Fristen", versaeumt(house, views, today).await),
        ("Wiedervorlagen", wiedervorlagen(house, views, today).await),
        ("Nachweis der Lesezugriffe", digest_reads(house, zugriff, today).await),
        // Last, so that what this hour wrote is on the list.
        ("Liste der Ströme", house.write_stream_heads(today, heads).await.map(drop).map_err(Into::into)),
    ];
    for (part, result) in parts {
        if let Err(error) = result {
            tracing::warn!(part, error = %format!("{error:#}"), "tagwerk");
        }
    }
    zugriff.purge(now)?;
    Ok(())
}

/// All cases in this state, page by page: those that stay in it must not hide the others.
fn alle(views: &InternalViews, status: &str) -> Result<Vec<VorgangRow>, ViewError> {
    let mut filter = VorgangFilter { status: vec![status.into()], limit: PAGE, ..VorgangFilter::default() };
    let mut out = Vec::new();
    loop {
        let page = views.vorgaenge(&filter)?;
        let last = page.len() < PAGE;
        filter.nach = page.last().map(|r| (r.eingang_am.as_microsecond().to_string(), r.vorgang));
        out.extend(page);
        if last {
            return Ok(out);
        }
    }
}

async fn bestandskraft(house: &House, views: &InternalViews) -> anyhow::Result<()> {
    let views = views.clone();
    let bekannt = tokio::task::spawn_blocking(move || alle(&views, "bekanntgegeben")).await??;
    let vorgaenge: Vec<_> = bekannt.into_iter().map(|row| row.vorgang).collect();
    reach_bestandskraft(house, &vorgaenge).await?;
    Ok(())
}

/// What was handed over and not confirmed in time becomes a Wiedervorlage.
async fn abgaben(house: &House, views: &InternalViews) -> anyhow::Result<()> {
    let views = views.clone();
    let abgegeben = tokio::task::spawn_blocking(move || alle(&views, "abgegeben")).await??;
    let today = house.clock.now().to_zoned(house.zone.clone()).date();
    let spaet = abgegeben.into_iter().filter(|row| row.frist.is_some_and(|f| f < today));
    let vorgaenge: Vec<_> = spaet.map(|row| row.vorgang).collect();
    miss_abgaben(house, &vorgaenge).await?;
    Ok(())
}

/// The list of what is due, as far as its end is over.
async fn versaeumt(house: &House, views: &InternalViews, today: Date) -> anyhow::Result<()> {
    let views = views.clone();
    let due = tokio::task::spawn_blocking(move || views.faellig(today, None)).await??;
    let ended = due.into_iter().filter(|row| row.frist.is_some_and(|end| end < today));
    let vorgaenge: Vec<_> = ended.map(|row| row.vorgang).collect();
    note_missed(house, &vorgaenge).await?;
    Ok(())
}

/// What has come to its day, and what nobody did in time.
async fn wiedervorlagen(house: &House, views: &InternalViews, today: Date) -> anyhow::Result<()> {
    let views = views.clone();
    let due = tokio::task::spawn_blocking(move || views.wiedervorlagen_faellig(today)).await??;
    note_wiedervorlagen(house, &due).await?;
    Ok(())
}

/// Number and digest of yesterday's reads: the log of reads may be deleted later, but not altered unseen.
async fn digest_reads(house: &House, zugriff: &ZugriffLog, today: Date) -> anyhow::Result<()> {
    let midnight = |day: Date| day.to_zoned(house.zone.clone()).map(|z| z.timestamp());
    let yesterday = today.yesterday()?;
    let (von, bis) = (midnight(yesterday)?, midnight(today)?);
    let key = format!("zugriff-digest {yesterday}");
    // A page that was being sent at midnight has written its row by then.
    let settled = house.clock.now() >= bis.checked_add(10.minutes())?;
    if !settled || house.system_event("system", &key).await?.is_some() {
        return Ok(());
    }
    let log = zugriff.clone();
    let (rows, sha256) = tokio::task::spawn_blocking(move || log.digest(von, bis)).await??;
    let data = json!({ "day": yesterday.to_string(), "rows": rows, "sha256": b64u(&sha256) });
    Ok(house.write_system("zugriff.digest.v1", &data, &key).await?)
}
