//! A large file as a stream for the content store, hashed while it passes by.
//!
//! Holds one piece at a time.

use anyhow::Context;
use axum::body::Bytes;
use futures::stream::{Stream, try_unfold};
use sha2::{Digest, Sha256};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::AsyncReadExt;

const STUECK: usize = 1 << 20;

/// The hash of what has passed by.
#[derive(Clone, Default)]
pub struct Hash(Arc<Mutex<Sha256>>);

impl Hash {
    pub fn hex(&self) -> String {
        let hash = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        hash.finalize().iter().map(|b| format!("{b:02x}")).collect()
    }

    fn feed(&self, bytes: &[u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).update(bytes);
    }
}

/// The file's bytes and their hash, complete when the stream has ended.
pub async fn oeffnen(pfad: &Path) -> anyhow::Result<(impl Stream<Item = std::io::Result<Bytes>> + Send, Hash)> {
    let datei = tokio::fs::File::open(pfad).await.context("Datei")?;
    let hash = Hash::default();
    let mit = hash.clone();
    let strom = try_unfold((datei, mit), |(mut datei, hash)| async move {
        let mut puffer = vec![0; STUECK];
        let n = datei.read(&mut puffer).await?;
        puffer.truncate(n);
        hash.feed(&puffer);
        Ok((n > 0).then(|| (Bytes::from(puffer), (datei, hash))))
    });
    Ok((strom, hash))
}
