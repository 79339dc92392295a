//! The day's run notes what ended unused, exactly once, on every node and after every crash.

use super::*;
use crate::process::note_missed;

async fn missed(s: &Stadt, v: Uuid) -> usize {
    s.house.history(v).await.expect("history").iter().filter(|r| r.wire == "frist.missed.v1").count()
}

#[tokio::test]
async fn a_missed_frist_is_noted_exactly_once_however_often_the_day_is_run() {
    let mut s = Stadt::neu().await;
    let v = s.submit(|d| d.entscheidet()).await;
    s.process.settle().await.expect("settled");
    assert_eq!(note_missed(&s.house, &[v]).await.expect("run"), 0, "nothing has ended");
    s.uhr.set("2027-06-01T09:00:00Z");
    let (one, two) = ([v], [v, v]);
    let (a, b) = tokio::join!(note_missed(&s.house, &one), note_missed(&s.house, &two));
    assert_eq!(a.expect("run") + b.expect("run"), 1, "two nodes at the same time");
    s.uhr.set("2027-06-02T09:00:00Z");
    assert_eq!(note_missed(&s.house, &[v]).await.expect("run"), 0);
    let state = s.state(v).await;
    let ended = state.fristen.iter().filter(|f| f.versaeumt && !f.erledigt).count();
    assert!(ended > 0 && missed(&s, v).await == ended, "{:?}", state.fristen);
}
