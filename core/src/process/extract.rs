//! What leaves the house to another body: exactly the fields of its set, as canonical JSON.
//!
//! The statutory message format is a writer of its own, later; the set of fields is the same.

use crate::ledger::json::{JsonError, to_jcs};
use crate::verfahren::state::UebermittlungState;
use crate::verfahren::{Definition, Vorgang};
use serde_json::{Value, json};

/// Bytes of one transmission. A planned field that is gone is left out; no other one is put in.
pub fn extract(def: &Definition, v: &Vorgang, u: &UebermittlungState) -> Result<Vec<u8>, JsonError> {
    let mut felder = Vec::with_capacity(u.felder.len());
    for id in &u.felder {
        let (Some(feld), Some(wert)) = (def.feld(id), v.felder.get(id)) else { continue };
        felder.push(json!({ "feld": id, "nummer": feld.nummer, "bezeichnung": feld.label.de, "wert": wert }));
    }
    let felder = Value::from(felder);
    to_jcs(
        &json!({ "v": 1, "stelle": u.stelle, "rechtsgrundlage": u.rechtsgrundlage, "leistung": def.id, "felder": felder }),
    )
}
