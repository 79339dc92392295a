//! Fristen that ended unused are noted, once for each end.
//!
//! Looks for nothing by itself: the caller takes the candidates from its view of Fristen.

use crate::execute::{Call, ExecuteError, House, Principal, Target};
use crate::kernel::Decider;
use crate::verfahren::fristlauf;
use crate::verfahren::{Vorgang, VorgangCommand};
use jiff::civil::Date;
use uuid::Uuid;

/// Notes on these cases what has ended before today. Returns how many were noted. Repeating it notes nothing twice:
/// the case itself remembers, and the key is that of its state.
pub async fn note_missed(house: &House, vorgaenge: &[Uuid]) -> Result<u64, ExecuteError> {
    let today = house.clock.now().to_zoned(house.zone.clone()).date();
    let mut noted = 0;
    for v in vorgaenge {
        let loaded = house.load::<Vorgang>(*v).await?;
        if !anything_ended(&loaded.state, today) {
            continue;
        }
        let key = format!("{v}\nfrist.versaeumt\n{}\n{today}", loaded.version);
        let principal = Principal::process();
        let call = Call { principal, key, target: Target::Stream(*v), expected: None, request: None, corr: None };
        match house.execute::<Vorgang>(call, VorgangCommand::MissFristen).await {
            Ok(done) => noted += u64::from(done.receipt.is_some() && !done.repeated),
            Err(ExecuteError::Refused { .. }) => {}
            Err(e) => return Err(e),
        }
    }
    Ok(noted)
}

/// Saves the try where the case was noted before; what counts is decided by the case.
fn anything_ended(v: &<Vorgang as Decider>::State, today: Date) -> bool {
    fristlauf::offene(v).iter().any(|f| !f.versaeumt && f.end < today)
}
