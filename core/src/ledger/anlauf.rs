//! Anti-rollback at the start: the log's head against whatever remembers an earlier or later one.
//!
//! Deliberately only compares. Who remembers is read elsewhere, and what follows from a finding
//! (read-only quarantine, `LEDGER.md` §12) is done by whoever starts the house.

use super::nodes::{Nodes, NodesError};
use super::note::Checkpoint;
use super::port::Ledger;

/// Who remembers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memory {
    /// `signer.state`: the last size this house signed.
    Signer,
    /// The newest checkpoint stored beside the log.
    Checkpoint,
    /// A copy of the published log, kept elsewhere.
    Mirror,
}

impl std::fmt::Display for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Memory::Signer => "signer.state",
            Memory::Checkpoint => "der letzte Checkpoint",
            Memory::Mirror => "der Spiegel",
        })
    }
}

/// One remembered state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    pub by: Memory,
    pub state: Checkpoint,
}

/// How head and memory stand to each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The log continues everything that is remembered.
    Continues,
    /// The log ends before what is remembered: events `head..known` are lost here.
    Behind { by: Memory, head: u64, known: u64 },
    /// The log's first `known` events are not the ones that are remembered.
    Forked { by: Memory, known: u64 },
    /// The memory is of another log.
    Foreign { by: Memory, origin: String },
}

impl Finding {
    /// What was found, in plain German; `None` if the log continues.
    pub fn text(&self) -> Option<String> {
        match self {
            Finding::Continues => None,
            Finding::Behind { by, head, known } => {
                let missing = match known - head {
                    1 => "Das letzte Ereignis fehlt hier.".to_owned(),
                    n => format!("Die letzten {n} Ereignisse fehlen hier."),
                };
                Some(format!("Der Datenordner endet bei {head} Ereignissen, {by} kennt aber schon {known}: {missing}"))
            }
            Finding::Forked { by, known } => Some(format!(
                "Die ersten {known} Ereignisse dieses Datenordners sind nicht die, die {by} kennt: \
                 Es gibt zwei verschiedene Verläufe."
            )),
            Finding::Foreign { by, origin } => Some(format!("{by} gehört zu einem anderen Protokoll ({origin}).")),
        }
    }
}

/// Compares the log with everything that is known; the first contradiction is the finding.
pub async fn compare(ledger: &dyn Ledger, log: &str, known: &[Known]) -> Result<Finding, NodesError> {
    let head = ledger.head().await?;
    let mut nodes = Nodes::new(ledger, head.size);
    for Known { by, state } in known {
        let (by, known) = (*by, state.size);
        if state.origin != log {
            return Ok(Finding::Foreign { by, origin: state.origin.clone() });
        }
        if known > head.size {
            return Ok(Finding::Behind { by, head: head.size, known });
        }
        if nodes.root(known).await? != state.root {
            return Ok(Finding::Forked { by, known });
        }
    }
    Ok(Finding::Continues)
}

#[cfg(test)]
mod tests;
