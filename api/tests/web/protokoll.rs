//! The published log through the router: what is signed and nothing beyond, one name per tile.

use crate::besucher::{Antwort, Besucher, Stadt, gruenden, log_key, signed};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};

async fn signed_town() -> (Stadt, u64) {
    let stadt = gruenden().await;
    let size = signed(&stadt).await.sign().await.unwrap().size;
    (stadt, size)
}

fn cache(a: &Antwort) -> &str {
    a.headers[header::CACHE_CONTROL].to_str().unwrap()
}

#[tokio::test]
async fn only_what_is_signed_is_served_and_tiles_may_be_kept_for_ever() {
    let (stadt, size) = signed_town().await;
    assert!(size > 1 && size < 256, "{size}");
    let b = Besucher::neu(&stadt.app);
    let a = b.get("/log/checkpoint").await;
    assert_eq!(a.headers[header::CONTENT_TYPE], "text/plain; charset=utf-8");
    assert!(a.text.starts_with(&format!("{}\n{size}\n", stadt.app.house.log)) && cache(&a) == "public, max-age=5");
    for (path, len) in
        [(format!("/log/tile/0/000.p/{size}"), size * 32), (format!("/log/tile/entries/000.p/{size}"), size * 35)]
    {
        let a = b.get(&path).await;
        assert_eq!(a.status, StatusCode::OK, "{path}");
        assert_eq!(a.headers[header::CONTENT_TYPE], "application/octet-stream");
        assert_eq!(cache(&a), "public, max-age=31536000, immutable");
        assert_eq!(a.headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
        let etag = a.headers[header::ETAG].clone();
        let again = Request::get(&path).header(header::IF_NONE_MATCH, etag).body(Body::empty()).unwrap();
        assert_eq!(b.senden(again).await.status, StatusCode::NOT_MODIFIED);
        let head = b.senden(Request::head(&path).body(Body::empty()).unwrap()).await;
        assert_eq!(
            (head.status, head.headers[header::CONTENT_LENGTH].to_str().unwrap()),
            (StatusCode::OK, &*len.to_string())
        );
        assert!(head.text.is_empty());
    }
    // What came after the checkpoint is not shown, neither its place nor that it is there.
    stadt
        .app
        .house
        .write_system("process.position.v1", &serde_json::json!({ "up_to": 1 }), "position-1")
        .await
        .unwrap();
    assert!(stadt.app.house.ledger.head().await.unwrap().size > size);
    for path in [
        format!("0/000.p/{}", size + 1),
        format!("entries/000.p/{}", size + 1),
        "0/000".into(),
        "0/001.p/1".into(),
        "1/000.p/1".into(),
    ] {
        assert_eq!(b.get(&format!("/log/tile/{path}")).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_tile_has_one_name_and_everything_else_is_not_found() {
    let (stadt, _) = signed_town().await;
    let b = Besucher::neu(&stadt.app);
    assert_eq!(b.get("/log/tile/0/000.p/2").await.status, StatusCode::OK);
    for path in [
        "0/000.p/02",
        "0/000.p/0",
        "0/000.p/256",
        "0/0.p/2",
        "0/0000.p/2",
        "00/000.p/2",
        "0/x000/000.p/2",
        "-0/000.p/2",
        "0/%30%300.p/2",
        "0/000.p/2/",
        "0//000.p/2",
        "0/000.p/2?x=1",
        "8/000.p/1",
        "63/000.p/1",
        "data/000.p/2",
        "entries/",
        "0/000.P/2",
        "0/x999/x999/x999/x999/x999/x999/x999/999.p/1",
        "../checkpoint",
        "0/..%2f000.p/2",
        "0/000.p/%32",
        "0/000.p/18446744073709551617",
        "0/٠٠٠.p/2",
    ] {
        let uri: Result<axum::http::Uri, _> = format!("/log/tile/{path}").parse();
        let Ok(uri) = uri else { continue };
        let a = b.senden(Request::get(uri).body(Body::empty()).unwrap()).await;
        assert_eq!(a.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(b.get("/log/checkpoint/").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn before_the_first_signature_there_is_a_page_and_no_checkpoint() {
    let stadt = gruenden().await;
    let b = Besucher::neu(&stadt.app);
    assert!(b.get("/log").await.text.contains("noch keine"));
    for path in ["/log/checkpoint", "/log/tile/0/000.p/1"] {
        assert_eq!(b.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert!(b.get("/log/policy").await.text.contains(&log_key().vkey().to_string()), "the key is known before");
    assert!(b.get("/daten").await.text.contains("href=\"/log\""));
}
