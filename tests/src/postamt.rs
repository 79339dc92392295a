//! A mailbox of a test's own: Debian's dovecot with its own configuration, port and folder, without the machine's accounts.
//!
//! Mails are put into its maildir as another server would; ended with the test.

use crate::ordner::Ordner;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Who may log in, and with what.
pub const ZUGANG: (&str, &str) = ("stadt", "blaues-Fass-9");
const PATIENCE: Duration = Duration::from_secs(30);

/// A running server; stopped and removed when dropped.
pub struct Postamt {
    server: Option<Child>,
    pub port: u16,
    dir: Ordner,
    mails: u32,
}

impl Postamt {
    /// Starts a server, with a certificate of `localhost` if `tls`. `None`, and a word on stderr, where dovecot is not
    /// installed; with `AKTE_IMAP=1` (set by `tests/run`) that is an error.
    pub fn start(tls: bool) -> Option<Self> {
        if dovecot().is_none() {
            assert!(std::env::var_os("AKTE_IMAP").is_none(), "dovecot is required here: apt-get install dovecot-imapd");
            eprintln!("left out: dovecot is not installed (apt-get install dovecot-imapd)");
            return None;
        }
        let dir = Ordner::neu("imap");
        if tls {
            crate::briefkasten::zertifikat(dir.path());
        }
        let mut amt = Self { server: None, port: free_port(), dir, mails: 0 };
        amt.einrichten(tls);
        amt.oeffnen();
        Some(amt)
    }

    fn einrichten(&self, tls: bool) {
        let dir = self.dir.path();
        for name in ["mail/new", "mail/cur", "mail/tmp", "run"] {
            std::fs::create_dir_all(dir.join(name)).expect("made");
        }
        std::fs::write(dir.join("konten"), format!("{}:{{PLAIN}}{}\n", ZUGANG.0, ZUGANG.1)).expect("written");
        let root = wer("-u") == "0";
        // As root dovecot gives its processes to accounts without rights; otherwise all are the caller's.
        let (intern, login, uid, gid) = match root {
            true => ("dovecot".to_owned(), "dovenull".to_owned(), "65534".to_owned(), "65534".to_owned()),
            false => (wer("-un"), wer("-un"), wer("-u"), wer("-g")),
        };
        if root {
            let owned = Command::new("chown").args(["-R", "65534:65534"]).arg(dir.join("mail")).status();
            assert!(owned.expect("chown").success());
            // Its processes without rights must reach their folder and the password file.
            modus(dir, "755");
            modus(&dir.join("konten"), "644");
        }
        let d = dir.display();
        let ssl = match tls {
            true => format!("ssl = required\nssl_cert = <{d}/server.pem\nssl_key = <{d}/server.key\n"),
            false => "ssl = no\n".into(),
        };
        let konf = format!(
            "base_dir = {d}/run\nstate_dir = {d}/run\nlog_path = {d}/log\nprotocols = imap\nlisten = 127.0.0.1\n{ssl}\
             disable_plaintext_auth = no\nauth_mechanisms = plain login\ndefault_internal_user = {intern}\n\
             default_login_user = {login}\nfirst_valid_uid = 0\nlast_valid_uid = 0\nfirst_valid_gid = 0\n\
             mail_location = maildir:{d}/mail\nmailbox_list_index = no\n\
             passdb {{\n  driver = passwd-file\n  args = {d}/konten\n}}\n\
             userdb {{\n  driver = static\n  args = uid={uid} gid={gid} home={d}\n}}\n\
             namespace inbox {{\n  inbox = yes\n  separator = /\n}}\n\
             service imap-login {{\n  chroot =\n  inet_listener imap {{\n    port = {}\n  }}\n  inet_listener imaps {{\n    port = 0\n  }}\n}}\n\
             service anvil {{\n  chroot =\n}}\nservice stats {{\n  chroot =\n}}\n",
            self.port
        );
        std::fs::write(dir.join("dovecot.conf"), konf).expect("written");
    }

    /// Starts it, or starts it again at the address it had.
    pub fn oeffnen(&mut self) {
        let mut c = Command::new(dovecot().expect("installed"));
        c.arg("-F").arg("-c").arg(self.dir.path().join("dovecot.conf"));
        c.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        self.server = Some(c.spawn().expect("dovecot starts"));
        let since = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            let ended = self.server.as_mut().is_none_or(|s| s.try_wait().ok().flatten().is_some());
            assert!(!ended && since.elapsed() < PATIENCE, "dovecot does not start: {}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Nobody listens any more.
    pub fn schliessen(&mut self) {
        let Some(mut server) = self.server.take() else { return };
        let asked = Command::new("kill").args(["-TERM", &server.id().to_string()]).status();
        if !asked.is_ok_and(|s| s.success()) {
            // It has gone by itself, or this ends it.
            let _ = server.kill();
        }
        let _ = server.wait();
    }

    /// A mail arrives.
    pub fn einwerfen(&mut self, eml: &[u8]) {
        self.mails += 1;
        let name = format!("17954000{:02}.M1P1.test", self.mails);
        let (tmp, neu) = (self.dir.path().join("mail/tmp").join(&name), self.dir.path().join("mail/new").join(&name));
        std::fs::write(&tmp, eml).expect("written");
        modus(&tmp, "666");
        std::fs::rename(tmp, neu).expect("delivered");
    }

    /// How many mails lie in this folder of the mailbox (`""` = the inbox).
    pub fn zahl(&self, ordner: &str) -> usize {
        let fach = match ordner {
            "" => self.dir.path().join("mail"),
            name => self.dir.path().join(format!("mail/.{name}")),
        };
        let mails = |teil: &str| std::fs::read_dir(fach.join(teil)).map_or(0, Iterator::count);
        mails("new") + mails("cur")
    }

    /// What the server says of itself.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }

    /// Certificate of the authority that vouches for this server.
    pub fn ca(&self) -> PathBuf {
        self.dir.path().join("ca.pem")
    }
}

impl Drop for Postamt {
    fn drop(&mut self) {
        self.schliessen();
    }
}

fn dovecot() -> Option<PathBuf> {
    ["/usr/sbin/dovecot", "/usr/local/sbin/dovecot"].iter().map(PathBuf::from).find(|p| p.exists())
}

fn wer(was: &str) -> String {
    let out = Command::new("id").arg(was).output().expect("id runs");
    String::from_utf8_lossy(&out.stdout).trim().to_owned()
}

fn modus(path: &Path, mode: &str) {
    assert!(Command::new("chmod").arg(mode).arg(path).status().expect("chmod").success());
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("address").port()
}
