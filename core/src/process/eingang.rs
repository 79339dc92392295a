//! Where the post book meets the Akten: who may file what where, and what follows when it is assigned.
//!
//! Filing goes through the same commands as any other document; a repetition meets the same streams.

use super::react::{Follow, What};
use crate::akte::{Akte, AkteCommand, Aktenplan, DokumentCommand};
use crate::eingang::{Eingang, EingangCommand, EingangEvent};
use crate::execute::{AnyCommand, Call, Done, ExecuteError, House, Target};
use crate::kernel::{Decider, Role};
use crate::vault::Recorded;
use crate::zugriff::{Action, Principal};
use uuid::Uuid;

/// Where an Eingang is to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ablage {
    /// An Akte that is there.
    Akte(Uuid),
    /// A new one at this position of the plan.
    Neu { aktenplan: String, titel: String },
}

/// Assigns an Eingang, if the same person might file a document in that Akte, or the new one lies in the unit's plan.
pub async fn zuordnen(house: &House, call: Call, ablage: Ablage) -> Result<Done, ExecuteError> {
    let Target::Stream(stream) = call.target else { return Err(ExecuteError::NotFound) };
    let command = match ablage {
        Ablage::Akte(akte) => {
            let (loaded, _) = house.may::<Akte>(&call.principal, Action::FileDokument, akte).await?;
            EingangCommand::Assign { akte, vorgang: loaded.state.vorgang }
        }
        Ablage::Neu { aktenplan, titel } => {
            let einheit = house.load::<Eingang>(stream).await?.state.einheit;
            let aktenplan = aktenplan.trim().to_owned();
            position(house, &call.principal, &einheit, &aktenplan).await?;
            EingangCommand::AssignNew { akte: neue_akte(house, stream)?, aktenplan, titel }
        }
    };
    house.execute::<Eingang>(call, command).await
}

/// A position that is there and open, and in the unit's part of the plan unless the registry asks.
async fn position(house: &House, wer: &Principal, einheit: &str, kennung: &str) -> Result<(), ExecuteError> {
    let plan = house.natural_stream("aktenplan", &["aktenplan"])?;
    let plan = match house.load::<Aktenplan>(plan).await {
        Ok(plan) => plan.state,
        Err(ExecuteError::NotFound) => Aktenplan::default(),
        Err(e) => return Err(e),
    };
    let refused = |text: String| Err(ExecuteError::Refused { code: "aktenplan".into(), text });
    if kennung.is_empty() {
        return refused("Bitte füllen Sie „Position im Aktenplan“ aus, zum Beispiel 32.21.".into());
    }
    let today = house.clock.now().to_zoned(house.zone.clone()).date();
    let open = plan.geschlossen.get(kennung).is_none_or(|bis| *bis > today);
    if !plan.positionen.contains_key(kennung) || !open {
        return refused(format!("Die Position {kennung} gibt es im Aktenplan nicht, oder sie ist geschlossen."));
    }
    let own = house.stadt.einheiten.iter().find(|e| e.id == einheit);
    let below = |vor: &String| kennung == vor || kennung.strip_prefix(vor.as_str()).is_some_and(|r| r.starts_with('.'));
    if !wer.rollen.contains(&Role::Registratur) && !own.is_some_and(|e| e.aktenplan.iter().any(below)) {
        return refused(format!(
            "Die Position {kennung} gehört nicht zu Ihrer Einheit. Leiten Sie den Eingang weiter, oder fragen Sie die Registratur."
        ));
    }
    Ok(())
}

/// Natural key of the Akte an Eingang opens: known before it is there, and one for ever.
fn neu(eingang: Uuid) -> Vec<String> {
    vec!["eingang".into(), eingang.to_string()]
}

fn neue_akte(house: &House, eingang: Uuid) -> Result<Uuid, ExecuteError> {
    let key = neu(eingang);
    house.natural_stream(Akte::KIND, &key.iter().map(String::as_str).collect::<Vec<_>>())
}

/// After the assignment: the Akte where it is new, then the original and each of its parts.
pub(super) async fn zugeordnet(house: &House, r: &Recorded) -> Result<Vec<Follow>, ExecuteError> {
    if r.wire != "eingang.assigned.v1" {
        return Ok(vec![]);
    }
    let unreadable = || ExecuteError::Fault(format!("Ereignis {} ist nicht lesbar", r.index));
    let EingangEvent::Assigned { akte, vorgang, aktenplan, einheit, titel } = r.decode().map_err(|_| unreadable())?
    else {
        return Ok(vec![]);
    };
    let mut out = Vec::new();
    let corr = match aktenplan {
        None => house.load::<Akte>(akte).await?.corr,
        Some(aktenplan) => {
            let titel = titel.unwrap_or_default();
            let open = AkteCommand::Open { aktenplan, einheit, vorgang: None, titel };
            let what = What::Command(Box::new(AnyCommand::Akte(open)));
            let (item, target) = (r.stream.to_string(), Target::Natural(neu(r.stream)));
            out.push(Follow { rule: "eingang.akte", item, target, corr: None, what });
            akte
        }
    };
    let eingang = house.load::<Eingang>(r.stream).await?.state;
    out.extend(stuecke(&eingang).into_iter().map(|(titel, dateiname, dokument)| {
        let item = dokument.reference.to_string();
        let add = DokumentCommand::Add { akte, vorgang, richtung: "eingang".into(), titel, dateiname, dokument };
        let what = What::Command(Box::new(AnyCommand::Dokument(add)));
        Follow { rule: "eingang.ablegen", item, target: Target::New, corr: Some(corr), what }
    }));
    Ok(out)
}

/// Title, file name and value of the original and of each part.
fn stuecke(e: &Eingang) -> Vec<(String, String, crate::documents::DokumentWert)> {
    let kanal = e.kanal.map_or("Posteingang", |k| k.wort());
    let betreff = e.betreff.clone().unwrap_or_else(|| kanal.to_owned());
    let name = e.dateiname.clone().unwrap_or_else(|| "original".into());
    let original = e.dokument.iter().map(|d| (betreff.clone(), name.clone(), d.clone()));
    let teile =
        e.teile.iter().map(|t| (format!("{}: {}", t.art.wort(), t.dateiname), t.dateiname.clone(), t.dokument.clone()));
    original.chain(teile).collect()
}
