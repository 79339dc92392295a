//! A mail server of a test's own: npm's `smtp-server` on a free port, its mailbox in a folder, its failures as told.
//!
//! Like real mail stores it keeps one mail per Message-ID, and beside it every delivery. Ended with the test.

use crate::ordner::Ordner;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Who may log in, and with what.
pub const ZUGANG: (&str, &str) = ("stadt", "offene-Kanne-7");

/// A running server; stopped and removed when dropped.
pub struct Briefkasten {
    server: Option<Child>,
    pub port: u16,
    dir: Ordner,
    tls: bool,
}

impl Briefkasten {
    /// Starts a server, with a certificate of `localhost` if `tls`. `None`, and a word on stderr, where node or the module
    /// is not there; with `AKTE_SMTP=1` (set by `tests/run`) that is an error.
    pub fn start(tls: bool) -> Option<Self> {
        let dir = Ordner::neu("smtp");
        if tls {
            zertifikat(dir.path());
        }
        let mut kasten = Self { server: None, port: 0, dir, tls };
        let installed = skripte().join("node_modules/smtp-server/package.json").is_file();
        if !installed || !kasten.oeffnen() {
            assert!(std::env::var_os("AKTE_SMTP").is_none(), "a mail server is required here: npm ci in tests/smtp");
            eprintln!("left out: no mail server (node, and npm ci in tests/smtp)");
            return None;
        }
        Some(kasten)
    }

    /// Starts it again at the address it had; `false` where there is no node.
    pub fn oeffnen(&mut self) -> bool {
        let mut node = Command::new("node");
        let datei = |name: &str| self.dir.path().join(name).into_os_string();
        let (key, cert) = if self.tls { (datei("server.key"), datei("server.pem")) } else { Default::default() };
        node.arg(skripte().join("server.mjs")).arg(self.dir.path()).args([key, cert]).arg(self.port.to_string());
        let Ok(mut server) = node.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn() else { return false };
        let mut line = String::new();
        BufReader::new(server.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
        self.port = line.trim().parse().unwrap_or_else(|_| panic!("the mail server did not start: {line:?}"));
        self.server = Some(server);
        true
    }

    /// Nobody listens any more.
    pub fn schliessen(&mut self) {
        if let Some(mut server) = self.server.take() {
            // Already gone is as good.
            let _ = server.kill();
            let _ = server.wait();
        }
    }

    /// How it answers the next mails.
    pub fn verhalten(&self, worte: &[&str]) {
        std::fs::write(self.dir.path().join("verhalten"), worte.join("\n")).expect("written");
    }

    /// The mails a person finds, as they came.
    pub fn postfach(&self) -> Vec<String> {
        let eintraege = std::fs::read_dir(self.dir.path().join("postfach")).expect("mailbox");
        eintraege.map(|e| std::fs::read_to_string(e.expect("entry").path()).expect("UTF-8")).collect()
    }

    /// Every delivery: Message-ID, recipients, `tls` or `offen`, and `doppelt` where the mailbox had it.
    pub fn zustellungen(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.dir.path().join("zustellungen")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// Certificate of the authority that vouches for this server.
    pub fn ca(&self) -> PathBuf {
        self.dir.path().join("ca.pem")
    }
}

impl Drop for Briefkasten {
    fn drop(&mut self) {
        self.schliessen();
    }
}

fn skripte() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("smtp")
}

pub(crate) fn zertifikat(folder: &Path) {
    let openssl = |args: &str| {
        let mut c = Command::new("openssl");
        c.args(args.split(' ')).current_dir(folder).stdout(Stdio::null()).stderr(Stdio::null());
        assert!(c.status().expect("openssl is installed (apt-get install openssl)").success(), "openssl {args}");
    };
    openssl("req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 400 -subj /CN=ca");
    openssl("req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=localhost");
    std::fs::write(folder.join("san"), "subjectAltName=DNS:localhost").expect("san");
    openssl("x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 400 -extfile san -out server.pem");
}
