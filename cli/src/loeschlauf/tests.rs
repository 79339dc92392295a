//! Interrupted after every step and opened anew, an erasure is finished by the next pass.

use super::*;
use crate::wire::{self, SystemClock};
use crate::{demo, start, verify};
use akte_core::eingang::{Aufnahme, Eingang, EingangCommand, Herkunft, Kanal, Pruefung};
use akte_core::execute::{Call, Principal, Target, Vorschlag};
use akte_core::kernel::Role;
use akte_core::ledger::verify::Verdict;
use akte_core::loeschung::{Archiv, Grund, Loeschung, LoeschungCommand, Umfang};
use akte_core::process::{Ablage, Process, zuordnen};
use akte_core::verfahren::{Vorgang, VorgangCommand};
use akte_projections::rows::PostbuchFilter;
use std::path::Path;

const NAME: &str = "Kanarienvogel-7f31c0";

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("made");
    for entry in std::fs::read_dir(from).expect("read").map(|e| e.expect("entry")) {
        let target = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &target),
            false => std::fs::copy(entry.path(), target).map(|_| ()).expect("copied"),
        }
    }
}

fn holding(folder: &Path, needle: &[u8]) -> Vec<String> {
    let (mut out, mut todo) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(dir) = todo.pop() {
        for path in std::fs::read_dir(dir).expect("read").map(|e| e.expect("entry").path()) {
            if path.is_dir() {
                todo.push(path);
            } else if std::fs::read(&path).expect("read").windows(needle.len()).any(|w| w == needle) {
                out.push(path.display().to_string());
            }
        }
    }
    out
}

fn clerk(n: u8, rolle: Role) -> Principal {
    Principal::konto(Uuid::from_bytes([n; 16]), vec![rolle], "ordnung")
}

fn call(who: Principal, key: &str, stream: Uuid) -> Call {
    let request = Some(serde_json::json!({ "key": key }));
    Call {
        principal: who,
        key: format!("{key:-<20}"),
        target: Target::Stream(stream),
        expected: None,
        request,
        corr: None,
    }
}

/// A founded town with one case that names the bird, its views built, its erasure approved.
async fn town() -> (tempfile::TempDir, Uuid) {
    let dir = tempfile::tempdir().expect("dir");
    let toml = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/towns/neustadt-am-test/stadt.toml");
    let toml = std::fs::read_to_string(toml).expect("read");
    let folder = Folder::create(&dir.path().join("stadt")).expect("folder");
    let wired = start::found(folder, &toml, Arc::new(SystemClock)).await.expect("founded");
    let house = &wired.house;
    let anon = Principal::anon();
    let key = "kanarienvogel-antrag";
    let vorgang = house.stream_for_new::<Vorgang>(&anon, key).expect("stream");
    let command = demo::probe_antrag(house, vorgang).await.expect("application");
    let submit = Call { target: Target::New, key: key.into(), ..call(anon, key, vorgang) };
    house.execute::<Vorgang>(submit, command).await.expect("submitted");
    let einheit = house.load::<Vorgang>(vorgang).await.expect("case").state.einheit;
    let head = Principal { einheit: Some(einheit), ..clerk(1, Role::Leitung) };
    let vermerk = VorgangCommand::WriteVermerk { text: format!("{NAME} rief an") };
    house.execute::<Vorgang>(call(head.clone(), "vermerk", vorgang), vermerk).await.expect("noted");
    let revoke = VorgangCommand::RevokeCode { grund: format!("{NAME} hat ihn verloren") };
    house.execute::<Vorgang>(call(head.clone(), "code", vorgang), revoke).await.expect("revoked");
    Process::in_memory(wired.house.clone()).settle().await.expect("settled");
    letter(house, &head, vorgang).await;
    let vorschlag = Vorschlag {
        vorgang,
        umfang: Umfang::Vorgang,
        grund: Grund::Art17d,
        archiv: Some(Archiv::NichtAnbietungspflichtig),
        begruendung: "Antrag der Person".into(),
    };
    let l = house.propose_erasure(head, "vorschlag-vorschlag".into(), vorschlag).await.expect("proposed").stream;
    let yes = call(clerk(2, Role::Datenschutz), "genehmigt", l);
    house.execute::<Loeschung>(yes, LoeschungCommand::Approve).await.expect("approved");
    let umfeld = Umfeld::oeffnen(&wired).await.expect("views");
    let draft = umfeld.local.entwurf_sichern([1; 32], NAME.into(), vorgang, 0, i64::MAX);
    draft.await.expect("draft");
    (dir, l)
}

/// A letter of the bird in the post book, filed with the case.
async fn letter(house: &Arc<House>, head: &Principal, vorgang: Uuid) {
    let akte = house.load::<Vorgang>(vorgang).await.expect("case").state.akte.expect("filed");
    let (who, key) = (Principal::process(), "kanarienvogel-brief-");
    let eingang = house.stream_for_new::<Eingang>(&who, key).expect("stream");
    let pdf = format!("%PDF-1.7 {NAME}").into_bytes();
    let dokument = house.put_derived("verfahren", eingang, "application/pdf", pdf, "brief").await.expect("stored");
    let aufnahme = Aufnahme {
        kanal: Kanal::Brief,
        einheit: head.einheit.clone().expect("unit"),
        original_hash: None,
        received_at: house.clock.now(),
        pruefung: Pruefung::Ohne,
        absender: Some(NAME.into()),
        betreff: Some(format!("Brief von {NAME}")),
        dateiname: Some(format!("{NAME}.pdf")),
        dokument: Some(dokument),
    };
    let record = EingangCommand::Record { aufnahme: Box::new(aufnahme), herkunft: Herkunft::Hand };
    let new = Call { target: Target::New, key: key.into(), ..call(who, key, vorgang) };
    house.execute::<Eingang>(new, record).await.expect("recorded");
    zuordnen(house, call(head.clone(), "zuordnen", eingang), Ablage::Akte(akte)).await.expect("assigned");
    Process::in_memory(house.clone()).settle().await.expect("settled");
}

/// Sender and subject of every entry the views show.
fn post(views: &InternalViews) -> Vec<(Option<String>, Option<String>)> {
    let filter = PostbuchFilter { einheiten: None, stand: Vec::new(), nach: None, limit: 10 };
    views.postbuch(&filter).expect("asked").into_iter().map(|r| (r.absender, r.betreff)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn stopped_after_any_step_and_opened_anew_it_is_finished() {
    let (town, l) = town().await;
    let town = town.path().join("stadt");
    let before = holding(&town, NAME.as_bytes());
    for file in ["ledger.db", "internal.db", "local.db"] {
        assert!(before.iter().any(|p| p.contains(file)), "the bird was never in {file}: {before:?}");
    }
    for halt in Schritt::ALLE {
        let dir = tempfile::tempdir().expect("dir");
        copy(&town, dir.path());
        let folder = Folder::open(dir.path()).expect("folder");
        {
            let wired = wire::open(folder.clone(), Arc::new(SystemClock)).await.expect("opened");
            let mut umfeld = Umfeld::oeffnen(&wired).await.expect("opened");
            let stopped = lauf(&mut umfeld, Some(halt), &|_| {}).await.expect("stopped");
            assert_eq!(stopped.angehalten, halt != Schritt::Bestaetigt, "{halt:?}");
        }
        let between = verify::alone(&folder).await.expect("checked");
        assert!(between.violations.is_empty(), "{halt:?}: {:?}", between.violations);
        {
            let wired = wire::open(folder.clone(), Arc::new(SystemClock)).await.expect("opened");
            let mut umfeld = Umfeld::oeffnen(&wired).await.expect("opened");
            lauf(&mut umfeld, None, &|_| {}).await.expect("finished");
            let weg = || Some("gelöscht".to_owned());
            assert_eq!(post(&umfeld.internal), [(weg(), weg())], "{halt:?}");
            let state = wired.house.load::<Loeschung>(l).await.expect("proposal").state;
            assert!(state.vollzug.is_some(), "{halt:?}: not noted in the proposal");
            assert_eq!(lauf(&mut umfeld, None, &|_| {}).await.expect("again"), Bilanz::default());
        }
        let after = verify::alone(&folder).await.expect("checked");
        assert!(matches!(after.verdict, Verdict::ValidErased(n) if n > 3), "{halt:?}: {}", after.verdict);
        let left = holding(dir.path(), NAME.as_bytes());
        assert!(left.is_empty(), "{halt:?}: {left:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vault_from_before_the_erasure_shows_nothing_again() {
    let (town, _) = town().await;
    let folder = Folder::open(&town.path().join("stadt")).expect("folder");
    let kept = tempfile::tempdir().expect("dir");
    copy(folder.root(), kept.path());
    {
        let wired = wire::open(folder.clone(), Arc::new(SystemClock)).await.expect("opened");
        let mut umfeld = Umfeld::oeffnen(&wired).await.expect("opened");
        assert_eq!(lauf(&mut umfeld, None, &|_| {}).await.expect("erased").vollzogen.len(), 1);
    }
    // Vault and documents come back from the copy; the ledger is the newer one.
    for file in ["vault.db", "vault.db-wal", "vault.db-shm"] {
        let _ = std::fs::remove_file(folder.root().join(file));
        if kept.path().join(file).exists() {
            std::fs::copy(kept.path().join(file), folder.root().join(file)).expect("restored");
        }
    }
    copy(&kept.path().join("blobs"), &folder.root().join("blobs"));
    let restored = verify::alone(&folder).await.expect("checked");
    assert!(restored.violations.iter().any(|v| v.rule == "B6"), "keys and documents are back: {restored:?}");
    drop(wire::open(folder.clone(), Arc::new(SystemClock)).await.expect("opened"));
    let again = verify::alone(&folder).await.expect("checked");
    assert!(matches!(again.verdict, Verdict::ValidErased(_)), "{:?}", again.violations);
}
