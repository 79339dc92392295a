//! A house that is closed for writing: every page says so, every write is answered 503 with the reason.
//!
//! Not the guard: that is the gate in `core::execute`. This answers early, before a file is taken in
//! or a form is filled in for nothing.

use crate::app::AppState;
use crate::error::Fehler;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// What is sent with POST and only reads: log in to look, show a case by its code, name a purpose, verify.
const LESEND: [&str; 5] = ["/anmelden", "/abmelden", "/status", "/pruefung/zweck", "/pruefung/verify"];

/// Refuses what would write.
pub async fn pruefen(State(app): State<AppState>, request: Request, next: Next) -> Response {
    let Some(warum) = app.house.quarantine() else { return next.run(request).await };
    let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    if request.method().is_safe() || LESEND.contains(&route) {
        return next.run(request).await;
    }
    Fehler::quarantaene(warum).into_response()
}

/// Lets every page show the banner.
pub async fn sagen(State(app): State<AppState>, mut request: Request, next: Next) -> Response {
    if let Some(warum) = app.nur_lesen() {
        request.extensions_mut().insert(warum);
    }
    next.run(request).await
}
