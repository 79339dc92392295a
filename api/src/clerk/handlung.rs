//! One act on the work pages: what a form became is sent, and what is refused comes back as the page says it.
//!
//! Draws no page and keeps nothing of what was typed: the page does both.

use crate::app::AppState;
use crate::clerk::absage::{self, Absage};
use crate::clerk::zugang::Leser;
use crate::error::Fehler;
use crate::formular::Formular;
use akte_core::execute::{Call, Principal, Room, Target};
use serde_json::Value;
use uuid::Uuid;

/// An act on this stream as its page showed it; as itself, or in the place the form names: whether that is so today,
/// the command path asks.
pub fn an(leser: &Leser, f: &Formular, stream: Uuid, request: Value) -> Call {
    Call {
        principal: Principal { on_behalf_of: f.get("_fuer").parse().ok(), ..leser.wer.principal() },
        target: Target::Stream(stream),
        expected: f.get("version").parse().ok(),
        ..neu(leser, f, request, None)
    }
}

/// Something new, under the keys of this procedure.
pub fn neu(leser: &Leser, f: &Formular, request: Value, corr: Option<Uuid>) -> Call {
    Call {
        principal: leser.wer.principal(),
        key: f.schluessel().to_owned(),
        target: Target::New,
        expected: None,
        request: Some(request),
        corr,
    }
}

/// Sends the command and waits until it is to be seen; its stream, or why the form comes back. `nummer`: of what the
/// new thing gets the next free number.
pub async fn senden<R: Room>(
    app: &AppState,
    call: Call,
    nummer: Option<&[String]>,
    command: Result<R::Command, String>,
) -> Result<Result<Uuid, Absage>, Fehler> {
    let command = match command {
        Ok(command) => command,
        Err(text) => return Ok(Err(absage::eingabe(text))),
    };
    let done = match nummer {
        Some(teile) => app.house.execute_numbered::<R>(call, teile, command).await,
        None => app.house.execute::<R>(call, command).await,
    };
    match done {
        Ok(done) => {
            app.sichtbar(done.receipt.as_ref()).await;
            Ok(Ok(done.stream))
        }
        Err(e) => absage::deuten(e).map(Err),
    }
}
