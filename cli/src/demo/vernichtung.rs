//! One case all through the disposal gate: proposed, approved, refused by the gate, offered, appraised, destroyed.
//!
//! Destroys by the program's own pass, never past it.

use super::akten;
use super::hand::Hand;
use crate::loeschlauf::{Umfeld, lauf};
use crate::wire::Wired;
use akte_core::akte::event::Bewertung;
use akte_core::execute::{Target, Vorschlag};
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

/// The pass finds the file not offered and says so; after the archive's answer the next one destroys.
pub async fn vollziehen(wired: &Wired, h: &Hand<'_>, vorgang: Uuid) -> anyhow::Result<()> {
    let mut umfeld = Umfeld::oeffnen(wired).await?;
    let still = |_: String| {};
    let versagt = lauf(&mut umfeld, None, &still).await?;
    ensure!(versagt.vollzogen.is_empty(), "Es wurde vernichtet, was dem Archiv nicht angeboten war");
    akten::anbieten(h, akte(h, vorgang).await?, Bewertung::V).await?;
    let vollzogen = lauf(&mut umfeld, None, &still).await?;
    ensure!(vollzogen.vollzogen.len() == 1, "Die freigegebene Vernichtung wurde nicht vollzogen");
    Ok(())
}

async fn akte(h: &Hand<'_>, vorgang: Uuid) -> anyhow::Result<Uuid> {
    h.house.load::<Vorgang>(vorgang).await?.state.akte.context("Vorgang ohne Akte")
}
