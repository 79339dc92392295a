//! `/amt/eigenes/{art}/{id}` and `/amt/beobachtet`: watching a thing, what changed since the last look, personal notes.
//!
//! A note is no part of the Akte: it lies beside the record, only its owner sees and deletes it. Nothing is mailed.

use crate::app::AppState;
use crate::clerk::absage::{self, Absage};
use crate::clerk::fallseite::Meldung;
use crate::clerk::gang::handeln::freitext;
use crate::clerk::handlung;
use crate::clerk::objekt::{self, Gegenstand};
use crate::clerk::zugang::{self, Leser};
use crate::error::Fehler;
use crate::formular::Formular;
use crate::layout::{self, Rahmen, zeitpunkt};
use crate::notizen::HOECHSTENS;
use akte_core::execute::{Call, Target};
use akte_core::geschaeftsgang::{Beobachtung, BeobachtungCommand, Objekt, Objektart};
use akte_core::zugriff::Action;
use akte_projections::rows::EreignisRow;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

/// Newest changes shown of one thing.
const ZEIGEN: usize = 50;

#[derive(Template)]
#[template(path = "clerk/eigenes.html")]
struct Seite {
    rahmen: Rahmen,
    meldung: Option<Meldung>,
    adresse: String,
    gegenstand: String,
    href: String,
    beobachtet: bool,
    /// Id, text, time.
    notizen: Vec<(i64, String, String)>,
    text: String,
}

/// One watched thing and what is new about it.
pub struct Beobachtet {
    pub art: &'static str,
    pub id: Uuid,
    pub gegenstand: String,
    pub href: String,
    /// Time, sentence, who.
    pub neues: Vec<(String, String, String)>,
    /// Log index up to which this list goes.
    pub bis: u64,
}

#[derive(Template)]
#[template(path = "clerk/beobachtet.html")]
struct Liste {
    rahmen: Rahmen,
    alle: Vec<Beobachtet>,
}

/// `GET /amt/eigenes/{art}/{id}`
pub async fn zeigen(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path((art, id)): Path<(String, Uuid)>,
) -> Result<Response, Fehler> {
    let was = objekt::laden(&app, &leser, objekt::lesen(&art, id)?).await?;
    bauen(&app, &leser, rahmen, &was, None, "").await
}

async fn bauen(
    app: &AppState,
    leser: &Leser,
    rahmen: Rahmen,
    was: &Gegenstand,
    absage: Option<Absage>,
    text: &str,
) -> Result<Response, Fehler> {
    let (status, meldung) = absage::teilen(absage);
    let (o, ich) = (was.objekt, leser.wer.konto.konto);
    let zone = &app.stadt.zeitzone;
    let zeit = |s: i64| Timestamp::from_second(s).map(|t| zeitpunkt(&t, zone)).unwrap_or_default();
    let notizen = app.local.notizen(ich, o).await?;
    layout::seite_mit(
        status,
        &Seite {
            meldung,
            adresse: format!("/amt/eigenes/{}/{}", o.art.code(), o.id),
            gegenstand: format!("{}: {}", o.art.wort(), was.titel),
            href: was.href.clone(),
            beobachtet: app.intern(move |v| v.beobachtet(ich)).await?.contains(&o),
            notizen: notizen.into_iter().map(|n| (n.id, n.text, zeit(n.am))).collect(),
            text: text.to_owned(),
            rahmen: rahmen
                .titel("Beobachten und eigene Notizen")
                .aktiv("aufgaben")
                .krume("/amt/beobachtet", "Beobachtet")
                .mit_fehlern(status.is_client_error()),
        },
    )
}

/// `POST /amt/eigenes/{art}/{id}/{aktion}`
pub async fn handeln(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path((art, id, aktion)): Path<(String, Uuid, String)>,
    f: Formular,
) -> Result<Response, Fehler> {
    let was = objekt::laden(&app, &leser, objekt::lesen(&art, id)?).await?;
    let (o, ich) = (was.objekt, leser.wer.konto.konto);
    match aktion.as_str() {
        "beobachten" => {
            let command = BeobachtungCommand::Start { objekt: o, einheit: was.einheit.clone() };
            beobachten(&app, &leser, o, &f, command).await?;
            // What happened before is not news.
            app.local.blick_merken(ich, o, app.intern(|v| v.position()).await?).await?;
        }
        "beenden" => beobachten(&app, &leser, o, &f, BeobachtungCommand::End).await?,
        "gesehen" => {
            let bis = f.get("bis").parse().map_err(|_| Fehler::nicht_gefunden())?;
            app.local.blick_merken(ich, o, bis).await?;
            return Ok(layout::weiter("/amt/beobachtet"));
        }
        "notiz" => {
            let voll = app.local.notizen(ich, o).await?.len() >= HOECHSTENS;
            let text = match freitext(&f, "text", app.grenzwerte.feld_zeichen) {
                Ok(t) if t.is_empty() => Err("Die Notiz ist leer. Schreiben Sie etwas hinein.".to_owned()),
                Ok(_) if voll => Err(format!("Hier stehen schon {HOECHSTENS} Notizen. Löschen Sie zuerst eine.")),
                andere => andere,
            };
            let text = match text {
                Ok(text) => text,
                Err(warum) => {
                    let absage = Some(absage::eingabe(warum));
                    return bauen(&app, &leser, rahmen, &was, absage, f.get("text")).await;
                }
            };
            app.local.notiz_neu(ich, o, was.corr, text, app.clock.now().as_second()).await?;
        }
        "notiz_loeschen" => {
            let id = f.get("notiz").parse().map_err(|_| Fehler::nicht_gefunden())?;
            app.local.notiz_loeschen(ich, id).await?;
        }
        _ => return Err(Fehler::nicht_gefunden()),
    }
    Ok(layout::weiter(&format!("/amt/eigenes/{art}/{id}")))
}

async fn beobachten(
    app: &AppState,
    leser: &Leser,
    o: Objekt,
    f: &Formular,
    command: BeobachtungCommand,
) -> Result<(), Fehler> {
    let mut parts = vec![leser.wer.konto.konto.to_string()];
    parts.extend(o.schluessel());
    let ende = matches!(command, BeobachtungCommand::End);
    // Under keys of its own: who watches what is no part of the file.
    let neu = handlung::neu(leser, f, json!({ "objekt": o, "ende": ende }), None);
    let call = Call { target: Target::Natural(parts), ..neu };
    let done = app.house.execute::<Beobachtung>(call, command).await?;
    app.sichtbar(done.receipt.as_ref()).await;
    Ok(())
}

/// `GET /amt/beobachtet`
pub async fn liste(State(app): State<AppState>, leser: Leser, rahmen: Rahmen) -> Result<Response, Fehler> {
    zugang::lesen_liste(&app, &leser, Action::ReadEingang, "beobachtet").await?;
    let ich = leser.wer.konto.konto;
    let mut alle = Vec::new();
    for o in app.intern(move |v| v.beobachtet(ich)).await? {
        // Rights may have changed since: then the thing is no longer there for this reader.
        match objekt::laden(&app, &leser, o).await {
            Ok(was) => alle.push(eines(&app, &leser, was).await?),
            Err(Fehler::Refusal { status: StatusCode::NOT_FOUND, .. }) => {}
            Err(e) => return Err(e),
        }
    }
    layout::seite(&Liste {
        rahmen: rahmen.titel("Beobachtet").aktiv("aufgaben").krume("/amt/aufgaben", "Aufgaben"),
        alle,
    })
}

async fn eines(app: &AppState, leser: &Leser, was: Gegenstand) -> Result<Beobachtet, Fehler> {
    let (o, ich, corr) = (was.objekt, leser.wer.konto.konto, was.corr);
    let ab = app.local.blick(ich, o).await?;
    let (position, mut zeilen, dazu) =
        app.intern(move |v| Ok((v.position()?, v.timeline(corr)?, zugehoerig(v, o)?))).await?;
    let ich = ich.to_string();
    zeilen.retain(|e| e.index >= ab && e.akteur != ich && dazu.as_ref().is_none_or(|s| s.contains(&e.stream)));
    let zone = &app.stadt.zeitzone;
    let wer = |e: &EreignisRow| e.akteur_name.clone().unwrap_or_else(|| "das System".into());
    let neues = zeilen.iter().rev().take(ZEIGEN).map(|e| (zeitpunkt(&e.at, zone), e.satz.clone(), wer(e))).collect();
    let gegenstand = format!("{}: {}", o.art.wort(), was.titel);
    Ok(Beobachtet { art: o.art.code(), id: o.id, gegenstand, href: was.href, neues, bis: position })
}

/// Streams whose events are about this thing; `None` = every event of its procedure.
fn zugehoerig(
    v: &akte_projections::InternalViews,
    o: Objekt,
) -> Result<Option<Vec<Uuid>>, akte_projections::ViewError> {
    if o.art != Objektart::Dokument {
        return Ok(None);
    }
    let mut streams = vec![o.id];
    streams.extend(v.umlaeufe(o.id)?.iter().map(|u| u.umlauf));
    streams.extend(v.wiedervorlagen_an(o)?.iter().map(|w| w.wiedervorlage));
    Ok(Some(streams))
}
