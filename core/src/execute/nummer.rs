//! What hangs on a thing is numbered from 1: the next stream of its kind, and all there are.
//!
//! Gapless by the expected version of each stream; a repeated key finds its own stream again.

use super::call::{Call, Done, ExecuteError, Loaded, Target};
use super::house::House;
use super::room::Room;
use crate::geschaeftsgang::VERGEBEN;
use uuid::Uuid;

/// Most of one kind on one thing.
const HOECHSTENS: u32 = 1_000;

impl House {
    /// Opens the next stream of this kind below these parts. The same key opens the same one again.
    pub async fn execute_numbered<R: Room>(
        &self,
        call: Call,
        parts: &[String],
        command: R::Command,
    ) -> Result<Done, ExecuteError> {
        for nr in 1..=HOECHSTENS {
            let mut parts = parts.to_vec();
            parts.push(nr.to_string());
            let call = Call { target: Target::Natural(parts), ..call.clone() };
            match self.execute::<R>(call, command.clone()).await {
                Err(ExecuteError::Refused { code, .. }) if code == VERGEBEN => {}
                ended => return ended,
            }
        }
        let text = format!("Hier hängen schon {HOECHSTENS} davon. Mehr sind nicht vorgesehen.");
        Err(ExecuteError::Refused { code: "zu_viele".into(), text })
    }

    /// All streams of this kind below these parts, in the order of their numbers.
    pub async fn numbered<R: Room>(&self, parts: &[String]) -> Result<Vec<Loaded<R>>, ExecuteError> {
        let mut out = Vec::new();
        for nr in 1..=HOECHSTENS {
            let nr = nr.to_string();
            let key: Vec<&str> = parts.iter().map(String::as_str).chain([nr.as_str()]).collect();
            match self.load::<R>(self.natural_stream(R::KIND, &key)?).await {
                Ok(loaded) => out.push(loaded),
                Err(ExecuteError::NotFound) => break,
                Err(e) => return Err(e),
            }
        }
        Ok(out)
    }

    /// Their ids, without folding them.
    pub async fn nummern<R: Room>(&self, parts: &[String]) -> Result<Vec<Uuid>, ExecuteError> {
        let mut out = Vec::new();
        for nr in 1..=HOECHSTENS {
            let nr = nr.to_string();
            let key: Vec<&str> = parts.iter().map(String::as_str).chain([nr.as_str()]).collect();
            let strom = self.natural_stream(R::KIND, &key)?;
            let erstes = self.ledger.read_stream(strom, 0, 1).await.map_err(|e| ExecuteError::Fault(e.to_string()))?;
            if erstes.is_empty() {
                break;
            }
            out.push(strom);
        }
        Ok(out)
    }
}
