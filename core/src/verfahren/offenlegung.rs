//! What the applicant gets of an event in a form that proves it: an allow-list per event, never "all but".
//!
//! Decides about values only. Whether somebody is the applicant is for `zugriff` to say.

use super::definition::{Definition, Schutz};
use super::state::Vorgang;

/// Subject role of the applicant.
const ANTRAGSTELLER: &str = "antragsteller";

/// Wire name, what it is called, and the pointers that concern the applicant's own case and nobody else.
/// Accounts of clerks, reserved pointers (`/_…`) and internal notes are not on it.
const ERLAUBT: &[(&str, &str, &[&str])] = &[
    (
        "antrag.submitted.v1",
        "Ihr Antrag",
        &[
            "/leistung",
            "/version",
            "/definition",
            "/kanal",
            "/vertrauen",
            "/eingang_am",
            "/einheit",
            "/unterlagen",
            "/dokumente",
        ],
    ),
    ("unterlage.supplied.v1", "Ihre Unterlage", &["/unterlage", "/nachforderung", "/kanal", "/dokument"]),
    (
        "antrag.receipt_issued.v1",
        "Empfangsbescheinigung",
        &["/faellig", "/vorlage_sha256", "/eingabe_sha256", "/dokument"],
    ),
    (
        "nachforderung.issued.v1",
        "Unsere Nachforderung",
        &["/nachforderung", "/unterlagen", "/frist", "/rechenweg", "/text"],
    ),
    ("anhoerung.started.v1", "Unsere Anhörung", &["/frist", "/rechenweg", "/text"]),
    ("anhoerung.held.v1", "Ihre Äußerung", &["/antwort"]),
    ("vorgang.withdrawn.v1", "Ihre Rücknahme", &["/grund"]),
    (
        "gebuehr.assessed.v1",
        "Gebührenbescheid",
        &["/tabelle", "/zeile", "/betrag_cent", "/verified", "/vorlage_sha256", "/eingabe_sha256", "/dokument"],
    ),
    ("gebuehr.paid.v1", "Ihre Zahlung", &["/zeile", "/betrag_cent", "/weg"]),
    (
        DRAFTED,
        "Inhalt des Bescheids",
        &["/fassung", "/tenor", "/begruendung", "/nebenbestimmungen", "/ermessen", "/spruch"],
    ),
    (ISSUED, "Bescheid", &["/fassung", "/vorlage_sha256", "/eingabe_sha256", "/dokument"]),
    ("bescheid.dispatched.v1", "Versand des Bescheids", &["/fassung", "/weg", "/am"]),
    ("bekanntgabe.effected.v1", "Bekanntgabe", &["/art", "/am", "/regime", "/verified", "/rechenweg"]),
    ("einwilligung.given.v1", "Ihre Einwilligung", &["/am", "/kanal", "/email"]),
    ("widerspruch.received.v1", "Ihr Widerspruch", &["/am", "/fristgerecht", "/text"]),
];

const DRAFTED: &str = "bescheid.drafted.v1";
/// The draft that was signed stays in the house; this is what goes out.
const ISSUED: &str = "bescheid.ausgefertigt.v1";

/// What an event of this type is called on a receipt; `None` if the applicant gets no receipt of it.
pub fn titel(wire: &str) -> Option<&'static str> {
    ERLAUBT.iter().find(|(w, _, _)| *w == wire).map(|(_, titel, _)| *titel)
}

/// Whether the applicant may have the value at this pointer. A field of the form needs a definition that says
/// it is the applicant's or public; fields about others and internal ones stay here.
pub fn zeiger(def: Option<&Definition>, wire: &str, pointer: &str) -> bool {
    let Some((_, _, pointers)) = ERLAUBT.iter().find(|(w, _, _)| *w == wire) else { return false };
    match pointer.strip_prefix("/felder/").filter(|_| wire == "antrag.submitted.v1") {
        Some(id) => def.and_then(|d| d.feld(id)).is_some_and(|f| match f.schutz {
            Schutz::Oeffentlich => true,
            Schutz::Intern => false,
            Schutz::Personenbezogen | Schutz::Besonders => f.subjekt == ANTRAGSTELLER,
        }),
        None => pointers.contains(&pointer),
    }
}

/// Whether the applicant may see an event of this type now: a decision only in the wording that went out.
pub fn sichtbar(v: &Vorgang, wire: &str, fassung: Option<u64>) -> bool {
    let entscheidung = wire == DRAFTED || wire == ISSUED;
    let versandt = v.versandte_akte().any(|(_, _, b)| Some(u64::from(b.fassung)) == fassung);
    titel(wire).is_some() && (!entscheidung || versandt)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::WireEvent;
    use crate::verfahren::VorgangEvent;

    #[test]
    fn every_listed_pointer_exists_and_none_is_reserved() {
        for (wire, _, pointers) in ERLAUBT {
            let spec = VorgangEvent::SPECS.iter().find(|s| s.wire == *wire).expect(wire);
            for p in *pointers {
                assert!(spec.fields.iter().any(|(key, _)| format!("/{key}") == *p), "{wire} {p}");
            }
        }
        for p in ["/_akteur", "/_req", "/_grund", "/_heads_tag", "/verfasser", "/felder", "/antragsteller"] {
            assert!(ERLAUBT.iter().all(|(wire, _, _)| !zeiger(None, wire, p)), "{p}");
        }
    }

    #[test]
    fn a_field_goes_out_only_by_its_definition() {
        let (_, files) = crate::verfahren::loader::builtin_files().into_iter().next().expect("a service");
        let mut def = crate::verfahren::loader::load_files(files).expect("loads");
        let id = def.felder[0].id.clone();
        let pointer = format!("/felder/{id}");
        for (schutz, subjekt, darf) in [
            (Schutz::Personenbezogen, ANTRAGSTELLER, true),
            (Schutz::Besonders, ANTRAGSTELLER, true),
            (Schutz::Personenbezogen, "halter", false),
            (Schutz::Oeffentlich, "halter", true),
            (Schutz::Intern, ANTRAGSTELLER, false),
        ] {
            (def.felder[0].schutz, def.felder[0].subjekt) = (schutz, subjekt.into());
            assert_eq!(zeiger(Some(&def), "antrag.submitted.v1", &pointer), darf, "{schutz:?} {subjekt}");
            assert!(!zeiger(Some(&def), "gebuehr.paid.v1", &pointer));
        }
        assert!(
            !zeiger(None, "antrag.submitted.v1", &pointer) && !zeiger(Some(&def), "antrag.submitted.v1", "/felder/x")
        );
    }
}
