//! Which states a case of a definition can reach at all.
//!
//! Follows from the definition alone; whether a case gets there is the Vorgang's decider.

use crate::verfahren::definition::{Definition, Schrittart};
use crate::verfahren::state::Status;
use std::collections::BTreeSet;

/// Every state a case of this definition can be in, the empty stream left out.
pub fn zustaende(def: &Definition) -> BTreeSet<Status> {
    use Status::*;
    let mut out = BTreeSet::from([
        Eingegangen,
        Registriert,
        Zugewiesen,
        InPruefung,
        Nachforderung,
        Ruht,
        ZdA,
        Zurueckgenommen,
        Erledigt,
    ]);
    if def.schritt(Schrittart::Beteiligen).is_some() {
        out.insert(Beteiligung);
    }
    if def.schritt(Schrittart::Anhoeren).is_some() {
        out.insert(Anhoerung);
    }
    if def.schritt(Schrittart::Abgeben).is_some() || def.zustaendig.sonst == "abgeben" {
        out.insert(Abgegeben);
    }
    if def.entscheidet() {
        out.extend([
            Entscheidungsreif,
            ImGeschaeftsgang,
            Gezeichnet,
            Versandt,
            Bekanntgegeben,
            Widerspruch,
            Bestandskraeftig,
        ]);
    }
    out
}
