//! The stored form against its golden vector, and everything that may happen to a stored file.

use super::*;
use std::path::Path as FsPath;

const KEY: [u8; 32] = [7; 32];
const MIB: u64 = 1 << 20;

fn rt() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().expect("runtime")
}

fn store(dir: &tempfile::TempDir) -> DocumentStore {
    DocumentStore::folder(dir.path().join("blobs"), 100 * MIB).expect("store")
}

fn file(dir: &tempfile::TempDir, id: Uuid) -> PathBuf {
    dir.path().join("blobs").join(shard(id)).join(id.to_string())
}

fn files(root: &FsPath) -> usize {
    let shards = std::fs::read_dir(root.join("blobs")).expect("blobs");
    shards.map(|s| std::fs::read_dir(s.expect("entry").path()).expect("shard").count()).sum()
}

/// A repeatable byte at each position, different in each chunk.
fn noise(len: usize) -> Vec<u8> {
    let mut x = 0x2545_F491_4F6C_DD1Du64;
    (0..len)
        .map(|_| {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            (x >> 32) as u8
        })
        .collect()
}

#[test]
fn the_golden_document_is_stored_byte_for_byte() {
    let Ok(shared) = std::env::var("AKTE_SHARED") else {
        eprintln!("skipped: shared data not found");
        return;
    };
    let text = std::fs::read_to_string(format!("{shared}/data/integrity/aktenkette-v1-golden.json")).expect("golden");
    let golden: serde_json::Value = serde_json::from_str(&text).expect("json");
    let doc = &golden["document"];
    let wert: DokumentWert = serde_json::from_value(doc["value"].clone()).expect("value");
    let stored = unhex(doc["stored_hex"].as_str().expect("hex"));
    let (kek_id, prefix) = seal::parse_head(&stored).expect("head");
    let kek = golden_kek(&golden, kek_id, &unhex(doc["doc_key_hex"].as_str().expect("hex")), wert.reference);
    let fresh = Fresh { reference: wert.reference, dsalt: seal::b64u_32(&wert.dsalt).expect("dsalt"), prefix };
    let bytes = Bytes::from(doc["bytes_utf8"].as_str().expect("bytes").to_owned());
    let dir = tempfile::tempdir().expect("dir");
    rt().block_on(async {
        let store = store(&dir);
        let got = store.put_fresh((kek_id, &kek), &wert.media, fresh, once(bytes.clone())).await.expect("put");
        assert_eq!(got, wert);
        assert_eq!(std::fs::read(file(&dir, wert.reference)).expect("file"), stored);
        assert_eq!(store.kek_id(wert.reference).await.expect("id"), kek_id);
        assert_eq!(store.get_bytes(&wert, (kek_id, &kek), 100).await.expect("get"), bytes);
    });
}

/// The key of the golden file whose document key is the printed one.
fn golden_kek(golden: &serde_json::Value, kek_id: u64, doc_key: &[u8], reference: Uuid) -> [u8; 32] {
    let mut found = Vec::new();
    collect_hex(&golden["keys"], &mut found);
    let fits =
        |k: &&[u8; 32]| seal::derive(&[], *k, &[b"aktenkette/dockey/v1\n", reference.as_bytes()])[..] == *doc_key;
    *found.iter().find(fits).unwrap_or_else(|| panic!("no key of the golden file fits kek {kek_id}"))
}

fn collect_hex(v: &serde_json::Value, out: &mut Vec<[u8; 32]>) {
    match v {
        serde_json::Value::String(s) if s.len() == 64 => out.extend(<[u8; 32]>::try_from(unhex(s))),
        serde_json::Value::Array(a) => a.iter().for_each(|v| collect_hex(v, out)),
        serde_json::Value::Object(o) => o.values().for_each(|v| collect_hex(v, out)),
        _ => {}
    }
}

fn unhex(s: &str) -> Vec<u8> {
    (0..s.len() / 2).map(|i| u8::from_str_radix(&s[2 * i..2 * i + 2], 16).unwrap_or(0)).collect()
}

#[test]
fn documents_of_every_length_around_a_chunk_come_back_whole() {
    let dir = tempfile::tempdir().expect("dir");
    rt().block_on(async {
        let store = store(&dir);
        for len in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, PART - 1, PART + CHUNK, 2 * PART + 7] {
            let bytes = Bytes::from(noise(len));
            let wert = store.put_bytes((9, &KEY), "text/plain", bytes.clone()).await.expect("put");
            assert_eq!(wert.len, len as u64);
            let on_disk = std::fs::metadata(file(&dir, wert.reference)).expect("file").len();
            assert_eq!(Some(on_disk), seal::stored_len(len as u64));
            assert_eq!(store.get_bytes(&wert, (9, &KEY), u64::MAX).await.expect("get"), bytes, "{len}");
        }
    });
}

#[test]
fn eighty_mebibytes_pass_through_in_pieces_and_come_back_in_chunks() {
    let dir = tempfile::tempdir().expect("dir");
    rt().block_on(async {
        let store = store(&dir);
        let piece = Bytes::from(noise(1_000_003));
        let pieces = futures::stream::iter((0..80).map(|_| Ok::<_, SendError>(piece.clone())));
        let wert = store.put((9, &KEY), "application/pdf", pieces).await.expect("put");
        assert_eq!(wert.len, 80 * 1_000_003);
        let (mut at, mut most) = (0usize, 0usize);
        let mut stream = store.get(&wert, (9, &KEY)).await.expect("get");
        while let Some(chunk) = stream.try_next().await.expect("chunk") {
            most = most.max(chunk.len());
            let wrong = (0..chunk.len()).step_by(61).find(|i| chunk[*i] != piece[(at + i) % piece.len()]);
            assert_eq!(wrong, None, "in the chunk at {at}");
            at += chunk.len();
        }
        assert_eq!(at as u64, wert.len);
        assert_eq!(most, CHUNK);
    });
}

#[test]
fn a_changed_cut_or_exchanged_file_is_never_handed_out_whole() {
    let dir = tempfile::tempdir().expect("dir");
    rt().block_on(async {
        let store = store(&dir);
        let wert = store.put_bytes((9, &KEY), "text/plain", noise(2 * CHUNK + 100).into()).await.expect("put");
        let path = file(&dir, wert.reference);
        let good = std::fs::read(&path).expect("file");
        let refused = async |bytes: &[u8]| {
            std::fs::write(&path, bytes).expect("write");
            store.get_bytes(&wert, (9, &KEY), u64::MAX).await.expect_err("must be refused")
        };
        for at in (0..good.len()).step_by(4_001).chain([0, 8, 9, 27, 28, good.len() - 1]) {
            let mut bad = good.clone();
            bad[at] ^= 1;
            let e = refused(&bad).await;
            assert!(matches!(e, DocError::Tampered { .. } | DocError::OtherKey { .. }), "byte {at}: {e}");
        }
        let sealed = CHUNK + TAG;
        let mut swapped = good[..HEAD].to_vec();
        swapped.extend_from_slice(&good[HEAD + sealed..HEAD + 2 * sealed]);
        swapped.extend_from_slice(&good[HEAD..HEAD + sealed]);
        swapped.extend_from_slice(&good[HEAD + 2 * sealed..]);
        for bad in [&swapped[..], &good[..HEAD + 2 * sealed], &good[..good.len() - 1], &good[..10], &[]] {
            assert!(matches!(refused(bad).await, DocError::Tampered { .. }));
        }
        std::fs::write(&path, &good).expect("write");
        let other = store.put_bytes((9, &KEY), "text/plain", noise(2 * CHUNK + 100).into()).await.expect("put");
        assert!(matches!(
            refused(&std::fs::read(file(&dir, other.reference)).expect("file")).await,
            DocError::Tampered { .. }
        ));
    });
}

#[test]
fn bytes_that_do_not_fit_the_commitment_lose_their_last_chunk() {
    let dir = tempfile::tempdir().expect("dir");
    rt().block_on(async {
        let store = store(&dir);
        let fresh = Fresh::random().expect("random");
        let mut other = fresh.clone();
        other.prefix = [1; 19];
        let wert = store.put_fresh((9, &KEY), "text/plain", fresh, once(noise(CHUNK + 5).into())).await.expect("put");
        // Somebody with the key stores other bytes of the same length under the same reference.
        store.put_fresh((9, &KEY), "text/plain", other, once(vec![1; CHUNK + 5].into())).await.expect("put");
        let pieces: Vec<_> = store.get(&wert, (9, &KEY)).await.expect("opens").collect().await;
        assert!(matches!(&pieces[..], [Ok(_), Err(DocError::Tampered { .. })]));
    });
}

#[test]
fn a_wrong_key_is_told_from_a_damaged_file() {
    let dir = tempfile::tempdir().expect("dir");
    rt().block_on(async {
        let store = store(&dir);
        let wert = store.put_bytes((9, &KEY), "text/plain", noise(10).into()).await.expect("put");
        let e = store.get_bytes(&wert, (10, &KEY), 100).await.expect_err("other id");
        assert!(matches!(e, DocError::OtherKey { stored: 9, given: 10, .. }));
        let e = store.get_bytes(&wert, (9, &[8; 32]), 100).await.expect_err("other key");
        assert!(matches!(e, DocError::Tampered { .. }));
        store.reseal(&wert, (9, &KEY), (10, &[8; 32])).await.expect("reseal");
        assert_eq!(store.get_bytes(&wert, (10, &[8; 32]), 100).await.expect("get"), noise(10));
        assert!(matches!(store.get_bytes(&wert, (10, &[8; 32]), 9).await, Err(DocError::TooLarge { max: 9 })));
    });
}

#[test]
fn a_document_too_large_or_torn_off_leaves_nothing_behind() {
    let dir = tempfile::tempdir().expect("dir");
    rt().block_on(async {
        let store = DocumentStore::folder(dir.path().join("blobs"), 12 * MIB).expect("store");
        let mib = Bytes::from(noise(MIB as usize));
        let endless = futures::stream::repeat_with(|| Ok::<_, SendError>(mib.clone()));
        let e = store.put((9, &KEY), "text/plain", endless).await.expect_err("endless");
        assert!(matches!(e, DocError::TooLarge { max } if max == 12 * MIB));
        let torn =
            futures::stream::iter((0..8).map(|i| if i < 7 { Ok(mib.clone()) } else { Err(SendError::from("reset")) }));
        let e = store.put((9, &KEY), "text/plain", torn).await.expect_err("torn");
        assert!(matches!(e, DocError::Interrupted(_)));
    });
    // The runtime is gone, and with it every clean-up it had to run.
    assert_eq!(files(dir.path()), 0);
}

#[test]
fn a_derived_document_written_twice_is_one_object() {
    let dir = tempfile::tempdir().expect("dir");
    rt().block_on(async {
        let store = store(&dir);
        let put = async |seed: &[u8], bytes: &[u8]| {
            store.put_derived((9, &KEY), "application/pdf", Bytes::copy_from_slice(bytes), seed).await.expect("put")
        };
        let first = put(b"event 1", b"notice").await;
        let stored = std::fs::read(file(&dir, first.reference)).expect("file");
        assert_eq!(put(b"event 1", b"notice").await, first);
        assert_eq!(std::fs::read(file(&dir, first.reference)).expect("file"), stored);
        assert_eq!(files(dir.path()), 1);
        let (other_seed, other_bytes) = (put(b"event 2", b"notice").await, put(b"event 1", b"Notice").await);
        assert_ne!(first.reference, other_seed.reference);
        assert_ne!(first.reference, other_bytes.reference);
        assert_ne!(first.dsalt, other_bytes.dsalt);
        assert_ne!(stored[9..28], std::fs::read(file(&dir, other_bytes.reference)).expect("file")[9..28]);
    });
}

#[test]
fn an_erased_document_is_gone_and_erasing_again_is_no_error() {
    let dir = tempfile::tempdir().expect("dir");
    rt().block_on(async {
        let store = store(&dir);
        let wert = store.put_bytes((9, &KEY), "text/plain", noise(10).into()).await.expect("put");
        assert!(store.exists(wert.reference).await.expect("exists"));
        store.delete(wert.reference).await.expect("delete");
        store.delete(wert.reference).await.expect("again");
        store.delete(Uuid::nil()).await.expect("never there");
        assert!(!store.exists(wert.reference).await.expect("exists"));
        assert!(matches!(store.get(&wert, (9, &KEY)).await.err(), Some(DocError::NotFound(r)) if r == wert.reference));
        assert!(matches!(store.kek_id(wert.reference).await, Err(DocError::NotFound(_))));
    });
}

#[test]
fn the_sweep_takes_old_orphans_and_torn_uploads_only() {
    let dir = tempfile::tempdir().expect("dir");
    rt().block_on(async {
        let store = store(&dir);
        let kept = store.put_bytes((9, &KEY), "text/plain", noise(10).into()).await.expect("put");
        let orphan = store.put_bytes((9, &KEY), "text/plain", noise(10).into()).await.expect("put");
        let torn = PathBuf::from(format!("{}#1", file(&dir, orphan.reference).display()));
        std::fs::write(&torn, b"half").expect("write");
        let (past, future) = (Timestamp::UNIX_EPOCH, Timestamp::MAX);
        let known = HashSet::from([kept.reference]);
        assert_eq!(store.sweep_orphans(&known, past, |_| true).await.expect("sweep"), Vec::<Uuid>::new());
        assert!(torn.exists());
        assert_eq!(store.sweep_orphans(&known, future, |_| false).await.expect("sweep"), Vec::<Uuid>::new());
        assert_eq!(store.sweep_orphans(&known, future, |_| true).await.expect("sweep"), [orphan.reference]);
        assert!(!torn.exists());
        assert!(store.exists(kept.reference).await.expect("exists"));
        assert!(!store.exists(orphan.reference).await.expect("exists"));
    });
}

#[test]
fn a_full_disk_is_told_from_other_faults() {
    let full = object_store::Error::Generic {
        store: "x",
        source: Box::new(std::io::Error::from(std::io::ErrorKind::StorageFull)),
    };
    assert!(matches!(DocError::from_store(Uuid::nil(), full), DocError::DiskFull));
    let eio = object_store::Error::Generic { store: "x", source: Box::new(std::io::Error::from_raw_os_error(5)) };
    assert!(matches!(DocError::from_store(Uuid::nil(), eio), DocError::Io(_)));
    if FsPath::new("/dev/full").exists() {
        let e = std::fs::write("/dev/full", b"x").expect_err("full");
        assert!(matches!(DocError::from_io(e), DocError::DiskFull));
    }
}

#[test]
fn an_upload_is_judged_by_its_content_to_the_end() {
    let dir = tempfile::tempdir().expect("dir");
    rt().block_on(async {
        let store = store(&dir);
        let up = async |name: &str, parts: Vec<Vec<u8>>| {
            let parts = futures::stream::iter(parts.into_iter().map(|p| Ok::<_, SendError>(Bytes::from(p))));
            store.put_upload((9, &KEY), name, parts).await
        };
        let ok = up("../Grüße\u{202E}", vec![b"Gr\xc3".to_vec(), b"\xbc\xc3\x9fe\n".to_vec()]).await.expect("text");
        assert_eq!((ok.name.as_str(), ok.wert.media.as_str()), ("Grüße.txt", "text/plain"));
        assert_eq!(store.get_bytes(&ok.wert, (9, &KEY), 99).await.expect("get"), "Grüße\n");
        let before = files(dir.path());
        let late_nul = vec![vec![b'a'; 20_000], vec![0; 10]];
        for (name, parts) in [
            ("a.txt", late_nul),
            ("a.txt", vec![b"Gr\xc3".to_vec()]),
            ("a.pdf", vec![b"MZ\x90\0".to_vec()]),
            ("a.txt", vec![]),
        ] {
            assert!(matches!(up(name, parts).await, Err(DocError::Refused(_))), "{name}");
        }
        assert_eq!(files(dir.path()), before);
    });
}
