//! A decider: the pure heart of one kind of stream.
//!
//! It never reads a clock, draws chance, or touches disk and network; everything it may know
//! is in the state (folded from its own stream) and in the [`Context`].

use super::{Context, event::WireEvent};
use serde::{Serialize, de::DeserializeOwned};

/// State, commands, events and refusals of one kind of stream.
///
/// Used through `kernel::es::Es<D>`, which makes any decider a `cqrs_es::Aggregate`.
pub trait Decider: Send + Sync + 'static {
    /// Stream kind, `[a-z_]+` (`ledger.md` §2.1); also the room's key in logs.
    const KIND: &'static str;
    /// Folded from the stream's events; must tolerate erased (absent) sealed values.
    type State: Default + Clone + Serialize + DeserializeOwned + Send + Sync + 'static;
    /// What somebody wants.
    type Command: Clone + std::fmt::Debug + Send + Sync + 'static;
    /// What happened, for ever.
    type Event: WireEvent;
    /// Why the rule says no.
    type Refusal: std::error::Error + PartialEq + Clone + Send + Sync + 'static;

    /// Decides; an empty list means "already so", and leaves no record.
    fn decide(state: &Self::State, command: Self::Command, ctx: &Context) -> Result<Vec<Self::Event>, Self::Refusal>;
    /// Folds one event into the state; total, never refuses.
    fn evolve(state: Self::State, event: &Self::Event) -> Self::State;
}
