//! The parts of a case beside its timeline: fields, documents, fees, recipients, draft.

use crate::clerk::aktion;
use crate::clerk::fall::Fall;
use crate::clerk::unterschied::{Stueck, unterschied};
use crate::layout::{datum, zeitpunkt};
use akte_core::documents::DokumentWert;
use akte_core::recht::cent_zu_text;
use akte_core::verfahren::definition::{Feld, Schutz};
use akte_core::verfahren::event::VorgangEvent as E;
use akte_core::verfahren::pruefung::{Sprache, is_shown, lesbar};
use akte_core::verfahren::state::{AktEnde, AktState};
use jiff::civil::Date;
use uuid::Uuid;

/// One field with its protection class.
pub struct FeldZeile {
    pub label: String,
    pub wert: String,
    /// What it said before it was corrected, with the reason, oldest first (§ 42 VwVfG).
    pub frueher: Vec<(String, String)>,
    pub schutz: &'static str,
}

/// The applicant's answers, group by group.
pub fn gruppen(f: &Fall) -> Vec<(String, Vec<FeldZeile>)> {
    let Some(def) = &f.def else { return Vec::new() };
    let submitted = f.eintraege.iter().find(|e| matches!(e.ereignis, Some(E::Submitted { .. })));
    let erased = submitted.is_some_and(|e| !e.roh.missing.is_empty());
    let sealed = |x: &Feld| matches!(x.schutz, Schutz::Personenbezogen | Schutz::Besonders);
    let leer = |x: &Feld| if erased && sealed(x) { "gelöscht" } else { "keine Angabe" };
    let zeile = |x: &Feld| FeldZeile {
        label: x.label.de.clone(),
        wert: lesbar(x, f.v.felder.get(&x.id), Sprache::De).unwrap_or_else(|| leer(x).into()),
        frueher: frueher(f, x),
        schutz: match x.schutz {
            Schutz::Oeffentlich => "öffentlich",
            Schutz::Intern => "intern",
            Schutz::Personenbezogen => "personenbezogen",
            Schutz::Besonders => "besonders geschützt",
        },
    };
    let gruppe = |g: &akte_core::verfahren::definition::Gruppe| {
        let felder = def.felder.iter().filter(|x| x.gruppe == g.id && is_shown(def, x, &f.v.felder));
        (g.titel.de.clone(), felder.map(zeile).collect::<Vec<_>>())
    };
    def.gruppen.iter().map(gruppe).filter(|(_, felder)| !felder.is_empty()).collect()
}

fn frueher(f: &Fall, x: &Feld) -> Vec<(String, String)> {
    let alt = |wert: Option<&serde_json::Value>| lesbar(x, wert, Sprache::De).unwrap_or_else(|| "keine Angabe".into());
    let dieses = f.v.berichtigungen.iter().filter(|b| b.feld == x.id);
    dieses.map(|b| (alt(b.alt.as_ref()), b.grund.clone().unwrap_or_else(|| "gelöscht".into()))).collect()
}

/// One document of the case.
pub struct Dokument {
    pub wert: DokumentWert,
    pub titel: String,
    pub dateiname: String,
    pub wann: String,
}

impl Dokument {
    /// Size in words.
    pub fn groesse(&self) -> String {
        match self.wert.len {
            n if n >= 1 << 20 => format!("{},{} MB", n >> 20, ((n >> 10) % 1024) * 10 / 1024),
            n => format!("{} kB", n.div_ceil(1024)),
        }
    }
}

/// Every document the case's own stream knows and that is still readable, in order.
pub fn dokumente(f: &Fall) -> Vec<Dokument> {
    let zone = f.zone_name();
    let mut alle = Vec::new();
    for e in &f.eintraege {
        let wann = zeitpunkt(&e.roh.at, &zone);
        let mut dazu = |wert: &Option<DokumentWert>, titel: String, dateiname: &str| {
            if let Some(wert) = wert.clone() {
                alle.push(Dokument { wert, titel, dateiname: dateiname.to_owned(), wann: wann.clone() });
            }
        };
        match &e.ereignis {
            Some(E::Submitted { dokumente: Some(d), .. }) => {
                for d in d {
                    dazu(&Some(d.dokument.clone()), f.unterlage(&d.unterlage), &d.dateiname);
                }
            }
            Some(E::UnterlageSupplied { dokument: Some(d), .. }) => {
                dazu(&Some(d.dokument.clone()), f.unterlage(&d.unterlage), &d.dateiname);
            }
            Some(E::ReceiptIssued { dokument, .. }) => {
                dazu(dokument, "Empfangsbescheinigung".into(), "empfangsbescheinigung.pdf");
            }
            Some(E::GebuehrAssessed { dokument, zeile, .. }) => {
                dazu(dokument, format!("Gebührenbescheid: {}", f.gebuehr_name(zeile)), "gebuehrenbescheid.pdf");
            }
            Some(E::BescheidRendered { dokument, fassung, .. }) => {
                dazu(dokument, format!("Bescheid, Fassung {fassung}"), &format!("bescheid-fassung-{fassung}.pdf"));
            }
            Some(E::BescheidAusgefertigt { dokument, fassung, .. }) => {
                dazu(dokument, format!("Bescheid, Ausfertigung der Fassung {fassung}"), "bescheid.pdf");
            }
            Some(E::UebermittlungSent { dokument, stelle, .. }) => {
                dazu(dokument, format!("Übermittlung an {}", f.stelle(stelle)), "uebermittlung.json");
            }
            _ => {}
        }
    }
    alle
}

/// One fee.
pub struct GebuehrTeil {
    pub name: String,
    pub betrag: String,
    pub stand: String,
}

/// All fees.
pub fn gebuehren(f: &Fall) -> Vec<GebuehrTeil> {
    let teil = |g: &akte_core::verfahren::state::GebuehrState| GebuehrTeil {
        name: f.gebuehr_name(&g.zeile),
        betrag: cent_zu_text(g.betrag_cent),
        stand: g.stand.clone(),
    };
    f.v.gebuehren.iter().map(teil).collect()
}

/// One recipient and exactly what it gets.
pub struct EmpfaengerTeil {
    pub stelle: String,
    pub rechtsgrundlage: String,
    pub felder: Vec<String>,
    pub stand: String,
}

/// All recipients.
pub fn empfaenger(f: &Fall) -> Vec<EmpfaengerTeil> {
    let label = |id: &String| {
        let feld = f.def.as_ref().and_then(|d| d.feld(id));
        feld.map_or_else(|| id.clone(), |x| x.label.de.clone())
    };
    let wort = |stand: &str| match stand {
        "bestaetigt" => "bestätigt".to_owned(),
        other => other.to_owned(),
    };
    let teil = |u: &akte_core::verfahren::state::UebermittlungState| EmpfaengerTeil {
        stelle: f.stelle(&u.stelle),
        rechtsgrundlage: u.rechtsgrundlage.clone(),
        felder: u.felder.iter().map(label).collect(),
        stand: wort(&u.stand),
    };
    f.v.uebermittlungen.iter().map(teil).collect()
}

/// The decision in work, with what changed since the last Fassung.
pub struct BescheidTeil {
    pub titel: String,
    pub fassung: u32,
    pub tenor: &'static str,
    pub verfasser: String,
    pub verfasser_fuer: Option<String>,
    pub begruendung: String,
    pub nebenbestimmungen: String,
    pub ermessen: String,
    pub spruch: String,
    /// Text blocks and instruction used: name, version, start of the hash.
    pub texte: Vec<(String, u32, String)>,
    /// What keeps it from being signed, while it is not signed.
    pub maengel: Option<Vec<String>>,
    pub dokument: Option<Uuid>,
    pub digest: String,
    pub mitzeichner: Vec<(String, bool)>,
    pub gezeichnet_von: Option<String>,
    /// What goes out; absent while it is being made, and where it was erased.
    pub ausfertigung: Option<Uuid>,
    pub ausgefertigt: bool,
    /// Number of the earlier Fassung and the difference of the texts.
    pub unterschied: Option<(u32, Vec<Stueck>)>,
}

/// The newest draft.
pub fn bescheid(f: &Fall) -> Option<BescheidTeil> {
    let b = f.v.bescheid.as_ref()?;
    let text = |x: &Option<String>| x.clone().unwrap_or_default();
    let verwendet = |t: &akte_core::verfahren::texte::TextRef| {
        (format!("{}: {}", t.herkunft, t.id), t.version, t.sha256.chars().take(16).collect())
    };
    Some(BescheidTeil {
        titel: f.v.akt_art().map_or_else(|| "Bescheid".to_owned(), |a| a.titel().to_owned()),
        fassung: b.fassung,
        tenor: aktion::tenor_satz(f.v.akt_art(), b.tenor),
        ermessen: text(&b.ermessen),
        spruch: text(&b.spruch),
        texte: b.texte.iter().map(verwendet).collect(),
        maengel: b.schlussgezeichnet_von.is_none().then(|| f.maengel.iter().map(ToString::to_string).collect()),
        verfasser: f.name(b.verfasser),
        verfasser_fuer: b.verfasser_fuer.map(|k| f.name(k)),
        begruendung: text(&b.begruendung),
        nebenbestimmungen: text(&b.nebenbestimmungen),
        dokument: b.dokument.as_ref().map(|d| d.reference),
        digest: b.dokument.as_ref().map(|d| d.digest.chars().take(16).collect()).unwrap_or_default(),
        mitzeichner: b.mitzeichner.iter().map(|m| (f.name(*m), b.mitgezeichnet.contains(m))).collect(),
        gezeichnet_von: b.schlussgezeichnet_von.map(|k| f.name(k)),
        ausfertigung: b.ausfertigung.as_ref().map(|d| d.reference),
        ausgefertigt: b.ausgefertigt,
        unterschied: zur_vorigen(f),
    })
}

/// Earlier Fassungen of the act in work, newest first, the drafted text of each.
fn zur_vorigen(f: &Fall) -> Option<(u32, Vec<Stueck>)> {
    let dieser = f.eintraege.iter().rev().take_while(|e| !matches!(e.ereignis, Some(E::AktOpened { .. })));
    let mut fassungen = dieser.filter_map(|e| match &e.ereignis {
        Some(E::BescheidDrafted { fassung, tenor, begruendung, nebenbestimmungen, ermessen, spruch, .. }) => {
            let satz = Some(format!("{}.", aktion::tenor_satz(f.v.akt_art(), *tenor)));
            let teile = [satz, spruch.clone(), begruendung.clone(), ermessen.clone(), nebenbestimmungen.clone()];
            Some((*fassung, teile.into_iter().flatten().collect::<Vec<_>>().join("\n")))
        }
        _ => None,
    });
    let (_, neu) = fassungen.next()?;
    let (nr, alt) = fassungen.next()?;
    Some((nr, unterschied(&alt, &neu)))
}

/// An act that is not in work: what it is, how it ended, its days and its notice.
pub struct AktTeil {
    pub titel: String,
    pub satz: String,
    pub dokument: Option<Uuid>,
}

/// The case's other acts, oldest first.
pub fn weitere(f: &Fall) -> Vec<AktTeil> {
    let teil = |a: &AktState| {
        let mut saetze = Vec::new();
        let mut tag = |text: &str, d: Option<Date>| saetze.extend(d.map(|d| format!("{text} {}", datum(&d))));
        tag("versandt am", a.versandt.map(|(_, am)| am));
        tag("bekannt gegeben am", a.bekanntgabe);
        tag("Widerspruchsfrist bis", a.widerspruchsfrist_ende);
        tag("bestandskräftig seit", a.bestandskraft_am);
        saetze.push(match (a.ende, a.stufe) {
            (AktEnde::Verworfen, _) => "verworfen".into(),
            (AktEnde::Beigetreten, _) => "Teil des berichtigten Bescheids".into(),
            (AktEnde::Abgeloest, stufe) => format!("Stand: {}", stufe.wort()),
        });
        let b = a.bescheid.as_ref();
        AktTeil {
            titel: aktion::weiterer::titel(a.nr(), a.kopf.as_ref().map(|k| k.art)),
            satz: saetze.join(", "),
            dokument: b.and_then(|b| b.ausfertigung.as_ref().or(b.dokument.as_ref())).map(|d| d.reference),
        }
    };
    let mut alle: Vec<&AktState> = f.v.weitere_akte.iter().collect();
    alle.sort_by_key(|a| a.nr());
    alle.into_iter().map(teil).collect()
}
