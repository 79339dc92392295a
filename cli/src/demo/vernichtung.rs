//! One case all through the disposal gate: proposed, approved, refused by the gate, offered, appraised, destroyed. And
//! one file without a case, which has been offered before.
//!
//! Destroys by the program's own pass, never past it.

use super::akten;
use super::hand::Hand;
use crate::loeschlauf::{Umfeld, lauf};
use crate::wire::Wired;
use akte_core::akte::event::Bewertung;
use akte_core::execute::{AktenVorschlag, Target, Vorschlag};
use akte_core::loeschung::{Archiv, Grund, Loeschung, LoeschungCommand, Umfang};
use akte_core::verfahren::Vorgang;
use anyhow::{Context, ensure};
use uuid::Uuid;

/// Two persons end the retention, and two want the destruction.
pub async fn vorschlagen(h: &Hand<'_>, vorgang: Uuid) -> anyhow::Result<()> {
    akten::abgelaufen(h, akte(h, vorgang).await?).await?;
    let v = Vorschlag {
        vorgang,
        umfang: Umfang::Vorgang,
        grund: Grund::Frist,
        archiv: Some(Archiv::Abgelehnt),
        begruendung: "Die Aufbewahrung ist beendet.".into(),
    };
    let done = h.house.propose_erasure(h.registratur.clone(), h.key(), v).await?;
    h.tun::<Loeschung>(&h.leitung, Target::Stream(done.stream), LoeschungCommand::Approve).await.map(drop)
}

/// The same for a file in which no case lies.
pub async fn akte_vorschlagen(h: &Hand<'_>, akte: Uuid) -> anyhow::Result<()> {
    let v = AktenVorschlag {
        akte,
        grund: Grund::Frist,
        archiv: Some(Archiv::Abgelehnt),
        begruendung: "Die Umfrage ist ausgewertet.".into(),
    };
    let done = h.house.propose_akte_erasure(h.registratur.clone(), h.key(), v).await?;
    h.tun::<Loeschung>(&h.leitung, Target::Stream(done.stream), LoeschungCommand::Approve).await.map(drop)
}

/// The pass destroys the file, finds that of the case not offered, and says so; after the archive's answer the next
/// one destroys it.
pub async fn vollziehen(wired: &Wired, h: &Hand<'_>, vorgang: Uuid) -> anyhow::Result<()> {
    let mut umfeld = Umfeld::oeffnen(wired).await?;
    let still = |_: String| {};
    let erster = lauf(&mut umfeld, None, &still).await?;
    ensure!(erster.vollzogen.len() == 1, "Es wurde nicht genau die Akte vernichtet, die dem Archiv angeboten war");
    akten::anbieten(h, akte(h, vorgang).await?, Bewertung::V).await?;
    let vollzogen = lauf(&mut umfeld, None, &still).await?;
    ensure!(vollzogen.vollzogen.len() == 1, "Die freigegebene Vernichtung wurde nicht vollzogen");
    Ok(())
}

async fn akte(h: &Hand<'_>, vorgang: Uuid) -> anyhow::Result<Uuid> {
    h.house.load::<Vorgang>(vorgang).await?.state.akte.context("Vorgang ohne Akte")
}
