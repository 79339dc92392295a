//! The Geschaeftsgang of a document: route, signatures, what lifts them, who never signs.

use super::{Amt, getan, handeln};
use crate::besucher::{Antwort, Besucher};
use akte_core::akte::{Akte, Dokument, DokumentCommand};
use akte_core::execute::{Call, Principal, Target};
use akte_core::kernel::Role;
use akte_core::verfahren::Vorgang;
use axum::http::StatusCode;
use serde_json::json;
use uuid::Uuid;

impl Amt {
    /// A text this clerk filed into the Akte of this case.
    pub async fn dokument(&mut self, konto: Uuid, vorgang: Uuid, text: &str) -> Uuid {
        let house = self.stadt.app.house.clone();
        let v = house.load::<Vorgang>(vorgang).await.unwrap();
        let seed = self.key("inhalt");
        let wert = house.put_derived("verfahren", v.corr, "text/plain", text.as_bytes().to_vec(), &seed).await.unwrap();
        let command = DokumentCommand::Add {
            akte: v.state.akte.unwrap(),
            vorgang: Some(vorgang),
            richtung: "intern".into(),
            titel: "Vermerk zum Stellplatz".into(),
            dateiname: "vermerk.txt".into(),
            dokument: wert,
        };
        let key = self.key("dokument");
        let call = Call {
            principal: Principal::konto(konto, vec![Role::Sachbearbeitung], "ordnung"),
            key,
            target: Target::New,
            expected: None,
            request: Some(json!({})),
            corr: Some(v.corr),
        };
        let done = house.execute::<Dokument>(call, command).await.unwrap();
        self.folgen().await;
        done.stream
    }

    /// The same document in a new version.
    async fn neue_fassung(&mut self, konto: Uuid, dokument: Uuid, text: &str, grund: &str) {
        let house = self.stadt.app.house.clone();
        let corr = house.load::<Dokument>(dokument).await.unwrap().corr;
        let seed = self.key("inhalt");
        let wert = house.put_derived("verfahren", corr, "text/plain", text.as_bytes().to_vec(), &seed).await.unwrap();
        let key = self.key("fassung");
        let call = Call {
            principal: Principal::konto(konto, vec![Role::Sachbearbeitung], "ordnung"),
            key,
            target: Target::Stream(dokument),
            expected: None,
            request: Some(json!({})),
            corr: None,
        };
        let command = DokumentCommand::AddVersion { dokument: wert, grund: grund.into() };
        house.execute::<Dokument>(call, command).await.unwrap();
    }

    /// `durch` stands in for `fuer` for the whole year.
    pub async fn vertreten(&mut self, fuer: Uuid, durch: Uuid) {
        use akte_core::zugriff::{Konto, KontoCommand};
        let tag = |t: &str| t.parse().unwrap();
        let command = KontoCommand::ActivateVertretung { durch, von: tag("2026-01-01"), bis: tag("2029-12-31") };
        let key = self.key("vertretung");
        let principal = Principal::konto(fuer, vec![Role::Sachbearbeitung], "ordnung");
        let target = Target::Stream(fuer);
        let call = Call { principal, key, target, expected: None, request: Some(json!({})), corr: None };
        let done = self.stadt.app.house.execute::<Konto>(call, command).await.unwrap();
        self.stadt.app.sichtbar(done.receipt.as_ref()).await;
    }
}

/// Sends a form of a page with its tokens, and the hidden fields named.
pub async fn absenden(
    b: &Besucher,
    seite: &Antwort,
    ziel: &str,
    verborgen: &[&str],
    felder: &[(&str, &str)],
) -> Antwort {
    assert_eq!(seite.status, StatusCode::OK, "{}", seite.text);
    let namen = ["_csrf", "_schluessel", "version"].into_iter().chain(verborgen.iter().copied());
    let werte: Vec<(&str, String)> = namen.map(|n| (n, seite.verborgen(n))).collect();
    let mut alle: Vec<(&str, &str)> = werte.iter().map(|(k, v)| (*k, v.as_str())).collect();
    alle.extend_from_slice(felder);
    b.post(ziel, &alle).await
}

fn dokumentseite(dokument: Uuid) -> String {
    format!("/amt/geschaeftsgang/dokument/{dokument}")
}

pub async fn beginnen(b: &Besucher, dokument: Uuid, laufweg: &[(&str, &str)]) -> Antwort {
    let seite = b.get(&dokumentseite(dokument)).await;
    absenden(b, &seite, &dokumentseite(dokument), &["fassung", "digest"], laufweg).await
}

async fn zeichnen(b: &Besucher, seite: &Antwort, lauf: &str, mehr: &[(&str, &str)]) -> Antwort {
    absenden(b, seite, &format!("{lauf}/zeichnen"), &["fassung", "digest"], mehr).await
}

/// A drafter, two co-signers of whom one works in another unit, and a head of the unit.
struct Runde {
    amt: Amt,
    meyer: Uuid,
    petersen: Uuid,
    krause: Uuid,
    leitung: Uuid,
    vorgang: Uuid,
    dokument: Uuid,
    a: Besucher,
}

impl Runde {
    async fn neu() -> Self {
        let mut amt = Amt::neu().await;
        let (meyer, a) = amt.sachbearbeitung("meyer").await;
        let petersen = amt.konto("petersen", "ordnung", &[Role::Sachbearbeitung]).await;
        let krause = amt.konto("krause", "kaemmerei", &[Role::Sachbearbeitung]).await;
        let leitung = amt.konto("leitung", "ordnung", &[Role::Leitung]).await;
        let vorgang = amt.antrag().await;
        let dokument = amt.dokument(meyer, vorgang, "Der Stellplatz liegt im Gebiet.").await;
        Runde { amt, meyer, petersen, krause, leitung, vorgang, dokument, a }
    }

    /// Mz. of both at the same time, then the final signature of the head.
    async fn begonnen(&self) -> String {
        let (p, k, l) = (self.petersen.to_string(), self.krause.to_string(), self.leitung.to_string());
        let laufweg =
            [("art-1", "mz"), ("an-1", &p), ("an-1", &k), ("art-2", "schlusszeichnung"), ("an-2", &l), ("art-3", "")];
        let r = beginnen(&self.a, self.dokument, &laufweg).await;
        getan(&r);
        r.ziel().to_owned()
    }
}

#[tokio::test]
async fn two_sign_side_by_side_one_from_another_unit_and_the_head_signs_last() {
    let mut r = Runde::neu().await;
    let akte = r.amt.stadt.app.house.load::<Vorgang>(r.vorgang).await.unwrap().state.akte.unwrap();
    let aktenseite = r.a.get(&format!("/amt/akte/{akte}")).await.text;
    assert!(aktenseite.contains(&dokumentseite(r.dokument)), "reachable from its Akte: {aktenseite}");
    let lauf = r.begonnen().await;
    let (p, k, l) = (r.amt.anmelden("petersen").await, r.amt.anmelden("krause").await, r.amt.anmelden("leitung").await);
    assert!(!l.get("/amt/geschaeftsgang").await.text.contains(&lauf), "the head is not asked yet");
    assert!(k.get("/amt/geschaeftsgang").await.text.contains(&lauf), "another unit's clerk is");
    assert_eq!(k.get(&dokumentseite(r.dokument)).await.status, StatusCode::NOT_FOUND, "but sees only what is asked");
    let text = k.get(&format!("{lauf}/dokument")).await;
    assert_eq!((text.status, text.text.as_str()), (StatusCode::OK, "Der Stellplatz liegt im Gebiet."));
    // Both opened the page before one of them signed.
    let (sk, sp) = (k.get(&lauf).await, p.get(&lauf).await);
    getan(&zeichnen(&k, &sk, &lauf, &[("vermerk", "haushaltsrechtlich unbedenklich")]).await);
    getan(&zeichnen(&p, &sp, &lauf, &[]).await);
    let frueh = zeichnen(&p, &sp, &lauf, &[]).await;
    getan(&frueh);
    let sl = l.get(&lauf).await;
    assert!(sl.text.contains("Diese Fassung schlusszeichnen"), "{}", sl.text);
    getan(&zeichnen(&l, &sl, &lauf, &[]).await);
    r.amt.folgen().await;
    let seite = r.a.get(&lauf).await.text;
    for satz in ["abgeschlossen", "Frau Krause hat mitgezeichnet, Fassung 1", "haushaltsrechtlich unbedenklich"] {
        assert!(seite.contains(satz), "{satz}: {seite}");
    }
    let vorgang = r.a.get(&Amt::seite(r.vorgang)).await.text;
    assert!(vorgang.contains("Frau Leitung hat schlussgezeichnet, Fassung 1 des Dokuments"), "{vorgang}");
}

#[tokio::test]
async fn a_text_changed_after_signing_lifts_the_signatures_visibly_and_the_old_page_signs_nothing() {
    let mut r = Runde::neu().await;
    let lauf = r.begonnen().await;
    let (p, k) = (r.amt.anmelden("petersen").await, r.amt.anmelden("krause").await);
    getan(&zeichnen(&k, &k.get(&lauf).await, &lauf, &[]).await);
    let alt = p.get(&lauf).await;
    r.amt.neue_fassung(r.meyer, r.dokument, "Der Stellplatz liegt daneben.", "Lage berichtigt").await;
    let vermerk = "Gelesen und einverstanden.";
    let spaet = zeichnen(&p, &alt, &lauf, &[("vermerk", vermerk)]).await;
    assert_eq!(spaet.status, StatusCode::CONFLICT, "{}", spaet.text);
    for satz in ["Fassung 1 gesehen", "inzwischen gibt es Fassung 2", "Lage berichtigt", vermerk] {
        assert!(spaet.text.contains(satz), "{satz}: {}", spaet.text);
    }
    r.amt.folgen().await;
    let seite = p.get(&lauf).await;
    assert!(seite.text.contains("Eine Zeichnung gilt nicht mehr"), "{}", seite.text);
    assert!(seite.text.contains("<s><span class=\"nur-vorgelesen\">aufgehoben: </span>Frau Krause hat mitgezeichnet"));
    assert!(k.get("/amt/geschaeftsgang").await.text.contains(&lauf), "who had signed is asked again");
    getan(&zeichnen(&p, &seite, &lauf, &[]).await);
    let mappe = r.a.get(&format!("{lauf}/laufmappe.txt")).await;
    let digest = r.amt.stadt.app.house.load::<Dokument>(r.dokument).await.unwrap().state.dokument.unwrap().digest;
    for satz in [
        "LAUFMAPPE",
        "[aufgehoben] Frau Krause hat mitgezeichnet",
        "Frau Petersen hat mitgezeichnet, Fassung 2",
        &digest,
    ] {
        assert!(mappe.text.contains(satz), "{satz}: {}", mappe.text);
    }
    assert!(r.a.get(&dokumentseite(r.dokument)).await.text.contains("/laufmappe.txt"));
}

#[tokio::test]
async fn nobody_signs_the_own_draft_as_somebodys_substitute_and_a_substitute_signs_with_both_names() {
    let mut r = Runde::neu().await;
    r.amt.vertreten(r.petersen, r.meyer).await;
    let lauf = r.begonnen().await;
    let seite = r.a.get(&lauf).await;
    let petersen = r.petersen.to_string();
    assert!(seite.text.contains("i. V. für Frau Petersen"), "{}", seite.text);
    let eigen = zeichnen(&r.a, &seite, &lauf, &[("_fuer", &petersen)]).await;
    assert_eq!(eigen.status, StatusCode::CONFLICT, "{}", eigen.text);
    assert!(eigen.text.contains("auch nicht in Vertretung"), "{}", eigen.text);
    let dritte = r.amt.konto("dritte", "ordnung", &[Role::Sachbearbeitung]).await;
    r.amt.vertreten(r.petersen, dritte).await;
    let d = r.amt.anmelden("dritte").await;
    let liste = d.get("/amt/geschaeftsgang").await.text;
    assert!(liste.contains(&lauf) && liste.contains("i. V. für Frau Petersen"), "{liste}");
    getan(&zeichnen(&d, &d.get(&lauf).await, &lauf, &[("_fuer", &petersen)]).await);
    r.amt.folgen().await;
    assert!(r.a.get(&lauf).await.text.contains("Frau Dritte i. V. für Frau Petersen hat mitgezeichnet"));
    let ohne = r.amt.anmelden("krause").await;
    let mandatlos = zeichnen(&ohne, &ohne.get(&lauf).await, &lauf, &[("_fuer", &petersen)]).await;
    assert_eq!(mandatlos.status, StatusCode::FORBIDDEN, "without a mandate: {}", mandatlos.text);
}

#[tokio::test]
async fn a_route_in_a_circle_is_refused_and_comes_back_as_it_was_typed() {
    let r = Runde::neu().await;
    let (p, k) = (r.petersen.to_string(), r.krause.to_string());
    let kreis = [("art-1", "mz"), ("an-1", p.as_str()), ("art-2", "mz"), ("an-2", &k), ("art-3", "mz"), ("an-3", &p)];
    let antwort = beginnen(&r.a, r.dokument, &kreis).await;
    assert_eq!(antwort.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", antwort.text);
    assert!(antwort.text.contains("Der Laufweg geht im Kreis: Schritt 3"), "{}", antwort.text);
    assert_eq!(antwort.text.matches(&format!("<option value=\"{p}\" selected>")).count(), 2);
    let ohne_art = beginnen(&r.a, r.dokument, &[("art-1", ""), ("an-1", &p)]).await;
    assert_eq!(ohne_art.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(ohne_art.text.contains("Zeile 1"), "{}", ohne_art.text);
    let m = r.meyer.to_string();
    let selbst = beginnen(&r.a, r.dokument, &[("art-1", "mz"), ("an-1", &m)]).await;
    assert!(selbst.text.contains("verfasst oder vorgelegt"), "{}", selbst.text);
    let mehr = beginnen(&r.a, r.dokument, &[("art-1", "mz"), ("an-1", &p), ("mehr", "1")]).await;
    assert!(mehr.status == StatusCode::OK && mehr.text.contains("name=\"art-8\""), "{}", mehr.text);
}

#[tokio::test]
async fn a_refusal_goes_back_with_its_reason_and_the_changed_route_goes_on() {
    let mut r = Runde::neu().await;
    let lauf = r.begonnen().await;
    let p = r.amt.anmelden("petersen").await;
    let seite = p.get(&lauf).await;
    let leer = absenden(&p, &seite, &format!("{lauf}/ablehnen"), &["fassung"], &[("grund", "")]).await;
    assert_eq!(leer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", leer.text);
    let grund = "Die Satzung ist nicht beachtet.";
    getan(&absenden(&p, &seite, &format!("{lauf}/ablehnen"), &["fassung"], &[("grund", grund)]).await);
    let liste = r.a.get("/amt/geschaeftsgang").await.text;
    assert!(liste.contains("zurückgegeben") && liste.contains(&lauf), "{liste}");
    let seite = r.a.get(&lauf).await;
    assert!(seite.text.contains(grund) && seite.text.contains("nicht gezeichnet und zurückgegeben"));
    let (k, l) = (r.krause.to_string(), r.leitung.to_string());
    let neu = [("art-1", "mz"), ("an-1", k.as_str()), ("art-2", "schlusszeichnung"), ("an-2", &l)];
    let ohne = absenden(&r.a, &seite, &format!("{lauf}/laufweg"), &[], &neu).await;
    assert_eq!(ohne.status, StatusCode::UNPROCESSABLE_ENTITY, "a change has a reason");
    let mit = [&neu[..], &[("grund", "Frau Petersen ist nicht zuständig.")]].concat();
    getan(&absenden(&r.a, &seite, &format!("{lauf}/laufweg"), &[], &mit).await);
    let seite = r.a.get(&lauf).await.text;
    assert!(seite.contains("hat den Laufweg geändert: Mz. Frau Krause; Schlusszeichnung Frau Leitung"), "{seite}");
    assert!(!p.get("/amt/geschaeftsgang").await.text.contains(&lauf), "nobody waits for her any more");
    r.amt.konto("fremd", "steuern", &[Role::Sachbearbeitung]).await;
    let fremd = r.amt.anmelden("fremd").await;
    assert_eq!(fremd.get(&lauf).await.status, StatusCode::NOT_FOUND);
    assert_eq!(fremd.get(&format!("{lauf}/laufmappe.txt")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn zda_ordered_too_early_lists_what_is_open_and_wv_appears_where_it_was_ordered() {
    let mut r = Runde::neu().await;
    let lauf = r.begonnen().await;
    let seite = r.a.get(&lauf).await;
    let zda = absenden(&r.a, &seite, &format!("{lauf}/verfuegen"), &[], &[("art", "zda")]).await;
    assert_eq!(zda.status, StatusCode::CONFLICT, "{}", zda.text);
    for offen in ["Noch offen:", "ist noch nicht zu den Akten verfügt", "Geschäftsgang zu „Vermerk zum Stellplatz“"]
    {
        assert!(zda.text.contains(offen), "{offen}: {}", zda.text);
    }
    let wv = [("art", "wv"), ("wann", "+14T"), ("text", "Rückmeldung der Halterin?")];
    getan(&absenden(&r.a, &seite, &format!("{lauf}/verfuegen"), &[], &wv).await);
    r.amt.folgen().await;
    let liste = r.a.get("/amt/wiedervorlagen").await.text;
    assert!(liste.contains("Rückmeldung der Halterin?") && liste.contains("Vermerk zum Stellplatz"), "{liste}");
    let unsinn = [("art", "wv"), ("wann", "irgendwann")];
    let unsinn = absenden(&r.a, &seite, &format!("{lauf}/verfuegen"), &[], &unsinn).await;
    assert!(unsinn.status == StatusCode::UNPROCESSABLE_ENTITY && unsinn.text.contains("value=\"irgendwann\""));
}

#[tokio::test]
async fn who_co_signed_from_another_unit_reads_the_text_in_circulation_and_nothing_once_it_is_over() {
    let mut r = Runde::neu().await;
    let k = r.krause.to_string();
    let lauf = beginnen(&r.a, r.dokument, &[("art-1", "mz"), ("an-1", &k)]).await.ziel().to_owned();
    let b = r.amt.anmelden("krause").await;
    let datei = format!("{lauf}/dokument");
    // Filed, but not yet told to the run: what is read is what is signed.
    r.amt.neue_fassung(r.meyer, r.dokument, "Der Stellplatz liegt daneben.", "Lage berichtigt").await;
    assert_eq!(b.get(&datei).await.text, "Der Stellplatz liegt im Gebiet.");
    r.amt.folgen().await;
    assert_eq!(b.get(&datei).await.text, "Der Stellplatz liegt daneben.");
    let fertig = zeichnen(&b, &b.get(&lauf).await, &lauf, &[]).await;
    getan(&fertig);
    let danach = b.get(fertig.ziel()).await;
    assert!(
        danach.status == StatusCode::OK && danach.text.contains("Ihre Zeichnung ist festgehalten"),
        "{}",
        danach.text
    );
    for weg in [&lauf, &datei, &format!("{lauf}/laufmappe.txt")] {
        assert_eq!(b.get(weg).await.status, StatusCode::NOT_FOUND, "{weg}");
        assert_eq!(r.a.get(weg).await.status, StatusCode::OK, "its own unit keeps reading: {weg}");
    }
    // A new version asks again, and shows again.
    r.amt.neue_fassung(r.meyer, r.dokument, "Doch im Gebiet.", "Plan geprüft").await;
    r.amt.folgen().await;
    assert_eq!(b.get(&datei).await.text, "Doch im Gebiet.");
}

#[tokio::test]
async fn zda_ordered_when_nothing_is_open_any_more_closes_the_file() {
    let mut r = Runde::neu().await;
    let house = r.amt.stadt.app.house.clone();
    let akte = house.load::<Vorgang>(r.vorgang).await.unwrap().state.akte.unwrap();
    let seite = format!("/amt/akte/{akte}");
    let key = r.a.get(&seite).await.verborgen("_schluessel");
    let felder = [("_schluessel", key.as_str()), ("titel", "Abschlussvermerk"), ("richtung", "intern")];
    getan(&r.a.hochladen_nach(&seite, &format!("{seite}/dokument"), &felder, "v.txt", b"Alles erledigt.").await);
    r.amt.folgen().await;
    let dok = *house.load::<Akte>(akte).await.unwrap().state.dokumente.last().unwrap();
    let p = r.petersen.to_string();
    let lauf = beginnen(&r.a, dok, &[("art-1", "mz"), ("an-1", &p)]).await.ziel().to_owned();
    let l = r.amt.anmelden("leitung").await;
    getan(&handeln(&l, r.vorgang, "erledigen", &[("erledigen-grund", "umgezogen")]).await);
    r.amt.folgen().await;
    getan(&handeln(&l, r.vorgang, "zda", &[]).await);
    r.amt.folgen().await;
    assert!(!house.load::<Akte>(akte).await.unwrap().state.geschlossen, "its last case is, a signature is awaited");
    let zda = [("art", "zda"), ("text", "Der Fall ist erledigt.")];
    let ziel = format!("{lauf}/verfuegen");
    let frueh = absenden(&r.a, &r.a.get(&lauf).await, &ziel, &[], &zda).await;
    assert!(frueh.status == StatusCode::CONFLICT && frueh.text.contains("Geschäftsgang zu „Abschlussvermerk“"));
    let p = r.amt.anmelden("petersen").await;
    getan(&zeichnen(&p, &p.get(&lauf).await, &lauf, &[]).await);
    getan(&absenden(&r.a, &r.a.get(&lauf).await, &ziel, &[], &zda).await);
    r.amt.folgen().await;
    let zu = house.load::<Akte>(akte).await.unwrap().state;
    assert!(zu.geschlossen && zu.aufbewahrung_bis.is_some(), "closed, and kept from now on");
    let verlauf = r.a.get(&lauf).await.text;
    assert!(verlauf.contains("hat verfügt: z. d. A.") && verlauf.contains("Der Fall ist erledigt."), "{verlauf}");
}
