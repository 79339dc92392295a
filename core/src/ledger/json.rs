//! The JSON profile of headers, disclosures and manifests: RFC 8785, narrowed (`LEDGER.md`, JSON profile).
//!
//! It rejects and never repairs: nothing is rounded, normalised or reordered behind the caller's back
//! (both common JCS crates silently turn 9007199254740993 into …992: two events, one hash).

mod parse;

pub(crate) use parse::Cursor;
pub use parse::{members, parse_strict};

use serde_json::Value;
use unicode_normalization::is_nfc;

/// Largest integer that every JSON reader keeps exactly: 2^53 - 1.
pub const MAX_INTEGER: i64 = 9_007_199_254_740_991;
/// Arrays and objects may be nested this deep.
pub const MAX_DEPTH: usize = 32;
/// Bytes of a header.
pub const MAX_HEADER: usize = 16 * 1024;
/// Bytes of the JSON text of one disclosure.
pub const MAX_DISCLOSURE: usize = 1024 * 1024;

/// Why a value or a text is outside the profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    #[error("number is not an integer between -(2^53-1) and 2^53-1; write larger numbers as text")]
    Number,
    #[error("text contains U+0000")]
    Nul,
    #[error("text is not in Unicode normal form C; normalise it where it enters the house")]
    NotNfc,
    #[error("object key is not ASCII")]
    Key,
    #[error("object key occurs twice")]
    DuplicateKey,
    #[error("nested deeper than 32 levels")]
    Depth,
    #[error("longer than the format allows")]
    TooLong,
    #[error("not JSON at byte {0}")]
    Syntax(usize),
}

/// Canonical bytes of a value; refuses whatever the profile does not allow.
pub fn to_jcs(value: &Value) -> Result<Vec<u8>, JsonError> {
    let mut out = Vec::with_capacity(128);
    write_jcs(value, &mut out)?;
    Ok(out)
}

/// Like [`to_jcs`], appended to `out`; on an error `out` holds a useless remainder.
pub fn write_jcs(value: &Value, out: &mut Vec<u8>) -> Result<(), JsonError> {
    write_value(value, out, 0, true)
}

/// Appends one string as JSON text. Refuses U+0000 and text outside NFC.
pub fn write_string(text: &str, out: &mut Vec<u8>) -> Result<(), JsonError> {
    write_text(text, out, true)
}

/// Are these bytes the canonical form of what they say? A lint beside verification, which
/// never re-serialises. NFC is not asked for: Unicode versions differ.
pub fn is_canonical(bytes: &[u8]) -> bool {
    let Ok(value) = parse_strict(bytes) else { return false };
    let mut out = Vec::with_capacity(bytes.len());
    write_value(&value, &mut out, 0, false).is_ok() && out == bytes
}

fn write_value(value: &Value, out: &mut Vec<u8>, depth: usize, nfc: bool) -> Result<(), JsonError> {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Number(n) => write_integer(n.as_i64().ok_or(JsonError::Number)?, out)?,
        Value::String(s) => write_text(s, out, nfc)?,
        Value::Array(items) => {
            if depth >= MAX_DEPTH {
                return Err(JsonError::Depth);
            }
            out.push(b'[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                write_value(item, out, depth + 1, nfc)?;
            }
            out.push(b']');
        }
        Value::Object(map) => {
            if depth >= MAX_DEPTH {
                return Err(JsonError::Depth);
            }
            // Feature unification may switch on `preserve_order`, so the order is never taken on trust.
            let mut entries: Vec<(&String, &Value)> = map.iter().collect();
            if !entries.is_sorted_by(|a, b| a.0 < b.0) {
                entries.sort_unstable_by(|a, b| a.0.cmp(b.0));
            }
            out.push(b'{');
            for (i, (key, item)) in entries.into_iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                if !key.is_ascii() {
                    return Err(JsonError::Key);
                }
                write_text(key, out, nfc)?;
                out.push(b':');
                write_value(item, out, depth + 1, nfc)?;
            }
            out.push(b'}');
        }
    }
    Ok(())
}

/// Appends an integer of the profile.
pub(crate) fn write_integer(n: i64, out: &mut Vec<u8>) -> Result<(), JsonError> {
    if !(-MAX_INTEGER..=MAX_INTEGER).contains(&n) {
        return Err(JsonError::Number);
    }
    let mut digits = [0u8; 20];
    let mut at = digits.len();
    let mut rest = n.unsigned_abs();
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if n < 0 {
        out.push(b'-');
    }
    out.extend_from_slice(&digits[at..]);
    Ok(())
}

fn write_text(text: &str, out: &mut Vec<u8>, nfc: bool) -> Result<(), JsonError> {
    if nfc && !text.is_ascii() && !is_nfc(text) {
        return Err(JsonError::NotNfc);
    }
    let bytes = text.as_bytes();
    out.push(b'"');
    let mut done = 0;
    for (i, &b) in bytes.iter().enumerate() {
        if b >= 0x20 && b != b'"' && b != b'\\' {
            continue;
        }
        out.extend_from_slice(&bytes[done..i]);
        done = i + 1;
        let short = match b {
            0 => return Err(JsonError::Nul),
            b'"' | b'\\' => b,
            8 => b'b',
            9 => b't',
            10 => b'n',
            12 => b'f',
            13 => b'r',
            _ => {
                const HEX: &[u8; 16] = b"0123456789abcdef";
                out.extend_from_slice(b"\\u00");
                out.push(HEX[usize::from(b >> 4)]);
                out.push(HEX[usize::from(b & 15)]);
                continue;
            }
        };
        out.extend_from_slice(&[b'\\', short]);
    }
    out.extend_from_slice(&bytes[done..]);
    out.push(b'"');
    Ok(())
}

#[cfg(test)]
mod tests;
