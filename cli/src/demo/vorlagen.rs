//! Wiedervorlagen later, due, escalated and done; tasks open, handed on and done; things that are watched.

use super::akten::Akten;
use super::hand::{ANDERE, EINHEIT, Hand, konto};
use akte_core::execute::{Principal, Target};
use akte_core::geschaeftsgang::{
    Aufgabe, AufgabeCommand, Beobachtung, BeobachtungCommand, Objekt, Objektart, Wann, Wiedervorlage,
    WiedervorlageCommand,
};
use akte_core::process::note_wiedervorlagen;
use jiff::ToSpan;
use uuid::Uuid;

/// What was set on the first day.
pub struct Vorlagen {
    erledigt: Uuid,
    eskaliert: Uuid,
    verschoben: Uuid,
    /// Due shortly before the last day.
    faellig: Uuid,
    weitergeben: Uuid,
    aufgabe_erledigt: Uuid,
}

pub async fn setzen(h: &Hand<'_>, a: &Akten) -> anyhow::Result<Vorlagen> {
    let akte = Objekt::neu(Objektart::Akte, a.lebend);
    let titel = "Angebote für die Stromkästen einholen";
    let weitergeben = aufgabe(h, akte, titel).await?;
    let aufgabe_erledigt = aufgabe(h, akte, "Standplan am Rathaus aushängen").await?;
    aufgabe(h, akte, "Ortstermin mit den Händlern vereinbaren").await?;
    beobachten(h, &h.eins, akte, true).await?;
    beobachten(h, &h.zwei, akte, true).await?;
    Ok(Vorlagen {
        erledigt: vorlage(h, &h.eins, akte, 5, "Rückmeldung der Händler?").await?,
        eskaliert: vorlage(h, &h.zwei, akte, 7, "Liegt die Stellungnahme vor?").await?,
        verschoben: vorlage(h, &h.eins, akte, 9, "Genehmigung der Straßensperrung?").await?,
        // Twenty-six days lie between the first day and the last: due on it or one or two days before.
        faellig: vorlage(h, &h.eins, akte, 24, "Abrechnung des Versorgers da?").await?,
        weitergeben,
        aufgabe_erledigt,
    })
}

/// Due is noted by the day's work; one is done, one moved, one stays with the head of the unit.
pub async fn erledigen(h: &Hand<'_>, v: &Vorlagen) -> anyhow::Result<()> {
    note_wiedervorlagen(h.house, &[v.erledigt, v.eskaliert, v.verschoben]).await?;
    let fertig = WiedervorlageCommand::Done { ergebnis: "Alle haben geantwortet.".into() };
    h.tun::<Wiedervorlage>(&h.eins, Target::Stream(v.erledigt), fertig).await?;
    let grund = "Die Straßenverkehrsbehörde braucht länger.".into();
    let schieben = WiedervorlageCommand::Move { wann: Wann::Tage(60), grund };
    h.tun::<Wiedervorlage>(&h.eins, Target::Stream(v.verschoben), schieben).await?;
    let weiter = AufgabeCommand::Forward {
        einheit: ANDERE.into(),
        konto: Some(konto(&h.fremd)),
        grund: "Die Mittel bewirtschaftet das Steueramt.".into(),
    };
    h.tun::<Aufgabe>(&h.zwei, Target::Stream(v.weitergeben), weiter).await?;
    let fertig = AufgabeCommand::Done { ergebnis: "Hängt im Schaukasten.".into() };
    h.tun::<Aufgabe>(&h.zwei, Target::Stream(v.aufgabe_erledigt), fertig).await.map(drop)
}

/// One is due now, one lies ahead; one person stops watching.
pub async fn letzte(h: &Hand<'_>, a: &Akten, v: &Vorlagen) -> anyhow::Result<()> {
    note_wiedervorlagen(h.house, &[v.faellig]).await?;
    vorlage(h, &h.zwei, Objekt::neu(Objektart::Akte, a.ziel), 90, "Ist die Baustelle beendet?").await?;
    beobachten(h, &h.zwei, Objekt::neu(Objektart::Akte, a.lebend), false).await
}

async fn vorlage(h: &Hand<'_>, wer: &Principal, objekt: Objekt, tage: u32, grund: &str) -> anyhow::Result<Uuid> {
    let command = WiedervorlageCommand::Set {
        objekt,
        einheit: EINHEIT.into(),
        konto: konto(wer),
        wann: Wann::Tage(tage),
        grund: grund.into(),
        verfuegung: None,
    };
    h.anhaengen::<Wiedervorlage>(wer, objekt, command).await
}

/// A task the first clerk gives to the second.
async fn aufgabe(h: &Hand<'_>, objekt: Objekt, titel: &str) -> anyhow::Result<Uuid> {
    let command = AufgabeCommand::Create {
        objekt: Some(objekt),
        aus: EINHEIT.into(),
        einheit: EINHEIT.into(),
        konto: Some(konto(&h.zwei)),
        faellig: Some(h.house.heute().checked_add(60.days())?),
        titel: titel.into(),
    };
    h.anhaengen::<Aufgabe>(&h.eins, objekt, command).await
}

async fn beobachten(h: &Hand<'_>, wer: &Principal, objekt: Objekt, an: bool) -> anyhow::Result<()> {
    let mut parts = vec![konto(wer).to_string()];
    parts.extend(objekt.schluessel());
    let command = match an {
        true => BeobachtungCommand::Start { objekt, einheit: EINHEIT.into() },
        false => BeobachtungCommand::End,
    };
    h.tun::<Beobachtung>(wer, Target::Natural(parts), command).await.map(drop)
}
