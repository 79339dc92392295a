//! `/amt/geschaeftsgang/{id}/laufmappe.txt`: the whole run as a readable text to take away.
//!
//! The same sentences as the page; full digests, so that anybody can compare.

use crate::app::AppState;
use crate::clerk::gang::lauf::{self, Lauf};
use crate::clerk::zugang::Leser;
use crate::download;
use crate::error::Fehler;
use crate::layout::zeitpunkt;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use uuid::Uuid;

/// `GET /amt/geschaeftsgang/{id}/laufmappe.txt`
pub async fn holen(State(app): State<AppState>, leser: Leser, Path(id): Path<Uuid>) -> Result<Response, Fehler> {
    let l = lauf::laden(&app, &leser, id).await?;
    let kopf = format!("{}\nStand der Mappe: {}\n", app.stadt.name, zeitpunkt(&app.clock.now(), &l.zone));
    let mappe = Body::from(kopf + &text(&l));
    Ok(download::anhang(mappe, "text/plain; charset=utf-8", "laufmappe.txt", None))
}

fn text(l: &Lauf) -> String {
    let mut aus = format!("LAUFMAPPE\n\nDokument: {}\nKennung: {}\n", l.titel, l.u.dokument.unwrap_or_default());
    let digest = l.u.digest.as_deref().unwrap_or("gelöscht");
    aus += &format!("Fassung im Umlauf: {} (Position {})\nPrüfsumme: {digest}\n", l.u.version, l.u.position);
    aus += &format!("Stand: {}\n\nLAUFWEG\n", l.u.stand().wort());
    for s in l.schritte() {
        aus += &format!("{}. {}{}\n", s.nr, s.art, if s.jetzt { " (jetzt)" } else { "" });
        for p in s.parteien {
            aus += &format!("   {}: {}\n", p.name, p.stand);
        }
    }
    aus += "\nVERLAUF\n";
    for (e, (r, _)) in l.verlauf().into_iter().zip(&l.eintraege) {
        let weg = if e.aufgehoben { "[aufgehoben] " } else { "" };
        aus += &format!("{}  {weg}{}\n", e.wann, e.satz);
        if let Some(t) = e.text {
            aus += &format!("   „{}“\n", t.replace('\n', "\n   "));
        }
        aus += &format!("   Ereignis {} im Protokoll\n", r.index);
    }
    aus
}
