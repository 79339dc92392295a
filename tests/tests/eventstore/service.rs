//! The protocol of the double: `Append` and `Read`, subscriptions to `$all` included.
//!
//! Deliberately knows only the calls the engine makes; any other is an error the test sees.

#![expect(clippy::result_large_err, reason = "the protocol's own error type")]

use crate::double::{AppendFault, Delivery, Open, ReadFault, State};
use crate::log::{Event, New, Outcome};
use crate::protocol::event_store::client::streams::{
    AppendReq, AppendResp, ReadReq, ReadResp, append_req, append_resp, read_req::options, read_resp, streams_server,
};
use crate::protocol::event_store::client::{Empty, StreamIdentifier, Uuid as Id, uuid};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_stream::{StreamExt, wrappers::ReceiverStream};
use tonic::{Code, Request, Response, Status, Streaming, metadata::MetadataMap};

/// Bytes of one append: four times what a server takes by default.
const MAX_APPEND: usize = 4 * 1024 * 1024;
/// Events left out after which a filtered subscription says how far it is.
const CHECKPOINT: u64 = 32;

type Said = Result<ReadResp, Status>;
type Saying = mpsc::Sender<Said>;

pub struct Service {
    state: Arc<State>,
}

impl Service {
    pub fn new(state: Arc<State>) -> Self {
        Self { state }
    }

    pub fn served(self) -> streams_server::StreamsServer<Self> {
        streams_server::StreamsServer::new(self)
    }
}

#[tonic::async_trait]
impl streams_server::Streams for Service {
    type ReadStream = ReceiverStream<Said>;

    async fn read(&self, request: Request<ReadReq>) -> Result<Response<Self::ReadStream>, Status> {
        let wanted = request.into_inner().options.ok_or_else(|| Status::invalid_argument("no options"))?;
        let (say, said) = mpsc::channel(64);
        let state = Arc::clone(&self.state);
        match (wanted.stream_option, wanted.count_option) {
            (Some(options::StreamOption::Stream(stream)), Some(options::CountOption::Count(count))) => {
                let name = named(stream.stream_identifier)?;
                let Some(options::stream_options::RevisionOption::Revision(from)) = stream.revision_option else {
                    return Err(Status::unimplemented("only from a revision on"));
                };
                tokio::spawn(async move { read(state, name, from, count, say).await });
            }
            (Some(options::StreamOption::All(all)), Some(options::CountOption::Subscription(_))) => {
                let Some(options::FilterOption::Filter(filter)) = wanted.filter_option else {
                    return Err(Status::unimplemented("only with a filter"));
                };
                let Some(options::filter_options::Filter::StreamIdentifier(names)) = filter.filter else {
                    return Err(Status::unimplemented("only by names"));
                };
                let after = match all.all_option {
                    Some(options::all_options::AllOption::Position(p)) => Some(p.commit_position),
                    Some(options::all_options::AllOption::Start(_)) => None,
                    _ => return Err(Status::unimplemented("not from the end")),
                };
                tokio::spawn(async move { subscribe(state, after, names.prefix, say).await });
            }
            (Some(options::StreamOption::All(_)), Some(options::CountOption::Count(1))) => {
                // Backwards from the end: where the log ends.
                let last = self.state.log().events.last().cloned();
                if let Some(event) = last {
                    let _ = say.send(Ok(delivered(&event))).await;
                }
            }
            _ => return Err(Status::unimplemented("a read the engine does not make")),
        }
        Ok(Response::new(ReceiverStream::new(said)))
    }

    async fn append(&self, request: Request<Streaming<AppendReq>>) -> Result<Response<AppendResp>, Status> {
        let mut parts = request.into_inner();
        let (mut header, mut events, mut bytes) = (None, Vec::new(), 0);
        while let Some(part) = parts.next().await {
            match part?.content {
                Some(append_req::Content::Options(options)) => header = Some(options),
                Some(append_req::Content::ProposedMessage(message)) => {
                    bytes += message.data.len();
                    let kind = message.metadata.get("type").cloned().unwrap_or_default();
                    events.push(New { id: text(message.id)?, kind, data: message.data.to_vec() });
                }
                None => {}
            }
        }
        if bytes > MAX_APPEND {
            return Err(Status::invalid_argument("Maximum Append Size Exceeded"));
        }
        let options = header.ok_or_else(|| Status::invalid_argument("no options"))?;
        let name = named(options.stream_identifier)?;
        let expected = match options.expected_stream_revision {
            Some(append_req::options::ExpectedStreamRevision::Revision(last)) => last + 1,
            Some(append_req::options::ExpectedStreamRevision::NoStream(_)) => 0,
            _ => return Err(Status::invalid_argument("the engine always names the revision it expects")),
        };
        self.state.arrived.send_modify(|n| *n += 1);
        let fault = self.state.next_append();
        if fault == Some(AppendFault::Fail) {
            return Err(Status::unavailable("injected"));
        }
        if fault == Some(AppendFault::Delay) {
            let mut gate = self.state.gate.subscribe();
            let _ = gate.wait_for(|open| *open == Open::Yes).await;
        }
        let outcome = self.state.log().append(&name, expected, &events);
        self.state.tell();
        if fault == Some(AppendFault::FailButStore) {
            return Err(Status::unavailable("injected"));
        }
        answer(outcome, expected)
    }
}

fn answer(outcome: Outcome, expected: u64) -> Result<Response<AppendResp>, Status> {
    use append_resp::{Position, Result as Done, Success, WrongExpectedVersion, success, wrong_expected_version};
    let result = match outcome {
        Outcome::Deleted => {
            let mut metadata = MetadataMap::new();
            metadata.insert("exception", "stream-deleted".parse().expect("plain text"));
            return Err(Status::with_metadata(Code::FailedPrecondition, "deleted", metadata));
        }
        Outcome::Stored { revision, commit } => Done::Success(Success {
            current_revision_option: Some(success::CurrentRevisionOption::CurrentRevision(revision)),
            position_option: Some(success::PositionOption::Position(Position {
                commit_position: commit,
                prepare_position: commit,
            })),
        }),
        Outcome::Wrong { count } => Done::WrongExpectedVersion(WrongExpectedVersion {
            current_revision_option: Some(match count.checked_sub(1) {
                Some(last) => wrong_expected_version::CurrentRevisionOption::CurrentRevision(last),
                None => wrong_expected_version::CurrentRevisionOption::CurrentNoStream(Empty {}),
            }),
            expected_revision_option: Some(match expected.checked_sub(1) {
                Some(last) => wrong_expected_version::ExpectedRevisionOption::ExpectedRevision(last),
                None => wrong_expected_version::ExpectedRevisionOption::ExpectedNoStream(Empty {}),
            }),
            ..WrongExpectedVersion::default()
        }),
    };
    Ok(Response::new(AppendResp { result: Some(result) }))
}

async fn read(state: Arc<State>, name: String, from: u64, count: u64, say: Saying) {
    let events = state.log().read(&name, from, count);
    let fault = state.next_read();
    let Some(events) = events else {
        let stream_identifier = Some(identifier(&name));
        let missing = read_resp::Content::StreamNotFound(read_resp::StreamNotFound { stream_identifier });
        let _ = say.send(Ok(ReadResp { content: Some(missing) })).await;
        return;
    };
    let keep = match fault {
        Some(ReadFault::Break(n) | ReadFault::End(n) | ReadFault::Silence(n)) => n,
        None => usize::MAX,
    };
    for event in events.iter().take(keep) {
        if say.send(Ok(delivered(event))).await.is_err() {
            return;
        }
    }
    state.answered.send_modify(|n| *n += 1);
    match fault {
        Some(ReadFault::Break(_)) => {
            let _ = say.send(Err(Status::unavailable("injected"))).await;
        }
        // Kept open until the client or the connection goes.
        Some(ReadFault::Silence(_)) => say.closed().await,
        Some(ReadFault::End(_)) | None => {}
    }
}

async fn subscribe(state: Arc<State>, after: Option<u64>, prefixes: Vec<String>, say: Saying) {
    let (mut grown, mut delivery) = (state.grown.subscribe(), state.delivery.subscribe());
    let mut next = state.log().events.partition_point(|e| after.is_some_and(|after| e.commit <= after));
    let (mut left_out, mut count, mut caught_up) = (0, 0, false);
    loop {
        let how = *delivery.borrow_and_update();
        grown.borrow_and_update();
        if how != Delivery::Held {
            let there: Vec<Event> = state.log().events[next..].to_vec();
            next += there.len();
            let mut page: Vec<Said> = Vec::new();
            for event in &there {
                if !prefixes.iter().any(|p| event.name.starts_with(p)) {
                    left_out += 1;
                    if left_out % CHECKPOINT == 0 {
                        page.push(Ok(checkpoint(event.commit)));
                    }
                    continue;
                }
                page.push(Ok(delivered(event)));
                if how == Delivery::Twice {
                    page.push(Ok(delivered(event)));
                }
            }
            if how == Delivery::Swapped {
                page.chunks_exact_mut(2).for_each(|pair| pair.swap(0, 1));
            }
            for said in page {
                if say.send(said).await.is_err() {
                    return;
                }
                count += 1;
                if how == Delivery::Breaking && count == 3 {
                    let _ = say.send(Err(Status::unavailable("injected"))).await;
                    return;
                }
            }
            if !caught_up {
                caught_up = true;
                let content = Some(read_resp::Content::CaughtUp(read_resp::CaughtUp {}));
                if say.send(Ok(ReadResp { content })).await.is_err() {
                    return;
                }
            }
        }
        tokio::select! {
            _ = grown.changed() => {}
            _ = delivery.changed() => {}
            () = say.closed() => return,
        }
    }
}

fn checkpoint(commit: u64) -> ReadResp {
    let position = read_resp::Checkpoint { commit_position: commit, prepare_position: commit };
    ReadResp { content: Some(read_resp::Content::Checkpoint(position)) }
}

fn delivered(event: &Event) -> ReadResp {
    let metadata: HashMap<String, String> =
        [("type", event.kind.as_str()), ("content-type", "application/octet-stream"), ("created", "17000000000000000")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into();
    let recorded = read_resp::read_event::RecordedEvent {
        id: Some(Id { value: Some(uuid::Value::String(event.id.clone())) }),
        stream_identifier: Some(identifier(&event.name)),
        stream_revision: event.revision,
        prepare_position: event.commit,
        commit_position: event.commit,
        metadata,
        custom_metadata: Default::default(),
        data: event.data.clone().into(),
    };
    let position = Some(read_resp::read_event::Position::CommitPosition(event.commit));
    let event = read_resp::ReadEvent { event: Some(recorded), link: None, position };
    ReadResp { content: Some(read_resp::Content::Event(event)) }
}

fn identifier(name: &str) -> StreamIdentifier {
    StreamIdentifier { stream_name: name.as_bytes().to_vec().into() }
}

fn named(identifier: Option<StreamIdentifier>) -> Result<String, Status> {
    let name = identifier.ok_or_else(|| Status::invalid_argument("no name"))?.stream_name;
    String::from_utf8(name.to_vec()).map_err(|e| Status::invalid_argument(e.to_string()))
}

fn text(id: Option<Id>) -> Result<String, Status> {
    match id.and_then(|id| id.value) {
        Some(uuid::Value::String(text)) => Ok(text),
        Some(uuid::Value::Structured(s)) => {
            let (high, low) = (s.most_significant_bits as u64, s.least_significant_bits as u64);
            Ok(::uuid::Uuid::from_u64_pair(high, low).to_string())
        }
        None => Err(Status::invalid_argument("no id")),
    }
}
