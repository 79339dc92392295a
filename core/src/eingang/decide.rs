//! What may be recorded, assigned, forwarded, set aside: pure, from the Eingang's own stream.
//!
//! Nothing is ever removed: what is misdirected stays in the book with its reason.

use super::event::{EingangEvent as E, Ergebnis, Hinweis, Kanal, Pruefung, Quarantaenegrund, Sichtung, Teil};
use super::grenzen::FELD_ZEICHEN;
use crate::documents::DokumentWert;
use crate::kernel::{Context, Decider, text};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Where an Eingang stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stand {
    #[default]
    Leer,
    Erfasst,
    Zugeordnet,
    Fehlgeleitet,
    Quarantaene,
}

impl Stand {
    /// As it is recorded in views.
    pub fn code(self) -> &'static str {
        match self {
            Stand::Leer => "leer",
            Stand::Erfasst => "erfasst",
            Stand::Zugeordnet => "zugeordnet",
            Stand::Fehlgeleitet => "fehlgeleitet",
            Stand::Quarantaene => "quarantaene",
        }
    }
}

/// The scan's Transfervermerk and its second look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scan {
    pub scanner: String,
    pub operator: Option<String>,
    pub at: Timestamp,
    pub qc: Sichtung,
    pub grund: Option<String>,
}

/// State of one Eingang.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Eingang {
    pub stand: Stand,
    pub kanal: Option<Kanal>,
    pub einheit: String,
    pub original_hash: Option<String>,
    pub received_at: Option<Timestamp>,
    pub captured_at: Option<Timestamp>,
    pub pruefung: Option<Pruefung>,
    pub absender: Option<String>,
    pub betreff: Option<String>,
    pub dateiname: Option<String>,
    pub dokument: Option<DokumentWert>,
    pub hinweise: Vec<Hinweis>,
    pub daten: Vec<String>,
    pub teile: Vec<Teil>,
    pub scan: Option<Scan>,
    pub quarantaene: Option<Quarantaenegrund>,
    pub bericht: Option<String>,
    pub akte: Option<Uuid>,
    pub vorgang: Option<Uuid>,
    /// Position of the plan at which a new Akte was to be opened.
    pub aktenplan: Option<String>,
    pub grund: Option<String>,
}

impl Eingang {
    /// Whether its content may be shown: nothing that waits for a scanner or lies in quarantine.
    pub fn zeigbar(&self) -> bool {
        self.stand != Stand::Quarantaene && self.pruefung != Some(Pruefung::Ausstehend)
    }
}

/// What every record has.
#[derive(Clone, Debug, PartialEq)]
pub struct Aufnahme {
    pub kanal: Kanal,
    pub einheit: String,
    pub original_hash: Option<String>,
    pub received_at: Timestamp,
    pub pruefung: Pruefung,
    pub absender: Option<String>,
    pub betreff: Option<String>,
    pub dateiname: Option<String>,
    pub dokument: Option<DokumentWert>,
}

/// What comes along by the way it came.
#[derive(Clone, Debug, PartialEq)]
pub enum Herkunft {
    /// Entered by a person.
    Hand,
    Email {
        hinweise: Vec<Hinweis>,
        daten: Vec<String>,
        teile: Vec<Teil>,
    },
    Scan {
        scanner: String,
        operator: String,
        at: Timestamp,
    },
}

/// What can be wanted of an Eingang.
#[derive(Clone, Debug)]
pub enum EingangCommand {
    Record {
        aufnahme: Box<Aufnahme>,
        herkunft: Herkunft,
    },
    Quarantine {
        aufnahme: Box<Aufnahme>,
        grund: Quarantaenegrund,
        bericht: String,
    },
    Inspect {
        ergebnis: Ergebnis,
        fund: Option<String>,
    },
    CheckScan {
        qc: Sichtung,
        grund: String,
    },
    /// To an Akte that is there.
    Assign {
        akte: Uuid,
        vorgang: Option<Uuid>,
    },
    /// To a new Akte at this position of the plan.
    AssignNew {
        akte: Uuid,
        aktenplan: String,
        titel: String,
    },
    Forward {
        einheit: String,
        grund: String,
    },
    Misdirect {
        grund: String,
    },
}

/// Why the Eingang says no.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum EingangRefusal {
    #[error("Diesen Eingang gibt es nicht.")]
    GibtEsNicht,
    #[error("Der Eingang kann nicht in der Zukunft liegen.")]
    Zukunft,
    #[error("Bitte füllen Sie „{0}“ aus, mit höchstens 500 Zeichen.")]
    AngabeFehlt(&'static str),
    #[error("Dieser Eingang ist schon zugeordnet. Eine falsche Ablage wird in der Akte umgelegt.")]
    SchonZugeordnet,
    #[error("Dieser Eingang liegt in Quarantäne. Er wird nicht zugeordnet und nicht weitergeleitet.")]
    Quarantaene,
    #[error("Der Virenscanner hat diesen Eingang noch nicht geprüft. Bis dahin wird er nicht zugeordnet.")]
    Ungeprueft,
    #[error("Erst die Sichtprüfung, dann die Zuordnung: Sehen Sie den Scan durch, und halten Sie das Ergebnis fest.")]
    SichtungFehlt,
    #[error("Dieser Scan hat die Sichtprüfung nicht bestanden. Scannen Sie das Blatt noch einmal.")]
    SichtungAbgelehnt,
    #[error("Für diesen Eingang gibt es keine offene Sichtprüfung.")]
    KeineSichtung,
    #[error("Dieser Eingang liegt schon bei dieser Einheit.")]
    SchonDort,
    #[error("Das können nur Konten.")]
    NurKonten,
}

impl EingangRefusal {
    pub fn code(&self) -> &'static str {
        use EingangRefusal as R;
        match self {
            R::GibtEsNicht => "gibt_es_nicht",
            R::Zukunft => "zukunft",
            R::AngabeFehlt(_) => "angabe_fehlt",
            R::SchonZugeordnet => "schon_zugeordnet",
            R::Quarantaene => "quarantaene",
            R::Ungeprueft => "ungeprueft",
            R::SichtungFehlt => "sichtung_fehlt",
            R::SichtungAbgelehnt => "sichtung_abgelehnt",
            R::KeineSichtung => "keine_sichtung",
            R::SchonDort => "schon_dort",
            R::NurKonten => "nur_konten",
        }
    }
}

type Events = Result<Vec<E>, EingangRefusal>;

impl Decider for Eingang {
    const KIND: &'static str = "eingang";
    type State = Eingang;
    type Command = EingangCommand;
    type Event = E;
    type Refusal = EingangRefusal;

    fn decide(s: &Eingang, command: EingangCommand, ctx: &Context) -> Events {
        use EingangCommand as C;
        match command {
            // The same thing again is one Eingang.
            C::Record { .. } | C::Quarantine { .. } if s.stand != Stand::Leer => Ok(vec![]),
            C::Record { aufnahme, herkunft } => record(*aufnahme, herkunft, ctx),
            C::Quarantine { aufnahme, grund, bericht } => quarantine(*aufnahme, grund, bericht, ctx),
            _ if s.stand == Stand::Leer => Err(EingangRefusal::GibtEsNicht),
            C::Inspect { .. } if s.pruefung != Some(Pruefung::Ausstehend) => Ok(vec![]),
            C::Inspect { ergebnis, fund } => Ok(vec![E::Inspected { ergebnis, fund }]),
            C::CheckScan { qc, grund } => check_scan(s, qc, &grund, ctx),
            C::Assign { akte, .. } if s.akte == Some(akte) => Ok(vec![]),
            C::Assign { akte, vorgang } => {
                assignable(s)?;
                let einheit = s.einheit.clone();
                Ok(vec![E::Assigned { akte, vorgang, aktenplan: None, einheit, titel: None }])
            }
            C::AssignNew { akte, .. } if s.akte == Some(akte) => Ok(vec![]),
            C::AssignNew { akte, aktenplan, titel } => {
                assignable(s)?;
                let titel = Some(filled(&titel, "Titel der Akte")?);
                let aktenplan = Some(filled(&aktenplan, "Position im Aktenplan")?);
                Ok(vec![E::Assigned { akte, vorgang: None, aktenplan, einheit: s.einheit.clone(), titel }])
            }
            C::Forward { einheit, grund } => {
                movable(s)?;
                let einheit = filled(&einheit, "Einheit")?;
                if einheit == s.einheit {
                    return Err(EingangRefusal::SchonDort);
                }
                Ok(vec![E::Forwarded { einheit, grund: Some(filled(&grund, "Grund")?) }])
            }
            C::Misdirect { grund } => {
                if s.stand == Stand::Zugeordnet {
                    return Err(EingangRefusal::SchonZugeordnet);
                }
                let grund = Some(filled(&grund, "Grund")?);
                Ok(vec![E::Misdirected { durch: konto(ctx)?, grund }])
            }
        }
    }

    fn evolve(mut s: Eingang, event: &E) -> Eingang {
        match event {
            E::Recorded { .. } | E::Quarantined { .. } => begin(&mut s, event),
            E::EmailFiled { hinweise, daten, parts, .. } => {
                s.hinweise.clone_from(hinweise);
                s.daten = daten.clone().unwrap_or_default();
                s.teile = parts.clone().unwrap_or_default();
            }
            E::ScanTransferred { scanner, qc, at, operator, .. } => {
                let (scanner, operator) = (scanner.clone(), operator.clone());
                s.scan = Some(Scan { scanner, operator, at: *at, qc: *qc, grund: None });
            }
            E::ScanChecked { qc, grund, .. } => {
                if let Some(scan) = &mut s.scan {
                    scan.qc = *qc;
                    scan.grund.clone_from(grund);
                }
            }
            E::Inspected { ergebnis: Ergebnis::Sauber, .. } => s.pruefung = Some(Pruefung::Sauber),
            E::Inspected { ergebnis: Ergebnis::Befallen, .. } => {
                s.stand = Stand::Quarantaene;
                s.quarantaene = Some(Quarantaenegrund::Schadsoftware);
            }
            E::Inspected { ergebnis: Ergebnis::NichtPruefbar, .. } => {
                s.stand = Stand::Quarantaene;
                s.quarantaene = Some(Quarantaenegrund::NichtPruefbar);
            }
            E::Assigned { akte, vorgang, aktenplan, .. } => {
                s.stand = Stand::Zugeordnet;
                (s.akte, s.vorgang) = (Some(*akte), *vorgang);
                s.aktenplan.clone_from(aktenplan);
            }
            E::Forwarded { einheit, grund } => {
                // Whom it was wrong for is no judgement of the next unit.
                s.stand = Stand::Erfasst;
                s.einheit.clone_from(einheit);
                s.grund.clone_from(grund);
            }
            E::Misdirected { grund, .. } => {
                // What lies in quarantine stays there, whatever is said of it.
                if s.stand != Stand::Quarantaene {
                    s.stand = Stand::Fehlgeleitet;
                }
                s.grund.clone_from(grund);
            }
        }
        s
    }
}

fn begin(s: &mut Eingang, event: &E) {
    if let E::Recorded { kanal, einheit, original_hash, received_at, captured_at, dateiname, dokument, .. }
    | E::Quarantined { kanal, einheit, original_hash, received_at, captured_at, dateiname, dokument, .. } = event
    {
        s.kanal = Some(*kanal);
        s.einheit.clone_from(einheit);
        s.original_hash.clone_from(original_hash);
        (s.received_at, s.captured_at) = (Some(*received_at), Some(*captured_at));
        s.dateiname.clone_from(dateiname);
        s.dokument.clone_from(dokument);
    }
    match event {
        E::Recorded { pruefung, absender, betreff, .. } => {
            s.stand = Stand::Erfasst;
            s.pruefung = Some(*pruefung);
            s.absender.clone_from(absender);
            s.betreff.clone_from(betreff);
        }
        E::Quarantined { grund, bericht, .. } => {
            s.stand = Stand::Quarantaene;
            s.quarantaene = Some(*grund);
            s.bericht.clone_from(bericht);
        }
        _ => {}
    }
}

fn record(a: Aufnahme, herkunft: Herkunft, ctx: &Context) -> Events {
    past(a.received_at, ctx)?;
    let einheit = filled(&a.einheit, "Einheit")?;
    let betreff = match &herkunft {
        // A mail or a scan without a subject is taken as well.
        Herkunft::Email { .. } | Herkunft::Scan { .. } => a.betreff.as_deref().map(cut).filter(|t| !t.is_empty()),
        Herkunft::Hand => Some(filled(a.betreff.as_deref().unwrap_or_default(), "Betreff")?),
    };
    let absender = a.absender.as_deref().map(str::trim).filter(|t| !t.is_empty());
    let absender = match &herkunft {
        Herkunft::Hand => absender.map(|t| filled(t, "Absender")).transpose()?,
        _ => absender.map(cut),
    };
    let hash = a.original_hash.clone();
    let mut out = vec![E::Recorded {
        kanal: a.kanal,
        einheit,
        original_hash: a.original_hash,
        received_at: a.received_at,
        captured_at: ctx.now,
        pruefung: a.pruefung,
        absender,
        betreff,
        dateiname: a.dateiname,
        dokument: a.dokument,
    }];
    match herkunft {
        Herkunft::Hand => {}
        Herkunft::Email { hinweise, daten, teile } => {
            let eml_digest = hash.ok_or(EingangRefusal::AngabeFehlt("Original"))?;
            out.push(E::EmailFiled { eml_digest, hinweise, daten: Some(daten), parts: Some(teile) });
        }
        Herkunft::Scan { scanner, operator, at } => {
            past(at, ctx)?;
            let hash = hash.ok_or(EingangRefusal::AngabeFehlt("Original"))?;
            let (scanner, operator) = (filled(&scanner, "Scanner")?, Some(filled(&operator, "Bedienung")?));
            out.push(E::ScanTransferred { scanner, qc: Sichtung::Ausstehend, hash, at, operator });
        }
    }
    Ok(out)
}

fn quarantine(a: Aufnahme, grund: Quarantaenegrund, bericht: String, ctx: &Context) -> Events {
    past(a.received_at, ctx)?;
    Ok(vec![E::Quarantined {
        kanal: a.kanal,
        einheit: filled(&a.einheit, "Einheit")?,
        original_hash: a.original_hash,
        received_at: a.received_at,
        captured_at: ctx.now,
        grund,
        bericht: Some(bericht),
        dateiname: a.dateiname,
        dokument: a.dokument,
    }])
}

fn check_scan(s: &Eingang, qc: Sichtung, grund: &str, ctx: &Context) -> Events {
    if s.scan.as_ref().is_none_or(|scan| scan.qc != Sichtung::Ausstehend) || qc == Sichtung::Ausstehend {
        return Err(EingangRefusal::KeineSichtung);
    }
    movable(s)?;
    let grund = match qc {
        Sichtung::Abgelehnt => Some(filled(grund, "Grund")?),
        _ => None,
    };
    Ok(vec![E::ScanChecked { qc, durch: konto(ctx)?, grund }])
}

/// Nothing that waits for anybody's look leaves the book.
fn assignable(s: &Eingang) -> Result<(), EingangRefusal> {
    movable(s)?;
    if s.pruefung == Some(Pruefung::Ausstehend) {
        return Err(EingangRefusal::Ungeprueft);
    }
    match s.scan.as_ref().map(|scan| scan.qc) {
        Some(Sichtung::Ausstehend) => Err(EingangRefusal::SichtungFehlt),
        Some(Sichtung::Abgelehnt) => Err(EingangRefusal::SichtungAbgelehnt),
        _ => Ok(()),
    }
}

fn movable(s: &Eingang) -> Result<(), EingangRefusal> {
    match s.stand {
        Stand::Leer => Err(EingangRefusal::GibtEsNicht),
        Stand::Quarantaene => Err(EingangRefusal::Quarantaene),
        Stand::Zugeordnet => Err(EingangRefusal::SchonZugeordnet),
        Stand::Erfasst | Stand::Fehlgeleitet => Ok(()),
    }
}

fn past(t: Timestamp, ctx: &Context) -> Result<(), EingangRefusal> {
    if t > ctx.now { Err(EingangRefusal::Zukunft) } else { Ok(()) }
}

fn konto(ctx: &Context) -> Result<Uuid, EingangRefusal> {
    ctx.konto().map(|(id, _)| id).ok_or(EingangRefusal::NurKonten)
}

fn filled(wert: &str, feld: &'static str) -> Result<String, EingangRefusal> {
    let kurz = text::filled(wert).filter(|t| t.chars().count() <= FELD_ZEICHEN);
    kurz.ok_or(EingangRefusal::AngabeFehlt(feld))
}

/// A sender's or subject's first characters; the original keeps the rest.
fn cut(text: &str) -> String {
    text.trim().chars().take(FELD_ZEICHEN).collect()
}
