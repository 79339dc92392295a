//! How long to wait before a mail is tried again, and when it is given up.
//!
//! Doubles with each try and spreads by the mail's own hash, so that many do not come back in one second.

use jiff::SignedDuration;

/// The waits of one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pausen {
    pub erste: SignedDuration,
    pub laengste: SignedDuration,
    /// Counted from the day it was queued.
    pub aufgeben: SignedDuration,
}

impl Default for Pausen {
    fn default() -> Self {
        Self {
            erste: SignedDuration::from_secs(60),
            laengste: SignedDuration::from_hours(4),
            // What mail servers themselves do (RFC 5321 §4.5.4.1).
            aufgeben: SignedDuration::from_hours(5 * 24),
        }
    }
}

impl Pausen {
    /// The wait after the n-th try that came to nothing: between four and six fifths of the doubled one.
    pub fn nach(self, n: u32, streuung: &[u8; 32]) -> SignedDuration {
        let faktor = 1_i32 << n.saturating_sub(1).min(20);
        let pause = self.erste.checked_mul(faktor).map_or(self.laengste, |p| p.min(self.laengste));
        let teil = i32::from(streuung[usize::try_from(n % 32).unwrap_or_default()]);
        // 255 -> 6/5, 0 -> 4/5.
        pause * (1020 + teil * 2) / 1275
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_to_the_longest_and_spread_by_a_fifth() {
        let p = Pausen::default();
        for (n, sekunden) in [(1, 60), (2, 120), (3, 240), (8, 7680), (9, 14_400), (40, 14_400), (u32::MAX, 14_400)] {
            let (kurz, lang) = (p.nach(n, &[0; 32]).as_secs(), p.nach(n, &[255; 32]).as_secs());
            assert_eq!((kurz, lang), (sekunden * 4 / 5, sekunden * 6 / 5), "{n}");
        }
    }
}
