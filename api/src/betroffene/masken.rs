//! Whose a value is, and whether the person may see it: one rule for each kind, in this order.
//!
//! Values of another subject are masked for good. Free text of the office may be about anybody: it is masked until a
//! person has read it. Who worked on the case is said by office, not by name (CJEU, C-579/21).

use akte_core::documents::DokumentWert;
use akte_core::execute::erase::OFFENER_FREITEXT;
use serde_json::Value;

/// Role under which the office's own texts are sealed.
const VERFAHREN: &str = "verfahren";
/// Values of that role that hold no free text.
const SACHLICH: [&str; 8] =
    ["/aktenzeichen", "/dokument", "/dateiname", "/digest", "/titel", "/zeichen", "/texte", "/rechtsgrundlage"];
/// Open values that name an account, themselves or in what they hold.
const KONTEN: [&str; 12] = [
    "/an",
    "/von",
    "/durch",
    "/fuer",
    "/verfasser",
    "/gezeichnet_von",
    "/vorgeschlagen",
    "/genehmigt",
    "/stelle",
    "/konto",
    "/adressat",
    "/laufweg",
];
/// What stands in place of an account.
pub const AMT: &str = "Konto der Verwaltung";

/// What becomes of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urteil {
    Zeigen,
    /// An account of the office: shown as such.
    Amt,
    /// Masked; the reason in words.
    Andere(&'static str),
    /// Masked until a person has read it.
    Pruefen(&'static str),
}

/// Where a value stands.
pub struct Stelle<'a> {
    pub wire: &'a str,
    pub zeiger: &'a str,
    /// Role of its subject; `None` for an open value.
    pub rolle: Option<&'a str>,
    /// It is of a document that did not go to the person and was not sent by them, or of what hangs on the file.
    pub intern: bool,
}

/// The verdict for the person of this role.
pub fn urteilen(s: &Stelle<'_>, person: &str, wert: &Value) -> Urteil {
    match s.rolle {
        None if ist_konto(s.zeiger, wert) => Urteil::Amt,
        None if OFFENER_FREITEXT.contains(&s.wire) && s.zeiger == "/grund" => Urteil::Pruefen(FREITEXT),
        None => Urteil::Zeigen,
        Some(rolle) if rolle == person => Urteil::Zeigen,
        Some(VERFAHREN) if s.intern => Urteil::Pruefen("Nichts zeigt, wen es betrifft: kann andere Personen betreffen"),
        Some(VERFAHREN) if sachlich(s.wire, s.zeiger) || nur_dokument(wert) => Urteil::Zeigen,
        Some(VERFAHREN) => Urteil::Pruefen(FREITEXT),
        Some(_) => Urteil::Andere("betrifft eine andere Person"),
    }
}

const FREITEXT: &str = "freier Text der Verwaltung: kann andere Personen betreffen";

fn sachlich(wire: &str, zeiger: &str) -> bool {
    // Elsewhere a title is what somebody of the office wrote: of a task, of a part of the file, of a volume.
    let titel = wire == "akte.opened.v1" || wire.starts_with("dokument.");
    let da = |z: &str| zeiger == z || zeiger.strip_prefix(z).is_some_and(|rest| rest.starts_with('/'));
    SACHLICH.into_iter().filter(|z| titel || *z != "/titel").any(da)
}

fn nur_dokument(wert: &Value) -> bool {
    wert.is_object() && DokumentWert::alle_in(wert).len() == 1 && wert.get("dsalt").is_some()
}

/// Ids of accounts, one or several.
fn ist_konto(zeiger: &str, wert: &Value) -> bool {
    KONTEN.contains(&zeiger) && hat_kennung(wert)
}

fn hat_kennung(v: &Value) -> bool {
    match v {
        Value::String(t) => t.parse::<uuid::Uuid>().is_ok(),
        Value::Array(a) => a.iter().any(hat_kennung),
        Value::Object(o) => o.values().any(hat_kennung),
        _ => false,
    }
}

/// The same value with the office in place of every account.
pub fn ohne_konten(v: &Value) -> Value {
    match v {
        Value::String(t) if t.parse::<uuid::Uuid>().is_ok() => AMT.into(),
        Value::Array(a) => a.iter().map(ohne_konten).collect(),
        Value::Object(o) => {
            o.iter().map(|(k, v)| (k.clone(), ohne_konten(v))).collect::<serde_json::Map<_, _>>().into()
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn an<'a>(wire: &'a str, zeiger: &'a str, rolle: Option<&'a str>) -> Stelle<'a> {
        Stelle { wire, zeiger, rolle, intern: false }
    }

    #[test]
    fn a_person_sees_their_own_values_and_the_facts_and_nobody_elses() {
        let text = json!("Kowalski");
        let bei = |s: Stelle<'_>| urteilen(&s, "antragsteller", &text);
        assert_eq!(bei(an("antrag.submitted.v1", "/felder/name", Some("antragsteller"))), Urteil::Zeigen);
        assert_eq!(bei(an("antrag.submitted.v1", "/leistung", None)), Urteil::Zeigen);
        assert!(matches!(bei(an("antrag.submitted.v1", "/felder/halter", Some("halter"))), Urteil::Andere(_)));
        assert!(matches!(bei(an("unterschrift.given.v1", "/name", Some("mitunterzeichner"))), Urteil::Andere(_)));
        assert!(matches!(bei(an("vermerk.written.v1", "/text", Some("verfahren"))), Urteil::Pruefen(_)));
        assert!(matches!(bei(an("code.revoked.v1", "/grund", None)), Urteil::Pruefen(_)));
        assert_eq!(bei(an("vorgang.registered.v1", "/aktenzeichen", Some("verfahren"))), Urteil::Zeigen);
        // A key nobody knows the subject of is somebody else's.
        assert!(matches!(bei(an("antrag.submitted.v1", "/felder/x", Some(""))), Urteil::Andere(_)));
    }

    #[test]
    fn accounts_are_the_office_and_internal_papers_are_read_first() {
        let id = json!("30303030-3030-8030-9030-303030303001");
        assert_eq!(urteilen(&an("vorgang.assigned.v1", "/an", None), "antragsteller", &id), Urteil::Amt);
        let beide = json!([id, id]);
        assert_eq!(urteilen(&an("geschaeftsgang.started.v1", "/an", None), "antragsteller", &beide), Urteil::Amt);
        let papier = Stelle { intern: true, ..an("dokument.added.v1", "/titel", Some("verfahren")) };
        assert!(matches!(urteilen(&papier, "antragsteller", &json!("Stellungnahme")), Urteil::Pruefen(_)));
    }

    /// First step of a pointer to an id that is no account's.
    const SACHEN: [&str; 33] = [
        "akte",
        "als",
        "antragsteller",
        "aus",
        "auskunft",
        "band",
        "berichtigung",
        "dokument",
        "dokumente",
        "einsicht",
        "hinweis",
        "import",
        "loeschung",
        "nach",
        "nachforderung",
        "objekt",
        "original",
        "parts",
        "scope",
        "sendung",
        "sperre",
        "stapel",
        "stream",
        "teilakte",
        "verfuegung",
        "vermerk",
        "vorgaenge",
        "vorgang",
        "vorschlag",
        "ziel",
        "request",
        "targets",
        "unterlage",
    ];

    #[test]
    fn every_id_of_every_event_is_known_as_an_account_or_as_a_thing() {
        let golden = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/golden");
        let mut gesehen = 0;
        for file in std::fs::read_dir(golden).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            let event: Value = serde_json::from_str(&text).unwrap();
            let (Some(wire), Some(data)) = (event["type"].as_str(), event["data"].as_object()) else { continue };
            for (name, wert) in data.iter().filter(|(_, w)| hat_kennung(w)) {
                gesehen += 1;
                let konto = KONTEN.contains(&format!("/{name}").as_str());
                assert!(konto != SACHEN.contains(&name.as_str()), "{wire}: is /{name} an account?");
                let bleibt = hat_kennung(&ohne_konten(wert));
                assert!(!bleibt, "{wire}: /{name} still names an account");
            }
        }
        assert!(gesehen > 150, "{gesehen} ids");
    }

    #[test]
    fn who_signs_on_the_way_of_a_paper_is_the_office_and_the_way_stays_readable() {
        let id = json!("30303030-3030-8030-9030-303030303001");
        for zeiger in ["/stelle", "/konto", "/adressat", "/vorgeschlagen", "/genehmigt"] {
            assert_eq!(
                urteilen(&an("umlauf.step_done.v1", zeiger, None), "antragsteller", &id),
                Urteil::Amt,
                "{zeiger}"
            );
        }
        let weg = json!([{ "art": "mz", "an": [id] }]);
        assert_eq!(urteilen(&an("umlauf.started.v1", "/laufweg", None), "antragsteller", &weg), Urteil::Amt);
        assert_eq!(ohne_konten(&weg), json!([{ "art": "mz", "an": [AMT] }]));
        // An office that was asked is said by its name.
        let stelle = urteilen(&an("uebermittlung.sent.v1", "/stelle", None), "antragsteller", &json!("bauamt"));
        assert_eq!(stelle, Urteil::Zeigen);
    }
}
