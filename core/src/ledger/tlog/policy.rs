//! `tlog-policy`: which log keys and witnesses a verifier trusts, and how many must have signed.
//!
//! Pinned by whoever verifies; the server never says who it is (CVE-2022-39199).

use super::{TlogError, decimal};
use crate::ledger::note::{COSIGNATURE, Checkpoint, ED25519, Note, NoteError, Vkey};

/// Lines of each kind (the specification asks for at least 32).
const MAX_EACH: usize = 128;
/// Bytes of a policy file.
pub const MAX_POLICY: usize = 1 << 20;

/// A group or witness, by its place in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Member {
    Witness(usize),
    /// At least `k` of the members.
    Group(usize, Vec<usize>),
}

/// A trust policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Log keys this program can check.
    logs: Vec<Vkey>,
    /// Origins with a log key of a type this program cannot check: demanded, so never met.
    unknown_logs: Vec<String>,
    /// `None`: a key of a type this program cannot check; it never counts as having cosigned.
    witnesses: Vec<Option<Vkey>>,
    members: Vec<Member>,
    /// Place in `members`; `None` = `quorum none`.
    quorum: Option<usize>,
}

/// Why a checkpoint is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// A trusted key's signature is wrong, or the note or its text is malformed.
    #[error(transparent)]
    Broken(#[from] NoteError),
    #[error("origin is not the pinned one")]
    Origin,
    /// Nothing is known of the key: unverifiable, never "tampered".
    #[error("not signed by a known log key")]
    UnknownKey,
    #[error("a log key of a type this program cannot check is demanded")]
    UnknownType,
    #[error("too few witnesses have cosigned")]
    Quorum,
}

/// An accepted checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    pub checkpoint: Checkpoint,
    /// Newest time of a known witness' cosignature, Unix seconds.
    pub cosigned: Option<u64>,
}

impl Policy {
    /// Trusts these log keys and asks for no witness.
    pub fn of_log_keys(keys: &[Vkey]) -> Self {
        Self { logs: keys.to_vec(), ..Self::default() }
    }

    /// The trusted log keys.
    pub fn logs(&self) -> &[Vkey] {
        &self.logs
    }

    /// The same demands, with these log keys instead: after rotations.
    pub fn with_log_keys(&self, keys: &[Vkey]) -> Self {
        Self { logs: keys.to_vec(), ..self.clone() }
    }

    /// A policy file for these log keys, with comments.
    pub fn text_for(keys: &[Vkey], url: Option<&str>) -> String {
        let mut out = String::from(
            "# Vertrauensdatei (c2sp.org/tlog-policy) - vergleichen Sie die Schlüssel mit einer zweiten Quelle.\n",
        );
        for key in keys {
            out += &format!("log {key}{}\n", url.map(|u| format!(" {u}")).unwrap_or_default());
        }
        out + "quorum none\n"
    }

    /// Reads a policy file strictly; the error names the line.
    pub fn parse(bytes: &[u8]) -> Result<Self, TlogError> {
        let bad = |line: usize, what| TlogError::Policy { line, what };
        if bytes.len() > MAX_POLICY {
            return Err(bad(0, "longer than 1 MiB"));
        }
        if bytes.iter().any(|b| (*b < 0x20 && !matches!(b, b'\t' | b'\n')) || *b == 0x7f) {
            return Err(bad(0, "contains control characters"));
        }
        let mut reading = Reading::default();
        for (at, line) in bytes.split(|b| *b == b'\n').enumerate() {
            let words: Vec<&[u8]> = line.split(|b| matches!(b, b' ' | b'\t')).filter(|w| !w.is_empty()).collect();
            reading.line(&words).map_err(|what| bad(at + 1, what))?;
        }
        let quorum = reading.quorum.ok_or(bad(0, "no quorum line"))?;
        Ok(Self { quorum, ..reading.policy })
    }

    /// Accepts a signed checkpoint of the pinned origin, or says why not.
    pub fn accept(&self, note: &str, origin: &str) -> Result<Accepted, Refused> {
        let note = Note::parse(note)?;
        let checkpoint = Checkpoint::parse(&note.text)?;
        // A failing known key rejects the note, whatever the note says of itself.
        let known: Vec<Vkey> = self.logs.iter().chain(self.witnesses.iter().flatten()).cloned().collect();
        if let Err(error @ NoteError::Signature { .. }) = note.verify(&known) {
            return Err(error.into());
        }
        if checkpoint.origin != origin {
            return Err(Refused::Origin);
        }
        let logs: Vec<Vkey> = self.logs.iter().filter(|k| k.name == origin).cloned().collect();
        match note.verify(&logs) {
            Ok(_) => {}
            Err(NoteError::Unknown) => return Err(Refused::UnknownKey),
            Err(error) => return Err(error.into()),
        }
        if self.unknown_logs.iter().any(|name| name == origin) {
            return Err(Refused::UnknownType);
        }
        let mut cosigned = None;
        let signed = self.witnesses.iter().map(|key| -> Result<bool, Refused> {
            let Some(key) = key else { return Ok(false) };
            match note.verify(std::slice::from_ref(key)) {
                Err(NoteError::Unknown) => Ok(false),
                Err(error) => Err(error.into()),
                Ok(_) => {
                    let line = note.signatures.iter().find(|s| s.name == key.name && s.id == key.id);
                    let time = line.and_then(|s| s.bytes.first_chunk::<8>()).map(|t| u64::from_be_bytes(*t));
                    cosigned = cosigned.max(time);
                    Ok(true)
                }
            }
        });
        let signed: Vec<bool> = signed.collect::<Result<_, _>>()?;
        match self.quorum {
            Some(member) if !self.met(member, &signed) => Err(Refused::Quorum),
            _ => Ok(Accepted { checkpoint, cosigned }),
        }
    }

    /// A member only names earlier ones, so this ends.
    fn met(&self, member: usize, signed: &[bool]) -> bool {
        match &self.members[member] {
            Member::Witness(witness) => signed[*witness],
            Member::Group(k, members) => members.iter().filter(|m| self.met(**m, signed)).count() >= *k,
        }
    }
}

#[derive(Default)]
struct Reading {
    policy: Policy,
    /// Names are opaque octets.
    names: Vec<Vec<u8>>,
    /// Members named by a group already.
    used: Vec<usize>,
    /// Public keys of log lines and of witness lines: none twice of a kind.
    keys: [Vec<Vec<u8>>; 2],
    quorum: Option<Option<usize>>,
}

impl Reading {
    fn line(&mut self, words: &[&[u8]]) -> Result<(), &'static str> {
        match words {
            [] => Ok(()),
            [first, ..] if first.starts_with(b"#") => Ok(()),
            [b"log", key] | [b"log", key, _] => self.log(key),
            [b"witness", name, key] | [b"witness", name, key, _] => self.witness(name, key),
            [b"group", name, k, members @ ..] => self.group(name, k, members),
            [b"quorum", name] if self.quorum.is_none() => {
                self.quorum = Some(if *name == b"none" { None } else { Some(self.find(name)?) });
                Ok(())
            }
            [b"quorum", ..] => Err("there must be exactly one quorum line with one name"),
            _ => Err("unknown line, or words missing"),
        }
    }

    fn log(&mut self, key: &[u8]) -> Result<(), &'static str> {
        match self.key(key, ED25519)? {
            (_, Some(key)) => self.policy.logs.push(key),
            (name, None) => self.policy.unknown_logs.push(name),
        }
        if self.policy.logs.len() + self.policy.unknown_logs.len() > MAX_EACH { Err("too many logs") } else { Ok(()) }
    }

    fn witness(&mut self, name: &[u8], key: &[u8]) -> Result<(), &'static str> {
        let (_, key) = self.key(key, COSIGNATURE)?;
        self.define(name, Member::Witness(self.policy.witnesses.len()))?;
        self.policy.witnesses.push(key);
        if self.policy.witnesses.len() > MAX_EACH { Err("too many witnesses") } else { Ok(()) }
    }

    fn group(&mut self, name: &[u8], k: &[u8], members: &[&[u8]]) -> Result<(), &'static str> {
        let mut found = Vec::new();
        for member in members {
            let member = self.find(member)?;
            if self.used.contains(&member) {
                return Err("a name may be a member only once");
            }
            self.used.push(member);
            found.push(member);
        }
        let k = match k {
            b"all" => found.len(),
            b"any" => 1,
            k => std::str::from_utf8(k).ok().and_then(decimal).ok_or("the threshold is not a decimal")? as usize,
        };
        if k < 1 || k > found.len() {
            return Err("the threshold must lie between 1 and the number of members");
        }
        self.define(name, Member::Group(k, found))
    }

    fn find(&self, name: &[u8]) -> Result<usize, &'static str> {
        self.names.iter().position(|n| n == name).ok_or("a name that is not defined above")
    }

    fn define(&mut self, name: &[u8], member: Member) -> Result<(), &'static str> {
        if name == b"none" || self.find(name).is_ok() {
            return Err("a name may be defined only once, and never as none");
        }
        if self.names.len() >= 2 * MAX_EACH {
            return Err("too many names");
        }
        self.names.push(name.to_vec());
        self.policy.members.push(member);
        Ok(())
    }

    /// The key, or its name where the type is one this program does not know.
    fn key(&mut self, text: &[u8], wanted: u8) -> Result<(String, Option<Vkey>), &'static str> {
        let text = std::str::from_utf8(text).map_err(|_| "the key is not text")?;
        let raw = Vkey::unchecked(text).ok_or("the key is malformed")?;
        let known = &mut self.keys[usize::from(wanted == COSIGNATURE)];
        if known.contains(&raw.public) {
            return Err("the same key twice");
        }
        known.push(raw.public);
        if !matches!(raw.kind, ED25519 | COSIGNATURE) {
            return Ok((raw.name, None));
        }
        let key = Vkey::parse(text).map_err(|_| "the key is malformed")?;
        if key.kind == wanted { Ok((raw.name, Some(key))) } else { Err("a key of the wrong type for this line") }
    }
}
