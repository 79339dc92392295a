//! The runner: catch up, follow up, remember where.
//!
//! A follow-up the rules refuse is logged without content and skipped; what may pass later
//! (overload, unknown outcome, full disk) is tried again from the same position.

use super::extract::extract;
use super::letters::Letter;
use super::position::{MemoryPosition, PositionStore};
use super::react::{Follow, What, react};
use super::umlegen;
use crate::akte::{AkteCommand, DokumentCommand};
use crate::execute::{AnyCommand, Call, ExecuteError, House, Target};
use crate::geschaeftsgang::{Wiedervorlage, WiedervorlageCommand};
use crate::vault::Recorded;
use crate::verfahren::{Vorgang, VorgangCommand};
use crate::zugriff::Principal;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use uuid::Uuid;

/// Events read at once.
const PAGE: usize = 256;
/// After so many events the position is also written into the ledger.
const MARK_EVERY: u64 = 4096;
/// Tries of a follow-up whose outcome was unknown before the batch is given up for now.
const TRIES: u32 = 3;
/// Wake-up at the latest, should the engine's hint fail.
const POLL: Duration = Duration::from_secs(1);

/// `process` at work.
pub struct Process {
    house: Arc<House>,
    positions: Box<dyn PositionStore>,
    next: Option<u64>,
    marked: u64,
}

impl Process {
    /// With a durable position.
    pub fn new(house: Arc<House>, positions: Box<dyn PositionStore>) -> Self {
        Self { house, positions, next: None, marked: 0 }
    }

    /// With a position that is forgotten: tests and the demo.
    pub fn in_memory(house: Arc<House>) -> Self {
        Self::new(house, Box::new(MemoryPosition::default()))
    }

    /// Works on the next page of events; returns the next index to be worked on.
    pub async fn run_once(&mut self) -> Result<u64, ExecuteError> {
        let mut next = self.position().await?;
        let page = self.house.reader().read_all(next, PAGE).await?;
        for r in &page {
            self.follow_up(r).await?;
            next = r.index + 1;
            self.next = Some(next);
        }
        if !page.is_empty() {
            self.positions.store(next).await.map_err(|e| ExecuteError::Fault(format!("Position: {e}")))?;
            if next - self.marked >= MARK_EVERY {
                self.mark(next).await?;
            }
        }
        Ok(next)
    }

    /// Works until nothing follows any more.
    pub async fn settle(&mut self) -> Result<u64, ExecuteError> {
        loop {
            let next = self.run_once().await?;
            let head = self.house.ledger.head().await.map_err(|e| ExecuteError::Fault(e.to_string()))?;
            if next >= head.size {
                return Ok(next);
            }
        }
    }

    /// Runs until `shutdown` turns true.
    pub async fn run(mut self, mut shutdown: watch::Receiver<bool>) {
        while !*shutdown.borrow() {
            match self.settle().await {
                Ok(next) => tokio::select! {
                    () = self.house.ledger.wait(next, POLL) => {}
                    _ = shutdown.changed() => {}
                },
                Err(e) => {
                    tracing::warn!(error = %log_kind(&e), "process waits and tries again");
                    tokio::select! {
                        () = tokio::time::sleep(POLL) => {}
                        _ = shutdown.changed() => {}
                    }
                }
            }
        }
    }

    /// From memory, the store, or the last mark in the ledger; a ledger without any mark is new.
    async fn position(&mut self) -> Result<u64, ExecuteError> {
        if let Some(next) = self.next {
            return Ok(next);
        }
        let stored = self.positions.load().await.map_err(|e| ExecuteError::Fault(format!("Position: {e}")))?;
        let next = match stored {
            Some(next) => next,
            None => self.house.last_process_mark().await?.unwrap_or(0),
        };
        (self.next, self.marked) = (Some(next), next);
        Ok(next)
    }

    async fn mark(&mut self, next: u64) -> Result<(), ExecuteError> {
        self.house
            .write_system("process.position.v1", &json!({ "up_to": next }), &format!("position-{next:020}"))
            .await?;
        self.marked = next;
        Ok(())
    }

    async fn follow_up(&self, r: &Recorded) -> Result<(), ExecuteError> {
        let follows = match react(&self.house, r).await {
            Ok(follows) => follows,
            Err(e) => return passed_over(r, "react", &e),
        };
        for follow in &follows {
            let mut tries = 0;
            while let Err(e) = self.one(r, follow).await {
                tries += 1;
                if !transient(&e) {
                    passed_over(r, follow.rule, &e)?;
                    break;
                }
                if tries >= TRIES {
                    return Err(e);
                }
            }
        }
        Ok(())
    }

    async fn one(&self, r: &Recorded, f: &Follow) -> Result<(), ExecuteError> {
        let call = |rule: &str| Call {
            principal: Principal::process(),
            key: if rule == f.rule { f.key(r) } else { f.key(r).replace(f.rule, rule) },
            target: f.target.clone(),
            expected: None,
            request: None,
            corr: f.corr,
        };
        let Some(command) = self.command(r, f).await? else { return Ok(()) };
        let late = match &command {
            AnyCommand::Akte(AkteCommand::FileDokument { dokument, .. }) => Some(*dokument),
            _ => None,
        };
        // What hangs on a thing gets the next number there.
        if let AnyCommand::Wiedervorlage(WiedervorlageCommand::Set { objekt, .. }) = &command {
            let (parts, AnyCommand::Wiedervorlage(set)) = (objekt.schluessel(), command.clone()) else { return Ok(()) };
            return self.house.execute_numbered::<Wiedervorlage>(call(f.rule), &parts, set).await.map(drop);
        }
        match (self.house.execute_any(call(f.rule), command).await, late) {
            // The file was closed in the meantime: it is filed late, with that reason.
            (Err(ExecuteError::Refused { code, .. }), Some(dokument)) if code == "geschlossen" => {
                let command =
                    AkteCommand::FileLate { dokument, grund: "nach dem Schließen der Akte eingegangen".into() };
                self.house.execute_any(call("akte.nachablage"), AnyCommand::Akte(command)).await.map(drop)
            }
            (Ok(done), _) => match &f.what {
                // The new document is there: now the old one may say where it went.
                What::Umlegen { dokument, nach } => {
                    let rest = Call { target: Target::Stream(*dokument), ..call("dokument.umgelegt") };
                    let command = DokumentCommand::Move { nach: *nach, als: done.stream };
                    self.house.execute_any(rest, AnyCommand::Dokument(command)).await.map(drop)
                }
                _ => Ok(()),
            },
            (Err(e), _) => Err(e),
        }
    }

    /// The command, with its document made and stored before.
    async fn command(&self, r: &Recorded, f: &Follow) -> Result<Option<AnyCommand>, ExecuteError> {
        if let What::Command(command) = &f.what {
            return Ok(Some((**command).clone()));
        }
        if let What::Umlegen { dokument, nach } = &f.what {
            return umlegen::command(&self.house, r, *dokument, *nach).await;
        }
        let vorgang = f.corr.unwrap_or(r.stream);
        let v = self.house.load::<Vorgang>(vorgang).await?.state;
        let Some(def) = self.house.leistungen().by_hash(&v.definition) else {
            return Err(ExecuteError::Fault(format!("Definition zu Ereignis {} fehlt", r.index)));
        };
        let letter = Letter { house: &self.house, event: r, vorgang, v: &v, def: &def };
        let command = match &f.what {
            What::Receipt if v.bescheinigt => return Ok(None),
            What::Receipt => VorgangCommand::IssueReceipt { gerendert: letter.receipt().await? },
            What::Fee(t) if v.gebuehren.iter().any(|g| g.zeile == *t) => return Ok(None),
            What::Fee(t) => VorgangCommand::AssessGebuehr { tatbestand: t.clone(), gerendert: letter.fee(t).await? },
            What::Draft(fassung) => match &v.bescheid {
                Some(b) if b.fassung == *fassung && b.position.is_none() => {
                    VorgangCommand::RenderBescheid { fassung: *fassung, gerendert: letter.draft().await? }
                }
                _ => return Ok(None),
            },
            What::Ausfertigung(fassung) => match &v.bescheid {
                Some(b) if b.fassung == *fassung && !b.ausgefertigt => match b.schlussgezeichnet_von {
                    Some(durch) => {
                        VorgangCommand::Ausfertigen { fassung: *fassung, gerendert: letter.ausfertigung(durch).await? }
                    }
                    None => return Ok(None),
                },
                _ => return Ok(None),
            },
            What::Send(stelle) => match self.transmission(r, vorgang, &v, &def, stelle).await? {
                Some(command) => command,
                None => return Ok(None),
            },
            What::Command(_) | What::Umlegen { .. } => return Ok(None),
        };
        Ok(Some(AnyCommand::Vorgang(command)))
    }

    async fn transmission(
        &self,
        r: &Recorded,
        vorgang: Uuid,
        v: &Vorgang,
        def: &crate::verfahren::Definition,
        stelle: &str,
    ) -> Result<Option<VorgangCommand>, ExecuteError> {
        let Some(u) = v.uebermittlungen.iter().find(|u| u.stelle == stelle && u.stand == "geplant") else {
            return Ok(None);
        };
        let bytes = extract(def, v, u).map_err(|e| ExecuteError::Fault(e.to_string()))?;
        let seed = format!("{}\n{stelle}", crate::ledger::hash::b64u(&r.event_hash));
        let dokument = self.house.put_derived("verfahren", vorgang, "application/json", bytes, &seed).await?;
        Ok(Some(VorgangCommand::MarkSent { stelle: stelle.to_owned(), dokument: Some(dokument) }))
    }
}

/// May pass later: the batch stops here and starts again from the same event.
fn transient(e: &ExecuteError) -> bool {
    matches!(e, ExecuteError::Pushback | ExecuteError::OutcomeUnknown | ExecuteError::DiskFull)
}

/// Logs place, rule and code, never content, and goes on.
fn passed_over(r: &Recorded, rule: &str, e: &ExecuteError) -> Result<(), ExecuteError> {
    match e {
        e if transient(e) => Err(e.clone()),
        ExecuteError::Refused { code, .. } => {
            tracing::info!(index = r.index, rule, code, "follow-up refused by the rules");
            Ok(())
        }
        other => {
            tracing::error!(index = r.index, rule, error = %log_kind(other), "follow-up failed and was passed over");
            Ok(())
        }
    }
}

/// What may be logged of an error.
fn log_kind(e: &ExecuteError) -> String {
    match e {
        ExecuteError::Fault(text) => text.clone(),
        ExecuteError::Refused { code, .. } => code.clone(),
        other => other.to_string(),
    }
}
