//! How fast all views together are rebuilt; prints the figure, asserts only that nothing is missing.
//!
//! Size by `AKTE_EREIGNISSE` (default small).

use crate::buch::{Buch, id};
use akte_projections::{InternalViews, rebuild};
use std::time::Instant;

#[tokio::test(flavor = "multi_thread")]
async fn rebuilding_takes_in_every_event_of_a_larger_ledger() {
    let wanted: u64 = std::env::var("AKTE_EREIGNISSE").ok().and_then(|s| s.parse().ok()).unwrap_or(2_000);
    let mut buch = Buch::new().await;
    let names = ["Petersen", "Hansen", "Jürgens", "Schröder", "Möller", "Thießen", "Claußen", "Lorenzen"];
    let mut n = 0u32;
    let mut size = 0;
    while size < wanted {
        let v = id(1_000_000 + u128::from(n));
        let name = format!("{}{}", names[n as usize % 8], ["", "mann", "feld"][n as usize / 8 % 3]);
        buch.submit(v, "ordnung", &name, names[n as usize / 3 % 8]).await;
        buch.work(v, n).await;
        size = buch.close(v).await + 1;
        n += 1;
    }
    let dir = tempfile::tempdir().expect("dir");
    let read = Instant::now();
    let mut from = 0;
    while from < size {
        from += buch.reader.read_all(from, 4000).await.expect("read").len() as u64;
    }
    let read = read.elapsed();
    let start = Instant::now();
    let done = rebuild(dir.path(), &buch.reader, &buch.konfig(), |_| {}).await.expect("rebuilt");
    let took = start.elapsed();
    assert_eq!(done, size);
    let views = InternalViews::open(&dir.path().join("internal.db")).expect("open");
    assert_eq!(views.position().expect("position"), size);
    assert_eq!(views.zaehlung().expect("counts").into_values().sum::<u64>(), u64::from(n));
    println!(
        "all views: {size} events in {took:?} = {:.0} events/s (opening alone {:.0} events/s)",
        size as f64 / took.as_secs_f64(),
        size as f64 / read.as_secs_f64()
    );
}
