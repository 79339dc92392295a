//! A ledger moved in memory: the same in every part, followed while it changes, refused where it does not fit.

use super::*;
use akte_core::ledger::conformance::sample::{Probe, kek_use, open, sealed};
use akte_core::ledger::engine::MemoryLedger;
use akte_core::ledger::note::NoteSigner;

/// The log the sample events name.
const LOG: &str = "example.org/akte/2026";
const NICHTS: Melden<'static> = &|_, _| {};

/// A source that is written and signed.
struct Quelle {
    ledger: MemoryLedger,
    probes: Vec<Probe>,
    key: NoteSigner,
}

impl Quelle {
    fn new() -> Self {
        let key = NoteSigner::new(LOG, &[3; 32]).expect("key");
        Self { ledger: MemoryLedger::new(), probes: (1..=3).map(Probe::new).collect(), key }
    }

    /// Each stream grows by some events sealed under its own key; then a checkpoint.
    async fn wachsen(&mut self, tag: u64) {
        for (n, probe) in self.probes.iter_mut().enumerate() {
            let kek = n as u64 + 1;
            let groups =
                |seq: u64| vec![open(vec![0, 1, 2]), sealed(1, kek, format!("{tag} {kek} {seq}").into_bytes())];
            let mut batch = probe.batch_of(4, tag, &groups);
            batch.kek_uses = vec![kek_use(kek, &format!("subjekt {kek}"))];
            probe.advance(&batch);
            self.ledger.append(batch).await.expect("stored");
        }
        let Head { size, root } = self.ledger.head().await.expect("head");
        self.ledger.put_checkpoint(size, &self.note(size, root)).await.expect("stored");
    }

    fn note(&self, size: u64, root: [u8; 32]) -> String {
        self.key.sign(&Checkpoint { origin: LOG.into(), size, root }.text()).expect("signed")
    }
}

async fn ziehen(von: &dyn Ledger, nach: &dyn Ledger, schritt: u64) -> anyhow::Result<(Bilanz, bool)> {
    let (mut umzug, mut bilanz) = (Umzug::new(von, nach, schritt).await?, Bilanz::default());
    umzug.vergleichen_anfang().await?;
    umzug.aufholen(&mut bilanz, NICHTS).await?;
    let nachgeholt = umzug.abgleichen(&mut bilanz, NICHTS).await?;
    assert!(umzug.gleich().await?);
    Ok((bilanz, nachgeholt))
}

/// Everything a ledger holds; without change numbers, which an engine gives itself when it seals anew.
async fn inhalt(ledger: &dyn Ledger) -> (Vec<Stored>, Vec<KekUse>, Vec<(u64, String)>) {
    let mut events = ledger.read_all(0, usize::MAX).await.expect("events");
    events.iter_mut().flat_map(|e| &mut e.groups).for_each(|g| g.change = 0);
    let mut notes = Vec::new();
    let mut max = Some(u64::MAX);
    while let Some((size, note)) = ledger.get_checkpoint(max.unwrap_or(0)).await.expect("note") {
        max = size.checked_sub(1);
        notes.push((size, note));
    }
    (events, ledger.kek_uses().await.expect("uses"), notes)
}

async fn gesagt(von: &dyn Ledger, nach: &dyn Ledger) -> String {
    let before = inhalt(nach).await;
    let said = format!("{:#}", ziehen(von, nach, 5).await.expect_err("refused"));
    assert!(inhalt(nach).await == before, "a refused target stays as it was");
    said
}

#[tokio::test]
async fn events_groups_key_uses_and_checkpoints_come_out_the_same_whatever_the_step() {
    for schritt in [1, 5, 1_000] {
        let (mut quelle, ziel) = (Quelle::new(), MemoryLedger::new());
        quelle.wachsen(1).await;
        quelle.wachsen(2).await;
        let (bilanz, nachgeholt) = ziehen(&quelle.ledger, &ziel, schritt).await.expect("moved");
        assert_eq!((bilanz.ereignisse, bilanz.checkpoints, nachgeholt), (24, 2, false));
        assert!(inhalt(&ziel).await == inhalt(&quelle.ledger).await);
        assert_eq!(inhalt(&ziel).await.2.len(), 2);
        // Once more there is nothing to do; grown meanwhile, it goes on where it was.
        assert_eq!(ziehen(&quelle.ledger, &ziel, schritt).await.expect("again").0, Bilanz::default());
        quelle.wachsen(3).await;
        let (bilanz, _) = ziehen(&quelle.ledger, &ziel, schritt).await.expect("followed");
        assert_eq!((bilanz.ereignisse, bilanz.checkpoints), (12, 1));
        assert!(inhalt(&ziel).await == inhalt(&quelle.ledger).await);
    }
}

#[tokio::test]
async fn what_is_erased_sealed_or_signed_anew_meanwhile_is_followed() {
    let (mut quelle, ziel) = (Quelle::new(), MemoryLedger::new());
    quelle.wachsen(1).await;
    ziehen(&quelle.ledger, &ziel, 5).await.expect("moved");
    assert_eq!(quelle.ledger.erase_groups(&[(0, 1), (7, 1)]).await.expect("erased"), 2);
    let neu = (sealed(1, 9, b"neu".to_vec()), Some(kek_use(9, "subjekt 1")));
    quelle.ledger.reseal(2, neu.0, neu.1).await.expect("sealed anew");
    let head = quelle.ledger.head().await.expect("head");
    let zweite = NoteSigner::new(LOG, &[4; 32]).expect("key");
    let note = quelle.note(head.size, head.root);
    let both = note.clone() + &zweite.signature_line(&Note::parse(&note).expect("note").text);
    quelle.ledger.put_checkpoint(head.size, &both).await.expect("signed by both");
    let (bilanz, nachgeholt) = ziehen(&quelle.ledger, &ziel, 5).await.expect("followed");
    assert_eq!(bilanz, Bilanz { ereignisse: 0, checkpoints: 1, geloescht: 2, neu_versiegelt: 1 });
    assert!(nachgeholt && inhalt(&ziel).await == inhalt(&quelle.ledger).await);
    assert!(!ziehen(&quelle.ledger, &ziel, 5).await.expect("again").1);
}

#[tokio::test]
async fn a_key_that_seals_nothing_any_more_is_moved_as_well() {
    let (mut quelle, ziel) = (Quelle::new(), MemoryLedger::new());
    quelle.wachsen(1).await;
    quelle.ledger.import(&[], &[kek_use(77, "niemand")]).await.expect("stored");
    let alle: Vec<(u64, u8)> = (0..12).map(|index| (index, 1)).collect();
    quelle.ledger.erase_groups(&alle).await.expect("erased");
    ziehen(&quelle.ledger, &ziel, 5).await.expect("moved");
    assert_eq!(ziel.kek_uses().await.expect("uses").len(), 4);
    assert!(inhalt(&ziel).await == inhalt(&quelle.ledger).await);
}

#[tokio::test]
async fn a_target_that_is_no_beginning_of_the_source_is_refused_unchanged() {
    let (mut quelle, mut andere) = (Quelle::new(), Quelle::new());
    quelle.wachsen(1).await;
    andere.wachsen(2).await;
    assert!(gesagt(&quelle.ledger, &andere.ledger).await.contains("ein anderer Verlauf"));
    quelle.wachsen(3).await;
    assert!(gesagt(&quelle.ledger, &andere.ledger).await.contains("ein anderer Verlauf"));
    let (kurz, lang) = (&andere.ledger, &quelle.ledger);
    assert!(gesagt(kurz, lang).await.contains("die Quelle nur 12"));
}

#[tokio::test]
async fn a_target_that_lost_a_group_or_has_a_checkpoint_too_many_is_refused() {
    let (mut quelle, ziel) = (Quelle::new(), MemoryLedger::new());
    quelle.wachsen(1).await;
    ziehen(&quelle.ledger, &ziel, 5).await.expect("moved");
    let root = Nodes::new(&ziel, 12).root(3).await.expect("root");
    ziel.put_checkpoint(3, &quelle.note(3, root)).await.expect("stored");
    assert!(gesagt(&quelle.ledger, &ziel).await.contains("Die Checkpoints des Ziels sind nicht die der Quelle"));
    ziel.erase_groups(&[(4, 1)]).await.expect("lost");
    assert!(gesagt(&quelle.ledger, &ziel).await.contains("Teil 1 von Ereignis 4 fehlt im Ziel"));
}

#[tokio::test]
async fn a_checkpoint_that_is_not_of_these_events_is_not_moved() {
    let (mut quelle, ziel) = (Quelle::new(), MemoryLedger::new());
    quelle.wachsen(1).await;
    quelle.ledger.put_checkpoint(5, &quelle.note(5, [7; 32])).await.expect("stored");
    let said = format!("{:#}", ziehen(&quelle.ledger, &ziel, 5).await.expect_err("refused"));
    assert!(said.contains("Der Checkpoint 5 der Quelle passt nicht"), "{said}");
    assert_eq!(ziel.get_checkpoint(u64::MAX).await.expect("none"), None);
}
