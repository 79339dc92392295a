//! The filing plan for everybody: any day, two days compared, as files; what is no day says so.

use super::besucher::{Besucher, Stadt, gruenden};
use akte_core::akte::event::Position;
use akte_core::akte::{Aktenplan, AktenplanCommand, plan};
use akte_core::execute::{Call, Principal, Target};
use axum::http::{StatusCode, header};
use jiff::civil::date;

async fn befehl(stadt: &Stadt, key: &str, command: AktenplanCommand) {
    let call = Call {
        principal: Principal::system(),
        key: format!("aktenplan-probe-{key}"),
        target: Target::Natural(vec!["aktenplan".into()]),
        expected: None,
        request: None,
        corr: None,
    };
    let done = stadt.app.house.execute::<Aktenplan>(call, command).await.unwrap();
    stadt.app.sichtbar(done.receipt.as_ref()).await;
}

/// The plan of 2026, and from 2028 on one without Bewohnerparken and with another word for a tax.
async fn mit_plan() -> Stadt {
    let stadt = gruenden().await;
    let alt = plan::builtin().unwrap();
    befehl(&stadt, "alt", AktenplanCommand::Import { format: plan::FORMAT.into(), positionen: alt.clone() }).await;
    let neu = alt.into_iter().filter(|p| p.kennung != "32.5.1");
    let neu = neu.map(|p| if p.kennung == "22.3" { Position { titel: "<Hunde> & Co".into(), ..p } } else { p });
    let revise = AktenplanCommand::Revise { positionen: neu.collect(), valid_from: date(2028, 1, 1) };
    befehl(&stadt, "neu", revise).await;
    stadt
}

#[tokio::test]
async fn everybody_sees_the_plan_of_any_day_and_what_tells_two_days_apart() {
    let stadt = mit_plan().await;
    let b = Besucher::neu(&stadt.app);
    assert!(b.get("/daten").await.text.contains("href=\"/aktenplan\""));
    let heute = b.get("/aktenplan").await;
    assert_eq!(heute.status, StatusCode::OK, "{}", heute.text);
    assert!(heute.text.contains("Bewohnerparken") && heute.text.contains("Hundesteuer"));
    let spaeter = b.get("/aktenplan?stand=1.1.2028").await.text;
    assert!(!spaeter.contains("Bewohnerparken") && spaeter.contains("&#60;Hunde&#62; &#38; Co"), "{spaeter}");
    let vorher = b.get("/aktenplan?stand=31.12.2027").await.text;
    assert!(vorher.contains("Bewohnerparken") && vorher.contains("Hundesteuer"));
    let frueh = b.get("/aktenplan?stand=2020-01-01").await.text;
    assert!(frueh.contains("Am 01.01.2020 galt noch kein Aktenplan."), "{frueh}");
    let diff = b.get("/aktenplan/unterschied?von=31.12.2027&bis=01.01.2028").await.text;
    assert!(diff.contains("2 Unterschiede") && diff.contains("geschlossen: „Bewohnerparken“"), "{diff}");
    let gleich = b.get("/aktenplan/unterschied?von=2026-06-01&bis=2027-06-01").await.text;
    assert!(gleich.contains("ist der Plan derselbe"), "{gleich}");
}

#[tokio::test]
async fn the_plan_is_there_as_files_that_are_the_same_each_time() {
    let stadt = mit_plan().await;
    let b = Besucher::neu(&stadt.app);
    for (datei, media, worte) in [
        ("2027-12-31.csv", "text/csv; charset=utf-8; header=present", "32.5.1;Bewohnerparken;"),
        ("2027-12-31.json", "application/json", "\"titel\":\"Bewohnerparken\""),
        ("2027-12-31.xml", "application/xml", "<xdomea:Inhaltsangabe>Bewohnerparken</xdomea:Inhaltsangabe>"),
        ("heute.csv", "text/csv; charset=utf-8; header=present", "22.3;Hundesteuer;"),
    ] {
        let a = b.get(&format!("/aktenplan/{datei}")).await;
        assert_eq!((a.status, a.headers[header::CONTENT_TYPE].to_str().unwrap()), (StatusCode::OK, media), "{datei}");
        assert!(a.text.contains(worte), "{datei}: {}", a.text);
        assert_eq!(b.get(&format!("/aktenplan/{datei}")).await.text, a.text, "{datei}");
    }
    for keine in ["2027-13-31.csv", "heute.exe", "heute", "..csv"] {
        assert_eq!(b.get(&format!("/aktenplan/{keine}")).await.status, StatusCode::NOT_FOUND, "{keine}");
    }
}

#[tokio::test]
async fn what_is_no_day_is_told_and_stays_in_the_field() {
    let stadt = mit_plan().await;
    let b = Besucher::neu(&stadt.app);
    let a = b.get("/aktenplan?stand=31.2.2027").await;
    assert_eq!(a.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(a.text.contains("Diesen Tag gibt es nicht") && a.text.contains("value=\"31.2.2027\""), "{}", a.text);
    let a = b.get("/aktenplan/unterschied?von=gestern&bis=%22%3E%3Cscript%3E").await;
    assert_eq!(a.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(a.text.contains("value=\"gestern\"") && !a.text.contains("<script>"), "{}", a.text);
}
