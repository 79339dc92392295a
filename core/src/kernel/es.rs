//! The one adapter between our deciders and cqrs-es: any decider is an `Aggregate`.
//!
//! Event store only: the crate's snapshot and aggregate stores apply events twice (`LEDGER.md`, traps).

use super::{Context, Decider};
use cqrs_es::event_sink::EventSink;
use serde::{Deserialize, Serialize};

/// A decider's state as cqrs-es sees it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent, bound = "")]
pub struct Es<D: Decider>(pub D::State);

impl<D: Decider> Default for Es<D> {
    fn default() -> Self {
        Es(D::State::default())
    }
}

impl<D: Decider> cqrs_es::Aggregate for Es<D> {
    const TYPE: &'static str = D::KIND;
    type Command = D::Command;
    type Event = D::Event;
    type Error = D::Refusal;
    type Services = Context;

    async fn handle(&mut self, c: D::Command, ctx: &Context, sink: &EventSink<Self>) -> Result<(), D::Refusal> {
        for event in D::decide(&self.0, c, ctx)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: D::Event) {
        let state = std::mem::take(&mut self.0);
        self.0 = D::evolve(state, &event);
    }
}
