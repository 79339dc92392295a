//! One document and its versions; no version is ever replaced.
//!
//! Holds commitments and references; the bytes lie in the content store.

use super::event::DokumentEvent as E;
use crate::documents::DokumentWert;
use crate::kernel::{Context, Decider};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// State of one document.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Dokument {
    pub akte: Option<Uuid>,
    pub vorgang: Option<Uuid>,
    /// `eingang`, `ausgang`, `intern`.
    pub richtung: String,
    pub titel: Option<String>,
    pub dateiname: Option<String>,
    pub version: u32,
    /// The newest version; `None` if erased.
    pub dokument: Option<DokumentWert>,
}

/// What can be wanted of a document.
#[derive(Clone, Debug)]
pub enum DokumentCommand {
    Add {
        akte: Uuid,
        vorgang: Option<Uuid>,
        richtung: String,
        titel: String,
        dateiname: String,
        dokument: DokumentWert,
    },
    AddVersion {
        dokument: DokumentWert,
        grund: String,
    },
}

/// Why the document says no.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DokumentRefusal {
    #[error("Dieses Dokument ist schon abgelegt.")]
    SchonAbgelegt,
    #[error("Dieses Dokument gibt es nicht.")]
    GibtEsNicht,
    #[error("Die Richtung ist eingang, ausgang oder intern.")]
    Richtung,
    #[error("Bitte füllen Sie „Grund“ aus.")]
    GrundFehlt,
}

impl DokumentRefusal {
    pub fn code(&self) -> &'static str {
        match self {
            DokumentRefusal::SchonAbgelegt => "schon_abgelegt",
            DokumentRefusal::GibtEsNicht => "gibt_es_nicht",
            DokumentRefusal::Richtung => "richtung",
            DokumentRefusal::GrundFehlt => "grund_fehlt",
        }
    }
}

impl Decider for Dokument {
    const KIND: &'static str = "dokument";
    type State = Dokument;
    type Command = DokumentCommand;
    type Event = E;
    type Refusal = DokumentRefusal;

    fn decide(s: &Dokument, command: DokumentCommand, _: &Context) -> Result<Vec<E>, DokumentRefusal> {
        match command {
            DokumentCommand::Add { .. } if s.version > 0 => Err(DokumentRefusal::SchonAbgelegt),
            DokumentCommand::Add { akte, vorgang, richtung, titel, dateiname, dokument } => {
                if !matches!(richtung.as_str(), "eingang" | "ausgang" | "intern") {
                    return Err(DokumentRefusal::Richtung);
                }
                let (titel, dateiname, dokument) = (Some(titel), Some(dateiname), Some(dokument));
                Ok(vec![E::Added { akte, vorgang, richtung, titel, dateiname, dokument }])
            }
            DokumentCommand::AddVersion { .. } if s.version == 0 => Err(DokumentRefusal::GibtEsNicht),
            DokumentCommand::AddVersion { grund, .. } if grund.trim().is_empty() => Err(DokumentRefusal::GrundFehlt),
            DokumentCommand::AddVersion { dokument, .. } if s.dokument.as_ref() == Some(&dokument) => Ok(vec![]),
            DokumentCommand::AddVersion { dokument, grund } => Ok(vec![E::VersionAdded {
                version: s.version + 1,
                dokument: Some(dokument),
                grund: Some(grund.trim().to_owned()),
            }]),
        }
    }

    fn evolve(mut s: Dokument, event: &E) -> Dokument {
        match event {
            E::Added { akte, vorgang, richtung, titel, dateiname, dokument } => {
                s.akte = Some(*akte);
                s.vorgang = *vorgang;
                s.richtung.clone_from(richtung);
                s.titel.clone_from(titel);
                s.dateiname.clone_from(dateiname);
                s.dokument.clone_from(dokument);
                s.version = 1;
            }
            E::VersionAdded { version, dokument, .. } => {
                s.version = *version;
                s.dokument.clone_from(dokument);
            }
        }
        s
    }
}
