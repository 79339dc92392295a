//! Filing documents: each lies in one Akte, and what comes later takes back what the archive said.
//!
//! Makes no document; that is a stream of its own.

use super::event::AkteEvent as E;
use super::stammakte::{Akte, AkteRefusal, Events, filled};
use super::{aufbewahrung, aussonderung};
use crate::kernel::Context;
use std::collections::HashSet;
use uuid::Uuid;

/// In the order given, each once.
pub(super) fn file_all(s: &Akte, dokumente: Vec<Uuid>, ctx: &Context) -> Events {
    let mut da: HashSet<Uuid> = s.dokumente.iter().copied().chain(s.zeiger.iter().map(|z| z.dokument)).collect();
    let neu: Vec<Uuid> = dokumente.into_iter().filter(|d| da.insert(*d)).collect();
    if !neu.is_empty() {
        s.offen()?;
        eigen(&neu, ctx)?;
    }
    Ok(mit_ruecknahme(s, neu.into_iter().map(|dokument| E::DokumentFiled { dokument, vorgang: None }).collect()))
}

/// What the archive said was said of the file without these documents.
pub(super) fn mit_ruecknahme(s: &Akte, mut abgelegt: Vec<E>) -> Vec<E> {
    if !abgelegt.is_empty() {
        abgelegt.extend(aussonderung::zurueckziehen(s, "ablage"));
    }
    abgelegt
}

/// A document lies in one Akte. It is sealed under the key of that Akte's procedure: what is destroyed with the one
/// would be destroyed in the other, past its holds and its retention.
pub(super) fn eigen(dokumente: &[Uuid], ctx: &Context) -> Result<(), AkteRefusal> {
    match dokumente.iter().any(|d| ctx.facts.fremd.contains(d)) {
        true => Err(AkteRefusal::FremdesDokument),
        false => Ok(()),
    }
}

/// What is new was not offered, and the last document counts for retention.
pub(super) fn file_late(s: &Akte, dokument: Uuid, grund: String, ctx: &Context) -> Events {
    eigen(&[dokument], ctx)?;
    let mut events = vec![E::FiledLate { dokument, grund: Some(filled(&grund, "Grund")?) }];
    events.extend(aufbewahrung::nach_ablage(s, ctx));
    events.extend(aussonderung::zurueckziehen(s, "nachablage"));
    Ok(events)
}
