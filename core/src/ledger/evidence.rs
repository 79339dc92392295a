//! One event as proof for somebody outside: header, chosen disclosures, audit path and signed checkpoint.
//!
//! Discloses the open group only and never a secret; which pointers may be shown is the caller's business.

use super::group::{GroupError, Place, open};
use super::hash::b64u;
use super::header::{Header, HeaderError};
use super::json::{JsonError, to_jcs};
use super::nodes::{Nodes, NodesError};
use super::port::{Ledger, Stored};
use super::tlog::proof::TlogProof;
use serde_json::json;

/// Why there is no proof.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvidenceError {
    #[error(transparent)]
    Header(#[from] HeaderError),
    #[error(transparent)]
    Group(#[from] GroupError),
    #[error(transparent)]
    Json(#[from] JsonError),
    #[error(transparent)]
    Nodes(#[from] NodesError),
}

/// Disclosures of the wanted pointers of group 0; none where that group was erased.
pub fn open_disclosures(event: &Stored, wanted: impl Fn(&str) -> bool) -> Result<Vec<String>, EvidenceError> {
    let Some(group) = event.groups.iter().find(|group| group.g == 0) else { return Ok(Vec::new()) };
    let header = Header::parse(&event.header)?;
    let place = Place { log: &header.log, stream: event.stream, seq: event.seq };
    let all = open(group, &place, None)?.disclosures().map_err(GroupError::from)?;
    Ok(all.into_iter().filter(|(pointer, _)| wanted(pointer)).map(|(_, text)| text).collect())
}

/// The event and these disclosures in the tree of a signed checkpoint (`size`, note), as `.tlog-proof`.
pub async fn prove(
    ledger: &dyn Ledger,
    event: &Stored,
    disclosures: &[String],
    checkpoint: (u64, String),
) -> Result<TlogProof, EvidenceError> {
    let extra = to_jcs(&json!({ "header": b64u(&event.header), "disclosures": disclosures }))?;
    let path = Nodes::new(ledger, checkpoint.0).inclusion(event.index, checkpoint.0).await?;
    Ok(TlogProof { extra: Some(extra), index: event.index, path, checkpoint: checkpoint.1 })
}
