//! The case page: everything about one case and every act that is possible now.

use crate::app::AppState;
use crate::citizen::felder::{FeldSicht, Verweis};
use crate::citizen::unterschriften;
use crate::clerk::aktenteile::{self, AktTeil, BescheidTeil, Dokument, EmpfaengerTeil, FeldZeile, GebuehrTeil};
use crate::clerk::aktion::{self, Aktion, Kapitel};
use crate::clerk::fall::Fall;
use crate::clerk::fristen::{self, FristTeil};
use crate::clerk::sendungen::{self, SendungTeil};
use crate::clerk::unterlage;
use crate::clerk::unterschied::Stueck;
use crate::clerk::zeitachse::{self, Zeile};
use crate::error::Fehler;
use crate::layout::{self, Rahmen, zeitpunkt};
use akte_core::documents::sniff::Media;
use akte_core::verfahren::event::Kanal;
use akte_core::verfahren::unterschrift;
use akte_core::zugriff::{Action, Resource, permit};
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use uuid::Uuid;

/// One act as a form.
pub struct AktionSicht {
    pub name: &'static str,
    pub titel: &'static str,
    pub knopf: &'static str,
    pub felder: Vec<FeldSicht>,
    /// In whose place it would be done.
    pub fuer: Option<(Uuid, String)>,
    /// The form that was refused stands open.
    pub offen: bool,
    /// What is typed can be looked at before it is saved.
    pub vorschau: bool,
}

/// A message above everything: class, heading, sentence.
pub struct Meldung {
    pub art: &'static str,
    pub titel: String,
    pub text: String,
}

#[derive(Template)]
#[template(path = "clerk/vorgang.html")]
struct Seite {
    rahmen: Rahmen,
    id: Uuid,
    version: u64,
    kopf: Kopf,
    meldung: Option<Meldung>,
    verweise: Vec<Verweis>,
    geaendert: Vec<Zeile>,
    fristen: Vec<FristTeil>,
    unverified: Vec<String>,
    gruppen: Vec<(String, Vec<FeldZeile>)>,
    dokumente: Vec<Dokument>,
    gebuehren: Vec<GebuehrTeil>,
    empfaenger: Vec<EmpfaengerTeil>,
    bescheid: Option<BescheidTeil>,
    sendungen: Vec<SendungTeil>,
    einwilligung: Option<String>,
    weitere: Vec<AktTeil>,
    zeitachse: Vec<Zeile>,
    kapitel: Vec<(&'static str, Vec<AktionSicht>)>,
    /// Documents the office may add, and what files are taken.
    unterlagen: Vec<(String, String)>,
    accept: &'static str,
    /// Something of the case was erased.
    geloescht: bool,
    /// The reader may propose an erasure.
    loeschbar: bool,
    /// The definition names grounds to withhold values: redacted answers can be given.
    auskunft: bool,
    /// Not now but then: local time, and the form of that page.
    stand: Option<String>,
    am: String,
}

/// The facts under the heading.
pub struct Kopf {
    pub leistung: String,
    pub aktenzeichen: Option<String>,
    pub akte: Option<Uuid>,
    pub status: &'static str,
    pub einheit: String,
    pub bearbeiter: Option<String>,
    pub kanal: &'static str,
    pub eingang: String,
    pub erfasst: String,
    pub fehlend: Option<Vec<String>>,
    pub code: Option<String>,
    /// Further persons and whether they signed; the link only for who works on the case.
    pub unterschriften: Vec<crate::citizen::unterschriften::Zeile>,
    /// How the application is made for another person, if so.
    pub vertretung: Option<&'static str>,
    pub aufbewahrung_bis: Option<String>,
}

/// What the page shows beside the case itself.
#[derive(Default)]
pub struct Beiwerk {
    pub status: StatusCode,
    pub meldung: Option<Meldung>,
    /// The refused act.
    pub aktion: Option<&'static str>,
    /// Events with this sequence or later are new to the reader.
    pub seit: Option<u64>,
    /// Local time of a past moment, as typed and as said.
    pub stand: Option<(String, String)>,
}

/// Draws the page.
pub fn zeigen(app: &AppState, rahmen: Rahmen, f: &Fall, beiwerk: Beiwerk) -> Result<Response, Fehler> {
    let kopf = kopf(app, f, beiwerk.stand.is_some());
    let titel = match &kopf.aktenzeichen {
        Some(az) => format!("{}, {az}", kopf.leistung),
        None => format!("{}, noch ohne Aktenzeichen", kopf.leistung),
    };
    let (am, stand) = beiwerk.stand.clone().unzip();
    let verweise =
        f.findings.iter().map(|x| Verweis { href: format!("#{}", x.feld), text: format!("{}: {}", x.label, x.text) });
    let seite = Seite {
        rahmen: rahmen
            .titel(titel)
            .aktiv("eingang")
            .krume("/amt", "Eingang")
            .mit_fehlern(beiwerk.status.is_client_error()),
        id: f.id,
        version: f.version,
        verweise: verweise.collect(),
        geaendert: geaendert(f, beiwerk.seit),
        fristen: fristen::alle(f),
        unverified: f.def.as_ref().map(|d| d.unverified.clone()).unwrap_or_default(),
        gruppen: aktenteile::gruppen(f),
        dokumente: aktenteile::dokumente(f),
        gebuehren: aktenteile::gebuehren(f),
        empfaenger: aktenteile::empfaenger(f),
        bescheid: aktenteile::bescheid(f),
        sendungen: sendungen::alle(f),
        einwilligung: sendungen::einwilligung(f),
        weitere: aktenteile::weitere(f),
        zeitachse: zeitachse::zeilen(f),
        kapitel: if stand.is_some() { Vec::new() } else { kapitel(f, beiwerk.aktion) },
        unterlagen: if stand.is_none() && unterlage::moeglich(f) { f.unterlagen() } else { Vec::new() },
        accept: Media::ACCEPT,
        geloescht: f.eintraege.iter().any(|e| !e.roh.missing.is_empty()),
        loeschbar: stand.is_none() && loeschbar(f),
        auskunft: stand.is_none() && f.def.as_ref().is_some_and(|d| !d.schwaerzungsgruende.is_empty()),
        meldung: beiwerk.meldung,
        am: am.unwrap_or_default(),
        stand,
        kopf,
    };
    layout::seite_mit(beiwerk.status, &seite)
}

fn kopf(app: &AppState, f: &Fall, damals: bool) -> Kopf {
    let zone = f.zone_name();
    let erste = f.eintraege.first().map(|e| zeitpunkt(&e.roh.at, &zone));
    // Only who works on the case hands out its code.
    let arbeitet = !damals && aktion::finden("vermerk").is_some_and(|a| aktion::moeglich(a, f).is_some());
    Kopf {
        leistung: f.leistung(),
        aktenzeichen: f.v.aktenzeichen.clone(),
        akte: f.v.akte,
        status: f.v.status.wort(),
        einheit: f.einheit(&f.v.einheit),
        bearbeiter: f.v.zugewiesen_an.map(|k| f.name(k)),
        kanal: f.v.kanal.map_or("", Kanal::wort),
        eingang: f.v.eingang_am.map(|t| zeitpunkt(&t, &zone)).unwrap_or_default(),
        erfasst: erste.unwrap_or_default(),
        fehlend: f.v.fehlend.as_ref().map(|ids| ids.iter().map(|u| f.unterlage(u)).collect()),
        code: arbeitet.then(|| app.house.case_code(f.id, f.v.code_generation)),
        unterschriften: unterschriften::zeilen(app, f.def.as_deref(), f.id, &f.v, crate::sprache::Sprache::De)
            .into_iter()
            .map(|z| unterschriften::Zeile { link: z.link.filter(|_| arbeitet), ..z })
            .collect(),
        vertretung: vertretung(f),
        aufbewahrung_bis: f.v.aufbewahrung_bis.map(|d| layout::datum(&d)),
    }
}

/// § 14 Abs. 1 VwVfG: who acts for another person proves it on demand.
fn vertretung(f: &Fall) -> Option<&'static str> {
    let def = f.def.as_ref().filter(|d| unterschrift::vertreten(d, &f.v.felder))?;
    let nachweis = def.vertretung.as_ref().map(|v| v.nachweis.as_str()).unwrap_or_default();
    Some(match (nachweis, f.v.unterlagen.iter().any(|u| u == nachweis)) {
        ("", _) => "durch eine andere Person; ein Nachweis ist nicht vorgesehen",
        (_, true) => "durch eine andere Person; der Nachweis liegt vor",
        (_, false) => "durch eine andere Person; der Nachweis fehlt (§ 14 Abs. 1 VwVfG)",
    })
}

/// The reader may propose to erase the case.
fn loeschbar(f: &Fall) -> bool {
    let resource = Resource { einheit: Some(f.v.einheit.clone()), ..Resource::default() };
    let selbst = f.principale.first();
    selbst.is_some_and(|p| permit(p, Action::ProposeErasure, &resource, &f.context(p)).allow)
}

/// What happened since the reader looked.
fn geaendert(f: &Fall, seit: Option<u64>) -> Vec<Zeile> {
    let Some(seit) = seit else { return Vec::new() };
    let neu = f.verlauf.iter().filter(|e| e.stream == f.id && e.seq >= seit);
    neu.map(|e| zeitachse::zeile(e, &f.zone_name(), |id| f.name(id))).collect()
}

/// The acts that are possible now, chapter by chapter; a refused one stays whatever its state.
fn kapitel(f: &Fall, offen: Option<&str>) -> Vec<(&'static str, Vec<AktionSicht>)> {
    let sicht = |a: &'static Aktion| {
        let hier = offen == Some(a.name);
        let als = aktion::moeglich(a, f);
        if als.is_none() && !hier {
            return None;
        }
        let fuer = als.and_then(|p| p.on_behalf_of).map(|k| (k, f.name(k)));
        let vorschau = a.name == "entwerfen";
        let felder = (a.felder)(f);
        Some(AktionSicht { name: a.name, titel: a.titel, knopf: a.knopf, felder, fuer, offen: hier, vorschau })
    };
    let eines = |k: &Kapitel| {
        let akte: Vec<AktionSicht> = aktion::alle().filter(|a| a.kapitel == *k).filter_map(sicht).collect();
        (k.titel(), akte)
    };
    Kapitel::ALLE.iter().map(eines).filter(|(_, a)| !a.is_empty()).collect()
}
