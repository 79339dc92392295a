//! Whether what was seen of a list that only grows can be explained: one moment for each operation,
//! inside its span, so that every write takes its known place and every look shows the list as it was.
//!
//! Decided exactly and without search: the places are known, so each operation gets the earliest moment
//! that all operations before it in the list allow, and only what was answered before that is inexplicable.

use crate::ledger::conformance::history::Span;

/// One write of a list: all its items appear at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Write {
    /// First item.
    pub(super) from: u64,
    /// Behind the last one.
    pub(super) to: u64,
    pub(super) span: Span,
}

/// What a look says about the length of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    Exactly(u64),
    AtLeast(u64),
    AtMost(u64),
}

/// One look at the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) length: Length,
    pub(super) span: Span,
    /// Its number in the history.
    pub(super) operation: usize,
}

/// What cannot be explained. Looks are named by operation, writes by their first item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// A look saw more than was ever there.
    Beyond { operation: usize },
    /// A look saw the middle of a write.
    Half { operation: usize },
    /// A write was acknowledged before an earlier one was begun.
    Overtaken { earlier: u64, later: u64 },
    /// A look does not show a write acknowledged before it was begun.
    Stale { operation: usize, missing: u64 },
    /// A look shows a write begun only after it was answered.
    Foreseen { operation: usize, item: u64 },
    /// A look shows less than an earlier one.
    WentBack { operation: usize, earlier: usize },
}

#[derive(Clone, Copy)]
enum Who {
    Write(u64),
    Look(usize),
}

struct Item {
    /// Odd places are writes, even ones the states between them.
    place: u64,
    span: Span,
    who: Who,
    /// What stands later must come later.
    pushes: bool,
    /// Must come after what stands earlier.
    yields: bool,
}

/// `writes` follow one another without gaps from item 0.
pub(super) fn explain(writes: &[Write], looks: &[Look]) -> Result<(), Flaw> {
    let mut items = Vec::with_capacity(writes.len() + looks.len());
    for write in writes {
        let (place, who) = (2 * write.from + 1, Who::Write(write.from));
        items.push(Item { place, span: write.span, who, pushes: true, yields: true });
    }
    for look in looks {
        items.push(placed(writes, look)?);
    }
    items.sort_by_key(|item| item.place);
    let mut latest: Option<(u64, Who)> = None;
    for state in items.chunk_by(|a, b| a.place == b.place) {
        for item in state.iter().filter(|item| item.yields) {
            if let Some((_, before)) = latest.filter(|(begun, _)| *begun > item.span.answered) {
                return Err(flaw(before, item.who));
            }
        }
        let begun = state.iter().filter(|item| item.pushes).map(|item| (item.span.begun, item.who));
        latest = begun.chain(latest).max_by_key(|(begun, _)| *begun);
    }
    Ok(())
}

fn placed(writes: &[Write], look: &Look) -> Result<Item, Flaw> {
    let end = writes.last().map_or(0, |w| w.to);
    let Look { span, operation, length } = *look;
    let item = |state: u64, pushes, yields| Item { place: 2 * state, span, who: Who::Look(operation), pushes, yields };
    // The write that a length falls into the middle of.
    let inside = |length: u64| {
        let write = writes.get(writes.partition_point(|w| w.to <= length));
        write.filter(|w| w.from < length && length < w.to)
    };
    match length {
        Length::Exactly(n) | Length::AtLeast(n) if n > end => Err(Flaw::Beyond { operation }),
        Length::Exactly(n) if inside(n).is_some() => Err(Flaw::Half { operation }),
        Length::Exactly(n) => Ok(item(n, true, true)),
        Length::AtLeast(n) => Ok(item(n, false, true)),
        Length::AtMost(n) => Ok(item(inside(n).map_or(n.min(end), |w| w.from), true, false)),
    }
}

fn flaw(before: Who, after: Who) -> Flaw {
    match (before, after) {
        (Who::Write(earlier), Who::Write(later)) => Flaw::Overtaken { earlier, later },
        (Who::Look(operation), Who::Write(missing)) => Flaw::Stale { operation, missing },
        (Who::Write(item), Who::Look(operation)) => Flaw::Foreseen { operation, item },
        (Who::Look(operation), Who::Look(earlier)) => Flaw::WentBack { operation, earlier },
    }
}

#[cfg(test)]
mod tests;
