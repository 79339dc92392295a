//! A document that was filed wrongly, made anew for the Akte it belongs to.
//!
//! Its bytes are sealed under the key of the other Akte's procedure, so that each file's hold and disposal reach
//! exactly what lies in it. The same event makes the same object: a repetition after a crash changes nothing.

use crate::akte::{Akte, Dokument, DokumentCommand};
use crate::documents::DokumentWert;
use crate::execute::{AnyCommand, ExecuteError, House};
use crate::ledger::hash::b64u;
use crate::vault::Recorded;
use futures::StreamExt;
use uuid::Uuid;

/// Up to here the bytes are held at once and make the same object again; larger ones pass by as a stream, and what
/// a crash leaves of them goes with the other orphans.
const AM_STUECK: u64 = 16 << 20;

/// `None` where the document was erased: then the pointer alone tells where it should lie.
pub(super) async fn command(
    house: &House,
    r: &Recorded,
    dokument: Uuid,
    nach: Uuid,
) -> Result<Option<AnyCommand>, ExecuteError> {
    let d = house.load::<Dokument>(dokument).await?.state;
    let corr = house.load::<Akte>(nach).await?.corr;
    let Some(wert) = d.dokument else { return Ok(None) };
    let aus = dokument;
    let dokument = if wert.len > AM_STUECK {
        let key = house.vault.kek_for("verfahren", corr)?;
        let strom = house.open_document(&wert).await?;
        house.documents.put((key.kek.id, key.kek.key()), &wert.media, strom).await?
    } else {
        let seed = format!("umgelegt\n{}\n{dokument}", b64u(&r.event_hash));
        house.put_derived("verfahren", corr, &wert.media, bytes(house, &wert).await?, &seed).await?
    };
    let command = DokumentCommand::AddCopy {
        aus,
        akte: nach,
        richtung: d.richtung,
        titel: d.titel.unwrap_or_default(),
        dateiname: d.dateiname.unwrap_or_default(),
        dokument,
        // An erased description is none.
        metadaten: d.metadaten.filter(|m| m.felder.is_some()),
    };
    Ok(Some(AnyCommand::Dokument(command)))
}

async fn bytes(house: &House, wert: &DokumentWert) -> Result<Vec<u8>, ExecuteError> {
    let mut strom = house.open_document(wert).await?;
    let mut out = Vec::new();
    while let Some(stueck) = strom.next().await {
        out.extend_from_slice(&stueck?);
    }
    Ok(out)
}
