//! What the calendar brings without anybody asking: once at the start and then every hour.
//!
//! Decides nothing: it gives the same commands as anybody else, and repeating them is harmless.

use akte_core::execute::House;
use akte_core::process::{reach_bestandskraft, release_rows};
use akte_projections::rows::VorgangFilter;
use akte_projections::{InternalViews, ZugriffLog};
use jiff::ToSpan;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

const EVERY: Duration = Duration::from_secs(3600);
/// Vorgaenge looked at in one go.
const PAGE: usize = 1_000;

/// Public rows of the month before, Bestandskraft where the remedy has lapsed, and forgetting: the read
/// log, and uploads of drafts that were never sent.
pub async fn run(house: Arc<House>, views: InternalViews, zugriff: ZugriffLog, mut stop: watch::Receiver<bool>) {
    let mut swept = None;
    loop {
        if let Err(error) = once(&house, &views, &zugriff).await {
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

async fn once(house: &House, views: &InternalViews, zugriff: &ZugriffLog) -> anyhow::Result<()> {
    let now = house.clock.now();
    let today = now.to_zoned(house.zone.clone()).date();
    let month = today.first_of_month().checked_sub(1.month())?;
    release_rows(house, &month.strftime("%Y-%m").to_string()).await?;
    let filter = VorgangFilter { status: vec!["bekanntgegeben".into()], limit: PAGE, ..VorgangFilter::default() };
    let views = views.clone();
    let bekannt = tokio::task::spawn_blocking(move || views.vorgaenge(&filter)).await??;
    let vorgaenge: Vec<_> = bekannt.into_iter().map(|row| row.vorgang).collect();
    reach_bestandskraft(house, &vorgaenge).await?;
    zugriff.purge(now)?;
    Ok(())
}
