//! A thing of the record that work hangs on: read through the gate, with its name, unit and page.
//!
//! What the reader may not see is as if it did not exist.

use crate::app::AppState;
use crate::clerk::eingang;
use crate::clerk::worte;
use crate::clerk::zugang::{self, Leser};
use crate::error::Fehler;
use akte_core::akte::{Akte, Dokument};
use akte_core::eingang::Eingang;
use akte_core::execute::ExecuteError;
use akte_core::geschaeftsgang::{Objekt, Objektart};
use akte_core::verfahren::Vorgang;
use akte_core::zugriff::Action;
use uuid::Uuid;

/// One thing with what the pages need of it.
pub struct Gegenstand {
    pub objekt: Objekt,
    pub titel: String,
    pub einheit: String,
    /// The procedure under whose keys its texts lie.
    pub corr: Uuid,
    pub href: String,
}

/// The kind and id of an address.
pub fn lesen(art: &str, id: Uuid) -> Result<Objekt, Fehler> {
    Objektart::lesen(art).map(|art| Objekt::neu(art, id)).ok_or_else(Fehler::nicht_gefunden)
}

/// The thing, if this reader may see it; the read is logged.
pub async fn laden(app: &AppState, leser: &Leser, objekt: Objekt) -> Result<Gegenstand, Fehler> {
    let id = objekt.id;
    match objekt.art {
        Objektart::Akte => {
            let l = zugang::lesen::<Akte>(app, leser, Action::ReadAkte, id, "akte").await?;
            let titel = worte::akte(&l.state);
            Ok(Gegenstand { objekt, titel, einheit: l.state.einheit, corr: l.corr, href: seite(objekt) })
        }
        Objektart::Vorgang => {
            let l = zugang::lesen::<Vorgang>(app, leser, Action::ReadVorgang, id, "vorgang").await?;
            let az = l.state.aktenzeichen.unwrap_or_else(|| "noch ohne Aktenzeichen".into());
            let titel = format!("{}, {az}", eingang::titel(app, &l.state.leistung));
            Ok(Gegenstand { objekt, titel, einheit: l.state.einheit, corr: l.corr, href: seite(objekt) })
        }
        Objektart::Dokument => {
            let l = app.house.load::<Dokument>(id).await.map_err(|e| match e {
                ExecuteError::NotFound => Fehler::nicht_gefunden(),
                e => e.into(),
            })?;
            // A document is kept where its Akte is kept.
            let akte = l.state.akte.ok_or_else(Fehler::nicht_gefunden)?;
            let a = zugang::lesen::<Akte>(app, leser, Action::ReadDokument, akte, "dokument").await?;
            let titel = l.state.titel.or(l.state.dateiname).unwrap_or_else(|| "Dokument ohne Titel".into());
            Ok(Gegenstand { objekt, titel, einheit: a.state.einheit, corr: l.corr, href: seite(objekt) })
        }
        Objektart::Eingang => {
            let l = zugang::lesen::<Eingang>(app, leser, Action::ReadPostbuch, id, "posteingang").await?;
            let titel = betreff(&l.state);
            Ok(Gegenstand { objekt, titel, einheit: l.state.einheit, corr: l.corr, href: seite(objekt) })
        }
    }
}

/// The page of a thing.
pub fn seite(o: Objekt) -> String {
    match o.art {
        Objektart::Akte => format!("/amt/akte/{}", o.id),
        Objektart::Vorgang => format!("/amt/vorgang/{}", o.id),
        Objektart::Dokument => format!("/amt/geschaeftsgang/dokument/{}", o.id),
        Objektart::Eingang => format!("/amt/postbuch/{}", o.id),
    }
}

fn betreff(e: &Eingang) -> String {
    e.betreff.clone().unwrap_or_else(|| "ohne Betreff".into())
}

/// Kind and name of a thing in a list whose rows this reader was given; what is in the post book has its name only for
/// whoever may read it there, for it may have been forwarded since.
pub async fn benennen(app: &AppState, leser: &Leser, o: Objekt) -> Result<String, Fehler> {
    let id = o.id;
    let name = match o.art {
        Objektart::Akte => app.intern(move |v| v.akte(id)).await?.and_then(|a| a.aktenzeichen),
        Objektart::Vorgang => app.intern(move |v| v.vorgang(id)).await?.and_then(|v| v.aktenzeichen),
        Objektart::Dokument => app.intern(move |v| v.dokument(id)).await?.and_then(|d| d.titel.or(d.dateiname)),
        Objektart::Eingang => {
            zugang::als::<Eingang>(app, leser, Action::ReadPostbuch, id).await?.map(|(_, l)| betreff(&l.state))
        }
    };
    Ok(name.map_or_else(|| o.art.wort().to_owned(), |n| format!("{}: {n}", o.art.wort())))
}
