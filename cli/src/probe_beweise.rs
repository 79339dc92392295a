//! `akte probe-beweise`: random proofs, good and broken, each with this verifier's answer, one JSON line each.
//!
//! For comparing with a second verifier (`tests/pruefer/vergleich.mjs` says what a line holds). Hidden from the help.

mod brechen;
mod zufall;

use akte_core::ledger::disclosure::Scratch;
use akte_core::ledger::group::{Group, write_plaintext};
use akte_core::ledger::hash::{DigestText, b64u, event_hash, leaf};
use akte_core::ledger::header::Header;
use akte_core::ledger::merkle::{
    ProofError, consistency_proof, inclusion_proof, mth, verify_consistency, verify_inclusion,
};
use akte_core::ledger::note::{Checkpoint, Note, NoteError, NoteSigner};
use akte_core::ledger::tlog::policy::{Policy, Refused};
use akte_core::ledger::verify::receipt;
use akte_core::ledger::{Hash, json::to_jcs};
use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use brechen::{break_proof, break_text};
use serde_json::{Value, json};
use std::io::Write;
use std::process::ExitCode;
use zufall::Zufall;

const LOG: &str = "beispiel.de/akte/2026";
/// Leaves of the largest tree.
const LARGEST: u64 = 300;

#[derive(clap::Args)]
pub struct ProbeArgs {
    /// Wie viele Beweise
    #[arg(long, default_value_t = 10_000)]
    anzahl: u64,
    /// Dieselbe Saat gibt dieselben Beweise
    #[arg(long, default_value_t = 1)]
    saat: u64,
}

pub fn probe(args: ProbeArgs) -> anyhow::Result<ExitCode> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut chance = Zufall::new(args.saat);
    let keys = [NoteSigner::new(LOG, &[1; 32])?, NoteSigner::new(LOG, &[2; 32])?];
    for id in 0..args.anzahl {
        let mut line = match id % 4 {
            0 => inclusion(&mut chance)?,
            1 => consistency(&mut chance)?,
            2 => note(&mut chance, &keys)?,
            _ => whole_receipt(&mut chance, &keys)?,
        };
        line["id"] = json!(id);
        writeln!(out, "{line}")?;
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// A tree of random leaves.
struct Tree(Vec<Hash>);

impl Tree {
    fn random(chance: &mut Zufall, smallest: u64) -> Self {
        let size = chance.within(smallest, LARGEST + 1);
        Self((0..size).map(|_| chance.bytes()).collect())
    }
    fn size(&self) -> u64 {
        self.0.len() as u64
    }
    fn root(&self, size: u64) -> Hash {
        mth(&self.0[..size as usize])
    }
    fn node(&self, height: u32, n: u64) -> Result<Hash, ProofError> {
        let (from, to) = ((n << height) as usize, ((n + 1) << height) as usize);
        self.0.get(from..to).map(mth).ok_or(ProofError::Range)
    }
}

fn b64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Strictly, 32 bytes.
fn hash(text: &str) -> Option<Hash> {
    STANDARD.decode(text).ok()?.try_into().ok()
}

fn hashes(texts: &[String]) -> Option<Vec<Hash>> {
    texts.iter().map(|text| hash(text)).collect()
}

fn inclusion(chance: &mut Zufall) -> anyhow::Result<Value> {
    let tree = Tree::random(chance, 1);
    let (mut size, mut index) = (tree.size(), chance.within(0, tree.size()));
    let path = inclusion_proof::<ProofError>(index, size, |h, n| tree.node(h, n))?;
    let mut texts: Vec<String> =
        [tree.0[index as usize], tree.root(size)].iter().chain(&path).map(|h| b64(h)).collect();
    if chance.half() {
        break_proof(chance, &mut texts, [&mut index, &mut size]);
    }
    let answer = || -> Option<bool> {
        let all = hashes(&texts)?;
        let [leaf, root, path @ ..] = &all[..] else { return None };
        Some(verify_inclusion(leaf, index, size, path, root).is_ok())
    };
    let ok = answer().unwrap_or(false);
    let [leaf, root, proof @ ..] = &texts[..] else { anyhow::bail!("leaf and root are never dropped") };
    Ok(json!({"kind": "inclusion", "leaf": leaf, "index": index, "size": size, "proof": proof, "root": root, "ok": ok}))
}

fn consistency(chance: &mut Zufall) -> anyhow::Result<Value> {
    let tree = Tree::random(chance, 1);
    let (mut old, mut size) = (chance.within(1, tree.size() + 1), tree.size());
    let path = consistency_proof::<ProofError>(old, size, |h, n| tree.node(h, n))?;
    let mut texts: Vec<String> = [tree.root(old), tree.root(size)].iter().chain(&path).map(|h| b64(h)).collect();
    if chance.half() {
        break_proof(chance, &mut texts, [&mut old, &mut size]);
    }
    let answer = || -> Option<bool> {
        let all = hashes(&texts)?;
        let [first, second, path @ ..] = &all[..] else { return None };
        // Size 0 proves nothing.
        Some(old > 0 && verify_consistency(old, size, first, second, path).is_ok())
    };
    let ok = answer().unwrap_or(false);
    let [first, second, proof @ ..] = &texts[..] else { anyhow::bail!("roots are never dropped") };
    Ok(
        json!({"kind": "consistency", "size1": old, "size2": size, "root1": first, "root2": second, "proof": proof, "ok": ok}),
    )
}

/// Signed by the known key, by another, or by both.
fn signed(chance: &mut Zufall, keys: &[NoteSigner; 2], origin: &str, size: u64, root: Hash) -> anyhow::Result<String> {
    let text = Checkpoint { origin: origin.to_owned(), size, root }.text();
    let [known, other] = keys;
    Ok(match chance.within(0, 8) {
        0 => other.sign(&text)?,
        1 => other.sign(&text)? + &known.signature_line(&text),
        2 => known.sign(&text)? + &other.signature_line(&text),
        _ => known.sign(&text)?,
    })
}

fn note(chance: &mut Zufall, keys: &[NoteSigner; 2]) -> anyhow::Result<Value> {
    let bits = chance.within(1, 53);
    let (size, root) = (chance.within(0, 1 << bits), chance.bytes());
    let mut text = signed(chance, keys, LOG, size, root)?;
    if chance.half() {
        text = break_text(chance, text);
    }
    let policy = Policy::of_log_keys(&[keys[0].vkey()]);
    let origin = Note::parse(&text).and_then(|note| Checkpoint::parse(&note.text)).map(|c| c.origin);
    let verdict = match origin.map_err(Refused::from).and_then(|origin| policy.accept(&text, &origin)) {
        Ok(_) => "valid",
        Err(Refused::Broken(NoteError::Signature { .. })) => "VIOLATION",
        Err(_) => "unverifiable",
    };
    let vkeys = [keys[0].vkey().to_string()];
    Ok(json!({"kind": "note", "text": text, "vkeys": vkeys, "ok": verdict == "valid", "verdict": verdict}))
}

/// Header bytes and disclosures of a random event.
fn event(chance: &mut Zufall, log: &str) -> anyhow::Result<(Vec<u8>, Vec<String>)> {
    let mut groups: Vec<Group> = Vec::new();
    let mut digests: Vec<DigestText> = Vec::new();
    for g in 0..chance.within(1, 4) as u8 {
        let values: Vec<(String, Value)> =
            (0..chance.within(1, 6)).map(|n| (format!("/g{g}/p{n}"), chance.value(0))).collect();
        let mut entries: Vec<(&str, &Value)> = values.iter().map(|(p, v)| (p.as_str(), v)).collect();
        let mut scratch = Scratch::default();
        let plain = write_plaintext(g, &chance.bytes(), &mut entries, &mut digests, &mut scratch);
        let plain = plain.map_err(|(pointer, error)| anyhow::anyhow!("{pointer}: {error}"))?;
        groups.push(Group::read(g, plain.to_vec())?);
    }
    let mut grp = Vec::new();
    let mut disclosures = Vec::new();
    for group in &groups {
        grp.push((group.g, u16::try_from(group.digests()?.len())?));
        disclosures.extend(group.disclosures()?.into_iter().map(|(_, text)| text));
    }
    digests.sort_unstable();
    let seq = chance.within(0, 3);
    let header = Header {
        log: log.to_owned(),
        stream: chance.uuid(),
        seq,
        wire: "probe.written.v1".into(),
        at: jiff::Timestamp::from_microsecond(1_700_000_000_000_000 + chance.within(0, 1 << 50) as i64)?,
        prev: if seq == 0 { [0; 32] } else { chance.bytes() },
        nonce: chance.bytes::<16>(),
        cause: chance.uuid(),
        corr: chance.uuid(),
        ret: "J10".into(),
        grp,
        sd: digests,
    };
    Ok((header.to_bytes()?, disclosures))
}

fn whole_receipt(chance: &mut Zufall, keys: &[NoteSigner; 2]) -> anyhow::Result<Value> {
    let broken = chance.half();
    // One way to break it, or one in the text; `none` for good ones.
    let way = if broken { chance.within(0, 12) } else { u64::MAX };
    let log = if way == 0 { "anders.de/akte/2026" } else { LOG };
    let (mut header, mut disclosures) = event(chance, log)?;
    // A receipt may show less.
    let shown = chance.within(0, disclosures.len() as u64 + 1) as usize;
    disclosures.truncate(shown);
    match way {
        1 => disclosures.extend(event(chance, LOG)?.1.pop()),
        2 => disclosures.extend(disclosures.first().cloned()),
        3 => header = String::from_utf8(header)?.replacen("\"J10\"", "\"j10\"", 1).into_bytes(),
        4 => header = String::from_utf8(header)?.replacen("\"suite\":1", "\"suite\":2", 1).into_bytes(),
        5 => header = String::from_utf8(header)?.replacen("\"v\":1", "\"v\":1,\"v\":1", 1).into_bytes(),
        _ => {}
    }
    let mut tree = Tree::random(chance, 1);
    let mut index = chance.within(0, tree.size());
    tree.0[index as usize] = leaf(&event_hash(&header));
    let path = inclusion_proof::<ProofError>(index, tree.size(), |h, n| tree.node(h, n))?;
    let mut texts: Vec<String> = [[0; 32]; 2].iter().chain(&path).map(|h| b64(h)).collect();
    let mut size = tree.size();
    if way == 6 {
        break_proof(chance, &mut texts, [&mut index, &mut size]);
    }
    let mut extra = String::from_utf8(to_jcs(&json!({"disclosures": disclosures, "header": b64u(&header)}))?)?;
    match way {
        7 => extra = extra.replacen('{', "{\"mehr\":1,", 1),
        8 => extra = extra.replacen(':', " :\n ", 2), // spaces are allowed
        _ => {}
    }
    let checkpoint = signed(chance, keys, LOG, size, tree.root(tree.size()))?;
    let proof: String =
        texts.get(2..).context("leaf and root are never dropped")?.iter().map(|h| format!("{h}\n")).collect();
    let mut text =
        format!("c2sp.org/tlog-proof@v1\nextra {}\nindex {index}\n{proof}\n{checkpoint}", b64(extra.as_bytes()));
    if broken && way > 8 {
        text = break_text(chance, text);
    }
    let verdict = match receipt::check(&text, &Policy::of_log_keys(&[keys[0].vkey()])) {
        Ok(_) => "valid-redacted",
        Err(receipt::Objection::Broken { .. }) => "VIOLATION",
        Err(receipt::Objection::Unclear(_)) => "unverifiable",
    };
    let vkeys = [keys[0].vkey().to_string()];
    Ok(json!({"kind": "receipt", "text": text, "vkeys": vkeys, "ok": verdict == "valid-redacted", "verdict": verdict}))
}
