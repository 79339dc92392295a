//! The sweep against a search: on small histories every order of moments is tried, and both must agree.

use super::*;
use proptest::prelude::*;

/// What one operation needs of the list, and does to it.
#[derive(Clone, Copy, Debug)]
enum Step {
    Write(Write),
    Look(Look),
}

impl Step {
    fn span(&self) -> Span {
        match self {
            Self::Write(write) => write.span,
            Self::Look(look) => look.span,
        }
    }
    /// Length behind it, if it can happen at this length.
    fn run(&self, length: u64) -> Option<u64> {
        match self {
            Self::Write(write) => (length == write.from).then_some(write.to),
            Self::Look(look) => match look.length {
                Length::Exactly(n) => n == length,
                Length::AtLeast(n) => n <= length,
                Length::AtMost(n) => n >= length,
            }
            .then_some(length),
        }
    }
}

/// Tries every order that respects who was answered before whom was begun.
fn found_by_search(left: &[Step], length: u64) -> bool {
    if left.is_empty() {
        return true;
    }
    (0..left.len()).any(|at| {
        let step = left[at];
        let rest: Vec<_> = left.iter().enumerate().filter(|(n, _)| *n != at).map(|(_, step)| *step).collect();
        let first = rest.iter().all(|other| other.span().answered >= step.span().begun);
        first && step.run(length).is_some_and(|length| found_by_search(&rest, length))
    })
}

/// Two to four writes of one or two items, up to four looks, spans anywhere.
fn histories() -> impl Strategy<Value = (Vec<Write>, Vec<Look>)> {
    let span = || (0u64..20, 0u64..12).prop_map(|(begun, long)| Span { begun, answered: begun + long });
    let length = prop_oneof![
        (0u64..7).prop_map(Length::Exactly),
        (0u64..7).prop_map(Length::AtLeast),
        (0u64..7).prop_map(Length::AtMost),
    ];
    let writes = prop::collection::vec((1u64..3, span()), 1..5);
    let looks = prop::collection::vec((length, span()), 0..4);
    (writes, looks).prop_map(|(writes, looks)| {
        let mut end = 0;
        let write = |(items, span)| {
            end += items;
            Write { from: end - items, to: end, span }
        };
        let writes = writes.into_iter().map(write).collect();
        let look = |(operation, (length, span))| Look { length, span, operation };
        (writes, looks.into_iter().enumerate().map(look).collect())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn the_sweep_and_the_search_agree((writes, looks) in histories()) {
        let steps: Vec<Step> = writes.iter().copied().map(Step::Write).chain(looks.iter().copied().map(Step::Look)).collect();
        let searched = found_by_search(&steps, 0);
        prop_assert_eq!(explain(&writes, &looks).is_ok(), searched, "{:?}", explain(&writes, &looks));
    }
}
