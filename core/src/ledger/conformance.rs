//! What every engine must do, as named checks that know nothing but the port.
//!
//! An engine is admitted by [`admit`], and by [`run_reopened`] if it keeps anything; one with several nodes
//! also by [`run_several_nodes`] and [`run_leases`]. Deliberately no test framework: a failed check is a value.

mod appending;
pub mod checker;
pub mod history;
mod limits;
mod payload;
mod reading;
mod repeating;
mod rights;
pub mod sample;
mod taking_in;
mod traffic;

use super::port::{AppendError, Ledger, LedgerError};
use std::fmt::Debug;
use std::pin::Pin;
use std::sync::Arc;

/// A check that failed, and how.
#[derive(Debug, thiserror::Error)]
#[error("conformance, {check}: {reason}")]
pub struct Failure {
    pub check: &'static str,
    pub reason: String,
}

/// Why one check failed.
type Reason = String;
type Running = Pin<Box<dyn Future<Output = Result<(), Reason>> + Send>>;

/// One check: a sentence, and what it runs on an empty ledger.
struct Check {
    name: &'static str,
    run: fn(Arc<dyn Ledger>) -> Running,
}

macro_rules! checks {
    ($($room:ident :: $name:ident),+ $(,)?) => {
        &[$(Check { name: stringify!($name), run: |ledger| Box::pin($room::$name(ledger)) }),+]
    };
}

const CHECKS: &[Check] = checks![
    appending::an_append_must_name_where_the_stream_stands,
    appending::an_append_must_name_the_hash_it_follows,
    appending::a_batch_is_stored_whole_or_not_at_all,
    appending::malformed_batches_are_refused_and_leave_no_trace,
    appending::of_many_rivals_for_one_place_exactly_one_wins,
    traffic::many_writers_and_readers_leave_a_history_that_holds,
    appending::a_dropped_request_strands_nobody,
    appending::a_key_use_is_kept_once_and_for_one_subject_only,
    reading::pages_of_any_size_give_the_same_events,
    reading::an_empty_ledger_answers,
    reading::waiting_ends_with_the_next_event_or_with_the_time,
    reading::bytes_come_back_exactly,
    reading::a_group_of_one_mebibyte_comes_back,
    reading::a_stream_of_ten_thousand_events_comes_back_in_order,
    reading::tiles_and_root_equal_their_recomputation,
    limits::pages_of_none_one_and_more_than_there_are,
    limits::the_longest_header_is_taken_and_a_longer_one_refused,
    limits::the_largest_batch_is_taken_and_a_larger_one_refused,
    limits::an_event_of_eight_subjects_comes_back,
    limits::text_of_every_plane_comes_back_byte_for_byte,
    repeating::the_same_batch_again_names_where_the_stream_is_and_stores_nothing,
    repeating::of_many_equal_requests_one_is_stored,
    repeating::what_is_present_is_told_in_the_order_asked,
    repeating::under_a_retired_key_an_append_is_stored_whole_or_refused_whole,
    taking_in::events_of_another_engine_come_to_the_same_places,
    taking_in::its_events_can_be_taken_in_by_another_engine,
    taking_in::what_does_not_continue_the_log_is_not_taken_in,
    payload::erasing_takes_groups_and_leaves_the_chain,
    payload::sealing_anew_replaces_bytes_and_raises_the_change_number,
    payload::the_newest_checkpoint_up_to_a_size_is_found,
];

/// All checks on fresh ledgers, and all faults. Returns how many checks passed.
pub async fn admit(fresh: impl AsyncFn() -> Arc<dyn Ledger>) -> Result<usize, Failure> {
    let checks = run_all(&fresh).await?;
    run_under_faults(&fresh).await?;
    Ok(checks + super::fault::Fault::ALL.len() + 1)
}

/// Several nodes of one ledger, empty at first: what all of them do and see is judged as one history.
pub async fn run_several_nodes(nodes: &[Arc<dyn Ledger>]) -> Result<checker::Stats, Failure> {
    let name = |reason| Failure { check: "many_writers_and_readers_leave_a_history_that_holds", reason };
    match nodes.first() {
        None => Err(name("no nodes".into())),
        Some(first) => traffic::judged(nodes, first, traffic::BUSY).await.map_err(name),
    }
}

/// Rights among nodes: `fresh` gives two nodes on one storage that holds no rights yet. Returns how many checks passed.
pub async fn run_leases(fresh: impl AsyncFn() -> [Arc<dyn super::lease::Leases>; 2]) -> Result<usize, Failure> {
    let name = |check| move |reason| Failure { check, reason };
    let nodes = fresh().await;
    rights::a_right_has_one_holder_until_it_is_given_back(nodes)
        .await
        .map_err(name("a_right_has_one_holder_until_it_is_given_back"))?;
    let nodes = fresh().await;
    rights::a_right_ends_and_who_slept_is_refused(nodes)
        .await
        .map_err(name("a_right_ends_and_who_slept_is_refused"))?;
    let nodes = fresh().await;
    rights::of_two_that_ask_at_once_one_gets_the_right(nodes)
        .await
        .map_err(name("of_two_that_ask_at_once_one_gets_the_right"))?;
    Ok(3)
}

/// Runs every check on a ledger of its own; `fresh` gives an empty one each time. Returns how many passed.
pub async fn run_all(fresh: impl AsyncFn() -> Arc<dyn Ledger>) -> Result<usize, Failure> {
    for check in CHECKS {
        (check.run)(fresh().await).await.map_err(|reason| Failure { check: check.name, reason })?;
    }
    Ok(CHECKS.len())
}

/// For engines that keep: `open` opens the same storage each time, empty at first.
/// Every handle is dropped before the next one is opened.
pub async fn run_reopened(open: impl AsyncFn() -> Arc<dyn Ledger>) -> Result<(), Failure> {
    let name = |reason| Failure { check: "what_was_acknowledged_is_there_after_reopening", reason };
    reading::what_was_acknowledged_is_there_after_reopening(open).await.map_err(name)
}

/// The engine behind a wrapper that fails appends by name; callers retry as `execute` does.
pub async fn run_under_faults(fresh: impl AsyncFn() -> Arc<dyn Ledger>) -> Result<(), Failure> {
    for fault in super::fault::Fault::ALL {
        let name = |reason| Failure {
            check: "every_event_is_stored_once_whatever_fails",
            reason: format!("{}: {reason}", fault.name()),
        };
        traffic::every_event_is_stored_once_whatever_fails(fresh().await, *fault).await.map_err(name)?;
    }
    let name = |reason| Failure { check: "every_event_is_stored_once_when_everything_fails", reason };
    traffic::every_event_is_stored_once_when_everything_fails(fresh().await).await.map_err(name)
}

fn same<T: PartialEq + Debug>(what: &str, got: T, want: T) -> Result<(), Reason> {
    if got == want { Ok(()) } else { Err(format!("{what}: got {got:?}, want {want:?}")) }
}

fn fail<T>(why: impl Into<String>) -> Result<T, Reason> {
    Err(why.into())
}

impl From<LedgerError> for Reason {
    fn from(error: LedgerError) -> Self {
        error.to_string()
    }
}

impl From<AppendError> for Reason {
    fn from(error: AppendError) -> Self {
        error.to_string()
    }
}

#[cfg(test)]
mod tests;
