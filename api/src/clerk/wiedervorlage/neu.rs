//! `/amt/wiedervorlage/neu/{art}/{id}`: one more Wiedervorlage of a thing, and those it has.
//!
//! The day is computed by the room; the page shows it afterwards with its Rechenweg.

use crate::app::AppState;
use crate::clerk::absage::{self, Absage};
use crate::clerk::fallseite::Meldung;
use crate::clerk::gang::handeln::freitext;
use crate::clerk::handlung;
use crate::clerk::namen::Namen;
use crate::clerk::objekt::{self, Gegenstand};
use crate::clerk::zugang::Leser;
use crate::error::Fehler;
use crate::formular::Formular;
use crate::layout::{self, Rahmen, datum};
use akte_core::geschaeftsgang::{Wann, Wiedervorlage, WiedervorlageCommand};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::json;
use uuid::Uuid;

#[derive(Template)]
#[template(path = "clerk/wiedervorlage_neu.html")]
struct Seite {
    rahmen: Rahmen,
    meldung: Option<Meldung>,
    adresse: String,
    gegenstand: String,
    href: String,
    /// Address, day, state.
    vorhanden: Vec<(Uuid, String, &'static str)>,
    kandidaten: Vec<(Uuid, String, bool)>,
    wann: String,
    grund: String,
}

/// `GET /amt/wiedervorlage/neu/{art}/{id}`
pub async fn zeigen(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path((art, id)): Path<(String, Uuid)>,
) -> Result<Response, Fehler> {
    let was = objekt::laden(&app, &leser, objekt::lesen(&art, id)?).await?;
    bauen(&app, &leser, rahmen, &was, None, &Formular::default()).await
}

async fn bauen(
    app: &AppState,
    leser: &Leser,
    rahmen: Rahmen,
    was: &Gegenstand,
    absage: Option<Absage>,
    getippt: &Formular,
) -> Result<Response, Fehler> {
    let (status, meldung) = absage::teilen(absage);
    let namen = Namen::laden(app).await?;
    let (o, ich) = (was.objekt, leser.wer.konto.konto.to_string());
    let gewaehlt = if getippt.get("konto").is_empty() { ich.as_str() } else { getippt.get("konto") };
    let rows = app.intern(move |v| v.wiedervorlagen_an(o)).await?;
    let stand = |erledigt: bool| if erledigt { "erledigt" } else { "offen" };
    let kandidaten = namen.kandidaten(&was.einheit).into_iter();
    layout::seite_mit(
        status,
        &Seite {
            meldung,
            adresse: format!("/amt/wiedervorlage/neu/{}/{}", o.art.code(), o.id),
            gegenstand: format!("{}: {}", o.art.wort(), was.titel),
            href: was.href.clone(),
            vorhanden: rows.iter().map(|r| (r.wiedervorlage, datum(&r.faellig), stand(r.erledigt))).collect(),
            kandidaten: kandidaten.map(|(k, n)| (k, n, k.to_string() == gewaehlt)).collect(),
            wann: getippt.get("wann").to_owned(),
            grund: getippt.get("grund").to_owned(),
            rahmen: rahmen
                .titel("Wiedervorlage setzen")
                .aktiv("wiedervorlagen")
                .krume("/amt/wiedervorlagen", "Wiedervorlagen")
                .mit_fehlern(status.is_client_error()),
        },
    )
}

/// `POST /amt/wiedervorlage/neu/{art}/{id}`
pub async fn setzen(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path((art, id)): Path<(String, Uuid)>,
    getippt: Formular,
) -> Result<Response, Fehler> {
    let was = objekt::laden(&app, &leser, objekt::lesen(&art, id)?).await?;
    let command = lesen(&getippt, &was, &leser, app.grenzwerte.feld_zeichen);
    let felder = ["wann", "konto", "grund"].map(|f| (f, getippt.get(f)));
    let call = handlung::neu(&leser, &getippt, json!({ "objekt": was.objekt, "felder": felder }), Some(was.corr));
    match handlung::senden::<Wiedervorlage>(&app, call, Some(&was.objekt.schluessel()), command).await? {
        Ok(neue) => Ok(layout::weiter(&format!("/amt/wiedervorlage/{neue}"))),
        Err(absage) => bauen(&app, &leser, rahmen, &was, Some(absage), &getippt).await,
    }
}

fn lesen(f: &Formular, was: &Gegenstand, leser: &Leser, max: usize) -> Result<WiedervorlageCommand, String> {
    let wann = Wann::lesen(f.get("wann")).ok_or("Wann? Schreiben Sie zum Beispiel +14T oder 31.12.2026.")?;
    Ok(WiedervorlageCommand::Set {
        objekt: was.objekt,
        einheit: was.einheit.clone(),
        konto: f.get("konto").parse().unwrap_or(leser.wer.konto.konto),
        wann,
        grund: freitext(f, "grund", max)?,
        verfuegung: None,
    })
}
