//! Random histories: whatever happened at one moment inside each span holds, and one spoilt place is found.

use super::*;

/// What happens at one moment: kind, stream, events, and how long before and after it the call lasts.
type Step = (u8, u64, u64, u64, u64);

/// Moments lie this far apart; calls reach over several of them.
const APART: u64 = 1000;

fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec((0u8..10, 1u64..4, 1u64..4, 0u64..6 * APART, 0u64..6 * APART), 1..60)
}

/// The model: everything takes effect at its moment.
fn told(steps: &[Step]) -> Tale {
    let mut tale = Tale::default();
    for (n, (kind, of, count, before, after)) in (10..).zip(steps) {
        let (of, count, tag) = (*of, *count, n);
        let span = span(n * APART - before, n * APART + after);
        let (length, size) = (tale.length(of), tale.log.len() as u64);
        match kind {
            0 | 1 => tale.stores(of, tag, count, span),
            2 => {
                tale.puts(of, tag, count);
                tale.asks(of, length, tag, count, Span { answered: NEVER, ..span }, Outcome::Unknown)
            }
            3 => tale.asks(of, length, tag, count, Span { answered: NEVER, ..span }, Outcome::Unknown),
            4 => tale.asks(of, length, tag, count, span, Outcome::Refused),
            5 => tale.asks(of, length + 1, tag, count, span, Outcome::Conflict { actual: length }),
            6 => tale.reads(1, size.saturating_sub(count), 1 + n % 5, 1 + (n % 5) as usize, span),
            7 => tale.sees_head(size as usize, span),
            8 => tale.sees_stream(of, length, span),
            _ => {
                let own = tale.log.iter().filter(|place| place.stream == stream(of));
                let (from, limit) = (length.saturating_sub(count), 2);
                let events = own.skip(from as usize).take(limit).copied().collect();
                tale.does(0, span, Act::Stream { stream: stream(of), from, limit, events })
            }
        };
    }
    let size = tale.log.len() as u64;
    let late = span(1_000_000, 1_000_001);
    tale.history.followers.insert(99);
    tale.reads(99, 0, size, size as usize, late);
    tale
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn whatever_happened_at_one_moment_inside_each_span_holds(steps in steps()) {
        let tale = told(&steps);
        prop_assert_eq!(tale.verdict().map(|stats| stats.events), Ok(tale.log.len() as u64));
    }

    #[test]
    fn a_history_over_another_log_does_not_hold(steps in steps(), at in any::<prop::sample::Index>(), bit in 0usize..8) {
        let sound = told(&steps);
        prop_assume!(sound.log.len() > 1);
        let at = at.index(sound.log.len());
        // One event altered: nobody appended it.
        let mut tale = sound.clone();
        tale.log[at].hash[0] ^= 1 << bit;
        prop_assert!(tale.verdict().is_err());
        // Two events in each other's places.
        let mut tale = sound.clone();
        let other = (at + 1) % tale.log.len();
        (tale.log[at].hash, tale.log[other].hash) = (tale.log[other].hash, tale.log[at].hash);
        prop_assert!(tale.verdict().is_err());
        // The end cut off, which a reader has seen.
        let mut tale = sound;
        tale.log.truncate(at);
        prop_assert!(tale.verdict().is_err());
    }
}
