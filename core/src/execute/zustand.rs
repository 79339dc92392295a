//! The state hash of a Vorgang: what every build must get from the same events under the same pinned definition.
//!
//! `SHA-256(JCS({"definition": pinned hash, "zustand": state}))`, hex. Of the state only the members listed in [`FORM`]
//! count: what a later build adds to the state, whatever its value, changes no hash of old. Left out is also what is
//! null, false, 0, "", [] or {}, at every depth; only what stands under `felder` is taken as it is, for there
//! `false` and 0 are answers. Elements of lists stay in their place. The list is never edited: another form is another hash.

use super::call::ExecuteError;
use crate::ledger::json::to_jcs;
use crate::verfahren::{Definition, Vorgang};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// Member of the state that holds what was typed.
const FELDER: &str = "felder";

/// Members of the state and, below its name, of each part; a part that is not here counts as a whole.
#[rustfmt::skip]
const FORM: &[(&str, &[&str])] = &[
    ("", &[
        "status", "vorher", "seq", "leistung", "version", "definition", "kanal", "vertrauen", "eingang_am", "einheit",
        "vor_zuteilung", "antragsteller", "felder", "dokumente", "unterlagen", "akte", "aktenzeichen", "zugewiesen_an",
        "bescheinigung", "bescheinigt", "schritte_erledigt", "fehlend", "nachforderungen", "stellen_offen", "pausiert",
        "anhoerung_offen", "anhoerung_erledigt", "anhoerung_frist", "fristen", "gebuehren", "vermerke", "bescheid",
        "versandt", "bekanntgabe", "widerspruchsfrist_ende", "uebermittlungen", "code_generation", "rolle_geschlossen",
        "bestandskraft_am", "aufbewahrung_bis", "unterschriften",
    ]),
    ("vor_zuteilung", &["seq", "an", "einheit", "stufe"]),
    ("nachforderungen", &["id", "unterlagen", "erhalten", "frist", "text", "offen"]),
    ("fristen", &["frist", "end", "warnung", "verified", "erledigt"]),
    ("gebuehren", &["zeile", "betrag_cent", "stand", "dokument"]),
    ("vermerke", &["id", "text", "storniert"]),
    ("bescheid", &[
        "fassung", "tenor", "verfasser", "verfasser_fuer", "begruendung", "nebenbestimmungen", "dokument", "position",
        "mitzeichner", "mitgezeichnet", "schlussgezeichnet_von", "ausgefertigt", "ausfertigung",
    ]),
    ("uebermittlungen", &["stelle", "rechtsgrundlage", "felder", "stand"]),
    ("unterschriften", &["rolle", "generation", "stand", "unterlagen"]),
];

/// Errors: the definition is not the one the state has pinned, or the state is outside the JSON profile.
pub fn state_hash(v: &Vorgang, pinned: &Definition) -> Result<String, ExecuteError> {
    if v.definition != pinned.sha256 {
        return Err(ExecuteError::Fault("der Vorgang hat eine andere Definition festgelegt".into()));
    }
    let zustand = serde_json::to_value(v).map_err(|e| ExecuteError::Fault(e.to_string()))?;
    let form = json!({ "definition": pinned.sha256, "zustand": form(zustand) });
    let bytes = to_jcs(&form).map_err(|e| ExecuteError::Fault(e.to_string()))?;
    Ok(Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect())
}

/// The state as it is hashed.
fn form(zustand: Value) -> Value {
    let Value::Object(members) = listed("", zustand) else { return Value::Null };
    let keep = |(key, value): (String, Value)| {
        let value = if key == FELDER { value } else { pruned(listed(&key, value)) };
        (!is_default(&value)).then_some((key, value))
    };
    members.into_iter().filter_map(keep).collect::<Map<_, _>>().into()
}

/// Only what the form of this part names; of a list, each element.
fn listed(teil: &str, value: Value) -> Value {
    let Some((_, namen)) = FORM.iter().find(|(t, _)| *t == teil) else { return value };
    match value {
        Value::Object(m) => m.into_iter().filter(|(k, _)| namen.contains(&k.as_str())).collect::<Map<_, _>>().into(),
        Value::Array(a) => a.into_iter().map(|v| listed(teil, v)).collect(),
        other => other,
    }
}

fn pruned(value: Value) -> Value {
    match value {
        Value::Object(m) => {
            let members = m.into_iter().map(|(k, v)| (k, pruned(v))).filter(|(_, v)| !is_default(v));
            members.collect::<Map<_, _>>().into()
        }
        Value::Array(a) => a.into_iter().map(pruned).collect(),
        other => other,
    }
}

fn is_default(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Number(n) => n.as_i64() == Some(0),
        Value::String(s) => s.is_empty(),
        Value::Array(a) => a.is_empty(),
        Value::Object(m) => m.is_empty(),
        Value::Bool(true) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_added_to_the_state_changes_no_hash_and_an_answer_of_no_does() {
        let alt = json!({ "status": "registriert", "felder": { "a": false }, "fristen": [{ "frist": "x" }, {}] });
        let neu = json!({ "status": "registriert", "felder": { "a": false }, "pausiert": false, "vermerke": [],
            "fristen": [{ "frist": "x", "begin": "2026-01-01", "warnung": null }, {}], "spaeter": { "tief": [1] } });
        assert_eq!(form(alt.clone()), form(neu));
        let ohne = json!({ "status": "registriert", "felder": {}, "fristen": [{ "frist": "x" }, {}] });
        assert_ne!(form(alt.clone()), form(ohne));
        let erledigt = json!({ "status": "registriert", "felder": { "a": false },
            "fristen": [{ "frist": "x", "erledigt": true }, {}] });
        assert_ne!(form(alt), form(erledigt));
    }
}
