//! Whom a sealed value concerns: the subject role behind the key of its group.
//!
//! Opens nothing. A role nobody names stays unknown: then the value is somebody's, and it is not said whose.

use super::call::ExecuteError;
use super::house::House;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

impl House {
    /// Key id -> role, for the keys of a procedure that belong to one of these roles.
    pub async fn subjekte(
        &self,
        procedure: Uuid,
        rollen: &BTreeSet<String>,
    ) -> Result<BTreeMap<u64, String>, ExecuteError> {
        let uses = self.ledger.kek_uses_of(procedure).await.map_err(|e| ExecuteError::Fault(e.to_string()))?;
        let bekannt: BTreeMap<String, &String> =
            rollen.iter().map(|r| (self.vault.keys().subject(r, procedure).to_string(), r)).collect();
        let rolle = |kek: u64, subject: &String| bekannt.get(subject).map(|r| (kek, (*r).clone()));
        Ok(uses.iter().filter_map(|u| rolle(u.kek_id, &u.subject)).collect())
    }
}
