//! What a serving node fetches for the post book: mails from a mailbox, scans from a folder, answers of the virus scanner.
//!
//! Each works under a right of its own. Keeps nothing: whether something was taken stands in the ledger, under the digest
//! of its bytes, so that a crash between taking and marking makes nothing double.

pub mod befehl;
pub mod einstellung;
mod imap;
mod scanordner;

use crate::recht::{self, UEBLICH};
use akte_api::annahme::clamd::Clamd;
use akte_api::annahme::{Ausgang, Nachpruefung, Tor};
use akte_core::execute::{ExecuteError, House, Principal};
use akte_core::ledger::lease::Fence;
use akte_projections::InternalViews;
use anyhow::{Context, ensure};
use einstellung::{Postfach, Scanordner};
use scanordner::Blick;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// The right to fetch mail.
pub const POSTFACH: &str = "postfach";
/// The right to ask the virus scanner again.
const VIRENSCANNER: &str = "virenscanner";
/// Between two questions to a scanner that did not answer.
const NOCH_EINMAL: Duration = Duration::from_secs(30);
/// Asked again in one go.
const STAPEL: usize = 100;

/// Where things come from.
#[derive(Clone, Debug, Default)]
pub struct Abholung {
    pub postfach: Option<Postfach>,
    pub scan: Option<Scanordner>,
    pub virenscanner: Option<Clamd>,
}

/// What one look brought about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bilanz {
    pub neu: u64,
    pub schon_da: u64,
    pub quarantaene: u64,
    pub abgelehnt: u64,
}

impl Bilanz {
    fn zaehlen(&mut self, ausgang: Ausgang) {
        match ausgang {
            Ausgang::Neu => self.neu += 1,
            Ausgang::SchonDa => self.schon_da += 1,
            Ausgang::Quarantaene(_) => self.quarantaene += 1,
        }
    }

    /// Worth a line in the log.
    fn etwas(self) -> bool {
        self != Self::default()
    }
}

impl std::fmt::Display for Bilanz {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { neu, schon_da, quarantaene, abgelehnt } = self;
        write!(f, "{neu} neu, {schon_da} schon im Postbuch, {quarantaene} in Quarantäne, {abgelehnt} abgelehnt")
    }
}

/// The way in for these services.
fn tor<'a>(house: &'a House, scanner: Option<&'a Clamd>) -> Tor<'a> {
    Tor { house, scanner, principal: Principal::process() }
}

/// Whether nothing can be written now: then the rest waits as well.
fn vorbei(e: &ExecuteError) -> bool {
    use ExecuteError as E;
    matches!(e, E::Pushback | E::OutcomeUnknown | E::DiskFull | E::Quarantine(_))
}

/// What may be logged of an error: never what a rule says about a content.
fn kurz(e: &ExecuteError) -> &'static str {
    match e {
        ExecuteError::Refused { .. } => "refused",
        ExecuteError::Denied(_) => "denied",
        ExecuteError::Fault(_) => "fault",
        _ => "other",
    }
}

/// A unit that is none would gather what nobody sees.
fn einheit(house: &House, id: &str, wo: &str) -> anyhow::Result<()> {
    let da = house.stadt.einheiten.iter().any(|e| e.id == id);
    ensure!(da, "[{wo}] einheit: Eine Einheit „{id}“ gibt es in stadt.toml nicht.");
    Ok(())
}

/// Starts what is set up; it ends with `stopped`.
pub fn beginnen(
    a: &Abholung,
    house: &Arc<House>,
    views: &InternalViews,
    stopped: &watch::Receiver<bool>,
    works: &mut JoinSet<()>,
) {
    if let Some(p) = a.postfach.clone() {
        let (house, scanner) = (house.clone(), a.virenscanner.clone());
        let leases = house.leases.clone();
        let work = move |_: Fence, told| postfach(house.clone(), scanner.clone(), p.clone(), told);
        works.spawn(recht::unter(leases, POSTFACH, UEBLICH, stopped.clone(), work));
    }
    if let Some(s) = a.scan.clone() {
        // Nodes that see one folder share its right; folders of their own are not kept from each other.
        let ort = Sha256::digest(s.ordner.as_os_str().as_encoded_bytes());
        let name = format!("scan-{:02x}{:02x}{:02x}{:02x}", ort[0], ort[1], ort[2], ort[3]);
        let (house, scanner) = (house.clone(), a.virenscanner.clone());
        let leases = house.leases.clone();
        let stopped = stopped.clone();
        works.spawn(async move {
            let work = move |_: Fence, told| scans(house.clone(), scanner.clone(), s.clone(), told);
            recht::unter(leases, &name, UEBLICH, stopped, work).await;
        });
    }
    if let Some(c) = a.virenscanner.clone() {
        let (house, views) = (house.clone(), views.clone());
        let leases = house.leases.clone();
        let work = move |_: Fence, told| nachpruefen(house.clone(), views.clone(), c.clone(), told);
        works.spawn(recht::unter(leases, VIRENSCANNER, UEBLICH, stopped.clone(), work));
    }
}

/// Waits, unless told to end; `true` then.
async fn warten(wie_lange: Duration, told: &mut watch::Receiver<bool>) -> bool {
    tokio::select! {
        () = tokio::time::sleep(wie_lange) => false,
        _ = told.wait_for(|end| *end) => true,
    }
}

async fn postfach(house: Arc<House>, scanner: Option<Clamd>, p: Postfach, mut told: watch::Receiver<bool>) {
    loop {
        match postfach_einmal(&house, scanner.as_ref(), &p, &told).await {
            Ok(b) if b.etwas() => tracing::info!(ergebnis = %b, "postfach"),
            Ok(_) => {}
            // Nothing is lost: what is not marked is fetched again.
            Err(error) => tracing::warn!(error = %format!("{error:#}"), "postfach: the mailbox cannot be fetched now"),
        }
        if warten(p.takt, &mut told).await {
            return;
        }
    }
}

/// One look into the mailbox.
pub async fn postfach_einmal(
    house: &House,
    scanner: Option<&Clamd>,
    p: &Postfach,
    told: &watch::Receiver<bool>,
) -> anyhow::Result<Bilanz> {
    einheit(house, &p.einheit, "postfach")?;
    imap::holen(p, &tor(house, scanner), told).await.context("Postfach")
}

async fn scans(house: Arc<House>, scanner: Option<Clamd>, s: Scanordner, mut told: watch::Receiver<bool>) {
    let mut blick = Blick::default();
    loop {
        match scans_einmal(&house, scanner.as_ref(), &s, &mut blick, &told).await {
            Ok(b) if b.etwas() => tracing::info!(ergebnis = %b, "scanordner"),
            Ok(_) => {}
            Err(error) => tracing::warn!(error = %format!("{error:#}"), "scanordner"),
        }
        if warten(s.takt, &mut told).await {
            return;
        }
    }
}

/// One look into the folder; a file is taken at the second look that finds it unchanged.
pub async fn scans_einmal(
    house: &House,
    scanner: Option<&Clamd>,
    s: &Scanordner,
    blick: &mut Blick,
    told: &watch::Receiver<bool>,
) -> anyhow::Result<Bilanz> {
    einheit(house, &s.einheit, "scan")?;
    scanordner::sehen(s, &tor(house, scanner), blick, told).await.context("Scanordner")
}

/// What the scanner could not be asked about is asked about until it answers.
async fn nachpruefen(house: Arc<House>, views: InternalViews, clamd: Clamd, mut told: watch::Receiver<bool>) {
    let mut nach = None;
    loop {
        let gefragt = views.clone();
        let offen = tokio::task::spawn_blocking(move || gefragt.postbuch_ungeprueft(nach, STAPEL)).await;
        let offen = offen.ok().and_then(Result::ok).unwrap_or_default();
        // Those it never says anything of must not keep the later ones waiting: the next look goes on behind them.
        nach = offen.last().copied().filter(|_| offen.len() == STAPEL);
        let tor = tor(&house, Some(&clamd));
        for eingang in offen {
            if *told.borrow() {
                return;
            }
            match tor.nachpruefen(eingang).await {
                Ok(Nachpruefung::Geprueft(e)) => tracing::info!(%eingang, ergebnis = e.code(), "virenscanner"),
                Ok(Nachpruefung::NichtsZuTun) => {}
                Ok(Nachpruefung::Spaeter) => tracing::warn!(%eingang, "virenscanner: says nothing of this one now"),
                Ok(Nachpruefung::KeineAntwort) => {
                    tracing::warn!("virenscanner: no answer; what waits for it is not shown");
                    break;
                }
                Err(error) => tracing::warn!(%eingang, %error, "virenscanner"),
            }
        }
        if warten(NOCH_EINMAL, &mut told).await {
            return;
        }
    }
}
