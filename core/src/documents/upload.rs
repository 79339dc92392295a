//! Uploads: a stream from outside is judged by its content while it is sealed and stored.
//!
//! Does not know forms or requests; the name is cleaned and handed back, never stored.

use super::sniff::{HEAD, Media, SniffError, Watch, sniff, stored_name};
use super::store::{DocumentStore, Kek, SendError};
use super::{DocError, DokumentWert};
use bytes::{Bytes, BytesMut};
use futures::stream::{Stream, StreamExt};

/// A file that was taken.
#[derive(Clone, Debug)]
pub struct Uploaded {
    pub wert: DokumentWert,
    /// Clean file name with the right ending, for the event's payload.
    pub name: String,
    pub media: Media,
}

impl DocumentStore {
    /// Store what a citizen or clerk sends, if name and content are on the allow-list and fit together.
    /// A refused or torn file leaves nothing behind.
    pub async fn put_upload<S, E>(&self, kek: Kek<'_>, raw_name: &str, reader: S) -> Result<Uploaded, DocError>
    where
        S: Stream<Item = Result<Bytes, E>> + Send,
        E: Into<SendError>,
    {
        let mut reader = Box::pin(reader.map(|r| r.map_err(Into::into)));
        let mut head = BytesMut::new();
        while head.len() < HEAD {
            match reader.next().await {
                Some(piece) => head.extend_from_slice(&piece.map_err(DocError::Interrupted)?),
                None => break,
            }
        }
        let head = head.freeze();
        let media = sniff(&head[..head.len().min(HEAD)], raw_name)?;
        let watch = Watch::new(media, raw_name);
        let whole = futures::stream::once(async move { Ok(head) }).chain(reader);
        let watched = futures::stream::try_unfold((Box::pin(whole), Some(watch)), step);
        let wert = self.put(kek, media.mime(), watched).await.map_err(refusal)?;
        Ok(Uploaded { wert, name: stored_name(raw_name, media), media })
    }
}

type Watched<S> = (S, Option<Watch>);

async fn step<S>((mut whole, watch): Watched<S>) -> Result<Option<(Bytes, Watched<S>)>, SendError>
where
    S: Stream<Item = Result<Bytes, SendError>> + Unpin,
{
    let Some(mut watch) = watch else { return Ok(None) };
    match whole.next().await {
        Some(piece) => {
            let piece = piece?;
            watch.feed(&piece)?;
            Ok(Some((piece, (whole, Some(watch)))))
        }
        None => {
            watch.finish()?;
            Ok(None)
        }
    }
}

/// The store only sees a stream that breaks off; tell a refusal from a lost connection.
fn refusal(e: DocError) -> DocError {
    match e {
        DocError::Interrupted(cause) => match cause.downcast::<SniffError>() {
            Ok(refused) => DocError::Refused(*refused),
            Err(cause) => DocError::Interrupted(cause),
        },
        other => other,
    }
}
