//! Sealed documents from one store to another, byte for byte, as often as it takes.
//!
//! Opens no seal and removes nothing: what the source no longer has, and what only the target has, is counted.

use super::{DocError, DocumentStore, Upload, path};
use futures::stream::{StreamExt, TryStreamExt};
use object_store::ObjectStoreExt;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use uuid::Uuid;

/// Documents on their way at once; each takes memory for one part of an upload.
const AT_ONCE: usize = 4;

/// What a copy did, or would do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kopiert {
    /// Documents of the source.
    pub documents: u64,
    /// Written now.
    pub copied: u64,
    /// Bytes of these.
    pub bytes: u64,
    /// Only the target has them: uploads nobody sent off, or erased in the source meanwhile.
    pub extra: u64,
}

/// One document of the source.
#[derive(Clone, Copy)]
struct There {
    id: Uuid,
    size: u64,
}

impl DocumentStore {
    /// Copies what the target lacks or holds otherwise; each is read again and compared before it counts.
    pub async fn copy_to(&self, to: &Self, progress: &(dyn Fn(u64) + Sync)) -> Result<Kopiert, DocError> {
        let mut done = Kopiert::default();
        let mut seen = HashSet::new();
        let copies = self.all().map_ok(|doc| async move { Ok((doc, self.copy_one(to, doc).await?)) });
        let mut copies = std::pin::pin!(copies.try_buffer_unordered(AT_ONCE));
        while let Some((doc, copied)) = copies.try_next().await? {
            seen.insert(doc.id);
            done.documents += 1;
            done.copied += u64::from(copied);
            done.bytes += if copied { doc.size } else { 0 };
            progress(done.documents);
        }
        done.extra = to.beyond(&seen).await?;
        Ok(done)
    }

    /// What [`Self::copy_to`] would do, told by size and the first bytes of each seal; writes nothing.
    pub async fn would_copy_to(&self, to: &Self) -> Result<Kopiert, DocError> {
        let (mut would, mut seen) = (Kopiert::default(), HashSet::new());
        let mut all = self.all();
        while let Some(doc) = all.try_next().await? {
            seen.insert(doc.id);
            would.documents += 1;
            if to.size(doc.id).await? != Some(doc.size) || to.begin(doc.id).await? != self.begin(doc.id).await? {
                would.copied += 1;
                would.bytes += doc.size;
            }
        }
        would.extra = to.beyond(&seen).await?;
        Ok(would)
    }

    /// Whether the store answers, and takes and gives up an object.
    pub async fn try_out(&self) -> Result<(), DocError> {
        let err = |e| DocError::from_store(Uuid::nil(), e);
        let name = object_store::path::Path::from(format!("probe-{}", super::Fresh::random()?.reference));
        self.objects.put(&name, object_store::PutPayload::from_static(b"probe\n")).await.map_err(err)?;
        self.objects.delete(&name).await.map_err(err)
    }

    /// Every stored document; anything else in the store is not ours.
    fn all(&self) -> futures::stream::BoxStream<'static, Result<There, DocError>> {
        let ours = |meta: object_store::ObjectMeta| {
            let id = meta.location.filename().and_then(|f| Uuid::parse_str(f).ok());
            id.filter(|id| meta.location == path(*id)).map(|id| There { id, size: meta.size })
        };
        let listed = self.objects.list(None).map_err(|e| DocError::from_store(Uuid::nil(), e));
        listed.try_filter_map(move |meta| futures::future::ready(Ok(ours(meta)))).boxed()
    }

    async fn beyond(&self, seen: &HashSet<Uuid>) -> Result<u64, DocError> {
        let extra = |doc: &There| futures::future::ready(!seen.contains(&doc.id));
        self.all().try_filter(extra).try_fold(0, |n, _| futures::future::ready(Ok(n + 1))).await
    }

    async fn size(&self, id: Uuid) -> Result<Option<u64>, DocError> {
        absent(id, self.objects.head(&path(id)).await.map(|meta| meta.size))
    }

    /// Key and nonce, which tell two seals of one document apart.
    async fn begin(&self, id: Uuid) -> Result<Option<bytes::Bytes>, DocError> {
        absent(id, self.objects.get_range(&path(id), 0..super::HEAD as u64).await)
    }

    /// Size and SHA-256 of the stored bytes, read in pieces.
    async fn sum(&self, id: Uuid) -> Result<Option<(u64, [u8; 32])>, DocError> {
        let Some(object) = absent(id, self.objects.get(&path(id)).await)? else { return Ok(None) };
        let (mut pieces, mut hash, mut len) = (object.into_stream(), Sha256::new(), 0);
        while let Some(piece) = pieces.try_next().await.map_err(|e| DocError::from_store(id, e))? {
            hash.update(&piece);
            len += piece.len() as u64;
        }
        Ok(Some((len, hash.finalize().into())))
    }

    /// `true` if it was written; a document that is erased meanwhile is no error.
    async fn copy_one(&self, to: &Self, doc: There) -> Result<bool, DocError> {
        if to.size(doc.id).await? == Some(doc.size) && to.sum(doc.id).await? == self.sum(doc.id).await? {
            return Ok(false);
        }
        let Some(written) = self.pour_into(to, doc.id).await? else { return Ok(false) };
        match to.sum(doc.id).await? == Some(written) {
            true => Ok(true),
            false => Err(DocError::Tampered { reference: doc.id, what: "die Kopie liest sich anders zurück" }),
        }
    }

    async fn pour_into(&self, to: &Self, id: Uuid) -> Result<Option<(u64, [u8; 32])>, DocError> {
        let Some(object) = absent(id, self.objects.get(&path(id)).await)? else { return Ok(None) };
        let size = object.meta.size;
        let (mut pieces, mut hash, mut len) = (object.into_stream(), Sha256::new(), 0);
        let mut out = Upload::new(to.objects.clone(), id, &[]);
        loop {
            let piece = match pieces.try_next().await {
                Ok(Some(piece)) => piece,
                Ok(None) => break,
                Err(e) => {
                    out.abort().await;
                    return Err(DocError::from_store(id, e));
                }
            };
            hash.update(&piece);
            len += piece.len() as u64;
            if let Err(e) = out.write(&piece).await {
                out.abort().await;
                return Err(e);
            }
        }
        if len != size {
            out.abort().await;
            return Err(DocError::Tampered { reference: id, what: "das Ende fehlt" });
        }
        out.finish().await?;
        Ok(Some((len, hash.finalize().into())))
    }
}

/// `None` for what is not there.
fn absent<T>(id: Uuid, found: object_store::Result<T>) -> Result<Option<T>, DocError> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(object_store::Error::NotFound { .. }) => Ok(None),
        Err(e) => Err(DocError::from_store(id, e)),
    }
}
