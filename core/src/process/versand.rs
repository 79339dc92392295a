//! What follows from the clock: a dispatch whose minute is over, and the hint by mail that follows it.
//!
//! Speaks with no mail server. Whoever does asks here what to send, and tells here what became of it.

use crate::execute::{Call, Done, ExecuteError, House, Principal, Target};
use crate::ledger::Hash;
use crate::ledger::hash::sha256;
use crate::verfahren::state::Sendung;
use crate::verfahren::zustellung::Mailstand;
use crate::verfahren::{Vorgang, VorgangCommand, VorgangEvent};
use jiff::Timestamp;
use uuid::Uuid;

/// Releases these dispatches (case, dispatch) if their hold is over; what was taken back or is gone stays so. Returns
/// how many left the house. The caller takes the candidates from its view.
pub async fn release_versand(house: &House, wartend: &[(Uuid, Uuid)]) -> Result<u64, ExecuteError> {
    let mut gegangen = 0;
    for (vorgang, sendung) in wartend {
        let call = Call {
            principal: Principal::process(),
            key: format!("{sendung}\nversand"),
            target: Target::Stream(*vorgang),
            expected: None,
            request: None,
            corr: None,
        };
        match house.execute::<Vorgang>(call, VorgangCommand::ReleaseVersand { sendung: *sendung }).await {
            Ok(done) => gegangen += u64::from(done.receipt.is_some() && !done.repeated),
            // Held for some seconds more, or the case was filed away: asked again.
            Err(ExecuteError::Refused { .. }) => {}
            Err(e @ (ExecuteError::Pushback | ExecuteError::OutcomeUnknown | ExecuteError::DiskFull)) => return Err(e),
            // One case that cannot be read keeps nobody else's notice in the house.
            Err(_) => tracing::error!(%vorgang, "a dispatch could not be released"),
        }
    }
    Ok(gegangen)
}

/// One hint as it stands in the ledger.
#[derive(Clone, Debug)]
pub struct Hinweis {
    pub vorgang: Uuid,
    pub id: Uuid,
    pub stand: Mailstand,
    pub versuche: u32,
    /// When it was queued: from then on it is tried.
    pub seit: Timestamp,
    /// `None`: withdrawn, or erased.
    pub email: Option<String>,
    /// The same for every attempt at every node, and telling nothing: made of the queueing event's hash.
    pub kennung: Hash,
}

/// The hint with this id, from the ledger itself.
pub async fn hinweis(house: &House, vorgang: Uuid, id: Uuid) -> Result<Option<Hinweis>, ExecuteError> {
    let v = house.load::<Vorgang>(vorgang).await?.state;
    let Some(h) = v.sendungen.iter().filter_map(|s: &Sendung| s.hinweis.as_ref()).find(|h| h.id == id) else {
        return Ok(None);
    };
    let history = house.history(vorgang).await?;
    let queued = history.iter().find(|r| match r.decode() {
        Ok(VorgangEvent::HinweisQueued { hinweis, .. }) => hinweis == id,
        _ => false,
    });
    Ok(queued.map(|r| Hinweis {
        vorgang,
        id,
        stand: h.stand,
        versuche: h.versuche,
        seit: r.at,
        email: v.einwilligung.as_ref().and_then(|e| e.email.clone()),
        kennung: sha256(&[b"aktenkette/mail/v1\n", &r.event_hash]),
    }))
}

/// Tells what became of an attempt; durable on return. `true`: it is so recorded now, by this report.
/// `von` names who reports: two nodes never answer for one another.
pub async fn melden(
    house: &House,
    h: &Hinweis,
    status: Mailstand,
    versuch: u32,
    von: Uuid,
) -> Result<bool, ExecuteError> {
    let call = Call {
        principal: Principal::process(),
        key: format!("{}\nhinweis\n{}\n{versuch}\n{von}", h.id, status.wire()),
        target: Target::Stream(h.vorgang),
        expected: None,
        request: None,
        corr: None,
    };
    let command = VorgangCommand::ReportHinweis { hinweis: h.id, status, versuch };
    let done: Done = house.execute::<Vorgang>(call, command).await?;
    if done.receipt.is_none() {
        return Ok(false);
    }
    let v = house.load::<Vorgang>(h.vorgang).await?.state;
    let jetzt = v.sendungen.iter().filter_map(|s| s.hinweis.as_ref()).find(|x| x.id == h.id);
    Ok(jetzt.is_some_and(|x| x.stand == status && x.versuche == versuch))
}
