//! Whatever a trade notice holds: nobody receives a field outside the set the law gives (§ 3 GewAnzV).

use crate::kernel::{Actor, Context, Decider, Facts, Ids};
use crate::process::extract::extract;
use crate::recht::Law;
use crate::verfahren::definition::{Feld, Feldtyp, Schrittart};
use crate::verfahren::{Definition, Vorgang, VorgangCommand, loader};
use jiff::civil::date;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};
use uuid::Uuid;

/// Written by hand from § 3 Abs. 1 to 3 and 5 GewAnzV: recipient, then for A1, A2, A3 the fields it receives:
/// `-n,m` = all but these, `n,m` = only these, empty = nothing.
const MATRIX: &[(&str, [&str; 3])] = &[
    ("IHK", ["-13,27,29,30,31,33", "-13,26,27,28,30", "-13,30"]),
    ("HWK", ["-13,27,30,31,33", "-13,27,28,30", "-13,30"]),
    ("Immissionsschutz", ["-10,12,13,27,28,29,30,31,33", "-10,12,13,25,26,27,28,30", "-10,12,13,28,30"]),
    ("Arbeitsschutz", ["-10,12,13,27,28,29,30,31,33", "-10,12,13,25,26,27,28,30", "-10,12,13,28,30"]),
    ("Lebensmittelueberwachung", ["-10,12,13,27,28,29,30,31,33", "-10,12,13,25,26,27,28,30", "-10,12,13,28,30"]),
    ("Eichbehoerde", ["1,3,4,5,11,14,15,18,20", "1,3,4,5,11,14,15,18,19,21", "1,3,4,5,11,14,16,18,20"]),
    ("Bundesagentur_fuer_Arbeit", ["-13,27,33", "-13,30", "-10,12,13,14,15,16,17,18,19,21,22,23,24,25,26,27,28,29,30"]),
    ("DGUV", ["-12,28,30,31,33", "-12,25,27,28,30", "-12,30"]),
    ("Registergericht", ["", "", "-8,9,10,12,13,14,16,21,22,24,28,29,30"]),
    (
        "Statistikamt_Nord",
        [
            "1,2,3,4,5,6,10,12,15,16,17,18,19,20,21,22,23,24,25,29,32",
            "1,2,3,4,5,6,10,12,15,16,17,18,19,20,21,22,23,24,26,29",
            "1,2,3,4,5,6,10,12,15,16,17,18,19,20,21,22,23,24,25,26,28,29",
        ],
    ),
    ("Zoll_FKS", ["-13,27,33", "", ""]),
];

const FORMEN: [(&str, &str, u32); 3] =
    [("gewerbeanmeldung", "A1", 33), ("gewerbeummeldung", "A2", 30), ("gewerbeabmeldung", "A3", 30)];

fn erlaubt(stelle: &str, form: usize) -> BTreeSet<u32> {
    let Some((_, satz)) = MATRIX.iter().find(|(s, _)| *s == stelle) else { return BTreeSet::new() };
    let zahlen = |t: &str| t.split(',').filter_map(|n| n.parse::<u32>().ok()).collect::<BTreeSet<_>>();
    match satz[form].strip_prefix('-') {
        Some(ausser) => (1..=FORMEN[form].2).filter(|n| !zahlen(ausser).contains(n)).collect(),
        None => zahlen(satz[form]),
    }
}

/// Loaded once: every case of the property asks for one.
static ALLE: LazyLock<Vec<Definition>> = LazyLock::new(|| loader::builtin().expect("definitions load"));

fn definition(id: &str) -> &'static Definition {
    ALLE.iter().find(|d| d.id == id).expect("the service")
}

/// A value of the field's type that can be recognised anywhere; some fields stay empty.
fn wert(f: &Feld, n: u64) -> Option<Value> {
    let einer = |k: u64| f.optionen[(k as usize) % f.optionen.len()].wert.clone();
    (!n.is_multiple_of(7)).then(|| match f.typ {
        Feldtyp::JaNein => json!(n.is_multiple_of(2)),
        Feldtyp::Zahl | Feldtyp::Betrag => json!(n % 100_000),
        Feldtyp::Auswahl => json!(einer(n)),
        Feldtyp::Mehrfachauswahl => json!([einer(n)]),
        _ => json!(format!("{}-{n}", f.id)),
    })
}

fn geplant(def: &Definition, v: &Vorgang) -> Vorgang {
    let ctx = Context {
        now: "2026-11-23T10:00:00Z".parse().expect("time"),
        today: date(2026, 11, 23),
        zone: TimeZone::get("Europe/Berlin").expect("zone"),
        actor: Actor::Process,
        on_behalf_of: None,
        ids: Ids([7; 32]),
        law: Law::builtin().expect("law"),
        definition: Some(Arc::new(def.clone())),
        facts: Facts::default(),
    };
    let events = Vorgang::decide(v, VorgangCommand::PlanUebermittlungen, &ctx).expect("planned");
    events.iter().fold(v.clone(), <Vorgang as Decider>::evolve)
}

fn eingegangen(def: &Definition, felder: BTreeMap<String, Value>) -> Vorgang {
    Vorgang {
        status: crate::verfahren::Status::Registriert,
        leistung: def.id.clone(),
        eingang_am: Some("2026-11-23T09:00:00Z".parse().expect("time")),
        antragsteller: Some(Uuid::nil()),
        felder,
        bescheinigt: true,
        ..Vorgang::default()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn no_recipient_ever_receives_a_field_outside_its_set(
        form in 0usize..3,
        zufall in proptest::collection::vec(any::<u64>(), 120),
    ) {
        let def = definition(FORMEN[form].0);
        let felder: BTreeMap<String, Value> = def.felder.iter().zip(&zufall)
            .filter_map(|(f, n)| Some((f.id.clone(), wert(f, *n)?))).collect();
        let v = geplant(def, &eingegangen(def, felder));
        for u in &v.uebermittlungen {
            let darf = erlaubt(&u.stelle, form);
            let bytes = extract(def, &v, u).expect("canonical");
            let gesendet: Value = serde_json::from_slice(&bytes).expect("JSON");
            for f in gesendet["felder"].as_array().expect("a list") {
                let id = f["feld"].as_str().expect("an id");
                let nummer = &def.feld(id).expect("a field").nummer;
                let haupt: u32 = nummer.split('.').next().unwrap_or_default().parse().unwrap_or(0);
                prop_assert!(darf.contains(&haupt), "{} receives {id} ({nummer})", u.stelle);
                prop_assert_eq!(&f["wert"], &v.felder[id], "its own value and no other");
            }
            prop_assert_eq!(gesendet["felder"].as_array().map(Vec::len), Some(u.felder.len()));
        }
    }
}

#[test]
fn each_recipient_of_the_matrix_gets_all_of_its_set_when_everything_is_filled_in() {
    for (form, (id, formular, _)) in FORMEN.iter().enumerate() {
        let def = definition(id);
        assert_eq!(def.schritt(Schrittart::Uebermitteln).map(|s| s.formular.as_str()), Some(*formular));
        let felder = def.felder.iter().filter_map(|f| Some((f.id.clone(), wert(f, 1)?))).collect();
        let v = geplant(def, &eingegangen(def, felder));
        assert!(v.uebermittlungen.len() >= 9, "{formular}: {}", v.uebermittlungen.len());
        let da: BTreeSet<u32> = def.felder.iter().filter_map(|f| f.nummer.split('.').next()?.parse().ok()).collect();
        for u in &v.uebermittlungen {
            let nummer = |id: &String| def.feld(id)?.nummer.split('.').next()?.parse::<u32>().ok();
            let bekommt: BTreeSet<u32> = u.felder.iter().filter_map(nummer).collect();
            let soll: BTreeSet<u32> = erlaubt(&u.stelle, form).intersection(&da).copied().collect();
            assert_eq!(bekommt, soll, "{formular} {}", u.stelle);
        }
    }
}

#[test]
fn the_matrix_is_the_one_of_the_shared_data() {
    let Ok(shared) = std::env::var("AKTE_SHARED") else {
        println!("skipped: AKTE_SHARED is not set");
        return;
    };
    let path = std::path::Path::new(&shared).join("data/gewerbe/gewanzv_uebermittlung.json");
    let text = std::fs::read_to_string(path).expect("the shared matrix");
    let json: Value = serde_json::from_str(&text).expect("JSON");
    let stellen = json["recipients"].as_object().expect("recipients");
    assert_eq!(stellen.len(), MATRIX.len());
    for (stelle, regel) in stellen {
        for (form, (_, formular, zahl)) in FORMEN.iter().enumerate() {
            let liste = regel[*formular].as_array();
            let zahlen: BTreeSet<u32> =
                liste.into_iter().flatten().filter_map(|n| u32::try_from(n.as_u64()?).ok()).collect();
            let soll: BTreeSet<u32> = match (liste, regel["mode"].as_str()) {
                (None, _) => BTreeSet::new(),
                (Some(_), Some("only")) => zahlen,
                _ => (1..=*zahl).filter(|n| !zahlen.contains(n)).collect(),
            };
            assert_eq!(erlaubt(stelle, form), soll, "{stelle} {formular}");
            let law = Law::builtin().expect("law");
            let eigene = law.empfaenger("gewanzv", formular, date(2026, 11, 23)).expect("the table");
            let eigene = eigene.iter().find(|e| e.stelle == *stelle);
            let darf: BTreeSet<u32> = (1..=*zahl).filter(|n| eigene.is_some_and(|e| e.darf(&n.to_string()))).collect();
            assert_eq!(darf, soll, "our table: {stelle} {formular}");
        }
    }
}
