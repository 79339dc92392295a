//! Who reads is on record, or reads nothing: every route of the table, with a read log that cannot be written.
//!
//! Which routes show a person's data is not listed but found: whatever shows it with a working log must answer 503
//! and show nothing without one. A new route is part of this test by being in the table.

use crate::amt::Amt;
use crate::besucher::{Antwort, Besucher, signed};
use crate::vorgang::abgesendet;
use akte_api::routes::{Audience, Route, alle};
use akte_core::execute::{Call, Principal, Target};
use akte_core::kernel::Role;
use akte_core::loeschung::{Archiv, Grund, Umfang};
use akte_core::verfahren::event::{AntragDokument, Kanal};
use akte_core::verfahren::{Vorgang, VorgangCommand};
use axum::http::StatusCode;
use serde_json::json;
use std::collections::BTreeSet;
use uuid::Uuid;

/// What only somebody may see who may read the case: the names of both applicants. Plate and street stand in the help
/// texts of the form as well.
const PERSOENLICH: [&str; 2] = ["Kowalski", "Testperson"];

/// Routes that must be among those that were found, so that a search that finds nothing proves something.
const SICHER: [&str; 11] = [
    "/amt",
    "/amt/suche",
    "/amt/akte/{id}",
    "/amt/vorgang/{id}",
    "/amt/vorgang/{id}/stand",
    "/amt/vorgang/{id}/dokument/{dok}",
    "/status/dokumente",
    "/unterschrift",
    "/antrag/{leistung}/beleg.json",
    "/antrag/{leistung}/beleg.pdf",
    "/status/nachweis/{datei}",
];

/// Pages behind a code that are made of the public view, into whose bytes nothing personal gets
/// (`nothing_personal_reaches_the_bytes_of_the_public_file`), and the form for the code.
const OEFFENTLICH: [&str; 2] = ["/status", "/status/vorgang"];

/// Who sends a form where, and what is in it.
type Fall<'a> = (&'a str, String, Vec<(&'a str, &'a str)>);

struct Lage {
    amt: Amt,
    vorgang: Uuid,
    akte: Uuid,
    erfasst: Uuid,
    loeschung: Uuid,
    dokumente: Vec<Uuid>,
    index: u64,
    /// What meyer searched for.
    suche: String,
    /// Who they are, for messages, with what they may see.
    besucher: Vec<(&'static str, Besucher)>,
}

async fn lage() -> Lage {
    let mut amt = Amt::neu().await;
    signed(&amt.stadt).await;
    let (meyer, clerk) = amt.sachbearbeitung("meyer").await;
    let vorgang = amt.antrag().await;
    let erfasst = erfassen(&mut amt, meyer).await;
    unterlage(&mut amt, meyer, vorgang).await;
    amt.konto("chefin", "ordnung", &[Role::Leitung]).await;
    amt.konto("dsb", "rpa", &[Role::Datenschutz]).await;
    amt.konto("pruefer", "rpa", &[Role::Revision]).await;
    amt.konto("technik", "ordnung", &[Role::Admin]).await;
    let vorschlag = akte_core::execute::Vorschlag {
        vorgang,
        umfang: Umfang::Vorgang,
        grund: Grund::Art17d,
        archiv: Some(Archiv::NichtAnbietungspflichtig),
        begruendung: "Antrag von Frau Kowalski".into(),
    };
    let wer = Principal::konto(meyer, vec![Role::Leitung], "ordnung");
    let done = amt.stadt.app.house.propose_erasure(wer, "loeschung-vorschlag-1".into(), vorschlag).await.unwrap();
    amt.folgen().await;
    let app = amt.stadt.app.clone();
    let row = app.intern(move |v| v.vorgang(vorgang)).await.unwrap().unwrap();
    let akte = row.akte.unwrap();
    let dokumente = app.intern(move |v| v.dokumente_der_akte(akte)).await.unwrap();
    let index = app.house.history(vorgang).await.unwrap()[0].index;
    let buerger = Besucher::neu(&app);
    buerger.setzen("__Host-akte-vorgang", &app.house.case_code(vorgang, 0));
    let zweite = Besucher::neu(&app);
    zweite.setzen("__Host-akte-unterschrift", &app.house.unterschrift_code(vorgang, "partner", 0));
    let antrag = Besucher::neu(&app);
    abgesendet(&antrag).await;
    let mut besucher = vec![("buerger", buerger), ("zweite", zweite), ("antrag", antrag), ("meyer", clerk)];
    for name in ["chefin", "dsb", "pruefer", "technik"] {
        let b = amt.anmelden(name).await;
        if matches!(name, "dsb" | "pruefer") {
            b.ausfuellen("/pruefung/zweck", "/pruefung/zweck", &[("zweck", "Probe")]).await;
        }
        besucher.push((name, b));
    }
    let dokumente = dokumente.iter().map(|d| d.dokument).collect();
    let meyer = besucher.iter().find(|(name, _)| *name == "meyer").map(|(_, b)| b).unwrap();
    let gesucht = meyer.ausfuellen("/amt/suche", "/amt/suche", &[("q", "Kowalski")]).await;
    let suche = gesucht.ziel().split_once("?s=").unwrap().1.to_owned();
    Lage { amt, vorgang, akte, erfasst, loeschung: done.stream, dokumente, index, suche, besucher }
}

/// An application entered at the counter by this clerk, who may hand out its code.
async fn erfassen(amt: &mut Amt, konto: Uuid) -> Uuid {
    let house = amt.stadt.app.house.clone();
    let principal = Principal::konto(konto, vec![Role::Sachbearbeitung], "ordnung");
    let key = amt.key("erfasst");
    let stream = house.stream_for_new::<Vorgang>(&principal, &key).unwrap();
    let felder = [("name", "Kowalski"), ("strasse", "Am Markt"), ("kennzeichen", "PI-AB 123")];
    let command = VorgangCommand::Submit {
        leistung: "bewohnerparken".into(),
        kanal: Kanal::VorOrt,
        vertrauen: "ohne".into(),
        eingang_am: amt.stadt.app.clock.now(),
        antragsteller: house.antragsteller(stream),
        felder: felder.iter().map(|(k, v)| ((*k).to_owned(), json!(v))).collect(),
        dokumente: vec![],
    };
    let call = Call { principal, key, target: Target::New, expected: None, request: Some(json!({})), corr: None };
    let done = house.execute::<Vorgang>(call, command).await.unwrap();
    amt.folgen().await;
    done.stream
}

/// A document that came by post, filed in the Akte.
pub async fn unterlage(amt: &mut Amt, konto: Uuid, vorgang: Uuid) {
    let house = amt.stadt.app.house.clone();
    let kek = house.vault.kek_for("antragsteller", vorgang).unwrap().kek;
    let bytes = bytes::Bytes::from_static(b"%PDF-1.7\nSchein von Frau Kowalski\n");
    let dokument = house.documents.put_bytes((kek.id, kek.key()), "application/pdf", bytes).await.unwrap();
    let dokument = AntragDokument { unterlage: "sonstige".into(), dateiname: "schein.pdf".into(), dokument };
    let call = Call {
        principal: Principal::konto(konto, vec![Role::Sachbearbeitung], "ordnung"),
        key: amt.key("unterlage"),
        target: Target::Stream(vorgang),
        expected: None,
        request: Some(json!({})),
        corr: None,
    };
    let command = VorgangCommand::SupplyUnterlage { kanal: Kanal::Post, dokument };
    house.execute::<Vorgang>(call, command).await.unwrap();
    amt.folgen().await;
}

impl Lage {
    /// Every address a route can stand for in this town.
    fn adressen(&self, r: &Route) -> Vec<String> {
        let mut out = vec![String::new()];
        for teil in r.path.split('/').skip(1) {
            let werte = self.werte(r.path, teil);
            out = out.iter().flat_map(|o| werte.iter().map(move |w| format!("{o}/{w}"))).collect();
        }
        let frage = match r.path {
            "/amt/suche" => format!("?s={}", self.suche),
            "/amt" => "?tab=alle".to_owned(),
            p if p.contains("/stand") => "?am=2030-01-01T10:00&stand=2030-01-01T10:00".to_owned(),
            p if p.contains("unterschied") => "?a=2020-01-01T10:00&b=2030-01-01T10:00".to_owned(),
            p if p.ends_with("/auskunft") => format!("?ereignis={}", self.index),
            _ => String::new(),
        };
        out.iter().map(|o| format!("{o}{frage}")).collect()
    }

    fn werte(&self, path: &str, teil: &str) -> Vec<String> {
        let ids = |ids: &[Uuid]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
        match teil {
            "{leistung}" => vec!["bewohnerparken".into()],
            "{gruppe}" => vec!["person".into()],
            "{vorgang}" => ids(&[self.vorgang, self.erfasst]),
            "{dok}" => ids(&self.dokumente),
            "{index}" => vec![self.index.to_string()],
            "{datei}" => vec!["0.json".into(), "0.tlog-proof".into()],
            "{id}" if path.contains("/loeschung/{id}") => ids(&[self.loeschung]),
            "{id}" if path.contains("/akte/") => ids(&[self.akte]),
            "{id}" if path.contains("/vorgang/") => ids(&[self.vorgang]),
            "{id}" => [ids(&[self.akte, self.vorgang]), ids(&self.dokumente)].concat(),
            // Opening a code by its address changes what the visitor may see: it is the same one.
            "{code}" if path.starts_with("/u/") => {
                vec![self.amt.stadt.app.house.unterschrift_code(self.vorgang, "partner", 0)]
            }
            "{code}" => vec![self.amt.stadt.app.house.case_code(self.vorgang, 0)],
            fest if !fest.starts_with('{') => vec![fest.to_owned()],
            _ => vec!["unbekannt".into()],
        }
    }

    fn darf_kommen(r: &Route, wer: &str) -> bool {
        match r.audience {
            Audience::Amt | Audience::Revision => !matches!(wer, "buerger" | "zweite" | "antrag"),
            Audience::Antrag => wer == "antrag",
            Audience::Status => matches!(wer, "buerger" | "zweite"),
            Audience::Offen | Audience::Betrieb => wer == "buerger",
        }
    }

    /// From now on no row can be written.
    fn brechen(&self) {
        let db = rusqlite::Connection::open(self.amt.stadt.ordner.path().join("zugriff.db")).unwrap();
        db.execute_batch("CREATE TRIGGER voll BEFORE INSERT ON zugriff BEGIN SELECT RAISE(ABORT, 'voll'); END")
            .unwrap();
    }
}

/// Somebody's data are in it: readable, in a file of ours that is not text, or the state of a case behind a code.
fn zeigt_personen(r: &Route, a: &Antwort) -> bool {
    let datei = a.headers.get("content-disposition").is_some();
    let fall = r.audience == Audience::Status && !OEFFENTLICH.contains(&r.path);
    a.status.is_success() && (fall || datei || PERSOENLICH.iter().any(|p| a.text.contains(p)))
}

fn verraet_nichts(wo: &str, a: &Antwort) {
    assert_eq!(a.status, StatusCode::SERVICE_UNAVAILABLE, "{wo}: {}", a.text);
    for p in PERSOENLICH {
        assert!(!a.text.contains(p), "{wo} shows {p}");
    }
    assert!(a.text.contains("protokolliert"), "{wo} does not say why: {}", a.text);
    assert!(a.headers.contains_key("retry-after"), "{wo}");
}

#[tokio::test]
async fn a_page_whose_reading_cannot_be_recorded_is_refused_and_shows_nothing() {
    let l = lage().await;
    let mut gefunden = Vec::new();
    for r in alle().into_iter().filter(|r| r.method == "get" && r.audience != Audience::Offen) {
        for (wer, b) in l.besucher.iter().filter(|(wer, _)| Lage::darf_kommen(&r, wer)) {
            for adresse in l.adressen(&r) {
                // A draft lies on the person's own device and in no file of the town: nobody reads it but they.
                let entwurf = r.audience == Audience::Antrag && !r.path.contains("beleg");
                if !entwurf && zeigt_personen(&r, &b.get(&adresse).await) {
                    gefunden.push((r.path, *wer, adresse));
                }
            }
        }
    }
    let pfade: BTreeSet<&str> = gefunden.iter().map(|(p, ..)| *p).collect();
    for p in SICHER {
        assert!(pfade.contains(p), "{p} was not found to show anybody's data: {pfade:?}");
    }
    l.brechen();
    for (_, wer, adresse) in &gefunden {
        let (_, b) = l.besucher.iter().find(|(w, _)| w == wer).unwrap();
        verraet_nichts(&format!("{wer} {adresse}"), &b.get(adresse).await);
    }
}

#[tokio::test]
async fn a_form_whose_answer_shows_somebodys_data_is_refused_as_well() {
    let l = lage().await;
    let (v, a) = (l.vorgang, l.akte);
    let vorgang = v.to_string();
    let faelle: Vec<Fall<'_>> = vec![
        ("meyer", "/amt/verteilen/zurueck".into(), vec![("v", "x")]),
        ("meyer", "/amt/post/stapel".into(), vec![]),
        ("meyer", "/amt/post/aufgegeben".into(), vec![]),
        ("meyer", "/amt/abwesenheit".into(), vec![]),
        ("meyer", format!("/amt/vorgang/{v}/vermerk"), vec![]),
        ("meyer", format!("/amt/vorgang/{v}/vorschau"), vec![]),
        ("chefin", format!("/amt/akte/{a}/beweispaket"), vec![("zweck", "Gericht")]),
        ("chefin", format!("/verwaltung/loeschung/vorgang/{v}"), vec![]),
        ("chefin", format!("/verwaltung/loeschung/akte/{a}"), vec![]),
        ("chefin", format!("/verwaltung/loeschung/{}", l.loeschung), vec![("was", "ablehnen"), ("version", "1")]),
        ("technik", "/verwaltung/konten".into(), vec![]),
        ("pruefer", format!("/pruefung/vorgang/{v}/beleg/{}", l.index), vec![("zeiger", "/felder/name")]),
        ("dsb", "/pruefung/betroffene".into(), vec![("vorgang", &vorgang), ("person", "Kowalski")]),
        ("dsb", "/pruefung/betroffene".into(), vec![("vorgang", &vorgang)]),
        ("dsb", "/pruefung/betroffene/suche".into(), vec![("q", "Kowalski")]),
        ("buerger", "/status/zuruecknehmen".into(), vec![]),
        ("buerger", "/status/abruf".into(), vec![]),
        ("buerger", "/status/unterschriften".into(), vec![]),
        ("zweite", "/unterschrift".into(), vec![]),
    ];
    let mut marken = Vec::new();
    for (name, b) in &l.besucher {
        // Any form of the visitor brings the token; it holds for all.
        let seite = match *name {
            "buerger" | "zweite" | "antrag" => b.get("/antrag/fortsetzen").await,
            _ => b.get("/amt/abwesenheit").await,
        };
        marken.push((*name, seite.verborgen("_csrf")));
    }
    l.brechen();
    for (wer, adresse, felder) in faelle {
        let (_, b) = l.besucher.iter().find(|(w, _)| *w == wer).unwrap();
        let (_, token) = marken.iter().find(|(w, _)| *w == wer).unwrap();
        let mut alle = vec![("_csrf", token.as_str()), ("_schluessel", "leseprotokoll-probe-1")];
        alle.extend(felder);
        verraet_nichts(&format!("{wer} {adresse}"), &b.post(&adresse, &alle).await);
    }
    let stand = l.amt.stadt.app.house.load::<akte_core::loeschung::Loeschung>(l.loeschung).await.unwrap();
    assert_eq!(stand.state.stand, akte_core::loeschung::Stand::Vorgeschlagen);
}
