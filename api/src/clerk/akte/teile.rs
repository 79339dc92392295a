//! The parts of a file's page: retention in words, holds, archive, disposals, documents with their versions.

use crate::app::AppState;
use crate::clerk::eingang::Zeile;
use crate::clerk::loeschung::name;
use crate::error::Fehler;
use crate::layout::{datum, zeitpunkt};
use akte_core::akte::aufbewahrung::ereignis_wort;
use akte_core::akte::aussonderung::{Stand, dauer_wort};
use akte_core::akte::event::Bewertung;
use akte_core::akte::{Akte, Teil};
use akte_core::loeschung::Grund;
use akte_projections::rows::{DokumentRow, KontoRow};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Value and words of a choice.
pub type Wahl = (String, String);

/// How long the file is kept, and why.
pub struct Aufbewahrungsteil {
    pub bis: String,
    pub dauer: String,
    pub ereignis: String,
    pub ab: String,
    pub norm: String,
    pub regel: String,
    pub weg: Vec<String>,
    /// End, persons, reason.
    pub festgesetzt: Option<(String, String, String)>,
    /// End, person, reason.
    pub vorschlag: Option<(String, String, String)>,
}

pub fn aufbewahrung(s: &Akte, konten: &[KontoRow]) -> Option<Aufbewahrungsteil> {
    if !s.geschlossen {
        return None;
    }
    let a = &s.aufbewahrung;
    let b = a.berechnet.as_ref();
    let grund = |r: &Option<String>| r.clone().unwrap_or_else(|| "gelöscht".into());
    let bis = match s.aufbewahrung_bis {
        Some(d) => datum(&d),
        None if a.dauernd() => "dauernd".into(),
        None => "nicht bekannt: Es wird nichts vernichtet, bis zwei Personen ein Ende festsetzen".into(),
    };
    Some(Aufbewahrungsteil {
        bis,
        dauer: b.map_or_else(String::new, |b| dauer_wort(b.dauer)),
        ereignis: b.map_or_else(String::new, |b| ereignis_wort(&b.start_event).to_owned()),
        ab: b.and_then(|b| b.start).map(|d| datum(&d)).unwrap_or_default(),
        norm: b.map_or_else(String::new, |b| b.paragraph.clone()),
        regel: b.map_or_else(String::new, |b| b.rule_version.clone()),
        weg: b.map(|b| b.rechenweg.clone()).unwrap_or_default(),
        festgesetzt: a.festgesetzt.as_ref().map(|f| {
            let wer = f.vorgeschlagen.first().map(|k| name(konten, *k)).unwrap_or_default();
            let zweite = f.genehmigt.map(|k| name(konten, k)).unwrap_or_default();
            (datum(&f.end), format!("vorgeschlagen von {wer}, genehmigt von {zweite}"), grund(&f.reason))
        }),
        vorschlag: a.vorschlag.as_ref().map(|f| {
            let wer: Vec<String> = f.vorgeschlagen.iter().map(|k| name(konten, *k)).collect();
            (datum(&f.end), wer.join(" i. V. für "), grund(&f.reason))
        }),
    })
}

/// One hold in force.
pub struct Sperrzeile {
    pub sperre: Uuid,
    pub umfang: String,
    pub zweck: &'static str,
    pub am: String,
    pub von: String,
    pub grund: String,
}

pub fn sperren(s: &Akte, vorgaenge: &[Zeile], titel: &BTreeMap<Uuid, String>, konten: &[KontoRow]) -> Vec<Sperrzeile> {
    let zeile = |x: &akte_core::akte::Sperre| Sperrzeile {
        sperre: x.sperre,
        umfang: umfang(s, x.scope, vorgaenge, titel),
        zweck: x.zweck.wort(),
        am: datum(&x.am),
        von: match x.fuer {
            Some(f) => format!("{} i. V. für {}", name(konten, x.durch), name(konten, f)),
            None => name(konten, x.durch),
        },
        grund: x.reason.clone().unwrap_or_else(|| "gelöscht".into()),
    };
    s.sperren.iter().map(zeile).collect()
}

fn umfang(s: &Akte, scope: Teil, vorgaenge: &[Zeile], titel: &BTreeMap<Uuid, String>) -> String {
    match scope {
        Teil::Akte => "die ganze Akte".into(),
        Teil::Teilakte(t) => {
            let t = s.teilakten.iter().find(|x| x.teilakte == t);
            t.map_or_else(|| "eine Teilakte".into(), |t| format!("Teilakte {}", t.position))
        }
        Teil::Vorgang(v) => {
            let v = vorgaenge.iter().find(|z| z.vorgang == v);
            v.map_or_else(|| "ein Vorgang".into(), |z| format!("Vorgang: {}", z.leistung))
        }
        Teil::Dokument(d) => titel.get(&d).map_or_else(|| "ein Dokument".into(), |t| format!("Dokument: {t}")),
    }
}

/// What a hold may cover: the file, its parts, and the documents on this page.
pub fn umfaenge(s: &Akte, vorgaenge: &[Zeile], dokumente: &[DokZeile]) -> Vec<Wahl> {
    let teilakten = s.teilakten.iter().map(|t| (format!("teilakte:{}", t.teilakte), Teil::Teilakte(t.teilakte)));
    let faelle = s.vorgaenge().into_iter().map(|v| (format!("vorgang:{v}"), Teil::Vorgang(v)));
    let titel = dokumente.iter().map(|z| (z.dokument, z.titel.clone())).collect();
    let docs = dokumente.iter().map(|z| (format!("dokument:{}", z.dokument), Teil::Dokument(z.dokument)));
    let alle = std::iter::once(("akte".to_owned(), Teil::Akte)).chain(teilakten).chain(faelle).chain(docs);
    alle.map(|(wert, scope)| (wert, umfang(s, scope, vorgaenge, &titel))).collect()
}

/// What the archive was asked and said.
pub struct Archivteil {
    pub angeboten: Option<String>,
    pub bewertung: Option<&'static str>,
    pub uebernommen: Option<(String, String)>,
}

pub fn archiv(s: &Akte) -> Archivteil {
    let a = &s.aussonderung;
    Archivteil {
        angeboten: a.angeboten.map(|d| datum(&d)),
        bewertung: a.bewertung.map(|b| match b {
            Bewertung::A => "A (archivwürdig, wird übernommen)",
            Bewertung::B => "B (noch zu bewerten)",
            Bewertung::V => "V (darf vernichtet werden)",
        }),
        uebernommen: a.uebernommen.map(|d| (datum(&d), a.archivkennung.clone().unwrap_or_default())),
    }
}

/// One disposal of this file.
pub struct Freigabezeile {
    pub loeschung: Uuid,
    pub grund: &'static str,
    pub am: String,
    pub von: String,
    pub stand: &'static str,
    pub vernichtet: bool,
}

pub fn freigaben(s: &Akte, konten: &[KontoRow]) -> Vec<Freigabezeile> {
    let zeile = |f: &akte_core::akte::aussonderung::Freigabe| Freigabezeile {
        loeschung: f.loeschung,
        grund: Grund::lesen(&f.grund).map_or("", Grund::wort),
        am: datum(&f.am),
        von: format!("{} und {}", name(konten, f.vorgeschlagen), name(konten, f.genehmigt)),
        stand: match f.stand {
            Stand::Offen => "freigegeben, wird vernichtet",
            Stand::Zurueckgenommen => "zurückgenommen, es wurde nichts vernichtet",
            Stand::Vernichtet => "vernichtet",
        },
        vernichtet: f.stand == Stand::Vernichtet,
    };
    s.aussonderung.freigaben.iter().map(zeile).collect()
}

/// One document of the file.
pub struct DokZeile {
    pub dokument: Uuid,
    pub titel: String,
    pub richtung: &'static str,
    pub wann: String,
    pub teilakte: Option<u32>,
    /// Number, when, reason; whether it can still be read.
    pub versionen: Vec<(u32, String, String, bool)>,
    pub doppelt_zu: Option<String>,
    /// The newest version, where a newer one can follow.
    pub fassung: Option<u32>,
}

/// Documents on one page.
pub const JE_SEITE: usize = 100;

/// Documents that lie here now, one page of them; what was moved away has left a pointer instead.
pub async fn dokumente(app: &AppState, s: &Akte, akte: Uuid, seite: usize) -> Result<(usize, Vec<DokZeile>), Fehler> {
    let ab = seite.saturating_sub(1).saturating_mul(JE_SEITE);
    let (alle, docs) = app.intern(move |v| v.dokumente_seite(akte, ab, JE_SEITE)).await?;
    let zone = app.stadt.zeitzone.clone();
    let mut out = Vec::new();
    for (d, versionen) in docs.iter().filter(|(d, _)| !s.zeiger.iter().any(|z| z.dokument == d.dokument)) {
        let teilakte = s.lage.get(&d.dokument).and_then(|l| l.teilakte);
        let teilakte = teilakte.and_then(|t| s.teilakten.iter().find(|x| x.teilakte == t)).map(|t| t.position);
        let doppelt_zu = match d.doppelt_zu {
            Some(o) => Some(name_des_dokuments(app, o).await?),
            None => None,
        };
        out.push(DokZeile {
            dokument: d.dokument,
            titel: titel(d),
            richtung: match d.richtung.as_str() {
                "eingang" => "Eingang",
                "ausgang" => "Ausgang",
                _ => "intern",
            },
            wann: zeitpunkt(&d.at, &zone),
            teilakte,
            versionen: versionen
                .iter()
                .map(|v| (v.version, zeitpunkt(&v.at, &zone), v.grund.clone().unwrap_or_default(), v.wert.is_some()))
                .collect(),
            doppelt_zu,
            fassung: versionen.last().filter(|_| s.nimmt_fassung(d.dokument).is_ok()).map(|v| v.version),
        });
    }
    Ok((alle, out))
}

async fn name_des_dokuments(app: &AppState, dokument: Uuid) -> Result<String, Fehler> {
    let row = app.intern(move |v| v.dokument(dokument)).await?;
    Ok(row.as_ref().map_or_else(|| "ein Dokument".into(), titel))
}

/// Titles of the documents a hold names, wherever they lie.
pub async fn gesperrte(app: &AppState, s: &Akte) -> Result<BTreeMap<Uuid, String>, Fehler> {
    let mut out = BTreeMap::new();
    for x in &s.sperren {
        if let Teil::Dokument(d) = x.scope {
            out.insert(d, name_des_dokuments(app, d).await?);
        }
    }
    Ok(out)
}

fn titel(d: &DokumentRow) -> String {
    d.titel.clone().or_else(|| d.dateiname.clone()).unwrap_or_else(|| "gelöscht".into())
}

/// An Akte inside the Akte.
pub struct Teilaktenzeile {
    pub teilakte: Uuid,
    pub position: u32,
    pub titel: String,
}

pub fn teilakten(s: &Akte) -> Vec<Teilaktenzeile> {
    let zeile = |t: &akte_core::akte::Teilakte| Teilaktenzeile {
        teilakte: t.teilakte,
        position: t.position,
        titel: t.titel.clone().unwrap_or_else(|| "gelöscht".into()),
    };
    s.teilakten.iter().map(zeile).collect()
}

pub async fn zeiger(app: &AppState, s: &Akte) -> Result<Vec<(String, Uuid, String, String)>, Fehler> {
    let mut out = Vec::new();
    for z in &s.zeiger {
        let was = name_des_dokuments(app, z.dokument).await?;
        out.push((was, z.nach, aktenzeichen(app, z.nach).await?, z.grund.clone().unwrap_or_default()));
    }
    Ok(out)
}

pub async fn verweise(app: &AppState, s: &Akte) -> Result<Vec<(Uuid, String, String)>, Fehler> {
    let mut out = Vec::new();
    for v in &s.verweise {
        out.push((v.ziel, aktenzeichen(app, v.ziel).await?, v.grund.clone().unwrap_or_default()));
    }
    Ok(out)
}

async fn aktenzeichen(app: &AppState, akte: Uuid) -> Result<String, Fehler> {
    let row = app.intern(move |v| v.akte(akte)).await?;
    Ok(row.and_then(|r| r.aktenzeichen).unwrap_or_else(|| "andere Akte".into()))
}
