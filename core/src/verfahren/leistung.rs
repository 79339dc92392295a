//! One service definition: proposed by one person, in force after another approved it, readable for ever.
//!
//! Reads no folder: the files come with the command, and are parsed again here before they are believed.
//! What a build brings along is adopted by the system (`execute::House::adopt`), never a town's own folder.

use super::definition::Definition;
use super::event::{DefinitionDatei, LeistungEvent as E};
use super::loader;
use crate::kernel::text::filled;
use crate::kernel::{Context, Decider};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Longest reason of a rejection, in characters.
const MAX_GRUND: usize = 4_000;

/// The stream of one service: natural key `leistung`, id. The directory stream (`VERZEICHNIS`) only lists ids.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Leistung {
    pub id: String,
    pub version: u32,
    pub sha256: String,
    pub geschlossen: bool,
    /// What somebody wants to take into force; one at a time.
    #[serde(default)]
    pub vorschlag: Option<Vorschlag>,
    /// The last decision against a proposal.
    #[serde(default)]
    pub abgelehnt: Option<Ablehnung>,
    /// Ids of all services the town ever proposed; in the directory stream alone.
    #[serde(default)]
    pub liste: Vec<String>,
}

/// Key of the directory stream: no id of a service begins so.
pub const VERZEICHNIS: &str = "_verzeichnis";

/// A folder that waits for a second person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Vorschlag {
    pub version: u32,
    pub sha256: String,
    /// The proposing person and, where there is one, the person represented.
    pub von: Vec<Uuid>,
    pub dateien: Vec<DefinitionDatei>,
}

/// A proposal that was refused or taken back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ablehnung {
    pub version: u32,
    pub sha256: String,
    pub durch: Vec<Uuid>,
    /// `None` also where it was erased.
    pub grund: Option<String>,
}

/// What can be wanted of a service definition.
#[derive(Clone, Debug)]
pub enum LeistungCommand {
    /// Takes this folder into force; cases pin its hash.
    Adopt { dateien: Vec<DefinitionDatei> },
    /// No new applications; running cases go on under their pinned definition.
    Close { grund: String },
    /// Wants this folder in force; changes nothing until another person approves.
    Propose { dateien: Vec<DefinitionDatei> },
    /// Approves exactly the bytes with this hash.
    Approve { sha256: String },
    /// Refuses them, or takes an own proposal back.
    Reject { sha256: String, grund: String },
    /// Notes an id in the directory.
    List { id: String },
}

/// Why a definition is not adopted.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum LeistungRefusal {
    #[error("Die Definition hat Fehler: {0}")]
    Fehlerhaft(String),
    #[error("Die Definition gehört zu einer anderen Leistung: {0}.")]
    AndereLeistung(String),
    #[error("Fassung {neu} folgt nicht auf Fassung {alt}. Erhöhen Sie „version“.")]
    FassungNichtNeu { alt: u32, neu: u32 },
    #[error("Diese Leistung ist nicht in Kraft.")]
    NichtInKraft,
    #[error("Genau diese Fassung ist schon in Kraft.")]
    SchonInKraft,
    #[error("Zu dieser Leistung wartet schon ein anderer Vorschlag. Entscheiden Sie zuerst über ihn.")]
    VorschlagOffen,
    #[error("Zu dieser Leistung wartet kein Vorschlag. Vielleicht hat jemand anderes schon entschieden.")]
    KeinVorschlag,
    #[error("Der Vorschlag ist inzwischen ein anderer. Laden Sie die Seite neu, und prüfen Sie ihn.")]
    AndererVorschlag,
    #[error("Wer vorgeschlagen hat, setzt nicht in Kraft, auch nicht in Vertretung und nicht durch eine Vertretung.")]
    VierAugen,
    #[error("Bitte nennen Sie den Grund der Ablehnung, mit höchstens 4.000 Zeichen.")]
    GrundFehlt,
    #[error("Das können nur Konten.")]
    NurKonten,
}

impl LeistungRefusal {
    pub fn code(&self) -> &'static str {
        use LeistungRefusal as R;
        match self {
            R::Fehlerhaft(_) => "definition_fehlerhaft",
            R::AndereLeistung(_) => "andere_leistung",
            R::FassungNichtNeu { .. } => "fassung_nicht_neu",
            R::NichtInKraft => "nicht_in_kraft",
            R::SchonInKraft => "schon_in_kraft",
            R::VorschlagOffen => "vorschlag_offen",
            R::KeinVorschlag => "kein_vorschlag",
            R::AndererVorschlag => "anderer_vorschlag",
            R::VierAugen => "vier_augen",
            R::GrundFehlt => "grund_fehlt",
            R::NurKonten => "nur_konten",
        }
    }
}

type Events = Result<Vec<E>, LeistungRefusal>;

impl Decider for Leistung {
    const KIND: &'static str = "leistung";
    type State = Leistung;
    type Command = LeistungCommand;
    type Event = E;
    type Refusal = LeistungRefusal;

    fn decide(state: &Leistung, command: LeistungCommand, ctx: &Context) -> Events {
        match command {
            LeistungCommand::Adopt { dateien } => adopt(state, dateien),
            LeistungCommand::Close { .. } if state.id.is_empty() => Err(LeistungRefusal::NichtInKraft),
            LeistungCommand::Close { .. } if state.geschlossen => Ok(vec![]),
            LeistungCommand::Close { grund } => Ok(vec![E::Closed { id: state.id.clone(), grund }]),
            LeistungCommand::Propose { dateien } => propose(state, dateien, ctx),
            LeistungCommand::Approve { sha256 } => approve(state, &sha256, ctx),
            LeistungCommand::Reject { sha256, grund } => reject(state, &sha256, &grund, ctx),
            LeistungCommand::List { id } if state.liste.contains(&id) => Ok(vec![]),
            LeistungCommand::List { id } => Ok(vec![E::Listed { id }]),
        }
    }

    fn evolve(mut s: Leistung, event: &E) -> Leistung {
        match event {
            E::Adopted { id, version, sha256, .. } => {
                (s.id, s.version, s.sha256) = (id.clone(), *version, sha256.clone());
                s.geschlossen = false;
            }
            E::Closed { .. } => s.geschlossen = true,
            E::Proposed { version, sha256, durch, fuer, dateien, .. } => {
                let (von, dateien) = (persons(*durch, *fuer), dateien.clone());
                s.vorschlag = Some(Vorschlag { version: *version, sha256: sha256.clone(), von, dateien });
                s.abgelehnt = None;
            }
            E::Approved { .. } => s.vorschlag = None,
            E::Rejected { sha256, durch, fuer, grund, .. } => {
                let version = s.vorschlag.take().map_or(0, |v| v.version);
                let durch = persons(*durch, *fuer);
                s.abgelehnt = Some(Ablehnung { version, sha256: sha256.clone(), durch, grund: grund.clone() });
            }
            E::Listed { id } => s.liste.push(id.clone()),
        }
        s
    }
}

fn parsed(state: &Leistung, dateien: &[DefinitionDatei]) -> Result<Definition, LeistungRefusal> {
    let def: Definition = loader::from_adopted(dateien).map_err(|fehler| {
        let alle: Vec<String> = fehler.iter().map(ToString::to_string).collect();
        LeistungRefusal::Fehlerhaft(alle.join("; "))
    })?;
    if !state.id.is_empty() && state.id != def.id {
        return Err(LeistungRefusal::AndereLeistung(def.id));
    }
    Ok(def)
}

/// A higher version, or the very bytes of a service that was closed.
fn follows(state: &Leistung, def: &Definition) -> Result<(), LeistungRefusal> {
    if def.version < state.version || (def.version == state.version && state.sha256 != def.sha256) {
        return Err(LeistungRefusal::FassungNichtNeu { alt: state.version, neu: def.version });
    }
    Ok(())
}

fn adopt(state: &Leistung, dateien: Vec<DefinitionDatei>) -> Events {
    let def = parsed(state, &dateien)?;
    if state.sha256 == def.sha256 && !state.geschlossen {
        return Ok(vec![]);
    }
    follows(state, &def)?;
    Ok(vec![adopted(def, dateien)])
}

fn adopted(def: Definition, dateien: Vec<DefinitionDatei>) -> E {
    let Definition { id, version, gueltig_ab, sha256, .. } = def;
    E::Adopted { id, version, sha256, gueltig_ab, dateien }
}

fn propose(state: &Leistung, dateien: Vec<DefinitionDatei>, ctx: &Context) -> Events {
    let (durch, fuer) = acting(ctx)?;
    let def = parsed(state, &dateien)?;
    match &state.vorschlag {
        Some(v) if v.sha256 == def.sha256 => return Ok(vec![]),
        Some(_) => return Err(LeistungRefusal::VorschlagOffen),
        None => {}
    }
    if state.sha256 == def.sha256 && !state.geschlossen {
        return Err(LeistungRefusal::SchonInKraft);
    }
    follows(state, &def)?;
    let Definition { id, version, gueltig_ab, sha256, .. } = def;
    Ok(vec![E::Proposed { id, version, sha256, gueltig_ab, durch, fuer, dateien }])
}

/// The decision and what follows from it stand in one command: nobody sees the one without the other.
fn approve(state: &Leistung, sha256: &str, ctx: &Context) -> Events {
    let (durch, fuer) = acting(ctx)?;
    let v = offered(state, sha256)?;
    if persons(durch, fuer).iter().any(|p| v.von.contains(p)) {
        return Err(LeistungRefusal::VierAugen);
    }
    let def = parsed(state, &v.dateien)?;
    // A newer build may have adopted a higher version since.
    follows(state, &def)?;
    let approved = E::Approved { id: def.id.clone(), sha256: def.sha256.clone(), durch, fuer };
    Ok(vec![approved, adopted(def, v.dateien.clone())])
}

/// The proposer may: taking back is no approval.
fn reject(state: &Leistung, sha256: &str, grund: &str, ctx: &Context) -> Events {
    let (durch, fuer) = acting(ctx)?;
    let v = offered(state, sha256)?;
    let grund = filled(grund).filter(|g| g.chars().count() <= MAX_GRUND).ok_or(LeistungRefusal::GrundFehlt)?;
    let id = parsed(state, &v.dateien)?.id;
    Ok(vec![E::Rejected { id, sha256: v.sha256.clone(), durch, fuer, grund: Some(grund) }])
}

fn offered<'a>(state: &'a Leistung, sha256: &str) -> Result<&'a Vorschlag, LeistungRefusal> {
    let v = state.vorschlag.as_ref().ok_or(LeistungRefusal::KeinVorschlag)?;
    if v.sha256 == sha256 { Ok(v) } else { Err(LeistungRefusal::AndererVorschlag) }
}

fn acting(ctx: &Context) -> Result<(Uuid, Option<Uuid>), LeistungRefusal> {
    ctx.konto().ok_or(LeistungRefusal::NurKonten)
}

fn persons(durch: Uuid, fuer: Option<Uuid>) -> Vec<Uuid> {
    std::iter::once(durch).chain(fuer).collect()
}
