//! Invariant 1: delete every view, and a rebuild restores it byte for byte; poison stays local.

use crate::buch::{Buch, belebt, dumps, id};
use akte_projections::{InternalViews, PublicViews, Runner, rebuild};
use serde_json::{Map, Value, json};
use std::time::Duration;

fn data(v: Value) -> Map<String, Value> {
    v.as_object().cloned().expect("object")
}

#[tokio::test]
async fn views_are_the_same_in_any_batch_size_after_a_restart_and_after_a_rebuild() {
    let buch = belebt().await;
    let events = buch.alles().await;
    let mut seen = Vec::new();
    for size in [1, 7, 10_000] {
        let dir = tempfile::tempdir().expect("dir");
        let mut s = buch.open(dir.path());
        for (i, batch) in events.chunks(size).enumerate() {
            s.take(batch).expect("taken");
            if i % 5 == 4 {
                drop(s);
                s = buch.open(dir.path());
            }
        }
        assert_eq!(s.next(), events.len() as u64);
        seen.push(dumps(&s));
    }
    assert!(seen[0].0.contains("Müllerhoff, Änne") && seen[0].1.contains("Rad & Tat"));
    assert!(seen.windows(2).all(|w| w[0] == w[1]), "batch size shows in the rows");

    let dir = tempfile::tempdir().expect("dir");
    let done = rebuild(dir.path(), &buch.reader, &buch.konfig(), |_| {}).await.expect("rebuilt");
    assert_eq!(done, events.len() as u64);
    assert_eq!(dumps(&buch.open(dir.path())), seen[0]);
}

#[tokio::test]
async fn a_rebuild_replaces_wrong_rows_under_the_eyes_of_open_readers() {
    let buch = belebt().await;
    let dir = tempfile::tempdir().expect("dir");
    let mut s = buch.open(dir.path());
    s.take(&buch.alles().await).expect("taken");
    let right = dumps(&s);
    s.internal.connection().execute("UPDATE vorgang SET antragsteller='Falsch'", []).expect("tamper");
    drop(s);
    let views = InternalViews::open(&dir.path().join("internal.db")).expect("open");
    let one = views.vorgang(id(10_000)).expect("row").expect("there");
    assert_eq!(one.antragsteller.as_deref(), Some("Falsch"));
    let mut steps = Vec::new();
    rebuild(dir.path(), &buch.reader, &buch.konfig(), |n| steps.push(n)).await.expect("rebuilt");
    assert_eq!(steps.last().copied(), Some(buch.alles().await.len() as u64));
    let one = views.vorgang(id(10_000)).expect("row").expect("there");
    assert_eq!(one.antragsteller.as_deref(), Some("Müller, Änne"));
    assert_eq!(dumps(&buch.open(dir.path())), right);
    assert!(!dir.path().join("internal.db.neu").exists());
}

#[tokio::test]
async fn a_damaged_or_foreign_view_file_is_built_anew_at_the_start() {
    let buch = belebt().await;
    let dir = tempfile::tempdir().expect("dir");
    Runner::start(dir.path(), buch.reader.clone(), buch.konfig()).await.expect("started");
    let right = dumps(&buch.open(dir.path()));
    let older = rusqlite::Connection::open(dir.path().join("public.db")).expect("open");
    older.execute("UPDATE meta SET wert='von gestern'", []).expect("older code");
    drop(older);
    std::fs::write(dir.path().join("internal.db"), vec![7u8; 5000]).expect("damage");
    let mut runner = Runner::start(dir.path(), buch.reader.clone(), buch.konfig()).await.expect("started again");
    runner.catch_up().await.expect("caught up");
    drop(runner);
    assert_eq!(dumps(&buch.open(dir.path())), right);
}

#[tokio::test]
async fn a_poisoned_event_parks_only_its_own_views_and_they_resume_after_the_cure() {
    let mut buch = Buch::new().await;
    let v = id(10_000);
    let at = buch.submit(v, "ordnung", "Müller", "Änne").await;
    buch.work(v, 1).await;
    let events = buch.alles().await;
    let mut ill = events.clone();
    ill[at as usize].r.data.insert("eingang_am".into(), json!("kein Tag"));

    let dir = tempfile::tempdir().expect("dir");
    let mut s = buch.open(dir.path());
    s.take(&ill).expect("the others go on");
    let views = InternalViews::open(&dir.path().join("internal.db")).expect("open");
    let parked: Vec<_> = views.health().expect("health").into_iter().filter(|h| h.geparkt.is_some()).collect();
    assert_eq!(parked.iter().map(|h| (h.sicht.as_str(), h.position)).collect::<Vec<_>>(), [("vorgaenge", at)]);
    assert!(!format!("{parked:?}").contains("kein Tag"), "a reason repeats no value");
    assert_eq!(views.position().expect("position"), events.len() as u64);
    assert_eq!(views.timeline(v).expect("timeline").len(), 9);
    assert!(views.vorgang(v).expect("row").is_none());
    let public = PublicViews::open(&dir.path().join("public.db")).expect("open");
    assert_eq!(public.health().expect("health").iter().filter(|h| h.geparkt.is_some()).count(), 1);

    s.resume();
    assert_eq!(s.next(), at);
    s.take(&events[at as usize..]).expect("cured");
    assert!(views.vorgang(v).expect("row").is_some());
    let other = tempfile::tempdir().expect("dir");
    let mut never_ill = buch.open(other.path());
    never_ill.take(&events).expect("taken");
    assert_eq!(dumps(&s), dumps(&never_ill));
}

#[tokio::test]
async fn a_reader_waits_for_his_own_write_and_no_longer_than_agreed() {
    let mut buch = Buch::new().await;
    let dir = tempfile::tempdir().expect("dir");
    let runner = Runner::start(dir.path(), buch.reader.clone(), buch.konfig()).await.expect("started");
    let stand = runner.stand();
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let task = tokio::spawn(runner.run(stopped));
    let v = id(10_000);
    let index = buch.submit(v, "ordnung", "Müller", "Änne").await;
    assert!(stand.wait_for(index, Duration::from_secs(60)).await);
    let views = InternalViews::open(&dir.path().join("internal.db")).expect("open");
    assert!(views.vorgang(v).expect("row").is_some());
    assert!(!stand.wait_for(index + 1, Duration::from_millis(20)).await, "nothing more was written");
    stop.send(true).expect("runner is there");
    task.await.expect("ends");
}

#[tokio::test]
async fn what_is_erased_is_gone_from_the_views_and_their_bytes() {
    let mut buch = Buch::new().await;
    let v = id(10_000);
    let at = buch.submit(v, "ordnung", "Wunderlich", "Änne").await;
    buch.work(v, 1).await;
    let dir = tempfile::tempdir().expect("dir");
    let mut runner = Runner::start(dir.path(), buch.reader.clone(), buch.konfig()).await.expect("started");
    runner.catch_up().await.expect("caught up");
    let views = InternalViews::open(&dir.path().join("internal.db")).expect("open");
    assert_eq!(views.suche("wunderlich", None, 9).expect("search").len(), 1);
    assert!(found(dir.path(), "internal.db", "Wunderlich"), "the search below would see it");

    let system = id(999);
    let asked = data(json!({"targets": [], "reason": "frist", "archive": "abgelehnt"}));
    buch.write_raw(system, system, "erasure.requested.v1", &asked).await;
    buch.reader.ledger.erase_groups(&[(at, 1)]).await.expect("erased");
    let done = data(json!({"request": {"log": "x", "idx": 1}, "groups": 1, "documents": 0}));
    buch.write_raw(system, system, "erasure.confirmed.v1", &done).await;
    runner.catch_up().await.expect("caught up");
    assert!(views.suche("wunderlich", None, 9).expect("search").is_empty());
    assert_eq!(views.vorgang(v).expect("row").expect("the case stays").antragsteller, None);
    assert!(!found(dir.path(), "internal.db", "Wunderlich"));
    assert!(!found(dir.path(), "internal.db", "wunderlich"));
    let other = tempfile::tempdir().expect("dir");
    rebuild(other.path(), &buch.reader, &buch.konfig(), |_| {}).await.expect("rebuilt");
    drop(runner);
    assert_eq!(dumps(&buch.open(dir.path())), dumps(&buch.open(other.path())));
}

/// Whether these bytes occur in a view file or in what SQLite keeps beside it.
pub fn found(dir: &std::path::Path, file: &str, needle: &str) -> bool {
    ["", "-wal"].iter().any(|ending| {
        let bytes = std::fs::read(dir.join(format!("{file}{ending}"))).unwrap_or_default();
        bytes.windows(needle.len()).any(|w| w == needle.as_bytes())
    })
}
