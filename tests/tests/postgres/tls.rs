//! Certificates: a server whose certificate was checked is talked to, another is not, and nothing goes in the clear unasked.

use super::town::{ORIGIN, Town};
use akte_core::ledger::Ledger;
use akte_core::ledger::conformance::sample::Probe;
use akte_core::ledger::engine::PostgresLedger;
use akte_core::ledger::engine::postgres::OpenError;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn openssl(folder: &Path, args: &str) {
    let done = Command::new("openssl")
        .args(args.split(' '))
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    assert!(done.expect("openssl is installed (apt-get install openssl)").success(), "openssl {args}");
}

/// A certificate authority, and a server's certificate for the given address.
fn certificates(folder: &Path, address: &str) {
    for ca in ["ca", "other"] {
        openssl(
            folder,
            &format!("req -x509 -newkey rsa:2048 -nodes -keyout {ca}.key -out {ca}.pem -days 2 -subj /CN={ca}"),
        );
    }
    openssl(folder, "req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=server");
    std::fs::write(folder.join("san"), format!("subjectAltName={address}")).expect("san");
    openssl(
        folder,
        "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile san -out server.pem",
    );
}

/// The server takes no key that others may read, and none of a stranger.
fn for_the_server(key: &Path) {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    std::fs::set_permissions(key, std::fs::Permissions::from_mode(0o600)).expect("mode");
    if std::fs::metadata("/proc/self").is_ok_and(|m| m.uid() == 0) {
        assert!(Command::new("chown").arg("nobody").arg(key).status().expect("chown runs").success());
    }
}

fn served(folder: &Path) -> Option<Town> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).expect("mode");
    for_the_server(&folder.join("server.key"));
    let at = |name: &str| folder.join(name).display().to_string();
    let (cert, key) = (format!("ssl_cert_file={}", at("server.pem")), format!("ssl_key_file={}", at("server.key")));
    Town::start_with(&["ssl=on", &cert, &key])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_a_server_whose_certificate_is_vouched_for_is_talked_to() {
    let folder = tempfile::Builder::new().prefix("akte-tls-").tempdir().expect("folder");
    certificates(folder.path(), "IP:127.0.0.1");
    let Some(town) = served(folder.path()) else { return };
    let database = town.database().await;
    let url = |ca: &str| {
        let ca: PathBuf = folder.path().join(ca);
        format!("{}?sslmode=verify-full&sslrootcert={}", town.url(&database), ca.display())
    };
    let node = PostgresLedger::open(&url("ca.pem"), Some(ORIGIN)).await.expect("vouched for");
    node.append(Probe::new(1).batch(1, 1)).await.expect("stored");
    assert_eq!(node.read_all(0, 9).await.expect("read").len(), 1);
    let plain = "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'aktenkette' AND NOT ssl";
    assert_eq!(town.cluster.sql(&database, plain), "0");
    let refused = PostgresLedger::open(&url("other.pem"), Some(ORIGIN)).await.err().expect("refused");
    assert!(matches!(refused, OpenError::Unreachable { .. }), "{refused}");
    assert!(refused.to_string().contains("Zertifikat"), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_for_another_name_is_refused() {
    let folder = tempfile::Builder::new().prefix("akte-tls-").tempdir().expect("folder");
    certificates(folder.path(), "DNS:db.example.org");
    let Some(town) = served(folder.path()) else { return };
    let database = town.database().await;
    let ca = folder.path().join("ca.pem");
    let url = |mode: &str| format!("{}?sslmode={mode}&sslrootcert={}", town.url(&database), ca.display());
    let refused = PostgresLedger::open(&url("verify-full"), Some(ORIGIN)).await.err().expect("refused");
    assert!(matches!(refused, OpenError::Unreachable { .. }), "{refused}");
    drop(PostgresLedger::open(&url("require"), Some(ORIGIN)).await.expect("asked for by name"));
    let refused = PostgresLedger::open(&url("verify-ca"), Some(ORIGIN)).await.err().expect("refused");
    assert!(refused.to_string().contains("verify-full"), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn off_the_own_machine_nothing_goes_in_the_clear_unasked() {
    for host in ["db.example.org", "192.0.2.7", "[2001:db8::7]"] {
        let refused = PostgresLedger::open(&format!("postgres://a@{host}/b"), None).await.err().expect("refused");
        assert!(matches!(refused, OpenError::Unencrypted(_)), "{host}: {refused}");
        assert!(refused.to_string().contains("sslmode=verify-full"), "{refused}");
    }
}
