//! This node among others on one ledger: registered while it lives, it takes in what other nodes decided.
//!
//! Erasures carried out elsewhere end here as well: cached keys, drafts, views. The position of its registration
//! says up to which log index every requested erasure is cleaned up here; an erasure is confirmed only when all
//! living nodes have passed it. Decides nothing, and writes nothing into the ledger.

use crate::recht::Dauer;
use akte_api::local::Local;
use akte_core::execute::{Erasure, House};
use akte_core::ledger::header::Header;
use akte_core::ledger::ids::system_stream;
use akte_core::ledger::lease::{Fence, Leases};
use akte_projections::Stand;
use akte_projections::runner::Bereinigung;
use anyhow::Context;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use uuid::Uuid;

/// Registrations begin so.
const MELDUNG: &str = "knoten:";
/// Events read at once.
const PAGE: usize = 256;
/// How often a node looks again; also while an erasure is under way elsewhere.
const BLICK: Duration = Duration::from_millis(500);

/// One node of several.
pub struct Knoten {
    house: Arc<House>,
    local: Local,
    bereinigung: Bereinigung,
    stand: Stand,
    name: String,
    /// Next event to look at.
    next: u64,
    /// Requests of erasures that still have to be cleaned up here.
    offen: Vec<Erasure>,
}

impl Knoten {
    /// Registers the node. What was requested before and is not confirmed is looked at again.
    pub async fn melden(
        house: Arc<House>,
        local: Local,
        bereinigung: Bereinigung,
        stand: Stand,
        dauer: Dauer,
    ) -> anyhow::Result<(Self, Fence)> {
        let name = format!("{MELDUNG}{}", Uuid::new_v4());
        // Registered first: whoever erases from now on waits for this node.
        let fence = house.leases.take(&name, dauer.gilt).await?.context("Anmeldung des Knotens")?;
        let next = house.ledger.head().await?.size;
        let offen = house.erasures().await?.into_iter().filter(|e| e.confirmed.is_none()).collect();
        Ok((Self { house, local, bereinigung, stand, name, next, offen }, fence))
    }

    /// Under which name this node is registered.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Follows the ledger until told to stop, and signs off.
    pub async fn folgen(mut self, mut fence: Fence, dauer: Dauer, mut stop: watch::Receiver<bool>) {
        let mut renewed = Instant::now();
        while !*stop.borrow() {
            if let Err(error) = self.schritt(fence).await {
                tracing::warn!(error = %format!("{error:#}"), "node: cannot follow the others");
            }
            if renewed.elapsed() > dauer.erneuern {
                match self.house.leases.take(&self.name, dauer.gilt).await {
                    Ok(Some(now)) => (fence, renewed) = (now, Instant::now()),
                    other => tracing::warn!(?other, "node: cannot renew the registration"),
                }
            }
            tokio::select! {
                () = self.house.ledger.wait(self.next, BLICK) => {}
                _ = stop.wait_for(|stop| *stop) => {}
            }
        }
        if let Err(error) = self.house.leases.release(&self.name).await {
            tracing::warn!(%error, "node: the registration ends by itself");
        }
    }

    /// Takes in new events, cleans up what can be, and says how far this node is.
    async fn schritt(&mut self, fence: Fence) -> anyhow::Result<()> {
        loop {
            let page = self.house.ledger.read_all(self.next, PAGE).await?;
            let Some(last) = page.last().map(|e| e.index) else { break };
            let mut erasures = false;
            for stored in &page {
                let header = Header::parse(&stored.header)?;
                if header.wire.starts_with("leistung.") {
                    self.house.refresh_leistung(header.stream).await?;
                }
                if header.wire == "loeschung.approved.v1" {
                    // At another node, or at the machine itself: whoever is first carries it out.
                    self.house.erasure_due.notify_one();
                }
                erasures |= header.stream == system_stream(&self.house.log) && header.wire == "erasure.requested.v1";
            }
            if erasures {
                let known = self.house.erasures().await?;
                self.offen.extend(known.into_iter().filter(|e| (self.next..=last).contains(&e.idx)));
            }
            self.next = last + 1;
        }
        self.aufraeumen().await?;
        let position = self.offen.iter().map(|e| e.idx).min().unwrap_or(self.next);
        self.house.leases.advance(&self.name, fence, position).await?;
        Ok(())
    }

    /// What is gone from the shared stores goes here. An erasure still under way is looked at again.
    async fn aufraeumen(&mut self) -> anyhow::Result<()> {
        let mut offen = Vec::new();
        for e in std::mem::take(&mut self.offen) {
            match self.vernichtet(&e).await {
                Ok(true) => {}
                Ok(false) => offen.push(e),
                Err(error) => {
                    tracing::warn!(request = e.idx, error = %format!("{error:#}"), "node: an erasure is not cleaned up yet");
                    offen.push(e);
                }
            }
        }
        self.offen = offen;
        Ok(())
    }

    /// `false`: the groups are still stored, their end is another node's work.
    async fn vernichtet(&self, e: &Erasure) -> anyhow::Result<bool> {
        let groups: Vec<_> = e.targets.iter().map(|t| (t.idx, t.g)).collect();
        if !self.house.ledger.present(&groups).await?.is_empty() {
            return Ok(false);
        }
        self.house.vault.forget(&e.keks());
        self.stand.wait_for(e.idx, BLICK).await;
        self.bereinigung.bereinigen(e.idx).await.context("Sichten bereinigen")?;
        let vorgaenge: Vec<Uuid> = self.house.procedures_of(e).await?.into_iter().collect();
        let local = self.local.clone();
        tokio::task::spawn_blocking(move || local.entwuerfe_vernichten(&vorgaenge)).await??;
        Ok(true)
    }
}

/// Waits until every other living node has cleaned up the erasure requested at `request`; `false` if one has not.
pub async fn alle_sauber(
    leases: &dyn Leases,
    selbst: Option<&str>,
    request: u64,
    frist: Duration,
) -> anyhow::Result<bool> {
    let since = Instant::now();
    loop {
        let held = leases.held(MELDUNG).await?;
        let behind = |(name, position): &(String, Option<u64>)| {
            Some(name.as_str()) != selbst && position.is_none_or(|next| next <= request)
        };
        if !held.iter().any(behind) {
            return Ok(true);
        }
        if since.elapsed() > frist {
            return Ok(false);
        }
        tokio::time::sleep(BLICK).await;
    }
}
