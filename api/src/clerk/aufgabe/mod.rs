//! Tasks: given to a person or a unit, handed on, done with their result.
//!
//! A task signs nothing and ends no deadline.

pub mod eine;
pub mod liste;
pub mod neu;

use crate::clerk::namen::Namen;
use crate::formular::Formular;
use uuid::Uuid;

/// Whom a task may go to: value, name, chosen.
pub type Wahl = Vec<(String, String, bool)>;

/// People first, then whole units.
fn wahl(namen: &Namen, einheit: &str, gewaehlt: &str) -> Wahl {
    let leute = namen.kandidaten(einheit).into_iter().map(|(k, n)| (format!("k:{k}"), n));
    let einheiten = namen.einheiten().iter().map(|(e, n)| (format!("e:{e}"), format!("Einheit {n}")));
    leute.chain(einheiten).map(|(w, n)| (w.clone(), n, w == gewaehlt)).collect()
}

/// Unit and person of the choice.
fn empfaenger(f: &Formular, namen: &Namen) -> Result<(String, Option<Uuid>), String> {
    let fehlt = || "An wen? Wählen Sie eine Person oder eine Einheit.".to_owned();
    match f.get("an").split_once(':') {
        Some(("k", id)) => {
            let konto: Uuid = id.parse().map_err(|_| fehlt())?;
            Ok((namen.einheit_von(konto).ok_or_else(fehlt)?.to_owned(), Some(konto)))
        }
        Some(("e", e)) if namen.einheiten().iter().any(|(id, _)| id == e) => Ok((e.to_owned(), None)),
        _ => Err(fehlt()),
    }
}
