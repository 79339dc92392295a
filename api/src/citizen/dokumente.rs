//! Documents that come along with an application: uploaded one by one, removable until sent.

use crate::app::AppState;
use crate::citizen::antrag::{Lage, lage};
use crate::citizen::felder;
use crate::error::Fehler;
use crate::formular::Formular;
use crate::layout::{self, Rahmen};
use crate::sprache::Sprache;
use crate::texte::Wort;
use crate::upload;
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
    pub label: Wort,
    pub hilfe: Wort,
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
    dateien: Vec<(String, Wort, String)>,
    gewaehlt: String,
    fehler: Option<String>,
    accept: &'static str,
    groesse: String,
    voll: bool,
    schritt: usize,
    bis: String,
    datenschutz: Wort,
}

/// `GET /antrag/{leistung}/dokumente`
pub async fn zeigen(
    State(app): State<AppState>,
    rahmen: Rahmen,
    headers: HeaderMap,
    Path(leistung): Path<String>,
) -> Result<Response, Fehler> {
    match lage(&app, &headers, &leistung, rahmen.sprache).await? {
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
        label: l.stimme.wort(&u.label),
        hilfe: l.stimme.wort(&u.hilfe),
        pflicht: offen.contains(&u.id)
            || akte_core::verfahren::bedingung::holds(&u.pflicht_wenn, &l.geprueft.felder, false),
        da: da(&u.id),
    };
    let mut arten: Vec<Art> = l.def.unterlagen.iter().map(eine).collect();
    arten.push(Art {
        id: "sonstige".into(),
        label: l.stimme.unterlage(&l.def, "sonstige"),
        hilfe: Wort::default(),
        pflicht: false,
        da: false,
    });
    arten
}

fn bauen(app: &AppState, rahmen: Rahmen, l: &Lage, gewaehlt: &str, fehler: Option<String>) -> Result<Response, Fehler> {
    let arten = arten(l);
    let dokumente = &l.entwurf.inhalt.dokumente;
    let status = if fehler.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let seite = Dokumente {
        rahmen: l.rahmen(rahmen, l.stimme.t().teile.unterlagen).mit_fehlern(fehler.is_some()),
        basis: l.basis(),
        dateien: dokumente
            .iter()
            .map(|d| (d.dokument.reference.to_string(), l.stimme.unterlage(&l.def, &d.unterlage), d.dateiname.clone()))
            .collect(),
        voll: dokumente.len() >= app.grenzwerte.unterlagen,
        arten,
        gewaehlt: gewaehlt.to_owned(),
        fehler,
        accept: Media::ACCEPT,
        groesse: upload::groesse(app.grenzwerte.upload_bytes),
        schritt: felder::gruppen(&l.def, &l.geprueft.felder).len() + 1,
        bis: l.entwurf.bis(app, l.stimme.seite),
        datenschutz: l.stimme.wort(&l.def.datenschutz),
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
    let mut l = match lage(&app, &headers, &leistung, rahmen.sprache).await? {
        Ok(l) => l,
        Err(r) => return Ok(r),
    };
    let t = &l.stimme.t().dokumente;
    if l.entwurf.inhalt.dokumente.len() >= app.grenzwerte.unterlagen {
        return bauen(&app, rahmen, &l, "", Some(t.zu_viele.into()));
    }
    let vorgang = app.house.stream_for_new::<Vorgang>(&Principal::anon(), &l.entwurf.inhalt.schluessel)?;
    let h = upload::annehmen(&app, &headers, form, vorgang).await?;
    let art = h.felder.get("unterlage").cloned().unwrap_or_default();
    let bekannt = arten(&l).iter().any(|a| a.id == art);
    let datei = match h.datei {
        Ok(Some(datei)) => datei,
        Ok(None) => return bauen(&app, rahmen, &l, &art, Some(t.keine_gewaehlt.into())),
        Err(grund) => return bauen(&app, rahmen, &l, &art, Some(grund.satz(l.stimme.seite))),
    };
    if !bekannt {
        return bauen(&app, rahmen, &l, "", Some(t.was_waehlen.into()));
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
    let mut l = match lage(&app, &headers, &leistung, Sprache::De).await? {
        Ok(l) => l,
        Err(r) => return Ok(r),
    };
    let Ok(welche) = formular.get("datei").parse::<Uuid>() else { return Err(Fehler::nicht_gefunden()) };
    let vorher = l.entwurf.inhalt.dokumente.len();
    l.entwurf.inhalt.dokumente.retain(|d| d.dokument.reference != welche);
    if l.entwurf.inhalt.dokumente.len() != vorher {
        l.entwurf.sichern(&app).await?;
        let vorgang = app.house.stream_for_new::<Vorgang>(&Principal::anon(), &l.entwurf.inhalt.schluessel)?;
        app.house.discard_upload(vorgang, welche).await?;
    }
    Ok(layout::weiter(&format!("{}/dokumente", l.basis())))
}
