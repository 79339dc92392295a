//! `/amt/akte/{id}/stand` and `/amt/akte/{id}/unterschied`: one file at a moment, and between two.

use super::unterschied::{Aenderung, Ursache, Vergleich, akteur, satz};
use super::{Kopf, Moment, Spanne, felder, wort};
use crate::app::AppState;
use crate::clerk::beweispaket::stroeme;
use crate::clerk::fallseite::Meldung;
use crate::clerk::unterschied::Stueck;
use crate::clerk::worte;
use crate::clerk::zugang::{self, Leser};
use crate::error::Fehler;
use crate::layout::{self, Rahmen, zeitpunkt};
use akte_core::akte::{Akte, Dokument};
use akte_core::execute::{ExecuteError, Zeitachse, rechtszeit};
use akte_core::vault::Recorded;
use akte_core::verfahren::Vorgang;
use akte_core::zugriff::Action;
use akte_projections::rows::KontoRow;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use uuid::Uuid;

/// One line of the file as it was.
pub struct Zeile {
    pub was: String,
    pub wert: String,
}

/// A document or a case that lay in the file then.
pub struct Inhalt {
    pub art: &'static str,
    /// Where it is one.
    pub vorgang: Option<Uuid>,
    pub text: String,
}

/// One event that counts.
pub struct Ereignis {
    pub index: u64,
    pub erfasst: String,
    /// When it took effect, where that was not when it was recorded.
    pub galt: Option<String>,
    pub wer: String,
    pub satz: String,
}

#[derive(Template)]
#[template(path = "stand/akte.html")]
struct Seite {
    rahmen: Rahmen,
    kopf: Kopf,
    id: Uuid,
    gab_es: bool,
    zeilen: Vec<Zeile>,
    inhalt: Vec<Inhalt>,
    ereignisse: Vec<Ereignis>,
}

/// Names of accounts for pages: whoever may read the file may know who worked on it.
pub fn namen(konten: &[KontoRow]) -> impl Fn(&str) -> Option<String> + Sync + '_ {
    move |id: &str| {
        let id: Uuid = id.parse().ok()?;
        let k = konten.iter().find(|k| k.konto == id)?;
        Some(k.name.clone().or_else(|| k.login.clone()).unwrap_or_else(|| "ein Konto ohne Namen".into()))
    }
}

/// `GET /amt/akte/{id}/stand`
pub async fn zeigen(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path(id): Path<Uuid>,
    Query(moment): Query<Moment>,
) -> Result<Response, Fehler> {
    let heute = zugang::lesen::<Akte>(&app, &leser, Action::ReadAkte, id, "akte-stand").await?;
    let kopf = moment.kopf(&app);
    let (am, achse) = (kopf.am, kopf.achse);
    let konten = app.intern(|v| v.konten()).await?;
    let name = namen(&konten);
    let damals = match app.house.load_stand::<Akte>(id, am, achse).await {
        Ok(a) => Some(a.state),
        Err(ExecuteError::NotFound) => None,
        Err(e) => return Err(e.into()),
    };
    let zeilen = match &damals {
        Some(a) => zeilen(&app, &serde_json::to_value(a).map_err(Fehler::fault)?, &name),
        None => Vec::new(),
    };
    let gab_es = damals.is_some();
    let (inhalt, ereignisse) =
        if gab_es { inhalt(&app, id, am, achse, &name).await? } else { (Vec::new(), Vec::new()) };
    let titel = worte::akte(&heute.state);
    let status = kopf.status;
    let seite = Seite {
        rahmen: rahmen
            .titel("Stand der Akte")
            .aktiv("eingang")
            .krume(format!("/amt/akte/{id}"), titel)
            .mit_fehlern(kopf.meldung.is_some()),
        id,
        kopf,
        gab_es,
        zeilen,
        inhalt,
        ereignisse,
    };
    layout::seite_mit(status, &seite)
}

/// The file's own data; what lay in it, and where, is said below them.
fn zeilen(app: &AppState, v: &serde_json::Value, name: &(dyn Fn(&str) -> Option<String> + Sync)) -> Vec<Zeile> {
    let einheit = |id: &str| app.stadt.einheiten.iter().find(|e| e.id == id).map(|e| e.name.clone());
    let alle = felder::zeilen(v, None, &|t| name(t));
    let innen = |pfad: &str| matches!(pfad, "dokumente" | "vorgang" | "nummeriert") || pfad.starts_with("lage");
    let eigene = alle.into_iter().filter(|(pfad, _)| !innen(pfad));
    let in_worten = |(pfad, wert): (String, String)| {
        let was = felder::beschriftung(&pfad, None);
        Zeile { was, wert: einheit(&wert).filter(|_| pfad == "einheit").unwrap_or(wert) }
    };
    eigene.map(in_worten).collect()
}

/// What lay in the file then, and every event that made it so.
async fn inhalt(
    app: &AppState,
    akte: Uuid,
    am: Timestamp,
    achse: Zeitachse,
    name: &(dyn Fn(&str) -> Option<String> + Sync),
) -> Result<(Vec<Inhalt>, Vec<Ereignis>), Fehler> {
    let (mut inhalt, mut ereignisse) = (Vec::new(), Vec::new());
    for strom in stroeme(app, akte).await? {
        let history = app.house.history_until(strom, am, achse).await?;
        let Some(erstes) = history.first() else { continue };
        match erstes.wire.split('.').next() {
            Some("antrag" | "vorgang") => {
                let v = app.house.load_stand::<Vorgang>(strom, am, achse).await?.state;
                if v.akte == Some(akte) {
                    let leistung = app.leistungen().get(&v.leistung).map_or(v.leistung.clone(), |d| d.titel.de.clone());
                    inhalt.push(Inhalt {
                        art: "Vorgang",
                        vorgang: Some(strom),
                        text: format!("{leistung}, {}", v.status.wort()),
                    });
                }
            }
            Some("dokument") => {
                let d = app.house.load_stand::<Dokument>(strom, am, achse).await?.state;
                let titel = d.titel.or(d.dateiname).unwrap_or_else(|| "Dokument ohne Titel".into());
                inhalt.push(Inhalt { art: "Dokument", vorgang: None, text: format!("{titel}, Fassung {}", d.version) });
            }
            _ => {}
        }
        ereignisse.extend(history.iter().map(|r| (r.index, ereignis(app, r, name))));
    }
    ereignisse.sort_by_key(|(index, _)| *index);
    Ok((inhalt, ereignisse.into_iter().map(|(_, e)| e).collect()))
}

fn ereignis(app: &AppState, r: &Recorded, name: &(dyn Fn(&str) -> Option<String> + Sync)) -> Ereignis {
    let zone = &app.stadt.zeitzone;
    let galt = rechtszeit(r, &app.house.zone);
    Ereignis {
        index: r.index,
        erfasst: zeitpunkt(&r.at, zone),
        galt: (galt != r.at).then(|| zeitpunkt(&galt, zone)),
        wer: name(&r.actor).unwrap_or_else(|| akteur(&r.actor)),
        satz: satz(r, name),
    }
}

/// A change as the page shows it.
pub struct Sicht {
    pub was: String,
    pub vorher: String,
    pub nachher: String,
    pub teile: Vec<Stueck>,
    pub durch: Vec<String>,
}

/// Words for a change and who made it.
pub fn sicht(a: Aenderung, zone: &str) -> Sicht {
    let eine = |u: &Ursache| {
        let fuer = u.fuer.as_deref().map(|f| format!(" i. V. für {f}")).unwrap_or_default();
        let galt = match u.recht == u.at {
            true => String::new(),
            false => format!(", gilt seit {}", zeitpunkt(&u.recht, zone)),
        };
        let grund = u.grund.as_deref().map(|g| format!(" Grund: {g}")).unwrap_or_default();
        format!("Ereignis {}: {}{fuer}, {}{galt}. {}{grund}", u.index, u.akteur, zeitpunkt(&u.at, zone), u.satz)
    };
    let durch = a.durch.iter().map(eine).collect();
    Sicht { was: a.was, vorher: a.vorher, nachher: a.nachher, teile: a.teile, durch }
}

/// The page of a difference; the same for every kind of stream.
#[derive(Template)]
#[template(path = "stand/unterschied.html")]
pub struct Unterschied {
    pub rahmen: Rahmen,
    pub meldung: Option<Meldung>,
    /// Where its form leads.
    pub ziel: String,
    pub a: String,
    pub b: String,
    pub recht: bool,
    pub gesagt: Option<(String, String, &'static str)>,
    pub aenderungen: Vec<Sicht>,
}

impl Unterschied {
    /// A page with nothing on it yet.
    pub fn neu(rahmen: Rahmen, ziel: String, spanne: &Spanne) -> Self {
        Self {
            rahmen: rahmen.titel("Unterschied zweier Zeitpunkte"),
            meldung: None,
            ziel,
            a: spanne.a.clone(),
            b: spanne.b.clone(),
            recht: spanne.achse() == Zeitachse::Recht,
            gesagt: None,
            aenderungen: Vec::new(),
        }
    }

    /// The two moments cannot be compared; what was typed stays.
    pub fn unlesbar(mut self, spanne: &Spanne) -> Result<Response, Fehler> {
        if spanne.a.is_empty() && spanne.b.is_empty() {
            return layout::seite(&self);
        }
        let text = "Ein Zeitpunkt ist nicht lesbar, oder der erste liegt nach dem zweiten. Schreiben Sie zum Beispiel 2026-03-12T10:15 oder nur den Tag, 2026-03-12.".to_owned();
        self.meldung = Some(Meldung { art: "danger", titel: "Bitte prüfen Sie die Zeitpunkte".into(), text });
        self.rahmen = self.rahmen.mit_fehlern(true);
        layout::seite_mit(StatusCode::UNPROCESSABLE_ENTITY, &self)
    }

    /// With what was found.
    pub fn mit(mut self, app: &AppState, von: (Timestamp, Timestamp), achse: Zeitachse, found: Vec<Aenderung>) -> Self {
        let zone = &app.stadt.zeitzone;
        self.gesagt = Some((zeitpunkt(&von.0, zone), zeitpunkt(&von.1, zone), wort(achse)));
        self.aenderungen = found.into_iter().map(|a| sicht(a, zone)).collect();
        self
    }
}

/// `GET /amt/akte/{id}/unterschied`
pub async fn unterschied(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path(id): Path<Uuid>,
    Query(spanne): Query<Spanne>,
) -> Result<Response, Fehler> {
    let heute = zugang::lesen::<Akte>(&app, &leser, Action::ReadAkte, id, "akte-unterschied").await?;
    let titel = worte::akte(&heute.state);
    let rahmen = rahmen.aktiv("eingang").krume(format!("/amt/akte/{id}"), titel);
    let seite = Unterschied::neu(rahmen, format!("/amt/akte/{id}/unterschied"), &spanne);
    let Some((a, b)) = spanne.lesen(&app) else { return seite.unlesbar(&spanne) };
    let konten = app.intern(|v| v.konten()).await?;
    let (name, achse) = (namen(&konten), spanne.achse());
    let mut alle = Vec::new();
    for strom in stroeme(&app, id).await? {
        let v = Vergleich { house: &app.house, stream: strom, a, b, achse, def: None, name: &name };
        if strom == id {
            alle.extend(v.aenderungen::<Akte>().await?);
        } else if app.house.history(strom).await?.first().is_some_and(|r| r.wire.starts_with("dokument.")) {
            let dazu = v.aenderungen::<Dokument>().await?;
            alle.extend(dazu.into_iter().map(|x| Aenderung { was: format!("Dokument, {}", x.was), ..x }));
        }
    }
    layout::seite(&seite.mit(&app, (a, b), achse, alle))
}
