//! The content store in a bucket of an S3-compatible service.
//!
//! Only opens it: what is stored and how is the store's business. The service must keep what it acknowledged.

use super::{DocError, DocumentStore};
use object_store::aws::AmazonS3Builder;
use object_store::prefix::PrefixStore;
use object_store::{BackoffConfig, ClientOptions, ObjectStore, RetryConfig, path::Path};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// A bucket is asked again for so long; then whoever waits is told.
const PATIENCE: Duration = Duration::from_secs(20);
/// Longest silence within an answer. No limit for a whole one: documents are large.
const SILENCE: Duration = Duration::from_secs(30);

/// A bucket and the credentials to use it.
pub struct Bucket<'a> {
    pub name: &'a str,
    /// Folder inside the bucket; empty for none.
    pub prefix: &'a str,
    /// Address of the service, without the bucket; `None` for Amazon's own. Whoever gives one that begins with
    /// `http://` has made sure that nobody listens.
    pub endpoint: Option<&'a str>,
    pub region: &'a str,
    pub key_id: &'a str,
    pub secret: &'a str,
}

/// Opens the store; asks the service nothing yet. `max` = most plaintext bytes of one document.
pub fn open(bucket: &Bucket<'_>, max: u64) -> Result<DocumentStore, DocError> {
    let options = ClientOptions::new()
        .with_allow_http(bucket.endpoint.is_some_and(|endpoint| endpoint.starts_with("http://")))
        .with_connect_timeout(Duration::from_secs(5))
        .with_timeout_disabled()
        .with_read_timeout(SILENCE);
    let retry = RetryConfig { backoff: BackoffConfig::default(), max_retries: 5, retry_timeout: PATIENCE };
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(bucket.name)
        .with_region(bucket.region)
        .with_access_key_id(bucket.key_id)
        .with_secret_access_key(bucket.secret)
        .with_client_options(options)
        .with_retry(retry);
    if let Some(endpoint) = bucket.endpoint {
        builder = builder.with_endpoint(endpoint);
    }
    let service = builder.build().map_err(|e| DocError::from_store(Uuid::nil(), e))?;
    let objects: Arc<dyn ObjectStore> = match bucket.prefix {
        "" => Arc::new(service),
        prefix => Arc::new(PrefixStore::new(service, Path::from(prefix))),
    };
    Ok(DocumentStore::on(objects, max))
}
