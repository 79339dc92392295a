//! From an approved proposal to the durable request, and from the last step to the confirmation.
//!
//! Destroys nothing.

use super::{Erasure, Target, fault};
use crate::execute::call::{Call, Done, ExecuteError, Target as Stream};
use crate::execute::epoch::SystemActor;
use crate::execute::house::House;
use crate::loeschung::{Archiv, Grund, Loeschung, LoeschungCommand, LoeschungRefusal, Stand, Umfang};
use crate::verfahren::Vorgang;
use crate::zugriff::Principal;
use serde_json::json;
use uuid::Uuid;

/// What somebody proposes to erase.
#[derive(Clone, Debug)]
pub struct Vorschlag {
    pub vorgang: Uuid,
    pub umfang: Umfang,
    pub grund: Grund,
    pub archiv: Option<Archiv>,
    pub begruendung: String,
}

impl House {
    /// Proposes an erasure; unit and end of retention are taken from the Vorgang itself.
    pub async fn propose_erasure(&self, who: Principal, key: String, v: Vorschlag) -> Result<Done, ExecuteError> {
        let vorgang = self.load::<Vorgang>(v.vorgang).await?;
        if let Umfang::Ereignisse { gruppen } = &v.umfang {
            self.check_parts(vorgang.corr, gruppen).await?;
        }
        let request = json!({
            "vorgang": v.vorgang, "umfang": v.umfang, "grund": v.grund, "archiv": v.archiv, "begruendung": v.begruendung,
        });
        let command = LoeschungCommand::Propose {
            vorgang: v.vorgang,
            einheit: vorgang.state.einheit.clone(),
            umfang: v.umfang,
            grund: v.grund,
            archiv: v.archiv,
            begruendung: v.begruendung,
            aufbewahrung_bis: vorgang.state.aufbewahrung_bis,
        };
        let request = Some(request);
        let call = Call { principal: who, key, target: Stream::New, expected: None, request, corr: None };
        self.execute::<Loeschung>(call, command).await
    }

    /// The request of an approved proposal: found where it is written already, else written now. Its subjects'
    /// keys are retired before the targets are listed, so that nothing new is sealed under what will end.
    pub async fn request_erasure(&self, loeschung: Uuid) -> Result<Erasure, ExecuteError> {
        let l = self.load::<Loeschung>(loeschung).await?.state;
        let (Some(vorgang), Some(umfang), Some(grund), Some(archiv)) = (l.vorgang, &l.umfang, l.grund, l.archiv) else {
            return Err(ExecuteError::NotFound);
        };
        let (Some(first), Some(second)) = (l.vorgeschlagen.first(), l.entschieden.first()) else {
            return Err(not_approved());
        };
        let actor = SystemActor { first: *first, second: *second };
        let key = format!("loeschung-{loeschung}");
        let _turn = self.erasing.lock().await;
        if let Some(idx) = self.system_event(&actor.first.to_string(), &key).await?.map(|r| r.index) {
            let known = self.erasures().await?.into_iter().find(|e| e.idx == idx);
            return known.ok_or_else(|| fault("die Anordnung ist nicht lesbar"));
        }
        if l.stand != Stand::Genehmigt {
            return Err(not_approved());
        }
        let case = self.load::<Vorgang>(vorgang).await?;
        // Reopened after the proposal: the retention it was proposed on does not run any more.
        let today = self.clock.now().to_zoned(self.zone.clone()).date();
        let by_retention = matches!(grund, Grund::Frist | Grund::Archiv);
        if by_retention && case.state.aufbewahrung_bis.is_none_or(|until| until >= today) {
            let text = LoeschungRefusal::FristLaeuft.to_string();
            return Err(ExecuteError::Refused { code: LoeschungRefusal::FristLaeuft.code().into(), text });
        }
        // What came after the approval was approved by nobody.
        let approved = self.history(loeschung).await?;
        let approved = approved.iter().find(|r| r.wire == "loeschung.approved.v1").ok_or_else(not_approved)?.index;
        let procedure = case.corr;
        let keks = self.keks_of(procedure, umfang).await?;
        self.take_out_of_use(&keks).await?;
        // Another node may have given a subject a key since it was asked.
        let keks = self.keks_of(procedure, umfang).await?;
        self.take_out_of_use(&keks).await?;
        let targets = self.targets(procedure, umfang, &keks, approved).await?;
        self.write_request(targets, grund.code(), archiv.code(), Some(&actor), &key).await
    }

    pub(super) async fn write_request(
        &self,
        targets: Vec<Target>,
        reason: &str,
        archive: &str,
        actor: Option<&SystemActor>,
        key: &str,
    ) -> Result<Erasure, ExecuteError> {
        let data = json!({ "targets": targets, "reason": reason, "archive": archive });
        let idx = self.append_system("erasure.requested.v1", &data, key, actor).await?;
        let (log, reason, archive) = (self.log.clone(), reason.to_owned(), archive.to_owned());
        Ok(Erasure { log, idx, targets, reason, archive, confirmed: None })
    }

    /// Writes the confirmation: called when keys, groups, documents, views and drafts are gone. Returns its index.
    pub async fn confirm_erasure(&self, e: &Erasure) -> Result<u64, ExecuteError> {
        if let Some(idx) = e.confirmed {
            return Ok(idx);
        }
        let left = self.ledger.present(&e.groups()).await.map_err(fault)?.len();
        let mut keys = 0;
        for id in e.keks() {
            keys += usize::from(self.vault.kek(id)?.is_some());
        }
        if left + keys > 0 {
            return Err(fault(format!("Löschung {}: {left} Teile und {keys} Schlüssel sind noch da", e.idx)));
        }
        let request = json!({ "log": e.log, "idx": e.idx });
        let data = json!({ "request": request, "groups": e.targets.len(), "documents": e.refs().len() });
        self.append_system("erasure.confirmed.v1", &data, &format!("vollzug-{}-{}", e.log, e.idx), None).await
    }

    /// Notes in the proposal's own stream that it was carried out. Repeating it changes nothing.
    pub async fn erasure_executed(&self, loeschung: Uuid, e: &Erasure, vollzug: u64) -> Result<Done, ExecuteError> {
        let call = Call {
            principal: Principal::system(),
            key: format!("vollzogen-{}", e.idx),
            target: Stream::Stream(loeschung),
            expected: None,
            request: None,
            corr: None,
        };
        self.execute::<Loeschung>(call, LoeschungCommand::Execute { anordnung: e.idx, vollzug }).await
    }
}

fn not_approved() -> ExecuteError {
    let text = "Diese Löschung ist nicht genehmigt.".into();
    ExecuteError::Refused { code: "nicht_genehmigt".into(), text }
}
