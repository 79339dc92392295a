//! The route of a Geschaeftsgang: steps in sequence, several parties in parallel, and what makes a route wrong.
//!
//! Knows no document and no signature.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Most steps of a route, and most parties of a step.
pub const HOECHSTENS: usize = 30;

/// What a party is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Schrittart {
    /// zur Kenntnis.
    Zk,
    /// zur weiteren Veranlassung.
    Zwv,
    /// Mitzeichnung.
    Mz,
    Schlusszeichnung,
}

impl Schrittart {
    pub const ALLE: [Schrittart; 4] = [Schrittart::Zk, Schrittart::Zwv, Schrittart::Mz, Schrittart::Schlusszeichnung];

    /// As in events and forms.
    pub fn code(self) -> &'static str {
        match self {
            Schrittart::Zk => "zk",
            Schrittart::Zwv => "zwv",
            Schrittart::Mz => "mz",
            Schrittart::Schlusszeichnung => "schlusszeichnung",
        }
    }

    /// As it stands on paper.
    pub fn wort(self) -> &'static str {
        match self {
            Schrittart::Zk => "z. K.",
            Schrittart::Zwv => "z. w. V.",
            Schrittart::Mz => "Mz.",
            Schrittart::Schlusszeichnung => "Schlusszeichnung",
        }
    }

    /// The kind with this code.
    pub fn lesen(code: &str) -> Option<Self> {
        Self::ALLE.into_iter().find(|a| a.code() == code)
    }

    /// A signature stands for one version of the document; taking note does not.
    pub fn zeichnet(self) -> bool {
        matches!(self, Schrittart::Mz | Schrittart::Schlusszeichnung)
    }
}

/// One step: all its parties at the same time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schritt {
    pub art: Schrittart,
    pub an: Vec<Uuid>,
}

/// What is wrong with a route; steps are counted from one, as on the page.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LaufwegFehler {
    #[error("Der Laufweg ist leer. Nennen Sie mindestens einen Schritt.")]
    Leer,
    #[error("Der Laufweg ist zu lang. Erlaubt sind {HOECHSTENS} Schritte mit je {HOECHSTENS} Beteiligten.")]
    ZuLang,
    #[error("Schritt {0} nennt niemanden. Wählen Sie mindestens eine Person, oder lassen Sie den Schritt weg.")]
    Niemand(usize),
    #[error("Schritt {0} nennt dieselbe Person zweimal. Einmal genügt.")]
    Doppelt(usize),
    #[error(
        "Schritt {0} und Schritt {1} gehen unmittelbar nacheinander an dieselbe Person. Fassen Sie beide zusammen."
    )]
    Nacheinander(usize, usize),
    #[error(
        "Der Laufweg geht im Kreis: Schritt {1} führt zu einer Person zurück, die schon in Schritt {0} dasselbe tut. Nehmen Sie sie aus einem der beiden Schritte."
    )]
    Kreis(usize, usize),
    #[error("Es gibt eine Schlusszeichnung, und eine Person gibt sie. Prüfen Sie Schritt {0}.")]
    EineSchlusszeichnung(usize),
    #[error("Schritt {0} steht nach der Schlusszeichnung. Danach wird nicht mehr mitgezeichnet.")]
    NachDemSchluss(usize),
    #[error(
        "In Schritt {0} soll jemand zeichnen, der den Text verfasst oder vorgelegt hat. Wählen Sie eine andere Person."
    )]
    VierAugen(usize),
}

/// Whether this route can be gone by people who did not draft the text.
pub fn pruefe(laufweg: &[Schritt], verfasser: &[Uuid]) -> Result<(), LaufwegFehler> {
    if laufweg.is_empty() {
        return Err(LaufwegFehler::Leer);
    }
    if laufweg.len() > HOECHSTENS || laufweg.iter().any(|s| s.an.len() > HOECHSTENS) {
        return Err(LaufwegFehler::ZuLang);
    }
    let mut schluss = None;
    for (i, schritt) in laufweg.iter().enumerate() {
        einer(i, schritt, verfasser)?;
        if schritt.art.zeichnet() && schluss.is_some() {
            return Err(match schritt.art {
                Schrittart::Schlusszeichnung => LaufwegFehler::EineSchlusszeichnung(i + 1),
                _ => LaufwegFehler::NachDemSchluss(i + 1),
            });
        }
        if schritt.art == Schrittart::Schlusszeichnung {
            schluss = Some(i);
        }
        for (j, frueher) in laufweg[..i].iter().enumerate() {
            if !schritt.an.iter().any(|k| frueher.an.contains(k)) {
                continue;
            }
            if j + 1 == i {
                return Err(LaufwegFehler::Nacheinander(j + 1, i + 1));
            }
            if frueher.art == schritt.art {
                return Err(LaufwegFehler::Kreis(j + 1, i + 1));
            }
        }
    }
    Ok(())
}

fn einer(i: usize, schritt: &Schritt, verfasser: &[Uuid]) -> Result<(), LaufwegFehler> {
    if schritt.an.is_empty() {
        return Err(LaufwegFehler::Niemand(i + 1));
    }
    if schritt.an.iter().enumerate().any(|(n, k)| schritt.an[..n].contains(k)) {
        return Err(LaufwegFehler::Doppelt(i + 1));
    }
    if schritt.art == Schrittart::Schlusszeichnung && schritt.an.len() > 1 {
        return Err(LaufwegFehler::EineSchlusszeichnung(i + 1));
    }
    if schritt.art.zeichnet() && schritt.an.iter().any(|k| verfasser.contains(k)) {
        return Err(LaufwegFehler::VierAugen(i + 1));
    }
    Ok(())
}
