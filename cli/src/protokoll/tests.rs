//! Exported folders through the eyes of clients we did not write (crates tlog_tiles, signed_note).

use super::*;
use akte_core::ledger::conformance::sample::Probe;
use akte_core::ledger::engine::MemoryLedger;
use akte_core::ledger::note::NoteSigner;
use akte_core::ledger::signer::LogSigner;
use akte_core::ledger::{Hash, Ledger};
use signed_note::{StandardVerifier, VerifierList};
use std::sync::Arc;
use tlog_tiles::{Tile, TileHashReader, TileReader, check_record, check_tree, prove_record, prove_tree, record_hash};

const ORIGIN: &str = "example.org/akte/2026";

/// A log that grows and is signed, and a folder it is exported to.
struct Log {
    ledger: Arc<MemoryLedger>,
    probe: Probe,
    events: Vec<Hash>,
    key: String,
    signer: LogSigner,
    reader: LogReader,
    dir: tempfile::TempDir,
}

fn log_of(origin: &str, seed: u8, stream: u64) -> Log {
    let dir = tempfile::tempdir().expect("dir");
    let key = NoteSigner::new(origin, &[seed; 32]).expect("key");
    let ledger = Arc::new(MemoryLedger::new());
    let reader = LogReader::new(ledger.clone(), origin, vec![key.vkey()]);
    let vkey = key.vkey().to_string();
    let signer = LogSigner::open(dir.path(), origin, vec![key]).expect("signer");
    Log { ledger, probe: Probe::new(stream), events: Vec::new(), key: vkey, signer, reader, dir }
}

impl Log {
    async fn grow(&mut self, size: usize) {
        while self.events.len() < size {
            let batch = self.probe.batch((size - self.events.len()).min(4000), 1);
            self.events.extend(batch.events.iter().map(|e| e.event_hash));
            self.probe.advance(&batch);
            self.ledger.append(batch).await.expect("appended");
        }
        self.signer.sign(&*self.ledger).await.expect("signed");
    }
    fn folder(&self) -> PathBuf {
        self.dir.path().join("log")
    }
    async fn export(&self) -> anyhow::Result<Written> {
        Ordner::new(self.folder()).update(&self.reader, |_, _| ()).await
    }
}

/// The folder as the foreign client reads it: paths of a tile height of 8.
struct Folder(PathBuf);

impl TileReader for Folder {
    fn height(&self) -> u8 {
        8
    }
    fn read_tiles(&self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, tlog_tiles::Error> {
        let read = |tile: &Tile| {
            let path = tile.path().replacen("tile/8/", "tile/", 1);
            let partial = std::fs::read(self.0.join(&path));
            // A full tile stands for every partial one.
            let full = || std::fs::read(self.0.join(path.split(".p/").next().expect("path")));
            let bytes = partial.or_else(|_| full()).unwrap_or_else(|e| panic!("{path}: {e}"));
            bytes[..tile.width() as usize * 32].to_vec()
        };
        Ok(tiles.iter().map(read).collect())
    }
    fn save_tiles(&self, _: &[Tile], _: &[Vec<u8>]) {}
}

/// Size and root of a note, if the foreign client accepts it under this key.
fn opened(note: &[u8], vkey: &str) -> Result<tlog_tiles::Checkpoint, signed_note::NoteError> {
    let note = signed_note::Note::from_bytes(note)?;
    let key = StandardVerifier::new(vkey).expect("foreign client reads our key");
    note.verify(&VerifierList::new(vec![Box::new(key)]))?;
    Ok(tlog_tiles::Checkpoint::from_bytes(note.text()).expect("foreign client reads our checkpoint"))
}

fn verify_folder(folder: &Path, vkey: &str, events: &[Hash], sizes: &[u64]) {
    let newest = opened(&std::fs::read(folder.join("checkpoint")).expect("checkpoint"), vkey).expect("signed");
    assert_eq!((newest.origin(), newest.size(), newest.extension()), (ORIGIN, events.len() as u64, ""));
    let tiles = Folder(folder.to_owned());
    let (size, root) = (newest.size(), *newest.hash());
    let hashes = TileHashReader::new(size, root, &tiles);
    for index in [0, size / 3, size / 2, size - 1] {
        let proof = prove_record(size, index, &hashes).expect("record proof");
        let leaf = record_hash(&[&[1][..], &events[index as usize]].concat());
        check_record(&proof, size, root, index, leaf).expect("our entry is in the tree");
        assert!(check_record(&proof, size, root, index, record_hash(b"foreign")).is_err());
    }
    for old in sizes {
        let note = std::fs::read(folder.join(format!("checkpoint.{old}"))).expect("archived");
        let archived = opened(&note, vkey).expect("signed");
        assert_eq!(archived.size(), *old);
        // Every archived state can be read by its own tiles.
        let own = TileHashReader::new(*old, *archived.hash(), &tiles);
        prove_record(*old, old - 1, &own).expect("tiles of an older state");
        let proof = prove_tree(size, *old, &hashes).expect("tree proof");
        check_tree(&proof, size, root, *old, *archived.hash()).expect("consistent");
    }
    let bundle = std::fs::read(folder.join(TilePath::at(Kind::Entries, 0, size).expect("bundle").to_string()));
    let first: Vec<u8> = [&[0, 33, 1][..], &events[0]].concat();
    assert!(bundle.expect("entries").starts_with(&first));
}

#[tokio::test]
async fn a_foreign_client_verifies_every_state_of_a_growing_folder() {
    let mut log = log_of(ORIGIN, 1, 1);
    let mut sizes = Vec::new();
    for size in [1, 2, 255, 256, 257, 300, 511, 512, 65_535, 65_536, 65_537, 66_000] {
        log.grow(size).await;
        sizes.push(size as u64);
        // Some states are exported together.
        if ![2, 300].contains(&size) {
            log.export().await.expect("exported");
            verify_folder(&log.folder(), &log.key, &log.events, &sizes);
        }
    }
    let again = log.export().await.expect("nothing to do");
    assert_eq!((again.size, again.files), (66_000, 0));
    let left: Vec<_> =
        std::fs::read_dir(log.folder().join("tile/0")).expect("tiles").flatten().map(|e| e.file_name()).collect();
    assert!(!left.contains(&"000.p".into()), "partial tiles go when the full one is there");
    let other = NoteSigner::new(ORIGIN, &[9; 32]).expect("key").vkey().to_string();
    let note = std::fs::read(log.folder().join("checkpoint")).expect("checkpoint");
    assert!(matches!(opened(&note, &other), Err(signed_note::NoteError::UnverifiedNote)), "unverifiable, not tampered");
    let policy = Policy::parse(&std::fs::read(log.folder().join("policy")).expect("policy")).expect("policy");
    assert_eq!(
        policy.accept(std::str::from_utf8(&note).expect("text"), ORIGIN).expect("accepted").checkpoint.size,
        66_000
    );
}

#[tokio::test]
async fn a_run_that_was_cut_off_is_repeated_and_full_tiles_are_never_written_again() {
    let mut log = log_of(ORIGIN, 1, 1);
    log.grow(700).await;
    log.export().await.expect("exported");
    let folder = log.folder();
    // Cut off before the checkpoint, with a half-written file, a short one and one missing.
    log.grow(1500).await;
    std::fs::remove_file(folder.join("checkpoint")).expect("removed");
    std::fs::write(folder.join("tile/0/004.teil"), "half").expect("half");
    std::fs::write(folder.join("tile/0/003"), "short").expect("short");
    std::fs::remove_file(folder.join("tile/entries/001")).expect("removed");
    let mut marked = std::fs::read(folder.join("tile/0/000")).expect("tile");
    marked[0] ^= 1;
    std::fs::write(folder.join("tile/0/000"), &marked).expect("marked");
    log.export().await.expect("goes on");
    assert!(std::fs::read(folder.join("tile/0/000")).expect("tile") == marked, "a full tile was written again");
    marked[0] ^= 1;
    std::fs::write(folder.join("tile/0/000"), &marked).expect("as it was");
    verify_folder(&folder, &log.key, &log.events, &[700, 1500]);
}

#[tokio::test]
async fn a_folder_of_another_or_newer_or_altered_log_is_refused_and_stays() {
    let mut log = log_of(ORIGIN, 1, 1);
    log.grow(300).await;
    log.export().await.expect("exported");
    let before = std::fs::read(log.folder().join("checkpoint")).expect("checkpoint");
    let mut fork = log_of(ORIGIN, 1, 2);
    fork.grow(400).await;
    let mut short = log_of(ORIGIN, 1, 1);
    short.grow(200).await;
    let mut key = log_of(ORIGIN, 2, 1);
    key.grow(400).await;
    let mut other = log_of("anders.example/akte", 1, 1);
    other.grow(400).await;
    for (from, words) in [
        (&fork, "weicht von diesem Protokoll ab"),
        (&short, "ist neuer (300 Einträge) als dieses Protokoll (200)"),
        (&key, "keine gültige Unterschrift"),
        (&other, "gehört zu einem anderen Protokoll"),
    ] {
        let said = Ordner::new(log.folder()).update(&from.reader, |_, _| ()).await.expect_err("refused").to_string();
        assert!(said.contains(words) && said.contains("Nennen Sie einen anderen Ordner"), "{said}");
    }
    assert_eq!(std::fs::read(log.folder().join("checkpoint")).expect("checkpoint"), before);
    std::fs::write(log.dir.path().join("brief.txt"), "").expect("written");
    let said = Ordner::new(log.dir.path().to_owned()).update(&log.reader, |_, _| ()).await.expect_err("refused");
    assert!(said.to_string().contains("ist kein Ordner eines Protokolls"), "{said}");
}
