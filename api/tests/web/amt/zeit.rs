//! Any file, list or right as it was at a moment, and what changed between two, through the real router.

use super::rechte::{akte, datenschutz};
use super::{Amt, getan, handeln};
use crate::besucher::Besucher;
use akte_core::execute::{Call, Principal, Target};
use akte_core::kernel::Role;
use akte_core::verfahren::event::Kanal;
use akte_core::verfahren::{Vorgang, VorgangCommand};
use akte_core::zugriff::{Konto, KontoCommand};
use axum::http::StatusCode;
use jiff::{Timestamp, ToSpan};
use serde_json::json;
use uuid::Uuid;

/// Local time of the town as a page wants it.
fn getippt(t: Timestamp) -> String {
    t.in_tz("Europe/Berlin").unwrap().strftime("%Y-%m-%dT%H:%M").to_string()
}

/// A story with two chapters an hour apart: before and after a correction.
struct Geschichte {
    amt: Amt,
    clerk: Besucher,
    vorgang: Uuid,
    akte: Uuid,
    /// Before anything; between the chapters; after them.
    vor: String,
    mitte: String,
    nach: String,
}

async fn geschichte() -> Geschichte {
    let mut amt = Amt::neu().await;
    let (_, clerk) = amt.sachbearbeitung("meyer").await;
    let vor = getippt(amt.stadt.app.clock.now().checked_sub(1.hour()).unwrap());
    let vorgang = amt.antrag().await;
    amt.stadt.uhr.vor(600);
    let mitte = getippt(amt.stadt.app.clock.now());
    amt.stadt.uhr.vor(600);
    let felder =
        [("berichtigen-feld", "name"), ("berichtigen-wert", "Kowalsky"), ("berichtigen-grund", "Ausweis lag vor")];
    getan(&handeln(&clerk, vorgang, "berichtigen", &felder).await);
    amt.folgen().await;
    let akte = akte(&amt, vorgang).await;
    let (seite, adresse) = (format!("/amt/akte/{akte}"), format!("/amt/akte/{akte}/berichtigen"));
    let (key, version) = {
        let f = clerk.get(&seite).await;
        (f.verborgen("_schluessel"), f.verborgen("version"))
    };
    let felder = [("titel", "Parken am Markt"), ("grund", "Verwechselt"), ("_schluessel", &key), ("version", &version)];
    getan(&clerk.ausfuellen(&seite, &adresse, &felder).await);
    amt.folgen().await;
    amt.stadt.uhr.vor(600);
    let nach = getippt(amt.stadt.app.clock.now());
    Geschichte { amt, clerk, vorgang, akte, vor, mitte, nach }
}

#[tokio::test]
async fn a_file_is_shown_as_it_was_and_not_as_it_is() {
    let g = geschichte().await;
    let stand = |am: &str| format!("/amt/akte/{}/stand?stand={am}", g.akte);
    let vor = g.clerk.get(&stand(&g.vor)).await;
    assert!(vor.status == StatusCode::OK && vor.text.contains("gab es die Akte noch nicht"), "{}", vor.text);
    let mitte = g.clerk.get(&stand(&g.mitte)).await.text;
    assert!(!mitte.contains("Parken am Markt") && mitte.contains("Vorgang: "), "{mitte}");
    assert!(!mitte.contains("hat berichtigt"), "what came later is not in the story");
    let nach = g.clerk.get(&stand(&g.nach)).await.text;
    assert!(nach.contains("Parken am Markt") && nach.contains("hat berichtigt: titel."), "{nach}");
    // From the events alone: the views of today play no part in what is shown.
    let db = rusqlite::Connection::open(g.amt.stadt.ordner.path().join("internal.db")).unwrap();
    db.execute_batch("UPDATE akte SET titel='aus der Sicht', aktenplan='0'").unwrap();
    assert_eq!(g.clerk.get(&stand(&g.nach)).await.text, nach);
    let falsch = g.clerk.get(&stand("gestern")).await;
    assert!(falsch.status == StatusCode::UNPROCESSABLE_ENTITY && falsch.text.contains("nicht lesbar"));
    assert!(g.clerk.get(&format!("/amt/akte/{}", g.akte)).await.text.contains("/stand\""), "reachable by a link");
}

#[tokio::test]
async fn the_difference_of_two_moments_names_field_text_actor_and_reason() {
    let g = geschichte().await;
    let zwischen = |wo: &str, a: &str, b: &str| format!("{wo}/unterschied?a={a}&b={b}");
    let fall = Amt::seite(g.vorgang);
    let a = g.clerk.get(&zwischen(&fall, &g.mitte, &g.nach)).await.text;
    assert!(a.contains("entfällt: </span>Kowalski") && a.contains("neu: </span>Kowalsky"), "{a}");
    assert!(a.contains("Frau Meyer") && a.contains("Grund: Ausweis lag vor"), "{a}");
    assert!(!a.contains("PI-AB 123"), "what did not change is not shown");
    let nichts = g.clerk.get(&zwischen(&fall, &g.nach, &g.nach)).await.text;
    assert!(nichts.contains("nichts geändert"), "{nichts}");
    let alles = g.clerk.get(&zwischen(&fall, &g.vor, &g.mitte)).await.text;
    assert!(alles.contains("PI-AB 123") && !alles.contains("Kowalsky"), "{alles}");
    let akte = format!("/amt/akte/{}", g.akte);
    let a = g.clerk.get(&zwischen(&akte, &g.mitte, &g.nach)).await.text;
    assert!(a.contains("Parken am Markt") && a.contains("Grund: Verwechselt"), "{a}");
    for falsch in [zwischen(&fall, &g.nach, &g.mitte), zwischen(&akte, "x", "")] {
        assert_eq!(g.clerk.get(&falsch).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{falsch}");
    }
    assert_eq!(g.clerk.get(&format!("{fall}/unterschied")).await.status, StatusCode::OK, "an empty form");
    let keine = Uuid::nil();
    assert_eq!(g.clerk.get(&format!("/amt/akte/{keine}/unterschied?a=2020-01-01")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_list_of_files_is_that_of_the_moment() {
    let mut g = geschichte().await;
    g.amt.stadt.uhr.vor(600);
    g.amt.antrag().await;
    let liste = |am: &str| format!("/amt/akten/stand?stand={am}");
    let zahl = |t: &str| t.matches("/stand?stand=").count();
    let (vor, mitte, nach) = (
        g.clerk.get(&liste(&g.vor)).await.text,
        g.clerk.get(&liste(&g.mitte)).await.text,
        g.clerk.get(&liste("")).await.text,
    );
    assert_eq!([zahl(&vor), zahl(&mitte), zahl(&nach)], [0, 1, 2], "{vor}{mitte}{nach}");
    let rechtlich = g.clerk.get(&format!("{}&zeit=recht", liste(&g.nach))).await.text;
    let links = rechtlich.split("/stand?stand=").skip(1).map(|l| l.split('"').next().unwrap());
    assert!(
        links.clone().count() == 1 && links.clone().all(|l| l.ends_with("zeit=recht")),
        "by the same time: {rechtlich}"
    );
    assert!(!mitte.contains("Parken am Markt") && nach.contains("Parken am Markt"));
    g.amt.konto("fremd", "soziales", &[Role::Sachbearbeitung]).await;
    let fremd = g.amt.anmelden("fremd").await;
    assert_eq!(zahl(&fremd.get(&liste("")).await.text), 0, "another unit's files are not listed");
}

#[tokio::test]
async fn what_was_entered_later_counts_from_when_it_was_so() {
    let mut amt = Amt::neu().await;
    let (meyer, clerk) = amt.sachbearbeitung("meyer").await;
    let house = amt.stadt.app.house.clone();
    let jetzt = amt.stadt.app.clock.now();
    let eingang = jetzt.checked_sub(48.hours()).unwrap();
    let principal = Principal::konto(meyer, vec![Role::Sachbearbeitung], "ordnung");
    let key = amt.key("papier");
    let stream = house.stream_for_new::<Vorgang>(&principal, &key).unwrap();
    let command = VorgangCommand::Submit {
        leistung: "bewohnerparken".into(),
        kanal: Kanal::Post,
        vertrauen: "ohne".into(),
        eingang_am: eingang,
        antragsteller: house.antragsteller(stream),
        felder: [("name".to_owned(), json!("Kowalski"))].into(),
        dokumente: vec![],
    };
    let call = Call { principal, key, target: Target::New, expected: None, request: Some(json!({})), corr: None };
    let id = house.execute::<Vorgang>(call, command).await.unwrap().stream;
    amt.folgen().await;
    let gestern = getippt(jetzt.checked_sub(24.hours()).unwrap());
    let seite = |zeit: &str| format!("/amt/vorgang/{id}/unterschied?a=2020-01-01&b={gestern}{zeit}");
    let erfasst = clerk.get(&seite("")).await.text;
    assert!(erfasst.contains("nichts geändert"), "nobody knew of it yesterday: {erfasst}");
    let recht = clerk.get(&seite("&zeit=recht")).await.text;
    assert!(recht.contains("Kowalski") && recht.contains("gilt seit"), "it had come in: {recht}");
}

#[tokio::test]
async fn the_rights_of_an_account_are_those_of_the_day() {
    let mut amt = Amt::neu().await;
    let id = amt.konto("petersen", "ordnung", &[Role::Sachbearbeitung]).await;
    let vor = getippt(amt.stadt.app.clock.now().checked_sub(1.hour()).unwrap());
    amt.stadt.uhr.vor(600);
    let mitte = getippt(amt.stadt.app.clock.now());
    amt.stadt.uhr.vor(600);
    let call = Call {
        principal: Principal::system(),
        key: amt.key("rollen"),
        target: Target::Stream(id),
        expected: None,
        request: None,
        corr: None,
    };
    let rollen = KontoCommand::ChangeRollen { einheit: "ordnung".into(), rollen: vec![Role::Leitung] };
    amt.stadt.app.house.execute::<Konto>(call, rollen).await.unwrap();
    amt.folgen().await;
    let dsb = datenschutz(&mut amt).await;
    let seite = |am: &str| format!("/pruefung/konto/{id}?stand={am}");
    let (frueh, damals, heute) =
        (dsb.get(&seite(&vor)).await.text, dsb.get(&seite(&mitte)).await.text, dsb.get(&seite("")).await.text);
    assert!(frueh.contains("gab es das Konto noch nicht"), "{frueh}");
    let darf = |t: &str| t.contains(">vorgang.reopen</td>");
    assert!(damals.contains("sachbearbeitung") && !darf(&damals), "{damals}");
    assert!(heute.contains("leitung") && darf(&heute), "{heute}");
    let jetzt = getippt(amt.stadt.app.clock.now());
    let a = dsb.get(&format!("/pruefung/konto/{id}/unterschied?a={mitte}&b={jetzt}")).await.text;
    assert!(a.contains("Rollen") && a.contains("leitung") && a.contains("System"), "{a}");
    let clerk = amt.anmelden("petersen").await;
    assert_eq!(clerk.get(&seite("")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(dsb.get(&format!("/pruefung/konto/{}", Uuid::nil())).await.status, StatusCode::NOT_FOUND);
    assert!(dsb.get(&format!("/pruefung?wer={id}")).await.text.contains(&format!("/pruefung/konto/{id}")));
}
