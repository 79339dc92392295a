//! The template of a service's decision: its folder's own, or the product's.
//!
//! Makes no notice for anybody: it only tries a template before its definition is taken into force.

use crate::documents::notice::{RenderError, Template, probe, template_by_name};
use crate::verfahren::Definition;
use crate::verfahren::loader::Fehler;

/// The template of the decision; `None` if the definition decides nothing or names one nobody knows.
pub fn template(def: &Definition) -> Option<Template> {
    let name = &def.bescheid.as_ref()?.vorlage;
    match &def.vorlage_typ {
        Some(text) => Some(Template::own(name, text)),
        None => template_by_name(name),
    }
}

/// Tries the folder's own template with an invented case; empty = it makes a notice that may be issued.
/// The product's templates are tried by its own tests.
pub fn check_vorlage(def: &Definition) -> Vec<Fehler> {
    let Some(b) = &def.bescheid else { return Vec::new() };
    let datei = format!("{}.typ", b.vorlage);
    let Some(template) = template(def) else {
        let text = format!("bescheid: Eine Vorlage „{}“ gibt es nicht. Legen Sie {datei} in den Ordner.", b.vorlage);
        return vec![Fehler { datei: "leistung.toml".into(), zeile: 1, text }];
    };
    if def.vorlage_typ.is_none() {
        return Vec::new();
    }
    let text = |detail: &str| format!("Aus der Vorlage wird kein Bescheid: {}", detail.replace('\n', " "));
    match probe(&template) {
        Ok(()) => Vec::new(),
        Err(RenderError::Template { file, line, detail }) => {
            let datei = if file.is_empty() { datei } else { file };
            vec![Fehler { datei, zeile: line.max(1), text: text(&detail) }]
        }
        Err(RenderError::Export { detail }) => {
            let text = format!("Das Ergebnis ist kein PDF/A-3 und PDF/UA-1: {}", detail.replace('\n', " "));
            vec![Fehler { datei, zeile: 1, text }]
        }
        Err(e @ RenderError::Input(_)) => vec![Fehler { datei, zeile: 1, text: text(&e.to_string()) }],
    }
}
