//! Through the disposal gate: from an approved proposal to the release on the Akte's own stream.
//!
//! Without the value this module hands out no request of an erasure can be written. It lists no target and
//! destroys nothing.

use super::fault;
use super::postbuch::Sache;
use crate::akte::aussonderung::Stand as Freigabestand;
use crate::akte::{Akte, AkteCommand, Ansinnen, Beleg, Disposal, Hindernis};
use crate::execute::call::{Call, Done, ExecuteError, Target as Stream};
use crate::execute::house::House;
use crate::loeschung::{Loeschung, Umfang};
use crate::zugriff::Principal;
use uuid::Uuid;

/// Why a request may be written. Made only here and by the repetition of what was requested before.
pub(in crate::execute) struct Freigabe(());

impl Freigabe {
    /// Carried out elsewhere already: a restored copy must not bring it back.
    pub(super) fn nachgeholt() -> Self {
        Self(())
    }
}

impl House {
    /// What the gate is asked about a proposal that lies in this Akte. Before the approval nobody has approved.
    pub async fn ansinnen(&self, loeschung: Uuid, l: &Loeschung, akte: &Akte) -> Result<Ansinnen, ExecuteError> {
        let (Some(umfang), Some(grund)) = (&l.umfang, l.grund) else { return Err(ExecuteError::NotFound) };
        let approved = self.history(loeschung).await?;
        let bis = approved.iter().find(|r| r.wire == "loeschung.approved.v1").map_or(0, |r| r.index);
        Ok(Ansinnen {
            loeschung,
            vorgang: l.vorgang,
            umfang: match umfang {
                Umfang::Vorgang => "vorgang".into(),
                Umfang::Subjekt { .. } => "subjekt".into(),
                Umfang::Ereignisse { .. } => "ereignisse".into(),
                Umfang::Akte => "akte".into(),
            },
            grund: grund.code().into(),
            bis,
            vorgeschlagen: l.vorgeschlagen.clone(),
            genehmigt: l.entschieden.clone(),
            offene_vorgaenge: self.offene_vorgaenge(akte).await?.len(),
            offene_umlegungen: self.offene_umlegungen(akte).await?,
        })
    }

    /// The release of an approved proposal: found where it is in force, else asked for now. Written to the Akte's
    /// stream under its expected version: a hold that comes at the same time wins, because the loser decides again.
    pub(super) async fn freigeben(
        &self,
        loeschung: Uuid,
        l: &Loeschung,
        sache: &Sache,
    ) -> Result<Freigabe, ExecuteError> {
        let akte = sache.akte.ok_or_else(no_akte)?;
        let before = self.load::<Akte>(akte).await?;
        let a = self.ansinnen(loeschung, l, &before.state).await?;
        if before.state.aussonderung.freigabe(loeschung).is_none() {
            self.on_akte(akte, &format!("freigabe-{loeschung}-{}", before.version), AkteCommand::Release(a)).await?;
        }
        // Looked at once more: the Vorgaenge have streams of their own.
        let now = self.load::<Akte>(akte).await?;
        let a = self.ansinnen(loeschung, l, &now.state).await?;
        let hindernisse = Disposal::decide(&now.state, &a, &self.law, self.heute()).map_err(fault)?;
        match (now.state.aussonderung.freigabe(loeschung), hindernisse.is_empty()) {
            (Some(_), true) => Ok(Freigabe(())),
            (Some(f), false) => {
                if f.stand == Freigabestand::Offen {
                    self.release_revoked(akte, loeschung, &hindernisse[0].code(), now.version).await?;
                }
                Err(versagt(&hindernisse))
            }
            (None, _) => Err(versagt(&hindernisse)),
        }
    }

    pub(super) async fn release_revoked(
        &self,
        akte: Uuid,
        loeschung: Uuid,
        anlass: &str,
        version: u64,
    ) -> Result<(), ExecuteError> {
        let command = AkteCommand::RevokeRelease { loeschung, anlass: anlass.into() };
        self.on_akte(akte, &format!("ruecknahme-{loeschung}-{version}"), command).await.map(drop)
    }

    /// Notes on the Akte's stream that what was released is gone, with its numbers. Repeating it changes nothing.
    pub async fn disposal_done(
        &self,
        loeschung: Uuid,
        e: &super::Erasure,
        bestaetigung: Option<u64>,
    ) -> Result<(), ExecuteError> {
        let l = self.load::<Loeschung>(loeschung).await?.state;
        let Some(akte) = self.akte_der_loeschung(&l).await? else { return Ok(()) };
        // Requested before there was a gate: there is no release to close.
        if self.load::<Akte>(akte).await?.state.aussonderung.freigabe(loeschung).is_none() {
            return Ok(());
        }
        let beleg =
            Beleg { anordnung: e.idx, bestaetigung, teile: e.targets.len() as u64, dokumente: e.refs().len() as u64 };
        let key = format!("vernichtet-{}-{}", e.idx, bestaetigung.unwrap_or(0));
        self.on_akte(akte, &key, AkteCommand::RecordDestroyed { loeschung, beleg }).await.map(drop)
    }

    async fn on_akte(&self, akte: Uuid, key: &str, command: AkteCommand) -> Result<Done, ExecuteError> {
        let call = Call {
            principal: Principal::system(),
            key: key.to_owned(),
            target: Stream::Stream(akte),
            expected: None,
            request: None,
            corr: None,
        };
        self.execute::<Akte>(call, command).await
    }
}

fn versagt(hindernisse: &[Hindernis]) -> ExecuteError {
    let saetze: Vec<String> = hindernisse.iter().map(Hindernis::satz).collect();
    let text = match saetze.is_empty() {
        true => "Die Vernichtung ist nicht freigegeben.".into(),
        false => saetze.join(" "),
    };
    ExecuteError::Refused { code: "nicht_freigegeben".into(), text }
}

fn no_akte() -> ExecuteError {
    let text = "Der Vorgang liegt noch in keiner Akte. Erst dort lässt sich prüfen, ob vernichtet werden darf.".into();
    ExecuteError::Refused { code: "keine_akte".into(), text }
}
