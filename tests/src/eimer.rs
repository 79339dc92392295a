//! An S3 server of a test's own: npm's `s3rver` on a free port, with its own folder and bucket.
//!
//! Deliberately shares nothing between tests; ended with the test, also when that dies.

use crate::ordner::Ordner;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// The one bucket of each server.
pub const BUCKET: &str = "akten";
/// What this server takes for key id and secret.
pub const ZUGANG: &str = "S3RVER";

/// A running server; stopped and removed when dropped.
pub struct Eimer {
    server: Child,
    /// For example `http://127.0.0.1:40123`.
    pub endpoint: String,
    dir: Ordner,
}

impl Eimer {
    /// Starts a server. `None`, and a word on stderr, where node or the module is not there; with `AKTE_S3=1` (set by
    /// `tests/run`) that is an error.
    pub fn start() -> Option<Self> {
        let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("s3");
        let dir = Ordner::neu("s3");
        let mut node = Command::new("node");
        node.arg(tests.join("server.mjs")).arg(dir.path()).arg(BUCKET).stdin(Stdio::piped()).stdout(Stdio::piped());
        let installed = tests.join("node_modules/s3rver/package.json").is_file();
        let server = if installed { node.spawn().ok() } else { None };
        let Some(mut server) = server else {
            assert!(std::env::var_os("AKTE_S3").is_none(), "an S3 server is required here: npm ci in tests/s3");
            eprintln!("left out: no S3 server (node, and npm ci in tests/s3)");
            return None;
        };
        let mut line = String::new();
        BufReader::new(server.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
        assert!(line.starts_with("http://127.0.0.1:"), "the server did not start: {line:?}");
        Some(Self { server, endpoint: line.trim().to_owned(), dir })
    }

    /// Address of a folder in the bucket, as the command line takes it.
    pub fn adresse(&self, prefix: &str) -> String {
        format!("s3://{BUCKET}/{prefix}?endpoint={}", self.endpoint)
    }

    /// Whether any file of the server holds these bytes.
    pub fn holds(&self, bytes: &[u8]) -> bool {
        fn any(dir: &Path, bytes: &[u8]) -> bool {
            std::fs::read_dir(dir).expect("read").map(|e| e.expect("entry").path()).any(|path| match path.is_dir() {
                true => any(&path, bytes),
                false => std::fs::read(&path).expect("read").windows(bytes.len()).any(|w| w == bytes),
            })
        }
        any(self.dir.path(), bytes)
    }
}

impl Drop for Eimer {
    fn drop(&mut self) {
        // Already gone is as good.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
