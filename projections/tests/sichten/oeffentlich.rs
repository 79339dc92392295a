//! What the public sees, and what it can never see.

use crate::buch::{Buch, belebt, id};
use crate::gleichheit::found;
use akte_core::ledger::disclosure;
use akte_core::ledger::header::Header;
use akte_core::verfahren::VorgangEvent;
use akte_core::verfahren::event::{DatensatzEvent, Kanal, LeistungEvent};
use akte_core::verfahren::loader;
use akte_projections::PublicViews;
use akte_projections::rows::LeistungsStand;

async fn views(buch: &Buch) -> (tempfile::TempDir, PublicViews) {
    let dir = tempfile::tempdir().expect("dir");
    buch.open(dir.path()).take(&buch.alles().await).expect("taken");
    let views = PublicViews::open(&dir.path().join("public.db")).expect("open");
    (dir, views)
}

#[tokio::test]
async fn the_holder_of_a_code_sees_the_state_and_a_revoked_code_shows_nothing() {
    let mut buch = Buch::new().await;
    let v = id(10_000);
    buch.submit(v, "ordnung", "Müller", "Änne").await;
    buch.work(v, 1).await;
    let frist = "2026-02-01".parse().expect("date");
    let unterlagen = vec!["vollmacht".into(), "ausweis".into()];
    let issued =
        VorgangEvent::NachforderungIssued { nachforderung: id(77), unterlagen, frist, rechenweg: vec![], text: None };
    buch.write(v, v, &issued).await;
    let supplied = VorgangEvent::UnterlageSupplied {
        unterlage: "ausweis".into(),
        nachforderung: Some(id(77)),
        kanal: Kanal::Online,
        dokument: None,
    };
    buch.write(v, v, &supplied).await;
    let code = |g| (buch.konfig().code_sha256)(v, g);
    let (_dir, views) = views(&buch).await;
    let status = views.status(code(0)).expect("row").expect("there");
    assert_eq!(status.status, "nachforderung");
    assert_eq!(
        (status.wartet_auf, status.frist, status.nachforderung),
        (vec!["vollmacht".into()], Some(frist), Some(id(77)))
    );
    let words: Vec<_> = status.verlauf.iter().map(|(_, s)| s.as_str()).collect();
    assert_eq!(words, ["eingegangen", "registriert", "zugewiesen", "in_pruefung", "nachforderung"]);
    assert!(views.status([0; 32]).expect("row").is_none());

    buch.write(v, v, &VorgangEvent::CodeRevoked { generation: 1, grund: "verloren".into() }).await;
    let code = |g| (buch.konfig().code_sha256)(v, g);
    let (_dir, views) = self::views(&buch).await;
    assert!(views.status(code(0)).expect("row").is_none());
    assert!(views.status(code(1)).expect("row").is_some());
}

#[tokio::test]
async fn nothing_personal_reaches_the_bytes_of_the_public_file() {
    let mut buch = belebt().await;
    let v = id(10_001);
    let weg = VorgangEvent::Withdrawn { grund: Some("Sehrpersoenlich".into()) };
    buch.write(v, v, &weg).await;
    let dir = tempfile::tempdir().expect("dir");
    let mut sichten = buch.open(dir.path());
    // In small steps, so that pages of the log of the file hold every intermediate state.
    for batch in buch.alles().await.chunks(3) {
        sichten.take(batch).expect("taken");
    }
    let ids = [v, id(1), id(2), id(v.as_u128() ^ 0xA)].map(|u| u.to_string());
    let planted =
        ["Müller", "Änne", "Sehrpersoenlich", "Größmann", "32.21-2026", "Fahrradhandel", "Frau meyer", "petersen"];
    for needle in planted.iter().copied().chain(ids.iter().map(String::as_str)) {
        assert!(!found(dir.path(), "public.db", needle), "{needle} is in public.db");
    }
    for needle in ["Müller", "Größmann", "32.21-2026"] {
        assert!(found(dir.path(), "internal.db", needle), "control: the search sees {needle}");
    }
    assert!(found(dir.path(), "public.db", "Rad & Tat"), "control: what was released is there");
    let raw = std::fs::read(dir.path().join("public.db-wal")).expect("log of the file");
    assert!(!raw.windows(16).any(|w| w == v.as_bytes()), "no stream of a case");
}

#[tokio::test]
async fn a_dataset_shows_the_listed_columns_and_no_withdrawn_row() {
    let mut buch = Buch::new().await;
    let dataset = buch.definition.datensatz.clone().expect("dataset");
    for n in 0..3u128 {
        let name = ["Adler", "Biber", "Corvus"][n as usize];
        buch.release(id(20_000 + n), &[("name", name), ("geburtsdatum", "1990-12-31")]).await;
    }
    buch.write(id(20_001), id(20_001), &DatensatzEvent::RowWithdrawn { grund: "irrtum".into() }).await;
    let (dir, views) = views(&buch).await;
    let info = views.datensaetze().expect("infos").pop().expect("one");
    assert_eq!(
        (info.id.as_str(), info.zeilen, info.rechtsgrundlage),
        (dataset.id.as_str(), 2, dataset.rechtsgrundlage)
    );
    assert_eq!(info.spalten, ["name", "anschrift", "taetigkeit"], "as the definition lists them, not by the alphabet");
    assert_eq!(info.spalten_titel, ["Name", "Anschrift des Betriebs", "Angemeldete Tätigkeit"]);
    let rows = views.datensatz(&dataset.id, Some("2026-Q1"), 0, 10).expect("rows");
    let names: Vec<_> = rows.iter().map(|z| z.zeile.values().cloned().collect::<Vec<_>>()).collect();
    assert_eq!(names, [["Adler"], ["Corvus"]], "a column without legal basis is not stored");
    assert_eq!(views.datensatz(&dataset.id, None, 1, 10).expect("rows"), rows[1..]);
    assert!(views.datensatz(&dataset.id, Some("2026-Q2"), 0, 10).expect("rows").is_empty());
    assert!(!found(dir.path(), "public.db", "Biber") && !found(dir.path(), "public.db", "1990-12-31"));
}

#[tokio::test]
async fn a_public_row_carries_its_proof_and_loses_it_when_it_is_withdrawn() {
    let mut buch = Buch::new().await;
    let id_of = buch.definition.datensatz.clone().expect("dataset").id;
    for (n, name) in [(0, "Adler"), (1, "Biber")] {
        buch.release(id(20_000 + n), &[("name", name), ("geburtsdatum", "1990-12-31")]).await;
    }
    let belege = |v: &PublicViews| v.belege(&id_of, "2026-Q1", 10).expect("rows").expect("each has its proof");
    let (_dir, v) = views(&buch).await;
    let (rows, proofs) = (v.datensatz(&id_of, None, 0, 10).expect("rows"), belege(&v));
    assert_eq!(proofs.iter().map(|b| b.index).collect::<Vec<_>>(), rows.iter().map(|r| r.index).collect::<Vec<_>>());
    for (row, proof) in rows.iter().zip(&proofs) {
        let stored = buch.reader.ledger.read_all(row.index, 1).await.expect("read").remove(0);
        assert_eq!((&proof.header, proof.event_hash()), (&stored.header, stored.event_hash));
        let header = Header::parse(&proof.header).expect("header");
        let shown: Vec<_> = proof.disclosures.iter().map(|d| disclosure::read(d).expect("read")).collect();
        let pointers: Vec<_> = shown.iter().map(|d| d.pointer.as_str()).collect();
        assert_eq!(pointers, ["/dataset", "/release", "/zeile/name"], "only what is listed");
        assert_eq!(shown[2].value, row.zeile["name"]);
        assert!(proof.disclosures.iter().all(|d| header.sd.contains(&disclosure::digest(d))));
    }
    assert!(v.belege(&id_of, "2026-Q2", 10).expect("rows").expect("none").is_empty());

    buch.write(id(20_001), id(20_001), &DatensatzEvent::RowWithdrawn { grund: "irrtum".into() }).await;
    let (dir, v) = views(&buch).await;
    assert_eq!(belege(&v), proofs[..1]);
    for gone in &proofs[1].disclosures[2..] {
        assert!(!found(dir.path(), "public.db", gone) && found(dir.path(), "public.db", &proofs[0].disclosures[2]));
    }
}

#[tokio::test]
async fn figures_appear_when_a_later_quarter_begins_and_late_ones_only_in_groups_of_k() {
    let mut buch = Buch::new().await;
    for n in 0..5 {
        buch.submit(id(10_000 + n), "ordnung", "Müller", "Änne").await;
    }
    buch.forward(10);
    for n in 0..4 {
        buch.close(id(10_000 + n)).await;
    }
    let (_dir, v) = views(&buch).await;
    assert!(v.leistungen_stand().expect("rows").is_empty(), "the quarter is still open");

    let january = buch.uhr;
    buch.forward(90);
    buch.submit(id(10_100), "ordnung", "Müller", "Änne").await;
    let row = |leistung: &str, eingegangen, erledigt, median| LeistungsStand {
        leistung: leistung.to_owned(),
        zeitraum: "2026-Q1".into(),
        eingegangen,
        erledigt,
        median_tage: median,
    };
    let name = buch.definition.id.clone();
    let (_dir, v) = views(&buch).await;
    let first = [row("gesamt", Some(5), Some(4), None), row(&name, Some(5), Some(4), Some(10))];
    assert_eq!(v.leistungen_stand().expect("rows"), first);

    // Two late ones (k = 3) change nothing, the third shows all three.
    for (n, expect) in [(0, 5), (1, 5), (2, 8)] {
        buch.uhr = january;
        buch.submit(id(10_200 + n), "ordnung", "Müller", "Änne").await;
        let (_dir, v) = views(&buch).await;
        let rows = v.leistungen_stand().expect("rows");
        assert_eq!(rows.iter().map(|r| r.eingegangen).collect::<Vec<_>>(), [Some(expect), Some(expect)], "late {n}");
    }
}

#[tokio::test]
async fn a_service_without_cases_is_hidden_together_with_the_next_smallest() {
    let mut buch = Buch::new().await;
    let (dateien, other) = crate::buch::services().into_iter().find(|(_, d)| d.id != buch.definition.id).expect("two");
    let adopted = LeistungEvent::Adopted {
        id: other.id.clone(),
        version: other.version,
        sha256: other.sha256.clone(),
        gueltig_ab: other.gueltig_ab,
        dateien: loader::as_adopted(&dateien),
    };
    buch.write(id(901), id(901), &adopted).await;
    for n in 0..5 {
        buch.submit(id(10_000 + n), "ordnung", "Müller", "Änne").await;
    }
    buch.forward(100);
    buch.submit(id(10_100), "ordnung", "Müller", "Änne").await;
    let (_dir, v) = views(&buch).await;
    let rows = v.leistungen_stand().expect("rows");
    assert_eq!(rows.len(), 3);
    for r in rows {
        let expect = if r.leistung == "gesamt" { Some(5) } else { None };
        assert_eq!((r.eingegangen, r.erledigt, r.median_tage), (expect, None, None), "{}", r.leistung);
    }
}
