//! A clerk extends, suspends and continues Fristen; the page tells how each was computed and what is not confirmed.

use super::{Amt, getan, handeln};
use crate::besucher::Besucher;
use akte_core::process::note_missed;
use akte_core::verfahren::{Vorgang, loader};
use axum::http::StatusCode;
use jiff::ToSpan;
use uuid::Uuid;

/// A case of `meyer`'s, taken over.
async fn fall(amt: &mut Amt) -> (Besucher, Uuid) {
    let (_, b) = amt.sachbearbeitung("meyer").await;
    let id = amt.antrag().await;
    getan(&handeln(&b, id, "uebernehmen", &[]).await);
    (b, id)
}

async fn state(amt: &Amt, id: Uuid) -> Vorgang {
    amt.stadt.app.house.load::<Vorgang>(id).await.unwrap().state
}

fn deutsch(d: jiff::civil::Date) -> String {
    d.strftime("%d.%m.%Y").to_string()
}

#[tokio::test]
async fn a_clerk_extends_what_was_asked_for_twice_and_after_its_end_and_the_page_tells_the_whole_way() {
    let mut amt = Amt::neu().await;
    let (b, id) = fall(&mut amt).await;
    let felder =
        [("nachfordern-unterlagen", "zb1"), ("nachfordern-text", "Bitte den Schein."), ("nachfordern-tage", "14")];
    getan(&handeln(&b, id, "nachfordern", &felder).await);
    let n = state(&amt, id).await.nachforderungen[0].clone();
    let frist = format!("nachforderung/{}", n.id);
    let heute = deutsch(amt.stadt.app.heute());
    let verlaengern = |wie: &'static str, wert: String| {
        let mitgeteilt = heute.clone();
        let frist = frist.clone();
        async move {
            let felder = [
                ("frist_verlaengern-frist", frist.as_str()),
                ("frist_verlaengern-wie", wie),
                ("frist_verlaengern-wert", &wert),
                ("frist_verlaengern-mitgeteilt", &mitgeteilt),
                ("frist_verlaengern-grund", "Der Schein liegt noch beim Händler."),
                ("frist_verlaengern-norm", "§ 31 Abs. 7 VwVfG"),
            ];
            felder.map(|(k, v)| (k, v.to_owned()))
        }
    };
    for (wie, wert) in [("tage", "14".to_owned()), ("wochen", "2".to_owned())] {
        let felder = verlaengern(wie, wert).await;
        let felder: Vec<(&str, &str)> = felder.iter().map(|(k, v)| (*k, v.as_str())).collect();
        getan(&handeln(&b, id, "frist_verlaengern", &felder).await);
    }
    let neu = state(&amt, id).await.nachforderungen[0].frist;
    assert!(neu >= n.frist.saturating_add(28.days()), "{neu}");
    let seite = b.get(&Amt::seite(id)).await.text;
    for teil in [
        format!("<strong>Nachforderung</strong> bis {}", deutsch(neu)),
        "Rechenweg zu Nachforderung".into(),
        "Verlängerung vom bisherigen Ende an: 2 Wochen ab".into(),
        "§ 31 Abs. 7 VwVfG (§ 89 LVwG), § 190 BGB".into(),
        "Regel nicht bestätigt".into(),
        "Der Schein liegt noch beim Händler. (§ 31 Abs. 7 VwVfG)".into(),
    ] {
        assert!(seite.contains(&teil), "{teil}: {seite}");
    }
    // Unreadable input comes back with what was typed and says what to do.
    let mut felder = verlaengern("tage", "bald".into()).await;
    felder[4].1 = "Ein langer Grund".into();
    let felder: Vec<(&str, &str)> = felder.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let r = handeln(&b, id, "frist_verlaengern", &felder).await;
    assert_eq!(r.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(r.text.contains("ist keine Zahl von 1 bis 400") && r.text.contains("Ein langer Grund"), "{}", r.text);
    assert!(r.text.contains("id=\"frist_verlaengern\" open"), "{}", r.text);
}

#[tokio::test]
async fn a_statutory_frist_is_not_offered_and_a_forged_form_is_refused_with_norm_and_remedy() {
    let mut amt = Amt::neu().await;
    let (b, id) = fall(&mut amt).await;
    let seite = b.get(&Amt::seite(id)).await.text;
    assert!(!seite.contains("id=\"frist_verlaengern\"") && !seite.contains("id=\"frist_hemmen\""), "{seite}");
    let vorher = state(&amt, id).await.fristen;
    let heute = deutsch(amt.stadt.app.heute());
    let felder = [
        ("frist_hemmen-frist", "untaetigkeit"),
        ("frist_hemmen-ab", heute.as_str()),
        ("frist_hemmen-grund", "Wir brauchen länger."),
        ("frist_hemmen-norm", "keine"),
    ];
    let r = handeln(&b, id, "frist_hemmen", &felder).await;
    assert_eq!(r.status, StatusCode::CONFLICT);
    assert!(
        r.text.contains("läuft weiter, auch wenn der Vorgang ruht oder etwas fehlt (§ 75 Satz 2 VwGO)"),
        "{}",
        r.text
    );
    assert!(r.text.contains("Wir brauchen länger."), "what was typed stays");
    getan(&handeln(&b, id, "ruhen", &[("ruhen-grund", "Auf Wunsch")]).await);
    assert_eq!(state(&amt, id).await.fristen, vorher, "a resting case moves no statutory Frist");
}

#[tokio::test]
async fn a_frist_that_may_rest_is_suspended_continued_computed_anew_and_missed_before_everybodys_eyes() {
    let mut amt = Amt::neu().await;
    let eigene = with_own_target();
    amt.stadt.app.house.adopt(&eigene).await.unwrap();
    let (_, id) = fall(&mut amt).await;
    let heute = amt.stadt.app.heute();
    let ab = state(&amt, id).await.fristen.iter().find(|f| f.frist == "ziel").unwrap().begin.unwrap();
    amt.stadt.uhr.vor(86_400 * 3);
    let b = amt.anmelden("meyer").await;
    let (von, bis) = (deutsch(ab), deutsch(heute.saturating_add(3.days())));
    let felder = [
        ("frist_hemmen-frist", "ziel"),
        ("frist_hemmen-ab", von.as_str()),
        ("frist_hemmen-grund", "Verhandlung"),
        ("frist_hemmen-norm", "§ 203 BGB"),
    ];
    getan(&handeln(&b, id, "frist_hemmen", &felder).await);
    let seite = b.get(&Amt::seite(id)).await.text;
    assert!(seite.contains(&format!("gehemmt seit {von}")) && seite.contains("Bis zum Ende am"), "{seite}");
    let felder = [
        ("frist_fortsetzen-frist", "ziel"),
        ("frist_fortsetzen-bis", bis.as_str()),
        ("frist_fortsetzen-grund", "gescheitert"),
    ];
    getan(&handeln(&b, id, "frist_fortsetzen", &felder).await);
    let seite = b.get(&Amt::seite(id)).await.text;
    assert!(seite.contains("3 Tage zählen nicht") && seite.contains("Frist läuft weiter: Ziel des Amts"), "{seite}");
    let felder = [
        ("frist_neu-frist", "ziel"),
        ("frist_neu-ereignis", von.as_str()),
        ("frist_neu-grund", "Antrag präzisiert"),
        ("frist_neu-norm", "Geschäftsgang"),
    ];
    getan(&handeln(&b, id, "frist_neu", &felder).await);
    let neu = state(&amt, id).await.fristen.iter().find(|f| f.frist == "ziel").unwrap().clone();
    assert_eq!((neu.begin, neu.versaeumt), (Some(ab.tomorrow().unwrap()), false));
    let seite = b.get(&Amt::seite(id)).await.text;
    assert!(seite.contains(&format!("Frist neu berechnet: Ziel des Amts bis {}", deutsch(neu.end))), "{seite}");
    amt.stadt.uhr.vor(86_400 * 70);
    assert_eq!(note_missed(&amt.stadt.app.house, &[id]).await.unwrap(), 1);
    amt.folgen().await;
    let b = amt.anmelden("meyer").await;
    let seite = b.get(&Amt::seite(id)).await.text;
    assert!(seite.contains("· versäumt") && seite.contains("Frist versäumt: Ziel des Amts. Ende war"), "{seite}");
    assert!(seite.contains("Das Ziel ist verfehlt"), "what follows from it: {seite}");
}

/// The parking permit of the next version, with a target of the office beside the statutory Frist.
fn with_own_target() -> Vec<loader::Datei> {
    let (_, mut dateien) = loader::builtin_files().into_iter().find(|(id, _)| *id == "bewohnerparken").unwrap();
    let (_, inhalt) = dateien.iter_mut().find(|(pfad, _)| pfad.ends_with("leistung.toml")).unwrap();
    let text = String::from_utf8(inhalt.clone()).unwrap();
    let version = text.lines().find(|l| l.starts_with("version = ")).unwrap().to_owned();
    let ziel = "[[fristen]]\nid = \"ziel\"\nlabel.de = \"Ziel des Amts\"\nlabel.en = \"Target\"\nregel = \"bearbeitungsziel\"\n\n[[fristen]]";
    *inhalt = text.replacen(&version, "version = 99", 1).replacen("[[fristen]]", ziel, 1).into_bytes();
    dateien
}
