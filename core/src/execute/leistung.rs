//! A town's own definitions: checked as a whole, proposed, decided, and in force without a restart.
//!
//! The rule of four eyes is in `verfahren::leistung`; what a build brings along is adopted in `epoch`.

use super::call::{Call, Done, ExecuteError, Loaded, Principal, Target};
use super::house::House;
use super::vorlage::check_vorlage;
use crate::akte::Aktenplan;
use crate::verfahren::event::{DefinitionDatei, LeistungEvent};
use crate::verfahren::leistung::VERZEICHNIS;
use crate::verfahren::loader::{self, Datei, Fehler, Umfeld, check_umfeld};
use crate::verfahren::{Definition, Leistung, LeistungCommand};
use serde_json::json;
use std::collections::BTreeSet;

impl House {
    /// Everything that can be wrong with a folder in this town: its rules and examples, what it names in law
    /// data, units and Aktenplan, and its template.
    pub async fn check_leistung(&self, dateien: &[Datei]) -> Result<Result<Definition, Vec<Fehler>>, ExecuteError> {
        let def = match loader::load_files(dateien.to_vec()) {
            Ok(def) => def,
            Err(fehler) => return Ok(Err(fehler)),
        };
        let einheiten: Vec<String> = self.stadt.einheiten.iter().map(|e| e.id.clone()).collect();
        let aktenplan: Vec<String> =
            match self.load::<Aktenplan>(self.natural_stream("aktenplan", &["aktenplan"])?).await {
                Ok(plan) => plan.state.positionen.into_keys().collect(),
                Err(ExecuteError::NotFound) => Vec::new(),
                Err(e) => return Err(e),
            };
        let umfeld = Umfeld { law: &self.law, einheiten: &einheiten, aktenplan: &aktenplan };
        let mut fehler = check_umfeld(&def, umfeld);
        fehler.extend(check_vorlage(&def));
        Ok(if fehler.is_empty() { Ok(def) } else { Err(fehler) })
    }

    /// Proposes a folder; it is in force only after [`House::decide_leistung`] by another person.
    pub async fn propose_leistung(
        &self,
        principal: Principal,
        key: String,
        dateien: &[Datei],
    ) -> Result<Done, ExecuteError> {
        self.may_write()?;
        let def = self.faultless(dateien).await?;
        // Listed first: a proposal is found again at every start, also if this one does not come about.
        self.list_leistung(&def.id).await?;
        let call = Call {
            principal,
            key,
            target: Target::Natural(vec![def.id]),
            expected: None,
            request: Some(json!({ "vorschlag": def.sha256 })),
            corr: None,
        };
        let command = LeistungCommand::Propose { dateien: loader::as_adopted(dateien) };
        self.execute::<Leistung>(call, command).await
    }

    /// Approves or rejects; an approved definition is in force when this returns.
    pub async fn decide_leistung(&self, call: Call, command: LeistungCommand) -> Result<Done, ExecuteError> {
        if let (LeistungCommand::Approve { .. }, Target::Natural(id)) = (&command, &call.target) {
            let id: Vec<&str> = id.iter().map(String::as_str).collect();
            let stream = self.natural_stream("leistung", &id)?;
            let loaded: Option<Loaded<Leistung>> = match self.load(stream).await {
                Ok(l) => Some(l),
                Err(ExecuteError::NotFound) => None,
                Err(e) => return Err(e),
            };
            // The rules of this build, not of the one under which it was proposed.
            if let Some(v) = loaded.and_then(|l| l.state.vorschlag) {
                self.faultless(&as_files(&v.dateien)).await?;
            }
        }
        let done = self.execute::<Leistung>(call, command).await?;
        self.refresh_leistung(done.stream).await?;
        Ok(done)
    }

    /// Reads every version of every service the town ever proposed into the catalogue. `auch`: ids of folders
    /// that were adopted before there was a directory; they are listed now.
    pub async fn refresh_own(&self, auch: &[String]) -> Result<(), ExecuteError> {
        for id in auch {
            let stream = self.natural_stream("leistung", &[id])?;
            match self.load::<Leistung>(stream).await {
                Ok(_) if self.quarantine().is_none() => self.list_leistung(id).await?,
                Ok(_) => self.refresh_leistung(stream).await?,
                Err(ExecuteError::NotFound) => {}
                Err(e) => return Err(e),
            }
        }
        for id in self.listed().await? {
            self.refresh_leistung(self.natural_stream("leistung", &[&id])?).await?;
        }
        Ok(())
    }

    /// Every service this house knows of, in force or only proposed, by id.
    pub async fn all_leistungen(&self) -> Result<Vec<(String, Loaded<Leistung>)>, ExecuteError> {
        let mut ids: BTreeSet<String> = self.listed().await?.into_iter().collect();
        ids.extend(self.leistungen().all().iter().map(|d| d.id.clone()));
        ids.extend(loader::builtin_files().into_iter().map(|(id, _)| id.to_owned()));
        let mut out = Vec::new();
        for id in ids {
            match self.load::<Leistung>(self.natural_stream("leistung", &[&id])?).await {
                Ok(l) => out.push((id, l)),
                Err(ExecuteError::NotFound) => {}
                Err(e) => return Err(e),
            }
        }
        Ok(out)
    }

    /// The files of the newest version ever adopted; empty if there is none.
    pub async fn adopted_files(&self, id: &str) -> Result<Vec<DefinitionDatei>, ExecuteError> {
        let history = self.history(self.natural_stream("leistung", &[id])?).await?;
        let adopted = history.iter().rev().find(|r| r.wire == "leistung.adopted.v1");
        match adopted.map(|r| r.decode::<LeistungEvent>()) {
            Some(Ok(LeistungEvent::Adopted { dateien, .. })) => Ok(dateien),
            None => Ok(Vec::new()),
            Some(_) => Err(ExecuteError::Fault(format!("die Definition {id} ist nicht lesbar"))),
        }
    }

    /// The definition with this pinned hash, as it was adopted, straight from the ledger.
    pub async fn adopted_definition(&self, id: &str, sha256: &str) -> Result<Option<Definition>, ExecuteError> {
        let history = self.history(self.natural_stream("leistung", &[id])?).await?;
        for r in history.iter().filter(|r| r.wire == "leistung.adopted.v1") {
            let Ok(LeistungEvent::Adopted { sha256: this, dateien, .. }) = r.decode() else { continue };
            if this == sha256 {
                let def = loader::from_adopted(&dateien);
                return def.map(Some).map_err(|_| ExecuteError::Fault(format!("Definition in Ereignis {}", r.index)));
            }
        }
        Ok(None)
    }

    async fn listed(&self) -> Result<Vec<String>, ExecuteError> {
        match self.load::<Leistung>(self.natural_stream("leistung", &[VERZEICHNIS])?).await {
            Ok(l) => Ok(l.state.liste),
            Err(ExecuteError::NotFound) => Ok(Vec::new()),
            Err(e) => Err(e),
        }
    }

    async fn list_leistung(&self, id: &str) -> Result<(), ExecuteError> {
        let call = Call {
            principal: Principal::system(),
            key: format!("leistung-listed-{id}"),
            target: Target::Natural(vec![VERZEICHNIS.into()]),
            expected: None,
            request: None,
            corr: None,
        };
        self.execute::<Leistung>(call, LeistungCommand::List { id: id.into() }).await.map(|_| ())
    }

    async fn faultless(&self, dateien: &[Datei]) -> Result<Definition, ExecuteError> {
        self.check_leistung(dateien).await?.map_err(|fehler| {
            let text = fehler.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
            ExecuteError::Refused { code: "definition_fehlerhaft".into(), text }
        })
    }
}

/// Adopted or proposed files as a folder's.
pub fn as_files(dateien: &[DefinitionDatei]) -> Vec<Datei> {
    dateien.iter().map(|d| (d.pfad.clone(), d.inhalt.as_bytes().to_vec())).collect()
}
