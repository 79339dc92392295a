//! Carries out what was approved: from the request to the confirmation, over every store of the data folder.
//!
//! Runs at every start, after each approval and every hour. Whatever interrupts it, the next pass begins at the
//! first step again; each step is harmless when repeated. Decides nothing.

use crate::folder::Folder;
use crate::knoten;
use crate::sicherungsliste;
use crate::wire::Wired;
use akte_api::local::Local;
use akte_core::execute::{Ausgang, Erasure, ExecuteError, House, Schritt};
use akte_projections::runner::{self, Bereinigung, INTERNAL, Runner};
use akte_projections::{InternalViews, Stand, ViewError};
use anyhow::{Context, bail};
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use uuid::Uuid;

/// The right to erase; every step is harmless when two do it, so it only spares work.
const RECHT: &str = "loeschen";
/// Longest pass after which another node may begin one.
const RECHT_GILT: Duration = Duration::from_secs(900);
/// Longest wait for the other nodes to clean up.
const ANDERE: Duration = Duration::from_secs(60);
const EVERY: Duration = Duration::from_secs(3600);
/// Longest wait for the views before a pass.
const CATCH_UP: Duration = Duration::from_secs(60);

/// Who cleans the views: the runner of this process, or its handle where it is running already.
pub enum Sichtenpflege {
    Eigene(Box<Runner>),
    Laufend(Bereinigung),
}

/// Everything an erasure reaches.
pub struct Umfeld {
    pub house: Arc<House>,
    pub folder: Folder,
    pub local: Local,
    pub internal: InternalViews,
    pub sichten: Sichtenpflege,
    /// Under which name this node is registered, where it is one of several.
    pub knoten: Option<String>,
}

/// What a pass did.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Bilanz {
    /// Log indices of the requests confirmed now.
    pub vollzogen: Vec<u64>,
    /// Requests that wait for backups to lapse.
    pub wartend: Vec<(u64, Timestamp)>,
    /// Stopped after the step asked for.
    pub angehalten: bool,
}

impl Umfeld {
    /// For a command at the machine itself: views opened and brought up to date.
    pub async fn oeffnen(wired: &Wired) -> anyhow::Result<Self> {
        let konfig = runner::Konfig::new(&wired.house.stadt, &wired.reader())?;
        let mut own = Runner::start(wired.folder.root(), wired.reader(), konfig).await.context("Sichten")?;
        own.catch_up().await?;
        Ok(Self {
            house: wired.house.clone(),
            folder: wired.folder.clone(),
            local: Local::open(&wired.folder.local_db())?,
            internal: InternalViews::open(&wired.folder.root().join(INTERNAL))?,
            sichten: Sichtenpflege::Eigene(Box::new(own)),
            knoten: None,
        })
    }

    async fn bereinigen(&mut self, request: u64) -> anyhow::Result<()> {
        match &mut self.sichten {
            Sichtenpflege::Eigene(runner) => runner.bereinigen(request).await?,
            Sichtenpflege::Laufend(handle) => handle.bereinigen(request).await?,
        }
        Ok(())
    }
}

/// Whether the views could not be opened because a server of the same folder writes them.
pub fn server_laeuft(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(ViewError::Besetzt))
}

/// One pass over everything approved and everything open. `melden` gets one line per step and erasure.
pub async fn lauf(u: &mut Umfeld, halt: Option<Schritt>, melden: &(dyn Fn(String) + Sync)) -> anyhow::Result<Bilanz> {
    if let Some(why) = u.house.quarantine() {
        bail!("{why}");
    }
    let leases = u.house.leases.clone();
    if leases.take(RECHT, RECHT_GILT).await?.is_none() {
        bail!("Ein anderer Knoten vollzieht gerade eine Löschung. Der nächste Lauf holt alles nach.");
    }
    let done = vollziehen(u, halt, melden).await;
    leases.release(RECHT).await?;
    done
}

async fn vollziehen(u: &mut Umfeld, halt: Option<Schritt>, melden: &(dyn Fn(String) + Sync)) -> anyhow::Result<Bilanz> {
    let approved = requested(u, melden).await?;
    let open = u.house.erasures_to_do().await?;
    let kept = sicherungsliste::aufbewahrt(&u.folder)?;
    let mut bilanz = Bilanz::default();
    let (mut done, mut failed) = (Vec::new(), None);
    for e in open {
        melden(format!("Löschung {}: Schlüssel, {} Teile und {} Dokumente", e.idx, e.targets.len(), e.refs().len()));
        // Confirmed means: it waited for its backups before.
        let kept = if e.confirmed.is_some() { &[][..] } else { &kept[..] };
        match u.house.erase_stored(&e, kept, halt).await {
            Ok(Ausgang::Angehalten) => return Ok(Bilanz { angehalten: true, ..bilanz }),
            Ok(Ausgang::Vernichtet) => done.push(e),
            Ok(Ausgang::Wartet { bis }) => {
                melden(format!("Löschung {}: Der Schlüssel bleibt für Sicherungen bis {bis}", e.idx));
                bilanz.wartend.push((e.idx, bis));
                done.push(e);
            }
            // Views are marked clean up to a request: none may be passed over.
            Err(error) => {
                failed = Some(error);
                break;
            }
        }
    }
    if let Some(last) = done.iter().map(|e| e.idx).max() {
        bilanz.angehalten = aufraeumen(u, &done, last, halt, melden).await?;
        if !bilanz.angehalten && !knoten::alle_sauber(&*u.house.leases, u.knoten.as_deref(), last, ANDERE).await? {
            // The next pass begins at once and waits again.
            u.house.erasure_due.notify_one();
            bail!("Ein anderer Knoten hat noch nicht aufgeräumt; bestätigt wird danach.");
        }
        if !bilanz.angehalten {
            bestaetigen(u, &done, &approved, &mut bilanz, melden).await?;
        }
    }
    if let Sichtenpflege::Eigene(own) = &mut u.sichten {
        own.catch_up().await?;
    }
    match failed {
        Some(error) => Err(error).context("Löschung unterbrochen; der nächste Lauf setzt sie fort"),
        None => Ok(bilanz),
    }
}

/// Writes the requests of approved proposals; each with its proposal.
async fn requested(u: &mut Umfeld, melden: &(dyn Fn(String) + Sync)) -> anyhow::Result<Vec<(Uuid, u64)>> {
    let views = u.internal.clone();
    let approved = tokio::task::spawn_blocking(move || views.loeschungen_genehmigt()).await??;
    let mut out = Vec::new();
    for row in approved {
        match u.house.request_erasure(row.loeschung).await {
            Ok(e) => out.push((row.loeschung, e.idx)),
            // Nothing is left to erase, for example because a wider erasure came first.
            Err(ExecuteError::Refused { text, .. }) => melden(format!("Löschung {}: {text}", row.loeschung)),
            // A damaged row of one case must not hold up the others.
            Err(ExecuteError::Fault(why)) => {
                tracing::error!(loeschung = %row.loeschung, why, "Löschung nicht möglich");
                melden(format!(
                    "Löschung {}: nicht möglich, weil Daten beschädigt sind. `akte verify` nennt die Stelle.",
                    row.loeschung
                ));
            }
            Err(e) => return Err(e.into()),
        }
    }
    Ok(out)
}

/// Views, drafts, and the ledger file where open groups were erased. True: stopped.
async fn aufraeumen(
    u: &mut Umfeld,
    done: &[Erasure],
    last: u64,
    halt: Option<Schritt>,
    melden: &(dyn Fn(String) + Sync),
) -> anyhow::Result<bool> {
    melden("Sichten und Suche werden bereinigt".into());
    u.bereinigen(last).await.context("Sichten bereinigen")?;
    if halt == Some(Schritt::Sichten) {
        return Ok(true);
    }
    let mut vorgaenge = Vec::new();
    for e in done {
        vorgaenge.extend(u.house.procedures_of(e).await?);
    }
    let local = u.local.clone();
    tokio::task::spawn_blocking(move || local.entwuerfe_vernichten(&vorgaenge)).await??;
    if halt == Some(Schritt::Entwuerfe) {
        return Ok(true);
    }
    if done.iter().any(Erasure::has_open) {
        melden("Der Ereignisspeicher wird neu geschrieben".into());
        u.house.ledger.vacuum().await?;
    }
    Ok(halt == Some(Schritt::Verdichtet))
}

async fn bestaetigen(
    u: &mut Umfeld,
    done: &[Erasure],
    approved: &[(Uuid, u64)],
    bilanz: &mut Bilanz,
    melden: &(dyn Fn(String) + Sync),
) -> anyhow::Result<()> {
    for e in done.iter().filter(|e| !bilanz.wartend.iter().any(|(idx, _)| *idx == e.idx)) {
        let vollzug = u.house.confirm_erasure(e).await?;
        if e.confirmed.is_none() {
            melden(format!("Löschung {}: vollzogen und bestätigt in Ereignis {vollzug}", e.idx));
            bilanz.vollzogen.push(e.idx);
        }
    }
    // Also where a pass was interrupted between confirmation and this note.
    let known = u.house.erasures().await?;
    for (loeschung, idx) in approved {
        if let Some(e) = done.iter().find(|e| e.idx == *idx && bilanz.wartend.iter().any(|(w, _)| *w == e.idx)) {
            // The content is gone, only the key waits: from now on a hold may be set on what is left.
            u.house.disposal_done(*loeschung, e, None).await?;
        }
        if let Some(e) = known.iter().find(|e| e.idx == *idx)
            && let Some(vollzug) = e.confirmed
        {
            u.house.erasure_executed(*loeschung, e, vollzug).await?;
        }
    }
    Ok(())
}

/// Beside a running server: after each approval and every hour, until `stop`.
pub async fn folgen(mut u: Umfeld, stand: Stand, mut stop: watch::Receiver<bool>) {
    loop {
        let due = u.house.clone();
        tokio::select! {
            () = due.erasure_due.notified() => {}
            () = tokio::time::sleep(EVERY) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        if let Ok(head) = u.house.ledger.head().await {
            stand.wait_for(head.size.saturating_sub(1), CATCH_UP).await;
        }
        if let Err(error) = lauf(&mut u, None, &|line| tracing::info!("{line}")).await {
            // Nothing is lost: the next pass begins at the first step again.
            tracing::warn!(error = %format!("{error:#}"), "Löschlauf");
        }
    }
}

#[cfg(test)]
mod tests;
