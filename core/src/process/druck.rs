//! One letter of a print batch: the notice as it was made out, and what stands on its envelope.
//!
//! Asks `permit` for the command, not for the reading: who may see the notice was asked by the caller.

use crate::execute::{Call, Done, ExecuteError, House, Principal, Target};
use crate::verfahren::event::Weg;
use crate::verfahren::{Vorgang, VorgangCommand, anschrift};
use futures::TryStreamExt;
use serde_json::json;
use uuid::Uuid;

/// Heads of the columns of [`Druckstueck::umschlag`].
pub const UMSCHLAG: [&str; 7] = ["Nr.", "Versandart", "Aktenzeichen", "Empfänger", "Straße", "Ort", "Absender"];

/// A letter ready to be printed.
pub struct Druckstueck {
    /// Name of its file in the batch; ASCII.
    pub name: String,
    /// Its first page carries the address where the window is (DIN 5008 form B).
    pub pdf: Vec<u8>,
    /// What stands on the envelope; for a certificate it is the order to serve as well.
    pub umschlag: Vec<String>,
}

/// Which letter, and as which piece of which batch.
#[derive(Clone, Copy, Debug)]
pub struct Stueck {
    pub vorgang: Uuid,
    pub sendung: Uuid,
    pub stapel: Uuid,
    /// Counts from 1.
    pub nr: usize,
}

/// Records that the letter was fetched, and gives it.
pub async fn druck(
    house: &House,
    principal: &Principal,
    key: &str,
    was: Stueck,
) -> Result<(Druckstueck, Done), ExecuteError> {
    let call = Call {
        principal: principal.clone(),
        key: key.to_owned(),
        target: Target::Stream(was.vorgang),
        expected: None,
        request: Some(json!({ "druck": was.sendung.to_string() })),
        corr: None,
    };
    let command = VorgangCommand::TakeDruck { sendung: was.sendung, stapel: was.stapel };
    let done = house.execute::<Vorgang>(call, command).await?;
    let v = house.load::<Vorgang>(was.vorgang).await?.state;
    let s = v.sendungen.iter().find(|s| s.id == was.sendung).ok_or(ExecuteError::NotFound)?;
    let bescheid = v.bescheid.as_ref().filter(|b| b.fassung == s.fassung);
    let wert = bescheid.and_then(|b| b.ausfertigung.as_ref()).ok_or(ExecuteError::NotFound)?;
    let strom = house.open_document(wert).await?;
    let teile: Vec<_> =
        strom.try_collect().await.map_err(|_| ExecuteError::Fault("Ausfertigung nicht lesbar".into()))?;
    let az = v.aktenzeichen.clone().unwrap_or_default();
    let def = house.leistungen().by_hash(&v.definition);
    let mut zeilen = def.map(|d| anschrift::zeilen(&d, &v.felder)).unwrap_or_default();
    zeilen.resize(3, String::new());
    let kopf = [was.nr.to_string(), s.weg.wort().to_owned(), az.clone()];
    let umschlag = kopf.into_iter().chain(zeilen).chain([absender(house)]).collect();
    let weg = if s.weg == Weg::Pzu { "pzu" } else { "brief" };
    let name = format!("{:03}_{weg}_{}.pdf", was.nr, az.chars().map(dateiname).collect::<String>());
    Ok((Druckstueck { name, pdf: teile.concat(), umschlag }, done))
}

fn absender(house: &House) -> String {
    let a = &house.stadt.anschrift;
    format!("{}, {}, {} {}", house.stadt.name, a.strasse, a.plz, a.ort)
}

fn dateiname(c: char) -> char {
    if c.is_ascii_alphanumeric() || c == '.' || c == '-' { c } else { '_' }
}
