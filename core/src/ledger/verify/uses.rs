//! First uses of keys: which key belongs to whom, and whether its mac is right (rule B5). 72 bytes a key.

use super::KeySource;
use super::report::Findings;
use crate::ledger::group::Kek;
use crate::ledger::port::{Hash, KekUse};
use std::collections::HashMap;
use uuid::Uuid;

struct Row {
    kek_id: u64,
    /// Zeros where the subject is no lower-case UUID; then its text stands in `odd`.
    subject: Uuid,
    procedure: Uuid,
    mac: Hash,
}

/// The rows, ascending by key id.
pub(super) struct Uses {
    rows: Vec<Row>,
    /// Rows whose mac was compared, one bit a row.
    checked: Vec<u64>,
    odd: HashMap<u64, String>,
}

impl Uses {
    pub(super) fn new(uses: Vec<KekUse>) -> Self {
        let mut odd = HashMap::new();
        let compact = |row: KekUse| {
            let subject = Uuid::try_parse(&row.subject).ok().filter(|id| id.to_string() == row.subject);
            if subject.is_none() {
                odd.insert(row.kek_id, row.subject);
            }
            let subject = subject.unwrap_or_default();
            Row { kek_id: row.kek_id, subject, procedure: row.procedure, mac: row.mac }
        };
        let mut rows: Vec<Row> = uses.into_iter().map(compact).collect();
        rows.sort_unstable_by_key(|row| row.kek_id);
        Self { checked: vec![0; rows.len().div_ceil(64)], rows, odd }
    }

    pub(super) fn known(&self, kek_id: u64) -> bool {
        self.place(kek_id).is_some()
    }

    /// Whether the row of this key is right; asked again, it is.
    pub(super) fn right(&mut self, kek: &Kek) -> bool {
        let Some(at) = self.place(kek.id) else { return false };
        let bit = 1 << (at % 64);
        let done = self.checked[at / 64] & bit != 0;
        self.checked[at / 64] |= bit;
        done || self.matches(at, kek)
    }

    /// Rows no group of the log was opened with: their macs must be right as well, where their keys exist.
    pub(super) fn check_rest(&self, keys: &dyn KeySource, findings: &mut Findings) {
        for (at, row) in self.rows.iter().enumerate().filter(|(at, _)| self.checked[at / 64] & (1 << (at % 64)) == 0) {
            if keys.kek(row.kek_id).is_some_and(|kek| !self.matches(at, &kek)) {
                findings.add("B5", None, None, format!("kek_use des Schlüssels {} stimmt nicht", row.kek_id));
            }
        }
    }

    fn place(&self, kek_id: u64) -> Option<usize> {
        self.rows.binary_search_by_key(&kek_id, |row| row.kek_id).ok()
    }

    fn matches(&self, at: usize, kek: &Kek) -> bool {
        let row = &self.rows[at];
        let subject = self.odd.get(&row.kek_id).cloned().unwrap_or_else(|| row.subject.to_string());
        kek.use_mac(&subject, row.procedure) == row.mac
    }
}
