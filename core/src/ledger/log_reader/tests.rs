//! Tiles and bundles at the sizes where trees change their shape, and nothing beyond a checkpoint.

use super::*;
use crate::ledger::conformance::sample::Probe;
use crate::ledger::engine::MemoryLedger;
use crate::ledger::hash::{entry, leaf};
use crate::ledger::merkle::mth;

async fn reader(events: usize) -> (LogReader, Vec<Hash>) {
    let ledger = Arc::new(MemoryLedger::new());
    let batch = Probe::new(1).batch(events, 1);
    let hashes = batch.events.iter().map(|e| e.event_hash).collect();
    ledger.append(batch).await.unwrap();
    (LogReader::new(ledger, "example.org/akte", Vec::new()), hashes)
}

#[tokio::test]
async fn every_file_of_a_tree_is_there_and_none_beyond_it() {
    let (reader, events) = reader(700).await;
    let leaves: Vec<Hash> = events.iter().map(leaf).collect();
    for size in [1u64, 2, 255, 256, 257, 511, 512, 600] {
        for path in TilePath::all(size) {
            let bytes = reader.file(&path, size).await.unwrap().unwrap();
            let from = path.n as usize * 256;
            let expect: Vec<u8> = match path.kind {
                Kind::Entries => events[from..from + usize::from(path.width)]
                    .iter()
                    .flat_map(|h| [&[0, 33][..], &entry(h)].concat())
                    .collect(),
                Kind::Level(0) => leaves[from..from + usize::from(path.width)].concat(),
                Kind::Level(_) => leaves.chunks_exact(256).take(usize::from(path.width)).flat_map(mth).collect(),
            };
            assert!(bytes == expect, "{path} of {size}");
        }
        for beyond in [Kind::Entries, Kind::Level(0), Kind::Level(1), Kind::Level(7)] {
            let (n, width) = match TilePath::at(beyond, 0, size) {
                Some(tile) if tile.is_full() => (size / 256, (size % 256) as u16 + 1),
                Some(tile) => (0, tile.width + 1),
                None => (0, 1),
            };
            let path = TilePath { kind: beyond, n, width };
            assert_eq!(reader.file(&path, size).await.unwrap(), None, "{path} leaks beyond {size}");
        }
        let far = TilePath { kind: Kind::Entries, n: (1 << 53) - 1, width: 256 };
        assert_eq!(reader.file(&far, size).await.unwrap(), None);
    }
}
