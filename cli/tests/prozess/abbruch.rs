//! The program is killed at 200 random moments of concurrent submissions: what it acknowledged
//! stays, what it did not may be sent again and takes effect once.
//!
//! Kills the process, not the machine: power cuts are another proof.

use crate::akte;

use akte_core::ledger::Ledger;
use akte_core::ledger::engine::SqliteLedger;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

const KILLS: usize = 200;
/// Submissions on their way in each round, retries included.
const IN_FLIGHT: usize = 8;
/// Longest time from the first request to the kill.
const LONGEST: u64 = 60_000;

/// Where an acknowledged submission stands: stream and log index.
type Place = (String, u64);

/// The writing process and what it says.
pub struct Writer {
    child: Child,
    stdin: ChildStdin,
    lines: Receiver<String>,
}

/// What a writer said until it ended.
#[derive(Default)]
pub struct Said {
    requested: BTreeSet<String>,
    acknowledged: BTreeMap<String, Place>,
}

impl Said {
    fn take(&mut self, line: &str) {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["req", key] => drop(self.requested.insert(key.into())),
            ["ack", key, stream, index] => {
                let place = (stream.to_owned(), index.parse().expect("index"));
                self.acknowledged.insert(key.into(), place);
            }
            _ => panic!("unexpected line {line:?}"),
        }
    }
    /// Requested and not acknowledged.
    fn open(&self) -> usize {
        self.requested.iter().filter(|k| !self.acknowledged.contains_key(*k)).count()
    }
}

impl Writer {
    pub fn start(folder: &Path, more: &[&str]) -> Self {
        let args = [&["probe-schreiber", "--data", folder.to_str().expect("UTF-8")], more].concat();
        let mut child = akte::command(&args).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("starts");
        let (stdin, out) = (child.stdin.take().expect("piped"), child.stdout.take().expect("piped"));
        let (send, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                if send.send(line).is_err() {
                    return;
                }
            }
        });
        let mut writer = Self { child, stdin, lines };
        match writer.lines.recv() {
            Ok(line) => assert_eq!(line, "bereit"),
            Err(_) => panic!("the writer did not start: {:?}", writer.child.wait()),
        }
        writer
    }

    pub fn send(&mut self, keys: &[String]) {
        let text: String = keys.iter().map(|k| format!("{k}\n")).collect();
        self.stdin.write_all(text.as_bytes()).expect("the writer reads");
    }

    /// Waits until one more submission is acknowledged.
    pub fn acknowledged(&mut self) {
        let ack = self.lines.iter().any(|line| line.starts_with("ack "));
        assert!(ack, "the writer ended: {:?}", self.child.wait());
    }

    /// Kills it `after` the first request began; returns all it said.
    fn killed(mut self, after: Duration) -> Said {
        let mut said = Said::default();
        said.take(&self.lines.recv().expect("a first request"));
        let end = Instant::now() + after;
        loop {
            match self.lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(line) => said.take(&line),
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => panic!("it ended by itself: {:?}", self.child.wait()),
            }
        }
        self.child.kill().expect("SIGKILL");
        self.child.wait().expect("ended");
        // What stands in the pipe was said before the end, so it counts.
        self.lines.iter().for_each(|line| said.take(&line));
        said
    }

    /// Lets it end by itself.
    pub fn finished(self) -> Said {
        let Self { mut child, stdin, lines } = self;
        drop(stdin);
        let mut said = Said::default();
        lines.iter().for_each(|line| said.take(&line));
        assert!(child.wait().expect("ended").success());
        said
    }
}

#[test]
fn nothing_acknowledged_is_lost_and_nothing_takes_effect_twice() {
    let dir = tempfile::tempdir().expect("dir");
    let folder = dir.path().join("stadt");
    akte::on(&folder, &["init", "--stadt", akte::neustadt().to_str().expect("UTF-8")]).ok();
    let mut chance = Chance::new();
    let (mut kept, mut open) = (BTreeMap::<String, Place>::new(), Vec::<String>::new());
    let (mut between, mut made) = (0, 0);
    for kill in 0..KILLS {
        while open.len() < IN_FLIGHT {
            open.push(format!("abbruch-{made:012}"));
            made += 1;
        }
        let mut writer = Writer::start(&folder, &[]);
        writer.send(&open);
        // Every other kill comes early, so that on a fast machine too many hit an open request.
        let longest = if kill % 2 == 0 { LONGEST } else { LONGEST / 20 };
        let said = writer.killed(Duration::from_micros(chance.below(longest)));
        between += usize::from(said.open() > 0);
        open.retain(|k| !said.acknowledged.contains_key(k));
        kept.extend(said.acknowledged);
        let verified = akte::on(&folder, &["verify", "--ohne-dokumente"]).ok();
        assert!(verified.out.starts_with("valid "), "after kill {kill}: {}", verified.out);
    }
    println!("kills: {KILLS}, between request and acknowledgement: {between}, acknowledged: {}", kept.len());
    assert!(between * 5 >= KILLS, "only {between} of {KILLS} kills hit an open request");
    all_are_there(&folder, &kept);

    // Everything is sent once more, as a client would that never got an answer.
    let mut writer = Writer::start(&folder, &["--zu-ende"]);
    let again: Vec<String> = kept.keys().cloned().chain(open).collect();
    writer.send(&again);
    let said = writer.finished();
    for (key, place) in &kept {
        assert_eq!(said.acknowledged.get(key), Some(place), "{key} has another receipt than before");
    }
    assert_eq!(said.acknowledged.len(), made);
    exactly_once(&folder, &said.acknowledged);
    let verified = akte::on(&folder, &["verify"]).ok();
    assert!(verified.out.starts_with("valid "), "{}", verified.out);
}

/// Every acknowledged submission stands where its receipt said, before any retry.
fn all_are_there(folder: &Path, kept: &BTreeMap<String, Place>) {
    let streams: BTreeMap<u64, String> = events(folder).into_iter().map(|(index, _, stream)| (index, stream)).collect();
    for (key, (stream, index)) in kept {
        assert_eq!(streams.get(index), Some(stream), "{key} was acknowledged and is lost");
    }
}

/// One application per key, and each followed up once.
fn exactly_once(folder: &Path, acknowledged: &BTreeMap<String, Place>) {
    let events = events(folder);
    let count = |wire: &str| {
        let mut out = BTreeMap::<String, usize>::new();
        events.iter().filter(|(_, w, _)| w == wire).for_each(|(_, _, s)| *out.entry(s.clone()).or_default() += 1);
        out
    };
    let once: BTreeMap<String, usize> = acknowledged.values().map(|(stream, _)| (stream.clone(), 1)).collect();
    assert_eq!(once.len(), acknowledged.len(), "two keys share a stream");
    assert_eq!(count("antrag.submitted.v1"), once);
    assert_eq!(count("vorgang.registered.v1"), once);
    let files = count("akte.opened.v1");
    assert_eq!((files.len(), files.values().max()), (once.len(), Some(&1)), "one file per application");
}

/// (index, wire name, stream) of the whole log.
fn events(folder: &Path) -> Vec<(u64, String, String)> {
    let ledger = SqliteLedger::open_readonly(folder.join("ledger.db")).expect("opens");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime");
    let all = runtime.block_on(ledger.read_all(0, usize::MAX)).expect("readable");
    let wire = |header: &[u8]| -> String {
        let header: Value = serde_json::from_slice(header).expect("JSON");
        header["type"].as_str().expect("type").to_owned()
    };
    all.iter().map(|e| (e.index, wire(&e.header), e.stream.to_string())).collect()
}

/// xorshift64*; the seed is printed.
pub struct Chance(u64);

impl Chance {
    pub fn new() -> Self {
        let mut seed = [0; 8];
        getrandom::fill(&mut seed).expect("randomness");
        println!("seed {:016x}", u64::from_le_bytes(seed));
        Self(u64::from_le_bytes(seed) | 1)
    }
    pub fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % n
    }
}
