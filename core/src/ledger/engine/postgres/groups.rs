//! The payload groups of one event as one row holds them: each its number (2 bytes), key (8, -1 = none), change (8),
//! length (4) and bytes, all big-endian.
//!
//! Deliberately one row: a row of its own for each group costs the server a place in two structures and twice the log.
//! Erasing takes a group out of the row, and writes the table anew afterwards as before.

use super::text::cut;
use crate::ledger::port::StoredGroup;

/// What stands before the bytes of a group.
const FRAME: usize = 22;

/// The row of these groups; `None`: an event without any has no row.
pub(super) fn row(groups: &[StoredGroup]) -> Option<Vec<u8>> {
    let length = groups.iter().map(|group| FRAME + group.bytes.len()).sum();
    let mut row = Vec::with_capacity(length);
    for group in groups {
        row.extend(u16::from(group.g).to_be_bytes());
        row.extend(group.kek_id.map_or(-1, u64::cast_signed).to_be_bytes());
        row.extend(group.change.to_be_bytes());
        // An append is bounded far below.
        row.extend(u32::try_from(group.bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
        row.extend(&group.bytes);
    }
    (!row.is_empty()).then_some(row)
}

/// What a reader is given of a row. Of a damaged one that is all of it as one open group, which no header vouches for:
/// it is found to be altered and not taken for erased, and the header beside it is still read.
pub(super) fn read(row: &[u8]) -> Vec<StoredGroup> {
    of(row).unwrap_or_else(|| vec![StoredGroup { g: 0, kek_id: None, change: 0, bytes: row.to_vec() }])
}

/// The groups of a row, ascending; `None`: it is damaged.
pub(super) fn of(mut row: &[u8]) -> Option<Vec<StoredGroup>> {
    let mut groups = Vec::new();
    while !row.is_empty() {
        let g = u8::try_from(u16::from_be_bytes(cut(&mut row)?)).ok()?;
        let kek_id = match i64::from_be_bytes(cut(&mut row)?) {
            -1 => None,
            id => Some(u64::try_from(id).ok()?),
        };
        let change = i64::from_be_bytes(cut(&mut row)?).try_into().ok()?;
        let length = usize::try_from(u32::from_be_bytes(cut(&mut row)?)).ok()?;
        let (bytes, rest) = row.split_at_checked(length)?;
        groups.push(StoredGroup { g, kek_id, change, bytes: bytes.to_vec() });
        row = rest;
    }
    groups.sort_unstable_by_key(|group| group.g);
    Some(groups)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_come_back_in_their_order_and_damaged_ones_not_at_all() {
        let group = |g, kek_id, bytes: &[u8]| StoredGroup { g, kek_id, change: 5, bytes: bytes.to_vec() };
        let both = row(&[group(2, Some(7), b"sealed"), group(0, None, b"open")]).expect("a row");
        assert_eq!(of(&both), Some(vec![group(0, None, b"open"), group(2, Some(7), b"sealed")]));
        assert_eq!((row(&[]), of(&[])), (None, Some(vec![])));
        assert_eq!(of(&both[..both.len() - 1]), None);
        assert_eq!(read(&both), of(&both).expect("sound"));
        assert_eq!(read(&both[1..]), [StoredGroup { change: 0, ..group(0, None, &both[1..]) }]);
        let damaged = |at: usize, byte: u8| {
            let mut row = both.clone();
            row[at] = byte;
            of(&row)
        };
        assert_eq!(damaged(0, 1), None, "no such number");
        assert_eq!(damaged(2, 0x80), None, "no such key");
        assert_eq!(damaged(10, 0x80), None, "no such change");
        assert_eq!(damaged(18, 0x80), None, "longer than the row");
    }
}
