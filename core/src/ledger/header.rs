//! The event header: the bytes that are hashed, chained and kept for ever (`LEDGER.md`, event header).
//!
//! Reading enforces rule B0 on the bytes as they are; it never re-serialises what it verifies.

mod read;

use super::hash::{DigestText, b64u};
use super::json::{JsonError, MAX_HEADER, MAX_INTEGER, write_integer, write_string};
use super::port::Hash;
use jiff::Timestamp;
use jiff::tz::Offset;
use uuid::Uuid;

/// Entries of `_sd`.
pub const MAX_SD: usize = 256;

/// Which part of rule B0 a header breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    #[error("header: {0}")]
    Json(#[from] JsonError),
    #[error("header is longer than 16 KiB")]
    TooLong,
    #[error("header field {0} is missing, unknown or malformed")]
    Field(&'static str),
    #[error("header version or suite is not known")]
    Suite,
    #[error("header _sd is not sorted, not unique or longer than 256 entries")]
    Sd,
    #[error("header grp does not ascend from group 0, has an empty group, or its sums are wrong")]
    Grp,
}

/// One event header, all fields required.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Origin of the epoch.
    pub log: String,
    pub stream: Uuid,
    /// 0, 1, 2 … within the stream.
    pub seq: u64,
    /// Wire name (`type`).
    pub wire: String,
    /// UTC, whole microseconds.
    pub at: Timestamp,
    /// Event hash of (stream, seq - 1); zeros at seq 0.
    pub prev: Hash,
    /// Hides guessable headers behind the public hash.
    pub nonce: [u8; 16],
    /// Id of the command.
    pub cause: Uuid,
    /// First stream of the procedure.
    pub corr: Uuid,
    /// Aufbewahrungsklasse as of writing.
    pub ret: String,
    /// (group, number of its entries in `sd`, decoys included), ascending.
    pub grp: Vec<(u8, u16)>,
    /// Digests of disclosures and decoys, sorted by their text.
    pub sd: Vec<DigestText>,
}

impl Header {
    /// Reads a header strictly (rule B0). Key order and spaces are free: canonical form is a lint.
    pub fn parse(bytes: &[u8]) -> Result<Self, HeaderError> {
        if bytes.len() > MAX_HEADER {
            return Err(HeaderError::TooLong);
        }
        let header = match read::canonical(bytes) {
            Some(header) => header,
            None => read::general(bytes)?,
        };
        header.check()?;
        Ok(header)
    }

    /// Canonical bytes; refuses a header that would break rule B0.
    pub fn to_bytes(&self) -> Result<Vec<u8>, HeaderError> {
        self.check()?;
        let mut out = Vec::with_capacity(640 + self.sd.len() * 46);
        out.extend_from_slice(b"{\"_sd\":[");
        for (i, digest) in self.sd.iter().enumerate() {
            out.extend_from_slice(if i == 0 { b"\"" } else { b",\"" });
            out.extend_from_slice(digest.as_str().as_bytes());
            out.push(b'"');
        }
        out.extend_from_slice(b"],\"at\":\"");
        write_at(self.at, &mut out)?;
        out.extend_from_slice(b"\",\"cause\":\"");
        write_uuid(self.cause, &mut out);
        out.extend_from_slice(b"\",\"corr\":\"");
        write_uuid(self.corr, &mut out);
        out.extend_from_slice(b"\",\"grp\":[");
        for (i, (g, n)) in self.grp.iter().enumerate() {
            out.extend_from_slice(if i == 0 { b"[" } else { b",[" });
            write_integer(i64::from(*g), &mut out)?;
            out.push(b',');
            write_integer(i64::from(*n), &mut out)?;
            out.push(b']');
        }
        out.extend_from_slice(b"],\"log\":");
        write_string(&self.log, &mut out)?;
        out.extend_from_slice(b",\"nonce\":\"");
        out.extend_from_slice(b64u(&self.nonce).as_bytes());
        out.extend_from_slice(b"\",\"prev\":\"");
        out.extend_from_slice(DigestText::new(&self.prev).as_str().as_bytes());
        out.extend_from_slice(b"\",\"ret\":\"");
        out.extend_from_slice(self.ret.as_bytes());
        out.extend_from_slice(b"\",\"seq\":");
        write_integer(i64::try_from(self.seq).map_err(|_| HeaderError::Field("seq"))?, &mut out)?;
        out.extend_from_slice(b",\"stream\":\"");
        write_uuid(self.stream, &mut out);
        out.extend_from_slice(b"\",\"suite\":1,\"type\":\"");
        out.extend_from_slice(self.wire.as_bytes());
        out.extend_from_slice(b"\",\"v\":1}");
        if out.len() > MAX_HEADER {
            return Err(HeaderError::TooLong);
        }
        Ok(out)
    }

    /// Number of `_sd` entries group `g` owns, if the event has that group.
    pub fn entries(&self, g: u8) -> Option<u16> {
        self.grp.iter().find(|(h, _)| *h == g).map(|(_, n)| *n)
    }

    /// Rule B0 beyond the shapes that the types already hold.
    fn check(&self) -> Result<(), HeaderError> {
        let sorted = self.sd.is_sorted_by(|a, b| a < b);
        if !sorted || self.sd.len() > MAX_SD {
            return Err(HeaderError::Sd);
        }
        let ascending = self.grp.is_sorted_by(|a, b| a.0 < b.0) && self.grp.first().is_some_and(|first| first.0 == 0);
        let counts = self.grp.iter().all(|(g, n)| *n >= 1 && (*g == 0 || n.is_multiple_of(4)));
        let sum: usize = self.grp.iter().map(|(_, n)| usize::from(*n)).sum();
        if !ascending || !counts || sum != self.sd.len() {
            return Err(HeaderError::Grp);
        }
        if self.log.is_empty() {
            return Err(HeaderError::Field("log"));
        }
        if self.seq > MAX_INTEGER as u64 {
            return Err(HeaderError::Field("seq"));
        }
        if !is_wire_name(&self.wire) {
            return Err(HeaderError::Field("type"));
        }
        let ret = self.ret.as_bytes();
        if !(1..=8).contains(&ret.len()) || !ret.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()) {
            return Err(HeaderError::Field("ret"));
        }
        Ok(())
    }
}

/// Wire names: `[a-z_]+(\.[a-z_]+)+\.v[1-9][0-9]*`.
pub fn is_wire_name(text: &str) -> bool {
    let Some((name, version)) = text.rsplit_once(".v") else { return false };
    let digits = !version.starts_with('0') && !version.is_empty() && version.bytes().all(|b| b.is_ascii_digit());
    let word = |w: &str| !w.is_empty() && w.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    digits && name.contains('.') && name.split('.').all(word)
}

fn write_uuid(id: Uuid, out: &mut Vec<u8>) {
    let mut buffer = Uuid::encode_buffer();
    out.extend_from_slice(id.hyphenated().encode_lower(&mut buffer).as_bytes());
}

/// `2026-11-22T10:30:24.123456Z`: 27 characters, years 0000-9999.
fn write_at(at: Timestamp, out: &mut Vec<u8>) -> Result<(), HeaderError> {
    let t = Offset::UTC.to_datetime(at);
    let micros = t.subsec_nanosecond() / 1000;
    if t.subsec_nanosecond() % 1000 != 0 || t.year() < 0 {
        return Err(HeaderError::Field("at"));
    }
    let year = i32::from(t.year());
    for (value, width, after) in [
        (year, 4, b'-'),
        (i32::from(t.month()), 2, b'-'),
        (i32::from(t.day()), 2, b'T'),
        (i32::from(t.hour()), 2, b':'),
        (i32::from(t.minute()), 2, b':'),
        (i32::from(t.second()), 2, b'.'),
        (micros, 6, b'Z'),
    ] {
        let mut unit = 10_i32.pow(width - 1);
        while unit > 0 {
            out.push(b'0' + (value / unit % 10) as u8);
            unit /= 10;
        }
        out.push(after);
    }
    Ok(())
}

/// The header's form of a moment, cut to whole microseconds.
pub fn whole_micros(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}

#[cfg(test)]
mod tests;
