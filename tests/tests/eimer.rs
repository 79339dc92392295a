//! The content store on a real S3 server: what goes in comes out, what is erased is gone, and folders move both ways.

use akte_core::documents::s3::{Bucket, open};
use akte_core::documents::{DocError, DocumentStore, DokumentWert};
use akte_tests::eimer::{BUCKET, Eimer, ZUGANG};
use axum::body::Bytes;
use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use uuid::Uuid;

const KEK: (u64, &[u8; 32]) = (1, &[7; 32]);
const ANDERER: (u64, &[u8; 32]) = (2, &[8; 32]);
const MAX: u64 = 64 << 20;

fn store(server: &Eimer, prefix: &str) -> DocumentStore {
    let endpoint = Some(server.endpoint.as_str());
    let bucket = Bucket { name: BUCKET, prefix, endpoint, region: "us-east-1", key_id: ZUGANG, secret: ZUGANG };
    open(&bucket, MAX).expect("opens")
}

/// Bytes nobody can compress.
fn noise(len: usize) -> Bytes {
    let mut x = 0x2545_F491_4F6C_DD1D_u64;
    let step = |_| {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        (x >> 32) as u8
    };
    (0..len).map(step).collect::<Vec<_>>().into()
}

async fn put(store: &DocumentStore, bytes: &Bytes) -> DokumentWert {
    store.put_bytes(KEK, "application/pdf", bytes.clone()).await.expect("stored")
}

/// Every stored file of a folder by its path inside it.
fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut out = BTreeMap::new();
    for shard in std::fs::read_dir(root).expect("read").map(|e| e.expect("entry").path()) {
        for file in std::fs::read_dir(shard).expect("read").map(|e| e.expect("entry").path()) {
            let name = file.strip_prefix(root).expect("below").display().to_string();
            out.insert(name, std::fs::read(file).expect("read"));
        }
    }
    out
}

#[tokio::test]
async fn a_document_in_a_bucket_is_read_sealed_anew_and_erased() {
    let Some(server) = Eimer::start() else { return };
    let store = store(&server, "stadt/dokumente");
    store.try_out().await.expect("writable");
    let plain = Bytes::from_static(b"%PDF-1.7 Bescheid der Stadt");
    let wert = put(&store, &plain).await;
    assert!(store.exists(wert.reference).await.expect("answers"));
    assert_eq!(store.get_bytes(&wert, KEK, MAX).await.expect("read"), plain);
    assert!(!server.holds(&plain), "nothing lies there in the clear");
    store.reseal(&wert, KEK, ANDERER).await.expect("sealed anew");
    assert_eq!(store.kek_id(wert.reference).await.expect("known"), 2);
    assert_eq!(store.get_bytes(&wert, ANDERER, MAX).await.expect("read"), plain);
    assert!(store.get_bytes(&wert, KEK, MAX).await.is_err(), "the old key opens nothing");
    store.delete(wert.reference).await.expect("erased");
    store.delete(wert.reference).await.expect("erasing again is harmless");
    assert!(!store.exists(wert.reference).await.expect("answers"));
    assert!(matches!(store.get(&wert, ANDERER).await.err(), Some(DocError::NotFound(id)) if id == wert.reference));
}

#[tokio::test]
async fn twenty_mebibytes_go_in_parts_and_come_out_whole() {
    let Some(server) = Eimer::start() else { return };
    let (store, plain) = (store(&server, ""), noise(20 << 20));
    let wert = put(&store, &plain).await;
    assert_eq!(store.get_bytes(&wert, KEK, MAX).await.expect("read"), plain);
    let too_large = noise(8 << 20);
    let small = open(
        &Bucket {
            name: BUCKET,
            prefix: "klein",
            endpoint: Some(&server.endpoint),
            region: "us-east-1",
            key_id: ZUGANG,
            secret: ZUGANG,
        },
        7 << 20,
    );
    let small = small.expect("opens");
    let refused = small.put_bytes(KEK, "application/pdf", too_large).await;
    assert!(matches!(refused, Err(DocError::TooLarge { .. })), "{refused:?}");
    let gone = small.sweep_orphans(&HashSet::new(), jiff::Timestamp::MAX, |_| true).await.expect("swept");
    assert!(gone.is_empty(), "a refused upload leaves no document: {gone:?}");
}

#[tokio::test]
async fn the_sweep_of_a_bucket_takes_what_no_event_cites_and_nothing_else() {
    let Some(server) = Eimer::start() else { return };
    let (store, other) = (store(&server, "eine"), store(&server, "andere"));
    let (cited, orphan) = (put(&store, &noise(10)).await, put(&store, &noise(11)).await);
    let theirs = put(&other, &noise(12)).await;
    let known: HashSet<Uuid> = [cited.reference].into();
    let early = store.sweep_orphans(&known, jiff::Timestamp::UNIX_EPOCH, |_| true).await.expect("swept");
    assert!(early.is_empty(), "what is young stays");
    let swept = store.sweep_orphans(&known, jiff::Timestamp::MAX, |_| true).await.expect("swept");
    assert_eq!(swept, [orphan.reference]);
    assert!(store.exists(cited.reference).await.expect("answers"));
    assert!(other.exists(theirs.reference).await.expect("answers"), "the neighbour in the bucket is not touched");
}

#[tokio::test]
async fn folder_to_bucket_to_folder_is_the_same_byte_for_byte() {
    let Some(server) = Eimer::start() else { return };
    let dir = tempfile::tempdir().expect("dir");
    let at = |name: &str| DocumentStore::folder(dir.path().join(name), MAX).expect("store");
    let (von, eimer, zurueck) = (at("von"), store(&server, "umzug"), at("zurueck"));
    for len in [0, 1, 100_000, 12 << 20] {
        put(&von, &noise(len)).await;
    }
    let would = von.would_copy_to(&eimer).await.expect("looked");
    let done = von.copy_to(&eimer, &|_| {}).await.expect("copied");
    assert_eq!(would, done, "a dry run says what a run does");
    assert_eq!((done.documents, done.copied, done.extra), (4, 4, 0));
    assert_eq!(von.copy_to(&eimer, &|_| {}).await.expect("again").copied, 0, "what is there is not copied again");
    assert_eq!(von.would_copy_to(&eimer).await.expect("looked").copied, 0);
    eimer.copy_to(&zurueck, &|_| {}).await.expect("copied");
    assert!(files(&dir.path().join("von")) == files(&dir.path().join("zurueck")));
}

#[tokio::test]
async fn a_copy_follows_a_new_seal_replaces_a_torn_object_and_leaves_what_only_the_target_has() {
    let Some(server) = Eimer::start() else { return };
    let dir = tempfile::tempdir().expect("dir");
    let (von, eimer) = (DocumentStore::folder(dir.path(), MAX).expect("store"), store(&server, "umzug"));
    let (a, b, c) = (put(&von, &noise(1000)).await, put(&von, &noise(2000)).await, put(&von, &noise(3000)).await);
    von.copy_to(&eimer, &|_| {}).await.expect("copied");
    // Sealed anew here; another seal of the same length there; erased here.
    von.reseal(&a, KEK, ANDERER).await.expect("sealed anew");
    eimer.reseal(&b, KEK, ANDERER).await.expect("differs");
    von.delete(c.reference).await.expect("erased");
    assert_eq!(von.would_copy_to(&eimer).await.expect("looked").copied, 2);
    let done = von.copy_to(&eimer, &|_| {}).await.expect("followed");
    assert_eq!((done.documents, done.copied, done.extra), (2, 2, 1));
    assert_eq!(eimer.get_bytes(&a, ANDERER, MAX).await.expect("read"), noise(1000));
    assert_eq!(eimer.get_bytes(&b, KEK, MAX).await.expect("read"), noise(2000));
    assert!(eimer.exists(c.reference).await.expect("answers"));
}

#[tokio::test]
async fn an_unknown_key_and_a_missing_bucket_are_said_before_anything_is_stored() {
    let Some(server) = Eimer::start() else { return };
    // This server compares key ids, not signatures.
    for (name, key_id, secret) in [(BUCKET, "FALSCH", "geheim"), ("fehlt", ZUGANG, "geheim")] {
        let endpoint = Some(server.endpoint.as_str());
        let bucket = Bucket { name, prefix: "", endpoint, region: "us-east-1", key_id, secret };
        let refused = open(&bucket, MAX).expect("opens").try_out().await;
        assert!(refused.is_err(), "{name} {key_id} {secret}");
        assert!(!refused.expect_err("refused").to_string().contains("geheim"), "a secret is not repeated");
    }
}
