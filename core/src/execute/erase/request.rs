//! From an approved proposal to the durable request, and from the last step to the confirmation.
//!
//! Destroys nothing, and writes no request without the gate of [`super::freigabe`].

use super::freigabe::Freigabe;
use super::postbuch::Sache;
use super::{Erasure, Target, fault};
use crate::akte::Akte;
use crate::akte::event::Bewertung;
use crate::execute::call::{Call, Done, ExecuteError, Target as Stream};
use crate::execute::epoch::SystemActor;
use crate::execute::house::House;
use crate::loeschung::{Aktenlage, Archiv, Grund, Loeschung, LoeschungCommand, Stand, Umfang};
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

/// An Akte somebody proposes to erase.
#[derive(Clone, Debug)]
pub struct AktenVorschlag {
    pub akte: Uuid,
    pub grund: Grund,
    pub archiv: Option<Archiv>,
    pub begruendung: String,
}

impl House {
    /// Proposes an erasure; the unit is taken from the Vorgang, the end of retention from its Akte.
    pub async fn propose_erasure(&self, who: Principal, key: String, v: Vorschlag) -> Result<Done, ExecuteError> {
        let vorgang = self.load::<Vorgang>(v.vorgang).await?;
        if let Umfang::Ereignisse { gruppen } = &v.umfang {
            self.check_parts(vorgang.corr, gruppen).await?;
        }
        let aufbewahrung_bis = match vorgang.state.akte {
            Some(akte) => self.load::<Akte>(akte).await?.state.aufbewahrung_bis,
            None => vorgang.state.aufbewahrung_bis,
        };
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
            aufbewahrung_bis,
        };
        let request = Some(request);
        let call = Call { principal: who, key, target: Stream::New, expected: None, request, corr: None };
        self.execute::<Loeschung>(call, command).await
    }

    /// Proposes to erase an Akte itself, where no Vorgang of it stays.
    pub async fn propose_akte_erasure(
        &self,
        who: Principal,
        key: String,
        v: AktenVorschlag,
    ) -> Result<Done, ExecuteError> {
        let akte = self.load::<Akte>(v.akte).await?.state;
        let request = json!({ "akte": v.akte, "grund": v.grund, "archiv": v.archiv, "begruendung": v.begruendung });
        let command = LoeschungCommand::ProposeAkte {
            akte: v.akte,
            einheit: akte.einheit.clone(),
            grund: v.grund,
            archiv: v.archiv,
            begruendung: v.begruendung,
            lage: Aktenlage {
                geschlossen: akte.geschlossen,
                bleibende_vorgaenge: akte.bleibende_vorgaenge().len(),
                aufbewahrung_bis: akte.aufbewahrung_bis,
            },
        };
        let request = Some(request);
        let call = Call { principal: who, key, target: Stream::New, expected: None, request, corr: None };
        self.execute::<Loeschung>(call, command).await
    }

    /// The request of an approved proposal: found where it is written already, else written now. Its subjects'
    /// keys are retired before the targets are listed, so that nothing new is sealed under what will end.
    pub async fn request_erasure(&self, loeschung: Uuid) -> Result<Erasure, ExecuteError> {
        let l = self.load::<Loeschung>(loeschung).await?.state;
        let (Some(umfang), Some(grund), Some(archiv)) = (&l.umfang, l.grund, l.archiv) else {
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
        let sache = self.sache(&l).await?;
        // What came after the approval was approved by nobody.
        let approved = self.history(loeschung).await?;
        let approved = approved.iter().find(|r| r.wire == "loeschung.approved.v1").ok_or_else(not_approved)?.index;
        // What cannot be named is not released, so that a pass that finds nothing leaves no trace.
        if let Err(e) = self.nennbar(&sache, umfang, approved).await {
            return self.given_up(e, &sache, loeschung).await;
        }
        let freigabe = self.freigeben(loeschung, &l, &sache).await?;
        let archiv = self.antwort(&sache, archiv).await?;
        match self.targets_of(&sache, umfang, approved).await {
            Ok(targets) => self.write_request(targets, (grund, archiv), Some(&actor), &key, &freigabe).await,
            Err(e) => self.given_up(e, &sache, loeschung).await,
        }
    }

    async fn nennbar(&self, sache: &Sache, umfang: &Umfang, approved: u64) -> Result<(), ExecuteError> {
        let r = self.reichweite(sache, umfang, approved).await?;
        let keks = self.keks_of(&r, umfang).await?;
        self.targets(&r, umfang, &keks, approved).await.map(drop)
    }

    /// What the archive said, as the Akte's stream has it; where it was never asked, what the proposal says.
    async fn antwort(&self, sache: &Sache, gesagt: Archiv) -> Result<Archiv, ExecuteError> {
        let Some(akte) = sache.akte else { return Ok(gesagt) };
        let s = self.load::<Akte>(akte).await?.state.aussonderung;
        Ok(match (s.uebernommen, s.bewertung) {
            (Some(_), _) => Archiv::Uebernommen,
            (None, Some(Bewertung::V)) => Archiv::Abgelehnt,
            _ => gesagt,
        })
    }

    /// No open release may keep a hold away where nothing will be destroyed.
    async fn given_up(&self, e: ExecuteError, sache: &Sache, loeschung: Uuid) -> Result<Erasure, ExecuteError> {
        if let (ExecuteError::Refused { code, .. }, Some(akte)) = (&e, sache.akte) {
            let version = self.load::<Akte>(akte).await?.version;
            self.release_revoked(akte, loeschung, code, version).await?;
        }
        Err(e)
    }

    /// Retires the keys of a scope, then lists what it takes. What it reaches is asked again: since it was asked
    /// first, another Vorgang may have been filed in the Akte.
    async fn targets_of(&self, sache: &Sache, umfang: &Umfang, approved: u64) -> Result<Vec<Target>, ExecuteError> {
        let r = self.reichweite(sache, umfang, approved).await?;
        let keks = self.keks_of(&r, umfang).await?;
        self.take_out_of_use(&keks).await?;
        // Another node may have given a subject a key since it was asked.
        let keks = self.keks_of(&r, umfang).await?;
        self.take_out_of_use(&keks).await?;
        self.targets(&r, umfang, &keks, approved).await
    }

    pub(super) async fn write_request(
        &self,
        targets: Vec<Target>,
        (grund, archiv): (Grund, Archiv),
        actor: Option<&SystemActor>,
        key: &str,
        _: &Freigabe,
    ) -> Result<Erasure, ExecuteError> {
        let (reason, archive) = (grund.code(), archiv.code());
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
        self.disposal_done(loeschung, e, Some(vollzug)).await?;
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
