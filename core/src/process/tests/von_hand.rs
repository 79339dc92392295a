//! The rules of a receipt, recomputed by hand from `LEDGER.md`: shares no code with what makes them but the hash.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ed25519_dalek::{Signature, VerifyingKey};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

type Hash = [u8; 32];

fn sha(parts: &[&[u8]]) -> Hash {
    Sha256::digest(parts.concat()).into()
}

/// Root that an audit path leads to (RFC 6962 §2.1.1), by the recursive definition.
fn root(leaf: Hash, index: u64, size: u64, path: &[Hash]) -> Option<Hash> {
    if size == 1 {
        return path.is_empty().then_some(leaf);
    }
    let (last, rest) = path.split_last()?;
    let split = 1 << (63 - (size - 1).leading_zeros());
    Some(match index < split {
        true => sha(&[&[1], &root(leaf, index, split, rest)?, last]),
        false => sha(&[&[1], last, &root(leaf, index - split, size - split, rest)?]),
    })
}

/// Checks a signed checkpoint of the only trusted key; origin, size and root.
fn checkpoint(note: &str, key: &VerifyingKey) -> Result<(String, u64, Hash), &'static str> {
    let (text, signature) = note.split_once("\n\n").ok_or("note")?;
    let bytes = STANDARD.decode(signature.trim_end().rsplit(' ').next().ok_or("line")?).map_err(|_| "base64")?;
    let signature = Signature::from_slice(&bytes[4..]).map_err(|_| "signature")?;
    key.verify_strict(format!("{text}\n").as_bytes(), &signature).map_err(|_| "signature")?;
    let lines: Vec<&str> = text.split('\n').collect();
    let root = STANDARD.decode(lines[2]).map_err(|_| "root")?.try_into().map_err(|_| "root")?;
    Ok((lines[0].into(), lines[1].parse().map_err(|_| "size")?, root))
}

/// What one event says and proves: header and disclosed values.
pub type Says = (Value, BTreeMap<String, Value>);

/// One event: every disclosure is in the header's `_sd`, no pointer twice (B5), and the leaf (B2).
fn event(header: &str, disclosures: &Value) -> Result<(Says, Hash), &'static str> {
    let bytes = URL_SAFE_NO_PAD.decode(header).map_err(|_| "header")?;
    let says: Value = serde_json::from_slice(&bytes).map_err(|_| "header")?;
    let sd = says["_sd"].as_array().ok_or("_sd")?;
    let mut values = BTreeMap::new();
    for text in disclosures.as_array().ok_or("disclosures")? {
        let text = text.as_str().ok_or("disclosure")?;
        if !sd.contains(&URL_SAFE_NO_PAD.encode(sha(&[text.as_bytes()])).into()) {
            return Err("B5: not in _sd");
        }
        let parts: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).map_err(|_| "disclosure")?)
            .map_err(|_| "disclosure")?;
        if values.insert(parts[1].as_str().ok_or("pointer")?.to_owned(), parts[2].clone()).is_some() {
            return Err("B5: twice");
        }
    }
    let event_hash = sha(&[b"aktenkette/event/v1\n", &bytes]);
    Ok(((says, values), sha(&[&[0], &[1], &event_hash])))
}

/// A `.tlog-proof`.
pub fn receipt(text: &str, key: &VerifyingKey) -> Result<Says, &'static str> {
    let (head, note) = text.split_once("\n\n").ok_or("no note")?;
    let lines: Vec<&str> = head.split('\n').collect();
    if lines[0] != "c2sp.org/tlog-proof@v1" {
        return Err("first line");
    }
    let extra = STANDARD.decode(lines[1].strip_prefix("extra ").ok_or("extra")?).map_err(|_| "extra")?;
    let extra: Value = serde_json::from_slice(&extra).map_err(|_| "extra")?;
    let index: u64 = lines[2].strip_prefix("index ").ok_or("index")?.parse().map_err(|_| "index")?;
    let path = lines[3..].iter().map(|l| STANDARD.decode(l).ok()?.try_into().ok());
    let path: Vec<Hash> = path.collect::<Option<_>>().ok_or("path")?;
    let (says, leaf) = event(extra["header"].as_str().ok_or("header")?, &extra["disclosures"])?;
    proven(&says, leaf, index, &path, &checkpoint(note, key)?)?;
    Ok(says)
}

fn proven(says: &Says, leaf: Hash, index: u64, path: &[Hash], c: &(String, u64, Hash)) -> Result<(), &'static str> {
    if says.0["log"] != *c.0 {
        return Err("B8: another log");
    }
    let there = index < c.1 && root(leaf, index, c.1, path) == Some(c.2);
    if there { Ok(()) } else { Err("B2: not in the log") }
}

/// A promise: nothing but itself to lean on.
pub fn promise(bytes: &[u8]) -> Result<Says, &'static str> {
    let v: Value = serde_json::from_slice(bytes).map_err(|_| "json")?;
    let ((header, values), _) = event(v["header"].as_str().ok_or("header")?, &v["disclosures"])?;
    let bytes = URL_SAFE_NO_PAD.decode(v["header"].as_str().ok_or("header")?).map_err(|_| "header")?;
    let hash = URL_SAFE_NO_PAD.encode(sha(&[b"aktenkette/event/v1\n", &bytes]));
    let right = v["form"] == "aktenkette-zusage/v1" && v["event_hash"] == *hash && v["at"] == header["at"];
    if right && v["index"].is_u64() { Ok((header, values)) } else { Err("promise") }
}

/// A file of public records.
pub fn records(text: &str, key: &VerifyingKey) -> Result<Vec<Says>, &'static str> {
    let v: Value = serde_json::from_str(text).map_err(|_| "json")?;
    let c = checkpoint(v["checkpoint"].as_str().ok_or("checkpoint")?, key)?;
    let record = |r: &Value| {
        let (says, leaf) = event(r["header"].as_str().ok_or("header")?, &r["disclosures"])?;
        let path = r["proof"].as_array().ok_or("proof")?.iter();
        let path = path.map(|h| STANDARD.decode(h.as_str()?).ok()?.try_into().ok());
        let path: Vec<Hash> = path.collect::<Option<_>>().ok_or("path")?;
        proven(&says, leaf, r["index"].as_u64().ok_or("index")?, &path, &c)?;
        Ok(says)
    };
    v["records"].as_array().ok_or("records")?.iter().map(record).collect()
}
