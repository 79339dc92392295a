//! What follows around a document: a new version lifts its signatures, a Verfuegung sets a Wiedervorlage or files away.
//!
//! Decides nothing: the room says whether there is anything to lift, the Akte whether it can be closed.

use super::react::{Follow, What, follow, unreadable};
use crate::akte::{Akte, AkteCommand, DokumentEvent};
use crate::execute::{AnyCommand, ExecuteError, House, Target, handelnde};
use crate::geschaeftsgang::{
    Objekt, Objektart, Umlauf, UmlaufCommand, UmlaufEvent, Verfuegungsart, Wann, WiedervorlageCommand,
};
use crate::vault::Recorded;
use jiff::ToSpan;

/// Every run of this document is told the new version, those that are over included: a signature is lifted then, too.
pub(super) async fn new_version(house: &House, r: &Recorded) -> Result<Vec<Follow>, ExecuteError> {
    let DokumentEvent::VersionAdded { version, dokument, .. } = r.decode().map_err(|_| unreadable(r))? else {
        return Ok(vec![]);
    };
    let mut out = Vec::new();
    for run in house.umlaeufe(r.stream).await? {
        let command = UmlaufCommand::VoidByChange {
            version,
            position: r.seq,
            digest: dokument.as_ref().map(|d| d.digest.clone()),
            verfasser: handelnde(r).collect(),
        };
        let what = What::Command(Box::new(AnyCommand::Umlauf(command)));
        out.push(follow("umlauf.aufheben", run.stream, Target::Stream(run.stream), run.corr, what));
    }
    Ok(out)
}

/// Wv. sets a Wiedervorlage of the document, z. d. A. closes the Akte.
pub(super) async fn verfuegung(house: &House, r: &Recorded) -> Result<Vec<Follow>, ExecuteError> {
    let UmlaufEvent::VerfuegungIssued { verfuegung, art, adressat, termin, text, .. } =
        r.decode().map_err(|_| unreadable(r))?
    else {
        return Ok(vec![]);
    };
    let lauf = house.load::<Umlauf>(r.stream).await?.state;
    match (art, adressat, termin, lauf.dokument, lauf.akte) {
        (Verfuegungsart::Wv, Some(konto), Some(tag), Some(dokument), _) => {
            // Carried out late, after a standstill: better tomorrow than never.
            let tag = tag.max(house.heute().saturating_add(1.day()));
            let command = WiedervorlageCommand::Set {
                objekt: Objekt::neu(Objektart::Dokument, dokument),
                einheit: lauf.einheit,
                konto,
                wann: Wann::Am(tag),
                grund: text.unwrap_or_else(|| "Verfügung im Geschäftsgang".into()),
                verfuegung: Some(verfuegung),
            };
            let what = What::Command(Box::new(AnyCommand::Wiedervorlage(command)));
            // The number is found when it is carried out.
            Ok(vec![follow("verfuegung.wv", verfuegung, Target::New, r.corr, what)])
        }
        (Verfuegungsart::Zda, _, _, _, Some(akte)) => {
            let (dauer, beginn) = house.schlusslage(&house.load::<Akte>(akte).await?.state).await?;
            let close = AkteCommand::Close { dauer, beginn };
            let what = What::Command(Box::new(AnyCommand::Akte(close)));
            Ok(vec![follow("verfuegung.zda", akte, Target::Stream(akte), r.corr, what)])
        }
        _ => Ok(vec![]),
    }
}
