//! What is remembered about the log when a folder is opened: signer, stored checkpoint, mirror.
//!
//! Only gathers and asks `ledger::anlauf`; a finding closes the house for writing. A mirror that is
//! not there only warns: a broken network must not close a town hall.

use crate::folder::Folder;
use akte_core::execute::House;
use akte_core::ledger::anlauf::{Finding, Known, Memory, compare};
use akte_core::ledger::note::{Checkpoint, Note, Vkey};
use akte_core::ledger::signer;
use anyhow::{Context, ensure};
use std::io::Read;
use std::path::Path;

/// No checkpoint is longer.
const NOTE_MAX: u64 = 64 << 10;

/// What it means and what to do, after what was found.
const WEG: &str = "Das heißt: Hier fehlt etwas, was schon einmal fest war, oder es wurde geändert, zum Beispiel durch \
    eine ältere Sicherung. Darum wird nichts mehr angenommen; lesen können Sie weiter. Das ist zu tun: 1. Rufen Sie \
    die Person an, die für das Verfahren verantwortlich ist. 2. Prüfen Sie den Datenordner mit `akte verify`. \
    3. Stellen Sie die neuere Sicherung mit `akte restore` wieder her. Löschen Sie nichts, auch nicht signer.state.";

/// Why a folder may only be read.
pub struct Quarantaene {
    pub text: String,
    /// The log is an older state of itself, as far as can be told, and not another one.
    pub nur_aelter: bool,
}

/// What is wrong with the folder; `None` if the log continues all that is remembered.
pub async fn quarantine(folder: &Folder, house: &House) -> anyhow::Result<Option<Quarantaene>> {
    let (found, nur_aelter) = match remembered(folder, house).await? {
        Ok(known) => {
            let finding = compare(&*house.ledger, &house.log, &known).await?;
            (finding.text(), matches!(finding, Finding::Behind { .. }))
        }
        Err(unreadable) => (Some(unreadable), false),
    };
    Ok(found.map(|found| Quarantaene { text: format!("{found} {WEG}"), nur_aelter }))
}

/// How the log stands to a mirror or a checkpoint file that a person names.
pub async fn gegen(pfad: &Path, house: &House) -> anyhow::Result<Finding> {
    let state = mirror(pfad, &house.log_vkeys().await?)?;
    Ok(compare(&*house.ledger, &house.log, &[Known { by: Memory::Mirror, state }]).await?)
}

/// All that is known; the inner error is a memory of our own that cannot be read.
async fn remembered(folder: &Folder, house: &House) -> anyhow::Result<Result<Vec<Known>, String>> {
    let mut known = Vec::new();
    match signer::read_state(folder.root()) {
        Ok(Some(signer::Signed { origin, size, root, .. })) => {
            known.push(Known { by: Memory::Signer, state: Checkpoint { origin, size, root } });
        }
        Ok(None) => {}
        Err(error) => return Ok(Err(format!("Das Gedächtnis der Unterschrift ist nicht lesbar ({error})."))),
    }
    if let Some((size, note)) = house.ledger.get_checkpoint(u64::MAX).await? {
        match Note::parse(&note).and_then(|note| Checkpoint::parse(&note.text)) {
            Ok(state) => known.push(Known { by: Memory::Checkpoint, state }),
            Err(error) => return Ok(Err(format!("Der gespeicherte Checkpoint {size} ist nicht lesbar ({error})."))),
        }
    }
    if let Some(path) = &house.stadt.protokoll.spiegel {
        match mirror(path, &house.log_vkeys().await?) {
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
