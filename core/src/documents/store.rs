//! The content store: sealed documents in a folder or a bucket, durable before any event cites them.
//!
//! Order of a write (`docs/OPERATIONS.md`): temporary name, hash while streaming, fsync file, rename, fsync
//! directory; the event comes after. Does not know who may read a document, nor which key belongs to whom.

mod kopie;

pub use kopie::Kopiert;

use super::seal::{self, CHUNK, Commitment, HEAD, TAG};
use super::{DocError, DokumentWert};
use bytes::{Bytes, BytesMut};
use futures::stream::{BoxStream, Stream, StreamExt, TryStreamExt};
use jiff::Timestamp;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt, PutPayload, path::Path};
use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use uuid::Uuid;

/// Sealed bytes gathered before one write; S3 demands at least 5 MiB a part.
const PART: usize = 5 << 20;

/// A key of the vault: `(kek_id, KEK)`.
pub type Kek<'a> = (u64, &'a [u8; 32]);
/// Verified plaintext. The last piece comes only after the whole digest was found right.
pub type DocStream = BoxStream<'static, Result<Bytes, DocError>>;
/// Any error of the sender's stream.
pub type SendError = Box<dyn std::error::Error + Send + Sync>;

/// What is random about a stored document; made outside so that a test can fix it.
#[derive(Clone, Debug)]
pub struct Fresh {
    pub reference: Uuid,
    pub dsalt: [u8; 32],
    pub prefix: [u8; 19],
}

impl Fresh {
    /// From the operating system's generator.
    #[expect(
        clippy::disallowed_methods,
        reason = "reference, salt and nonce must be unguessable; tests pass their own"
    )]
    pub fn random() -> Result<Self, DocError> {
        let mut r = [0u8; 67];
        getrandom::fill(&mut r).map_err(|e| DocError::Io(e.to_string().into()))?;
        Ok(Self::cut(&r))
    }

    /// The same for the same key, seed and bytes: a repeated write meets its own object. Other bytes get
    /// another reference, salt and nonce, so neither a stored document nor a nonce is ever used twice.
    pub fn derived(kek: Kek<'_>, media: &str, bytes: &[u8], seed: &[u8]) -> Self {
        use sha2::{Digest, Sha256};
        let content = Sha256::digest(bytes);
        let prk = seal::derive(&kek.0.to_be_bytes(), kek.1, &[b"aktenkette/docseed/v1\n", &Sha256::digest(seed)]);
        let part = |label: &[u8]| seal::derive(&[], &*prk, &[label, b"\n", media.as_bytes(), b"\n", &content]);
        let mut r = [0u8; 67];
        r[..16].copy_from_slice(&part(b"ref")[..16]);
        r[16..48].copy_from_slice(&*part(b"dsalt"));
        r[48..].copy_from_slice(&part(b"prefix")[..19]);
        Self::cut(&r)
    }

    fn cut(r: &[u8; 67]) -> Self {
        let (mut id, mut dsalt, mut prefix) = ([0u8; 16], [0u8; 32], [0u8; 19]);
        id.copy_from_slice(&r[..16]);
        dsalt.copy_from_slice(&r[16..48]);
        prefix.copy_from_slice(&r[48..]);
        Self { reference: uuid::Builder::from_random_bytes(id).into_uuid(), dsalt, prefix }
    }
}

/// The store. Cheap to clone.
#[derive(Clone, Debug)]
pub struct DocumentStore {
    objects: Arc<dyn ObjectStore>,
    /// Root of a local folder: for the fsync after a deletion and for stale temporary files.
    folder: Option<PathBuf>,
    max: u64,
}

impl DocumentStore {
    /// A folder of this machine (`blobs/`), created if absent. `max` = most plaintext bytes of one document.
    pub fn folder(root: impl Into<PathBuf>, max: u64) -> Result<Self, DocError> {
        let root = root.into();
        create_root(&root).map_err(DocError::from_io)?;
        let objects = object_store::local::LocalFileSystem::new_with_prefix(&root)
            .map_err(|e| DocError::from_store(Uuid::nil(), e))?
            .with_fsync(true);
        Ok(Self { objects: Arc::new(objects), folder: Some(root), max })
    }

    /// Any other object store whose `put` is durable when it returns.
    pub fn on(objects: Arc<dyn ObjectStore>, max: u64) -> Self {
        Self { objects, folder: None, max }
    }

    /// Nothing durable: for dry runs.
    pub fn in_memory(max: u64) -> Self {
        Self::on(Arc::new(object_store::memory::InMemory::new()), max)
    }

    /// Most plaintext bytes of one document.
    pub fn max_bytes(&self) -> u64 {
        self.max
    }

    /// Store a stream of bytes; memory stays bounded whatever its size. Durable on return.
    pub async fn put<S, E>(&self, kek: Kek<'_>, media: &str, reader: S) -> Result<DokumentWert, DocError>
    where
        S: Stream<Item = Result<Bytes, E>> + Send,
        E: Into<SendError>,
    {
        self.put_fresh(kek, media, Fresh::random()?, reader).await
    }

    /// Store bytes at hand.
    pub async fn put_bytes(&self, kek: Kek<'_>, media: &str, bytes: Bytes) -> Result<DokumentWert, DocError> {
        self.put_fresh(kek, media, Fresh::random()?, once(bytes)).await
    }

    /// Store bytes that can be made again: same key, seed and bytes give the same object and the same value.
    pub async fn put_derived(
        &self,
        kek: Kek<'_>,
        media: &str,
        bytes: Bytes,
        seed: &[u8],
    ) -> Result<DokumentWert, DocError> {
        let fresh = Fresh::derived(kek, media, &bytes, seed);
        self.put_fresh(kek, media, fresh, once(bytes)).await
    }

    /// Store with given reference, salt and nonce prefix. Never twice with other bytes.
    pub async fn put_fresh<S, E>(
        &self,
        kek: Kek<'_>,
        media: &str,
        fresh: Fresh,
        reader: S,
    ) -> Result<DokumentWert, DocError>
    where
        S: Stream<Item = Result<Bytes, E>> + Send,
        E: Into<SendError>,
    {
        let Fresh { reference, dsalt, prefix } = fresh;
        let mut seal = seal::Stream::new(kek.0, kek.1, reference, prefix);
        let mut out = Upload::new(self.objects.clone(), reference, &seal.head());
        let mut commitment = Commitment::new(&dsalt);
        let poured = pour(reader, self.max, &mut seal, &mut commitment, &mut out).await;
        let len = match poured {
            Ok(len) => len,
            Err(e) => {
                out.abort().await;
                return Err(e);
            }
        };
        out.finish().await?;
        Ok(DokumentWert {
            alg: "sha-512".into(),
            digest: commitment.finish(),
            dsalt: seal::b64u(&dsalt),
            len,
            media: media.into(),
            reference,
        })
    }

    /// Which key of the vault seals this document.
    pub async fn kek_id(&self, reference: Uuid) -> Result<u64, DocError> {
        let err = |e| DocError::from_store(reference, e);
        let head = self.objects.get_range(&path(reference), 0..HEAD as u64).await.map_err(err)?;
        let (id, _) = seal::parse_head(&head).ok_or(DocError::Tampered { reference, what: "der Kopf ist unlesbar" })?;
        Ok(id)
    }

    /// Open a document: each chunk is verified before it is handed out, and length and digest before the last.
    pub async fn get(&self, wert: &DokumentWert, kek: Kek<'_>) -> Result<DocStream, DocError> {
        let reference = wert.reference;
        let tampered = |what| DocError::Tampered { reference, what };
        let dsalt = seal::b64u_32(&wert.dsalt).filter(|_| wert.alg == "sha-512");
        let dsalt = dsalt.ok_or(tampered("die Angaben im Ereignis sind unlesbar"))?;
        let object = self.objects.get(&path(reference)).await.map_err(|e| DocError::from_store(reference, e))?;
        if Some(object.meta.size) != seal::stored_len(wert.len) {
            return Err(tampered("die Länge stimmt nicht"));
        }
        let mut source = object.into_stream().map_err(move |e| DocError::from_store(reference, e)).boxed();
        let mut buffer = BytesMut::new();
        fill(&mut source, &mut buffer, HEAD, reference).await?;
        let (id, prefix) = seal::parse_head(&buffer.split_to(HEAD)).ok_or(tampered("der Kopf ist unlesbar"))?;
        if id != kek.0 {
            return Err(DocError::OtherKey { reference, stored: id, given: kek.0 });
        }
        let reading = Reading {
            reference,
            source,
            buffer,
            seal: seal::Stream::new(kek.0, kek.1, reference, prefix),
            commitment: Some(Commitment::new(&dsalt)),
            digest: wert.digest.clone(),
            left: wert.len,
        };
        Ok(futures::stream::try_unfold(reading, Reading::step).boxed())
    }

    /// The whole document in memory, at most `max` bytes.
    pub async fn get_bytes(&self, wert: &DokumentWert, kek: Kek<'_>, max: u64) -> Result<Bytes, DocError> {
        if wert.len > max {
            return Err(DocError::TooLarge { max });
        }
        let mut all = BytesMut::with_capacity(usize::try_from(wert.len).unwrap_or(0));
        let mut stream = self.get(wert, kek).await?;
        while let Some(piece) = stream.try_next().await? {
            all.extend_from_slice(&piece);
        }
        Ok(all.freeze())
    }

    /// Seal a document anew under another key; reference and commitment stay, the chain is untouched.
    pub async fn reseal(&self, wert: &DokumentWert, old: Kek<'_>, new: Kek<'_>) -> Result<(), DocError> {
        let mut fresh = Fresh::random()?;
        fresh.reference = wert.reference;
        let plain = self.get(wert, old).await?;
        self.put_fresh(new, &wert.media, fresh, plain).await.map(drop)
    }

    /// Is there an object under this reference?
    pub async fn exists(&self, reference: Uuid) -> Result<bool, DocError> {
        match self.objects.head(&path(reference)).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(e) => Err(DocError::from_store(reference, e)),
        }
    }

    /// Erase an object durably; one that is already gone is no error (erasures are replayed).
    pub async fn delete(&self, reference: Uuid) -> Result<(), DocError> {
        match self.objects.delete(&path(reference)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => self.sync_folder(reference).await,
            Err(e) => Err(DocError::from_store(reference, e)),
        }
    }

    /// Remove what no event cites (`known`), was written before `older_than` and is sealed under a key that is
    /// `at_hand`; also torn uploads. Take `known` from the ledger first, then sweep with a limit beyond the life
    /// of a draft, whose uploads no event cites yet.
    pub async fn sweep_orphans(
        &self,
        known: &HashSet<Uuid>,
        older_than: Timestamp,
        at_hand: impl Fn(u64) -> bool,
    ) -> Result<Vec<Uuid>, DocError> {
        let mut swept = Vec::new();
        let mut list = self.objects.list(None);
        while let Some(meta) = list.try_next().await.map_err(|e| DocError::from_store(Uuid::nil(), e))? {
            let id = meta.location.filename().and_then(|f| Uuid::parse_str(f).ok());
            if let Some(id) = id.filter(|id| !known.contains(id) && meta.location == path(*id))
                && meta.last_modified.timestamp() < older_than.as_second()
                && at_hand(self.kek_id(id).await?)
            {
                self.delete(id).await?;
                swept.push(id);
            }
        }
        if let Some(root) = self.folder.clone() {
            let sweep = move || sweep_torn(&root, older_than);
            tokio::task::spawn_blocking(sweep).await.map_err(|e| DocError::Io(e.into()))?.map_err(DocError::from_io)?;
        }
        Ok(swept)
    }

    /// object_store never syncs a deletion; an erasure must survive a power cut.
    async fn sync_folder(&self, reference: Uuid) -> Result<(), DocError> {
        let Some(root) = &self.folder else { return Ok(()) };
        let dir = root.join(shard(reference));
        let sync = move || match std::fs::File::open(dir) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(()),
            opened => opened?.sync_all(),
        };
        tokio::task::spawn_blocking(sync).await.map_err(|e| DocError::Io(e.into()))?.map_err(DocError::from_io)
    }
}

/// Seal everything the reader gives; returns the number of plaintext bytes.
async fn pour<S, E>(
    reader: S,
    max: u64,
    seal: &mut seal::Stream,
    commitment: &mut Commitment,
    out: &mut Upload,
) -> Result<u64, DocError>
where
    S: Stream<Item = Result<Bytes, E>> + Send,
    E: Into<SendError>,
{
    let mut len = 0u64;
    let mut chunk: Vec<u8> = Vec::with_capacity(CHUNK + TAG);
    let mut reader = std::pin::pin!(reader);
    while let Some(piece) = reader.next().await {
        let piece = piece.map_err(|e| DocError::Interrupted(e.into()))?;
        len = len.saturating_add(piece.len() as u64);
        if len > max {
            return Err(DocError::TooLarge { max });
        }
        commitment.update(&piece);
        let mut rest = &piece[..];
        while !rest.is_empty() {
            // Seal only when more follows, so that the last chunk is known to be the last.
            if chunk.len() == CHUNK {
                seal.seal(&mut chunk, false)?;
                out.write(&chunk).await?;
                chunk.clear();
            }
            let n = rest.len().min(CHUNK - chunk.len());
            chunk.extend_from_slice(&rest[..n]);
            rest = &rest[n..];
        }
    }
    seal.seal(&mut chunk, true)?;
    out.write(&chunk).await?;
    Ok(len)
}

/// The sealed file on its way out: one `put` if small, parts if large. Dropped unfinished, it leaves
/// nothing in a folder; a bucket keeps the parts until its own rule removes them (`docs/OPERATIONS.md`).
struct Upload {
    objects: Arc<dyn ObjectStore>,
    reference: Uuid,
    parts: Option<Box<dyn MultipartUpload>>,
    buffer: Vec<u8>,
}

impl Upload {
    fn new(objects: Arc<dyn ObjectStore>, reference: Uuid, head: &[u8]) -> Self {
        Self { objects, reference, parts: None, buffer: head.to_vec() }
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), DocError> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() < PART {
            return Ok(());
        }
        self.part().await
    }

    async fn part(&mut self) -> Result<(), DocError> {
        let reference = self.reference;
        let err = |e| DocError::from_store(reference, e);
        let parts = match &mut self.parts {
            Some(parts) => parts,
            none => none.insert(self.objects.put_multipart(&path(reference)).await.map_err(err)?),
        };
        // One part at a time: order on disk, and memory for one only.
        parts.put_part(PutPayload::from(std::mem::take(&mut self.buffer))).await.map_err(err)
    }

    /// Remove what was written so far; if that fails too, the sweep finds it.
    async fn abort(mut self) {
        if let Some(parts) = &mut self.parts
            && let Err(e) = parts.abort().await
        {
            tracing::warn!(reference = %self.reference, error = %e, "torn upload left for the sweep");
        }
    }

    async fn finish(mut self) -> Result<(), DocError> {
        let reference = self.reference;
        let err = |e| DocError::from_store(reference, e);
        if self.parts.is_some() && !self.buffer.is_empty() {
            self.part().await?;
        }
        match &mut self.parts {
            Some(parts) => parts.complete().await.map_err(err)?,
            None => self.objects.put(&path(reference), PutPayload::from(self.buffer)).await.map_err(err)?,
        };
        Ok(())
    }
}

/// A document being read.
struct Reading {
    reference: Uuid,
    source: BoxStream<'static, Result<Bytes, DocError>>,
    buffer: BytesMut,
    seal: seal::Stream,
    /// `None` when the last chunk is out.
    commitment: Option<Commitment>,
    digest: String,
    left: u64,
}

impl Reading {
    async fn step(mut self) -> Result<Option<(Bytes, Self)>, DocError> {
        let Some(mut commitment) = self.commitment.take() else { return Ok(None) };
        let last = self.left <= CHUNK as u64;
        let plain = if last { self.left as usize } else { CHUNK };
        fill(&mut self.source, &mut self.buffer, plain + TAG, self.reference).await?;
        let mut chunk = self.buffer.split_to(plain + TAG).to_vec();
        self.seal.open(&mut chunk, last)?;
        commitment.update(&chunk);
        self.left -= plain as u64;
        if !last {
            self.commitment = Some(commitment);
        } else if commitment.finish() != self.digest {
            return Err(DocError::Tampered { reference: self.reference, what: "die Prüfsumme stimmt nicht" });
        }
        Ok(Some((chunk.into(), self)))
    }
}

/// Read until `want` bytes are in the buffer.
async fn fill(
    source: &mut BoxStream<'static, Result<Bytes, DocError>>,
    buffer: &mut BytesMut,
    want: usize,
    reference: Uuid,
) -> Result<(), DocError> {
    while buffer.len() < want {
        match source.try_next().await? {
            Some(piece) => buffer.extend_from_slice(&piece),
            None => return Err(DocError::Tampered { reference, what: "das Ende fehlt" }),
        }
    }
    Ok(())
}

/// Remove temporary files (`<uuid>#<n>`) of uploads that died with the process.
fn sweep_torn(root: &std::path::Path, older_than: Timestamp) -> std::io::Result<()> {
    for shard in std::fs::read_dir(root)? {
        let shard = shard?;
        if !shard.file_type()?.is_dir() {
            continue;
        }
        for file in std::fs::read_dir(shard.path())? {
            let file = file?;
            let name = file.file_name();
            let torn = name.to_str().and_then(|n| n.split_once('#')).is_some_and(|(id, _)| Uuid::parse_str(id).is_ok());
            let changed = Timestamp::try_from(file.metadata()?.modified()?);
            if torn && changed.is_ok_and(|t| t < older_than) {
                std::fs::remove_file(file.path())?;
            }
        }
    }
    Ok(())
}

/// The folder itself must survive a power cut before anything in it can.
fn create_root(root: &std::path::Path) -> std::io::Result<()> {
    if root.is_dir() {
        return Ok(());
    }
    std::fs::create_dir_all(root)?;
    std::fs::File::open(root)?.sync_all()?;
    match root.parent().filter(|p| !p.as_os_str().is_empty()) {
        Some(parent) => std::fs::File::open(parent)?.sync_all(),
        None => std::fs::File::open(".")?.sync_all(),
    }
}

fn once(bytes: Bytes) -> impl Stream<Item = Result<Bytes, SendError>> + Send {
    futures::stream::once(async move { Ok(bytes) })
}

/// First two digits, so that no folder grows beyond what file systems like.
fn shard(reference: Uuid) -> String {
    reference.simple().to_string()[..2].to_owned()
}

fn path(reference: Uuid) -> Path {
    Path::from(format!("{}/{reference}", shard(reference)))
}

#[cfg(test)]
mod tests;
