//! What is stored about a person, put together (Art. 15 DSGVO): every event and document of the procedures, files
//! and entries of the post book that a clerk found to be theirs, who read them, who got them, how long they are kept,
//! and on what they rest.
//!
//! Asks no permission and writes no read log: whoever calls it did both before. What concerns others is masked here,
//! by subject; what is masked only because nobody can know is for a person to unmask, with a reason.

pub mod bericht;
mod kopf;
pub mod masken;
pub mod sammeln;
pub mod zugriffe;

use crate::paket::Datei;
use akte_core::betroffene::{BetroffenenCommand, Freigabe, Identitaet};
use akte_core::documents::DokumentWert;
use akte_core::execute::{ExecuteError, Gliedart, House};
use serde_json::Value;
use uuid::Uuid;

/// `form` of the machine-readable report.
pub const FORM: &str = "aktenkette-betroffenenauskunft/v1";
/// Subject role of the person who applies: who the report is about, unless another role is named.
pub const ANTRAGSTELLER: &str = "antragsteller";

/// What a person can be told about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sachart {
    Vorgang,
    Akte,
    /// An entry of the post book, filed or not.
    Eingang,
}

impl Sachart {
    /// What this stream is, by its own first event.
    pub async fn von(house: &House, id: Uuid) -> Result<Self, ExecuteError> {
        match house.gliedart(id).await? {
            Some(Gliedart::Vorgang) => Ok(Self::Vorgang),
            Some(Gliedart::Akte) => Ok(Self::Akte),
            Some(Gliedart::Eingang) => Ok(Self::Eingang),
            _ => Err(ExecuteError::NotFound),
        }
    }

    /// Its name in the machine-readable report.
    pub fn code(self) -> &'static str {
        match self {
            Self::Vorgang => "vorgang",
            Self::Akte => "akte",
            Self::Eingang => "eingang",
        }
    }

    pub fn wort(self) -> &'static str {
        match self {
            Self::Vorgang => "Vorgang",
            Self::Akte => "Akte",
            Self::Eingang => "Eingang",
        }
    }
}

/// What is asked.
pub struct Frage {
    pub person: String,
    /// Procedures, files and entries of the post book ([`Sachart`]).
    pub vorgaenge: Vec<Uuid>,
    /// The person's role in these procedures.
    pub rolle: String,
    pub freigaben: Vec<Freigabe>,
}

/// One value that is not shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdeckt {
    pub index: u64,
    pub zeiger: String,
    /// What happened, in words.
    pub satz: String,
    pub warum: &'static str,
    /// May be unmasked by hand; what is another subject's may not.
    pub pruefbar: bool,
    /// What it says, for whoever decides about it; never part of the report.
    pub inhalt: String,
}

/// Everything that was found.
pub struct Auskunft {
    pub json: Value,
    pub verdeckt: Vec<Verdeckt>,
    pub ereignisse: u32,
    /// Documents that are handed out, with their file names.
    pub dokumente: Vec<(String, DokumentWert)>,
    /// Unmasked by hand, as far as there was something to unmask.
    pub freigegeben: Vec<Freigabe>,
    /// Papers of the files that stay masked: nothing shows that they concern the person.
    pub verdeckte_dokumente: u32,
}

impl Auskunft {
    /// The report's bytes.
    pub fn json_bytes(&self) -> Vec<u8> {
        format!("{:#}\n", self.json).into_bytes()
    }

    /// Values that stay masked.
    pub fn maskiert(&self) -> u32 {
        u32::try_from(self.verdeckt.len()).unwrap_or(u32::MAX)
    }
}

/// Puts the answer into files: for machines, on paper; documents stay in the store until they are written.
pub async fn dateien(house: &House, a: &Auskunft) -> Result<Vec<Datei>, ExecuteError> {
    let pdf = crate::paket::bericht::pdf(serde_json::to_value(bericht::bericht(house, a))).await?;
    Ok(vec![
        Datei { name: "auskunft.json".into(), inhalt: a.json_bytes() },
        Datei { name: "auskunft.pdf".into(), inhalt: pdf },
    ])
}

/// The command that records this answer.
pub fn befehl(
    frage: &Frage,
    a: &Auskunft,
    beantragt_am: jiff::civil::Date,
    identitaet: Option<Identitaet>,
) -> BetroffenenCommand {
    BetroffenenCommand::Issue {
        person: frage.person.clone(),
        beantragt_am,
        identitaet,
        vorgaenge: frage.vorgaenge.clone(),
        ereignisse: a.ereignisse,
        dokumente: u32::try_from(a.dokumente.len()).unwrap_or(u32::MAX),
        maskiert: a.maskiert(),
        freigaben: a.freigegeben.clone(),
        bericht_sha256: crate::paket::inhalt::sha256(&a.json_bytes()),
    }
}
