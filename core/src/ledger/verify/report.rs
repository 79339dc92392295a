//! Findings and the verdict with its exit code (`LEDGER.md`, verdicts).

use crate::ledger::port::{Hash, LedgerError};
use serde::Serialize;
use uuid::Uuid;

/// Violations kept with their place; all are counted.
const KEPT: usize = 100;
/// Reasons kept why something cannot be judged.
const UNCLEAR: usize = 20;

/// One broken rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// `B0` to `B9`.
    pub rule: &'static str,
    /// Log index, where one can be named.
    pub index: Option<u64>,
    pub stream: Option<Uuid>,
    pub text: String,
}

/// What was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    pub events: u64,
    pub streams: u64,
    /// Values re-hashed.
    pub values: u64,
    /// Payload groups opened and recomputed.
    pub groups: u64,
    /// Sealed groups that no vault was given for.
    pub locked: u64,
    /// Missing groups authorised by a confirmed erasure.
    pub erased: u64,
    /// Missing groups whose erasure is requested but not confirmed.
    pub pending: u64,
    pub documents: u64,
}

/// The newest signed checkpoint that this log agrees with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Newest {
    pub size: u64,
    /// Newest time of a known witness' cosignature, Unix seconds.
    pub cosigned: Option<u64>,
}

/// The overall answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    Valid,
    /// Some payloads were not handed over or are locked.
    ValidRedacted,
    /// This many missing payloads are authorised.
    ValidErased(u64),
    Unverifiable(String),
    Violation,
}

impl Verdict {
    /// Exit code of `akte verify`.
    pub fn exit_code(&self) -> u8 {
        match self {
            Verdict::Violation => 1,
            Verdict::Unverifiable(_) => 2,
            _ => 0,
        }
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Verdict::Valid => f.write_str("valid"),
            Verdict::ValidRedacted => f.write_str("valid-redacted"),
            Verdict::ValidErased(n) => write!(f, "valid-erased({n})"),
            Verdict::Unverifiable(why) => write!(f, "unverifiable ({why})"),
            Verdict::Violation => f.write_str("VIOLATION"),
        }
    }
}

/// Verdict, figures and the first violations in the order of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    pub verdict: Verdict,
    pub counts: Counts,
    pub size: u64,
    pub root: Hash,
    pub violations: Vec<Violation>,
    /// All violations, also those not kept.
    pub violation_count: u64,
    /// Why something cannot be judged: unknown keys, unknown tags, pending erasures.
    pub unclear: Vec<String>,
    /// `None`: no trusted key has signed any size of this log.
    pub checkpoint: Option<Newest>,
}

/// Collects violations while the log streams by.
#[derive(Default)]
pub(super) struct Findings {
    kept: Vec<Violation>,
    count: u64,
    unclear: Vec<String>,
    newest: Option<Newest>,
}

impl Findings {
    pub(super) fn add(
        &mut self,
        rule: &'static str,
        index: Option<u64>,
        stream: Option<Uuid>,
        text: impl Into<String>,
    ) {
        self.count += 1;
        if self.kept.len() < KEPT {
            self.kept.push(Violation { rule, index, stream, text: text.into() });
        }
    }

    /// What cannot be read because it is damaged is a finding; every other storage error is not.
    pub(super) fn damage<T>(
        &mut self,
        rule: &'static str,
        read: Result<T, LedgerError>,
    ) -> Result<Option<T>, LedgerError> {
        match read {
            Ok(value) => Ok(Some(value)),
            Err(LedgerError::Corrupt { reason, .. }) => {
                self.add(rule, None, None, format!("nicht lesbar: {reason}"));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Something that is neither right nor wrong.
    pub(super) fn unclear(&mut self, why: String) {
        if self.unclear.len() < UNCLEAR {
            self.unclear.push(why);
        }
    }

    /// A signed checkpoint that the log agrees with; the largest counts, among equals the last cosigned.
    pub(super) fn newest(&mut self, found: Newest) {
        let rank = |n: &Newest| (n.size, n.cosigned);
        if self.newest.as_ref().is_none_or(|known| rank(known) < rank(&found)) {
            self.newest = Some(found);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(super) fn report(mut self, counts: Counts, size: u64, root: Hash) -> Report {
        // What names a place comes first, in the order of the log; the head and the tables after it.
        if counts.pending > 0 {
            self.unclear.insert(0, "erasure pending".into());
        }
        self.kept.sort_by_key(|v| v.index.unwrap_or(u64::MAX));
        let verdict = if self.count > 0 {
            Verdict::Violation
        } else if let Some(why) = self.unclear.first() {
            Verdict::Unverifiable(why.clone())
        } else if counts.locked > 0 {
            Verdict::ValidRedacted
        } else if counts.erased > 0 {
            Verdict::ValidErased(counts.erased)
        } else {
            Verdict::Valid
        };
        let Self { kept: violations, count: violation_count, unclear, newest: checkpoint } = self;
        Report { verdict, counts, size, root, violations, violation_count, unclear, checkpoint }
    }
}
