//! What is remembered about the log when a folder is opened: signer, stored checkpoint, mirror.
//!
//! Only gathers and asks `ledger::anlauf`; a finding closes the house for writing. A mirror that is
//! not there only warns: a broken network must not close a town hall.

use crate::folder::Folder;
use akte_core::ledger::anlauf::{Finding, Known, Memory, compare};
use akte_core::ledger::ids::system_stream;
use akte_core::ledger::note::{Checkpoint, Note, Vkey};
use akte_core::ledger::{Ledger, signer};
use akte_core::stadt::Stadt;
use akte_core::vault;
use anyhow::{Context, ensure};
use serde_json::Value;
use std::io::Read;
use std::path::Path;

/// No checkpoint is longer.
const NOTE_MAX: u64 = 64 << 10;
/// System events read at once.
const PAGE: usize = 512;

/// What it means and what to do, after what was found.
const WEG: &str = "Das heißt: Hier fehlt etwas, was schon einmal fest war, oder es wurde geändert, zum Beispiel durch \
    eine ältere Sicherung. Darum wird nichts mehr angenommen; lesen können Sie weiter. Das ist zu tun: 1. Rufen Sie \
    die Person an, die für das Verfahren verantwortlich ist. 2. Prüfen Sie den Datenordner mit `akte verify`. \
    3. Stellen Sie die neuere Sicherung mit `akte restore` wieder her. Löschen Sie nichts, auch nicht signer.state.";

/// Why the folder may only be read; `None` if the log continues all that is remembered.
pub async fn quarantine(folder: &Folder, stadt: &Stadt, ledger: &dyn Ledger) -> anyhow::Result<Option<String>> {
    let found = match remembered(folder, stadt, ledger).await? {
        Ok(known) => compare(ledger, &stadt.log_origin, &known).await?.text(),
        Err(unreadable) => Some(unreadable),
    };
    Ok(found.map(|found| format!("{found} {WEG}")))
}

/// How the log stands to a mirror or a checkpoint file that a person names.
pub async fn gegen(pfad: &Path, stadt: &Stadt, ledger: &dyn Ledger) -> anyhow::Result<Finding> {
    let state = mirror(pfad, &vkeys(ledger, &stadt.log_origin).await?)?;
    Ok(compare(ledger, &stadt.log_origin, &[Known { by: Memory::Mirror, state }]).await?)
}

/// All that is known; the inner error is a memory of our own that cannot be read.
async fn remembered(folder: &Folder, stadt: &Stadt, ledger: &dyn Ledger) -> anyhow::Result<Result<Vec<Known>, String>> {
    let mut known = Vec::new();
    match signer::read_state(folder.root()) {
        Ok(Some(signer::Signed { origin, size, root, .. })) => {
            known.push(Known { by: Memory::Signer, state: Checkpoint { origin, size, root } });
        }
        Ok(None) => {}
        Err(error) => return Ok(Err(format!("Das Gedächtnis der Unterschrift ist nicht lesbar ({error})."))),
    }
    if let Some((size, note)) = ledger.get_checkpoint(u64::MAX).await? {
        match Note::parse(&note).and_then(|note| Checkpoint::parse(&note.text)) {
            Ok(state) => known.push(Known { by: Memory::Checkpoint, state }),
            Err(error) => return Ok(Err(format!("Der gespeicherte Checkpoint {size} ist nicht lesbar ({error})."))),
        }
    }
    if let Some(path) = &stadt.protokoll.spiegel {
        match mirror(path, &vkeys(ledger, &stadt.log_origin).await?) {
            Ok(state) => known.push(Known { by: Memory::Mirror, state }),
            Err(error) => {
                tracing::warn!(spiegel = %path.display(), "{error:#}");
                eprintln!("Der Spiegel {} ist nicht lesbar und wird nicht verglichen: {error:#}", path.display());
            }
        }
    }
    Ok(Ok(known))
}

/// The checkpoint of a mirror folder, or the file itself; signed by a key of this log.
fn mirror(path: &Path, vkeys: &[Vkey]) -> anyhow::Result<Checkpoint> {
    let path = if path.is_dir() { path.join("checkpoint") } else { path.to_owned() };
    let mut text = String::new();
    let file = std::fs::File::open(&path).with_context(|| path.display().to_string())?;
    file.take(NOTE_MAX + 1).read_to_string(&mut text).with_context(|| path.display().to_string())?;
    ensure!(text.len() as u64 <= NOTE_MAX, "{}: kein Checkpoint, die Datei ist zu lang", path.display());
    let note = Note::parse(&text).with_context(|| path.display().to_string())?;
    note.verify(vkeys).with_context(|| format!("{}: nicht von diesem Protokoll unterschrieben", path.display()))?;
    Checkpoint::parse(&note.text).with_context(|| path.display().to_string())
}

/// The keys leaf 0 names, and those that followed them.
async fn vkeys(ledger: &dyn Ledger, log: &str) -> anyhow::Result<Vec<Vkey>> {
    let (mut vkeys, mut next) = (Vec::new(), 0);
    loop {
        let page = ledger.read_stream(system_stream(log), next, PAGE).await?;
        for stored in &page {
            let event = vault::open(stored, None)?;
            let texts: Vec<&Value> = match event.wire.as_str() {
                "log.epoch_opened.v1" => {
                    event.data.get("vkeys").and_then(Value::as_array).into_iter().flatten().collect()
                }
                "log.key_rotated.v1" => event.data.get("new_vkey").into_iter().collect(),
                _ => Vec::new(),
            };
            vkeys.extend(texts.into_iter().filter_map(Value::as_str).filter_map(|text| Vkey::parse(text).ok()));
        }
        match page.last() {
            Some(last) => next = last.seq + 1,
            None => return Ok(vkeys),
        }
    }
}
