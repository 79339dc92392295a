//! The client crate, seen through plain values: everything that differs between its two editions stands here.
//!
//! Deliberately without retries: what an error means for an append or a read is decided elsewhere.

#[cfg(not(feature = "kurrentdb"))]
use eventstore as es;
#[cfg(feature = "kurrentdb")]
use kurrentdb as es;

use bytes::Bytes;
use std::time::Duration;
use uuid::Uuid;

pub(super) use es::{Client, ClientSettings, Subscription};

/// The longest that one call may stay without any answer.
pub(super) const CALL: Duration = Duration::from_secs(5);

/// Where an event stands in `$all`: ordered, not dense.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Position {
    pub(super) commit: u64,
    pub(super) prepare: u64,
}

/// One event as the server has it.
#[derive(Clone, Debug)]
pub(super) struct Recorded {
    /// Name of the stream.
    pub(super) name: String,
    pub(super) id: Uuid,
    pub(super) revision: u64,
    pub(super) kind: String,
    pub(super) data: Bytes,
    pub(super) position: Position,
}

/// One event to be written.
#[derive(Clone, Debug)]
pub(super) struct Proposed {
    pub(super) id: Uuid,
    pub(super) kind: String,
    pub(super) header: Vec<u8>,
}

/// What the subscription to `$all` says.
#[derive(Debug)]
pub(super) enum Signal {
    Event(Recorded),
    /// Everything up to here was looked at; what did not match the filter was left out.
    Checkpoint(Position),
    /// Everything that was there when the subscription began has been said.
    CaughtUp,
    Other,
}

/// What went wrong, by what is known about it afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The stream does not end where the append expected; it holds so many events. Nothing was written.
    Expected { actual: u64 },
    /// The request never left: no connection could be made. This client will never work again.
    NotSent(String),
    /// Asked a node that does not lead; nothing was written, and the client now turns to the leader.
    Elsewhere(String),
    /// The request may or may not have been carried out.
    Unknown(String),
    /// The server refused, for good. Nothing was written.
    Refused(String),
    /// There is no such stream (any more).
    Missing(String),
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Expected { actual } => write!(f, "the stream holds {actual} events"),
            Self::NotSent(why) | Self::Elsewhere(why) => f.write_str(why),
            Self::Unknown(why) | Self::Refused(why) | Self::Missing(why) => f.write_str(why),
        }
    }
}

/// Reads the connection string.
pub(super) fn settings(address: &str) -> Result<ClientSettings, String> {
    address.parse::<ClientSettings>().map_err(|e| e.message().to_owned())
}

/// A new client. It connects at its first call; failed then, it is dead for good.
pub(super) fn client(settings: ClientSettings) -> Result<Client, Trouble> {
    Client::new(settings).map_err(|e| Trouble::NotSent(e.to_string()))
}

/// Appends with an expected revision, never `Any`: only so the server tells repeated ids.
pub(super) async fn append(
    client: &Client,
    name: &str,
    expected: u64,
    events: Vec<Proposed>,
    deadline: Duration,
) -> Result<(), Trouble> {
    let options = expecting(es::AppendToStreamOptions::default().deadline(deadline), expected);
    let events: Vec<_> =
        events.into_iter().map(|e| es::EventData::binary(e.kind, Bytes::from(e.header)).id(e.id)).collect();
    let call = client.append_to_stream(name, &options, events);
    // The server is told the deadline; the margin keeps a silent connection from holding the caller.
    match tokio::time::timeout(deadline + Duration::from_secs(1), call).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(trouble(error)),
        Err(_) => Err(Trouble::Unknown("no answer in time".into())),
    }
}

#[cfg(not(feature = "kurrentdb"))]
fn expecting(options: es::AppendToStreamOptions, expected: u64) -> es::AppendToStreamOptions {
    options.expected_revision(match expected.checked_sub(1) {
        None => es::ExpectedRevision::NoStream,
        Some(last) => es::ExpectedRevision::Exact(last),
    })
}

#[cfg(feature = "kurrentdb")]
fn expecting(options: es::AppendToStreamOptions, expected: u64) -> es::AppendToStreamOptions {
    options.stream_state(match expected.checked_sub(1) {
        None => es::StreamState::NoStream,
        Some(last) => es::StreamState::StreamRevision(last),
    })
}

/// Events of a stream from `from` on, at most `count`, into `out`; what came before an error stays there.
pub(super) async fn read(
    client: &Client,
    name: &str,
    from: u64,
    count: usize,
    out: &mut Vec<Recorded>,
) -> Result<(), Trouble> {
    let position = es::StreamPosition::Position(from);
    let options = es::ReadStreamOptions::default().position(position).forwards().max_count(count);
    // The leader alone: a follower that lags behind would seem to have lost events.
    let options = options.deadline(CALL * 12).requires_leader(true);
    let mut events = in_time(client.read_stream(name, &options)).await?;
    while let Some(event) = in_time(events.next()).await? {
        out.push(recorded(&event));
    }
    Ok(())
}

/// The last position of `$all`; the start if the log is empty.
pub(super) async fn end(client: &Client) -> Result<Position, Trouble> {
    let options = es::ReadAllOptions::default().position(es::StreamPosition::End).backwards().max_count(1);
    let options = options.deadline(CALL).requires_leader(true);
    let mut events = in_time(client.read_all(&options)).await?;
    Ok(in_time(events.next()).await?.map(|e| recorded(&e).position).unwrap_or_default())
}

async fn in_time<T>(call: impl Future<Output = es::Result<T>>) -> Result<T, Trouble> {
    match tokio::time::timeout(CALL, call).await {
        Ok(done) => done.map_err(trouble),
        Err(_) => Err(Trouble::Unknown("no answer in time".into())),
    }
}

/// Subscribes to `$all` behind this position: our streams and their metadata streams only.
pub(super) async fn subscribe(client: &Client, prefix: &str, after: Option<Position>) -> Subscription {
    let position = match after {
        None => es::StreamPosition::Start,
        Some(p) => es::StreamPosition::Position(es::Position { commit: p.commit, prepare: p.prepare }),
    };
    let filter = es::SubscriptionFilter::on_stream_name().add_prefix(prefix).add_prefix(format!("$${prefix}"));
    client.subscribe_to_all(&es::SubscribeToAllOptions::default().position(position).filter(filter)).await
}

/// The next word of the subscription. Dropping the future loses events: only a task of its own may await it.
pub(super) async fn next(subscription: &mut Subscription) -> Result<Signal, Trouble> {
    Ok(match subscription.next_subscription_event().await.map_err(trouble)? {
        es::SubscriptionEvent::EventAppeared(event) => Signal::Event(recorded(&event)),
        es::SubscriptionEvent::Checkpoint(p) => Signal::Checkpoint(Position { commit: p.commit, prepare: p.prepare }),
        #[cfg(not(feature = "kurrentdb"))]
        es::SubscriptionEvent::CaughtUp => Signal::CaughtUp,
        #[cfg(feature = "kurrentdb")]
        es::SubscriptionEvent::CaughtUp(_) => Signal::CaughtUp,
        _ => Signal::Other,
    })
}

fn recorded(event: &es::ResolvedEvent) -> Recorded {
    let event = event.get_original_event();
    #[cfg(not(feature = "kurrentdb"))]
    let name = event.stream_id.clone();
    #[cfg(feature = "kurrentdb")]
    let name = event.stream_id().to_owned();
    Recorded {
        name,
        id: event.id,
        revision: event.revision,
        kind: event.event_type.clone(),
        data: event.data.clone(),
        position: Position { commit: event.position.commit, prepare: event.position.prepare },
    }
}

fn trouble(error: es::Error) -> Trouble {
    let why = error.to_string();
    match error {
        es::Error::WrongExpectedVersion { current, .. } => Trouble::Expected {
            actual: match current {
                es::CurrentRevision::Current(last) => last.saturating_add(1),
                es::CurrentRevision::NoStream => 0,
            },
        },
        es::Error::ConnectionClosed | es::Error::GrpcConnectionError(_) | es::Error::InitializationError(_) => {
            Trouble::NotSent(why)
        }
        es::Error::ResourceNotFound | es::Error::ResourceDeleted => Trouble::Missing(why),
        es::Error::AccessDenied | es::Error::UnsupportedFeature => Trouble::Refused(why),
        es::Error::Grpc { code, .. } if format!("{code:?}") == "InvalidArgument" => Trouble::Refused(why),
        es::Error::NotLeaderException(_) => Trouble::Elsewhere(why),
        _ => Trouble::Unknown(why),
    }
}
