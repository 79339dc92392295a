//! The administration of definitions through the real router: seen, proposed, put into force, and what a draft makes of it.

use super::{Amt, getan};
use crate::besucher::{Antwort, Besucher};
use akte_core::kernel::Role;
use akte_core::verfahren::loader::geruest;
use axum::http::StatusCode;
use std::path::PathBuf;

const ID: &str = "zelt-im-park";
const SEITE: &str = "/verwaltung/leistungen/zelt-im-park";

/// The town's folder with the scaffold as this version, its text changed.
fn ordner(amt: &Amt, version: u32, aendern: impl Fn(String) -> String) -> PathBuf {
    let wo = amt.stadt.app.konfig.leistungsordner.clone().unwrap().join(ID);
    for (pfad, bytes) in geruest(ID, "ordnung") {
        let datei = wo.join(&pfad);
        std::fs::create_dir_all(datei.parent().unwrap()).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let text = if pfad == "leistung.toml" {
            aendern(text.replacen("version = 1", &format!("version = {version}"), 1))
        } else {
            text
        };
        std::fs::write(datei, text).unwrap();
    }
    wo
}

async fn leute(amt: &mut Amt) -> (Besucher, Besucher) {
    amt.konto("admin", "ordnung", &[Role::Admin]).await;
    amt.konto("chefin", "ordnung", &[Role::Leitung]).await;
    let admin = Besucher::neu(&amt.stadt.app);
    admin.ausfuellen("/anmelden", "/anmelden", &[("login", "admin"), ("passwort", super::KENNWORT)]).await;
    (admin, amt.anmelden("chefin").await)
}

/// Sends the form of this page whose hidden field `was` says so.
async fn tun(b: &Besucher, was: &str, mehr: &[(&str, &str)]) -> Antwort {
    let seite = b.get(SEITE).await;
    assert_eq!(seite.status, StatusCode::OK, "{}", seite.text);
    aus(b, &seite, was, mehr).await
}

async fn aus(b: &Besucher, seite: &Antwort, was: &str, mehr: &[(&str, &str)]) -> Antwort {
    let [csrf, key, version, sha] = ["_csrf", "_schluessel", "version", "sha256"].map(|n| seite.verborgen(n));
    let kopf = [("_csrf", csrf.as_str()), ("_schluessel", &key), ("version", &version), ("sha256", &sha), ("was", was)];
    b.post(SEITE, &[&kopf[..], mehr].concat()).await
}

/// Proposed by the administration, put into force by the head of office.
async fn in_kraft(amt: &Amt, admin: &Besucher, chefin: &Besucher, version: u32, aendern: impl Fn(String) -> String) {
    ordner(amt, version, aendern);
    getan(&tun(admin, "vorschlagen", &[]).await);
    getan(&tun(chefin, "genehmigen", &[]).await);
    assert_eq!(amt.stadt.app.leistungen().get(ID).unwrap().version, version);
}

#[tokio::test]
async fn a_folder_is_proposed_by_one_person_and_in_force_after_another() {
    let mut amt = Amt::neu().await;
    let (admin, chefin) = leute(&mut amt).await;
    let wo = ordner(&amt, 1, |t| t.replace("einheit = \"ordnung\"", "einheit = \"erfunden\""));
    let zeile = std::fs::read_to_string(wo.join("leistung.toml")).unwrap();
    let zeile = zeile.lines().position(|l| l.starts_with("einheit")).unwrap() + 1;
    let liste = admin.get("/verwaltung/leistungen").await.text;
    assert!(
        liste.contains(&format!("leistung.toml:{zeile}: einheit: Eine Einheit „erfunden“ gibt es nicht.")),
        "{liste}"
    );
    assert!(!admin.get(SEITE).await.text.contains("Diese Fassung vorschlagen"), "what has faults is not proposed");
    ordner(&amt, 1, |t| t);
    let seite = admin.get(SEITE).await;
    assert!(seite.text.contains("+ titel.de = ") && seite.text.contains("Alles an diesem Gerüst"), "{}", seite.text);
    getan(&aus(&admin, &seite, "vorschlagen", &[]).await);
    assert!(amt.stadt.app.leistungen().get(ID).is_none());
    // The proposer sees it and gets no button; sending the form anyway is refused.
    let eigene = admin.get(SEITE).await;
    assert!(!eigene.text.contains("In Kraft setzen<") && eigene.text.contains("Eine andere Person"), "{}", eigene.text);
    let selbst = aus(&admin, &eigene, "genehmigen", &[]).await;
    assert_eq!(selbst.status, StatusCode::CONFLICT, "{}", selbst.text);
    assert!(selbst.text.contains("setzt sie nicht in Kraft"), "{}", selbst.text);
    assert!(chefin.get("/verwaltung/leistungen").await.text.contains("Fassung 1 wartet auf eine zweite Person"));
    getan(&tun(&chefin, "genehmigen", &[]).await);
    // In force in the running server, for everybody.
    let besucher = Besucher::neu(&amt.stadt.app);
    assert_eq!(besucher.get("/leistungen/zelt-im-park").await.status, StatusCode::OK);
    assert!(chefin.get(SEITE).await.text.contains("Fassung 1, in Kraft"));
}

#[tokio::test]
async fn a_rejection_needs_a_reason_which_is_shown_and_what_was_typed_stays() {
    let mut amt = Amt::neu().await;
    let (admin, chefin) = leute(&mut amt).await;
    ordner(&amt, 1, |t| t);
    getan(&tun(&admin, "vorschlagen", &[]).await);
    let ohne = tun(&chefin, "ablehnen", &[("grund", "  ")]).await;
    assert_eq!(ohne.status, StatusCode::CONFLICT);
    assert!(ohne.text.contains("nennen Sie den Grund"), "{}", ohne.text);
    let alt = chefin.get(SEITE).await;
    getan(&tun(&chefin, "ablehnen", &[("grund", "Die Gebühr fehlt noch.")]).await);
    let seite = admin.get(SEITE).await.text;
    assert!(seite.contains("Die Gebühr fehlt noch.") && seite.contains("Diese Fassung vorschlagen"), "{seite}");
    let spaet = aus(&chefin, &alt, "ablehnen", &[("grund", "Mein zweiter Grund")]).await;
    assert_eq!(spaet.status, StatusCode::PRECONDITION_FAILED);
}

#[tokio::test]
async fn a_folder_changed_after_the_page_was_opened_is_not_proposed_unseen() {
    let mut amt = Amt::neu().await;
    let (admin, _) = leute(&mut amt).await;
    ordner(&amt, 1, |t| t);
    let seite = admin.get(SEITE).await;
    ordner(&amt, 1, |t| t.replace("Meist zwei Wochen.", "Meist drei Wochen."));
    let a = aus(&admin, &seite, "vorschlagen", &[]).await;
    assert_eq!(a.status, StatusCode::CONFLICT);
    assert!(a.text.contains("Der Ordner wurde inzwischen geändert") && a.text.contains("drei Wochen"), "{}", a.text);
}

#[tokio::test]
async fn who_may_not_sees_no_definitions() {
    let mut amt = Amt::neu().await;
    ordner(&amt, 1, |t| t);
    let (_, clerk) = amt.sachbearbeitung("meyer").await;
    for seite in ["/verwaltung/leistungen", SEITE] {
        assert_eq!(clerk.get(seite).await.status, StatusCode::NOT_FOUND, "{seite}");
    }
    assert!(!clerk.get("/amt").await.text.contains("/verwaltung/leistungen"));
}

/// Fills in the two pages of the scaffold.
async fn ausgefuellt(b: &Besucher) {
    b.ausfuellen("/leistungen/zelt-im-park", "/antrag/zelt-im-park", &[]).await;
    let person = "/antrag/zelt-im-park/person";
    b.ausfuellen(person, person, &[("name", "Meyer"), ("vornamen", "Ann")]).await;
    let anliegen = "/antrag/zelt-im-park/anliegen";
    // The day is asked for after this answer.
    b.ausfuellen(anliegen, anliegen, &[("art", "einmalig")]).await;
    let a = b
        .ausfuellen(
            anliegen,
            anliegen,
            &[
                ("art", "einmalig"),
                ("bis", "24.12.2026"),
                ("beschreibung", "Ein Zelt mit drei Stangen und einer Fahne"),
            ],
        )
        .await;
    assert_eq!(a.ziel(), "/antrag/zelt-im-park/dokumente", "{}", a.text);
}

async fn absenden(b: &Besucher) -> Antwort {
    b.ausfuellen("/antrag/zelt-im-park/dokumente", "/antrag/zelt-im-park/absenden", &[]).await
}

#[tokio::test]
async fn a_draft_begun_before_a_new_version_is_checked_again_and_loses_nothing() {
    let mut amt = Amt::neu().await;
    let (admin, chefin) = leute(&mut amt).await;
    in_kraft(&amt, &admin, &chefin, 1, |t| t).await;
    let b = Besucher::neu(&amt.stadt.app);
    ausgefuellt(&b).await;
    // The new version takes a shorter text.
    in_kraft(&amt, &admin, &chefin, 2, |t| t.replace("max_laenge = 1000", "max_laenge = 20")).await;
    let a = absenden(&b).await;
    assert_eq!(a.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", a.text);
    assert!(a.text.contains("Das Formular hat sich geändert") && a.text.contains("#beschreibung"), "{}", a.text);
    assert!(b.get("/antrag/zelt-im-park/person").await.text.contains("value=\"Meyer\""));
    let anliegen = "/antrag/zelt-im-park/anliegen";
    b.ausfuellen(anliegen, anliegen, &[("art", "einmalig"), ("bis", "24.12.2026"), ("beschreibung", "Eis")]).await;
    let a = absenden(&b).await;
    assert_eq!((a.status, a.ziel()), (StatusCode::SEE_OTHER, "/antrag/zelt-im-park/bestaetigung"), "{}", a.text);
    let faelle = amt.stadt.app.house.reader().read_all(0, 10_000).await.unwrap();
    let antrag = faelle.iter().find(|r| r.wire == "antrag.submitted.v1").unwrap();
    assert_eq!(
        (antrag.data["version"].as_u64(), antrag.data["felder"]["beschreibung"].as_str()),
        (Some(2), Some("Eis"))
    );
}

#[tokio::test]
async fn a_new_form_that_fits_is_shown_once_before_it_is_sent() {
    let mut amt = Amt::neu().await;
    let (admin, chefin) = leute(&mut amt).await;
    in_kraft(&amt, &admin, &chefin, 1, |t| t).await;
    let b = Besucher::neu(&amt.stadt.app);
    ausgefuellt(&b).await;
    in_kraft(&amt, &admin, &chefin, 2, |t| t.replace("Meist zwei Wochen.", "Meist drei Wochen.")).await;
    let a = absenden(&b).await;
    assert_eq!(a.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(a.text.contains("Das Formular hat sich geändert"), "{}", a.text);
    let a = absenden(&b).await;
    assert_eq!(a.ziel(), "/antrag/zelt-im-park/bestaetigung", "{}", a.text);
}
