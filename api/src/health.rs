//! Whether the program runs (`/healthz`) and whether it can serve (`/readyz`).

use crate::app::AppState;
use axum::extract::State;
use axum::http::StatusCode;

/// Alive: answers at all.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// Ready: `local.db` answers.
pub async fn readyz(State(app): State<AppState>) -> (StatusCode, &'static str) {
    match app.local.run(|c| c.query_row("SELECT 1", [], |r| r.get::<_, i64>(0))).await {
        Ok(1) => (StatusCode::OK, "ready\n"),
        _ => (StatusCode::SERVICE_UNAVAILABLE, "local.db does not answer\n"),
    }
}
