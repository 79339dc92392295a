//! A decision: draft, four eyes, dispatch, fee, Bestandskraft, zdA.

use super::*;
use crate::documents::notice::tests::extract::{printed, squeeze};
use crate::documents::notice::{Template, template_by_name};
use crate::verfahren::event::{Tenor, VorgangEvent, Weg};
use crate::zugriff::{Konto, KontoCommand};

#[tokio::test]
async fn a_permit_goes_from_application_to_closed_file() {
    let mut s = Stadt::neu().await;
    let v = s.submit(Definition::entscheidet).await;
    assert!(s.state(v).await.gebuehren.is_empty(), "the fee comes with the decision");
    let (meyer, petersen) = (clerk(1, &[Role::Sachbearbeitung]), clerk(2, &[Role::Sachbearbeitung]));
    s.ok(&meyer, v, C::TakeOver).await;
    s.ok(&meyer, v, C::StartPruefung).await;
    s.ok(&meyer, v, C::CheckVollstaendigkeit { fehlend: vec![] }).await;
    let draft = C::DraftBescheid {
        tenor: Tenor::Bewilligt,
        begruendung: "Sie wohnen dort.".into(),
        nebenbestimmungen: String::new(),
        zusatz: ermessen(),
    };
    s.ok(&meyer, v, draft).await;
    let b = s.state(v).await.bescheid.expect("draft");
    let seen = b.dokument.expect("rendered by process");
    assert!(s.bytes(&seen).await.starts_with(b"%PDF-"));
    let an = vec![Uuid::from_bytes([2; 16])];
    s.ok(&meyer, v, C::StartGeschaeftsgang { an }).await;
    let sign = C::FinalSign { fassung: 1, digest: seen.digest.clone() };
    let own = s.try_do(&meyer, v, sign.clone()).await;
    assert!(matches!(own, Err(ExecuteError::Refused { ref code, .. }) if code == "vier_augen"), "{own:?}");
    s.ok(&petersen, v, sign).await;
    s.im_portal(&meyer, v).await;
    let state = s.state(v).await;
    assert_eq!((state.status, state.gebuehren.len()), (Status::Versandt, 1));
    let me = Principal::buerger(s.house.antragsteller(v), vec![v]);
    s.uhr.set("2026-11-24T09:00:00Z");
    s.ok(&me, v, C::EffectBekanntgabe { art: "abruf".into(), am: "2026-11-24".parse().expect("date") }).await;
    assert_eq!(s.state(v).await.bekanntgabe, Some("2026-11-25".parse().expect("date")));
    let g = s.state(v).await.gebuehren[0].clone();
    s.ok(&meyer, v, C::PayGebuehr { zeile: g.zeile, betrag_cent: g.betrag_cent, weg: "Karte".into() }).await;
    assert_eq!(reach_bestandskraft(&s.house, &[v]).await.expect("asked"), 0, "the month still runs");
    s.uhr.set("2027-01-05T09:00:00Z");
    assert_eq!(reach_bestandskraft(&s.house, &[v]).await.expect("asked"), 1);
    s.ok(&meyer, v, C::Close).await;
    assert_eq!(s.state(v).await.status, Status::ZdA);
    let akte = s.akte(v).await;
    assert!(akte.geschlossen);
    // One came in; decision and fee notice went out.
    assert_eq!(akte.dokumente.len(), 3);
}

#[tokio::test]
async fn a_refusal_owes_no_fee() {
    let mut s = Stadt::neu().await;
    let v = s.submit(Definition::entscheidet).await;
    let (meyer, petersen) = (clerk(1, &[Role::Sachbearbeitung]), clerk(2, &[Role::Leitung]));
    s.ok(&meyer, v, C::TakeOver).await;
    s.ok(&meyer, v, C::StartPruefung).await;
    s.ok(&meyer, v, C::HoldAnhoerung { antwort: "keine".into() }).await;
    let draft = C::DraftBescheid {
        tenor: Tenor::Abgelehnt,
        begruendung: "Kein Platz.".into(),
        nebenbestimmungen: String::new(),
        zusatz: ermessen(),
    };
    s.ok(&meyer, v, draft).await;
    s.ok(&meyer, v, C::StartGeschaeftsgang { an: vec![] }).await;
    let digest = s.state(v).await.bescheid.and_then(|b| b.dokument).expect("rendered").digest;
    s.ok(&petersen, v, C::FinalSign { fassung: 1, digest }).await;
    s.ok(&meyer, v, C::Dispatch { weg: Weg::Schalter }).await;
    assert!(s.state(v).await.gebuehren.is_empty());
}

#[tokio::test]
async fn the_same_case_gives_the_same_notice() {
    let mut one = Stadt::neu().await;
    let v = one.submit(|d| d.datensatz.is_some()).await;
    let first = one.state(v).await.bescheinigung.expect("receipt");
    let mut again = Process::in_memory(one.house.clone());
    again.settle().await.expect("settled");
    assert_eq!(one.state(v).await.bescheinigung.expect("receipt"), first);
}

/// A clerk with an account and a name.
async fn konto(s: &Stadt, login: &str, name: &str, rolle: Role) -> Principal {
    let create = KontoCommand::Create {
        einheit: "ordnung".into(),
        rollen: vec![rolle],
        login: login.into(),
        name: name.into(),
        email: format!("{login}@musterstadt.example"),
    };
    let key = call(Principal::system(), login, Target::Natural(vec![login.into()]));
    let done = s.house.execute::<Konto>(key, create).await.expect("account");
    Principal::konto(done.stream, vec![rolle], "ordnung")
}

/// Drafted by one, signed by the other; the draft's document.
async fn gezeichnet(s: &mut Stadt, v: Uuid, wer: &Principal, zeichnet: &Principal) -> DokumentWert {
    s.ok(wer, v, C::TakeOver).await;
    s.ok(wer, v, C::StartPruefung).await;
    let draft = C::DraftBescheid {
        tenor: Tenor::Bewilligt,
        begruendung: "Sie wohnen dort.".into(),
        nebenbestimmungen: "Gilt zwei Jahre.".into(),
        zusatz: ermessen(),
    };
    s.ok(wer, v, draft).await;
    s.ok(wer, v, C::StartGeschaeftsgang { an: vec![] }).await;
    let entwurf = s.state(v).await.bescheid.and_then(|b| b.dokument).expect("rendered");
    s.uhr.set("2026-11-25T09:00:00Z");
    s.ok(zeichnet, v, C::FinalSign { fassung: 1, digest: entwurf.digest.clone() }).await;
    entwurf
}

#[tokio::test]
async fn the_notice_that_goes_out_names_who_signed_and_nothing_else_differs_from_what_was_signed() {
    let mut s = Stadt::neu().await;
    let v = s.submit(Definition::entscheidet).await;
    let meyer = konto(&s, "meyer", "Anna Meyer", Role::Sachbearbeitung).await;
    let petersen = konto(&s, "petersen", "Jens Petersen", Role::Leitung).await;
    let entwurf = gezeichnet(&mut s, v, &meyer, &petersen).await;
    let ausfertigung = s.state(v).await.bescheid.and_then(|b| b.ausfertigung).expect("made by process");
    let (entwurf, text) = (printed(&s.bytes(&entwurf).await), printed(&s.bytes(&ausfertigung).await));
    for name in ["Anna Meyer", "Jens Petersen"] {
        assert!(!entwurf.contains(&squeeze(name)), "nobody has signed the draft yet: {entwurf}");
    }
    assert!(text.contains(&squeeze("Jens Petersen Im Auftrag")) && !text.contains(&squeeze("Anna Meyer")), "{text}");
    let signed = entwurf
        .replace(&squeeze("Entwurf, noch nicht gezeichnet"), &squeeze("Jens Petersen"))
        .replace(&squeeze("23. November 2026"), &squeeze("25. November 2026"));
    assert_eq!(signed, text, "name and day of signing aside, it is what was signed");
    s.ok(&meyer, v, C::Dispatch { weg: Weg::Schalter }).await;
    let house = &s.house;
    let filed = s.akte(v).await.dokumente.len();
    assert!(filed > 1);
    let dokumente = house.reader().read_all(0, 10_000).await.expect("read");
    let filed = dokumente.iter().filter_map(|r| r.decode::<crate::akte::DokumentEvent>().ok());
    let refs: Vec<Uuid> = filed
        .filter_map(|e| match e {
            crate::akte::DokumentEvent::Added { dokument, .. } => dokument.map(|d| d.reference),
            _ => None,
        })
        .collect();
    assert!(refs.contains(&ausfertigung.reference), "the Akte keeps what went out");
}

#[tokio::test]
async fn a_services_own_template_makes_its_decision_and_is_pinned_with_it() {
    let mut s = Stadt::neu().await;
    let (def, _) = s.leistung(Definition::entscheidet);
    let (_, mut files) = loader::builtin_files().into_iter().find(|(id, _)| *id == def.id).expect("files");
    let typ = &template_by_name("bescheid").expect("ours").files["bescheid.typ"];
    let typ = typ.replace("\"Entscheidung\"", "\"Beschluss der Stadt\"");
    for (pfad, bytes) in &mut files {
        if pfad == "leistung.toml" {
            let (old, new) = (format!("version = {}", def.version), format!("version = {}", def.version + 1));
            *bytes = String::from_utf8(bytes.clone()).expect("text").replacen(&old, &new, 1).into_bytes();
        }
    }
    let without = loader::pinned_hash(&files);
    files.push(("bescheid.typ".into(), typ.clone().into_bytes()));
    s.house.adopt(&files).await.expect("adopted");
    let v = s.submit(Definition::entscheidet).await;
    assert_ne!(s.state(v).await.definition, without, "the template is part of what is pinned");
    let (meyer, petersen) = (clerk(1, &[Role::Sachbearbeitung]), clerk(2, &[Role::Leitung]));
    let entwurf = gezeichnet(&mut s, v, &meyer, &petersen).await;
    assert!(printed(&s.bytes(&entwurf).await).contains(&squeeze("Beschluss der Stadt")));
    let history = s.house.history(v).await.expect("read");
    let used = history.iter().find_map(|r| match r.decode() {
        Ok(VorgangEvent::BescheidAusgefertigt { vorlage_sha256, .. }) => Some(vorlage_sha256),
        _ => None,
    });
    assert_eq!(used.as_deref(), Some(Template::own("bescheid", &typ).sha256().as_str()));
}

#[tokio::test]
async fn a_faulty_template_is_not_taken_into_force() {
    let s = Stadt::neu().await;
    let (def, _) = s.leistung(Definition::entscheidet);
    let (_, mut files) = loader::builtin_files().into_iter().find(|(id, _)| *id == def.id).expect("files");
    files.push((
        "bescheid.typ".into(),
        b"#import \"brief.typ\": *\n#let d = json(\"/eingabe.json\")\n#d.erfunden".to_vec(),
    ));
    let said = s.house.adopt(&files).await.expect_err("refused").to_string();
    assert!(said.starts_with("bescheid.typ:3: "), "{said}");
}
