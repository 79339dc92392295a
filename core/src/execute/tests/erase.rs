//! Erasing on the memory engine: requested first, everything named is gone, everything else stays readable.

use super::*;
use crate::documents::DokumentWert;
use crate::documents::pruefung::Dokumentpruefung;
use crate::ledger::verify::{DocumentSource, Given, KeySource, Report, Verdict, verify};
use crate::loeschung::{Archiv, Grund, Loeschung, LoeschungCommand, Umfang};
use crate::process::Process;
use crate::verfahren::event::AntragDokument;
use serde_json::json;

const ALT: &str = "2026-10-28T08:00:00.5Z";

/// A case with personal fields, one uploaded document and one note.
pub struct Fall {
    pub house: Arc<House>,
    pub process: Process,
    pub uhr: Arc<Uhr>,
    pub vorgang: Uuid,
    pub dokument: DokumentWert,
    _dir: tempfile::TempDir,
}

pub async fn fall() -> Fall {
    let uhr = Uhr::at(ALT);
    let (house, dir) = house_on(Arc::new(MemoryLedger::new()), uhr.clone()).await;
    let mut f = fall_in(house, dir, uhr).await;
    f.settle().await;
    f
}

async fn fall_in(house: Arc<House>, dir: tempfile::TempDir, uhr: Arc<Uhr>) -> Fall {
    let c = call(Principal::anon(), "fall", Target::New);
    let vorgang = house.stream_for_new::<Vorgang>(&c.principal, &c.key).expect("stream");
    let dokument = uploaded(&house, vorgang).await;
    let antrag = antrag(&house, vorgang, &dokument);
    house.execute::<Vorgang>(c, antrag).await.expect("accepted");
    let process = Process::in_memory(house.clone());
    Fall { house, process, uhr, vorgang, dokument, _dir: dir }
}

async fn uploaded(house: &House, vorgang: Uuid) -> DokumentWert {
    let kek = house.vault.kek_for("antragsteller", vorgang).expect("key").kek;
    let pdf = bytes::Bytes::from_static(b"%PDF-1.7 Kanarienvogel");
    house.documents.put_bytes((kek.id, kek.key()), "application/pdf", pdf).await.expect("stored")
}

fn antrag(house: &House, vorgang: Uuid, dokument: &DokumentWert) -> VorgangCommand {
    let felder =
        [("name", "Kanarienvogel"), ("vornamen", "Erika"), ("strasse", "Am Markt"), ("kennzeichen", "PI-AB 123")];
    VorgangCommand::Submit {
        leistung: "bewohnerparken".into(),
        kanal: Kanal::Online,
        vertrauen: "ohne".into(),
        eingang_am: house.clock.now(),
        antragsteller: house.antragsteller(vorgang),
        felder: felder.iter().map(|(k, v)| ((*k).to_owned(), json!(v))).collect(),
        dokumente: vec![AntragDokument {
            unterlage: "sonstige".into(),
            dateiname: "Kanarienvogel.pdf".into(),
            dokument: dokument.clone(),
        }],
    }
}

impl Fall {
    pub async fn settle(&mut self) {
        self.process.settle().await.expect("settled");
    }

    pub async fn vermerk(&self, key: &str, text: &str) -> u64 {
        let c = call(clerk(9, &[Role::Leitung]), key, Target::Stream(self.vorgang));
        let command = VorgangCommand::WriteVermerk { text: text.into() };
        self.house.execute::<Vorgang>(c, command).await.expect("written").receipt.expect("receipt").index
    }

    async fn proposed(&self, key: &str, umfang: Umfang) -> Uuid {
        let v = Vorschlag {
            vorgang: self.vorgang,
            umfang,
            grund: Grund::Art17d,
            archiv: Some(Archiv::NichtAnbietungspflichtig),
            begruendung: "Antrag der Person".into(),
        };
        let who = clerk(1, &[Role::Leitung]);
        self.house.propose_erasure(who, format!("{key:-<20}"), v).await.expect("proposed").stream
    }

    pub async fn approved(&self, key: &str, umfang: Umfang) -> Uuid {
        let l = self.proposed(key, umfang).await;
        let c = call(clerk(2, &[Role::Datenschutz]), &format!("ja-{key}"), Target::Stream(l));
        self.house.execute::<Loeschung>(c, LoeschungCommand::Approve).await.expect("approved");
        l
    }

    /// Requested and carried out, but not confirmed.
    pub async fn erased(&self, key: &str, umfang: Umfang, kept: &[Aufbewahrt]) -> (Erasure, Ausgang) {
        let l = self.approved(key, umfang).await;
        let e = self.house.request_erasure(l).await.expect("requested");
        let out = self.house.erase_stored(&e, kept, None).await.expect("erased");
        (e, out)
    }

    pub async fn verify(&self) -> Report {
        let documents = Dokumentpruefung { store: &self.house.documents, vault: &self.house.vault };
        let given = Given {
            keys: Some(&*self.house.vault as &dyn KeySource),
            documents: Some(&documents as &dyn DocumentSource),
            ..Given::only(&self.house.log)
        };
        verify(&*self.house.ledger, given).await.expect("verified")
    }

    async fn verdict(&self) -> Verdict {
        let report = self.verify().await;
        assert!(report.violations.is_empty(), "{:?}", report.violations);
        report.verdict
    }

    /// Every value of the case's own stream that can still be read.
    pub async fn readable(&self) -> String {
        let history = self.house.history(self.vorgang).await.expect("history");
        history.iter().map(|r| serde_json::to_string(&r.data).expect("json")).collect()
    }
}

#[tokio::test]
async fn a_whole_case_is_gone_and_the_chain_still_verifies() {
    let f = fall().await;
    f.vermerk("v", "Kanarienvogel rief an").await;
    assert_eq!(f.verdict().await, Verdict::Valid);
    let head = f.house.ledger.head().await.expect("head");
    let (e, out) = f.erased("alles", Umfang::Vorgang, &[]).await;
    assert_eq!(out, Ausgang::Vernichtet);
    assert!(matches!(f.verdict().await, Verdict::Unverifiable(why) if why == "erasure pending"));
    f.house.confirm_erasure(&e).await.expect("confirmed");
    assert_eq!(f.verdict().await, Verdict::ValidErased(e.targets.len() as u64));
    assert!(!f.readable().await.contains("Kanarienvogel"));
    assert!(!f.house.documents.exists(f.dokument.reference).await.expect("asked"));
    let tree = f.house.ledger.head().await.expect("head");
    assert!(tree.size > head.size, "the erasure itself is in the log");
    let state = f.house.load::<Vorgang>(f.vorgang).await.expect("still folds").state;
    assert_eq!((state.felder.len(), state.aktenzeichen), (0, None));
    // The executed proposal's own reasoning is not part of what was erased.
    let known = f.house.erasures().await.expect("erasures");
    assert_eq!((known.len(), known[0].confirmed.is_some()), (1, true));
}

#[tokio::test]
async fn what_came_after_the_approval_was_approved_by_nobody_and_stays() {
    let f = fall().await;
    f.vermerk("v", "Kanarienvogel rief an").await;
    let l = f.approved("alles", Umfang::Vorgang).await;
    let later = f.vermerk("spaeter", "Zeisig rief an").await;
    let e = f.house.request_erasure(l).await.expect("requested");
    assert!(e.targets.iter().all(|t| t.idx < later), "{:?}", e.targets);
    assert_eq!(f.house.erase_stored(&e, &[], None).await.expect("erased"), Ausgang::Vernichtet);
    f.house.confirm_erasure(&e).await.expect("confirmed");
    assert_eq!(f.verdict().await, Verdict::ValidErased(e.targets.len() as u64));
    let left = f.readable().await;
    assert!(!left.contains("Kanarienvogel") && left.contains("Zeisig"));
}

#[tokio::test]
async fn the_request_names_two_persons_and_no_name() {
    let f = fall().await;
    let (e, _) = f.erased("alles", Umfang::Vorgang, &[]).await;
    let system = f.house.history(crate::ledger::ids::system_stream(&f.house.log)).await.expect("history");
    let r = system.iter().find(|r| r.index == e.idx).expect("request");
    assert_eq!(r.actor, Uuid::from_bytes([1; 16]).to_string());
    assert_eq!(r.reserved["/_zweite"], json!(Uuid::from_bytes([2; 16])));
    assert!(!serde_json::to_string(&r.data).expect("json").contains("Kanarienvogel"));
    assert_eq!(
        (r.data["reason"].as_str(), r.data["archive"].as_str()),
        (Some("art17-1d"), Some("nicht_anbietungspflichtig"))
    );
}

#[tokio::test]
async fn nothing_is_requested_without_another_persons_approval_and_a_request_is_written_once() {
    let f = fall().await;
    let l = f.proposed("vorschlag", Umfang::Vorgang).await;
    let no = f.house.request_erasure(l).await;
    assert!(matches!(no, Err(ExecuteError::Refused { code, .. }) if code == "nicht_genehmigt"));
    let own = call(clerk(1, &[Role::Datenschutz]), "selbst", Target::Stream(l));
    let no = f.house.execute::<Loeschung>(own, LoeschungCommand::Approve).await;
    assert!(matches!(no, Err(ExecuteError::Refused { code, .. }) if code == "vier_augen"));
    assert!(f.readable().await.contains("Kanarienvogel"));
    let l = f.approved("zwei", Umfang::Vorgang).await;
    let first = f.house.request_erasure(l).await.expect("requested");
    assert_eq!(f.house.request_erasure(l).await.expect("again"), first);
    assert_eq!(f.house.erasures().await.expect("erasures").len(), 1);
}

#[tokio::test]
async fn one_subject_goes_and_the_others_stay() {
    let f = fall().await;
    f.vermerk("v", "nur ein Vermerk").await;
    let (e, _) = f.erased("person", Umfang::Subjekt { rolle: "antragsteller".into() }, &[]).await;
    f.house.confirm_erasure(&e).await.expect("confirmed");
    assert_eq!(f.verdict().await, Verdict::ValidErased(e.targets.len() as u64));
    let left = f.readable().await;
    assert!(left.contains("nur ein Vermerk") && !left.contains("Kanarienvogel"));
    assert!(!f.house.documents.exists(f.dokument.reference).await.expect("asked"));
}

#[tokio::test]
async fn one_event_of_many_goes_and_the_others_are_sealed_anew() {
    let f = fall().await;
    let bad = f.vermerk("v1", "Kanarienvogel im Vermerk").await;
    f.vermerk("v2", "bleibt").await;
    let before = f.house.load::<Vorgang>(f.vorgang).await.expect("state").state;
    let keys = f.house.ledger.kek_uses_of(f.vorgang).await.expect("keys");
    let (e, out) = f.erased("teil", Umfang::Ereignisse { gruppen: vec![(bad, 1)] }, &[]).await;
    assert_eq!((out, e.targets.len()), (Ausgang::Vernichtet, 1));
    f.house.confirm_erasure(&e).await.expect("confirmed");
    assert_eq!(f.verdict().await, Verdict::ValidErased(1));
    let left = f.readable().await;
    assert!(left.contains("bleibt") && !left.contains("im Vermerk") && left.contains("Kanarienvogel.pdf"));
    let after = f.house.load::<Vorgang>(f.vorgang).await.expect("state").state;
    assert_eq!((before.felder, before.bescheinigung), (after.felder, after.bescheinigung));
    let now = f.house.ledger.kek_uses_of(f.vorgang).await.expect("keys");
    assert_eq!(now.len(), keys.len() + 1, "one new key for the subject");
    assert!(f.house.vault.kek(e.keks()[0]).expect("asked").is_none());
}

#[tokio::test]
async fn a_document_under_the_ending_key_moves_with_what_stays() {
    let mut f = fall().await;
    let c = call(
        Principal::buerger(f.house.antragsteller(f.vorgang), vec![f.vorgang]),
        "zurueck",
        Target::Stream(f.vorgang),
    );
    let command = VorgangCommand::Withdraw { grund: Some("Kanarienvogel zieht um".into()) };
    f.house.execute::<Vorgang>(c, command).await.expect("withdrawn");
    f.settle().await;
    let history = f.house.history(f.vorgang).await.expect("history");
    let bad = history.iter().find(|r| r.wire == "vorgang.withdrawn.v1").expect("withdrawn").index;
    let (e, _) = f.erased("teil", Umfang::Ereignisse { gruppen: vec![(bad, 1)] }, &[]).await;
    f.house.confirm_erasure(&e).await.expect("confirmed");
    let kek = f.house.documents.kek_id(f.dokument.reference).await.expect("stored");
    assert!(!e.keks().contains(&kek), "the upload lies under the new key");
    assert_eq!(f.verdict().await, Verdict::ValidErased(1));
}

#[tokio::test]
async fn a_document_stored_under_a_key_that_ends_is_asked_for_again() {
    let (house, _dir) = house_on(Arc::new(MemoryLedger::new()), Uhr::at(ALT)).await;
    let c = || call(Principal::anon(), "fall", Target::New);
    let vorgang = house.stream_for_new::<Vorgang>(&c().principal, &c().key).expect("stream");
    let early = uploaded(&house, vorgang).await;
    let kek = house.documents.kek_id(early.reference).await.expect("stored");
    house.vault.retire(&[kek]);
    let before = house.ledger.head().await.expect("head").size;
    let refused = house.execute::<Vorgang>(c(), antrag(&house, vorgang, &early)).await;
    assert!(matches!(refused, Err(ExecuteError::Pushback)), "{:?}", refused.err());
    assert_eq!(house.ledger.head().await.expect("head").size, before);
    let again = uploaded(&house, vorgang).await;
    house.execute::<Vorgang>(c(), antrag(&house, vorgang, &again)).await.expect("accepted");
}

#[tokio::test]
async fn the_key_of_a_part_waits_for_backups_that_still_need_it() {
    let f = fall().await;
    let bad = f.vermerk("v", "Kanarienvogel im Vermerk").await;
    let needs = Aufbewahrt { change: 0, lapses_at: "2026-11-20T00:00:00Z".parse().expect("time") };
    let gruppen = vec![(bad, 1)];
    let (e, out) = f.erased("teil", Umfang::Ereignisse { gruppen }, &[needs]).await;
    assert_eq!(out, Ausgang::Wartet { bis: needs.lapses_at });
    assert!(f.house.confirm_erasure(&e).await.is_err(), "not before the key is gone");
    assert!(!f.readable().await.contains("im Vermerk"), "the content is gone at once");
    assert!(matches!(f.verdict().await, Verdict::Unverifiable(why) if why == "erasure pending"));
    // A backup with the rows as they are now needs no old key.
    let newer = Aufbewahrt { change: 1_000, ..needs };
    assert!(f.house.vault.kek(e.keks()[0]).expect("asked").is_some());
    f.house.replay_erasures(&[]).await.expect("start-up does not hurry it");
    assert!(f.house.vault.kek(e.keks()[0]).expect("asked").is_some());
    let again = f.house.erase_stored(&e, &[needs, newer], None).await.expect("again");
    assert_eq!(again, Ausgang::Wartet { bis: needs.lapses_at });
    f.uhr.set("2026-11-20T00:00:00Z");
    let late = f.house.erase_stored(&e, &[needs, newer], None).await.expect("late");
    assert_eq!(late, Ausgang::Vernichtet);
    f.house.confirm_erasure(&e).await.expect("confirmed");
    assert_eq!(f.verdict().await, Verdict::ValidErased(1));
}

#[tokio::test]
async fn whatever_step_it_stops_after_it_is_finished_by_repeating() {
    for halt in &Schritt::ALLE[..4] {
        let f = fall().await;
        let bad = f.vermerk("v", "Kanarienvogel im Vermerk").await;
        for (n, umfang) in [Umfang::Ereignisse { gruppen: vec![(bad, 1)] }, Umfang::Vorgang].into_iter().enumerate() {
            let l = f.approved(&format!("alles{n}"), umfang).await;
            let e = f.house.request_erasure(l).await.expect("requested");
            let out = f.house.erase_stored(&e, &[], Some(*halt)).await.expect("stopped");
            assert_eq!(out, Ausgang::Angehalten);
            let open = f.verify().await;
            assert!(open.violations.is_empty(), "{halt:?}: {:?}", open.violations);
            let todo = f.house.replay_erasures(&[]).await.expect("resumed");
            assert_eq!(todo.iter().map(|t| t.idx).collect::<Vec<_>>(), [e.idx]);
            // Start-up does not know the backups; the pass that follows does.
            f.house.erase_stored(&e, &[], None).await.expect("resumed");
            f.house.confirm_erasure(&e).await.expect("confirmed");
            assert!(matches!(f.verdict().await, Verdict::ValidErased(_)), "{halt:?}");
        }
        assert!(!f.readable().await.contains("Kanarienvogel"), "{halt:?}");
    }
}

#[tokio::test]
async fn a_new_event_after_an_erasure_gets_a_new_key_also_after_a_restart() {
    let f = fall().await;
    let (e, _) = f.erased("alles", Umfang::Vorgang, &[]).await;
    f.house.confirm_erasure(&e).await.expect("confirmed");
    f.vermerk("danach", "nach der Löschung").await;
    let old = e.keks();
    let uses = f.house.ledger.kek_uses_of(f.vorgang).await.expect("keys");
    let new: Vec<u64> = uses.iter().map(|u| u.kek_id).filter(|id| !old.contains(id)).collect();
    assert_eq!(new.len(), 1);
    // What a start reads: every row, the destroyed keys' too.
    let all = f.house.ledger.kek_uses().await.expect("keys");
    f.house.vault.warm(&all);
    assert_eq!(f.house.vault.kek_for("verfahren", f.vorgang).expect("key").kek.id, new[0]);
    f.house.vault.confirm(&uses.iter().filter(|u| old.contains(&u.kek_id)).cloned().collect::<Vec<_>>());
    assert_eq!(f.house.vault.kek_for("verfahren", f.vorgang).expect("key").kek.id, new[0]);
    assert!(f.readable().await.contains("nach der Löschung"));
    assert_eq!(f.verdict().await, Verdict::ValidErased(e.targets.len() as u64));
}

#[tokio::test]
async fn typed_reasons_in_open_groups_go_with_the_case_and_revoked_codes_stay_revoked() {
    let f = fall().await;
    let c = call(clerk(9, &[Role::Leitung]), "code", Target::Stream(f.vorgang));
    let command = VorgangCommand::RevokeCode { grund: "Kanarienvogel hat ihn verloren".into() };
    f.house.execute::<Vorgang>(c, command).await.expect("revoked");
    let (e, _) = f.erased("alles", Umfang::Vorgang, &[]).await;
    assert!(e.has_open());
    f.house.ledger.vacuum().await.expect("rewritten");
    f.house.confirm_erasure(&e).await.expect("confirmed");
    assert!(!f.readable().await.contains("Kanarienvogel"));
    assert_eq!(f.house.load::<Vorgang>(f.vorgang).await.expect("folds").state.code_generation, 1);
    assert_eq!(f.verdict().await, Verdict::ValidErased(e.targets.len() as u64));
}

#[tokio::test]
async fn a_request_known_from_a_newer_copy_is_carried_out_on_an_older_one() {
    let f = fall().await;
    let l = f.approved("alles", Umfang::Vorgang).await;
    let newer = f.house.request_erasure(l).await.expect("requested");
    // The older copy: the same events, without the request.
    let ledger = Arc::new(MemoryLedger::new());
    let uhr = Uhr::at(ALT);
    let parts = HouseParts {
        stadt: f.house.stadt.clone(),
        ledger: Arc::new(MemoryLedger::new()),
        vault: f.house.vault.clone(),
        documents: f.house.documents.clone(),
        law: f.house.law.clone(),
        leistungen: (*f.house.leistungen()).clone(),
        clock: uhr,
    };
    drop(ledger);
    let old = Arc::new(House::new(parts).expect("house"));
    let all = f.house.ledger.read_all(0, 10_000).await.expect("events");
    let uses = f.house.ledger.kek_uses().await.expect("keys");
    for s in all.into_iter().filter(|s| s.index < newer.idx) {
        let header = crate::ledger::header::Header::parse(&s.header).expect("header");
        let prepared =
            crate::ledger::Prepared { seq: s.seq, header: s.header, event_hash: s.event_hash, groups: s.groups };
        let kek_uses = if s.index == 0 { uses.clone() } else { Vec::new() };
        let batch = crate::ledger::Append {
            stream: s.stream,
            expected: s.seq,
            prev: header.prev,
            events: vec![prepared],
            kek_uses,
        };
        old.ledger.append(batch).await.expect("copied");
    }
    let again = old.replay_erasures(std::slice::from_ref(&newer)).await.expect("replayed");
    assert_eq!((again.len(), &again[0].targets), (1, &newer.targets));
    let history = old.history(f.vorgang).await.expect("history");
    assert!(history.iter().all(|r| !serde_json::to_string(&r.data).expect("json").contains("Kanarienvogel")));
    assert!(!old.documents.exists(f.dokument.reference).await.expect("asked"));
    old.confirm_erasure(&again[0]).await.expect("confirmed");
    assert!(old.replay_erasures(std::slice::from_ref(&newer)).await.expect("twice").is_empty());
    assert_eq!(old.erasures().await.expect("erasures").len(), 1);
}

#[tokio::test]
async fn parts_of_another_case_or_without_free_text_are_refused() {
    let f = fall().await;
    let other = submitted(&f.house, "andere").await;
    let theirs = f.house.history(other).await.expect("history")[0].index;
    let own = f.house.history(f.vorgang).await.expect("history")[0].index;
    for part in [(theirs, 0), (theirs, 1), (own, 0), (own, 9), (9_999_999, 1)] {
        let v = Vorschlag {
            vorgang: f.vorgang,
            umfang: Umfang::Ereignisse { gruppen: vec![part] },
            grund: Grund::Gericht,
            archiv: Some(Archiv::Abgelehnt),
            begruendung: "Urteil".into(),
        };
        let who = clerk(1, &[Role::Leitung]);
        let no = f.house.propose_erasure(who, format!("nein-{}-{}--------", part.0, part.1), v).await;
        assert!(matches!(&no, Err(ExecuteError::Refused { code, .. }) if code == "kein_teil"), "{part:?} {no:?}");
    }
}
