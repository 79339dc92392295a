//! A virus scanner of a test's own: Debian's clamd with one signature, the EICAR test file, and its own socket.
//!
//! Knows no virus; fetches no signatures.

use crate::ordner::Ordner;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);
/// MD5 and length of the EICAR test file.
const EICAR: &str = "44d88612fea8a8f36de82e1278abb02f:68:Eicar-Test-Signature\n";

/// The test file every scanner knows.
pub const EICAR_DATEI: &str = r"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*";

/// A running scanner; stopped and removed when dropped.
pub struct Virenwache {
    server: Child,
    dir: Ordner,
}

impl Virenwache {
    /// `None`, and a word on stderr, where clamd is not installed; with `AKTE_CLAMD=1` (set by `tests/run`) that is an error.
    pub fn start() -> Option<Self> {
        let clamd = PathBuf::from("/usr/sbin/clamd");
        if !clamd.exists() {
            assert!(std::env::var_os("AKTE_CLAMD").is_none(), "clamd is required here: apt-get install clamav-daemon");
            eprintln!("left out: clamd is not installed (apt-get install clamav-daemon)");
            return None;
        }
        let dir = Ordner::neu("clamd");
        std::fs::create_dir(dir.path().join("db")).expect("made");
        std::fs::write(dir.path().join("db/test.hdb"), EICAR).expect("written");
        let d = dir.path().display();
        let konf = format!(
            "LocalSocket {d}/clamd.ctl\nDatabaseDirectory {d}/db\nLogFile {d}/log\nForeground yes\nStreamMaxLength 100M\n"
        );
        std::fs::write(dir.path().join("clamd.conf"), konf).expect("written");
        let mut c = Command::new(clamd);
        c.arg("-c").arg(dir.path().join("clamd.conf"));
        let server = c.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("clamd starts");
        let mut wache = Self { server, dir };
        let since = Instant::now();
        while UnixStream::connect(wache.ort()).is_err() {
            let ended = wache.server.try_wait().ok().flatten().is_some();
            let log = std::fs::read_to_string(wache.dir.path().join("log")).unwrap_or_default();
            assert!(!ended && since.elapsed() < PATIENCE, "clamd does not start: {log}");
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(wache)
    }

    /// Where it listens.
    pub fn ort(&self) -> PathBuf {
        self.dir.path().join("clamd.ctl")
    }
}

impl Drop for Virenwache {
    fn drop(&mut self) {
        // Already gone is as good.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
