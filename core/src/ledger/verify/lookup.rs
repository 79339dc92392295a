//! Finds the row of a growing list by a 16-byte id, at 4 to 8 bytes a row: the list holds the ids, this only where.
//!
//! Knows nothing of the rows; ids may be chosen by somebody hostile, so places are salted anew for every run.

use std::hash::{BuildHasher, RandomState};

const EMPTY: u32 = u32::MAX;

/// The places.
#[derive(Default)]
pub(super) struct Lookup {
    slots: Vec<u32>,
    rows: usize,
    salt: RandomState,
}

impl Lookup {
    /// Row of this id; `id_of` reads the id of a row.
    pub(super) fn find(&self, id: &[u8; 16], id_of: impl Fn(usize) -> [u8; 16]) -> Option<usize> {
        let mut at = self.start(id)?;
        while self.slots[at] != EMPTY {
            let row = self.slots[at] as usize;
            if id_of(row) == *id {
                return Some(row);
            }
            at = (at + 1) % self.slots.len();
        }
        None
    }

    /// Remembers the next row, whose id must not be there yet. Rows are numbered 0, 1, 2 …
    pub(super) fn push(&mut self, id: &[u8; 16], id_of: impl Fn(usize) -> [u8; 16]) {
        if (self.rows + 1) * 4 > self.slots.len() * 3 {
            let larger = (self.slots.len() * 2).max(64);
            self.slots = vec![EMPTY; larger];
            for row in 0..self.rows {
                self.place(&id_of(row), row);
            }
        }
        self.place(id, self.rows);
        self.rows += 1;
    }

    fn start(&self, id: &[u8; 16]) -> Option<usize> {
        (!self.slots.is_empty()).then(|| self.salt.hash_one(id) as usize % self.slots.len())
    }

    fn place(&mut self, id: &[u8; 16], row: usize) {
        let mut at = self.start(id).expect("grown before anything is placed");
        while self.slots[at] != EMPTY {
            at = (at + 1) % self.slots.len();
        }
        self.slots[at] = u32::try_from(row).expect("the rows of 2^32 streams fill the memory long before");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_found_again_and_no_other() {
        let id = |n: usize| ((n as u128) << 64 | 7).to_be_bytes();
        let mut lookup = Lookup::default();
        assert_eq!(lookup.find(&id(0), id), None);
        (0..10_000).for_each(|n| lookup.push(&id(n), id));
        assert!((0..10_000).all(|n| lookup.find(&id(n), id) == Some(n)));
        assert_eq!(lookup.find(&id(10_000), id), None);
    }
}
