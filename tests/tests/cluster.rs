//! The cluster other tests stand on: it answers, keeps what was committed through a kill, and leaves nothing.

use akte_tests::cluster::Cluster;

#[test]
fn a_cluster_keeps_what_was_committed_through_a_kill_and_leaves_nothing() {
    let Some(mut cluster) = Cluster::start() else { return };
    cluster.database("probe");
    cluster.sql("probe", "CREATE TABLE t (n int); INSERT INTO t VALUES (7)");
    cluster.kill();
    cluster.launch();
    assert_eq!(cluster.sql("probe", "SELECT n FROM t"), "7");
    let (folder, port) = (cluster.folder().to_owned(), cluster.port());
    drop(cluster);
    assert!(!folder.exists());
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
}
