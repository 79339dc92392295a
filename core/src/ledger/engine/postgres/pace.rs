//! How many appends share a flush: all that wait, or half of them, so that one half is prepared while the other is
//! being flushed. Two groups cost two flushes, which pays only while a flush is shorter than the work it hides.
//!
//! Deliberately measured and not configured: the same disk flushes ten times slower when somebody else is busy. Knows
//! no clock.

use super::flight::Timed;
use std::time::Duration;

/// Fewer writers gain nothing: what they share is a flush.
const MANY: usize = 4;
/// Every so many groups one flies alone, so that what was measured is not of yesterday.
const ALONE: u32 = 32;
/// So many groups fly alone once another node has written: groups of two nodes that overlap may wait for each other's
/// rows until the server notices, which takes it a second. One that writes little has groups too small for that.
const RIVAL: u32 = 4;
/// Weight of what was known against what was just measured, in eighths.
const KNOWN: u32 = 7;

/// What the last groups said about writers and server.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// Appends at once, lately.
    writers: usize,
    flush: Duration,
    /// Of the server, per append.
    work: Duration,
    /// Groups since one flew alone.
    chained: u32,
    /// Groups until the other node is forgotten.
    rival: u32,
}

impl Pace {
    /// So many appends wait or are on their way.
    pub(super) fn seen(&mut self, appends: usize) {
        self.writers = appends.max(self.writers.saturating_sub(1));
    }

    /// Appends the next group should have.
    pub(super) fn share(&self) -> usize {
        if self.halves() { self.writers.div_ceil(2) } else { self.writers.max(1) }
    }

    /// Whether a group of so many may be sent while another is on its way.
    pub(super) fn may_follow(&self, appends: usize) -> bool {
        self.halves() && self.chained < ALONE && appends >= self.share()
    }

    /// A group takes off, behind another or alone.
    pub(super) fn took_off(&mut self, behind: bool) {
        self.chained = if behind { self.chained.saturating_add(1) } else { 0 };
        self.rival = self.rival.saturating_sub(1);
    }

    /// Another node has written.
    pub(super) fn rival(&mut self) {
        self.rival = RIVAL;
    }

    /// What a group of so many took that waited for no other.
    pub(super) fn took(&mut self, appends: usize, timed: Timed) {
        let each = timed.work / u32::try_from(appends.max(1)).unwrap_or(u32::MAX);
        self.work = smoothed(self.work, each);
        self.flush = smoothed(self.flush, timed.whole.saturating_sub(timed.work));
    }

    fn halves(&self) -> bool {
        let work = self.work.saturating_mul(u32::try_from(self.writers).unwrap_or(u32::MAX));
        self.writers >= MANY && self.rival == 0 && self.flush < work
    }
}

fn smoothed(known: Duration, new: Duration) -> Duration {
    if known.is_zero() { new } else { (known * KNOWN + new) / (KNOWN + 1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(writers: usize, work: u64, flush: u64) -> Pace {
        let mut pace = Pace::default();
        pace.seen(writers);
        let work = Duration::from_micros(work);
        pace.took(writers, Timed { whole: work + Duration::from_micros(flush), work });
        pace
    }

    #[test]
    fn a_lone_writer_waits_for_nobody_and_follows_nobody() {
        let pace = after(1, 900, 1);
        assert_eq!((pace.share(), pace.may_follow(1)), (1, false));
        assert_eq!(Pace::default().share(), 1);
    }

    #[test]
    fn many_writers_go_by_halves_where_the_work_is_longer_than_the_flush() {
        let quick = after(16, 800, 300);
        assert_eq!((quick.share(), quick.may_follow(8), quick.may_follow(7)), (8, true, false));
        let slow = after(16, 800, 3000);
        assert_eq!((slow.share(), slow.may_follow(16)), (16, false));
    }

    #[test]
    fn a_disk_that_became_slow_is_noticed_after_some_groups_and_writers_that_left_are_forgotten() {
        let mut pace = after(16, 800, 300);
        for _ in 0..8 {
            pace.took(8, Timed { whole: Duration::from_micros(5400), work: Duration::from_micros(400) });
        }
        assert!(!pace.may_follow(16));
        for _ in 0..16 {
            pace.seen(1);
        }
        assert_eq!(pace.share(), 1);
    }

    #[test]
    fn beside_another_node_groups_fly_alone_for_a_while() {
        let mut pace = after(16, 800, 300);
        pace.rival();
        for _ in 0..RIVAL {
            assert_eq!((pace.share(), pace.may_follow(16)), (16, false));
            pace.took_off(false);
        }
        assert!(pace.may_follow(8));
    }

    #[test]
    fn now_and_then_a_group_flies_alone() {
        let mut pace = after(16, 800, 300);
        for _ in 0..ALONE {
            assert!(pace.may_follow(8));
            pace.took_off(true);
        }
        assert!(!pace.may_follow(8));
        pace.took_off(false);
        assert!(pace.may_follow(8));
    }
}
