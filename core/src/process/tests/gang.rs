//! Around a document, by the rules alone: what a new version lifts, what a Verfuegung sets and closes.

use super::*;
use crate::akte::{Dokument, DokumentCommand};
use crate::execute::AnyCommand;
use crate::geschaeftsgang::{
    Objekt, Objektart, Schritt, Schrittart, Stand, Umlauf, UmlaufCommand as U, Verfuegungsart, Wann, Wiedervorlage,
};
use crate::process::note_wiedervorlagen;

/// A document of an open case's Akte, in circulation for two co-signatures and a final one.
struct Mappe {
    s: Stadt,
    vorgang: Uuid,
    akte: Uuid,
    dokument: Uuid,
    umlauf: Uuid,
    n: u32,
}

impl Mappe {
    async fn neu() -> Self {
        let mut s = Stadt::neu().await;
        let vorgang = s.submit(|d| d.entscheidet()).await;
        let akte = s.state(vorgang).await.akte.expect("filed");
        let mut m = Mappe { s, vorgang, akte, dokument: Uuid::nil(), umlauf: Uuid::nil(), n: 0 };
        m.dokument = m.ablegen(b"erste Fassung").await;
        m.umlauf = m.beginnen(m.dokument).await.expect("begun");
        m
    }

    fn call(&mut self, n: u8, target: Target) -> crate::execute::Call {
        self.n += 1;
        call(clerk(n, &[Role::Sachbearbeitung]), &format!("gang{}", self.n), target)
    }

    async fn ablegen(&mut self, bytes: &[u8]) -> Uuid {
        let dokument = self.s.upload(self.vorgang, bytes).await;
        let command = DokumentCommand::Add {
            akte: self.akte,
            vorgang: Some(self.vorgang),
            richtung: "intern".into(),
            titel: "Vermerk".into(),
            dateiname: "vermerk.txt".into(),
            dokument,
        };
        let mut c = self.call(1, Target::New);
        c.corr = Some(self.vorgang);
        let done = self.s.house.execute::<Dokument>(c, command).await.expect("added");
        self.s.process.settle().await.expect("settled");
        done.stream
    }

    async fn beginnen(&mut self, dokument: Uuid) -> Result<Uuid, ExecuteError> {
        let d = self.s.house.load::<Dokument>(dokument).await.expect("there");
        let an = |ns: &[u8]| ns.iter().map(|n| Uuid::from_bytes([*n; 16])).collect();
        let command = U::Start {
            akte: self.akte,
            dokument,
            einheit: "ordnung".into(),
            version: d.state.version,
            digest: d.state.dokument.expect("there").digest,
            laufweg: vec![
                Schritt { art: Schrittart::Mz, an: an(&[2, 3]) },
                Schritt { art: Schrittart::Schlusszeichnung, an: an(&[4]) },
            ],
        };
        let mut c = self.call(1, Target::New);
        c.corr = Some(d.corr);
        let done = self.s.house.execute_numbered::<Umlauf>(c, &[dokument.to_string()], command).await?;
        Ok(done.stream)
    }

    async fn zeichnen(&mut self, n: u8, version: u32, digest: &str) -> Result<Done, ExecuteError> {
        let c = self.call(n, Target::Stream(self.umlauf));
        let command = U::Sign { version, digest: digest.into(), vermerk: String::new() };
        self.s.house.execute::<Umlauf>(c, command).await
    }

    async fn digest(&self) -> String {
        self.s.house.load::<Dokument>(self.dokument).await.expect("there").state.dokument.expect("there").digest
    }

    async fn neue_fassung(&mut self, n: u8) {
        let dokument = self.s.upload(self.vorgang, b"zweite Fassung").await;
        let c = self.call(n, Target::Stream(self.dokument));
        let command = DokumentCommand::AddVersion { dokument, grund: "Betrag berichtigt".into() };
        self.s.house.execute::<Dokument>(c, command).await.expect("new version");
    }

    async fn lauf(&self) -> Umlauf {
        self.s.house.load::<Umlauf>(self.umlauf).await.expect("there").state
    }

    async fn zaehle(&self, wire: &str) -> usize {
        let alle = self.s.house.history(self.umlauf).await.expect("history");
        alle.iter().filter(|r| r.wire == wire).count()
    }
}

#[tokio::test]
async fn a_new_version_lifts_the_signatures_once_however_often_process_begins_again() {
    let mut m = Mappe::neu().await;
    let eins = m.digest().await;
    m.zeichnen(2, 1, &eins).await.expect("co-signed");
    m.neue_fassung(1).await;
    let alt = m.zeichnen(3, 1, &eins).await;
    let Err(ExecuteError::Refused { code, text }) = alt else { panic!("{alt:?}") };
    assert!(code == "andere_fassung" && text.contains("Fassung 2") && text.contains("Betrag berichtigt"), "{text}");
    m.s.process.settle().await.expect("settled");
    Process::in_memory(m.s.house.clone()).settle().await.expect("from the beginning");
    assert_eq!(m.zaehle("umlauf.zeichnung_voided_by_change.v1").await, 1);
    let u = m.lauf().await;
    assert_eq!((u.version, u.erledigt.len(), u.aufgehoben.len(), u.stand()), (2, 0, 1, Stand::Laeuft));
    let zwei = m.digest().await;
    m.zeichnen(3, 2, &zwei).await.expect("the new version");
}

#[tokio::test]
async fn the_position_of_a_signature_is_the_event_that_made_its_version() {
    let mut m = Mappe::neu().await;
    m.neue_fassung(1).await;
    m.s.process.settle().await.expect("settled");
    let digest = m.digest().await;
    m.zeichnen(2, 2, &digest).await.expect("co-signed");
    let u = m.lauf().await;
    let position = u.erledigt[0].position.expect("bound");
    let r = &m.s.house.history(m.dokument).await.expect("history")[position as usize];
    assert_eq!((r.wire.as_str(), r.seq), ("dokument.version_added.v1", position));
}

#[tokio::test]
async fn a_document_has_one_open_run_at_a_time_and_a_repeated_key_finds_its_own() {
    let mut m = Mappe::neu().await;
    let zweiter = m.beginnen(m.dokument).await;
    assert!(matches!(&zweiter, Err(ExecuteError::Refused { code, .. }) if code == "laeuft_schon"), "{zweiter:?}");
    m.n = 1; // the key of the first start
    let (dokument, umlauf) = (m.dokument, m.umlauf);
    assert_eq!(m.beginnen(dokument).await, Ok(umlauf));
    assert_eq!(m.s.house.umlaeufe(dokument).await.expect("runs").len(), 1);
}

#[tokio::test]
async fn a_verfuegung_wv_sets_the_wiedervorlage_of_the_document_and_the_days_work_notes_it_once() {
    let mut m = Mappe::neu().await;
    let c = m.call(1, Target::Stream(m.umlauf));
    let command = U::Verfuegen {
        art: Verfuegungsart::Wv,
        adressat: Some(Uuid::from_bytes([2; 16])),
        termin: Some(Wann::Tage(14)),
        text: "Antwort da?".into(),
    };
    m.s.house.execute_any(c, AnyCommand::Umlauf(command)).await.expect("ordered");
    m.s.process.settle().await.expect("settled");
    Process::in_memory(m.s.house.clone()).settle().await.expect("from the beginning");
    let parts = Objekt::neu(Objektart::Dokument, m.dokument).schluessel();
    let wv = m.s.house.numbered::<Wiedervorlage>(&parts).await.expect("there");
    let [w] = &wv[..] else { panic!("{wv:?}") };
    assert_eq!((w.state.faellig, w.corr), (Some("2026-12-07".parse().expect("day")), m.vorgang));
    assert_eq!(note_wiedervorlagen(&m.s.house, &[w.stream]).await, Ok((0, 0)));
    m.s.uhr.set("2026-12-07T05:00:00Z");
    let (one, two) = ([w.stream], [w.stream]);
    let (a, b) = tokio::join!(note_wiedervorlagen(&m.s.house, &one), note_wiedervorlagen(&m.s.house, &two));
    assert_eq!((a.expect("run").0 + b.expect("run").0), 1, "two nodes at the same time");
    m.s.uhr.set("2026-12-10T05:00:00Z");
    assert_eq!(note_wiedervorlagen(&m.s.house, &[w.stream]).await, Ok((0, 1)), "three working days later");
    assert_eq!(note_wiedervorlagen(&m.s.house, &[w.stream]).await, Ok((0, 0)));
}

#[tokio::test]
async fn a_wiedervorlage_ordered_before_a_standstill_comes_the_day_after_it() {
    let mut m = Mappe::neu().await;
    let c = m.call(1, Target::Stream(m.umlauf));
    let command = U::Verfuegen {
        art: Verfuegungsart::Wv,
        adressat: Some(Uuid::from_bytes([2; 16])),
        termin: Some(Wann::Tage(2)),
        text: String::new(),
    };
    m.s.house.execute_any(c, AnyCommand::Umlauf(command)).await.expect("ordered");
    m.s.uhr.set("2026-12-09T08:00:00Z");
    m.s.process.settle().await.expect("settled");
    let parts = Objekt::neu(Objektart::Dokument, m.dokument).schluessel();
    let wv = m.s.house.numbered::<Wiedervorlage>(&parts).await.expect("there");
    assert_eq!(wv.first().and_then(|w| w.state.faellig), Some("2026-12-10".parse().expect("day")));
}

#[tokio::test]
async fn zda_of_a_file_lists_case_run_wiedervorlage_and_task_that_are_open() {
    let mut m = Mappe::neu().await;
    let c = m.call(1, Target::Stream(m.umlauf));
    let zda = U::Verfuegen { art: Verfuegungsart::Zda, adressat: None, termin: None, text: String::new() };
    let refused = m.s.house.execute::<Umlauf>(c, zda).await;
    let Err(ExecuteError::Refused { code, text }) = refused else { panic!("{refused:?}") };
    assert_eq!(code, "offene_punkte");
    for offen in ["ist noch nicht zu den Akten verfügt", "Frist ", "Geschäftsgang zu „Vermerk“"] {
        assert!(text.contains(offen), "{offen}: {text}");
    }
    let c = Principal::konto(Uuid::from_bytes([9; 16]), vec![Role::Registratur], "registratur");
    let close = call(c, "schliessen", Target::Stream(m.akte));
    let closed =
        m.s.house
            .execute::<Akte>(close, {
                let beginn = crate::akte::Beginn { ereignis: "zda".into(), am: None };
                crate::akte::AkteCommand::Close { dauer: crate::akte::Dauer::Jahre { jahre: 5 }, beginn }
            })
            .await;
    assert!(matches!(&closed, Err(ExecuteError::Refused { code, .. }) if code == "offene_punkte"), "{closed:?}");
    assert!(!m.s.akte(m.vorgang).await.geschlossen);
}
