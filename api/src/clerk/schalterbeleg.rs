//! The paper a person takes home from the counter: what was entered, and the case code as text and as QR code.
//!
//! Made when it is asked for and kept nowhere: the code is the person's secret.

use crate::app::AppState;
use crate::clerk::{eingang, erfassen};
use crate::download;
use crate::error::Fehler;
use crate::layout;
use crate::session::Angemeldet;
use akte_core::documents::notice;
use akte_core::verfahren::event::Kanal;
use akte_core::verfahren::offenlegung;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use uuid::Uuid;

/// `GET /amt/erfassen/{leistung}/{vorgang}/beleg.pdf`, for who entered it.
pub async fn pdf(
    State(app): State<AppState>,
    wer: Angemeldet,
    Path((leistung, vorgang)): Path<(String, Uuid)>,
) -> Result<Response, Fehler> {
    let (fall, erstes) = erfassen::eigene(&app, &wer, &leistung, vorgang).await?;
    let def = app.leistungen().by_hash(&fall.definition);
    let label = |id: &String| {
        let row = def.as_ref().and_then(|d| d.unterlagen.iter().find(|u| u.id == *id));
        row.map_or_else(|| "Sonstige Unterlage".to_owned(), |u| u.label.de.clone())
    };
    let basis = erfassen::basis(&app);
    let code = app.house.case_code(vorgang, fall.code_generation);
    let ereignis = app.house.ereignis(vorgang, 0).await?;
    let wire = ereignis.header.wire.clone();
    let auszug = ereignis.auszug(|p| offenlegung::zeiger(def.as_deref(), &wire, p))?;
    let beleg = auszug.promise().map_err(Fehler::fault)?;
    let brief = notice::Brief {
        stadt: notice::Absender::from(&*app.stadt),
        aktenzeichen: fall.aktenzeichen.clone().unwrap_or_default(),
        datum: erstes.at.to_zoned(app.house.zone.clone()).date(),
        betreff: format!("Beleg: {}", eingang::titel(&app, &fall.leistung)),
        absaetze: vec!["Wir haben Ihren Antrag aufgenommen. Bewahren Sie dieses Blatt auf.".into()],
        ..notice::Brief::default()
    };
    let eingabe = notice::Schalterbeleg {
        brief,
        eingang: fall.eingang_am.map(|t| layout::zeitpunkt(&t, &app.stadt.zeitzone)).unwrap_or_default(),
        kanal: fall.kanal.map_or("", Kanal::wort).to_owned(),
        qr: notice::qr(&format!("{basis}/s/{code}"))
            .ok_or_else(|| Fehler::fault("the address is too long for a code"))?,
        fallcode: code,
        status_adresse: format!("{basis}/status"),
        unterlagen: fall.unterlagen.iter().map(label).collect(),
        ereignis_hash: URL_SAFE_NO_PAD.encode(auszug.event_hash()),
        pruef_adresse: format!("{basis}/pruefen"),
    };
    let eingabe = serde_json::to_value(&eingabe).map_err(Fehler::fault)?;
    let pdf = tokio::task::spawn_blocking(move || {
        let vorlage = notice::template_by_name("schalterbeleg")?;
        let anlage = notice::Attachment {
            name: "zusage.json",
            media: "application/json",
            beschreibung: "Zusage für Prüfprogramme: noch kein Beweis",
            bytes: &beleg,
        };
        Some(notice::render(&vorlage, &eingabe, &[anlage]))
    });
    let fertig = pdf.await.map_err(Fehler::fault)?.ok_or_else(|| Fehler::fault("template schalterbeleg is missing"))?;
    let fertig = fertig.map_err(Fehler::fault)?;
    Ok(download::anhang(Body::from(fertig.pdf), "application/pdf", "beleg.pdf", None))
}
