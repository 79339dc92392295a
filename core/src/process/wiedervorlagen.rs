//! The day's work on Wiedervorlagen: noted as due, and told to the head of the unit, each once.
//!
//! Looks for nothing by itself: the caller takes the candidates from its view.

use crate::execute::{Call, ExecuteError, House, Principal, Target};
use crate::geschaeftsgang::{Wiedervorlage, WiedervorlageCommand as C};
use uuid::Uuid;

/// Working days after which an undone Wiedervorlage appears with the head of the unit.
pub const ARBEITSTAGE: u32 = 3;

/// Notes these as due, and as escalated after [`ARBEITSTAGE`]. Returns how many of each are new. Repeating it, here or
/// on another node, notes nothing twice: the Wiedervorlage itself remembers.
pub async fn note_wiedervorlagen(house: &House, alle: &[Uuid]) -> Result<(u64, u64), ExecuteError> {
    let today = house.clock.now().to_zoned(house.zone.clone()).date();
    let (mut due, mut escalated) = (0, 0);
    for w in alle {
        for (rule, command, count) in
            [("faellig", C::NoteDue, &mut due), ("eskaliert", C::Escalate { arbeitstage: ARBEITSTAGE }, &mut escalated)]
        {
            let version = house.load::<Wiedervorlage>(*w).await?.version;
            let key = format!("{w}\nwiedervorlage.{rule}\n{version}\n{today}");
            let principal = Principal::process();
            let call = Call { principal, key, target: Target::Stream(*w), expected: None, request: None, corr: None };
            match house.execute::<Wiedervorlage>(call, command).await {
                Ok(done) => *count += u64::from(done.receipt.is_some() && !done.repeated),
                Err(ExecuteError::Refused { .. }) => {}
                Err(e) => return Err(e),
            }
        }
    }
    Ok((due, escalated))
}
