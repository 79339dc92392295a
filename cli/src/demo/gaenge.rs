//! Routes of documents: running in sequence and in parallel, sent back, voided by a change, finished, cancelled, zdA.
//!
//! How a notice is signed inside its Vorgang is in `schritte`.

use super::akten::Akten;
use super::hand::{EINHEIT, Hand, konto};
use akte_core::akte::Dokument;
use akte_core::execute::{Principal, Target};
use akte_core::geschaeftsgang::{Schritt, Schrittart, Umlauf, UmlaufCommand as C, Verfuegungsart, Wann};
use anyhow::Context;
use uuid::Uuid;

/// A route and the document it carries.
#[derive(Clone, Copy)]
struct Gang {
    umlauf: Uuid,
    dokument: Uuid,
}

/// The routes, by how they end.
pub struct Gaenge {
    folge: Gang,
    nebeneinander: Gang,
    zurueck: Gang,
    geaendert: Gang,
    fertig: Gang,
    abgebrochen: Gang,
    zda: Gang,
}

/// Every route begins on one day.
pub async fn beginnen(h: &Hand<'_>, a: &Akten) -> anyhow::Result<Gaenge> {
    use Schrittart::*;
    let (zwei, chef, fremd, fremder_chef) = (&h.zwei, &h.leitung, &h.fremd, &h.fremde_leitung);
    let schritt = |art, an: &[&Principal]| Schritt { art, an: an.iter().map(|p| konto(p)).collect() };
    let schluss = || schritt(Schlusszeichnung, &[chef]);
    let eigene = h.eroeffnen("Infostand, einmalige Anfrage").await?;
    let g = |akte, titel, weg| beginn(h, akte, titel, weg);
    Ok(Gaenge {
        folge: g(a.lebend, "Vergabe der Standplätze", vec![schritt(Zk, &[zwei]), schritt(Mz, &[fremd]), schluss()])
            .await?,
        nebeneinander: g(a.lebend, "Entwurf der Marktordnung", vec![schritt(Mz, &[zwei, fremd]), schluss()]).await?,
        zurueck: g(a.lebend, "Entwurf der Gebührensätze", vec![schritt(Mz, &[fremder_chef]), schluss()]).await?,
        geaendert: g(a.lebend, "Schreiben an die Händler", vec![schritt(Mz, &[zwei]), schluss()]).await?,
        fertig: g(a.lebend, "Stromkosten der Stände", vec![schritt(Zwv, &[zwei]), schritt(Mz, &[fremd]), schluss()])
            .await?,
        abgebrochen: g(a.ziel, "Antwort an die Anwohner", vec![schritt(Mz, &[zwei]), schluss()]).await?,
        zda: g(eigene, "Auskunft zum Infostand", vec![schritt(Zk, &[chef])]).await?,
    })
}

async fn beginn(h: &Hand<'_>, akte: Uuid, titel: &str, laufweg: Vec<Schritt>) -> anyhow::Result<Gang> {
    let dokument = h.ablegen(&h.eins, akte, titel, &format!("{titel}: erster Entwurf.")).await?;
    let (version, digest) = fassung(h, dokument).await?;
    let command = C::Start { akte, dokument, einheit: EINHEIT.into(), version, digest, laufweg };
    let call = h.call(&h.eins, Target::New, Some(akte));
    let done = h.house.execute_numbered::<Umlauf>(call, &[dokument.to_string()], command).await;
    Ok(Gang { umlauf: done.with_context(|| titel.to_owned())?.stream, dokument })
}

async fn fassung(h: &Hand<'_>, dokument: Uuid) -> anyhow::Result<(u32, String)> {
    let d = h.house.load::<Dokument>(dokument).await?.state;
    Ok((d.version, d.dokument.context("Dokument ohne Inhalt")?.digest))
}

async fn tun(h: &Hand<'_>, wer: &Principal, g: Gang, command: C) -> anyhow::Result<()> {
    h.tun::<Umlauf>(wer, Target::Stream(g.umlauf), command).await.map(drop)
}

async fn zeichnen(h: &Hand<'_>, wer: &Principal, g: Gang) -> anyhow::Result<()> {
    let (version, digest) = fassung(h, g.dokument).await?;
    tun(h, wer, g, C::Sign { version, digest, vermerk: String::new() }).await
}

/// What the parties did in the first two weeks.
pub async fn weiter(h: &Hand<'_>, g: &Gaenge) -> anyhow::Result<()> {
    tun(h, &h.zwei, g.folge, C::Done { vermerk: "Gelesen.".into() }).await?;
    zeichnen(h, &h.zwei, g.nebeneinander).await?;
    let grund = "Die Sätze decken die Kosten nicht. Bitte neu rechnen.".into();
    tun(h, &h.fremde_leitung, g.zurueck, C::Refuse { version: fassung(h, g.zurueck.dokument).await?.0, grund }).await?;
    zeichnen(h, &h.zwei, g.geaendert).await?;
    tun(h, &h.zwei, g.fertig, C::Done { vermerk: "Zähler abgelesen, Liste liegt bei.".into() }).await?;
    zeichnen(h, &h.fremd, g.fertig).await?;
    let grund = "Die Anwohner haben die Beschwerde zurückgenommen.".into();
    tun(h, &h.eins, g.abgebrochen, C::Cancel { grund }).await?;
    tun(h, &h.leitung, g.zda, C::Done { vermerk: String::new() }).await?;
    let zda = C::Verfuegen { art: Verfuegungsart::Zda, adressat: None, termin: None, text: "Erledigt.".into() };
    tun(h, &h.eins, g.zda, zda).await
}

/// A text that changes after it was signed, a longer route, a final signature and what it orders.
pub async fn abschliessen(h: &Hand<'_>, g: &Gaenge) -> anyhow::Result<()> {
    h.fassung(&h.eins, g.geaendert.dokument, "Schreiben mit dem richtigen Termin.", "Der Termin war falsch.").await?;
    let lauf = h.house.load::<Umlauf>(g.folge.umlauf).await?.state;
    let mut rest = lauf.laufweg[lauf.am_zug().context("Der Geschäftsgang ist zu Ende")?..].to_vec();
    rest.push(Schritt { art: Schrittart::Zwv, an: vec![konto(&h.zwei)] });
    let grund = "Die Bescheinigungen müssen noch versandt werden.".into();
    tun(h, &h.eins, g.folge, C::ChangeLaufweg { rest, grund }).await?;
    zeichnen(h, &h.leitung, g.fertig).await?;
    let (art, termin) = (Verfuegungsart::Wv, Some(Wann::Tage(30)));
    let text = "Abrechnung mit dem Versorger prüfen.".into();
    tun(h, &h.leitung, g.fertig, C::Verfuegen { art, adressat: Some(konto(&h.eins)), termin, text }).await
}
