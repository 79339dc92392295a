//! One command from call to receipt.
//!
//! A command that was executed before gets its first receipt, whatever has happened since: it
//! was permitted then, and its cause is bound to the same principal.

use super::call::{Call, Done, ExecuteError, Target};
use super::house::{House, principal_text};
use super::repo::{LedgerRepo, Meta, Seen};
use super::room::{Pin, Room};
use crate::kernel::{Actor, Context, Es, Facts, Ids, upcast};
use crate::ledger::ids::check_idempotency_key;
use crate::ledger::{AppendError, Receipt};
use crate::verfahren::Definition;
use crate::zugriff::permit::{policy_digest, satz};
use crate::zugriff::{Konto, Principal, Resource, permit};
use cqrs_es::event_sink::EventSink;
use cqrs_es::persist::PersistedEventStore;
use cqrs_es::{Aggregate, AggregateError, EventStore};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// Tries after a lost race, then `Pushback`.
const TRIES: u32 = 5;
/// Longest first wait between two tries; doubles each time.
const BACKOFF: Duration = Duration::from_millis(4);

/// How one try ended.
enum Ended {
    Done(Done),
    /// Somebody else wrote first: look again.
    Lost,
}

/// What all tries of one call share.
struct Attempt<'a, R: Room> {
    call: &'a Call,
    command: &'a R::Command,
    stream: Uuid,
    cause: Uuid,
}

impl House {
    /// Executes one command on one stream. Retrying with the same key has one effect.
    pub async fn execute<R: Room>(&self, call: Call, command: R::Command) -> Result<Done, ExecuteError> {
        self.may_write()?;
        if !matches!(call.principal.actor, Actor::Process | Actor::System) {
            check_idempotency_key(&call.key).map_err(|_| ExecuteError::BadKey)?;
        }
        let principal = principal_text(&call.principal.actor);
        let stream = self.target::<R>(&principal, &call.key, &call.target)?;
        let cause = self.vault.keys().cause(&principal, &call.key, stream);
        let _turn = self.locks.lock(stream).await;
        let attempt = Attempt::<R> { call: &call, command: &command, stream, cause };
        for n in 0..TRIES {
            if n > 0 {
                tokio::time::sleep(jitter(cause, n)).await;
            }
            if let Ended::Done(done) = self.attempt(&attempt).await? {
                return Ok(done);
            }
        }
        Err(ExecuteError::Pushback)
    }

    async fn attempt<R: Room>(&self, a: &Attempt<'_, R>) -> Result<Ended, ExecuteError> {
        let repo = LedgerRepo::new(
            self.reader(),
            self.registry.clone(),
            self.log.clone(),
            self.sealing.clone(),
            self.documents.clone(),
        );
        let store = PersistedEventStore::<_, Es<R>>::new_event_store(repo.clone()).with_upcasters(upcast::all());
        let loaded = store.load_aggregate(&a.stream.to_string()).await.map_err(|e| failed(e, &repo.seen()))?;
        let seen = repo.seen();
        if let Some(done) = self.first_receipt(a, &seen)? {
            return Ok(Ended::Done(done));
        }
        let version = loaded.current_sequence as u64;
        if version > 0 && a.call.target == Target::New {
            return Err(ExecuteError::KeyReused);
        }
        if version == 0 && matches!(a.call.target, Target::Stream(_)) {
            return Err(ExecuteError::NotFound);
        }
        let corr = seen.history.first().map_or(a.call.corr.unwrap_or(a.stream), |r| r.corr);
        let state = &loaded.aggregate.0;
        let ctx = self.context(a, state, &seen, corr).await?;
        let policies = self.permitted::<R>(a, state, &ctx).await?;
        if let Some(expected) = a.call.expected.filter(|e| *e != version) {
            return Err(ExecuteError::Stale { expected, actual: version });
        }
        let mut decided = Es::<R>(state.clone());
        let sink: EventSink<Es<R>> = EventSink::default();
        decided.handle(a.command.clone(), &ctx, &sink).await.map_err(|r| refused::<R>(&r))?;
        let events = sink.collect().await;
        if events.is_empty() {
            return Ok(Ended::Done(Done { receipt: None, stream: a.stream, repeated: false }));
        }
        let meta = self.meta(a, &ctx, corr, policies)?;
        *repo.meta.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = meta;
        match store.commit(events, loaded, HashMap::new()).await {
            Ok(_) => Ok(Ended::Done(Done { receipt: repo.seen().receipt, stream: a.stream, repeated: false })),
            Err(AggregateError::AggregateConflict) => Ok(Ended::Lost),
            Err(e) => Err(failed(e, &repo.seen())),
        }
    }

    /// The receipt of an earlier execution of this very command, if the stream holds its cause.
    fn first_receipt<R: Room>(&self, a: &Attempt<'_, R>, seen: &Seen) -> Result<Option<Done>, ExecuteError> {
        let mut run = seen.history.iter().filter(|r| r.cause == a.cause);
        let Some(first) = run.next() else { return Ok(None) };
        let recorded = first.reserved.get("/_req").and_then(Value::as_str);
        let erased = first.missing.contains(&0);
        if !erased && recorded.map(str::to_owned) != self.req(a)? {
            return Err(ExecuteError::KeyReused);
        }
        let last = run.next_back().unwrap_or(first);
        let receipt = Receipt { stream: a.stream, seq: last.seq, index: last.index, event_hash: last.event_hash };
        Ok(Some(Done { receipt: Some(receipt), stream: a.stream, repeated: true }))
    }

    fn req<R: Room>(&self, a: &Attempt<'_, R>) -> Result<Option<String>, ExecuteError> {
        let Some(request) = &a.call.request else { return Ok(None) };
        let req = self.vault.keys().req(a.stream, request);
        req.map(Some).map_err(|e| ExecuteError::Refused { code: "unlesbar".into(), text: e.to_string() })
    }

    async fn context<R: Room>(
        &self,
        a: &Attempt<'_, R>,
        state: &R::State,
        seen: &Seen,
        corr: Uuid,
    ) -> Result<Context, ExecuteError> {
        let now = monotonic(self.clock.now(), seen.history.last().map(|r| r.at))?;
        let today = now.to_zoned(self.zone.clone()).date();
        let p = &a.call.principal;
        let actor = match p.actor {
            Actor::Buerger(id) if id.is_nil() => Actor::Buerger(self.antragsteller(corr)),
            ref other => other.clone(),
        };
        let facts = Facts {
            aktenzeichen: None,
            einheit: p.einheit.clone(),
            rollen: p.rollen.clone(),
            vertritt: self.vertritt(p, today).await?,
            dokument: self.dokument_stand(R::dokument(state, a.command)).await?,
            akte_ende: self.akte_ende(R::lebt(state, a.command)).await?,
            keine_fassung: self.keine_fassung(a.stream, R::fassung_in(state, a.command)).await?,
            offen: self.offene_punkte(R::schliesst(a.stream, state, a.command)).await?,
            fremd: self.fremde(a.stream, R::abzulegen(a.command)).await?,
        };
        Ok(Context {
            now,
            today,
            zone: self.zone.clone(),
            actor,
            on_behalf_of: p.on_behalf_of,
            ids: Ids(self.vault.keys().seed(a.cause)),
            law: self.law.clone(),
            definition: self.pinned::<R>(state, Some(a.command), today),
            facts,
        })
    }

    /// The definition a stream is decided under; `None` if it belongs to no Leistung or none is known.
    pub(super) fn pinned<R: Room>(
        &self,
        state: &R::State,
        command: Option<&R::Command>,
        today: Date,
    ) -> Option<Arc<Definition>> {
        match R::pin(state, command) {
            Pin::None => None,
            Pin::InForce(id) => self.leistungen().in_force(&id, today),
            Pin::Hash(sha256) => self.leistungen().by_hash(&sha256),
        }
    }

    /// Whom the acting account may stand in for today, told by that account's own stream.
    pub(super) async fn vertritt(&self, p: &Principal, today: Date) -> Result<Vec<Uuid>, ExecuteError> {
        let (Actor::Konto(ich), Some(fuer)) = (&p.actor, p.on_behalf_of) else { return Ok(Vec::new()) };
        match self.load::<Konto>(fuer).await {
            Ok(k) if k.state.vertreten_durch(*ich, today) => Ok(vec![fuer]),
            Ok(_) | Err(ExecuteError::NotFound) => Ok(Vec::new()),
            Err(e) => Err(e),
        }
    }

    async fn permitted<R: Room>(
        &self,
        a: &Attempt<'_, R>,
        state: &R::State,
        ctx: &Context,
    ) -> Result<Vec<&'static str>, ExecuteError> {
        let action = R::action(a.command);
        let mut resource = Resource { stream: Some(a.stream), ..R::resource(state, a.command) };
        if resource.neu && resource.einheit.is_none() {
            resource.einheit = ctx.definition.as_ref().map(|d| d.einheit.clone());
        }
        if let (None, Some(akte)) = (&resource.einheit, R::akte(state, a.command)) {
            resource.einheit = self.fuehrt(akte).await.ok().flatten();
        }
        let decision = permit(&a.call.principal, action, &resource, ctx);
        match (decision.allow, decision.policies.first()) {
            (true, _) if action.is_sensitive() => Ok(decision.policies),
            (true, _) => Ok(Vec::new()),
            (false, Some(id)) if id.starts_with("vier_augen") => Err(four_eyes(id)),
            (false, id) => {
                Err(ExecuteError::Denied(id.map_or_else(|| action.name().to_owned(), |id| (*id).to_owned())))
            }
        }
    }

    fn meta<R: Room>(
        &self,
        a: &Attempt<'_, R>,
        ctx: &Context,
        corr: Uuid,
        policies: Vec<&'static str>,
    ) -> Result<Meta, ExecuteError> {
        let mut each = BTreeMap::from([("/_akteur".to_owned(), Value::from(ctx.actor.wire()))]);
        if let Some(fuer) = ctx.on_behalf_of {
            each.insert("/_fuer".into(), fuer.to_string().into());
        }
        if !policies.is_empty() {
            each.insert("/_policy".into(), json!({ "set": policy_digest(), "policies": policies }));
        }
        Ok(Meta { cause: a.cause, corr, at: ctx.now, each, req: self.req(a)?, definition: ctx.definition.clone() })
    }
}

fn four_eyes(policy: &str) -> ExecuteError {
    let text = satz(policy).unwrap_or_default().to_owned();
    ExecuteError::Refused { code: "vier_augen".into(), text }
}

fn refused<R: Room>(r: &R::Refusal) -> ExecuteError {
    ExecuteError::Refused { code: R::code(r).to_owned(), text: r.to_string() }
}

/// Recorded time = max(now, last of this stream + 1 us), whole microseconds.
pub(super) fn monotonic(now: Timestamp, last: Option<Timestamp>) -> Result<Timestamp, ExecuteError> {
    let cut = Timestamp::from_microsecond(now.as_microsecond()).map_err(|e| ExecuteError::Fault(e.to_string()))?;
    let Some(last) = last else { return Ok(cut) };
    let next = last.checked_add(1.microsecond()).map_err(|e| ExecuteError::Fault(e.to_string()))?;
    Ok(cut.max(next))
}

/// Spread by the cause, so that two losers do not meet again; no chance is drawn here.
fn jitter(cause: Uuid, n: u32) -> Duration {
    let span = BACKOFF * 2u32.saturating_pow(n - 1);
    let part = u32::from(cause.as_bytes()[n as usize % 16]) + 1;
    span * part / 256
}

fn failed<E: std::error::Error>(e: AggregateError<E>, seen: &Seen) -> ExecuteError {
    if let Some(e) = &seen.vault {
        return e.clone().into();
    }
    match (&seen.error, &seen.fault) {
        (Some(AppendError::Pushback), _) => ExecuteError::Pushback,
        (Some(AppendError::DiskFull), _) => ExecuteError::DiskFull,
        (Some(AppendError::OutcomeUnknown(_)), _) => ExecuteError::OutcomeUnknown,
        (Some(other), _) => ExecuteError::Fault(other.to_string()),
        (None, Some(fault)) => ExecuteError::Fault(fault.clone()),
        (None, None) => ExecuteError::Fault(kind_of(&e).into()),
    }
}

/// The kind only: a decoding error may quote a value.
fn kind_of<E: std::error::Error>(e: &AggregateError<E>) -> &'static str {
    match e {
        AggregateError::DeserializationError(_) => "ein Ereignis des Stroms ist nicht lesbar",
        AggregateError::DatabaseConnectionError(_) => "der Speicher ist nicht erreichbar",
        _ => "unerwarteter Fehler beim Lesen oder Schreiben",
    }
}
