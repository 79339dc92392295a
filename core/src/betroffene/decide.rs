//! When an answer under Art. 15 DSGVO may be given: to whom it is known to belong, with every exception reasoned.

use super::event::{BetroffenenEvent as E, Freigabe, Identitaet};
use crate::kernel::{Context, Decider, text};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Procedures of one answer.
const MAX_VORGAENGE: usize = 500;
/// Characters of a reason, of a name.
const MAX_TEXT: usize = 500;

/// State of one answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Betroffenenauskunft {
    pub erteilt: bool,
    pub beantragt_am: Option<Date>,
    pub am: Option<Date>,
    pub identitaet: Option<Identitaet>,
    pub durch: Option<Uuid>,
    pub ereignisse: u32,
    pub dokumente: u32,
    pub maskiert: u32,
    pub person: Option<String>,
    pub vorgaenge: Vec<Uuid>,
    pub freigaben: Vec<Freigabe>,
    pub bericht_sha256: Option<String>,
}

/// What can be wanted of it.
#[derive(Clone, Debug)]
pub enum BetroffenenCommand {
    Issue {
        person: String,
        beantragt_am: Date,
        /// `None` = nobody made sure: refused.
        identitaet: Option<Identitaet>,
        vorgaenge: Vec<Uuid>,
        ereignisse: u32,
        dokumente: u32,
        maskiert: u32,
        freigaben: Vec<Freigabe>,
        bericht_sha256: String,
    },
}

/// Why it says no.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BetroffenenRefusal {
    #[error("Diese Auskunft ist schon erteilt.")]
    SchonErteilt,
    #[error("Bitte füllen Sie „{0}“ aus, mit höchstens 500 Zeichen.")]
    AngabeFehlt(&'static str),
    #[error("Wählen Sie ein bis 500 Vorgänge, jeden nur einmal.")]
    Vorgaenge,
    #[error("Sagen Sie, wie Sie die Identität geprüft haben (Art. 12 Abs. 6 DSGVO).")]
    IdentitaetFehlt,
    #[error("„Beantragt am“ liegt in der Zukunft.")]
    InZukunft,
    #[error("Zu jeder einzeln freigegebenen Angabe gehört ein Grund.")]
    GrundFehlt,
    #[error("Das können nur Konten.")]
    NurKonten,
}

impl BetroffenenRefusal {
    pub fn code(&self) -> &'static str {
        use BetroffenenRefusal as R;
        match self {
            R::SchonErteilt => "schon_erteilt",
            R::AngabeFehlt(_) => "angabe_fehlt",
            R::Vorgaenge => "vorgaenge",
            R::IdentitaetFehlt => "identitaet_fehlt",
            R::InZukunft => "in_zukunft",
            R::GrundFehlt => "grund_fehlt",
            R::NurKonten => "nur_konten",
        }
    }
}

impl Decider for Betroffenenauskunft {
    const KIND: &'static str = "betroffenenauskunft";
    type State = Betroffenenauskunft;
    type Command = BetroffenenCommand;
    type Event = E;
    type Refusal = BetroffenenRefusal;

    fn decide(s: &Self, command: BetroffenenCommand, ctx: &Context) -> Result<Vec<E>, BetroffenenRefusal> {
        if s.erteilt {
            return Err(BetroffenenRefusal::SchonErteilt);
        }
        issue(command, ctx).map(|e| vec![e])
    }

    fn evolve(mut s: Self, event: &E) -> Self {
        let E::AuskunftIssued {
            beantragt_am,
            am,
            identitaet,
            durch,
            ereignisse,
            dokumente,
            maskiert,
            person,
            vorgaenge,
            freigaben,
            bericht_sha256,
            ..
        } = event;
        s.erteilt = true;
        (s.beantragt_am, s.am) = (Some(*beantragt_am), Some(*am));
        (s.identitaet, s.durch) = (Some(*identitaet), Some(*durch));
        (s.ereignisse, s.dokumente, s.maskiert) = (*ereignisse, *dokumente, *maskiert);
        s.person.clone_from(person);
        s.vorgaenge = vorgaenge.clone().unwrap_or_default();
        s.freigaben = freigaben.clone().unwrap_or_default();
        s.bericht_sha256.clone_from(bericht_sha256);
        s
    }
}

fn issue(command: BetroffenenCommand, ctx: &Context) -> Result<E, BetroffenenRefusal> {
    use BetroffenenRefusal as R;
    let BetroffenenCommand::Issue {
        person,
        beantragt_am,
        identitaet,
        vorgaenge,
        ereignisse,
        dokumente,
        maskiert,
        freigaben,
        bericht_sha256,
    } = command;
    let (durch, fuer) = ctx.konto().ok_or(R::NurKonten)?;
    let person = filled(&person).ok_or(R::AngabeFehlt("Person"))?;
    let identitaet = identitaet.ok_or(R::IdentitaetFehlt)?;
    if beantragt_am > ctx.today {
        return Err(R::InZukunft);
    }
    let einmal: BTreeSet<&Uuid> = vorgaenge.iter().collect();
    if vorgaenge.is_empty() || vorgaenge.len() > MAX_VORGAENGE || einmal.len() != vorgaenge.len() {
        return Err(R::Vorgaenge);
    }
    if freigaben.iter().any(|f| filled(&f.grund).is_none()) {
        return Err(R::GrundFehlt);
    }
    Ok(E::AuskunftIssued {
        beantragt_am,
        am: ctx.today,
        identitaet,
        durch,
        fuer,
        ereignisse,
        dokumente,
        maskiert,
        person: Some(person),
        vorgaenge: Some(vorgaenge),
        freigaben: Some(freigaben),
        bericht_sha256: Some(bericht_sha256),
    })
}

fn filled(wert: &str) -> Option<String> {
    text::filled(wert).filter(|t| t.chars().count() <= MAX_TEXT)
}
