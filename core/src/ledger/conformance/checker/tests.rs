//! The checker itself: every kind of bad history is found by its name, valid ones pass.

use super::*;
use crate::ledger::conformance::sample::Probe;
use crate::ledger::hash::{ZERO, sha256};
use proptest::prelude::*;

mod random;

/// A history made by hand, and the log it left.
#[derive(Clone, Default)]
struct Tale {
    history: History,
    log: Vec<Place>,
}

fn stream(number: u64) -> Uuid {
    Probe::new(number).stream
}

/// The hash of an event, by the append it comes from and its place in it.
fn hash(tag: u64, n: u64) -> Hash {
    sha256(&[&tag.to_be_bytes(), &n.to_be_bytes()])
}

fn span(begun: u64, answered: u64) -> Span {
    Span { begun, answered }
}

impl Tale {
    /// Two streams: tags 1 (two events) and 3 in stream 1, tag 2 in stream 2; each answered before the next.
    fn sound() -> Self {
        let mut tale = Self::default();
        tale.stores(1, 1, 2, span(0, 9));
        tale.stores(2, 2, 1, span(10, 19));
        tale.stores(1, 3, 1, span(20, 29));
        tale
    }
    fn length(&self, of: u64) -> u64 {
        self.log.iter().filter(|place| place.stream == stream(of)).count() as u64
    }
    fn does(&mut self, client: u64, span: Span, act: Act) -> usize {
        self.history.operations.push(Operation { client, span, act });
        self.history.operations.len() - 1
    }
    /// An append as recorded.
    fn asks(&mut self, of: u64, expected: u64, tag: u64, count: u64, span: Span, outcome: Outcome) -> usize {
        let events = (0..count).map(|n| hash(tag, n)).collect();
        self.does(0, span, Act::Append { stream: stream(of), expected, events, outcome })
    }
    /// Events at the end of the log.
    fn puts(&mut self, of: u64, tag: u64, count: u64) {
        for n in 0..count {
            let (index, seq) = (self.log.len() as u64, self.length(of));
            self.log.push(Place { index, stream: stream(of), seq, hash: hash(tag, n) });
        }
    }
    /// An acknowledged append.
    fn stores(&mut self, of: u64, tag: u64, count: u64, span: Span) -> usize {
        let expected = self.length(of);
        self.puts(of, tag, count);
        let last = self.log[self.log.len() - 1];
        let receipt = Receipt { stream: last.stream, seq: last.seq, index: last.index, event_hash: last.hash };
        self.asks(of, expected, tag, count, span, Outcome::Acknowledged(receipt))
    }
    fn reads(&mut self, client: u64, from: u64, count: u64, limit: usize, span: Span) -> usize {
        let events = self.log.iter().skip(from as usize).take(count as usize).copied().collect();
        self.does(client, span, Act::Page { from, limit, events })
    }
    fn sees_head(&mut self, size: usize, span: Span) -> usize {
        let mut tree = Frontier::new();
        self.log.iter().take(size).for_each(|place| drop(tree.push(leaf(&place.hash))));
        self.does(0, span, Act::Head(Head { size: size as u64, root: tree.root() }))
    }
    fn sees_stream(&mut self, of: u64, length: u64, span: Span) -> usize {
        let own: Vec<_> = self.log.iter().filter(|place| place.stream == stream(of)).collect();
        let last = length.checked_sub(1).map_or(ZERO, |at| own[at as usize].hash);
        self.does(0, span, Act::StreamHead { stream: stream(of), length, last })
    }
    fn verdict(&self) -> Result<Stats, Violation> {
        check(&self.history, &self.log)
    }
    #[track_caller]
    fn shows(&self, want: Violation) {
        assert_eq!(self.verdict(), Err(want));
    }
}

#[test]
fn a_sound_history_holds_and_is_counted() {
    let mut tale = Tale::sound();
    tale.sees_head(3, span(20, 30));
    tale.sees_head(4, span(31, 32));
    tale.sees_stream(1, 2, span(11, 28));
    tale.asks(1, 0, 9, 1, span(11, 28), Outcome::Conflict { actual: 2 });
    tale.asks(1, 3, 8, 1, span(40, 41), Outcome::Refused);
    tale.history.followers.insert(7);
    tale.reads(7, 0, 2, 3, span(10, 18));
    tale.reads(7, 2, 2, 2, span(30, 31));
    tale.reads(7, 4, 0, 2, span(32, 33));
    let want = Stats { events: 4, acknowledged: 3, conflicts: 1, refused: 1, unknown: 0, looks: 6, followers: 1 };
    assert_eq!(tale.verdict(), Ok(want));
}

#[test]
fn an_unknown_append_may_be_there_once_or_not_at_all() {
    let mut tale = Tale::sound();
    tale.asks(1, 3, 4, 2, span(30, NEVER), Outcome::Unknown);
    assert!(tale.verdict().is_ok());
    tale.puts(1, 4, 2);
    assert!(tale.verdict().is_ok());
    tale.asks(1, 3, 4, 2, span(40, NEVER), Outcome::Unknown);
    assert!(tale.verdict().is_ok());
    tale.puts(1, 4, 2);
    tale.shows(Violation::Twice { index: 6, first: 4 });
}

#[test]
fn a_lost_append_is_found() {
    let mut tale = Tale::sound();
    tale.log.pop();
    tale.shows(Violation::Lost { operation: 2 });
}

#[test]
fn an_event_stored_twice_is_found() {
    let mut tale = Tale::sound();
    tale.puts(1, 3, 1);
    tale.shows(Violation::Twice { index: 4, first: 3 });
}

#[test]
fn a_gap_in_the_log_or_in_a_stream_is_found() {
    let mut tale = Tale::sound();
    tale.log.remove(2);
    tale.shows(Violation::Gap { due: 2, found: 3 });
    let mut tale = Tale::sound();
    tale.log[3].seq = 3;
    tale.shows(Violation::SeqGap { index: 3, due: 2, found: 3 });
}

#[test]
fn an_event_that_nobody_appended_is_found() {
    let mut tale = Tale::sound();
    tale.puts(2, 99, 1);
    tale.shows(Violation::Phantom { index: 4 });
}

#[test]
fn what_was_refused_or_met_a_conflict_must_not_be_stored() {
    for outcome in [Outcome::Refused, Outcome::Conflict { actual: 1 }] {
        let mut tale = Tale::sound();
        tale.asks(2, 1, 5, 1, span(20, 29), outcome);
        tale.puts(2, 5, 1);
        tale.shows(Violation::RefusedButStored { index: 4 });
    }
}

#[test]
fn half_an_append_is_found_in_the_log_and_in_a_page() {
    let mut tale = Tale::sound();
    tale.asks(2, 1, 5, 2, span(30, NEVER), Outcome::Unknown);
    tale.puts(2, 5, 1);
    tale.shows(Violation::Torn { operation: 3 });
    let mut tale = Tale::sound();
    let operation = tale.reads(1, 0, 1, 9, span(0, 9));
    tale.shows(Violation::Half { operation });
}

#[test]
fn a_receipt_for_another_place_is_found() {
    let mut tale = Tale::sound();
    if let Act::Append { outcome: Outcome::Acknowledged(receipt), .. } = &mut tale.history.operations[1].act {
        receipt.index = 3;
    }
    tale.shows(Violation::Receipt { operation: 1 });
}

#[test]
fn the_same_events_acknowledged_twice_are_found() {
    let mut tale = Tale::sound();
    let again = tale.history.operations[2].clone();
    tale.history.operations.push(again);
    tale.shows(Violation::AcknowledgedTwice { operation: 3, first: 2 });
}

#[test]
fn a_later_append_that_stands_before_an_acknowledged_one_is_found() {
    let mut tale = Tale::sound();
    tale.history.operations[2].span = span(3, 8);
    let list = "the log as pages show it".to_owned();
    tale.shows(Violation::Overtaken { list, earlier: 2, later: 3 });
}

#[test]
fn a_page_that_leaves_out_an_event_or_changes_the_order_is_found() {
    let mut tale = Tale::sound();
    let operation = tale.reads(1, 0, 4, 9, span(30, 31));
    let spoil: [fn(&mut Vec<Place>); 4] = [
        |events| events.retain(|place| place.index != 2),
        |events| events.swap(1, 2),
        |events| events.push(events[3]),
        |events| events[0].hash = ZERO,
    ];
    for spoil in spoil {
        let mut tale = tale.clone();
        if let Act::Page { events, .. } = &mut tale.history.operations[operation].act {
            spoil(events);
        }
        tale.shows(Violation::WrongPage { operation });
    }
}

#[test]
fn stale_reads_are_found() {
    let list = || "the log as pages show it".to_owned();
    let mut tale = Tale::sound();
    let operation = tale.reads(1, 0, 3, 9, span(30, 31));
    tale.shows(Violation::Stale { list: list(), operation, missing: 3 });
    let mut tale = Tale::sound();
    let operation = tale.reads(1, 3, 0, 9, span(30, 31));
    tale.shows(Violation::Stale { list: list(), operation, missing: 3 });
    let mut tale = Tale::sound();
    let operation = tale.sees_head(2, span(20, 31));
    tale.shows(Violation::Stale { list: "the log as heads show it".into(), operation, missing: 2 });
    let mut tale = Tale::sound();
    let operation = tale.sees_stream(1, 2, span(30, 31));
    tale.shows(Violation::Stale { list: format!("stream {}", stream(1)), operation, missing: 2 });
}

#[test]
fn a_short_page_taken_for_the_end_is_found() {
    let mut tale = Tale::sound();
    tale.reads(1, 0, 3, 3, span(30, 31));
    assert!(tale.verdict().is_ok(), "a full page says nothing about the end");
    let operation = tale.reads(1, 0, 3, 4, span(32, 33));
    let list = "the log as pages show it".to_owned();
    tale.shows(Violation::Stale { list, operation, missing: 3 });
}

#[test]
fn what_is_seen_before_it_was_begun_is_found() {
    let mut tale = Tale::sound();
    let operation = tale.reads(1, 0, 4, 4, span(10, 15));
    tale.shows(Violation::Foreseen { list: "the log as pages show it".into(), operation, item: 3 });
}

#[test]
fn a_head_that_goes_back_or_is_not_the_trees_is_found() {
    let mut tale = Tale::sound();
    tale.history.operations[2].span = span(20, 60);
    let earlier = tale.sees_head(4, span(30, 31));
    let operation = tale.sees_head(3, span(40, 41));
    tale.shows(Violation::WentBack { list: "the log as heads show it".into(), operation, earlier });
    let mut tale = Tale::sound();
    let operation = tale.does(0, span(30, 31), Act::Head(Head { size: 4, root: ZERO }));
    tale.shows(Violation::WrongRoot { operation });
    let mut tale = Tale::sound();
    let operation = tale.does(0, span(30, 31), Act::Head(Head { size: 5, root: ZERO }));
    tale.shows(Violation::Beyond { operation });
}

#[test]
fn a_wrong_stream_head_is_found() {
    let mut tale = Tale::sound();
    let act = Act::StreamHead { stream: stream(1), length: 3, last: hash(1, 1) };
    let operation = tale.does(0, span(30, 31), act);
    tale.shows(Violation::WrongStreamHead { operation });
}

#[test]
fn a_conflict_must_name_a_length_of_its_span_that_was_not_expected() {
    let mut tale = Tale::sound();
    let operation = tale.asks(1, 0, 9, 1, span(30, 31), Outcome::Conflict { actual: 2 });
    tale.shows(Violation::Stale { list: format!("stream {}", stream(1)), operation, missing: 2 });
    let mut tale = Tale::sound();
    let operation = tale.asks(1, 3, 9, 1, span(30, 31), Outcome::Conflict { actual: 3 });
    tale.shows(Violation::NoConflict { operation });
    let mut tale = Tale::sound();
    let operation = tale.asks(2, 0, 9, 1, span(30, 31), Outcome::Conflict { actual: 2 });
    tale.shows(Violation::Beyond { operation });
}

#[test]
fn an_event_that_one_reader_skips_reads_twice_or_never_reads_is_found() {
    let readers = |pages: &[(u64, u64)]| {
        let mut tale = Tale::sound();
        tale.history.followers.extend([7, 8]);
        tale.reads(7, 0, 4, 9, span(30, 31));
        for (from, count) in pages {
            tale.reads(8, *from, *count, *count as usize, span(30, 31));
        }
        tale
    };
    assert!(readers(&[(0, 3), (3, 1)]).verdict().is_ok());
    readers(&[(0, 2), (3, 1)]).shows(Violation::Skipped { client: 8, due: 2, found: 3 });
    readers(&[(0, 2), (1, 3)]).shows(Violation::Skipped { client: 8, due: 2, found: 1 });
    readers(&[(0, 3)]).shows(Violation::Unread { client: 8, due: 3 });
}
