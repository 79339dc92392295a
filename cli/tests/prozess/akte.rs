//! The real `akte` program and data folders to try it on.
//!
//! Knows no rule of the house: what is right is said in the tests.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// The invented town that lies beside the tests.
pub fn neustadt() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/towns/neustadt-am-test/stadt.toml")
}

/// `akte` with these arguments, ready to be run.
pub fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_akte"));
    command.args(args).env_remove("AKTE_DATA").env_remove("AKTE_LISTEN").env_remove("AKTE_LOG");
    command
}

/// What a run said and how it ended.
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl From<Output> for Ran {
    fn from(o: Output) -> Self {
        let text = |b: Vec<u8>| String::from_utf8(b).expect("UTF-8");
        Self { code: o.status.code(), out: text(o.stdout), err: text(o.stderr) }
    }
}

impl Ran {
    /// It worked.
    pub fn ok(self) -> Self {
        assert_eq!(self.code, Some(0), "{}{}", self.out, self.err);
        self
    }
    /// It was refused with exit code 1 and these words; no panic, no backtrace.
    pub fn refused(self, words: &str) -> Self {
        assert_eq!(self.code, Some(1), "{}{}", self.out, self.err);
        let said = format!("{}{}", self.out, self.err);
        assert!(said.contains(words), "does not say {words:?}: {said}");
        assert!(!said.contains("panicked"), "{said}");
        self
    }
}

/// Runs `akte` to its end.
pub fn run(args: &[&str]) -> Ran {
    command(args).stdin(Stdio::null()).output().expect("akte starts").into()
}

/// Runs `akte ARGS… --data FOLDER`.
pub fn on(folder: &Path, args: &[&str]) -> Ran {
    let folder = folder.to_str().expect("UTF-8");
    run(&[args, &["--data", folder]].concat())
}

/// Copies a folder with the modes of its files.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("made");
    for entry in std::fs::read_dir(from).expect("read").map(|e| e.expect("entry")) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("copied");
        }
    }
}

/// A running server; ended with the test, whatever becomes of it.
pub struct Server {
    child: Child,
    pub address: String,
}

impl Server {
    /// Serves a folder on a free port and waits until it says it is ready.
    pub fn start(folder: &Path) -> Self {
        let args = ["serve", "--listen", "127.0.0.1:0", "--data", folder.to_str().expect("UTF-8")];
        let mut child = command(&args).stdout(Stdio::piped()).spawn().expect("akte starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let ready = lines.find_map(|l| l.expect("line").strip_prefix("Bereit: http://").map(str::to_owned));
        Self { child, address: ready.expect("the server says where it is") }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already gone is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
