//! Two nodes on one ledger: what a browser wrote at one it finds at the other, also where that is behind.

use crate::besucher::{Besucher, Stadt, gruenden, knoten};
use akte_api::AppState;
use axum::http::StatusCode;
use tokio::sync::watch;

const KEKS: &str = "__Host-akte-position";

struct Zwei {
    stadt: Stadt,
    erster: AppState,
    /// Its views are as far as the test says.
    zweiter: AppState,
    weiter: watch::Sender<u64>,
}

async fn zwei() -> Zwei {
    let stadt = gruenden().await;
    let (weiter, stand) = akte_projections::Stand::new(0);
    let erster = knoten(&stadt, stadt.app.stand.clone());
    let zweiter = knoten(&stadt, stand);
    Zwei { stadt, erster, zweiter, weiter }
}

#[tokio::test]
async fn a_page_at_the_other_node_waits_until_it_shows_what_was_written() {
    let z = zwei().await;
    let size = z.stadt.app.house.ledger.head().await.unwrap().size;
    let browser = Besucher::neu(&z.zweiter);
    browser.setzen(KEKS, &size.to_string());
    let page = tokio::spawn(async move { browser.get("/readyz").await.status });
    // The same page at a node that need not wait, often enough for the other to have come to its end.
    let other = Besucher::neu(&z.erster);
    for _ in 0..50 {
        assert_eq!(other.get("/readyz").await.status, StatusCode::OK);
    }
    assert!(!page.is_finished(), "answered although its views are behind");
    z.weiter.send_replace(size);
    assert_eq!(page.await.unwrap(), StatusCode::OK);
}

#[tokio::test]
async fn a_command_tells_the_browser_how_far_it_wrote_and_only_where_there_are_several_nodes() {
    let z = zwei().await;
    for (app, told) in [(&z.erster, true), (&z.stadt.app, false)] {
        let browser = Besucher::neu(app);
        crate::vorgang::abgesendet(&browser).await;
        let size = z.stadt.app.house.ledger.head().await.unwrap().size;
        let position = browser.keks(KEKS).map(|text| text.parse::<u64>().unwrap());
        assert_eq!(position.is_some(), told);
        assert!(position.is_none_or(|next| next > 0 && next <= size), "{position:?} of {size}");
    }
}

#[tokio::test]
async fn a_forged_position_only_waits() {
    let z = zwei().await;
    let browser = Besucher::neu(&z.erster);
    for forged in ["0", "-1", "abc", "99999999999999999999999999"] {
        browser.setzen(KEKS, forged);
        assert_eq!(browser.get("/readyz").await.status, StatusCode::OK, "{forged}");
    }
}
