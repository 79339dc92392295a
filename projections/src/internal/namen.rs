//! Which fields of a definition name the applicant, and which are worth finding a case by.
//!
//! Knows no service: it reads the autocomplete tokens and protection classes of the definition.

use akte_core::verfahren::definition::{Definition, Feldtyp, Schutz};
use akte_core::verfahren::event::DefinitionDatei;
use akte_core::verfahren::loader;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Part of a field in naming the applicant.
pub const NAMENSTEILE: &[&str] = &["given-name", "family-name", "name", "organization"];

/// Definition in an adoption event; `None` if it cannot be read (the case then shows no name).
pub fn adopted(dateien: &Value) -> Option<Definition> {
    let dateien: Vec<DefinitionDatei> = serde_json::from_value(dateien.clone()).ok()?;
    loader::from_adopted(&dateien).ok()
}

/// Field id -> part of the name.
pub fn namensfelder(d: &Definition) -> BTreeMap<String, String> {
    let felder = d.felder.iter().filter(|f| f.subjekt == "antragsteller");
    felder
        .filter(|f| NAMENSTEILE.contains(&f.autocomplete.as_str()))
        .map(|f| (f.id.clone(), f.autocomplete.clone()))
        .collect()
}

/// Fields whose text a case can be found by: everything short and not specially protected.
pub fn suchfelder(d: &Definition) -> Vec<String> {
    let text = |t: Feldtyp| matches!(t, Feldtyp::Text | Feldtyp::Mehrzeilig | Feldtyp::Email | Feldtyp::Ort);
    d.felder.iter().filter(|f| text(f.typ) && f.schutz != Schutz::Besonders).map(|f| f.id.clone()).collect()
}

/// `Meyer, Anna (Blumen Meyer GmbH)`; `None` where nothing is left of the name.
pub fn anzeigename(teile: &BTreeMap<String, String>, felder: &Map<String, Value>) -> Option<String> {
    let part = |token: &str| {
        let ids = teile.iter().filter(|(_, t)| *t == token);
        ids.filter_map(|(id, _)| felder.get(id)?.as_str()).map(str::trim).find(|s| !s.is_empty())
    };
    let person = match (part("family-name"), part("given-name")) {
        (Some(f), Some(g)) => Some(format!("{f}, {g}")),
        (Some(n), None) | (None, Some(n)) => Some(n.to_owned()),
        (None, None) => part("name").map(str::to_owned),
    };
    match (person, part("organization")) {
        (Some(p), Some(o)) => Some(format!("{p} ({o})")),
        (Some(n), None) => Some(n),
        (None, o) => o.map(str::to_owned),
    }
}
