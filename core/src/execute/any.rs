//! A command of any room, for those who follow up on events.
//!
//! Which command follows is decided in `process`.

use super::call::{Call, Done, ExecuteError};
use super::house::House;
use crate::akte::{
    Akte, AkteCommand, Aktenplan, AktenplanCommand, Dokument, DokumentCommand, NummernCommand, Nummernkreis,
};
use crate::geschaeftsgang::{
    Aufgabe, AufgabeCommand, Beobachtung, BeobachtungCommand, Umlauf, UmlaufCommand, Wiedervorlage,
    WiedervorlageCommand,
};
use crate::verfahren::{Datensatz, DatensatzCommand, Leistung, LeistungCommand, Vorgang, VorgangCommand};
use crate::zugriff::{Einheit, EinheitCommand, Konto, KontoCommand};

/// One command of one room.
#[derive(Clone, Debug)]
pub enum AnyCommand {
    Vorgang(VorgangCommand),
    Akte(AkteCommand),
    Aktenplan(AktenplanCommand),
    Dokument(DokumentCommand),
    Nummernkreis(NummernCommand),
    Umlauf(UmlaufCommand),
    Wiedervorlage(WiedervorlageCommand),
    Aufgabe(AufgabeCommand),
    Beobachtung(BeobachtungCommand),
    Leistung(LeistungCommand),
    Datensatz(DatensatzCommand),
    Konto(KontoCommand),
    Einheit(EinheitCommand),
}

impl House {
    /// Executes a command of whatever room.
    pub async fn execute_any(&self, call: Call, command: AnyCommand) -> Result<Done, ExecuteError> {
        match command {
            AnyCommand::Vorgang(c) => self.execute::<Vorgang>(call, c).await,
            AnyCommand::Akte(c) => self.execute::<Akte>(call, c).await,
            AnyCommand::Aktenplan(c) => self.execute::<Aktenplan>(call, c).await,
            AnyCommand::Dokument(c) => self.execute::<Dokument>(call, c).await,
            AnyCommand::Nummernkreis(c) => self.execute::<Nummernkreis>(call, c).await,
            AnyCommand::Umlauf(c) => self.execute::<Umlauf>(call, c).await,
            AnyCommand::Wiedervorlage(c) => self.execute::<Wiedervorlage>(call, c).await,
            AnyCommand::Aufgabe(c) => self.execute::<Aufgabe>(call, c).await,
            AnyCommand::Beobachtung(c) => self.execute::<Beobachtung>(call, c).await,
            AnyCommand::Leistung(c) => self.adopt_through(call, c).await,
            AnyCommand::Datensatz(c) => self.execute::<Datensatz>(call, c).await,
            AnyCommand::Konto(c) => self.execute::<Konto>(call, c).await,
            AnyCommand::Einheit(c) => self.execute::<Einheit>(call, c).await,
        }
    }

    async fn adopt_through(&self, call: Call, c: LeistungCommand) -> Result<Done, ExecuteError> {
        let done = self.execute::<Leistung>(call, c).await?;
        self.refresh_leistung(done.stream).await?;
        Ok(done)
    }
}
