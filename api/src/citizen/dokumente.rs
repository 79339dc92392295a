//! Documents that come along with an application: uploaded one by one, removable until sent.

use crate::app::AppState;
use crate::citizen::antrag::{Lage, lage};
use crate::citizen::felder;
use crate::error::Fehler;
use crate::formular::Formular;
use crate::layout::{self, Rahmen};
use crate::upload::{self, Abgelehnt};
use akte_core::documents::sniff::Media;
use akte_core::execute::Principal;
use akte_core::verfahren::Vorgang;
use akte_core::verfahren::event::AntragDokument;
use askama::Template;
use axum::extract::{Multipart, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use uuid::Uuid;

/// One kind of document to choose from.
pub struct Art {
    pub id: String,
    pub label: String,
    pub hilfe: String,
    pub pflicht: bool,
    pub da: bool,
}

#[derive(Template)]
#[template(path = "dokumente.html")]
struct Dokumente {
    rahmen: Rahmen,
    basis: String,
    arten: Vec<Art>,
    /// (reference, kind, file name)
    dateien: Vec<(String, String, String)>,
    gewaehlt: String,
    fehler: Option<String>,
    accept: &'static str,
    groesse: String,
    voll: bool,
    schritt: usize,
    bis: String,
    datenschutz: String,
}

/// `GET /antrag/{leistung}/dokumente`
pub async fn zeigen(
    State(app): State<AppState>,
    rahmen: Rahmen,
    headers: HeaderMap,
    Path(leistung): Path<String>,
) -> Result<Response, Fehler> {
    match lage(&app, &headers, &leistung).await? {
        Ok(l) => bauen(&app, rahmen, &l, "", None),
        Err(r) => Ok(r),
    }
}

/// The kinds of documents of this service, as far as the answers go.
pub fn arten(l: &Lage) -> Vec<Art> {
    let da = |id: &str| l.entwurf.inhalt.dokumente.iter().any(|d| d.unterlage == id);
    let offen = &l.geprueft.fehlende_unterlagen;
    let eine = |u: &akte_core::verfahren::definition::UnterlageDef| Art {
        id: u.id.clone(),
        label: u.label.de.clone(),
        hilfe: u.hilfe.de.clone(),
        pflicht: offen.contains(&u.id)
            || akte_core::verfahren::bedingung::holds(&u.pflicht_wenn, &l.geprueft.felder, false),
        da: da(&u.id),
    };
    let mut arten: Vec<Art> = l.def.unterlagen.iter().map(eine).collect();
    arten.push(Art {
        id: "sonstige".into(),
        label: "Sonstige Unterlage".into(),
        hilfe: String::new(),
        pflicht: false,
        da: false,
    });
    arten
}

fn bauen(app: &AppState, rahmen: Rahmen, l: &Lage, gewaehlt: &str, fehler: Option<String>) -> Result<Response, Fehler> {
    let arten = arten(l);
    let label =
        |id: &str| arten.iter().find(|a| a.id == id).map_or("Sonstige Unterlage", |a| a.label.as_str()).to_owned();
    let dokumente = &l.entwurf.inhalt.dokumente;
    let status = if fehler.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let seite = Dokumente {
        rahmen: rahmen
            .titel("Unterlagen")
            .aktiv("leistungen")
            .mit_fehlern(fehler.is_some())
            .krume("/leistungen", "Dienstleistungen")
            .krume(format!("/leistungen/{}", l.def.id), l.def.titel.de.clone()),
        basis: l.basis(),
        dateien: dokumente
            .iter()
            .map(|d| (d.dokument.reference.to_string(), label(&d.unterlage), d.dateiname.clone()))
            .collect(),
        voll: dokumente.len() >= app.grenzwerte.unterlagen,
        arten,
        gewaehlt: gewaehlt.to_owned(),
        fehler,
        accept: Media::ACCEPT,
        groesse: upload::groesse(app.grenzwerte.upload_bytes),
        schritt: felder::gruppen(&l.def, &l.geprueft.felder).len() + 1,
        bis: l.entwurf.bis(app),
        datenschutz: l.def.datenschutz.de.clone(),
    };
    layout::seite_mit(status, &seite)
}

/// `POST /antrag/{leistung}/dokumente`
pub async fn hochladen(
    State(app): State<AppState>,
    rahmen: Rahmen,
    headers: HeaderMap,
    Path(leistung): Path<String>,
    form: Multipart,
) -> Result<Response, Fehler> {
    let mut l = match lage(&app, &headers, &leistung).await? {
        Ok(l) => l,
        Err(r) => return Ok(r),
    };
    if l.entwurf.inhalt.dokumente.len() >= app.grenzwerte.unterlagen {
        return bauen(
            &app,
            rahmen,
            &l,
            "",
            Some("Mehr Dateien nehmen wir nicht an. Löschen Sie zuerst eine andere.".into()),
        );
    }
    let vorgang = app.house.stream_for_new::<Vorgang>(&Principal::anon(), &l.entwurf.inhalt.schluessel)?;
    let h = match upload::annehmen(&app, &headers, form, vorgang).await {
        Ok(h) => h,
        Err(Abgelehnt::Satz(satz)) => return bauen(&app, rahmen, &l, "", Some(satz)),
        Err(Abgelehnt::Fehler(f)) => return Err(f),
    };
    let art = h.felder.get("unterlage").cloned().unwrap_or_default();
    let bekannt = arten(&l).iter().any(|a| a.id == art);
    let Some(datei) = h.datei else {
        return bauen(&app, rahmen, &l, &art, Some("Es ist keine Datei ausgewählt. Wählen Sie eine Datei aus.".into()));
    };
    if !bekannt {
        return bauen(&app, rahmen, &l, "", Some("Wählen Sie aus, was die Datei ist.".into()));
    }
    l.entwurf.inhalt.dokumente.push(AntragDokument { unterlage: art, dateiname: datei.name, dokument: datei.wert });
    l.entwurf.sichern(&app).await?;
    Ok(layout::weiter(&format!("{}/dokumente", l.basis())))
}

/// `POST /antrag/{leistung}/dokumente/entfernen`
pub async fn entfernen(
    State(app): State<AppState>,
    headers: HeaderMap,
    Path(leistung): Path<String>,
    formular: Formular,
) -> Result<Response, Fehler> {
    let mut l = match lage(&app, &headers, &leistung).await? {
        Ok(l) => l,
        Err(r) => return Ok(r),
    };
    let Ok(welche) = formular.get("datei").parse::<Uuid>() else { return Err(Fehler::nicht_gefunden()) };
    let vorher = l.entwurf.inhalt.dokumente.len();
    l.entwurf.inhalt.dokumente.retain(|d| d.dokument.reference != welche);
    if l.entwurf.inhalt.dokumente.len() != vorher {
        l.entwurf.sichern(&app).await?;
        app.house.documents.delete(welche).await?;
    }
    Ok(layout::weiter(&format!("{}/dokumente", l.basis())))
}
