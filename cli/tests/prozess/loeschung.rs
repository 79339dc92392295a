//! Erasing through the real program, proven by bytes: what was planted is in no file any more.

use crate::akte::{Server, copy, on};
use crate::ordner::gegruendet;
use akte_api::local::Local;
use akte_core::akte::{Akte, AkteCommand, Sperrzweck, Teil};
use akte_core::documents::DocumentStore;
use akte_core::execute::{Call, Clock, House, HouseParts, Principal, Target};
use akte_core::kernel::Role;
use akte_core::ledger::Ledger;
use akte_core::ledger::engine::SqliteLedger;
use akte_core::process::Process;
use akte_core::recht::Law;
use akte_core::vault::Vault;
use akte_core::verfahren::event::{AntragDokument, Kanal};
use akte_core::verfahren::katalog::Leistungen;
use akte_core::verfahren::pruefung::{self, Sprache};
use akte_core::verfahren::{Vorgang, VorgangCommand};
use akte_projections::dump;
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;
use uuid::Uuid;

struct Uhr;

impl Clock for Uhr {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::now()
    }
}

pub async fn open(folder: &Path) -> Arc<House> {
    let text = std::fs::read_to_string(folder.join("stadt.toml")).expect("read");
    let ledger: Arc<dyn Ledger> = Arc::new(SqliteLedger::open(folder.join("ledger.db")).expect("ledger"));
    let vault = Arc::new(Vault::open(folder).expect("vault"));
    vault.warm(&ledger.kek_uses().await.expect("keys"));
    let parts = HouseParts {
        stadt: Arc::new(toml::from_str(&text).expect("stadt")),
        ledger,
        vault,
        documents: Arc::new(DocumentStore::folder(folder.join("blobs"), 1 << 24).expect("store")),
        law: Law::builtin().expect("law"),
        leistungen: Leistungen::default(),
        clock: Arc::new(Uhr),
    };
    let house = House::new(parts).expect("house");
    house.adopt_builtin().await.expect("adopted");
    Arc::new(house)
}

/// What was planted, and what must be found nowhere afterwards.
struct Gepflanzt {
    folder: TempDir,
    vorgang: Uuid,
    name: String,
    /// Raw keys and their wrapped rows.
    keys: Vec<Vec<u8>>,
    /// A sealed group of another case: never erased.
    other: (u64, u8),
}

fn accounts(folder: &Path) {
    for (login, rolle) in [("leitung", "leitung"), ("zweite", "leitung"), ("dsb", "datenschutz"), ("chef", "admin")] {
        let rest = ["--name", "Frau Probe", "--einheit", "ordnung", "--rolle", rolle];
        on(folder, &[&["konto", "add", login], &rest[..]].concat()).ok();
    }
}

/// An application under this key, its notices produced.
async fn antrag(house: &Arc<House>, key: &str, name: &str) -> Uuid {
    let anon = Principal::anon();
    let vorgang = house.stream_for_new::<Vorgang>(&anon, key).expect("stream");
    let file = "../core/leistungen/gewerbeanmeldung/examples/angenommen_einzelunternehmen.toml";
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).expect("read");
    let example: toml::Table = toml::from_str(&text).expect("toml");
    let mut raw: pruefung::Roh = Default::default();
    for (k, v) in example["eingabe"].as_table().expect("fields") {
        let values = match v {
            toml::Value::Array(a) => a.iter().map(|v| v.as_str().expect("text").to_owned()).collect(),
            v => vec![v.as_str().expect("text").to_owned()],
        };
        raw.insert(k.clone(), values);
    }
    raw.insert("name".into(), vec![name.to_owned()]);
    let today = example["heute"].as_str().expect("day").parse().expect("day");
    let def = house.leistungen().get("gewerbeanmeldung").expect("service").clone();
    let felder = pruefung::pruefe(&def, &raw, &[], today, Sprache::De).expect("accepted").felder;
    let kek = house.vault.kek_for("antragsteller", vorgang).expect("key").kek;
    let bytes = akte_core::auszug::proben::pdf(&[name]);
    let dokument =
        house.documents.put_bytes((kek.id, kek.key()), "application/pdf", bytes.into()).await.expect("stored");
    let command = VorgangCommand::Submit {
        leistung: def.id.clone(),
        kanal: Kanal::Online,
        vertrauen: "ohne".into(),
        eingang_am: house.clock.now(),
        antragsteller: house.antragsteller(vorgang),
        felder,
        dokumente: vec![AntragDokument { unterlage: "sonstige".into(), dateiname: format!("{name}.pdf"), dokument }],
    };
    let request = Some(serde_json::json!({ "key": key }));
    let call = Call { principal: anon, key: key.into(), target: Target::New, expected: None, request, corr: None };
    house.execute::<Vorgang>(call, command).await.expect("submitted");
    Process::in_memory(house.clone()).settle().await.expect("settled");
    vorgang
}

async fn gepflanzt() -> Gepflanzt {
    let folder = gegruendet();
    accounts(folder.path());
    // Letters only: the form takes no digits in a name.
    let letters: String = random().iter().map(|b| char::from(b'a' + b % 26)).collect();
    let name = format!("Kanarienvogel-{letters}");
    let house = open(folder.path()).await;
    let vorgang = antrag(&house, "kanarienvogel-antrag", &name).await;
    let other = antrag(&house, "ein-anderer-antrag-1", "Andere").await;
    let receipt = house.load::<Vorgang>(vorgang).await.expect("case").state.bescheinigung;
    assert!(receipt.is_some(), "no notice was produced");
    let text = format!("{name} rief an");
    let konto = house.konto("leitung").expect("account");
    let call = Call {
        principal: Principal::konto(konto, vec![Role::Leitung], "ordnung"),
        key: "vermerk-vermerk-vermerk".into(),
        target: Target::Stream(vorgang),
        expected: None,
        request: Some(serde_json::json!({})),
        corr: None,
    };
    house.execute::<Vorgang>(call, VorgangCommand::WriteVermerk { text }).await.expect("noted");
    let sealed = house.ledger.read_stream(other, 0, 1).await.expect("event");
    let other = (sealed[0].index, sealed[0].groups[1].g);
    let mut keys = Vec::new();
    for used in house.ledger.kek_uses_of(vorgang).await.expect("keys") {
        keys.push(house.vault.kek(used.kek_id).expect("asked").expect("key").key().to_vec());
        let db = Connection::open(folder.path().join("vault.db")).expect("open");
        let row = |r: &rusqlite::Row<'_>| r.get::<_, Vec<u8>>(0);
        keys.push(db.query_row("SELECT wrapped FROM kek WHERE kek_id=?1", [used.kek_id], row).expect("row"));
    }
    assert!(keys.len() >= 4, "two subjects, raw and wrapped");
    drop(house);
    let local = Local::open(&folder.path().join("local.db")).expect("local");
    local.entwurf_sichern([7; 32], name.clone().into_bytes(), vorgang, 0, i64::MAX).await.expect("draft");
    drop(local);
    on(folder.path(), &["rebuild"]).ok();
    Gepflanzt { folder, vorgang, name, keys, other }
}

fn random() -> [u8; 16] {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("random");
    bytes
}

/// Files below the folder that hold these bytes.
pub fn holding(folder: &Path, needle: &[u8]) -> Vec<PathBuf> {
    let (mut out, mut todo) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(dir) = todo.pop() {
        for path in std::fs::read_dir(dir).expect("read").map(|e| e.expect("entry").path()) {
            if path.is_dir() {
                todo.push(path);
                continue;
            }
            // A running node removes its journals; what is gone holds nothing.
            let bytes = match std::fs::read(&path) {
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => continue,
                other => other.expect("read"),
            };
            if bytes.windows(needle.len()).any(|w| w == needle) {
                out.push(path);
            }
        }
    }
    out
}

fn propose(g: &Gepflanzt, extra: &[&str]) -> crate::akte::Ran {
    let vorgang = g.vorgang.to_string();
    let base = ["erase", "propose", &vorgang, "--konto", "leitung", "--grund", "art17-1d"];
    let rest = ["--begruendung", "Antrag der Person"];
    on(g.folder.path(), &[&base[..], &rest[..], extra].concat())
}

fn proposed(g: &Gepflanzt, extra: &[&str]) -> String {
    let said = propose(g, &[&["--archiv", "nicht_anbietungspflichtig"], extra].concat()).ok().out;
    said.split_whitespace().nth(1).expect("the id is said").to_owned()
}

fn gone(g: &Gepflanzt) {
    let left = holding(g.folder.path(), g.name.as_bytes());
    assert!(left.is_empty(), "the name is still in {left:?}");
    // FTS and word tables hold it folded.
    let folded = holding(g.folder.path(), &g.name.to_lowercase().as_bytes()[14..]);
    assert!(folded.is_empty(), "the folded name is still in {folded:?}");
    for key in &g.keys {
        let left = holding(g.folder.path(), key);
        assert!(left.is_empty(), "a destroyed key is still in {left:?}");
    }
}

fn dumps(folder: &Path) -> [String; 2] {
    ["internal.db", "public.db"].map(|file| dump(&Connection::open(folder.join(file)).expect("open")).expect("dump"))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_case_is_in_no_file_and_the_chain_verifies() {
    let g = gepflanzt().await;
    let before = holding(g.folder.path(), g.name.as_bytes());
    for file in ["internal.db", "volltext.db", "local.db"] {
        assert!(before.iter().any(|p| p.ends_with(file)), "never planted in {file}: {before:?}");
    }
    for wrapped in g.keys.iter().skip(1).step_by(2) {
        assert!(!holding(g.folder.path(), wrapped).is_empty(), "the wrapped key was never there");
    }
    let id = proposed(&g, &[]);
    let said = on(g.folder.path(), &["erase", "approve", &id, "--konto", "dsb"]).ok().out;
    assert!(said.contains("vollzogen und bestätigt"), "{said}");
    gone(&g);
    let said = on(g.folder.path(), &["verify"]).ok().out;
    assert!(said.starts_with("valid-erased("), "{said}");
    let said = on(g.folder.path(), &["verify", "--ohne-tresor"]).ok().out;
    assert!(said.starts_with("valid-redacted "), "what is missing is allowed without keys, too: {said}");
    let live = dumps(g.folder.path());
    on(g.folder.path(), &["rebuild"]).ok();
    assert!(dumps(g.folder.path()) == live, "a rebuild after the erasure differs");
    let views = akte_projections::InternalViews::open(&g.folder.path().join("internal.db")).expect("views");
    assert!(views.health().expect("asked").iter().all(|s| s.geparkt.is_none()), "a view is parked");
    drop(views);
    on(g.folder.path(), &["replay", &g.vorgang.to_string()]).ok();
    let said = on(g.folder.path(), &["erase", "list"]).ok().out;
    assert!(said.contains("vollzogen"), "{said}");
    gone(&g);
    violation(&g);
}

/// Written to the file's stream by the head of the unit, as the page does.
async fn on_akte(folder: &Path, vorgang: Uuid, key: &str, command: AkteCommand) -> Akte {
    let house = open(folder).await;
    let akte = house.load::<Vorgang>(vorgang).await.expect("case").state.akte.expect("filed");
    let leitung = Principal::konto(house.konto("leitung").expect("account"), vec![Role::Leitung], "ordnung");
    let (request, target) = (Some(serde_json::json!({ "key": key })), Target::Stream(akte));
    let call = Call { principal: leitung, key: key.into(), target, expected: None, request, corr: None };
    house.execute::<Akte>(call, command).await.expect("written");
    house.load::<Akte>(akte).await.expect("file").state
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_ends_an_approval_and_only_a_new_one_destroys() {
    let g = gepflanzt().await;
    let id = proposed(&g, &[]);
    let sperre = AkteCommand::SetSperre { scope: Teil::Akte, zweck: Sperrzweck::Rechtsstreit, grund: "Klage".into() };
    let akte = on_akte(g.folder.path(), g.vorgang, "sperre-sperre-sperre-1", sperre).await;
    let said = on(g.folder.path(), &["erase", "approve", &id, "--konto", "dsb"]).ok().out;
    assert!(said.contains("Es gilt eine Sperre (Rechtsstreit") && said.contains("Nichts zu vollziehen"), "{said}");
    assert!(!holding(g.folder.path(), g.name.as_bytes()).is_empty(), "the content is still there");
    drop(Server::start(g.folder.path()));
    assert!(!holding(g.folder.path(), g.name.as_bytes()).is_empty(), "a start does not pass the gate by either");
    on(g.folder.path(), &["verify"]).ok();
    let lift = AkteCommand::LiftSperre { sperre: akte.sperren[0].sperre, grund: "erledigt".into() };
    on_akte(g.folder.path(), g.vorgang, "aufheben-aufheben-aufh", lift).await;
    let said = on(g.folder.path(), &["erase", "resume"]).ok().out;
    assert!(said.contains("schlagen Sie die Vernichtung neu vor"), "{said}");
    assert!(!holding(g.folder.path(), g.name.as_bytes()).is_empty(), "nothing goes by itself when a hold ends");
    let id = proposed(&g, &[]);
    let said = on(g.folder.path(), &["erase", "approve", &id, "--konto", "dsb"]).ok().out;
    assert!(said.contains("vollzogen und bestätigt"), "{said}");
    gone(&g);
    on(g.folder.path(), &["verify"]).ok();
}

/// Somebody deletes a part without any request.
fn violation(g: &Gepflanzt) {
    let copied = tempfile::tempdir().expect("dir");
    copy(g.folder.path(), copied.path());
    let db = Connection::open(copied.path().join("ledger.db")).expect("open");
    let id = g.other.0 * 256 + u64::from(g.other.1);
    assert_eq!(db.execute("DELETE FROM payload WHERE id=?1", [id]).expect("deleted"), 1);
    drop(db);
    let said = on(copied.path(), &["verify"]);
    assert_eq!(said.code, Some(1), "{}", said.out);
    assert!(said.out.starts_with("VIOLATION") && said.out.contains("B6"), "{}", said.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ordered_erasure_is_finished_by_the_next_start_of_the_server() {
    let g = gepflanzt().await;
    let id = proposed(&g, &[]);
    {
        // The machine stops right after the request is durable.
        let house = open(g.folder.path()).await;
        let dsb = Principal::konto(house.konto("dsb").expect("account"), vec![Role::Datenschutz], "ordnung");
        let loeschung: Uuid = id.parse().expect("id");
        let request = Some(serde_json::json!({}));
        let key = "genehmigt-genehmigt-1".into();
        let call = Call { principal: dsb, key, target: Target::Stream(loeschung), expected: None, request, corr: None };
        let yes = akte_core::loeschung::LoeschungCommand::Approve;
        house.execute::<akte_core::loeschung::Loeschung>(call, yes).await.expect("approved");
        house.request_erasure(loeschung).await.expect("requested");
    }
    on(g.folder.path(), &["verify"]).ok();
    drop(Server::start(g.folder.path()));
    let said = on(g.folder.path(), &["verify"]).ok().out;
    assert!(said.starts_with("valid-erased("), "{said}");
    gone(&g);
}

#[tokio::test(flavor = "multi_thread")]
async fn four_eyes_and_the_archive_hold_at_the_machine_itself() {
    let g = gepflanzt().await;
    propose(&g, &[]).refused("Antwort des Archivs");
    propose(&g, &["--archiv", "vielleicht"]).refused("--archiv vielleicht");
    let id = proposed(&g, &[]);
    on(g.folder.path(), &["erase", "approve", &id, "--konto", "leitung"])
        .refused("Wer eine Löschung vorgeschlagen hat");
    on(g.folder.path(), &["erase", "approve", &id, "--konto", "chef"]).refused("nicht erlaubt");
    on(g.folder.path(), &["erase", "approve", &id, "--konto", "niemand"]).refused("gibt es nicht");
    let said = on(g.folder.path(), &["erase", "--fortsetzen"]).ok().out;
    assert!(said.contains("Nichts zu vollziehen"), "{said}");
    on(g.folder.path(), &["erase", "reject", &id, "--konto", "zweite", "--begruendung", "Nein"]).ok();
    on(g.folder.path(), &["erase", "approve", &id, "--konto", "dsb"]).refused("schon entschieden");
    crate::ordner::valid(g.folder.path());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_single_part_waits_for_the_listed_backup_and_says_so() {
    let g = gepflanzt().await;
    let house = open(g.folder.path()).await;
    let last = house.history(g.vorgang).await.expect("history").last().expect("note").index;
    drop(house);
    let list = r#"[{"id":"00000000-0000-4000-8000-000000000001","made_at":"2026-01-01T00:00:00Z","change":0,"size":1,"vault":true,"lapses_at":"LAPSE"}]"#;
    let path = g.folder.path().join("sicherungen.json");
    std::fs::write(&path, list.replace("LAPSE", "2126-01-01T00:00:00Z")).expect("written");
    let id = proposed(&g, &["--teil", &format!("{last}:1")]);
    let said = on(g.folder.path(), &["erase", "approve", &id, "--konto", "dsb"]).ok().out;
    assert!(said.contains("warten auf das Ende von Sicherungen"), "{said}");
    let said = on(g.folder.path(), &["verify"]);
    assert_eq!(said.code, Some(2), "{}", said.out);
    assert!(said.out.starts_with("unverifiable (erasure pending)"), "{}", said.out);
    std::fs::write(&path, "kein JSON").expect("broken");
    on(g.folder.path(), &["erase", "resume"]).refused("sicherungen.json ist unlesbar");
    std::fs::write(&path, list.replace("LAPSE", "2026-01-31T00:00:00Z")).expect("lapsed");
    let said = on(g.folder.path(), &["erase", "resume"]).ok().out;
    assert!(said.contains("1 Löschungen vollzogen"), "{said}");
    let said = on(g.folder.path(), &["verify"]).ok().out;
    assert!(said.starts_with("valid-erased(1)"), "{said}");
}
