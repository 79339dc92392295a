//! What commands on an Akte must know of other streams: its Vorgaenge and its position in the plan.
//!
//! Reads; the facts go into the command, the decision stays with the Akte.

use super::call::ExecuteError;
use super::house::House;
use crate::akte::{Akte, Aktenplan, Beginn, Dauer, Dokument, KeineFassung};
use crate::verfahren::{Status, Vorgang};
use uuid::Uuid;

impl House {
    /// Vorgaenge of this Akte that are not filed away, with their state in words.
    pub async fn offene_vorgaenge(&self, akte: &Akte) -> Result<Vec<(Uuid, Status)>, ExecuteError> {
        let mut out = Vec::new();
        for v in akte.vorgaenge() {
            match self.load::<Vorgang>(v).await {
                Ok(l) if l.state.status != Status::ZdA => out.push((v, l.state.status)),
                Ok(_) | Err(ExecuteError::NotFound) => {}
                Err(e) => return Err(e),
            }
        }
        Ok(out)
    }

    /// How this Akte has ended, if it has.
    pub(super) async fn akte_ende(&self, akte: Option<Uuid>) -> Result<Option<&'static str>, ExecuteError> {
        let Some(akte) = akte else { return Ok(None) };
        Ok(self.load::<Akte>(akte).await?.state.ende())
    }

    /// Why this Akte takes no new version of the document, if it does not.
    pub(super) async fn keine_fassung(
        &self,
        dokument: Uuid,
        akte: Option<Uuid>,
    ) -> Result<Option<&'static str>, ExecuteError> {
        let Some(akte) = akte else { return Ok(None) };
        Ok(self.load::<Akte>(akte).await?.state.nimmt_fassung(dokument).err().map(KeineFassung::satz))
    }

    /// Documents a pointer leads away from whose copy is not made yet; what was erased has nothing to be copied.
    pub(super) async fn offene_umlegungen(&self, akte: &Akte) -> Result<usize, ExecuteError> {
        let mut n = 0;
        for z in &akte.zeiger {
            let d = self.load::<Dokument>(z.dokument).await?.state;
            n += usize::from(d.verschoben.is_none() && d.dokument.is_some());
        }
        Ok(n)
    }

    /// How long the plan keeps what lies under this position; the nearest position above it counts too.
    pub async fn aufbewahrungsdauer(&self, kennung: &str) -> Result<Dauer, ExecuteError> {
        let plan = match self.load::<Aktenplan>(self.natural_stream("aktenplan", &["aktenplan"])?).await {
            Ok(l) => l.state,
            Err(ExecuteError::NotFound) => return Ok(Dauer::Unbekannt),
            Err(e) => return Err(e),
        };
        let mut k = Some(kennung);
        while let Some(here) = k {
            if let Some(p) = plan.positionen.get(here) {
                return Ok(p.aufbewahrung_jahre.map_or(Dauer::Dauernd, |jahre| Dauer::Jahre { jahre }));
            }
            k = crate::akte::plan::parent(here);
        }
        Ok(Dauer::Unbekannt)
    }

    /// How long and from when a file is kept that is closed today: as its Leistung says, else as the plan says.
    pub async fn schlusslage(&self, akte: &Akte) -> Result<(Dauer, Beginn), ExecuteError> {
        let zda = Beginn { ereignis: "zda".into(), am: Some(self.heute()) };
        if let Some(vorgang) = akte.vorgang {
            let v = self.load::<Vorgang>(vorgang).await?.state;
            if let Some(def) = self.leistungen().by_hash(&v.definition) {
                let a = &def.aufbewahrung;
                let am = v.bestandskraft_am.filter(|_| a.beginn.ends_with("bestandskraft"));
                let beginn = am.map(|am| Beginn { ereignis: "bestandskraft".into(), am: Some(am) });
                return Ok((Dauer::Jahre { jahre: a.jahre }, beginn.unwrap_or(zda)));
            }
        }
        Ok((self.aufbewahrungsdauer(&akte.aktenplan).await?, zda))
    }

    /// Today in the town.
    pub fn heute(&self) -> jiff::civil::Date {
        self.clock.now().to_zoned(self.zone.clone()).date()
    }
}
