//! One document and its versions; no version is ever replaced.
//!
//! Holds commitments and references; the bytes lie in the content store.

use super::event::DokumentEvent as E;
use super::metadaten::{self, Angaben, Metadaten};
use crate::documents::DokumentWert;
use crate::kernel::text::filled;
use crate::kernel::{Context, Decider};
use crate::metadaten::Art;
use jiff::Timestamp;
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
    /// The Akte it was moved to, and the document it is there.
    pub verschoben: Option<(Uuid, Uuid)>,
    /// The document of another Akte it was made from.
    #[serde(default)]
    pub aus: Option<Uuid>,
    /// The document it repeats.
    pub doppelt_zu: Option<Uuid>,
    #[serde(default)]
    pub metadaten: Option<Metadaten>,
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
    /// A moved document in its new Akte; `aus` is the one it was made from.
    AddCopy {
        aus: Uuid,
        akte: Uuid,
        richtung: String,
        titel: String,
        dateiname: String,
        dokument: DokumentWert,
        /// What was noted of it there.
        metadaten: Option<Metadaten>,
    },
    /// Metadata by schema.
    Describe(Box<Angaben>),
    AddVersion {
        dokument: DokumentWert,
        grund: String,
    },
    /// Follows from the pointer in the Akte.
    Move {
        nach: Uuid,
        als: Uuid,
    },
    /// `selbst`: this document, so that none repeats itself.
    LinkDuplicate {
        original: Uuid,
        selbst: Uuid,
        grund: String,
    },
    Unlink {
        grund: String,
    },
    /// The same file of the same import again changes nothing.
    Import(Box<Uebernahme>),
}

/// A file as an import found it.
#[derive(Clone, Debug, PartialEq)]
pub struct Uebernahme {
    pub akte: Uuid,
    pub richtung: String,
    pub import: Uuid,
    pub titel: String,
    pub dateiname: String,
    pub pfad: String,
    pub original_am: Option<Timestamp>,
    pub original_aus: String,
    pub sha256: String,
    pub dokument: DokumentWert,
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
    #[error("Ein Dokument ist nicht sein eigenes Doppel.")]
    EigenesDoppel,
    #[error("Dieses Dokument ist schon mit einem anderen verbunden. Lösen Sie die Verbindung zuerst.")]
    SchonVerbunden,
    #[error("Dieses Dokument ist mit keinem anderen verbunden.")]
    NichtVerbunden,
    #[error("Das können nur Konten.")]
    NurKonten,
    #[error("{0}")]
    KeineFassung(&'static str),
    #[error(
        "Die Metadaten bleiben, wie sie sind: Die Akte ist geschlossen, dem Archiv angeboten oder wird vernichtet, oder das Dokument liegt nicht mehr in ihr."
    )]
    Fest,
    #[error(transparent)]
    Metadaten(#[from] metadaten::Mangel),
}

impl DokumentRefusal {
    pub fn code(&self) -> &'static str {
        match self {
            DokumentRefusal::SchonAbgelegt => "schon_abgelegt",
            DokumentRefusal::GibtEsNicht => "gibt_es_nicht",
            DokumentRefusal::Richtung => "richtung",
            DokumentRefusal::GrundFehlt => "grund_fehlt",
            DokumentRefusal::EigenesDoppel => "eigenes_doppel",
            DokumentRefusal::SchonVerbunden => "schon_verbunden",
            DokumentRefusal::NichtVerbunden => "nicht_verbunden",
            DokumentRefusal::NurKonten => "nur_konten",
            DokumentRefusal::KeineFassung(_) => "keine_fassung",
            DokumentRefusal::Fest => "fest",
            DokumentRefusal::Metadaten(m) => m.code(),
        }
    }
}

impl Decider for Dokument {
    const KIND: &'static str = "dokument";
    type State = Dokument;
    type Command = DokumentCommand;
    type Event = E;
    type Refusal = DokumentRefusal;

    fn decide(s: &Dokument, command: DokumentCommand, ctx: &Context) -> Result<Vec<E>, DokumentRefusal> {
        match command {
            DokumentCommand::Add { .. } | DokumentCommand::AddCopy { .. } if s.version > 0 => {
                Err(DokumentRefusal::SchonAbgelegt)
            }
            DokumentCommand::Add { akte, vorgang, richtung, titel, dateiname, dokument } => {
                gerichtet(&richtung)?;
                let (titel, dateiname, dokument) = (Some(titel), Some(dateiname), Some(dokument));
                Ok(vec![E::Added { akte, vorgang, richtung, aus: None, titel, dateiname, dokument }])
            }
            DokumentCommand::AddCopy { aus, akte, richtung, titel, dateiname, dokument, metadaten } => {
                gerichtet(&richtung)?;
                let (titel, dateiname, dokument) = (Some(titel), Some(dateiname), Some(dokument));
                let added = E::Added { akte, vorgang: None, richtung, aus: Some(aus), titel, dateiname, dokument };
                let noted = metadaten.map(|Metadaten { schema, schema_sha256, felder, .. }| E::Described {
                    schema,
                    schema_sha256,
                    durch: None,
                    fuer: None,
                    felder,
                });
                Ok(std::iter::once(added).chain(noted).collect())
            }
            DokumentCommand::Import(_) if s.version > 0 => Ok(vec![]),
            DokumentCommand::Import(u) => imported(*u),
            _ if s.version == 0 => Err(DokumentRefusal::GibtEsNicht),
            DokumentCommand::Describe(a) => s.beschreiben(&a, ctx),
            DokumentCommand::AddVersion { dokument, grund } => s.version(dokument, &grund, ctx),
            DokumentCommand::Move { nach, als } if s.verschoben == Some((nach, als)) => Ok(vec![]),
            DokumentCommand::Move { nach, als } => Ok(vec![E::Moved { nach, als }]),
            DokumentCommand::LinkDuplicate { original, selbst, .. } if original == selbst => {
                Err(DokumentRefusal::EigenesDoppel)
            }
            DokumentCommand::LinkDuplicate { original, grund, .. } => match s.doppelt_zu {
                Some(o) if o == original => Ok(vec![]),
                Some(_) => Err(DokumentRefusal::SchonVerbunden),
                None => {
                    let (durch, grund) = (konto(ctx)?, reason(&grund)?);
                    Ok(vec![E::LinkedAsDuplicate { original, durch, grund }])
                }
            },
            DokumentCommand::Unlink { grund } => {
                let original = s.doppelt_zu.ok_or(DokumentRefusal::NichtVerbunden)?;
                let (durch, grund) = (konto(ctx)?, reason(&grund)?);
                Ok(vec![E::Unlinked { original, durch, grund }])
            }
        }
    }

    fn evolve(mut s: Dokument, event: &E) -> Dokument {
        match event {
            E::Added { akte, vorgang, richtung, aus, titel, dateiname, dokument } => {
                s.akte = Some(*akte);
                s.aus = *aus;
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
            E::Described { schema, schema_sha256, durch, felder, .. } => {
                let namen = (schema.as_str(), schema_sha256.as_str());
                s.metadaten = Some(metadaten::gefaltet(s.metadaten.as_ref(), namen, felder.as_ref(), *durch));
            }
            E::Moved { nach, als } => s.verschoben = Some((*nach, *als)),
            E::LinkedAsDuplicate { original, .. } => s.doppelt_zu = Some(*original),
            E::Unlinked { .. } => s.doppelt_zu = None,
            E::Imported { akte, richtung, titel, dateiname, dokument, .. } => {
                s.akte = Some(*akte);
                s.richtung.clone_from(richtung);
                s.titel.clone_from(titel);
                s.dateiname.clone_from(dateiname);
                s.dokument.clone_from(dokument);
                s.version = 1;
            }
        }
        s
    }
}

impl Dokument {
    /// Where its Akte still takes a version: what was closed, offered or released stays described as it is.
    fn beschreiben(&self, a: &Angaben, ctx: &Context) -> Result<Vec<E>, DokumentRefusal> {
        if ctx.facts.keine_fassung.is_some() {
            return Err(DokumentRefusal::Fest);
        }
        let Some((m, durch, fuer)) = metadaten::neu(self.metadaten.as_ref(), Art::Dokument, a, ctx)? else {
            return Ok(vec![]);
        };
        let Metadaten { schema, schema_sha256, felder, .. } = m;
        Ok(vec![E::Described { schema, schema_sha256, durch: Some(durch), fuer, felder }])
    }

    /// One more, where the Akte still takes it; the same content again is none.
    fn version(&self, dokument: DokumentWert, grund: &str, ctx: &Context) -> Result<Vec<E>, DokumentRefusal> {
        let grund = reason(grund)?;
        match ctx.facts.keine_fassung {
            Some(warum) => Err(DokumentRefusal::KeineFassung(warum)),
            None if self.dokument.as_ref() == Some(&dokument) => Ok(vec![]),
            None => Ok(vec![E::VersionAdded { version: self.version + 1, dokument: Some(dokument), grund }]),
        }
    }
}

fn konto(ctx: &Context) -> Result<Uuid, DokumentRefusal> {
    ctx.konto().map(|(id, _)| id).ok_or(DokumentRefusal::NurKonten)
}

fn reason(grund: &str) -> Result<Option<String>, DokumentRefusal> {
    filled(grund).map(Some).ok_or(DokumentRefusal::GrundFehlt)
}

fn gerichtet(richtung: &str) -> Result<(), DokumentRefusal> {
    if matches!(richtung, "eingang" | "ausgang" | "intern") { Ok(()) } else { Err(DokumentRefusal::Richtung) }
}

fn imported(u: Uebernahme) -> Result<Vec<E>, DokumentRefusal> {
    gerichtet(&u.richtung)?;
    Ok(vec![E::Imported {
        akte: u.akte,
        richtung: u.richtung,
        import: u.import,
        titel: Some(u.titel),
        dateiname: Some(u.dateiname),
        pfad: Some(u.pfad),
        original_am: u.original_am,
        original_aus: Some(u.original_aus),
        sha256: Some(u.sha256),
        dokument: Some(u.dokument),
    }])
}
