//! A PostgreSQL cluster of a test's own: Debian's binaries, own folder and port, a Unix user without rights.
//!
//! Deliberately shares nothing between tests: whoever kills a server kills only its own.

use crate::ordner::Ordner;
use std::ffi::OsStr;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Longest wait for a server to answer, also after a crash.
const PATIENCE: Duration = Duration::from_secs(60);
/// The Unix user a server runs as where the tests run as root, which PostgreSQL refuses.
const USER: &str = "nobody";
/// The database role that owns everything in a test cluster.
pub const OWNER: &str = "stadt";

/// A running cluster; stopped and removed when dropped.
pub struct Cluster {
    // Removed last.
    dir: Ordner,
    port: u16,
    server: Option<Child>,
    extra: Vec<String>,
}

impl Cluster {
    /// Makes and starts a cluster. `None`, and a word on stderr, where PostgreSQL is not installed; with
    /// `AKTE_POSTGRES=1` (set by `tests/run`) that is an error.
    pub fn start() -> Option<Self> {
        Self::start_with(&[])
    }

    /// The same with further settings, each `name=value`.
    pub fn start_with(settings: &[&str]) -> Option<Self> {
        if binaries().is_none() {
            assert!(
                std::env::var_os("AKTE_POSTGRES").is_none(),
                "PostgreSQL is required here: apt-get install postgresql"
            );
            eprintln!("left out: PostgreSQL is not installed (apt-get install postgresql)");
            return None;
        }
        let dir = Ordner::neu("pg");
        // The server's user must be able to reach its own folder below.
        set_mode(dir.path(), 0o755);
        let data = dir.path().join("data");
        std::fs::create_dir(&data).expect("data folder");
        set_mode(&data, 0o700);
        own(&data);
        let made = as_user("initdb")
            .args([
                "--no-instructions",
                "--no-sync",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                "--username",
                OWNER,
            ])
            .arg("--pgdata")
            .arg(&data)
            .stdout(Stdio::null())
            .status();
        assert!(made.expect("initdb runs").success(), "initdb failed");
        let extra = settings.iter().map(|s| (*s).to_owned()).collect();
        let mut cluster = Self { dir, port: free_port(), server: None, extra };
        cluster.launch();
        Some(cluster)
    }

    /// Where a database of this cluster is reached.
    pub fn url(&self, database: &str) -> String {
        self.url_as(OWNER, database)
    }

    /// The same as another role.
    pub fn url_as(&self, role: &str, database: &str) -> String {
        format!("postgres://{role}@127.0.0.1:{}/{database}", self.port)
    }

    /// A new, empty database; returns its URL.
    pub fn database(&self, name: &str) -> String {
        self.sql("postgres", &format!("CREATE DATABASE \"{name}\""));
        self.url(name)
    }

    /// Runs statements with `psql` as the owner and returns what it prints, unaligned and without headers.
    pub fn sql(&self, database: &str, statements: &str) -> String {
        let psql = binary("psql");
        let done = Command::new(psql)
            .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", statements, &self.url(database)])
            .output()
            .expect("psql runs");
        assert!(done.status.success(), "psql: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8_lossy(&done.stdout).trim().to_owned()
    }

    /// TCP port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Folder of the cluster; `data` lies below it.
    pub fn folder(&self) -> &Path {
        self.dir.path()
    }

    /// SIGKILL to the postmaster, as if the machine's memory had run out; its children notice and go.
    pub fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.kill().expect("kill");
            server.wait().expect("wait");
        }
    }

    /// Starts the server again; returns when it answers.
    pub fn launch(&mut self) {
        self.kill();
        // A killed server's children hold its shared memory until they notice: a start is tried again until then.
        let since = Instant::now();
        while since.elapsed() < PATIENCE {
            self.server = Some(self.spawn());
            if self.answers(since) {
                return;
            }
            self.kill();
        }
        panic!(
            "PostgreSQL does not start: {}",
            std::fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
        );
    }

    fn spawn(&self) -> Child {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.dir.path().join("log")).expect("log");
        let mut command = as_user("postgres");
        command.arg("-D").arg(self.dir.path().join("data"));
        let port = format!("port={}", self.port);
        let fixed = [port.as_str(), "listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=60"];
        for setting in fixed.into_iter().chain(self.extra.iter().map(String::as_str)) {
            command.args(["-c", setting]);
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().expect("postgres starts")
    }

    /// Whether it takes connections; `false` when it ended instead.
    fn answers(&mut self, since: Instant) -> bool {
        while since.elapsed() < PATIENCE {
            let ready = Command::new(binary("pg_isready"))
                .args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string(), "-U", OWNER])
                .status();
            if ready.is_ok_and(|s| s.success()) {
                return true;
            }
            if self.server.as_mut().is_none_or(|s| s.try_wait().ok().flatten().is_some()) {
                return false;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        false
    }

    /// Process id of the postmaster.
    pub fn pid(&self) -> Option<u32> {
        self.server.as_ref().map(Child::id)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let Some(mut server) = self.server.take() else { return };
        // SIGQUIT: its children end with it, so that nothing is left when the folder goes, and no page of a folder
        // that goes is flushed first.
        let asked = Command::new("kill").args(["-QUIT", &server.id().to_string()]).status();
        if !asked.is_ok_and(|s| s.success()) {
            // It has gone by itself, or the kill below ends it.
            let _ = server.kill();
        }
        let _ = server.wait();
    }
}

fn binaries() -> Option<PathBuf> {
    if let Some(given) = std::env::var_os("AKTE_PG_BIN") {
        return Some(given.into());
    }
    let mut found: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|e| Some((e.file_name().to_str()?.parse().ok()?, e.path().join("bin"))))
        .filter(|(_, bin)| bin.join("initdb").exists())
        .collect();
    found.sort();
    found.pop().map(|(_, bin)| bin)
}

fn binary(name: &str) -> PathBuf {
    binaries().expect("PostgreSQL").join(name)
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|m| m.uid() == 0)
}

/// A program of the server, as a user without rights. `setpriv` executes in place, so the id stays the server's.
fn as_user(name: &str) -> Command {
    let program = binary(name);
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid", USER, "--regid", "nogroup", "--clear-groups", "--"]).arg(program).current_dir("/");
    command
}

fn own(path: &Path) {
    if is_root() {
        let done = Command::new("chown").args([OsStr::new(USER), path.as_os_str()]).status();
        assert!(done.expect("chown runs").success(), "chown failed");
    }
}

fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("mode");
}

/// A port nobody listens on at this moment.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("address").port()
}
