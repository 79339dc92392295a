//! `/amt/akte/{id}/einsicht`: what a party may see of a file (§ 29 VwVfG), as a package that proves what was left out.
//!
//! Every value is shown unless it is ticked to be withheld, with the ground; an event can be withheld as a whole, its
//! place in the chain stays. The package holds only what the page had shown: at most [`WERTE`] values, and nothing
//! that came into the file after it. That it was shown is an event of the file.

use crate::app::AppState;
use crate::clerk::beweispaket::{archiv, dateiname, stroeme};
use crate::clerk::erfassen::basis;
use crate::clerk::fallseite::Meldung;
use crate::clerk::worte;
use crate::clerk::zugang::{self, Leser};
use crate::download;
use crate::error::Fehler;
use crate::formular::{Formular, verbotenes_zeichen};
use crate::layout::{self, Rahmen, zeitpunkt};
use crate::paket::bau::{Auftrag, Namen, Paket, Schwaerzung, bauen};
use crate::paket::bericht::in_worten;
use crate::paket::inhalt::{self, Art};
use akte_core::akte::{Akte, AkteCommand};
use akte_core::execute::{Call, Ereignis, ExecuteError, Loaded, Target};
use akte_core::zugriff::Action;
use askama::Template;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Values offered on one page; a file with more is given page by page.
const WERTE: usize = 3_000;
/// Ground of what lies before the page.
const DAVOR: &str = "Nicht Teil dieses Pakets: steht auf einer anderen Seite der Auswahl";
const VERALTET: &str = "Die Auswahl passt nicht mehr zur Akte. Laden Sie die Seite neu und wählen Sie noch einmal.";
/// Grounds to withhold: code, norm, words.
const GRUENDE: [(&str, &str, &str); 4] = [
    ("dritte", "§ 29 Abs. 2 VwVfG", "Berechtigte Interessen Dritter (§ 29 Abs. 2 VwVfG)"),
    ("aufgaben", "§ 29 Abs. 2 VwVfG", "Ordnungsgemäße Erfüllung der Aufgaben (§ 29 Abs. 2 VwVfG)"),
    ("geheim", "§ 30 VwVfG", "Geheimnisse anderer (§ 30 VwVfG)"),
    ("entwurf", "§ 29 Abs. 1 Satz 2 VwVfG", "Entwurf oder unmittelbare Vorbereitung (§ 29 Abs. 1 Satz 2 VwVfG)"),
];

/// One value with its box.
struct Wert {
    marke: String,
    zeiger: String,
    inhalt: String,
    schwarz: bool,
}

/// One event with its values.
struct Zeile {
    marke: String,
    index: u64,
    satz: String,
    schwarz: bool,
    werte: Vec<Wert>,
}

/// `?ab=1200`: the place in the log where the page begins.
#[derive(Deserialize)]
pub struct Blatt {
    #[serde(default)]
    ab: String,
}

/// What the page shows, and so the most the package may hold: events from `ab` on and before `bis`.
#[derive(Clone, Copy)]
struct Teil {
    ab: u64,
    bis: u64,
}

/// The file's events before a place in the log, by their places.
struct Inhalt {
    alle: Vec<(Uuid, Ereignis)>,
    bis: u64,
}

impl Inhalt {
    async fn laden(app: &AppState, streams: &[Uuid], bis: u64) -> Result<Self, Fehler> {
        let mut alle = Vec::new();
        for strom in streams {
            let schritte = app.house.ereignisse(*strom).await?;
            alle.extend(schritte.into_iter().filter(|e| e.index < bis).map(|e| (*strom, e)));
        }
        alle.sort_by_key(|(_, e)| e.index);
        Ok(Self { alle, bis })
    }

    /// The page that begins there: as many whole events as it holds, at least one.
    fn teil(&self, ab: u64) -> Teil {
        let mut werte = 0;
        for (_, e) in self.alle.iter().filter(|(_, e)| e.index >= ab) {
            let dazu = e.werte().filter(|(_, z, _)| !z.starts_with("/_")).count();
            if werte > 0 && werte + dazu > WERTE {
                return Teil { ab, bis: e.index };
            }
            werte += dazu;
        }
        Teil { ab, bis: self.bis }
    }

    /// What the form says it had shown; `None` if no page could show it.
    async fn gezeigt(app: &AppState, streams: &[Uuid], f: &Formular) -> Result<Option<(Self, Teil)>, Fehler> {
        let zahl = |name: &str| f.get(name).parse::<u64>().ok();
        let groesse = app.house.ledger.head().await.map_err(Fehler::fault)?.size;
        let (Some(ab), Some(bis)) = (zahl("ab"), zahl("bis").filter(|b| *b <= groesse)) else { return Ok(None) };
        let inhalt = Self::laden(app, streams, bis).await?;
        let teil = inhalt.teil(ab);
        Ok((ab < bis && teil.bis == bis).then_some((inhalt, teil)))
    }
}

#[derive(Template)]
#[template(path = "clerk/einsicht.html")]
struct Seite {
    rahmen: Rahmen,
    meldung: Option<Meldung>,
    id: Uuid,
    version: u64,
    zeilen: Vec<Zeile>,
    gruende: Vec<(&'static str, &'static str, bool)>,
    an: String,
    teil: Teil,
    /// Number and time of the last event shown.
    stand: Option<(u64, String)>,
    /// Where the next page begins.
    weiter: Option<u64>,
}

/// `GET /amt/akte/{id}/einsicht`
pub async fn zeigen(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path(id): Path<Uuid>,
    Query(blatt): Query<Blatt>,
) -> Result<Response, Fehler> {
    let akte = oeffnen(&app, &leser, id).await?;
    frisch(&app, rahmen, &akte, blatt.ab.parse().unwrap_or(0), None).await
}

/// The file as it stands now. The size of the log is asked first: what comes after it is not on the page.
async fn frisch(
    app: &AppState,
    rahmen: Rahmen,
    akte: &Loaded<Akte>,
    ab: u64,
    meldung: Option<(&str, String)>,
) -> Result<Response, Fehler> {
    let groesse = app.house.ledger.head().await.map_err(Fehler::fault)?.size;
    let inhalt = Inhalt::laden(app, &stroeme(app, akte.stream).await?, groesse).await?;
    let status = if meldung.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let teil = inhalt.teil(ab);
    let offen = Offen { app, akte, inhalt: &inhalt, teil, f: &Formular::default() };
    offen.seite(rahmen, status, meldung).await
}

/// Who may grant it reads everything there is; both are asked.
async fn oeffnen(app: &AppState, leser: &Leser, id: Uuid) -> Result<Loaded<Akte>, Fehler> {
    let akte = zugang::lesen::<Akte>(app, leser, Action::ReadPaket, id, "akteneinsicht").await?;
    let resource = akte_core::zugriff::Resource {
        stream: Some(id),
        einheit: Some(akte.state.einheit.clone()),
        ..akte_core::zugriff::Resource::default()
    };
    match app.house.may_on(&leser.wer.principal(), Action::GrantEinsicht, &resource).await {
        Ok(_) => Ok(akte),
        Err(ExecuteError::Denied(_)) => Err(Fehler::nicht_gefunden()),
        Err(e) => Err(e.into()),
    }
}

/// `POST /amt/akte/{id}/einsicht`: the package, and the event that it was given.
pub async fn geben(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path(id): Path<Uuid>,
    formular: Formular,
) -> Result<Response, Fehler> {
    let akte = oeffnen(&app, &leser, id).await?;
    let falsch = |text: &str| Some(("Bitte prüfen Sie Ihre Angaben", text.to_owned()));
    let streams = stroeme(&app, id).await?;
    let Some((inhalt, teil)) = Inhalt::gezeigt(&app, &streams, &formular).await? else {
        return frisch(&app, rahmen, &akte, 0, falsch(VERALTET)).await;
    };
    let offen = Offen { app: &app, akte: &akte, inhalt: &inhalt, teil, f: &formular };
    let an = formular.get("an").trim().to_owned();
    if an.is_empty() || an.chars().count() > 200 || verbotenes_zeichen(&an) {
        let m = falsch("„Wer sieht ein?“: Nennen Sie die Person, mit höchstens 200 Zeichen.");
        return offen.seite(rahmen, StatusCode::UNPROCESSABLE_ENTITY, m).await;
    }
    let gewaehlt = match offen.schwaerzung() {
        Ok(s) => s,
        Err(text) => return offen.seite(rahmen, StatusCode::UNPROCESSABLE_ENTITY, falsch(text)).await,
    };
    let paket = match bauen(&app.house, &offen.auftrag(streams, gewaehlt.clone())).await {
        Ok(p) => p,
        Err(ExecuteError::Refused { text, .. }) => {
            return offen.seite(rahmen, StatusCode::CONFLICT, Some(("Das geht noch nicht", text))).await;
        }
        Err(e) => return Err(e.into()),
    };
    let Some(bytes) = archiv(&app, &paket).await? else {
        let m = Some(("Zu groß für diese Seite", "Schwärzen Sie Dokumente, die nicht gebraucht werden.".to_owned()));
        return offen.seite(rahmen, StatusCode::CONFLICT, m).await;
    };
    let (command, geschwaerzt) = gegeben(&an, &paket, &gewaehlt);
    let call = Call {
        principal: leser.wer.principal(),
        key: formular.schluessel().to_owned(),
        target: Target::Stream(id),
        expected: None,
        request: Some(json!({ "an": an, "geschwaerzt": geschwaerzt })),
        corr: None,
    };
    let done = app.house.execute::<Akte>(call, command).await?;
    app.sichtbar(done.receipt.as_ref()).await;
    Ok(download::anhang(Body::from(bytes), "application/zip", &dateiname("akteneinsicht", &akte), None))
}

/// The command that records what was given, and how many values were withheld.
fn gegeben(an: &str, paket: &Paket, gewaehlt: &Schwaerzung) -> (AkteCommand, usize) {
    let geschwaerzt: usize = gewaehlt.0.values().map(BTreeMap::len).sum();
    let gruende: BTreeSet<String> = gewaehlt.0.values().flat_map(|g| g.values().cloned()).collect();
    let zahl = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let inhalt = paket.dateien.iter().find(|d| d.name == inhalt::NAME).map(|d| inhalt::sha256(&d.inhalt));
    let command = AkteCommand::GrantEinsicht {
        an: an.to_owned(),
        ereignisse: zahl(paket.ereignisse),
        dokumente: zahl(paket.dokumente.iter().filter(|d| d.datei.is_some()).count()),
        geschwaerzt: zahl(geschwaerzt),
        gruende: gruende.into_iter().collect(),
        inhalt_sha256: inhalt.unwrap_or_default(),
    };
    (command, geschwaerzt)
}

/// The title on the summary, unless it is withheld where it stands.
fn titel(akte: &Loaded<Akte>, s: &Schwaerzung) -> String {
    let mut eigene = s.0.iter().filter(|((strom, _), _)| *strom == akte.stream).flat_map(|(_, g)| g.keys());
    match eigene.any(|z| matches!(z.as_str(), "/titel" | "/neu" | "/alt")) {
        true => "geschwärzt".into(),
        false => akte.state.titel.clone().unwrap_or_default(),
    }
}

/// The page that is open before the clerk, with what was typed into it.
struct Offen<'a> {
    app: &'a AppState,
    akte: &'a Loaded<Akte>,
    inhalt: &'a Inhalt,
    teil: Teil,
    f: &'a Formular,
}

impl Offen<'_> {
    /// What was ticked, as pointers with their ground. A value that is not on the page is refused: the page was old.
    fn schwaerzung(&self) -> Result<Schwaerzung, &'static str> {
        let f = self.f;
        let grund = GRUENDE.iter().find(|(code, ..)| *code == f.get("grund")).map(|(_, norm, _)| (*norm).to_owned());
        let einzeln: BTreeSet<&str> = f.all("schwarz").collect();
        let ganze: BTreeSet<&str> = f.all("ganz").collect();
        if einzeln.is_empty() && ganze.is_empty() {
            return Ok(Schwaerzung::default());
        }
        let grund = grund.ok_or("Nennen Sie den Grund, aus dem Angaben geschwärzt werden.")?;
        let (mut out, mut offen) = (Schwaerzung::default(), einzeln.len() + ganze.len());
        for (strom, e) in self.inhalt.alle.iter().filter(|(_, e)| e.index >= self.teil.ab) {
            let alles = ganze.contains(ort(*strom, e.header.seq).as_str());
            offen -= usize::from(alles);
            for zeiger in e.zeiger() {
                let gewaehlt = einzeln.contains(marke(*strom, e.header.seq, zeiger).as_str());
                offen -= usize::from(gewaehlt);
                // What binds the stream to its proofs is nobody's secret.
                if (alles && zeiger != "/_heads_tag") || gewaehlt {
                    let ort = out.0.entry((*strom, e.header.seq)).or_default();
                    ort.insert(zeiger.to_owned(), grund.clone());
                }
            }
        }
        if offen == 0 { Ok(out) } else { Err("Eine gewählte Angabe gibt es nicht mehr. Laden Sie die Seite neu.") }
    }

    /// The package: what was shown and not ticked. What lies before the page stays withheld as a whole, what came
    /// after it is left out.
    fn auftrag(&self, streams: Vec<Uuid>, mut schwaerzung: Schwaerzung) -> Auftrag {
        for (strom, e) in self.inhalt.alle.iter().filter(|(_, e)| e.index < self.teil.ab) {
            let davor = e.zeiger().into_iter().filter(|z| *z != "/_heads_tag");
            let gruende = davor.map(|z| (z.to_owned(), DAVOR.to_owned())).collect();
            schwaerzung.0.insert((*strom, e.header.seq), gruende);
        }
        Auftrag {
            art: Art::Akteneinsicht,
            aktenzeichen: self.akte.state.aktenzeichen.clone(),
            titel: titel(self.akte, &schwaerzung),
            stroeme: streams,
            schwaerzung,
            bis: Some(self.teil.bis),
            basis_url: basis(self.app),
        }
    }

    async fn seite(
        &self,
        rahmen: Rahmen,
        status: StatusCode,
        meldung: Option<(&str, String)>,
    ) -> Result<Response, Fehler> {
        let Self { app, akte, f, teil, .. } = self;
        let (mut zeilen, mut namen, mut stand) = (Vec::new(), Namen::default(), None);
        let gezeigt = self.inhalt.alle.iter().filter(|(_, e)| (teil.ab..teil.bis).contains(&e.index));
        for (strom, e) in gezeigt {
            zeilen.push(zeile(app, *strom, e, f, &mut namen).await);
            stand = Some((e.index, zeitpunkt(&e.header.at, &app.stadt.zeitzone)));
        }
        let az = worte::akte(&akte.state);
        let gewaehlt = f.get("grund");
        let seite = Seite {
            rahmen: rahmen
                .titel("Akteneinsicht")
                .aktiv("eingang")
                .krume(format!("/amt/akte/{}", akte.stream), az)
                .mit_fehlern(status.is_client_error()),
            meldung: meldung.map(|(titel, text)| Meldung { art: "danger", titel: titel.into(), text }),
            id: akte.stream,
            version: akte.version,
            zeilen,
            gruende: GRUENDE.iter().map(|(code, _, wort)| (*code, *wort, *code == gewaehlt)).collect(),
            an: f.get("an").to_owned(),
            teil: *teil,
            stand,
            weiter: (teil.bis < self.inhalt.bis).then_some(teil.bis),
        };
        layout::seite_mit(status, &seite)
    }
}

fn ort(strom: Uuid, seq: u64) -> String {
    format!("{strom}:{seq}")
}

fn marke(strom: Uuid, seq: u64, zeiger: &str) -> String {
    format!("{strom}:{seq}:{zeiger}")
}

async fn zeile(app: &AppState, strom: Uuid, e: &Ereignis, f: &Formular, namen: &mut Namen) -> Zeile {
    let seq = e.header.seq;
    let mut data = Map::new();
    let mut werte = Vec::new();
    for (g, zeiger, wert) in e.werte().filter(|(_, z, _)| !z.starts_with("/_")) {
        if g == 0 && !zeiger[1..].contains('/') {
            data.insert(zeiger[1..].to_owned(), wert.clone());
        }
        let marke = marke(strom, seq, zeiger);
        let schwarz = f.all("schwarz").any(|m| m == marke);
        werte.push(Wert { marke, zeiger: zeiger.to_owned(), inhalt: kurz(wert), schwarz });
    }
    let satz = akte_projections::satz::satz(&e.header.wire, &data);
    let ort = ort(strom, seq);
    let schwarz = f.all("ganz").any(|m| m == ort);
    Zeile { satz: namen.eingesetzt(&app.house, &satz).await, index: e.index, marke: ort, schwarz, werte }
}

fn kurz(v: &Value) -> String {
    in_worten(v).chars().take(200).collect()
}
