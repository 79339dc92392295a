//! The hands of the town hall: people, and the few acts the later chapters of the demo repeat.
//!
//! Every act is a command of a person or of `process`, with a key counted from one, so that two runs agree.

use super::personal::Personal;
use akte_core::akte::{Akte, AkteCommand, Dokument, DokumentCommand};
use akte_core::documents::DokumentWert;
use akte_core::execute::{Call, House, Principal, Room, Target};
use akte_core::geschaeftsgang::Objekt;
use anyhow::Context;
use std::cell::Cell;
use uuid::Uuid;

/// The unit whose files the chapter shows.
pub const EINHEIT: &str = "ordnung";
/// The unit it works with.
pub const ANDERE: &str = "steuern";

/// Who acts, and on what house.
pub struct Hand<'a> {
    pub house: &'a House,
    /// Keeps the post book and the files of all units.
    pub post: Principal,
    pub registratur: Principal,
    /// Two clerks of the unit and its head.
    pub eins: Principal,
    pub zwei: Principal,
    pub leitung: Principal,
    /// Clerk and head of the other unit.
    pub fremd: Principal,
    pub fremde_leitung: Principal,
    /// Positions of the plan under which the unit works.
    pub stelle: String,
    pub andere_stelle: String,
    nummer: Cell<u32>,
}

impl<'a> Hand<'a> {
    pub fn neu(house: &'a House, p: &Personal) -> anyhow::Result<Self> {
        let alle = house.leistungen().all();
        let mut stellen: Vec<String> =
            alle.iter().filter(|d| d.einheit == EINHEIT).map(|d| d.aktenplan.clone()).collect();
        stellen.sort();
        stellen.dedup();
        let stelle = stellen.first().context("Einheit ohne Stelle im Aktenplan")?.clone();
        Ok(Self {
            house,
            post: p.poststelle(),
            registratur: p.registratur(),
            eins: p.sachbearbeitung(EINHEIT, 0),
            zwei: p.sachbearbeitung(EINHEIT, 1),
            leitung: p.leitung(EINHEIT),
            fremd: p.sachbearbeitung(ANDERE, 0),
            fremde_leitung: p.leitung(ANDERE),
            andere_stelle: stellen.last().unwrap_or(&stelle).clone(),
            stelle,
            nummer: Cell::new(0),
        })
    }

    pub fn key(&self) -> String {
        self.nummer.set(self.nummer.get() + 1);
        format!("demo-kapitel-{:08}", self.nummer.get())
    }

    pub fn call(&self, wer: &Principal, target: Target, corr: Option<Uuid>) -> Call {
        let key = self.key();
        let request = Some(serde_json::json!({ "demo": key }));
        Call { principal: wer.clone(), key, target, expected: None, request, corr }
    }

    /// One command on one thing; where it stands says the error.
    pub async fn tun<R: Room>(&self, wer: &Principal, target: Target, command: R::Command) -> anyhow::Result<Uuid>
    where
        R::Command: std::fmt::Debug,
    {
        let was = format!("{}: {command:?}", R::KIND);
        let done = self.house.execute::<R>(self.call(wer, target, None), command).await;
        Ok(done.with_context(|| was)?.stream)
    }

    /// One more thing that hangs on another.
    pub async fn anhaengen<R: Room>(&self, wer: &Principal, an: Objekt, command: R::Command) -> anyhow::Result<Uuid>
    where
        R::Command: std::fmt::Debug + Clone,
    {
        let was = format!("{}: {command:?}", R::KIND);
        let call = self.call(wer, Target::New, Some(an.id));
        let done = self.house.execute_numbered::<R>(call, &an.schluessel(), command).await;
        Ok(done.with_context(|| was)?.stream)
    }

    pub async fn akte(&self, wer: &Principal, akte: Uuid, command: AkteCommand) -> anyhow::Result<()> {
        self.tun::<Akte>(wer, Target::Stream(akte), command).await.map(drop)
    }

    /// A new file, kept by the unit.
    pub async fn eroeffnen(&self, titel: &str) -> anyhow::Result<Uuid> {
        let (aktenplan, einheit) = (self.stelle.clone(), EINHEIT.to_owned());
        let command = AkteCommand::Open { aktenplan, einheit, vorgang: None, titel: titel.into() };
        self.tun::<Akte>(&self.registratur, Target::New, command).await
    }

    /// A document of the file, not yet filed in it.
    pub async fn schreiben(&self, wer: &Principal, akte: Uuid, titel: &str, text: &str) -> anyhow::Result<Uuid> {
        let command = DokumentCommand::Add {
            akte,
            vorgang: None,
            richtung: "intern".into(),
            titel: titel.into(),
            dateiname: format!("{}.txt", titel.to_lowercase().replace(' ', "-")),
            dokument: self.inhalt(akte, text).await?,
        };
        let call = self.call(wer, Target::New, Some(akte));
        Ok(self.house.execute::<Dokument>(call, command).await.with_context(|| titel.to_owned())?.stream)
    }

    /// A document written and filed.
    pub async fn ablegen(&self, wer: &Principal, akte: Uuid, titel: &str, text: &str) -> anyhow::Result<Uuid> {
        let dokument = self.schreiben(wer, akte, titel, text).await?;
        self.akte(wer, akte, AkteCommand::FileDokument { dokument, vorgang: None }).await?;
        Ok(dokument)
    }

    /// The document again, with another text.
    pub async fn fassung(&self, wer: &Principal, dokument: Uuid, text: &str, grund: &str) -> anyhow::Result<()> {
        let akte = self.house.load::<Dokument>(dokument).await?.state.akte.context("Dokument ohne Akte")?;
        let command = DokumentCommand::AddVersion { dokument: self.inhalt(akte, text).await?, grund: grund.into() };
        self.tun::<Dokument>(wer, Target::Stream(dokument), command).await.map(drop)
    }

    async fn inhalt(&self, akte: Uuid, text: &str) -> anyhow::Result<DokumentWert> {
        let text = format!("Demonstration, keine echten Daten.\n\n{text}\n").into_bytes();
        // Two documents with the same text are two documents.
        Ok(self.house.put_derived("verfahren", akte, "text/plain", text, &self.key()).await?)
    }
}

/// The account behind a principal.
pub fn konto(p: &Principal) -> Uuid {
    match p.actor {
        akte_core::kernel::Actor::Konto(id) => id,
        _ => Uuid::nil(),
    }
}
