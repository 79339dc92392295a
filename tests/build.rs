//! Generates the server side of the EventStoreDB protocol from the files the client crate carries along.
//!
//! Needs neither protoc nor the network: `cargo metadata` tells where the crate lies.

use std::path::{Path, PathBuf};
use std::process::Command;

const SPOKEN: [&str; 8] =
    ["ReadReq", "ReadResp", "AppendReq", "AppendResp", "UUID", "Empty", "StreamIdentifier", "AllStreamPosition"];

fn main() {
    let protos = protos();
    println!("cargo::rerun-if-changed={}", protos.display());
    println!("cargo::rerun-if-changed=build.rs");
    let mut files = protox::compile(["streams.proto"], [&protos]).expect("the crate's own files are sound");
    // Only what the engine calls: two methods and their messages.
    for file in &mut files.file {
        file.message_type.retain(|message| SPOKEN.contains(&message.name()));
        for service in &mut file.service {
            service.method.retain(|method| ["Read", "Append"].contains(&method.name()));
        }
    }
    files.file.retain(|file| !file.message_type.is_empty());
    tonic_build::configure()
        .build_client(false)
        .bytes(["."])
        .include_file("protocol.rs")
        .compile_fds(files)
        .expect("code from sound files");
}

/// The folder `protos` of the crate `eventstore` that this workspace is locked to.
fn protos() -> PathBuf {
    let var = |name: &str| std::env::var_os(name).expect("set by cargo");
    let output = Command::new(var("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline", "--locked", "--filter-platform"])
        .arg(var("TARGET"))
        .current_dir(var("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("cargo writes JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let client = packages.iter().find(|p| p["name"] == "eventstore").expect("akte-core depends on eventstore");
    let manifest = client["manifest_path"].as_str().expect("a path");
    Path::new(manifest).with_file_name("protos")
}
