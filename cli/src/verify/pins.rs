//! Whom to believe and what to compare with: policy files, keys, mirrors, receipts, the signer's memory.
//!
//! Only reads files; what they are worth is judged by `akte-core`.

use crate::folder::Folder;
use akte_core::ledger::note::{NoteSigner, Vkey};
use akte_core::ledger::signer;
use akte_core::ledger::tlog::policy::{MAX_POLICY, Policy};
use akte_core::ledger::tlog::proof::{MAX_PROOF, TlogProof};
use akte_core::ledger::verify::Outside;
use anyhow::{Context, anyhow, bail, ensure};
use std::io::Read;
use std::path::{Path, PathBuf};

/// The policy whoever verifies gives, if any.
pub fn policy(file: Option<&Path>, vkeys: &[String]) -> anyhow::Result<Option<Policy>> {
    if let Some(path) = file {
        let policy = Policy::parse(&read(path, MAX_POLICY)?).with_context(|| path.display().to_string())?;
        return Ok(Some(policy));
    }
    let keys = vkeys.iter().map(|text| Vkey::parse(text.trim()).with_context(|| format!("--vkey {text}")));
    let keys: Vec<Vkey> = keys.collect::<Result<_, _>>()?;
    Ok((!keys.is_empty()).then(|| Policy::of_log_keys(&keys)))
}

/// Outside a data folder nothing is believed without a key from elsewhere.
pub fn needed(policy: Option<Policy>) -> anyhow::Result<Policy> {
    policy.context("Nennen Sie mit --policy oder --vkey den Schlüssel, dem Sie vertrauen; das Protokoll selbst sagt nie, wer es ist.")
}

/// Public half of the house's own key, where this machine has it.
pub fn house(folder: &Folder, origin: &str) -> anyhow::Result<Option<Policy>> {
    let path = folder.log_key();
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| path.display().to_string()),
    };
    let wrong = || anyhow!("{} enthält keinen Schlüssel (64 Hexziffern)", path.display());
    let text = text.trim();
    ensure!(text.len() == 64 && text.is_ascii(), wrong());
    let mut seed = [0; 32];
    for (i, byte) in seed.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * i..2 * i + 2], 16).map_err(|_| wrong())?;
    }
    Ok(Some(Policy::of_log_keys(&[NoteSigner::new(origin, &seed)?.vkey()])))
}

/// What the signer remembers to have signed last.
pub fn signer(folder: &Folder) -> anyhow::Result<Option<Outside>> {
    let signed = signer::read_state(folder.root())?;
    Ok(signed.map(|signed| Outside { source: signer::STATE_FILE.into(), note: signed.note }))
}

/// Checkpoints of mirrors and receipts.
pub fn outside(mirrors: &[PathBuf], files: &[PathBuf]) -> anyhow::Result<Vec<Outside>> {
    let mut out = Vec::new();
    for dir in mirrors {
        let found = out.len();
        for entry in std::fs::read_dir(dir).with_context(|| dir.display().to_string())? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let number = name.strip_prefix("checkpoint.");
            if name == "checkpoint" || number.is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit())) {
                out.push(Outside { source: path.display().to_string(), note: text(&path)? });
            }
        }
        if out.len() == found {
            bail!("{} ist kein Spiegel: Es gibt dort keine Datei checkpoint.", dir.display());
        }
    }
    for path in files {
        let text = text(path)?;
        // A receipt carries its checkpoint verbatim; anything else is taken for a checkpoint.
        let note = TlogProof::parse(&text).map_or(text, |proof| proof.checkpoint);
        out.push(Outside { source: path.display().to_string(), note });
    }
    Ok(out)
}

/// A text file of bounded size.
pub fn text(path: &Path) -> anyhow::Result<String> {
    String::from_utf8(read(path, MAX_PROOF)?).map_err(|_| anyhow!("{}: kein gültiges UTF-8", path.display()))
}

/// A file of at most `limit` bytes.
pub fn read(path: &Path, limit: usize) -> anyhow::Result<Vec<u8>> {
    let file = std::fs::File::open(path).with_context(|| path.display().to_string())?;
    let mut bytes = Vec::new();
    file.take(limit as u64 + 1).read_to_end(&mut bytes).with_context(|| path.display().to_string())?;
    ensure!(bytes.len() <= limit, "{} ist größer als {limit} Byte.", path.display());
    Ok(bytes)
}
