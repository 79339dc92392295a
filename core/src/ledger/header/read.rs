//! Reading header bytes: a fast path for canonical bytes, a general one for any accepted JSON text.
//!
//! Both give the same header for the same bytes; limits and sums are checked by the caller.

use super::{Header, HeaderError};
use crate::ledger::hash::{DigestText, SUITE, from_b64u};
use crate::ledger::json::{Cursor, JsonError, parse_strict};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use serde_json::{Map, Value};
use uuid::Uuid;

/// Reads bytes in canonical form; `None` where they are anything else, however slightly.
pub(super) fn canonical(bytes: &[u8]) -> Option<Header> {
    fast(bytes).ok().flatten()
}

fn fast(bytes: &[u8]) -> Result<Option<Header>, JsonError> {
    let mut c = Cursor::new(bytes)?;
    c.expect("{\"_sd\":[")?;
    let mut sd = Vec::with_capacity(16);
    loop {
        let Some(digest) = DigestText::parse(c.plain()?) else { return Ok(None) };
        sd.push(digest);
        if !c.take(",") {
            break;
        }
    }
    c.expect("],\"at\":")?;
    let at = time(c.plain()?);
    c.expect(",\"cause\":")?;
    let cause = uuid(c.plain()?);
    c.expect(",\"corr\":")?;
    let corr = uuid(c.plain()?);
    c.expect(",\"grp\":[")?;
    let mut grp = Vec::with_capacity(4);
    loop {
        c.expect("[")?;
        let g = u8::try_from(c.integer()?);
        c.expect(",")?;
        let n = u16::try_from(c.integer()?);
        c.expect("]")?;
        let (Ok(g), Ok(n)) = (g, n) else { return Ok(None) };
        grp.push((g, n));
        if !c.take(",") {
            break;
        }
    }
    c.expect("],\"log\":")?;
    let log = c.plain()?;
    c.expect(",\"nonce\":")?;
    let nonce = from_b64u(c.plain()?);
    c.expect(",\"prev\":")?;
    let prev = from_b64u(c.plain()?);
    c.expect(",\"ret\":")?;
    let ret = c.plain()?;
    c.expect(",\"seq\":")?;
    let seq = u64::try_from(c.integer()?);
    c.expect(",\"stream\":")?;
    let stream = uuid(c.plain()?);
    c.expect(",\"suite\":1,\"type\":")?;
    let wire = c.plain()?;
    c.expect(",\"v\":1}")?;
    c.end()?;
    let (Some(at), Some(cause), Some(corr), Some(nonce), Some(prev), Ok(seq), Some(stream)) =
        (at, cause, corr, nonce, prev, seq, stream)
    else {
        return Ok(None);
    };
    let (log, ret, wire) = (log.to_owned(), ret.to_owned(), wire.to_owned());
    Ok(Some(Header { log, stream, seq, wire, at, prev, nonce, cause, corr, ret, grp, sd }))
}

const FIELDS: usize = 14;

/// Reads any text of the JSON profile with exactly the fields of a header.
pub(super) fn general(bytes: &[u8]) -> Result<Header, HeaderError> {
    let Value::Object(map) = parse_strict(bytes)? else { return Err(HeaderError::Field("object")) };
    let get = |name: &'static str| map.get(name).ok_or(HeaderError::Field(name));
    match (get("v")?.as_u64(), get("suite")?.as_u64()) {
        (Some(1), Some(suite)) if suite == u64::from(SUITE) => {}
        // Of a later format: not wrong, but nothing this program can judge.
        (Some(_), Some(_)) => return Err(HeaderError::Suite),
        (None, _) => return Err(HeaderError::Field("v")),
        (_, None) => return Err(HeaderError::Field("suite")),
    }
    let header = Header {
        log: text(&map, "log")?.to_owned(),
        stream: field(&map, "stream", uuid)?,
        seq: get("seq")?.as_u64().ok_or(HeaderError::Field("seq"))?,
        wire: text(&map, "type")?.to_owned(),
        at: field(&map, "at", time)?,
        prev: field(&map, "prev", from_b64u)?,
        nonce: field(&map, "nonce", from_b64u)?,
        cause: field(&map, "cause", uuid)?,
        corr: field(&map, "corr", uuid)?,
        ret: text(&map, "ret")?.to_owned(),
        grp: groups(get("grp")?).ok_or(HeaderError::Grp)?,
        sd: digests(get("_sd")?).ok_or(HeaderError::Field("_sd"))?,
    };
    if map.len() == FIELDS { Ok(header) } else { Err(HeaderError::Field("unknown")) }
}

fn text<'a>(map: &'a Map<String, Value>, name: &'static str) -> Result<&'a str, HeaderError> {
    map.get(name).and_then(Value::as_str).ok_or(HeaderError::Field(name))
}

fn field<T>(map: &Map<String, Value>, name: &'static str, read: impl Fn(&str) -> Option<T>) -> Result<T, HeaderError> {
    read(text(map, name)?).ok_or(HeaderError::Field(name))
}

fn groups(value: &Value) -> Option<Vec<(u8, u16)>> {
    let pair = |v: &Value| match v.as_array()?.as_slice() {
        [g, n] => Some((u8::try_from(g.as_u64()?).ok()?, u16::try_from(n.as_u64()?).ok()?)),
        _ => None,
    };
    value.as_array()?.iter().map(pair).collect()
}

fn digests(value: &Value) -> Option<Vec<DigestText>> {
    value.as_array()?.iter().map(|v| DigestText::parse(v.as_str()?)).collect()
}

/// Lower-case hyphenated form only.
fn uuid(text: &str) -> Option<Uuid> {
    let plain = text.len() == 36 && !text.bytes().any(|b| b.is_ascii_uppercase());
    if plain { Uuid::try_parse(text).ok() } else { None }
}

/// `2026-11-22T10:30:24.123456Z` and no other form.
fn time(text: &str) -> Option<Timestamp> {
    let bytes: &[u8; 27] = text.as_bytes().try_into().ok()?;
    let shape = b"0000-00-00T00:00:00.000000Z";
    let right = bytes.iter().zip(shape).all(|(b, s)| if *s == b'0' { b.is_ascii_digit() } else { b == s });
    if !right {
        return None;
    }
    let n = |from: usize, to: usize| bytes[from..to].iter().fold(0i32, |n, b| n * 10 + i32::from(b - b'0'));
    let small = |from: usize| i8::try_from(n(from, from + 2)).ok();
    let year = i16::try_from(n(0, 4)).ok()?;
    let date = DateTime::new(year, small(5)?, small(8)?, small(11)?, small(14)?, small(17)?, n(20, 26) * 1000).ok()?;
    Offset::UTC.to_timestamp(date).ok()
}
