//! Every event ever written, with all its sealed values erased, is taken in by every view.

use crate::buch::{Buch, id};
use akte_core::verfahren::definition::Schutz;
use akte_projections::InternalViews;
use serde_json::{Map, Value, json};
use std::path::Path;

fn golden(wire: &str) -> Map<String, Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/golden").join(format!("{wire}.json"));
    let text = std::fs::read_to_string(path).expect("golden file");
    let whole: Value = serde_json::from_str(&text).expect("JSON");
    whole["data"].as_object().expect("data").clone()
}

#[tokio::test]
async fn no_view_is_parked_by_an_event_whose_sealed_values_are_erased() {
    let mut buch = Buch::new().await;
    let registry = akte_core::registry();
    let mut wires: Vec<&str> = registry.all().map(|s| s.wire).collect();
    // The application first: without it the other events of the case would be passed over.
    wires.sort_by_key(|wire| *wire != "antrag.submitted.v1");
    let is_case = |wire: &str| akte_projections::internal::inbox::is_vorgang(wire);
    for (n, wire) in (0u128..).zip(&wires) {
        let mut data = golden(wire);
        if data.get("felder").is_some_and(Value::is_object) {
            let field = buch.definition.felder.iter().find(|f| f.schutz == Schutz::Personenbezogen).expect("field");
            data.insert("felder".into(), json!({ field.id.clone(): "Kanarienvogel" }));
        }
        if *wire == "antrag.submitted.v1" {
            data.insert("definition".into(), json!(buch.definition.sha256));
        }
        let stream = if is_case(wire) { id(50_000) } else { id(60_000 + n) };
        buch.write_raw(stream, stream, wire, &data).await;
    }
    let all = buch.reader.ledger.read_all(0, 10_000).await.expect("events");
    let sealed: Vec<(u64, u8)> =
        all.iter().flat_map(|e| e.groups.iter().filter(|g| g.g > 0).map(|g| (e.index, g.g))).collect();
    assert!(sealed.len() > 30, "the golden files hold sealed values");
    // And the open groups that an erasure may take.
    let open: Vec<(u64, u8)> = buch
        .alles()
        .await
        .iter()
        .filter(|r| akte_core::execute::erase::OFFENER_FREITEXT.contains(&r.wire.as_str()))
        .map(|r| (r.index, 0))
        .collect();
    assert_eq!(open.len(), akte_core::execute::erase::OFFENER_FREITEXT.len());
    buch.reader.ledger.erase_groups(&[sealed, open].concat()).await.expect("erased");
    let dir = tempfile::tempdir().expect("dir");
    let mut sichten = buch.open(dir.path());
    sichten.take(&buch.alles().await).expect("taken");
    let views = InternalViews::open(&dir.path().join("internal.db")).expect("open");
    let parked: Vec<_> = views.health().expect("asked").into_iter().filter(|s| s.geparkt.is_some()).collect();
    assert!(parked.is_empty(), "{parked:?}");
    let public = akte_projections::PublicViews::open(&dir.path().join("public.db")).expect("open");
    let parked: Vec<_> = public.health().expect("asked").into_iter().filter(|s| s.geparkt.is_some()).collect();
    assert!(parked.is_empty(), "{parked:?}");
    let row = views.vorgang(id(50_000)).expect("asked").expect("the case stays");
    assert_eq!((row.antragsteller, row.aktenzeichen), (None, None));
    // The code in force is the second one, also where its number was erased: the first opens nothing.
    let code = |n| (buch.konfig().code_sha256)(id(50_000), n);
    assert_eq!(views.vorgang_by_code(code(0)).expect("asked"), None);
    assert_eq!(views.vorgang_by_code(code(1)).expect("asked"), Some(id(50_000)));
    assert!(public.status(code(0)).expect("asked").is_none() && public.status(code(1)).expect("asked").is_some());
}
