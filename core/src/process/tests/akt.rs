//! Further acts as documents: what each notice says, and what stays filed.

use super::*;
use crate::documents::notice::tests::extract::{printed, squeeze};
use crate::process::fassung_text;
use crate::verfahren::event::{AktArt, Tenor, VorgangEvent, Weg};

/// Drafts, signs and hands over whatever act is in work; its printed text.
async fn bekannt(s: &mut Stadt, v: Uuid, tenor: Tenor, begruendung: &str, spruch: &str) -> String {
    let (meyer, petersen) = (clerk(1, &[Role::Sachbearbeitung]), clerk(2, &[Role::Leitung]));
    let zusatz = Zusatz { spruch: spruch.into(), ..ermessen() };
    let draft = C::DraftBescheid { tenor, begruendung: begruendung.into(), nebenbestimmungen: String::new(), zusatz };
    s.ok(&meyer, v, draft).await;
    s.ok(&meyer, v, C::StartGeschaeftsgang { an: vec![] }).await;
    let b = s.state(v).await.bescheid.expect("draft");
    let digest = b.dokument.expect("rendered").digest;
    s.ok(&petersen, v, C::FinalSign { fassung: b.fassung, digest }).await;
    let paper = s.state(v).await.bescheid.and_then(|b| b.ausfertigung).expect("issued");
    s.ok(&meyer, v, C::Dispatch { weg: Weg::Schalter }).await;
    printed(&s.bytes(&paper).await)
}

async fn entschieden(s: &mut Stadt) -> (Uuid, String) {
    let v = s.submit(|d| d.entscheidet() && d.schritte.iter().any(|x| x.ermessen)).await;
    let meyer = clerk(1, &[Role::Sachbearbeitung]);
    s.ok(&meyer, v, C::TakeOver).await;
    s.ok(&meyer, v, C::StartPruefung).await;
    let text = bekannt(s, v, Tenor::Bewilligt, "Sie wohnen dort.", "").await;
    (v, text)
}

fn says(text: &str, part: &str) {
    assert!(text.contains(&squeeze(part)), "lacks {part}: {text}");
}

#[tokio::test]
async fn the_decision_shows_reasons_discretion_fee_and_instruction() {
    let mut s = Stadt::neu().await;
    let (v, text) = entschieden(&mut s).await;
    for part in
        ["Sie wohnen dort.", "Ermessen", "Abgewogen.", "Gebühr", "Gebührenbescheid", "Widerspruch erhoben werden"]
    {
        says(&text, part);
    }
    let gebuehr = s.state(v).await.gebuehren[0].betrag_cent;
    says(&text, &format!("{},{:02} €", gebuehr / 100, gebuehr % 100));
}

#[tokio::test]
async fn a_correction_says_what_was_wrong_and_that_no_new_period_begins() {
    let mut s = Stadt::neu().await;
    let (v, _) = entschieden(&mut s).await;
    let vorher = s.state(v).await;
    s.uhr.set("2026-12-01T09:00:00Z");
    s.ok(&clerk(1, &[Role::Sachbearbeitung]), v, C::OpenAkt { art: AktArt::Berichtigung, bezug: 1 }).await;
    let text = bekannt(&mut s, v, Tenor::Bewilligt, "", "Statt „Am Markt“ muss es „Am Hafen“ heißen.").await;
    for part in [
        "Berichtigung",
        "Bescheid vom 23.11.2026 wegen einer offenbaren Unrichtigkeit (§ 42 VwVfG).",
        "Statt „Am Markt“ muss es „Am Hafen“ heißen.",
        "Eine neue Frist beginnt nicht",
    ] {
        says(&text, part);
    }
    assert!(!text.contains(&squeeze("Widerspruch erhoben werden")), "{text}");
    let nachher = s.state(v).await;
    assert_eq!((nachher.status, nachher.fristen, nachher.gebuehren.len()), (vorher.status, vorher.fristen, 1));
    assert_eq!(nachher.bescheid, vorher.bescheid, "the decision itself is untouched");
    // One came in; decision, fee notice and correction went out.
    assert_eq!(s.akte(v).await.dokumente.len(), 4);
}

#[tokio::test]
async fn a_widerspruchsbescheid_leads_to_the_court_and_costs_nothing_where_it_grants_nothing() {
    let mut s = Stadt::neu().await;
    let v = s.submit(|d| d.entscheidet() && d.schritte.iter().any(|x| x.ermessen)).await;
    let meyer = clerk(1, &[Role::Sachbearbeitung]);
    for c in [C::TakeOver, C::StartPruefung, C::HoldAnhoerung { antwort: "Nein.".into() }] {
        s.ok(&meyer, v, c).await;
    }
    let text = bekannt(&mut s, v, Tenor::Abgelehnt, "Kein Platz.", "").await;
    assert!(!text.contains(&squeeze("Gebührenbescheid")), "a refusal shows no fee: {text}");
    let wider = |am: &str| C::ReceiveWiderspruch { am: am.parse().expect("date"), text: "Doch.".into() };
    s.ok(&meyer, v, wider("2026-11-23")).await;
    s.ok(&meyer, v, C::OpenAkt { art: AktArt::Widerspruchsbescheid, bezug: 1 }).await;
    let text = bekannt(&mut s, v, Tenor::Abgelehnt, "Es bleibt dabei.", "").await;
    for part in ["Widerspruchsbescheid", "vom 23.11.2026 wird zurückgewiesen.", "Klage", "Verwaltungsgericht"] {
        says(&text, part);
    }
    let zwei = s.state(v).await;
    assert!(zwei.fristen.iter().any(|f| f.frist == "klage") && zwei.gebuehren.is_empty());
}

#[tokio::test]
async fn an_abhilfe_of_a_refusal_assesses_the_fee_once() {
    let mut s = Stadt::neu().await;
    let v = s.submit(|d| d.entscheidet() && d.schritte.iter().any(|x| x.ermessen)).await;
    let meyer = clerk(1, &[Role::Sachbearbeitung]);
    for c in [C::TakeOver, C::StartPruefung, C::HoldAnhoerung { antwort: "Nein.".into() }] {
        s.ok(&meyer, v, c).await;
    }
    bekannt(&mut s, v, Tenor::Abgelehnt, "Kein Platz.", "").await;
    let am = "2026-11-23".parse().expect("date");
    s.ok(&meyer, v, C::ReceiveWiderspruch { am, text: "Doch.".into() }).await;
    s.ok(&meyer, v, C::OpenAkt { art: AktArt::Abhilfe, bezug: 1 }).await;
    let text = bekannt(&mut s, v, Tenor::Bewilligt, "Es ist Platz.", "Der Ausweis wird erteilt.").await;
    says(&text, "wird abgeholfen.");
    says(&text, "Ein weiterer Rechtsbehelf ist dafür nicht nötig.");
    assert_eq!(s.state(v).await.gebuehren.len(), 1);
}

#[tokio::test]
async fn the_text_of_every_saved_fassung_can_be_made_again_whatever_became_of_its_text_blocks() {
    let mut s = Stadt::neu().await;
    let v = s.submit(|d| d.entscheidet() && d.schritte.iter().any(|x| x.ermessen)).await;
    let meyer = clerk(1, &[Role::Sachbearbeitung]);
    s.ok(&meyer, v, C::TakeOver).await;
    s.ok(&meyer, v, C::StartPruefung).await;
    let def = s.house.leistungen().by_hash(&s.state(v).await.definition).expect("definition");
    let block = crate::verfahren::texte::angebot(&def, &[]).into_iter().next().expect("a block");
    for begruendung in ["Erst so.", block.text.as_str()] {
        let draft = C::DraftBescheid {
            tenor: Tenor::Bewilligt,
            begruendung: begruendung.into(),
            nebenbestimmungen: String::new(),
            zusatz: Zusatz { texte: vec![block.clone()], ..ermessen() },
        };
        s.ok(&meyer, v, draft).await;
    }
    let eins = fassung_text(&s.house, v, 1).await.expect("read").expect("there");
    let zwei = fassung_text(&s.house, v, 2).await.expect("read").expect("there");
    assert!(eins.contains("Erst so.") && zwei.contains(&block.text) && !zwei.contains("Erst so."));
    assert_eq!(eins.replace("Erst so.", &block.text), zwei, "nothing else differs");
    assert_eq!(fassung_text(&s.house, v, 3).await.expect("read"), None);
    let drafted = s.house.history(v).await.expect("read").into_iter().filter_map(|r| r.decode().ok());
    let texte: Vec<_> = drafted
        .filter_map(|e| match e {
            VorgangEvent::BescheidDrafted { texte, .. } => texte,
            _ => None,
        })
        .collect();
    assert!(texte.iter().all(|t| t[0] == block && t[1].herkunft == "belehrung"), "{texte:?}");
}
