//! Read your own writes where several nodes serve one ledger: how far a browser has written travels with it.
//!
//! After a command the answer carries the log position as a cookie; a later request, at whatever node it
//! arrives, first waits a bounded time until this node's views are as far. The position is a count of events,
//! names nobody and decides nothing: whoever forges it only waits.

use crate::app::AppState;
use crate::limits::ZEIT_SICHT;
use crate::session::{cookie_lesen, cookie_setzen};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use std::cell::Cell;

/// Name of the cookie, without prefix.
const COOKIE: &str = "position";
/// How long it is sent along, seconds: no view is ever so far behind.
const DAUER: i64 = 60;

tokio::task_local! {
    static GESCHRIEBEN: Cell<u64>;
}

/// Notes that this request wrote the event at `index`.
pub(crate) fn merken(index: u64) {
    // Outside of a request nobody reads afterwards.
    let _ = GESCHRIEBEN.try_with(|next| next.set(next.get().max(index.saturating_add(1))));
}

/// Waits for what this browser wrote before, and tells it what it wrote now.
pub async fn folgen(State(app): State<AppState>, request: Request, next: Next) -> Response {
    if !app.konfig.mehrere_knoten {
        return next.run(request).await;
    }
    let position =
        cookie_lesen(request.headers(), &app.konfig.cookie(COOKIE)).and_then(|text| text.parse::<u64>().ok());
    if let Some(index) = position.and_then(|next| next.checked_sub(1)) {
        // Time over means that the page may still show the state before.
        app.stand.wait_for(index, ZEIT_SICHT).await;
    }
    let (mut response, written) =
        GESCHRIEBEN.scope(Cell::new(0), async { (next.run(request).await, GESCHRIEBEN.with(Cell::get)) }).await;
    if written > 0 {
        cookie_setzen(&app, response.headers_mut(), COOKIE, &written.to_string(), Some(DAUER));
    }
    response
}
