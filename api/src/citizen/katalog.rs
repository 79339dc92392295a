//! The catalogue of services and the page of one service, before the form.

use crate::app::AppState;
use crate::citizen::entwurf;
use crate::error::Fehler;
use crate::layout::{self, Rahmen};
use crate::sprache::Sprache;
use crate::texte::{self, Satz, Stimme, Texte, Wort};
use akte_core::verfahren::definition::Definition;
use akte_core::verfahren::event::Kanal;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Longest question the search reads, characters.
const FRAGE: usize = 100;

/// One service as lists show it.
pub struct Eintrag {
    pub id: String,
    pub titel: Wort,
    pub kurz: Wort,
}

impl Eintrag {
    /// In the language of the page, as far as the service speaks it.
    pub fn neu(def: &Definition, seite: Sprache) -> Self {
        let s = Stimme::neu(seite, def);
        Eintrag { id: def.id.clone(), titel: s.wort(&def.titel), kurz: s.wort(&def.kurz) }
    }
}

/// One topic with the number of its services.
struct Thema {
    id: String,
    titel: String,
    zahl: usize,
    gewaehlt: bool,
}

#[derive(Template)]
#[template(path = "leistungen.html")]
struct Katalog {
    rahmen: Rahmen,
    q: String,
    leistungen: Vec<Eintrag>,
    themen: Vec<Thema>,
    /// Not all services are shown.
    auswahl: bool,
}

/// `?q=`: everyday words; `?thema=`: one topic.
#[derive(Deserialize)]
pub struct Frage {
    #[serde(default)]
    q: String,
    #[serde(default)]
    thema: String,
}

/// The topic of a service; what names none, or one that no page knows, is among the others.
fn thema(d: &Definition) -> &str {
    if texte::DE.thema.finden(&d.thema).is_some() { &d.thema } else { "weiteres" }
}

/// Topics that have a service, in the order of their titles; the others last.
fn themen(alle: &[Arc<Definition>], gewaehlt: &str, seite: Sprache) -> Vec<Thema> {
    let mut zahl: BTreeMap<&str, usize> = BTreeMap::new();
    for d in alle {
        *zahl.entry(thema(d)).or_default() += 1;
    }
    let eins = |(id, zahl): (&str, usize)| {
        let titel = texte::von(seite).thema.finden(id).map(String::from)?;
        Some(Thema { id: id.to_owned(), titel, zahl, gewaehlt: id == gewaehlt })
    };
    let mut themen: Vec<Thema> = zahl.into_iter().filter_map(eins).collect();
    themen.sort_by(|a, b| (a.id == "weiteres", &a.titel).cmp(&(b.id == "weiteres", &b.titel)));
    themen
}

/// `GET /leistungen`
pub async fn liste(
    State(app): State<AppState>,
    rahmen: Rahmen,
    Query(frage): Query<Frage>,
) -> Result<Response, Fehler> {
    let q: String = crate::formular::normal(frage.q.trim()).chars().filter(|c| !c.is_control()).take(FRAGE).collect();
    let katalog = app.leistungen();
    let alle = katalog.all();
    let t = rahmen.t();
    let gewaehlt = if q.is_empty() { t.thema.finden(&frage.thema).map(String::from) } else { None };
    let (titel, gefunden) = match gewaehlt {
        _ if !q.is_empty() => (t.katalog.ergebnis.into(), katalog.search(&q)),
        Some(titel) => (titel, alle.iter().filter(|d| thema(d) == frage.thema).cloned().collect()),
        None => (t.katalog.titel.into(), alle.clone()),
    };
    // Who found something needs no topics; who found nothing, or is looking around, does.
    let suche_half = !q.is_empty() && !gefunden.is_empty();
    let themen = if suche_half { Vec::new() } else { themen(&alle, &frage.thema, rahmen.sprache) };
    layout::seite(&Katalog {
        leistungen: gefunden.iter().map(|d| Eintrag::neu(d, rahmen.sprache)).collect(),
        themen,
        auswahl: !q.is_empty() || gefunden.len() < alle.len(),
        rahmen: rahmen.titel(titel).aktiv("leistungen"),
        q,
    })
}

#[derive(Template)]
#[template(path = "leistung.html")]
struct Leistung {
    rahmen: Rahmen,
    l: Arc<Definition>,
    online: bool,
    /// A draft of this service is in this browser.
    begonnen: bool,
    kanaele: String,
    s: Stimme,
}

/// `GET /leistungen/{leistung}`
pub async fn leistung(
    State(app): State<AppState>,
    rahmen: Rahmen,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Fehler> {
    let l = app.leistungen().in_force(&id, app.heute()).ok_or_else(Fehler::nicht_gefunden)?;
    let begonnen = matches!(entwurf::lesen(&app, &headers, &l.id).await?, Some(e) if e.inhalt.abgesendet.is_none());
    let s = Stimme::neu(rahmen.sprache, &l);
    let kanaele = l.kanaele.iter().map(|k| kanal(*k, s.t()).0).collect::<Vec<_>>().join(", ");
    let rahmen = rahmen.titel(s.wort(&l.titel)).aktiv("leistungen").krume_leistungen();
    layout::seite(&Leistung { rahmen, online: l.kanaele.contains(&Kanal::Online), begonnen, kanaele, s, l })
}

/// The channel in words.
fn kanal(k: Kanal, t: &Texte) -> Satz {
    match k {
        Kanal::Online => t.leistung.online,
        Kanal::VorOrt => t.leistung.vor_ort,
        Kanal::Post => t.leistung.post,
        Kanal::Telefon => t.leistung.am_telefon,
    }
}
