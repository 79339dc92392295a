//! The gate of reads: load, ask `permit`, hand out.
//!
//! Whoever shows personal data comes through here; the caller writes its access-log row from the answer.

use super::call::{ExecuteError, Loaded};
use super::house::House;
use super::room::Room;
use crate::kernel::{Context, Facts, Ids};
use crate::zugriff::{Action, Decision, Principal, Resource, permit};
use uuid::Uuid;

impl House {
    /// The stream, if the principal may do this with it. A denied read and a missing stream give
    /// different errors here; the edge shows both as "nicht gefunden".
    pub async fn may<R: Room>(
        &self,
        principal: &Principal,
        action: Action,
        stream: Uuid,
    ) -> Result<(Loaded<R>, Decision), ExecuteError> {
        let loaded = self.load::<R>(stream).await?;
        let resource = Resource { stream: Some(stream), ..R::resource_of(&loaded.state) };
        let decision = self.may_on(principal, action, &resource).await?;
        Ok((loaded, decision))
    }

    /// The same for something that is no stream: an inbox of a unit, a search, the audit trail.
    pub async fn may_on(
        &self,
        principal: &Principal,
        action: Action,
        resource: &Resource,
    ) -> Result<Decision, ExecuteError> {
        let now = self.clock.now();
        let today = now.to_zoned(self.zone.clone()).date();
        let ctx = Context {
            now,
            today,
            zone: self.zone.clone(),
            actor: principal.actor.clone(),
            on_behalf_of: principal.on_behalf_of,
            ids: Ids([0; 32]),
            law: self.law.clone(),
            definition: None,
            facts: Facts {
                einheit: principal.einheit.clone(),
                rollen: principal.rollen.clone(),
                vertritt: self.vertritt(principal, today).await?,
                ..Facts::default()
            },
        };
        let decision = permit(principal, action, resource, &ctx);
        match (decision.allow, decision.policies.first()) {
            (true, _) => Ok(decision),
            (false, id) => {
                Err(ExecuteError::Denied(id.map_or_else(|| action.name().to_owned(), |id| (*id).to_owned())))
            }
        }
    }
}
