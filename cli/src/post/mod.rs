//! The outgoing post of a serving node: releases what was held, and sends the hints by mail.
//!
//! Runs under a right that one node holds at a time. Keeps nothing of its own: what is to be sent and what became of it
//! stands in the ledger, so whoever takes over knows it. Decides nothing.

pub mod befehl;
pub mod einstellung;
mod nachricht;
mod pausen;
mod smtp;

use akte_core::execute::{ExecuteError, House};
use akte_core::process::{Hinweis, hinweis, melden, release_versand};
use akte_core::verfahren::zustellung::Mailstand;
use akte_projections::InternalViews;
use akte_projections::internal::sendungen::Frage;
use anyhow::Context;
use einstellung::Mail;
use jiff::Timestamp;
use pausen::Pausen;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use uuid::Uuid;

/// Between two looks.
const BLICK: Duration = Duration::from_secs(1);

/// What one look brought about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bilanz {
    pub freigegeben: u64,
    pub gesendet: u64,
    pub gescheitert: u64,
    pub offen: u64,
}

/// How an attempt ended.
enum Ende {
    Gesendet,
    Endgueltig,
    /// Tried again later.
    Spaeter,
    /// Settled by somebody else meanwhile, or not needed any more.
    Erledigt,
}

/// The post of one node.
pub struct Post {
    house: Arc<House>,
    views: InternalViews,
    mail: Option<Mail>,
    /// When a hint is tried next at this node, and how often it was; lost at an end, and then it is tried at once.
    naechste: HashMap<Uuid, (u32, Timestamp)>,
    /// Told with every report: no other node or run answers for it.
    selbst: Uuid,
}

impl Post {
    pub fn new(house: Arc<House>, views: InternalViews, mail: Option<Mail>) -> anyhow::Result<Self> {
        let mut zufall = [0; 16];
        getrandom::fill(&mut zufall)?;
        Ok(Self { house, views, mail, naechste: HashMap::new(), selbst: Uuid::from_bytes(zufall) })
    }

    /// Works until told to end. What fails is looked at again.
    pub async fn run(mut self, mut told: watch::Receiver<bool>) {
        while !*told.borrow() {
            if let Err(error) = self.einmal(false, &told).await {
                tracing::warn!(error = %format!("{error:#}"), "post");
            }
            tokio::select! {
                () = tokio::time::sleep(BLICK) => {}
                _ = told.wait_for(|end| *end) => return,
            }
        }
    }

    /// Everything that is due; with `sofort` also what would wait longer.
    pub async fn einmal(&mut self, sofort: bool, told: &watch::Receiver<bool>) -> anyhow::Result<Bilanz> {
        let views = self.views.clone();
        let jetzt = self.house.clock.now();
        let (frei, hinweise) = tokio::task::spawn_blocking(move || {
            Ok::<_, akte_projections::ViewError>((
                views.sendungen(Frage::Freizugeben(jetzt), None)?,
                views.sendungen(Frage::Hinweise, None)?,
            ))
        })
        .await??;
        let frei: Vec<_> = frei.iter().map(|r| (r.vorgang, r.sendung)).collect();
        let mut bilanz = Bilanz { freigegeben: release_versand(&self.house, &frei).await?, ..Bilanz::default() };
        for (vorgang, id) in hinweise.iter().filter_map(|r| Some((r.vorgang, r.hinweis?.0))) {
            let wartet = self.naechste.get(&id).is_some_and(|(_, um)| self.house.clock.now() < *um);
            if *told.borrow() || (wartet && !sofort) {
                bilanz.offen += 1;
                continue;
            }
            let ende = self.versuchen(vorgang, id).await.unwrap_or_else(|error| {
                tracing::warn!(%vorgang, error = %format!("{error:#}"), "post: a hint was passed over for now");
                Ende::Spaeter
            });
            match ende {
                Ende::Gesendet => bilanz.gesendet += 1,
                Ende::Endgueltig => bilanz.gescheitert += 1,
                Ende::Spaeter => bilanz.offen += 1,
                Ende::Erledigt => {}
            }
        }
        Ok(bilanz)
    }

    async fn versuchen(&mut self, vorgang: Uuid, id: Uuid) -> anyhow::Result<Ende> {
        let Some(h) = hinweis(&self.house, vorgang, id).await? else { return Ok(Ende::Erledigt) };
        if h.stand.zu_ende() {
            return Ok(Ende::Erledigt);
        }
        let pausen = self.mail.as_ref().map_or_else(Pausen::default, |m| m.pausen);
        if self.house.stadt.anschrift.email.parse::<lettre::Address>().is_err() {
            tracing::error!("post: stadt.toml has no valid e-mail address; the hints wait");
            self.spaeter(&h, pausen);
            return Ok(Ende::Spaeter);
        }
        let zu_alt = self.house.clock.now().duration_since(h.seit) > pausen.aufgeben;
        let brief = h.email.as_deref().and_then(|an| nachricht::bauen(&self.house.stadt, an, &h.kennung, h.seit));
        let (Some(brief), false) = (brief, zu_alt) else {
            // An address that was taken back or erased: the decision says "not needed", not "failed".
            let ohne = h.email.is_none() && self.sagen(&h, Mailstand::Sending, h.versuche + 1).await?.is_none();
            return if ohne { Ok(Ende::Erledigt) } else { self.endgueltig(&h).await };
        };
        let ende = self.senden(&h, &brief).await?;
        if let Ende::Spaeter = ende {
            self.spaeter(&h, pausen);
        } else {
            self.naechste.remove(&id);
        }
        Ok(ende)
    }

    fn spaeter(&mut self, h: &Hinweis, pausen: Pausen) {
        let n = self.naechste.get(&h.id).map_or(1, |(n, _)| n + 1);
        let um = self.house.clock.now() + pausen.nach(n, &h.kennung);
        self.naechste.insert(h.id, (n, um));
    }

    /// Connects first: as long as no server listens, nothing can have been sent, and nothing is said of an attempt.
    async fn senden(&self, h: &Hinweis, brief: &lettre::Message) -> anyhow::Result<Ende> {
        let verbindung = match self.mail.clone() {
            Some(mail) => smtp::verbinden(mail, self.house.stadt.domain.clone()).await,
            None => Err("no mail server is configured".to_owned()),
        };
        let verbindung = match verbindung {
            Ok(v) => v,
            Err(warum) => {
                tracing::warn!(warum, "post: the mail server cannot be used; the hints wait");
                // An attempt whose outcome is unknown stays unknown.
                if h.stand != Mailstand::Sending {
                    self.sagen(h, Mailstand::TemporaryFailure, h.versuche).await?;
                }
                return Ok(Ende::Spaeter);
            }
        };
        let versuch = h.versuche + 1;
        // Durable before the first byte: whoever finds it after a crash knows that the outcome is unknown.
        if self.sagen(h, Mailstand::Sending, versuch).await?.is_none() {
            return Ok(Ende::Erledigt);
        }
        let h = Hinweis { versuche: versuch, ..h.clone() };
        match smtp::senden(verbindung, brief).await {
            smtp::Antwort::Angenommen => {
                self.sagen(&h, Mailstand::Sent, versuch).await?;
                Ok(Ende::Gesendet)
            }
            smtp::Antwort::Abgelehnt(code) => {
                tracing::info!(code, "post: a hint was refused for good");
                self.endgueltig(&h).await
            }
            smtp::Antwort::Spaeter(code) => {
                tracing::info!(code, "post: a hint was put off by the server");
                self.sagen(&h, Mailstand::TemporaryFailure, versuch).await?;
                Ok(Ende::Spaeter)
            }
            // It may have arrived: nothing is said of it but that it was about to be sent.
            smtp::Antwort::Unbekannt => Ok(Ende::Spaeter),
        }
    }

    async fn endgueltig(&self, h: &Hinweis) -> anyhow::Result<Ende> {
        let stand = hinweis(&self.house, h.vorgang, h.id).await?.context("hint")?;
        self.sagen(&stand, Mailstand::PermanentFailure, stand.versuche).await?;
        Ok(Ende::Endgueltig)
    }

    /// `None`: it is not so recorded, because somebody else went on or nobody needs it any more.
    async fn sagen(&self, h: &Hinweis, stand: Mailstand, versuch: u32) -> anyhow::Result<Option<()>> {
        match melden(&self.house, h, stand, versuch, self.selbst).await {
            Ok(so) => Ok(so.then_some(())),
            Err(ExecuteError::Refused { .. }) => Ok(None),
            Err(e) => Err(e.into()),
        }
    }
}
