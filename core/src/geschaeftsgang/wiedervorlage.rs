//! One Wiedervorlage of any thing: set, moved with a reason, due, done, and told to the head of the unit.
//!
//! Counts no days itself (`recht`), and marks nothing due by itself: the day's work asks.

use super::VERGEBEN;
use super::event::WiedervorlageEvent as E;
use super::objekt::Objekt;
use crate::kernel::text::filled;
use crate::kernel::{Actor, Context, Decider};
use crate::recht::{Frist, Law, datum_deutsch, datum_lesen};
use jiff::{ToSpan, civil::Date};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Furthest ahead, in days.
pub const HOECHSTENS: u32 = 3650;

/// When to look again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wann {
    /// Calendar days from today.
    Tage(u32),
    Am(Date),
}

impl Wann {
    /// `+14T`, `31.12.2026` or `2026-12-31`.
    pub fn lesen(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(rest) = text.strip_prefix('+') {
            let zahl = rest.trim().trim_end_matches(['T', 't']).trim();
            return zahl.parse().ok().map(Wann::Tage);
        }
        datum_lesen(text).map(Wann::Am)
    }

    /// As it is recorded and shown.
    pub fn wort(self) -> String {
        match self {
            Wann::Tage(n) => format!("+{n}T"),
            Wann::Am(d) => datum_deutsch(d),
        }
    }

    /// The day by the rule, moved to a working day, with its Rechenweg.
    pub fn rechnen(self, ctx: &Context) -> Result<Frist, WiedervorlageRefusal> {
        let tage = match self {
            Wann::Tage(n) => i64::from(n),
            Wann::Am(d) => ctx.today.until(d).map(|span| i64::from(span.get_days())).unwrap_or_default(),
        };
        let tage = u32::try_from(tage).ok().filter(|n| (1..=HOECHSTENS).contains(n));
        let tage = tage.ok_or(WiedervorlageRefusal::Zeitraum)?;
        ctx.law.wiedervorlage(ctx.today, tage).map_err(|e| WiedervorlageRefusal::Recht(e.to_string()))
    }
}

/// State of one Wiedervorlage.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Wiedervorlage {
    pub objekt: Option<Objekt>,
    pub einheit: String,
    pub konto: Option<Uuid>,
    pub faellig: Option<Date>,
    pub grund: Option<String>,
    /// The day's work has seen it due.
    pub gemeldet: bool,
    pub eskaliert: Option<Date>,
    pub erledigt: bool,
}

/// What can be wanted of a Wiedervorlage.
#[derive(Clone, Debug)]
pub enum WiedervorlageCommand {
    Set {
        objekt: Objekt,
        einheit: String,
        konto: Uuid,
        wann: Wann,
        grund: String,
        verfuegung: Option<Uuid>,
    },
    Move {
        wann: Wann,
        grund: String,
    },
    Done {
        ergebnis: String,
    },
    /// By the day's work: due as far as its day has come.
    NoteDue,
    /// By the day's work: not done so many working days after it was due.
    Escalate {
        arbeitstage: u32,
    },
}

/// Why a Wiedervorlage says no.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum WiedervorlageRefusal {
    #[error("Diese Nummer ist schon vergeben.")]
    Vergeben,
    #[error("Diese Wiedervorlage gibt es nicht.")]
    GibtEsNicht,
    #[error("Diese Wiedervorlage ist schon erledigt.")]
    Erledigt,
    #[error("Nur ein angemeldetes Konto kann das tun.")]
    NurKonto,
    #[error(
        "Der Tag liegt nicht in der Zukunft oder mehr als zehn Jahre voraus. Schreiben Sie zum Beispiel +14T oder 31.12.2026."
    )]
    Zeitraum,
    #[error("Bitte füllen Sie „{0}“ aus.")]
    AngabeFehlt(&'static str),
    #[error("Die Rechtsdaten geben keine Antwort: {0}")]
    Recht(String),
}

impl WiedervorlageRefusal {
    pub fn code(&self) -> &'static str {
        match self {
            WiedervorlageRefusal::Vergeben => VERGEBEN,
            WiedervorlageRefusal::GibtEsNicht => "gibt_es_nicht",
            WiedervorlageRefusal::Erledigt => "erledigt",
            WiedervorlageRefusal::NurKonto => "nur_konto",
            WiedervorlageRefusal::Zeitraum => "zeitraum",
            WiedervorlageRefusal::AngabeFehlt(_) => "angabe_fehlt",
            WiedervorlageRefusal::Recht(_) => "recht",
        }
    }
}

type R = WiedervorlageRefusal;
type Events = Result<Vec<E>, R>;

impl Decider for Wiedervorlage {
    const KIND: &'static str = "wiedervorlage";
    type State = Wiedervorlage;
    type Command = WiedervorlageCommand;
    type Event = E;
    type Refusal = R;

    fn decide(s: &Wiedervorlage, command: WiedervorlageCommand, ctx: &Context) -> Events {
        use WiedervorlageCommand as C;
        match (s.faellig, command) {
            (None, command @ C::Set { .. }) => set(command, ctx),
            (Some(_), C::Set { .. }) => Err(R::Vergeben),
            (None, _) => Err(R::GibtEsNicht),
            // The day's work comes every hour: what is settled stays as it is.
            (Some(_), C::NoteDue | C::Escalate { .. }) if s.erledigt => Ok(vec![]),
            (Some(_), _) if s.erledigt => Err(R::Erledigt),
            (Some(_), C::Move { wann, grund }) => moved(wann, &grund, ctx),
            (Some(_), C::Done { ergebnis }) => {
                let (durch, fuer) = ctx.konto().ok_or(R::NurKonto)?;
                Ok(vec![E::Done { durch, fuer, ergebnis: filled(&ergebnis) }])
            }
            (Some(faellig), C::NoteDue) => {
                let due = !s.gemeldet && faellig <= ctx.today;
                Ok(if due { vec![E::Due { faellig, am: ctx.today }] } else { vec![] })
            }
            (Some(faellig), C::Escalate { arbeitstage }) => Ok(s.escalate(faellig, arbeitstage, ctx)),
        }
    }

    fn evolve(mut s: Wiedervorlage, event: &E) -> Wiedervorlage {
        match event {
            E::Set { objekt, einheit, konto, faellig, grund, .. } => {
                s.objekt = Some(*objekt);
                s.einheit.clone_from(einheit);
                s.konto = Some(*konto);
                s.faellig = Some(*faellig);
                s.grund.clone_from(grund);
            }
            E::Moved { faellig, .. } => {
                s.faellig = Some(*faellig);
                (s.gemeldet, s.eskaliert) = (false, None);
            }
            E::Due { .. } => s.gemeldet = true,
            E::Done { .. } => s.erledigt = true,
            E::Escalated { am, .. } => s.eskaliert = Some(*am),
        }
        s
    }
}

impl Wiedervorlage {
    fn escalate(&self, faellig: Date, arbeitstage: u32, ctx: &Context) -> Vec<E> {
        let grenze = nach_arbeitstagen(&ctx.law, faellig, arbeitstage);
        if self.eskaliert.is_some() || ctx.today < grenze {
            return vec![];
        }
        vec![E::Escalated { faellig, arbeitstage, grenze, am: ctx.today }]
    }
}

/// The n-th working day after this day.
pub fn nach_arbeitstagen(law: &Law, tag: Date, n: u32) -> Date {
    let mut d = tag;
    for _ in 0..n {
        d = d.saturating_add(1.day());
        while !law.ist_arbeitstag(d) && d < Date::MAX {
            d = d.saturating_add(1.day());
        }
    }
    d
}

fn set(command: WiedervorlageCommand, ctx: &Context) -> Events {
    let WiedervorlageCommand::Set { objekt, einheit, konto, wann, grund, verfuegung } = command else {
        return Err(R::GibtEsNicht);
    };
    let (durch, fuer) = match (ctx.konto(), &ctx.actor) {
        (Some((id, fuer)), _) => (Some(id), fuer),
        // Follows from a Verfuegung, which says who ordered it.
        (None, Actor::Process) if verfuegung.is_some() => (None, None),
        _ => return Err(R::NurKonto),
    };
    let grund = Some(filled(&grund).ok_or(R::AngabeFehlt("Wozu?"))?);
    let f = wann.rechnen(ctx)?;
    Ok(vec![E::Set {
        objekt,
        einheit,
        konto,
        eingabe: wann.wort(),
        faellig: f.end,
        rule_version: f.rule_version,
        verified: f.verified,
        rechenweg: f.rechenweg,
        durch,
        fuer,
        verfuegung,
        grund,
    }])
}

fn moved(wann: Wann, grund: &str, ctx: &Context) -> Events {
    let (durch, fuer) = ctx.konto().ok_or(R::NurKonto)?;
    let grund = Some(filled(grund).ok_or(R::AngabeFehlt("Grund"))?);
    let f = wann.rechnen(ctx)?;
    Ok(vec![E::Moved {
        eingabe: wann.wort(),
        faellig: f.end,
        rule_version: f.rule_version,
        verified: f.verified,
        rechenweg: f.rechenweg,
        durch,
        fuer,
        grund,
    }])
}
