//! The forms in which PostgreSQL and JSON carry what we store: ids, hashes, hex, and the two columns of postgres-es.
//!
//! Deliberately reads nothing of a header but its wire name, for people who look with SQL; the header alone counts.

use crate::ledger::port::Hash;
use uuid::Uuid;

/// Stream id as `aggregate_id`.
pub(super) fn id(stream: Uuid) -> String {
    stream.hyphenated().to_string()
}

/// 32 bytes, or an error of the storage.
pub(super) fn hash(bytes: &[u8]) -> sqlx::Result<Hash> {
    bytes.try_into().map_err(odd)
}

/// A value of the wrong form.
pub(super) fn odd(error: impl std::error::Error + Send + Sync + 'static) -> sqlx::Error {
    sqlx::Error::Decode(Box::new(error))
}

/// `akte.opened` and `1.0.0` for the wire name `akte.opened.v1`, as postgres-es and its upcasters want them.
pub(super) fn wire_name(header: &[u8]) -> (&str, String) {
    named(header).unwrap_or(("event", "1.0.0".into()))
}

/// A JCS header ends with `"type":"akte.opened.v1","v":1}`.
fn named(header: &[u8]) -> Option<(&str, String)> {
    let end = header.len().saturating_sub(160);
    let text = std::str::from_utf8(header.get(end..)?).ok()?.strip_suffix("\",\"v\":1}")?;
    let (_, name) = text.rsplit_once("\"type\":\"")?;
    let (name, version) = name.rsplit_once(".v")?;
    Some((name, format!("{}.0.0", version.parse::<u32>().ok()?)))
}

/// Value of each hex digit as PostgreSQL writes them; 16 and more: none.
const DIGITS: [u8; 256] = {
    let mut digits = [0xff; 256];
    let mut n = 0;
    while n < 16 {
        digits[b"0123456789abcdef"[n] as usize] = n as u8;
        n += 1;
    }
    digits
};

/// Bytes of a hex text.
pub(super) fn unhex(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let mut seen = 0;
    let bytes = pairs.iter().map(|[high, low]| {
        let (high, low) = (DIGITS[usize::from(*high)], DIGITS[usize::from(*low)]);
        seen |= high | low;
        high << 4 | low & 15
    });
    let bytes = bytes.collect();
    (rest.is_empty() && seen < 16).then_some(bytes)
}

/// The next `N` bytes, taken off the front.
pub(super) fn cut<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (first, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wire_name_stands_at_the_end_of_a_header() {
        let header = br#"{"stream":"x","suite":1,"type":"akte.opened.v12","v":1}"#;
        assert_eq!(wire_name(header), ("akte.opened", "12.0.0".to_owned()));
        assert_eq!(wire_name(b"{}"), ("event", "1.0.0".to_owned()));
    }

    #[test]
    fn hex_comes_back_as_bytes_or_not_at_all() {
        assert_eq!(unhex("00ff7a"), Some(vec![0, 255, 122]));
        assert_eq!(unhex(""), Some(vec![]));
        assert_eq!(unhex("0"), None);
        assert_eq!(unhex("0g"), None);
        assert_eq!(unhex("g0"), None);
        assert_eq!(unhex("0F"), None);
    }
}
