//! Taking in the events of another engine at the very same places, in one transaction.
//!
//! Deliberately not through the queue: a ledger that is being filled has no other writer.

use super::Core;
use super::broken::Broken;
use super::commit::Transaction;
use super::plan::{Heads, Plan, Row};
use super::text;
use crate::ledger::engine::check;
use crate::ledger::hash::ZERO;
use crate::ledger::port::{AppendError, Head, KekUse, Stored};
use std::collections::BTreeSet;

/// Stores everything or nothing and says where the log ends now.
pub(super) async fn events(core: &Core, events: &[Stored], kek_uses: &[KekUse]) -> Result<Head, AppendError> {
    kek_uses.iter().try_for_each(check::key_use)?;
    let streams: BTreeSet<_> = events.iter().map(|event| event.stream).collect();
    let sealed = events.iter().flat_map(|e| &e.groups).filter_map(|g| g.kek_id);
    let keks: BTreeSet<_> = sealed.chain(kek_uses.iter().map(|k| k.kek_id)).map(u64::cast_signed).collect();
    let mut writer = core.writer().await?;
    let taken = async {
        let (streams, keks) = (streams.into_iter().map(text::id).collect(), keks.into_iter().collect());
        let transaction = writer.begin(streams, keks).await?;
        match planned(&transaction, events, kek_uses) {
            Ok(plan) => transaction.write(plan).await.map(Ok),
            Err(refusal) => {
                transaction.abort().await;
                Ok(Err(refusal))
            }
        }
    };
    match taken.await {
        Ok(Ok(done)) => {
            core.published(writer.frontier.size(), &done);
            Ok(Head { size: writer.frontier.size(), root: writer.frontier.root() })
        }
        Ok(Err(refusal)) => Err(refusal),
        Err(broken) => {
            if let Broken::Contradiction(why) = &broken {
                core.fail(why.clone());
            }
            Err(broken.into())
        }
    }
}

fn planned<'a>(
    transaction: &Transaction<'_>,
    events: &'a [Stored],
    kek_uses: &'a [KekUse],
) -> Result<Plan<'a>, AppendError> {
    let facts = Some(&transaction.facts);
    let mut plan = Plan::new(transaction.frontier.clone(), Heads::new());
    for event in events {
        let size = plan.frontier.size();
        if event.index != size {
            return Err(AppendError::Conflict { expected: event.index, actual: size });
        }
        let (due, prev) = plan.head(event.stream, facts).unwrap_or((0, ZERO));
        if event.seq != due {
            return Err(AppendError::Malformed(format!("seq {} where {due} must follow", event.seq)));
        }
        check::importable(event, &prev)?;
        if let Some(retired) =
            event.groups.iter().filter_map(|g| g.kek_id).find(|id| transaction.facts.retired.contains(id))
        {
            return Err(AppendError::KeyRetired(retired));
        }
        let (stream, seq, hash) = (event.stream, event.seq, &event.event_hash);
        plan.add(Row { stream, seq, hash, header: &event.header, groups: &event.groups }, prev);
    }
    for row in kek_uses {
        if plan.rival(row, facts) {
            let why = format!("key {} is already in use for another subject or procedure", row.kek_id);
            return Err(AppendError::Malformed(why));
        }
        plan.add_use(row);
    }
    Ok(plan)
}
