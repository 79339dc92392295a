//! Sealing: an event's payload is cut into groups, committed to and encrypted; out comes what an engine stores.
//!
//! Built outside every lock. It does not append, and it asks for no clock.

use super::{Draw, Randomness, SystemRandom, Vault, VaultError};
use crate::kernel::event::{Class, EventSpec};
use crate::kernel::{Pointer, Registry};
use crate::ledger::disclosure::{DisclosureError, Scratch, check_disjoint, check_pointer};
use crate::ledger::group::{Alg, Group, GroupError, Kek, Place, seal as seal_group, store_open, write_plaintext};
use crate::ledger::hash::{DigestText, b64u, event_hash};
use crate::ledger::header::{Header, HeaderError, whole_micros};
use crate::ledger::port::{Hash, KekUse, Prepared, StoredGroup};
use jiff::Timestamp;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;
use zeroize::Zeroizing;

/// Subject role of the reserved, sealed `/_grund`.
const GRUND_ROLE: &str = "verfahren";
/// Reserved pointers of group 0.
const RESERVED: [&str; 6] = ["/_akteur", "/_fuer", "/_zweite", "/_policy", "/_req", "/_heads_tag"];

/// Why an event cannot be sealed. Names fields, never values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    #[error("event type {0} is not registered")]
    Unregistered(String),
    #[error("{wire} has no registered pointer {pointer}")]
    Pointer { wire: String, pointer: String },
    #[error("{wire}: {key} must be an object")]
    Shape { wire: String, key: String },
    #[error("reserved pointer {0} is not allowed here or missing")]
    Reserved(String),
    #[error("{pointer}: {error}")]
    Value { pointer: String, error: DisclosureError },
    #[error(transparent)]
    Header(#[from] HeaderError),
    #[error(transparent)]
    Group(#[from] GroupError),
    #[error(transparent)]
    Vault(#[from] VaultError),
}

/// Where a field that the pinned definition cuts belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cut {
    /// `oeffentlich`, `intern`: group 0.
    Open,
    /// `personenbezogen`, `besonders`: sealed for this subject role.
    Sealed(String),
}

/// One event to be sealed.
#[derive(Clone, Copy)]
pub struct SealInput<'a> {
    pub registry: &'a Registry,
    pub vault: &'a Vault,
    /// Origin of the epoch.
    pub log: &'a str,
    pub stream: Uuid,
    pub seq: u64,
    /// Event hash of (stream, seq - 1); zeros at seq 0.
    pub prev: Hash,
    pub wire: &'a str,
    /// The event's `data` object.
    pub data: &'a Map<String, Value>,
    /// `/_akteur` always; `/_fuer`, `/_zweite`, `/_policy`, `/_req`, `/_grund` where they apply.
    /// `/_heads_tag` is added at seq 0.
    pub reserved: &'a BTreeMap<Pointer, Value>,
    /// Cut to whole microseconds.
    pub at: Timestamp,
    pub cause: Uuid,
    /// The procedure; the own stream where there is none.
    pub corr: Uuid,
    /// Class of a `ByDefinition` field id; `None` refuses the event.
    pub cut: &'a dyn Fn(&str) -> Option<Cut>,
}

/// Seals with the randomness of the operating system.
pub fn seal(input: &SealInput<'_>) -> Result<(Prepared, Vec<KekUse>), SealError> {
    seal_with(input, &mut SystemRandom::new())
}

/// Seals with a given source of randomness (the worked example).
pub fn seal_with(input: &SealInput<'_>, random: &mut dyn Randomness) -> Result<(Prepared, Vec<KekUse>), SealError> {
    let spec = input.registry.get(input.wire).ok_or_else(|| SealError::Unregistered(input.wire.to_owned()))?;
    let tag;
    let mut plan = Plan::default();
    for (pointer, value) in input.reserved {
        plan.add_reserved(pointer, value)?;
    }
    if !input.reserved.contains_key("/_akteur") {
        return Err(SealError::Reserved("/_akteur".to_owned()));
    }
    if input.seq == 0 && !input.reserved.contains_key("/_heads_tag") {
        tag = Value::String(b64u(&input.vault.keys().heads_tag(input.stream)));
        plan.open.push((Cow::Borrowed("/_heads_tag"), &tag));
    }
    plan.add_fields(spec, input)?;
    if let Some(grund) = input.reserved.get("/_grund") {
        plan.add(Cut::Sealed(GRUND_ROLE.to_owned()), Cow::Borrowed("/_grund"), grund)?;
    }
    let mut uses = Vec::new();
    let mut sealed = Vec::with_capacity(plan.sealed.len());
    for (role, entries) in plan.sealed {
        let assigned = input.vault.kek_for(&role, input.corr)?;
        uses.extend(assigned.use_row);
        sealed.push((assigned.kek, entries));
    }
    let frame = Frame {
        log: input.log,
        stream: input.stream,
        seq: input.seq,
        prev: input.prev,
        wire: input.wire,
        at: whole_micros(input.at),
        cause: input.cause,
        corr: input.corr,
        ret: spec.ret,
        alg: Alg::AesGcmSiv,
    };
    Ok((frame.build(plan.open, sealed, random)?, uses))
}

/// Seals an opened group anew under another key: secret and values stay, so no digest changes.
pub fn reseal(group: &Group, place: &Place<'_>, kek: &Kek) -> Result<StoredGroup, SealError> {
    let mut nonce = [0; 24];
    SystemRandom::new().draw(Draw::Seal(group.g), &mut nonce)?;
    Ok(seal_group(Alg::AesGcmSiv, kek, place, group.g, &nonce, group.plaintext())?)
}

/// A pointer and its value.
type Entry<'a> = (Cow<'a, str>, &'a Value);

/// Payload cut into groups, sealed ones in the order of first mention.
#[derive(Default)]
struct Plan<'a> {
    open: Vec<Entry<'a>>,
    sealed: Vec<(Cow<'static, str>, Vec<Entry<'a>>)>,
}

impl<'a> Plan<'a> {
    fn add_reserved(&mut self, pointer: &'a str, value: &'a Value) -> Result<(), SealError> {
        if pointer == "/_grund" {
            return Ok(());
        }
        if !RESERVED.contains(&pointer) {
            return Err(SealError::Reserved(pointer.to_owned()));
        }
        self.open.push((Cow::Borrowed(pointer), value));
        Ok(())
    }

    fn add_fields(&mut self, spec: &EventSpec, input: &SealInput<'a>) -> Result<(), SealError> {
        let mut seen = 0;
        for (key, class) in spec.fields {
            let Some(value) = input.data.get(*key) else { continue };
            seen += 1;
            match class {
                Class::Open | Class::Sealed(_) if value.is_null() => {}
                Class::Open => self.open.push((Cow::Owned(format!("/{key}")), value)),
                Class::Sealed(role) => self.group(Cow::Borrowed(role)).push((Cow::Owned(format!("/{key}")), value)),
                Class::OpenEach | Class::ByDefinition => {
                    let Value::Object(inner) = value else {
                        return Err(SealError::Shape { wire: input.wire.to_owned(), key: (*key).to_owned() });
                    };
                    for (id, value) in inner {
                        let pointer = format!("/{key}/{id}");
                        let cut = if *class == Class::OpenEach { Some(Cut::Open) } else { (input.cut)(id) };
                        let Some(cut) = cut else {
                            return Err(SealError::Pointer { wire: input.wire.to_owned(), pointer });
                        };
                        self.add(cut, Cow::Owned(pointer), value)?;
                    }
                }
            }
        }
        if seen < input.data.len() {
            let known = |key: &str| spec.fields.iter().any(|(k, _)| *k == key);
            let pointer = input.data.keys().find(|key| !known(key)).map_or_else(String::new, |key| format!("/{key}"));
            return Err(SealError::Pointer { wire: input.wire.to_owned(), pointer });
        }
        Ok(())
    }

    fn add(&mut self, cut: Cut, pointer: Cow<'a, str>, value: &'a Value) -> Result<(), SealError> {
        check_pointer(&pointer).map_err(|error| SealError::Value { pointer: pointer.to_string(), error })?;
        match cut {
            Cut::Open => self.open.push((pointer, value)),
            Cut::Sealed(role) => self.group(Cow::Owned(role)).push((pointer, value)),
        }
        Ok(())
    }

    fn group(&mut self, role: Cow<'static, str>) -> &mut Vec<Entry<'a>> {
        let at = self.sealed.iter().position(|(r, _)| *r == role).unwrap_or_else(|| {
            self.sealed.push((role, Vec::new()));
            self.sealed.len() - 1
        });
        &mut self.sealed[at].1
    }
}

/// What goes into the header besides the groups.
pub(super) struct Frame<'a> {
    pub log: &'a str,
    pub stream: Uuid,
    pub seq: u64,
    pub prev: Hash,
    pub wire: &'a str,
    pub at: Timestamp,
    pub cause: Uuid,
    pub corr: Uuid,
    pub ret: &'a str,
    pub alg: Alg,
}

impl Frame<'_> {
    /// Commits to the groups, seals them and writes the header; sealed groups are numbered from 1.
    pub(super) fn build(
        &self,
        open: Vec<Entry<'_>>,
        sealed: Vec<(Arc<Kek>, Vec<Entry<'_>>)>,
        random: &mut dyn Randomness,
    ) -> Result<Prepared, SealError> {
        let all = open.iter().chain(sealed.iter().flat_map(|(_, entries)| entries));
        let mut pointers: Vec<&str> = all.map(|(pointer, _)| pointer.as_ref()).collect();
        check_disjoint(&mut pointers).map_err(GroupError::Disclosure)?;

        let place = Place { log: self.log, stream: self.stream, seq: self.seq };
        let (mut sd, mut grp) = (Vec::with_capacity(pointers.len() + 8), Vec::with_capacity(sealed.len() + 1));
        let mut groups = Vec::with_capacity(sealed.len() + 1);
        let mut scratch = Scratch::default();
        let mut nonce = [0; 16];
        random.draw(Draw::Header, &mut nonce)?;
        let plain = commit(0, &open, &mut sd, &mut grp, &mut scratch, random)?;
        groups.push(store_open(&plain));
        for (i, (kek, entries)) in sealed.iter().enumerate() {
            let g = u8::try_from(i + 1).map_err(|_| HeaderError::Grp)?;
            let plain = commit(g, entries, &mut sd, &mut grp, &mut scratch, random)?;
            let mut nonce = [0; 24];
            random.draw(Draw::Seal(g), &mut nonce)?;
            groups.push(seal_group(self.alg, kek, &place, g, &nonce, &plain)?);
        }
        sd.sort_unstable();
        let header = Header {
            log: self.log.to_owned(),
            stream: self.stream,
            seq: self.seq,
            wire: self.wire.to_owned(),
            at: self.at,
            prev: self.prev,
            nonce,
            cause: self.cause,
            corr: self.corr,
            ret: self.ret.to_owned(),
            grp,
            sd,
        };
        let header = header.to_bytes()?;
        Ok(Prepared { seq: self.seq, event_hash: event_hash(&header), header, groups })
    }
}

/// Draws the group's secret, writes its plaintext and adds its digests and count.
fn commit(
    g: u8,
    entries: &[Entry<'_>],
    sd: &mut Vec<DigestText>,
    grp: &mut Vec<(u8, u16)>,
    scratch: &mut Scratch,
    random: &mut dyn Randomness,
) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let mut secret = Zeroizing::new([0; 32]);
    random.draw(Draw::Secret(g), &mut *secret)?;
    let mut borrowed: Vec<(&str, &Value)> = entries.iter().map(|(p, v)| (p.as_ref(), *v)).collect();
    let before = sd.len();
    let plain = write_plaintext(g, &secret, &mut borrowed, sd, scratch)
        .map_err(|(pointer, error)| SealError::Value { pointer, error })?;
    grp.push((g, u16::try_from(sd.len() - before).map_err(|_| HeaderError::Sd)?));
    Ok(plain)
}
