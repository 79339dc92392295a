//! What the post book holds of a case ends with the case, and only with the last one of its Akte.

use super::erase::{Fall, fall};
use super::*;
use crate::akte::event::{Bewertung, Position};
use crate::akte::{Akte, AkteCommand, Aktenplan, AktenplanCommand, Dokument, DokumentCommand, Sperrzweck, Teil};
use crate::eingang::{Aufnahme, Eingang, EingangCommand, Herkunft, Kanal as Weg, Pruefung};
use crate::geschaeftsgang::{Objekt, Objektart, Wann, Wiedervorlage, WiedervorlageCommand};
use crate::loeschung::Umfang;
use crate::process::{Ablage, zuordnen};

impl Fall {
    pub async fn seine_akte(&self) -> Uuid {
        self.house.load::<Vorgang>(self.vorgang).await.expect("case").state.akte.expect("filed")
    }

    pub async fn akte_ohne_vorgang(&mut self, key: &str) -> Uuid {
        let open = AkteCommand::Open {
            aktenplan: "32.21".into(),
            einheit: "ordnung".into(),
            vorgang: None,
            titel: "Anfragen Kanarienvogel".into(),
        };
        let c = call(Principal::process(), key, Target::New);
        let akte = self.house.execute::<Akte>(c, open).await.expect("opened").stream;
        self.settle().await;
        akte
    }

    /// A letter with a scan in the post book; with the reference of the scan.
    pub async fn erfasst(&mut self, key: &str) -> (Uuid, Uuid) {
        let c = call(Principal::process(), key, Target::New);
        let eingang = self.house.stream_for_new::<Eingang>(&c.principal, &c.key).expect("stream");
        let pdf = format!("%PDF-1.7 Brief {key}").into_bytes();
        let wert = self.house.put_derived("verfahren", eingang, "application/pdf", pdf, key).await.expect("stored");
        let aufnahme = Aufnahme {
            kanal: Weg::Brief,
            einheit: "ordnung".into(),
            original_hash: None,
            received_at: self.house.clock.now(),
            pruefung: Pruefung::Ohne,
            absender: Some("Kanarienvogel, Erika".into()),
            betreff: Some("Sache Kanarienvogel".into()),
            dateiname: Some("Kanarienvogel.pdf".into()),
            dokument: Some(wert.clone()),
        };
        let record = EingangCommand::Record { aufnahme: Box::new(aufnahme), herkunft: Herkunft::Hand };
        self.house.execute::<Eingang>(c, record).await.expect("recorded");
        (eingang, wert.reference)
    }

    /// The same, assigned to this Akte and filed there.
    pub async fn brief(&mut self, key: &str, akte: Uuid) -> (Uuid, Uuid) {
        let (eingang, scan) = self.erfasst(key).await;
        self.zugeordnet(key, eingang, akte).await;
        (eingang, scan)
    }

    async fn zugeordnet(&mut self, key: &str, eingang: Uuid, akte: Uuid) {
        let c = call(clerk(9, &[Role::Leitung]), &format!("zu-{key}"), Target::Stream(eingang));
        zuordnen(&self.house, c, Ablage::Akte(akte)).await.expect("assigned");
        self.settle().await;
    }

    pub async fn aktenplan(&self) {
        let position = Position {
            kennung: "32.21".into(),
            titel: "Probe".into(),
            aufbewahrung_jahre: Some(5),
            bewertung: Bewertung::V,
            valid_from: jiff::civil::date(2026, 1, 1),
        };
        let command = AktenplanCommand::Import { format: "probe".into(), positionen: vec![position] };
        let c = call(Principal::system(), "aktenplan", Target::Natural(vec!["aktenplan".into()]));
        self.house.execute::<Aktenplan>(c, command).await.expect("imported");
    }

    pub async fn lesbar(&self, stream: Uuid) -> bool {
        let history = self.house.history(stream).await.expect("history");
        history.iter().any(|r| serde_json::to_string(&r.data).expect("json").contains("Kanarienvogel"))
    }

    pub async fn da(&self, reference: Uuid) -> bool {
        self.house.documents.exists(reference).await.expect("asked")
    }

    /// A document of another Vorgang, filed in this Akte: its reference.
    async fn fremdes_dokument(&mut self, akte: Uuid) -> Uuid {
        let vorgang = submitted(&self.house, "zweiter-fall").await;
        let pdf = b"%PDF-1.7 des anderen".to_vec();
        let wert = self.house.put_derived("verfahren", vorgang, "application/pdf", pdf, "x").await.expect("stored");
        let add = DokumentCommand::Add {
            akte,
            vorgang: Some(vorgang),
            richtung: "eingang".into(),
            titel: "Unterlage".into(),
            dateiname: "unterlage.pdf".into(),
            dokument: wert.clone(),
        };
        let corr = Some(self.house.load::<Akte>(akte).await.expect("file").corr);
        let c = Call { corr, ..call(Principal::process(), "fremdes-dokument", Target::New) };
        self.house.execute::<Dokument>(c, add).await.expect("filed");
        self.settle().await;
        let vorgaenge = self.house.load::<Akte>(akte).await.expect("file").state.vorgaenge();
        assert!(vorgaenge.contains(&vorgang), "the Akte knows the second case");
        wert.reference
    }
}

#[tokio::test]
async fn with_a_case_goes_what_the_post_book_holds_of_it_and_nothing_of_another_file() {
    let mut f = fall().await;
    let akte = f.seine_akte().await;
    let (eingang, scan) = f.brief("post-eins", akte).await;
    let andere = f.akte_ohne_vorgang("andere-akte").await;
    let (fremd, bleibt) = f.brief("post-zwei", andere).await;
    assert!(f.lesbar(eingang).await && f.lesbar(fremd).await);
    let (e, _) = f.erased("alles", Umfang::Vorgang, &[]).await;
    f.house.confirm_erasure(&e).await.expect("confirmed");
    assert!(!f.lesbar(eingang).await && !f.readable().await.contains("Kanarienvogel"));
    assert!(f.lesbar(fremd).await);
    assert!(!f.da(scan).await && f.da(bleibt).await);
    assert!(f.verify().await.violations.is_empty());
    for used in f.house.ledger.kek_uses_of(eingang).await.expect("keys") {
        assert!(f.house.vault.kek(used.kek_id).expect("asked").is_none(), "the entry's own key has ended");
    }
    let s = f.house.load::<Eingang>(eingang).await.expect("still folds").state;
    assert_eq!((s.absender, s.betreff, s.akte), (None, None, Some(akte)));
}

#[tokio::test]
async fn what_goes_of_one_person_takes_nothing_from_the_post_book() {
    let mut f = fall().await;
    let akte = f.seine_akte().await;
    let (eingang, scan) = f.brief("post-eins", akte).await;
    let (e, _) = f.erased("person", Umfang::Subjekt { rolle: "antragsteller".into() }, &[]).await;
    f.house.confirm_erasure(&e).await.expect("confirmed");
    assert!(f.lesbar(eingang).await && f.da(scan).await);
}

#[tokio::test]
async fn where_another_case_of_the_file_stays_nothing_goes_from_the_post_book() {
    let mut f = fall().await;
    let akte = f.seine_akte().await;
    let (eingang, scan) = f.brief("post-eins", akte).await;
    f.fremdes_dokument(akte).await;
    let (e, _) = f.erased("alles", Umfang::Vorgang, &[]).await;
    f.house.confirm_erasure(&e).await.expect("confirmed");
    assert!(!f.readable().await.contains("Kanarienvogel"));
    assert!(f.lesbar(eingang).await && f.da(scan).await, "nobody can say whose the letter is");
    assert!(f.verify().await.violations.is_empty());
}

#[tokio::test]
async fn the_upload_of_a_case_that_stays_is_not_destroyed_with_the_case_that_founded_the_file() {
    let mut f = fall().await;
    let akte = f.seine_akte().await;
    let unterlage = f.fremdes_dokument(akte).await;
    let (e, _) = f.erased("alles", Umfang::Vorgang, &[]).await;
    f.house.confirm_erasure(&e).await.expect("confirmed");
    assert!(f.da(unterlage).await);
    assert!(f.verify().await.violations.is_empty());
}

#[tokio::test]
async fn a_hold_on_a_letter_holds_the_case_whose_end_would_take_it() {
    let mut f = fall().await;
    let akte = f.seine_akte().await;
    let (eingang, scan) = f.brief("post-eins", akte).await;
    let dokument = *f.house.load::<Akte>(akte).await.expect("file").state.dokumente.last().expect("filed");
    let scope = Teil::Dokument(dokument);
    let command = AkteCommand::SetSperre { scope, zweck: Sperrzweck::Rechtsstreit, grund: "Klage".into() };
    let c = call(clerk(1, &[Role::Leitung]), "sperre", Target::Stream(akte));
    f.house.execute::<Akte>(c, command).await.expect("held");
    let l = f.approved("alles", Umfang::Vorgang).await;
    let no = f.house.request_erasure(l).await;
    assert!(matches!(&no, Err(ExecuteError::Refused { code, .. }) if code == "nicht_freigegeben"), "{no:?}");
    assert!(f.lesbar(eingang).await && f.da(scan).await);
}

#[tokio::test]
async fn what_was_assigned_after_the_approval_stays() {
    let mut f = fall().await;
    let akte = f.seine_akte().await;
    let (eingang, scan) = f.erfasst("frueh").await;
    let l = f.approved("alles", Umfang::Vorgang).await;
    f.zugeordnet("spaet", eingang, akte).await;
    let e = f.house.request_erasure(l).await.expect("requested");
    f.house.erase_stored(&e, &[], None).await.expect("erased");
    f.house.confirm_erasure(&e).await.expect("confirmed");
    assert!(f.lesbar(eingang).await && f.da(scan).await);
    assert!(f.verify().await.violations.is_empty());
}

#[tokio::test]
async fn a_letter_that_was_moved_to_another_file_stays_there() {
    let mut f = fall().await;
    let akte = f.seine_akte().await;
    let (eingang, scan) = f.brief("post-eins", akte).await;
    let andere = f.akte_ohne_vorgang("andere-akte").await;
    let dokument = *f.house.load::<Akte>(akte).await.expect("file").state.dokumente.last().expect("filed");
    let grund = "gehört nicht hierher".into();
    let command = AkteCommand::MoveDokument { dokument, nach: andere, selbst: Some(akte), grund };
    let c = call(clerk(9, &[Role::Leitung]), "umlegen", Target::Stream(akte));
    f.house.execute::<Akte>(c, command).await.expect("moved");
    f.settle().await;
    let dort = f.house.load::<Akte>(andere).await.expect("file").state.dokumente[0];
    let (e, _) = f.erased("alles", Umfang::Vorgang, &[]).await;
    f.house.confirm_erasure(&e).await.expect("confirmed");
    assert!(!f.lesbar(eingang).await && !f.da(scan).await);
    let copy = f.house.load::<Dokument>(dort).await.expect("there").state;
    assert_eq!(copy.dateiname.as_deref(), Some("Kanarienvogel.pdf"));
    assert!(f.da(copy.dokument.expect("readable").reference).await);
    assert!(f.verify().await.violations.is_empty());
}

#[tokio::test]
async fn a_letter_goes_whatever_step_the_erasure_stops_after_and_what_came_to_it_later_is_sealed_anew() {
    for halt in &Schritt::ALLE[..4] {
        let mut f = fall().await;
        let akte = f.seine_akte().await;
        let (eingang, scan) = f.brief("post-eins", akte).await;
        let l = f.approved("alles", Umfang::Vorgang).await;
        // Nobody approved that this ends: it shares the key of the entry.
        let objekt = Objekt::neu(Objektart::Eingang, eingang);
        let command = WiedervorlageCommand::Set {
            objekt,
            einheit: "ordnung".into(),
            konto: Uuid::from_bytes([9; 16]),
            wann: Wann::Tage(7),
            grund: "Zeisig fragen".into(),
            verfuegung: None,
        };
        let c = Call { corr: Some(eingang), ..call(clerk(9, &[Role::Leitung]), "wv", Target::New) };
        let wv = f.house.execute_numbered::<Wiedervorlage>(c, &objekt.schluessel(), command).await.expect("set").stream;
        let e = f.house.request_erasure(l).await.expect("requested");
        let out = f.house.erase_stored(&e, &[], Some(*halt)).await.expect("stopped");
        assert_eq!(out, Ausgang::Angehalten);
        assert_eq!(f.house.request_erasure(l).await.expect("again"), e, "a repetition names the same");
        f.house.replay_erasures(&[]).await.expect("resumed");
        f.house.erase_stored(&e, &[], None).await.expect("resumed");
        f.house.confirm_erasure(&e).await.expect("confirmed");
        assert!(!f.lesbar(eingang).await && !f.da(scan).await, "{halt:?}");
        let left = f.house.history(wv).await.expect("history");
        let left: String = left.iter().map(|r| serde_json::to_string(&r.data).expect("json")).collect();
        assert!(left.contains("Zeisig"), "{halt:?}: {left}");
        assert!(f.verify().await.violations.is_empty(), "{halt:?}");
    }
}
