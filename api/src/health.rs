//! Whether the program runs (`/healthz`) and whether it can serve (`/readyz`).

use crate::app::AppState;
use axum::extract::State;
use axum::http::StatusCode;

/// Alive: answers at all.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// Ready: `local.db` answers and no view is parked. Says so where the house is closed for writing or the log is
/// not signed: pages still serve.
pub async fn readyz(State(app): State<AppState>) -> (StatusCode, &'static str) {
    if app.local.run(|c| c.query_row("SELECT 1", [], |r| r.get::<_, i64>(0))).await.is_err() {
        return (StatusCode::SERVICE_UNAVAILABLE, "local.db does not answer\n");
    }
    let sichten = app.intern(|v| v.health()).await;
    match sichten {
        Ok(s) if s.iter().any(|s| s.geparkt.is_some()) => (StatusCode::SERVICE_UNAVAILABLE, "a view is parked\n"),
        // 200, or a proxy would take the reading pages away as well; whoever watches reads the words.
        Ok(_) if app.house.quarantine().is_some() => (StatusCode::OK, "quarantine: read-only, nothing is accepted\n"),
        // The reason stands in the program's log.
        Ok(_) if app.house.takt().is_some_and(|takt| takt.fault().is_some()) => {
            (StatusCode::OK, "ready, but the log is not signed\n")
        }
        Ok(_) => (StatusCode::OK, "ready\n"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "internal.db does not answer\n"),
    }
}
