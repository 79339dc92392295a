//! What is noted of a file, a part of it or a document: as a whole each time, and never over somebody else's.
//!
//! Knows no field: what may be noted is the schema's ([`crate::metadaten`]).

use crate::kernel::Context;
use crate::metadaten::{Art, Befund, Metaschema, Roh, Werte};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What is noted of one thing now.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Metadaten {
    pub schema: String,
    pub schema_sha256: String,
    /// `None`: erased.
    pub felder: Option<Werte>,
    /// How often it was noted.
    pub fassung: u32,
    /// `None`: came along when the document was moved.
    pub durch: Option<Uuid>,
}

/// What somebody typed.
#[derive(Clone, Debug)]
pub struct Angaben {
    pub schema: Metaschema,
    pub roh: Roh,
    /// [`Metadaten::fassung`] as the form showed it; 0 = nothing was noted.
    pub gesehen: u32,
}

/// Why nothing is noted. Braces mark an account.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Mangel {
    #[error(
        "{{{0}}} hat die Metadaten inzwischen geändert. Was jetzt gilt, steht über dem Formular, Ihre Eingabe steht noch darin. Prüfen Sie beides, und speichern Sie noch einmal."
    )]
    Inzwischen(Uuid),
    #[error("{}", .0.iter().map(|b| b.text.as_str()).collect::<Vec<_>>().join(" "))]
    Ungueltig(Vec<Befund>),
    #[error("Das können nur Konten.")]
    NurKonten,
}

impl Mangel {
    pub fn code(&self) -> &'static str {
        match self {
            Mangel::Inzwischen(_) => "inzwischen_geaendert",
            Mangel::Ungueltig(_) => "metadaten",
            Mangel::NurKonten => "nur_konten",
        }
    }
}

/// What is to be noted, with the acting account and the one it stands in for; `None` where it says the same already.
pub(super) fn neu(
    da: Option<&Metadaten>,
    art: Art,
    a: &Angaben,
    ctx: &Context,
) -> Result<Option<(Metadaten, Uuid, Option<Uuid>)>, Mangel> {
    let (durch, fuer) = ctx.konto().ok_or(Mangel::NurKonten)?;
    let felder = Some(a.schema.pruefe(&a.roh, ctx.today).map_err(Mangel::Ungueltig)?);
    let (schema, schema_sha256) = (a.schema.name(art), a.schema.sha256(art));
    let gleich = |m: &Metadaten| m.schema_sha256 == schema_sha256 && m.felder == felder;
    if da.map_or(felder.as_ref().is_some_and(Werte::is_empty), gleich) {
        return Ok(None);
    }
    match da.filter(|m| m.fassung != a.gesehen) {
        Some(m) => Err(Mangel::Inzwischen(m.durch.unwrap_or(durch))),
        None => {
            let m = Metadaten { schema, schema_sha256, felder, ..Metadaten::default() };
            Ok(Some((m, durch, fuer)))
        }
    }
}

/// Folds one description over what was noted before.
pub(super) fn gefaltet(
    davor: Option<&Metadaten>,
    (schema, schema_sha256): (&str, &str),
    felder: Option<&Werte>,
    durch: Option<Uuid>,
) -> Metadaten {
    Metadaten {
        schema: schema.to_owned(),
        schema_sha256: schema_sha256.to_owned(),
        felder: felder.cloned(),
        fassung: davor.map_or(0, |m| m.fassung) + 1,
        durch,
    }
}
