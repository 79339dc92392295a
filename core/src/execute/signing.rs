//! The house's side of the signed log: which keys it has, who signs, a checkpoint for a receipt, a change of key.
//!
//! Holds no key file and no schedule; these belong to whoever wires the house.

use super::call::ExecuteError;
use super::house::House;
use crate::ledger::hash::{b64u, from_b64u};
use crate::ledger::ids::system_stream;
use crate::ledger::note::{NoteSigner, Vkey};
use crate::ledger::signer::{LogSigner, Signed};
use crate::ledger::takt::{Takt, TaktError};
use crate::vault::Recorded;
use serde_json::{Value, json};
use std::sync::Arc;

/// What the old key signs of the new one.
const ROTATE: &str = "aktenkette/rotate/v1\n";

impl House {
    /// Every key this log ever had, the newest first, as leaf 0 and the rotations tell. A rotation counts
    /// only if a key known before it has signed it. Keys of types this program does not know are left out.
    pub async fn log_vkeys(&self) -> Result<Vec<Vkey>, ExecuteError> {
        let mut keys: Vec<Vkey> = Vec::new();
        for r in &self.history(system_stream(&self.log)).await? {
            match r.wire.as_str() {
                "log.epoch_opened.v1" => {
                    let texts = r.data.get("vkeys").and_then(Value::as_array).into_iter().flatten();
                    keys.extend(texts.filter_map(|text| Vkey::parse(text.as_str()?).ok()));
                }
                "log.key_rotated.v1" => {
                    let new = rotated(r, &keys).ok_or_else(|| {
                        ExecuteError::Fault(format!(
                            "Schlüsselwechsel in Ereignis {} ist nicht unterschrieben",
                            r.index
                        ))
                    })?;
                    keys.insert(0, new);
                }
                _ => {}
            }
        }
        Ok(keys)
    }

    /// Takes up the signer of this house, once; a second one is not taken.
    pub async fn sign_with(&self, signer: LogSigner) -> Result<Arc<Takt>, ExecuteError> {
        let vkeys = self.log_vkeys().await?;
        let takt = self.takt.get_or_init(|| {
            let takt = Takt::new(signer, self.ledger.clone(), vkeys);
            Arc::new(takt.shared(self.leases.clone()))
        });
        Ok(Arc::clone(takt))
    }

    /// The signer at work, if this house has one.
    pub fn takt(&self) -> Option<&Arc<Takt>> {
        self.takt.get()
    }

    /// A signed checkpoint whose tree holds the event at this index: what a receipt needs. Waits a bounded
    /// time where it must be signed first; requests of the same second share one signature.
    pub async fn checkpoint_covering(&self, index: u64) -> Result<Signed, TaktError> {
        self.takt().ok_or(TaktError::Unsigned)?.checkpoint_covering(index).await
    }

    /// Writes that `new` follows `old` as the log's key, signed by the old one. The same change again writes nothing.
    pub async fn write_rotation(&self, old: &NoteSigner, new: &Vkey) -> Result<(), ExecuteError> {
        if !self.log_vkeys().await?.contains(&old.vkey()) {
            let text = format!("Der Schlüssel {} gehört nicht zu diesem Protokoll.", old.vkey());
            return Err(ExecuteError::Refused { code: "fremder_schluessel".into(), text });
        }
        let new = new.to_string();
        let signature = b64u(&old.sign_raw(format!("{ROTATE}{new}").as_bytes()));
        let data = json!({ "old_vkey": old.vkey().to_string(), "new_vkey": new, "signature": signature });
        self.write_system("log.key_rotated.v1", &data, &format!("log-key-rotated {new}")).await
    }
}

/// The new key of a rotation that one of the known keys has signed.
fn rotated(r: &Recorded, known: &[Vkey]) -> Option<Vkey> {
    let text = |name: &str| r.data.get(name).and_then(Value::as_str);
    let (old, new) = (text("old_vkey")?, text("new_vkey")?);
    let signature = from_b64u::<64>(text("signature")?)?;
    let old = known.iter().find(|key| key.to_string() == old)?;
    old.verify_raw(format!("{ROTATE}{new}").as_bytes(), &signature).then(|| Vkey::parse(new).ok())?
}
