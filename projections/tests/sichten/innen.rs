//! What clerks and auditors see.

use crate::buch::{Buch, belebt, id};
use akte_core::verfahren::VorgangEvent;
use akte_core::zugriff::KontoEvent;
use akte_projections::InternalViews;
use akte_projections::internal::sort_key;
use akte_projections::rows::{AktenFilter, AuditFilter, VorgangFilter};

async fn views(buch: &Buch) -> (tempfile::TempDir, InternalViews) {
    let dir = tempfile::tempdir().expect("dir");
    buch.open(dir.path()).take(&buch.alles().await).expect("taken");
    let views = InternalViews::open(&dir.path().join("internal.db")).expect("open");
    (dir, views)
}

fn units(names: &[&str]) -> Vec<String> {
    names.iter().map(|n| (*n).to_owned()).collect()
}

#[tokio::test]
async fn a_list_shows_only_the_own_units_oldest_first_and_page_by_page() {
    let (_dir, views) = views(&belebt().await).await;
    let all = VorgangFilter { einheiten: Some(units(&["ordnung"])), limit: 100, ..Default::default() };
    let rows = views.vorgaenge(&all).expect("rows");
    assert!(rows.len() >= 8 && rows.iter().all(|r| r.einheit == "ordnung"));
    assert!(rows.windows(2).all(|w| w[0].eingang_am <= w[1].eingang_am));
    let mut paged = Vec::new();
    let mut filter = VorgangFilter { limit: 3, ..all.clone() };
    loop {
        let page = views.vorgaenge(&filter).expect("page");
        let Some(last) = page.last() else { break };
        filter.nach = Some((sort_key(last), last.vorgang));
        paged.extend(page);
    }
    assert_eq!(paged, rows);
    assert!(views.vorgaenge(&VorgangFilter { einheiten: Some(vec![]), ..all.clone() }).expect("rows").is_empty());
    let open = views.vorgaenge(&VorgangFilter { offen: true, ..all.clone() }).expect("rows");
    assert!(!open.is_empty() && open.iter().all(|r| r.status != "zda"));
    let free = views.vorgaenge(&VorgangFilter { unzugewiesen: true, ..all.clone() }).expect("rows");
    assert!(!free.is_empty() && free.iter().all(|r| r.konto.is_none()));
    let mine = views.vorgaenge(&VorgangFilter { konto: Some(id(2)), ..all }).expect("rows");
    assert!(!mine.is_empty() && mine.iter().all(|r| r.konto_name.as_deref() == Some("Frau meyer")));
}

#[tokio::test]
async fn a_case_shows_its_state_deadlines_documents_file_and_timeline() {
    let mut buch = Buch::new().await;
    let v = id(10_000);
    buch.submit(v, "ordnung", "Müller", "Änne").await;
    buch.work(v, 7).await;
    let issued = VorgangEvent::NachforderungIssued {
        nachforderung: id(77),
        unterlagen: vec!["vollmacht".into()],
        frist: "2026-02-01".parse().expect("date"),
        rechenweg: vec![],
        text: Some("Bitte nachreichen".into()),
    };
    buch.write(v, v, &issued).await;
    let (_dir, views) = views(&buch).await;
    let row = views.vorgang(v).expect("row").expect("there");
    assert_eq!(row.status, "nachforderung");
    assert_eq!(
        (row.antragsteller.as_deref(), row.aktenzeichen.as_deref()),
        (Some("Müller, Änne"), Some("32.21-2026/0007"))
    );
    assert_eq!((row.version, row.frist_id.as_deref()), (7, Some("nachforderung")));
    let fristen = views.fristen(v).expect("fristen");
    assert_eq!(fristen.iter().map(|f| f.frist.as_str()).collect::<Vec<_>>(), ["nachforderung", "untaetigkeit"]);
    let today = "2026-01-20".parse().expect("date");
    assert_eq!(views.faellig(today, Some(&units(&["ordnung"]))).expect("due").len(), 1);
    assert!(views.faellig(today, Some(&units(&["steuern"]))).expect("due").is_empty());
    assert!(views.faellig("2026-01-17".parse().expect("date"), None).expect("due").is_empty());
    let dokumente = views.dokumente(v).expect("documents");
    assert_eq!(dokumente[0].dateiname.as_deref(), Some("ausweis.pdf"));
    assert_eq!(views.dokument_wert(dokumente[0].dokument).expect("value").expect("there").len, 12);
    let akte = views.akte(row.akte.expect("akte")).expect("row").expect("there");
    assert_eq!((akte.titel.as_deref(), akte.version), (Some("Fahrradhandel 7"), 2));
    let filter = AktenFilter { aktenplan: Some("32".into()), limit: 9, ..Default::default() };
    assert_eq!(views.akten(&filter).expect("akten"), [akte]);
    assert_eq!(views.vorgaenge_der_akte(row.akte.expect("akte")).expect("rows"), [row]);
    let line = views.timeline(v).expect("timeline");
    let satz = |wire: &str| line.iter().find(|e| e.wire == wire).map(|e| e.satz.as_str());
    assert_eq!(satz("vorgang.taken_over.v1"), Some("Frau meyer hat den Vorgang übernommen."));
    assert_eq!(satz("nachforderung.issued.v1"), Some("Nachgefordert: vollmacht. Frist bis 01.02.2026."));
    assert_eq!(line[0].akteur_name.as_deref(), Some("Frau petersen"));
    assert_eq!(views.zaehlung().expect("counts").into_values().sum::<u64>(), 1);
}

#[tokio::test]
async fn the_audit_trail_is_filtered_by_who_when_what_and_where() {
    let buch = belebt().await;
    let all = buch.alles().await;
    let (_dir, views) = views(&buch).await;
    let base = AuditFilter { limit: 10_000, ..Default::default() };
    let rows = views.audit(&base).expect("rows");
    assert_eq!(rows.len(), all.len());
    assert!(rows.windows(2).all(|w| w[0].index > w[1].index));
    let v = id(10_000);
    let expect = |f: AuditFilter, keep: &dyn Fn(&akte_core::vault::Recorded) -> bool| {
        let got: Vec<u64> = views.audit(&f).expect("rows").iter().map(|r| r.index).collect();
        let want: Vec<u64> = all.iter().rev().filter(|r| keep(r)).map(|r| r.index).collect();
        assert!(!want.is_empty());
        assert_eq!(got, want);
    };
    expect(AuditFilter { corr: Some(v), ..base.clone() }, &|r| r.corr == v);
    expect(AuditFilter { stream: Some(v), ..base.clone() }, &|r| r.stream == v);
    let akte = id(v.as_u128() ^ 0xAA00_0000);
    expect(AuditFilter { stream: Some(akte), ..base.clone() }, &|r| r.stream == akte);
    expect(AuditFilter { wire: Some("akte.".into()), ..base.clone() }, &|r| r.wire.starts_with("akte."));
    expect(AuditFilter { akteur: Some(id(1).to_string()), ..base.clone() }, &|_| true);
    expect(AuditFilter { von: Some(all[20].at), bis: Some(all[40].at), ..base.clone() }, &|r| {
        (all[20].at..all[40].at).contains(&r.at)
    });
    expect(AuditFilter { vor_index: Some(9), ..base }, &|r| r.index < 9);
}

#[tokio::test]
async fn search_finds_names_umlauts_beginnings_and_misspellings_but_only_within_rights() {
    let (_dir, views) = views(&belebt().await).await;
    let ordnung = units(&["ordnung"]);
    let count = |q: &str, e: Option<&[String]>| views.suche(q, e, 100).expect("search").len();
    let all = count("müller", None);
    assert_eq!(all, 12, "every applicant's name begins so");
    for same in ["Mueller", "MÜLLER", "muel", "Mu\u{308}ller"] {
        assert_eq!(count(same, None), all, "{same}");
    }
    assert_eq!(count("müllerhoff", None), 4);
    assert_eq!(count("mülerhof", None), 4, "two letters missing");
    assert_eq!(count("muellerhfof", None), 4, "two letters swapped");
    assert_eq!(count("fahrradhandel", None), 9, "titles");
    assert_eq!(count("größmann rückruf", None), 9, "Vermerke, every word");
    assert_eq!(count("32.21-2026/0002", None), 1);
    assert_eq!(count("müllerhoff 2026/0002", None), 1, "words from different places");
    assert_eq!(count("zebra", None), 0);
    assert_eq!(count("", None) + count("\"*^ OR (", None), 0);
    // "Müller" alone is always in "steuern" before it is taken over; search must not tell.
    let mine = views.suche("müller", Some(&ordnung), 100).expect("search");
    let seen = VorgangFilter { einheiten: Some(ordnung.clone()), limit: 100, ..Default::default() };
    assert_eq!(mine.len(), views.vorgaenge(&seen).expect("rows").len());
    assert!(mine.len() < all && count("müller", Some(&[])) == 0);
    assert!(mine.iter().all(|t| t.ausschnitt.contains("Müller")), "{mine:?}");
}

#[tokio::test]
async fn accounts_are_found_by_login_with_roles_and_substitutions() {
    let mut buch = Buch::new().await;
    let day = |s: &str| s.parse().expect("date");
    let stand_in = KontoEvent::VertretungActivated { durch: id(2), von: day("2026-02-01"), bis: day("2026-02-10") };
    buch.write(id(1), id(1), &stand_in).await;
    buch.write(id(1), id(1), &KontoEvent::Disabled { grund: None }).await;
    let (_dir, views) = views(&buch).await;
    let konto = views.konto_by_login("petersen").expect("row").expect("there");
    assert_eq!((konto.konto, konto.aktiv, konto.version), (id(1), false, 3));
    assert_eq!(views.konto(id(2)).expect("row").expect("there").name.as_deref(), Some("Frau meyer"));
    assert_eq!(views.konten().expect("rows").len(), 2);
    assert!(views.konto_by_login("niemand").expect("row").is_none());
    assert_eq!(views.vertritt(id(2), day("2026-02-10")).expect("ids"), [id(1)]);
    assert!(views.vertritt(id(2), day("2026-02-11")).expect("ids").is_empty());
    assert_eq!(views.einheiten().expect("units").len(), 2);
    assert_eq!(views.leistungen().expect("services")[0].sha256, buch.definition.sha256);
}
