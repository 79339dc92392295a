//! Files in every state: with parts, under a hold, closed, with another retention, offered, taken over, reopened.
//!
//! Ends no file: that is `vernichtung`.

use super::hand::Hand;
use akte_core::akte::event::{Anbietungsanlass, Bewertung};
use akte_core::akte::{Akte, AkteCommand as C, Angaben, Dokument, DokumentCommand, Entscheidung, Sperrzweck, Teil};
use akte_core::execute::Target;
use akte_core::metadaten::Art;
use anyhow::Context;
use jiff::ToSpan;
use jiff::civil::Date;
use uuid::Uuid;

/// The files, by what they show.
pub struct Akten {
    /// Parts, versions, routes, post.
    pub lebend: Uuid,
    /// Where a document is moved to.
    pub ziel: Uuid,
    /// Under a hold.
    gesperrt: Uuid,
    /// Closed, kept longer than computed.
    laenger: Uuid,
    /// Closed, another end proposed.
    vorschlag: Uuid,
    /// Taken over by the archive.
    archiviert: Uuid,
    /// Offered, then something came late.
    spaet: Uuid,
    /// Closed and taken up again.
    wieder: Uuid,
    /// Without a Vorgang, and destroyed at the end.
    pub vergeht: Uuid,
    /// Documents of `lebend`: placed in a part, moved away, the same letter twice.
    eingeordnet: Uuid,
    verirrt: Uuid,
    original: Uuid,
    doppel: Uuid,
}

pub async fn anlegen(h: &Hand<'_>) -> anyhow::Result<Akten> {
    let lebend = h.eroeffnen("Wochenmarkt, Standplätze").await?;
    let ziel = h.eroeffnen("Beschwerden über Baustellenlärm").await?;
    let mut mehr = Vec::new();
    for titel in [
        "Parkausweise, Klageverfahren",
        "Marktordnung, frühere Fassungen",
        "Plakatwerbung, abgeschlossen",
        "Volksfest, Sammlung der Programme",
        "Fundsachen, altes Verzeichnis",
        "Gaststättenrunde, Niederschriften",
        "Marktumfrage, Rückläufe",
    ] {
        let akte = h.eroeffnen(titel).await?;
        h.ablegen(&h.eins, akte, "Übersicht", &format!("Übersicht zur Akte „{titel}“.")).await?;
        mehr.push(akte);
    }
    let [gesperrt, laenger, vorschlag, archiviert, spaet, wieder, vergeht] = mehr[..] else {
        anyhow::bail!("Die Akten der Demo sind nicht vollständig");
    };
    let beschwerde = "Der Lärm beginnt vor sieben Uhr. Bitte prüfen Sie die Genehmigung.";
    let eingeordnet = h.ablegen(&h.eins, lebend, "Lageplan der Stände", "Stand 1 bis 24, Stromanschluss Nord.").await?;
    let verirrt = h.ablegen(&h.zwei, lebend, "Beschwerde vom Nachbargrundstück", beschwerde).await?;
    let original = h.ablegen(&h.eins, lebend, "Anfrage einer Imkerei", "Wir möchten Honig anbieten.").await?;
    let doppel = h.ablegen(&h.zwei, lebend, "Anfrage einer Imkerei, Fax", "Wir möchten Honig anbieten.").await?;
    let akten = Akten {
        lebend,
        ziel,
        gesperrt,
        laenger,
        vorschlag,
        archiviert,
        spaet,
        wieder,
        vergeht,
        eingeordnet,
        verirrt,
        original,
        doppel,
    };
    Ok(akten)
}

/// Parts, a better title, a document in the right file, references, the same letter twice, holds.
pub async fn ordnen(h: &Hand<'_>, a: &Akten) -> anyhow::Result<()> {
    h.akte(&h.eins, a.lebend, C::OpenTeilakte { titel: "Pläne und Skizzen".into() }).await?;
    let teil = h.house.load::<Akte>(a.lebend).await?.state.teilakten.last().map(|t| t.teilakte);
    h.akte(&h.eins, a.lebend, C::PlaceDokument { dokument: a.eingeordnet, teilakte: teil }).await?;
    let (feld, wert) = ("titel".into(), "Wochenmarkt, Standplätze und Strom".into());
    let grund = "Die Akte führt auch die Stromanschlüsse.".into();
    h.akte(&h.eins, a.lebend, C::Correct { feld, wert, grund }).await?;
    let grund = "Gehört zu den Beschwerden, nicht zum Markt.".into();
    let umlegen = C::MoveDokument { dokument: a.verirrt, nach: a.ziel, selbst: Some(a.lebend), grund };
    h.akte(&h.eins, a.lebend, umlegen).await?;
    let verweis = |ziel| C::AddVerweis { ziel, grund: Some("Dieselbe Fläche.".into()), gegenseite: false };
    h.akte(&h.eins, a.lebend, verweis(a.ziel)).await?;
    h.akte(&h.eins, a.lebend, verweis(a.laenger)).await?;
    h.akte(&h.eins, a.lebend, C::RemoveVerweis { ziel: a.laenger, gegenseite: false }).await?;
    doppelte(h, a).await?;
    beschreiben(h, a, teil).await?;
    let aktenplan = h.andere_stelle.clone();
    let dauer = h.house.aufbewahrungsdauer(&aktenplan).await?;
    let grund = "Die Beschwerden gehören an diese Stelle.".into();
    h.akte(&h.registratur, a.ziel, C::Reclassify { aktenplan, grund, dauer }).await?;
    sperren(h, a).await
}

/// What is noted of the file, of its part and of a document.
async fn beschreiben(h: &Hand<'_>, a: &Akten, teil: Option<Uuid>) -> anyhow::Result<()> {
    let angaben = |art, werte: &[(&str, &str)]| {
        let schema = h.house.stadt.metadaten.in_kraft(art).cloned().context("das Schema der Metadaten fehlt")?;
        let roh = werte.iter().map(|(k, v)| ((*k).to_owned(), vec![(*v).to_owned()])).collect();
        anyhow::Ok(Box::new(Angaben { schema, roh, gesehen: 0 }))
    };
    let markt = angaben(Art::Akte, &[("schlagworte", "Markt\nStandplatz\nStrom"), ("altes_zeichen", "OA 12/7")])?;
    h.akte(&h.eins, a.lebend, C::Describe { teilakte: None, angaben: markt }).await?;
    let plaene = angaben(Art::Akte, &[("bemerkung", "Die Originale hängen im Marktbüro.")])?;
    h.akte(&h.eins, a.lebend, C::Describe { teilakte: teil, angaben: plaene }).await?;
    let plan = angaben(Art::Dokument, &[("dokumenttyp", "plan"), ("absender", "Stadtwerke")])?;
    h.tun::<Dokument>(&h.eins, Target::Stream(a.eingeordnet), DokumentCommand::Describe(plan)).await.map(drop)
}

/// Linked, once by mistake and undone.
async fn doppelte(h: &Hand<'_>, a: &Akten) -> anyhow::Result<()> {
    let selbst = a.doppel;
    let grund = || "Dieselbe Anfrage kam als Brief und als Fax.".to_owned();
    let verbinden = |original| DokumentCommand::LinkDuplicate { original, selbst, grund: grund() };
    let (wer, fax) = (&h.eins, Target::Stream(selbst));
    h.tun::<Dokument>(wer, fax.clone(), verbinden(a.eingeordnet)).await?;
    let loesen = DokumentCommand::Unlink { grund: "Mit dem falschen Dokument verbunden.".into() };
    h.tun::<Dokument>(wer, fax.clone(), loesen).await?;
    h.tun::<Dokument>(wer, fax, verbinden(a.original)).await.map(drop)
}

/// One in force, one lifted.
async fn sperren(h: &Hand<'_>, a: &Akten) -> anyhow::Result<()> {
    for (akte, zweck, grund) in [
        (a.gesperrt, Sperrzweck::Rechtsstreit, "Klage vor dem Verwaltungsgericht anhängig."),
        (a.laenger, Sperrzweck::Rechnungspruefung, "Die Rechnungsprüfung sieht die Akte ein."),
    ] {
        let command = C::SetSperre { scope: Teil::Akte, zweck, grund: grund.into() };
        h.akte(&h.leitung, akte, command).await?;
    }
    let sperre = h.house.load::<Akte>(a.laenger).await?.state.sperren.first().map(|s| s.sperre);
    let sperre = sperre.context("Sperre nicht gesetzt")?;
    h.akte(&h.leitung, a.laenger, C::LiftSperre { sperre, grund: "Die Prüfung ist beendet.".into() }).await
}

/// zdA of what is done with; what is under a hold can be closed, too.
pub async fn schliessen(h: &Hand<'_>, a: &Akten) -> anyhow::Result<()> {
    for akte in [a.gesperrt, a.laenger, a.vorschlag, a.archiviert, a.spaet, a.wieder, a.vergeht] {
        let state = h.house.load::<Akte>(akte).await?.state;
        let (dauer, beginn) = h.house.schlusslage(&state).await?;
        h.akte(&h.registratur, akte, C::Close { dauer, beginn }).await?;
    }
    let grund = "Es kam eine weitere Niederschrift.".into();
    h.akte(&h.leitung, a.wieder, C::Reopen { grund }).await?;
    h.ablegen(&h.eins, a.wieder, "Niederschrift der letzten Runde", "Drei Betriebe nahmen teil.").await.map(drop)
}

/// Another end of retention: rejected, decided by a second person, waiting for one.
pub async fn fristen(h: &Hand<'_>, a: &Akten) -> anyhow::Result<()> {
    let heute = h.house.heute();
    let spaeter = heute.checked_add(20.years())?;
    festsetzen(h, a.laenger, heute, "Wird nicht mehr gebraucht.", Some("Die Rechnungsprüfung braucht sie noch."))
        .await?;
    festsetzen(h, a.laenger, spaeter, "Grundlage der geltenden Marktordnung.", None).await?;
    let grund = "Wegen laufender Verträge länger aufbewahren.".into();
    h.akte(&h.registratur, a.vorschlag, C::ProposeAufbewahrung { end: spaeter, grund }).await?;
    for akte in [a.archiviert, a.spaet, a.vergeht] {
        abgelaufen(h, akte).await?;
    }
    Ok(())
}

/// Two persons say that the file need not be kept any longer.
pub async fn abgelaufen(h: &Hand<'_>, akte: Uuid) -> anyhow::Result<()> {
    let gestern = h.house.heute().checked_sub(1.day())?;
    festsetzen(h, akte, gestern, "Der Zweck ist seit Jahren erfüllt.", None).await
}

async fn festsetzen(h: &Hand<'_>, akte: Uuid, end: Date, grund: &str, nein: Option<&str>) -> anyhow::Result<()> {
    h.akte(&h.registratur, akte, C::ProposeAufbewahrung { end, grund: grund.into() }).await?;
    let entscheidung = match nein {
        Some(grund) => Entscheidung::Ablehnen { grund: grund.into() },
        None => Entscheidung::Genehmigen,
    };
    h.akte(&h.leitung, akte, C::DecideAufbewahrung(entscheidung)).await
}

/// Offered and appraised as `bewertung`.
pub async fn anbieten(h: &Hand<'_>, akte: Uuid, bewertung: Bewertung) -> anyhow::Result<()> {
    let vermerk = "Mit der Jahresliste angeboten.".into();
    h.akte(&h.registratur, akte, C::Offer { anlass: Anbietungsanlass::Frist, vermerk }).await?;
    let vermerk = "Antwort des Archivs auf die Jahresliste.".into();
    h.akte(&h.registratur, akte, C::Appraise { bewertung, vermerk }).await
}

/// One file taken over; one whose offer lapses because something came late.
pub async fn archiv(h: &Hand<'_>, a: &Akten) -> anyhow::Result<()> {
    anbieten(h, a.archiviert, Bewertung::A).await?;
    h.akte(&h.registratur, a.archiviert, C::ConfirmImport { archivkennung: "ARCHIV-DEMO-0017".into() }).await?;
    anbieten(h, a.vergeht, Bewertung::V).await?;
    anbieten(h, a.spaet, Bewertung::V).await?;
    let dokument = h.schreiben(&h.eins, a.spaet, "Nachtrag zum Verzeichnis", "Zwei Schirme, ein Fahrrad.").await?;
    let grund = "Das Blatt lag in einem anderen Ordner.".into();
    h.akte(&h.eins, a.spaet, C::FileLate { dokument, grund }).await
}
