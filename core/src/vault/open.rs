//! Opening: stored bytes become an event that can be folded, with what is erased or locked left out.
//!
//! [`open`] trusts storage; [`open_verified`] also recomputes every digest (rule B5).

use super::{Vault, VaultError};
use crate::kernel::WireEvent;
use crate::kernel::event::{Class, Registry};
use crate::ledger::disclosure::DisclosureError;
use crate::ledger::group::{Group, GroupError, Place, open as open_group};
use crate::ledger::hash::event_hash;
use crate::ledger::header::{Header, HeaderError};
use crate::ledger::port::{Hash, Stored};
use jiff::Timestamp;
use serde::de::value::StrDeserializer;
use serde::de::{DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, Visitor};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::LazyLock;
use uuid::Uuid;

static REGISTRY: LazyLock<Registry> = LazyLock::new(crate::registry);

/// Why a stored event cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    #[error("event {index}: {error}")]
    Header { index: u64, error: HeaderError },
    #[error("event {index}, group {g}: {error}")]
    Group { index: u64, g: u8, error: GroupError },
    #[error("event {index}: {reason}")]
    Rule { index: u64, reason: &'static str },
    #[error(transparent)]
    Vault(#[from] VaultError),
}

/// An opened event does not have the shape its type promises.
#[derive(Debug, thiserror::Error)]
#[error("event {index} ({wire}) does not decode: {error}")]
pub struct DecodeError {
    pub index: u64,
    pub wire: String,
    pub error: serde_json::Error,
}

/// One event, opened.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    pub index: u64,
    pub stream: Uuid,
    pub seq: u64,
    pub wire: String,
    pub at: Timestamp,
    pub event_hash: Hash,
    pub prev: Hash,
    pub cause: Uuid,
    pub corr: Uuid,
    pub ret: String,
    /// `/_akteur`: a subject id, `process` or `system`; empty where group 0 is erased.
    pub actor: String,
    /// `/_fuer`: on behalf of.
    pub fuer: Option<String>,
    /// Payload, nested again; keys cut one level deeper are always there, at least as `{}`.
    pub data: Map<String, Value>,
    /// Reserved pointers (`/_req`, `/_grund` …).
    pub reserved: BTreeMap<String, Value>,
    /// Groups whose payload or key is gone.
    pub missing: Vec<u8>,
    /// Groups that are there but for which no vault was given.
    pub locked: Vec<u8>,
}

/// Opens an event, trusting storage. Without a vault, sealed groups stay locked.
pub fn open(stored: &Stored, vault: Option<&Vault>) -> Result<Recorded, OpenError> {
    let header = read_header(stored)?;
    let mut parts = Parts::default();
    parts.read(stored, &header, vault, |_| Ok(()))?;
    Ok(parts.join(stored, header))
}

/// Opens an event and proves its payload against the header (rule B5): every present group reproduces
/// exactly its entries of `_sd`, and what is left over is what the absent groups own.
pub fn open_verified(stored: &Stored, vault: Option<&Vault>) -> Result<Recorded, OpenError> {
    let header = read_header(stored)?;
    let broken = |reason| OpenError::Rule { index: stored.index, reason };
    if event_hash(&stored.header) != stored.event_hash {
        return Err(broken("the stored event hash is not the hash of the header"));
    }
    let mut taken = vec![false; header.sd.len()];
    let mut pointers: Vec<String> = Vec::new();
    let mut parts = Parts::default();
    parts.read(stored, &header, vault, |group| {
        let disclosure = |e: DisclosureError| group_error(stored, group.g, e.into());
        let digests = group.digests().map_err(disclosure)?;
        if header.entries(group.g).map(usize::from) != Some(digests.len()) {
            return Err(broken("B5: a group has fewer or more values than the header commits to"));
        }
        for digest in &digests {
            match header.sd.binary_search(digest) {
                Ok(at) if !taken[at] => taken[at] = true,
                _ => return Err(broken("B5: a value does not match its digest")),
            }
        }
        pointers.extend(group.values().map(|(p, _, _)| p.to_owned()));
        Ok(())
    })?;
    let mut pointers: Vec<&str> = pointers.iter().map(String::as_str).collect();
    crate::ledger::disclosure::check_disjoint(&mut pointers)
        .map_err(|_| broken("pointers overlap across the groups of the event"))?;
    Ok(parts.join(stored, header))
}

fn read_header(stored: &Stored) -> Result<Header, OpenError> {
    let index = stored.index;
    let header = Header::parse(&stored.header).map_err(|error| OpenError::Header { index, error })?;
    if header.stream != stored.stream || header.seq != stored.seq {
        return Err(OpenError::Rule { index, reason: "the header belongs to another place" });
    }
    Ok(header)
}

fn group_error(stored: &Stored, g: u8, error: GroupError) -> OpenError {
    OpenError::Group { index: stored.index, g, error }
}

#[derive(Default)]
struct Parts {
    data: Map<String, Value>,
    reserved: BTreeMap<String, Value>,
    missing: Vec<u8>,
    locked: Vec<u8>,
}

impl Parts {
    fn read(
        &mut self,
        stored: &Stored,
        header: &Header,
        vault: Option<&Vault>,
        mut check: impl FnMut(&Group) -> Result<(), OpenError>,
    ) -> Result<(), OpenError> {
        let place = Place { log: &header.log, stream: header.stream, seq: header.seq };
        let mut rows = stored.groups.iter().peekable();
        for (g, _) in &header.grp {
            let Some(row) = rows.next_if(|row| row.g == *g) else {
                self.missing.push(*g);
                continue;
            };
            let kek = match (row.kek_id, vault) {
                (None, _) => None,
                (Some(_), None) => {
                    self.locked.push(*g);
                    continue;
                }
                (Some(id), Some(vault)) => match vault.kek(id)? {
                    Some(kek) => Some(kek),
                    None => {
                        self.missing.push(*g);
                        continue;
                    }
                },
            };
            let group = open_group(row, &place, kek.as_deref()).map_err(|error| group_error(stored, *g, error))?;
            check(&group)?;
            group.into_values().for_each(|(pointer, value)| self.put(pointer, value));
        }
        match rows.next() {
            None => Ok(()),
            Some(_) => Err(OpenError::Rule { index: stored.index, reason: "a stored group is not in the header" }),
        }
    }

    fn put(&mut self, pointer: String, value: Value) {
        if pointer.starts_with("/_") {
            self.reserved.insert(pointer, value);
            return;
        }
        let mut map = &mut self.data;
        let mut rest = &pointer[1..];
        while let Some((key, inner)) = rest.split_once('/') {
            let slot = map.entry(key).or_insert_with(|| Value::Object(Map::new()));
            if !slot.is_object() {
                *slot = Value::Object(Map::new());
            }
            let Value::Object(next) = slot else { return };
            map = next;
            rest = inner;
        }
        map.insert(rest.to_owned(), value);
    }

    fn join(mut self, stored: &Stored, header: Header) -> Recorded {
        if let Some(spec) = REGISTRY.get(&header.wire) {
            for (key, class) in spec.fields {
                if matches!(class, Class::OpenEach | Class::ByDefinition) && !self.data.contains_key(*key) {
                    self.data.insert((*key).to_owned(), Value::Object(Map::new()));
                }
            }
        }
        let text = |pointer: &str| self.reserved.get(pointer).and_then(Value::as_str).map(str::to_owned);
        Recorded {
            index: stored.index,
            stream: header.stream,
            seq: header.seq,
            at: header.at,
            event_hash: stored.event_hash,
            prev: header.prev,
            cause: header.cause,
            corr: header.corr,
            actor: text("/_akteur").unwrap_or_default(),
            fuer: text("/_fuer"),
            wire: header.wire,
            ret: header.ret,
            data: self.data,
            reserved: self.reserved,
            missing: self.missing,
            locked: self.locked,
        }
    }
}

impl Recorded {
    /// The room's own event; fails where the type belongs to another room.
    pub fn decode<E: WireEvent>(&self) -> Result<E, DecodeError> {
        let tagged = Tagged { wire: &self.wire, data: &self.data };
        E::deserialize(tagged).map_err(|error| DecodeError { index: self.index, wire: self.wire.clone(), error })
    }
}

/// `{"type": wire, "data": data}` without building it.
struct Tagged<'a> {
    wire: &'a str,
    data: &'a Map<String, Value>,
}

impl<'de> Deserializer<'de> for Tagged<'de> {
    type Error = serde_json::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_map(TaggedFields { tagged: self, given: 0 })
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

struct TaggedFields<'de> {
    tagged: Tagged<'de>,
    given: u8,
}

impl<'de> MapAccess<'de> for TaggedFields<'de> {
    type Error = serde_json::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Self::Error> {
        let key: StrDeserializer<'de, serde_json::Error> = match self.given {
            0 => "type".into_deserializer(),
            1 => "data".into_deserializer(),
            _ => return Ok(None),
        };
        self.given += 1;
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Self::Error> {
        if self.given == 1 {
            let wire: StrDeserializer<'de, serde_json::Error> = self.tagged.wire.into_deserializer();
            seed.deserialize(wire)
        } else {
            seed.deserialize(self.tagged.data)
        }
    }
}
