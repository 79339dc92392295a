//! The ways a notice was sent, in words: state, history, hold, hint by mail.
//!
//! Shows no address: where the hint goes is seen by nobody who need not send it.

use crate::clerk::fall::Fall;
use crate::layout::{datum, zeitpunkt};
use akte_core::verfahren::state::{HinweisState, Sendung};
use akte_core::verfahren::zustellung::Zustand;

/// One dispatch on the case page.
pub struct SendungTeil {
    pub weg: &'static str,
    pub fassung: u32,
    pub zustand: &'static str,
    /// What is to be done or waited for.
    pub weiter: Option<String>,
    /// Each state with its day.
    pub verlauf: Vec<String>,
    pub hinweis: Option<String>,
}

/// All dispatches, newest first.
pub fn alle(f: &Fall) -> Vec<SendungTeil> {
    f.v.sendungen.iter().rev().map(|s| teil(f, s)).collect()
}

fn teil(f: &Fall, s: &Sendung) -> SendungTeil {
    let schritt = |(z, am): &(Zustand, jiff::civil::Date)| format!("{}: {}", datum(am), z.wort());
    SendungTeil {
        weg: s.weg.wort(),
        fassung: s.fassung,
        zustand: s.zustand.wort(),
        weiter: weiter(f, s),
        verlauf: s.verlauf.iter().map(schritt).collect(),
        hinweis: s.hinweis.as_ref().map(hinweis),
    }
}

fn hinweis(h: &HinweisState) -> String {
    let versuche = match h.versuche {
        0 => String::new(),
        1 => ", ein Versuch".to_owned(),
        n => format!(", {n} Versuche"),
    };
    let unklar = if h.unklar { "; kann doppelt angekommen sein" } else { "" };
    format!("{}{versuche}{unklar}", h.stand.wort())
}

fn weiter(f: &Fall, s: &Sendung) -> Option<String> {
    use akte_core::verfahren::event::Weg;
    match (s.zustand, s.not_before) {
        (Zustand::Created, Some(t)) if f.jetzt < t => Some(format!(
            "Wird angehalten bis {}. Bis dahin können Sie den Versand zurücknehmen.",
            zeitpunkt(&t, &f.zone_name())
        )),
        (Zustand::Created, _) if s.weg == Weg::Portal => Some("Wird gleich bereitgestellt.".into()),
        (Zustand::Created, _) if s.stapel.is_none() => Some("Liegt zum Drucken bereit, siehe Postausgang.".into()),
        (Zustand::Created, _) => Some("Ist zum Drucken geholt. Halten Sie fest, wann der Brief zur Post ging.".into()),
        (Zustand::Sent | Zustand::TemporaryFailure, _) if s.weg == Weg::Pzu => {
            Some("Die Zustellungsurkunde steht noch aus. Erst sie gibt den Bescheid bekannt.".into())
        }
        (Zustand::PermanentFailure | Zustand::ReturnedLetter, _) => {
            Some("Der Bescheid ist so nicht bekannt gegeben. Wählen Sie einen anderen Weg.".into())
        }
        _ => None,
    }
}

/// Whether and since when the person agreed to retrieval.
pub fn einwilligung(f: &Fall) -> Option<String> {
    let e = f.v.einwilligung.as_ref()?;
    let hinweis = if e.email.is_some() { "mit Hinweis per E-Mail" } else { "ohne Hinweis per E-Mail" };
    Some(format!("seit {}, {hinweis}", datum(&e.am)))
}
