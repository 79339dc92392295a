//! What a decision must know of other streams: a document as it stands, and what is open on a thing to be closed.
//!
//! Decides nothing and asks no permission: the facts go into a decision, or into a refusal for whoever may close.

use super::call::{ExecuteError, Loaded};
use super::house::House;
use crate::akte::{Akte, Dokument, DokumentEvent};
use crate::geschaeftsgang::{Aufgabe, Objekt, Objektart, Umlauf, Wiedervorlage};
use crate::kernel::Decider;
use crate::kernel::context::DokumentStand;
use crate::recht::datum_deutsch;
use crate::vault::Recorded;
use crate::verfahren::{Status, Vorgang};
use uuid::Uuid;

/// The acting account and the one it stood in for, as the event carries them.
pub(crate) fn handelnde(r: &Recorded) -> impl Iterator<Item = Uuid> {
    std::iter::once(r.actor.as_str()).chain(r.fuer.as_deref()).filter_map(|id| id.parse().ok())
}

impl House {
    /// Version, place, digest and authors of a document.
    pub(super) async fn dokument_stand(&self, dokument: Option<Uuid>) -> Result<Option<DokumentStand>, ExecuteError> {
        let Some(id) = dokument else { return Ok(None) };
        let (mut stand, state) = self.fassungen(id).await?;
        if stand.version == 0 {
            return Ok(None);
        }
        // A moved document is made anew by the process: who wrote it is told where it came from.
        let (mut aus, mut gesehen) = (state.aus, vec![id]);
        while let Some(quelle) = aus.filter(|q| !gesehen.contains(q)) {
            let (dort, state) = self.fassungen(quelle).await?;
            stand.verfasser.extend(dort.verfasser);
            gesehen.push(quelle);
            aus = state.aus;
        }
        stand.digest = state.dokument.map(|d| d.digest);
        stand.umlauf_offen = self.umlaeufe(id).await?.iter().any(|u| u.state.stand().offen());
        Ok(Some(stand))
    }

    /// The newest version of a document with the authors of all, as its own stream tells them.
    async fn fassungen(&self, id: Uuid) -> Result<(DokumentStand, Dokument), ExecuteError> {
        let mut stand = DokumentStand::default();
        let mut state = Dokument::default();
        for r in self.history(id).await? {
            let Ok(event) = r.decode::<DokumentEvent>() else { continue };
            state = Dokument::evolve(state, &event);
            if state.version != stand.version {
                (stand.version, stand.position) = (state.version, r.seq);
                stand.verfasser.extend(handelnde(&r));
                stand.grund = match event {
                    DokumentEvent::VersionAdded { grund, .. } => grund,
                    _ => None,
                };
            }
        }
        Ok((stand, state))
    }

    /// Documents that were made for another Akte, or that are not there. To which one a document belongs is
    /// said once, by its first event, so that no later moment can answer otherwise.
    pub(super) async fn fremde(&self, akte: Uuid, dokumente: Vec<Uuid>) -> Result<Vec<Uuid>, ExecuteError> {
        let mut fremd = Vec::new();
        for d in dokumente {
            match self.load::<Dokument>(d).await {
                Ok(l) if l.state.akte == Some(akte) => {}
                Ok(_) | Err(ExecuteError::NotFound) => fremd.push(d),
                Err(e) => return Err(e),
            }
        }
        Ok(fremd)
    }

    /// All runs of a document, oldest first.
    pub async fn umlaeufe(&self, dokument: Uuid) -> Result<Vec<Loaded<Umlauf>>, ExecuteError> {
        self.numbered::<Umlauf>(&[dokument.to_string()]).await
    }

    /// What keeps this thing from being closed, in words; nothing where nothing is to be closed.
    pub(super) async fn offene_punkte(&self, objekt: Option<Objekt>) -> Result<Vec<String>, ExecuteError> {
        let Some(objekt) = objekt else { return Ok(Vec::new()) };
        let mut offen = Vec::new();
        let dokumente = match objekt.art {
            Objektart::Akte => {
                let akte = self.load::<Akte>(objekt.id).await?.state;
                for v in akte.vorgaenge() {
                    offen.extend(self.vorgang_offen(v).await?);
                    offen.extend(self.daran_offen(Objekt::neu(Objektart::Vorgang, v), "").await?);
                }
                akte.dokumente
            }
            Objektart::Vorgang => self.dokumente_des_vorgangs(objekt.id).await?,
            Objektart::Dokument | Objektart::Eingang => Vec::new(),
        };
        offen.extend(self.daran_offen(objekt, "").await?);
        for d in dokumente {
            let titel = self.load::<Dokument>(d).await.ok().and_then(|l| l.state.titel);
            let wo = format!(" zu „{}“", titel.unwrap_or_else(|| "Dokument ohne Titel".into()));
            let umlaeufe = self.umlaeufe(d).await?;
            let laufende = umlaeufe.iter().filter(|u| u.state.stand().offen());
            offen.extend(laufende.map(|u| format!("Geschäftsgang{wo} ({})", u.state.stand().wort())));
            offen.extend(self.daran_offen(Objekt::neu(Objektart::Dokument, d), &wo).await?);
        }
        Ok(offen)
    }

    /// Undone Wiedervorlagen and tasks on this thing.
    async fn daran_offen(&self, objekt: Objekt, wo: &str) -> Result<Vec<String>, ExecuteError> {
        let parts = objekt.schluessel();
        let mut offen = Vec::new();
        for w in self.numbered::<Wiedervorlage>(&parts).await? {
            if let Some(tag) = w.state.faellig.filter(|_| !w.state.erledigt) {
                offen.push(format!("Wiedervorlage am {}{wo}", datum_deutsch(tag)));
            }
        }
        for a in self.numbered::<Aufgabe>(&parts).await?.into_iter().filter(|a| !a.state.erledigt) {
            let titel = a.state.titel.unwrap_or_else(|| "ohne Titel".into());
            offen.push(format!("Aufgabe „{titel}“{wo}"));
        }
        Ok(offen)
    }

    /// A case that is not filed away keeps its file open.
    async fn vorgang_offen(&self, vorgang: Uuid) -> Result<Vec<String>, ExecuteError> {
        let v = match self.load::<Vorgang>(vorgang).await {
            Ok(l) => l.state,
            Err(ExecuteError::NotFound) => return Ok(Vec::new()),
            Err(e) => return Err(e),
        };
        if v.status == Status::ZdA {
            return Ok(Vec::new());
        }
        let titel = self.leistungen().by_hash(&v.definition).map(|d| format!(" „{}“", d.titel.de)).unwrap_or_default();
        let mut offen = vec![format!("Vorgang{titel} ist noch nicht zu den Akten verfügt ({})", v.status.wort())];
        let fristen = v.fristen.iter().filter(|f| !f.erledigt);
        offen.extend(fristen.map(|f| format!("Frist {} bis {}", f.frist, datum_deutsch(f.end))));
        offen.extend(v.gebuehren.iter().filter(|g| g.stand == "offen").map(|g| format!("Zahlung {}", g.zeile)));
        if v.status == Status::ImGeschaeftsgang {
            offen.push("Mitzeichnungen am Bescheid".into());
        }
        Ok(offen)
    }

    /// Documents the Akte filed for this case.
    async fn dokumente_des_vorgangs(&self, vorgang: Uuid) -> Result<Vec<Uuid>, ExecuteError> {
        let Some(akte) = self.load::<Vorgang>(vorgang).await?.state.akte else { return Ok(Vec::new()) };
        let mut out = Vec::new();
        for d in self.load::<Akte>(akte).await?.state.dokumente {
            if self.load::<Dokument>(d).await.is_ok_and(|l| l.state.vorgang == Some(vorgang)) {
                out.push(d);
            }
        }
        Ok(out)
    }
}
