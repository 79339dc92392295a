//! The real `akte` program and data folders to try it on.
//!
//! Knows no rule of the house: what is right is said in the tests.

use std::io::{BufRead, BufReader, Read};
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
    command.env_remove("AKTE_LEDGER").env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
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
        Self::from(command(&Self::args(folder)))
    }

    fn args(folder: &Path) -> [&str; 5] {
        ["serve", "--listen", "127.0.0.1:0", "--data", folder.to_str().expect("UTF-8")]
    }

    /// Like [`Server::start`], but a write beyond a file-size limit is an error and no signal.
    pub fn start_limitable(folder: &Path) -> Self {
        let akte = command(&Self::args(folder));
        let mut shell = Command::new("sh");
        shell.args(["-c", "trap '' XFSZ; exec \"$@\"", "sh"]).arg(akte.get_program()).args(akte.get_args());
        // Whatever the tests' own stderr is, the limit must not reach it.
        shell.stderr(Stdio::piped());
        Self::from(shell)
    }

    fn from(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("akte starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let ready = lines.find_map(|l| l.expect("line").strip_prefix("Bereit: http://").map(str::to_owned));
        Self { child, address: ready.expect("the server says where it is") }
    }

    /// Like [`Server::start`], and keeps what it says on stderr for [`Server::terminated`].
    pub fn laut(mut command: Command) -> Self {
        command.stderr(Stdio::piped());
        Self::from(command)
    }

    /// Asks it to end; what it said.
    pub fn terminated(self) -> String {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill").success());
        self.ended().1
    }

    /// From now on no file of the server may grow beyond this.
    pub fn limit_files(&self, bytes: u64) {
        let args = ["--pid", &self.child.id().to_string(), &format!("--fsize={bytes}:{bytes}")];
        assert!(Command::new("prlimit").args(args).status().expect("prlimit").success());
    }

    /// Asks it to end, and waits until it has.
    pub fn terminate(self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill").success());
        let (code, said) = self.ended();
        assert_eq!(code, Some(0), "{said}");
    }

    /// The code it ends with by itself, and what it said.
    pub fn ended(mut self) -> (Option<i32>, String) {
        let mut said = String::new();
        if let Some(mut err) = self.child.stderr.take() {
            err.read_to_string(&mut said).expect("UTF-8");
        }
        (self.child.wait().expect("ended").code(), said)
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Most memory it ever held, in KiB.
    pub fn peak_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("Linux");
        let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).expect("VmHWM");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already gone is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
