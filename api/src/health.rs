//! Whether the program runs (`/healthz`) and whether it can serve (`/readyz`).

use crate::app::AppState;
use axum::extract::State;
use axum::http::StatusCode;

/// Alive: answers at all.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// Ready: `local.db` answers and no view is parked. Says so where the house is closed for writing.
pub async fn readyz(State(app): State<AppState>) -> (StatusCode, &'static str) {
    if app.local.run(|c| c.query_row("SELECT 1", [], |r| r.get::<_, i64>(0))).await.is_err() {
        return (StatusCode::SERVICE_UNAVAILABLE, "local.db does not answer\n");
    }
    let sichten = app.intern(|v| v.health()).await;
    match sichten {
        // 200, or a proxy would take the reading pages away as well; whoever watches reads the words.
        Ok(s) if s.iter().all(|s| s.geparkt.is_none()) && app.house.quarantine().is_some() => {
            (StatusCode::OK, "quarantine: read-only, nothing is accepted\n")
        }
        Ok(s) if s.iter().all(|s| s.geparkt.is_none()) => (StatusCode::OK, "ready\n"),
        Ok(_) => (StatusCode::SERVICE_UNAVAILABLE, "a view is parked\n"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "internal.db does not answer\n"),
    }
}
