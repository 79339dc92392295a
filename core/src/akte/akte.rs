//! One file (Akte): opening, Aktenzeichen, filing, closing, reopening.
//!
//! What must exclude each other is decided here, on one stream. Knows no procedure.

use super::event::AkteEvent as E;
use crate::kernel::{Context, Decider};
use crate::recht::Params;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// State of one Akte.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Akte {
    pub aktenplan: String,
    pub einheit: String,
    pub vorgang: Option<Uuid>,
    pub titel: Option<String>,
    /// Whether a number was given, also where the sealed Aktenzeichen is gone.
    pub nummeriert: bool,
    pub aktenzeichen: Option<String>,
    pub dokumente: Vec<Uuid>,
    pub geschlossen: bool,
    pub aufbewahrung_bis: Option<jiff::civil::Date>,
}

/// What can be wanted of an Akte.
#[derive(Clone, Debug)]
pub enum AkteCommand {
    Open {
        aktenplan: String,
        einheit: String,
        vorgang: Option<Uuid>,
        titel: String,
    },
    AssignAktenzeichen {
        aktenzeichen: String,
    },
    Reclassify {
        aktenplan: String,
        grund: String,
    },
    /// Files a document; a second filing of the same document changes nothing.
    FileDokument {
        dokument: Uuid,
        vorgang: Option<Uuid>,
    },
    /// After zdA a document enters only this way, with a reason.
    FileLate {
        dokument: Uuid,
        grund: String,
    },
    /// `jahre`: retention of the Aktenplan position, `None` = permanent.
    Close {
        jahre: Option<u16>,
    },
    Reopen {
        grund: String,
    },
}

/// Why the Akte says no.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AkteRefusal {
    #[error("Diese Akte ist schon angelegt.")]
    SchonAngelegt,
    #[error("Diese Akte gibt es nicht.")]
    GibtEsNicht,
    #[error("Diese Akte hat schon ein anderes Aktenzeichen.")]
    SchonNummeriert,
    #[error("Die Akte ist geschlossen. Nachträglich abgelegt wird nur mit Grund, oder nehmen Sie die Akte wieder auf.")]
    Geschlossen,
    #[error("Die Akte ist offen.")]
    Offen,
    #[error("Bitte füllen Sie „{0}“ aus.")]
    AngabeFehlt(&'static str),
    #[error("Die Rechtsdaten geben keine Antwort: {0}")]
    Recht(String),
}

impl AkteRefusal {
    pub fn code(&self) -> &'static str {
        match self {
            AkteRefusal::SchonAngelegt => "schon_angelegt",
            AkteRefusal::GibtEsNicht => "gibt_es_nicht",
            AkteRefusal::SchonNummeriert => "schon_nummeriert",
            AkteRefusal::Geschlossen => "geschlossen",
            AkteRefusal::Offen => "offen",
            AkteRefusal::AngabeFehlt(_) => "angabe_fehlt",
            AkteRefusal::Recht(_) => "recht",
        }
    }
}

type Events = Result<Vec<E>, AkteRefusal>;

impl Decider for Akte {
    const KIND: &'static str = "akte";
    type State = Akte;
    type Command = AkteCommand;
    type Event = E;
    type Refusal = AkteRefusal;

    fn decide(s: &Akte, command: AkteCommand, ctx: &Context) -> Events {
        use AkteCommand as C;
        match (s.aktenplan.is_empty(), &command) {
            (true, C::Open { .. }) => {}
            (true, _) => return Err(AkteRefusal::GibtEsNicht),
            (false, C::Open { .. }) => return Err(AkteRefusal::SchonAngelegt),
            (false, _) => {}
        }
        match command {
            C::Open { aktenplan, einheit, vorgang, titel } => {
                let aktenplan = filled(aktenplan, "Aktenplan")?;
                Ok(vec![E::Opened { aktenplan, einheit, vorgang, titel: Some(titel) }])
            }
            C::AssignAktenzeichen { aktenzeichen } => assign(s, aktenzeichen),
            C::Reclassify { aktenplan, grund } => {
                open(s)?;
                let aktenplan = filled(aktenplan, "Aktenplan")?;
                Ok(vec![E::Reclassified { aktenplan, grund: Some(filled(grund, "Grund")?) }])
            }
            C::FileDokument { dokument, .. } if s.dokumente.contains(&dokument) => Ok(vec![]),
            C::FileDokument { dokument, vorgang } => {
                open(s)?;
                Ok(vec![E::DokumentFiled { dokument, vorgang }])
            }
            C::FileLate { dokument, .. } if s.dokumente.contains(&dokument) => Ok(vec![]),
            C::FileLate { .. } if !s.geschlossen => Err(AkteRefusal::Offen),
            C::FileLate { dokument, grund } => {
                Ok(vec![E::FiledLate { dokument, grund: Some(filled(grund, "Grund")?) }])
            }
            C::Close { .. } if s.geschlossen => Ok(vec![]),
            C::Close { jahre } => close(jahre, ctx),
            C::Reopen { .. } if !s.geschlossen => Err(AkteRefusal::Offen),
            C::Reopen { grund } => Ok(vec![E::Reopened { grund: Some(filled(grund, "Grund")?) }]),
        }
    }

    fn evolve(mut s: Akte, event: &E) -> Akte {
        match event {
            E::Opened { aktenplan, einheit, vorgang, titel } => {
                s.aktenplan.clone_from(aktenplan);
                s.einheit.clone_from(einheit);
                s.vorgang = *vorgang;
                s.titel.clone_from(titel);
            }
            E::AktenzeichenAssigned { aktenzeichen } => {
                s.nummeriert = true;
                s.aktenzeichen.clone_from(aktenzeichen);
            }
            E::Reclassified { aktenplan, .. } => s.aktenplan.clone_from(aktenplan),
            E::DokumentFiled { dokument, .. } | E::FiledLate { dokument, .. } => s.dokumente.push(*dokument),
            E::Closed { aufbewahrung_bis, .. } => {
                s.geschlossen = true;
                s.aufbewahrung_bis = *aufbewahrung_bis;
            }
            E::Reopened { .. } => {
                s.geschlossen = false;
                s.aufbewahrung_bis = None;
            }
        }
        s
    }
}

fn assign(s: &Akte, aktenzeichen: String) -> Events {
    match (s.nummeriert, &s.aktenzeichen) {
        (true, Some(old)) if *old != aktenzeichen => Err(AkteRefusal::SchonNummeriert),
        (true, _) => Ok(vec![]),
        (false, _) => Ok(vec![E::AktenzeichenAssigned { aktenzeichen: Some(aktenzeichen) }]),
    }
}

/// Retention counts from the end of the calendar year of closing; the way is recorded.
fn close(jahre: Option<u16>, ctx: &Context) -> Events {
    let Some(jahre) = jahre else {
        return Ok(vec![E::Closed { aufbewahrung_bis: None, rechenweg: vec!["dauernd aufzubewahren".into()] }]);
    };
    let params = Params { anzahl: Some(u32::from(jahre)), ..Params::default() };
    let frist = ctx.law.compute("aufbewahrung", ctx.today, params).map_err(|e| AkteRefusal::Recht(e.to_string()))?;
    let rechenweg = frist.rechenweg.iter().map(|r| format!("{}: {}", r.norm, r.text)).collect();
    Ok(vec![E::Closed { aufbewahrung_bis: Some(frist.end), rechenweg }])
}

fn open(s: &Akte) -> Result<(), AkteRefusal> {
    if s.geschlossen { Err(AkteRefusal::Geschlossen) } else { Ok(()) }
}

fn filled(wert: String, feld: &'static str) -> Result<String, AkteRefusal> {
    if wert.trim().is_empty() { Err(AkteRefusal::AngabeFehlt(feld)) } else { Ok(wert.trim().to_owned()) }
}
