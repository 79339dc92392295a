//! Rights of the person and of the court through the real router: the evidence package, the answer to a person.

use super::{Amt, getan, handeln};
use crate::besucher::{Antwort, Besucher, log_key, signed};
use akte_core::kernel::Role;
use axum::http::{StatusCode, header};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use uuid::Uuid;

/// Data protection, logged in with a purpose.
pub async fn datenschutz(amt: &mut Amt) -> Besucher {
    amt.konto("dsb", "rpa", &[Role::Datenschutz]).await;
    let b = amt.anmelden("dsb").await;
    b.ausfuellen("/pruefung/zweck", "/pruefung/zweck", &[("zweck", "Auskunft nach Art. 15 DSGVO")]).await;
    b
}

pub async fn leitung(amt: &mut Amt, login: &str) -> Besucher {
    amt.konto(login, "ordnung", &[Role::Leitung]).await;
    amt.anmelden(login).await
}

pub async fn akte(amt: &Amt, vorgang: Uuid) -> Uuid {
    amt.stadt.app.intern(move |v| v.vorgang(vorgang)).await.unwrap().unwrap().akte.unwrap()
}

/// Entries of an archive that compresses nothing.
pub fn entpackt(b: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let u16_at = |at: usize| usize::from(u16::from_le_bytes([b[at], b[at + 1]]));
    let u32_at = |at: usize| u32::from_le_bytes([b[at], b[at + 1], b[at + 2], b[at + 3]]) as usize;
    let (mut at, mut out) = (0, BTreeMap::new());
    while b[at..].starts_with(b"PK\x03\x04") {
        let (name, len) = (u16_at(at + 26), u32_at(at + 22));
        let from = at + 30 + name + u16_at(at + 28);
        out.insert(String::from_utf8(b[at + 30..at + 30 + name].to_vec()).unwrap(), b[from..from + len].to_vec());
        at = from + len;
    }
    out
}

/// The verdict of the module that is handed out with the package; `None` where node is missing.
pub fn urteil(amt: &Amt, zip: &[u8]) -> Option<serde_json::Value> {
    let file = amt.stadt.ordner.path().join("paket.zip");
    std::fs::write(&file, zip).unwrap();
    let module = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/paket.mjs");
    let vkey = log_key().vkey().to_string();
    let out = Command::new("node").arg(module).arg(&file).args(["--json", "--vkey", &vkey]).output();
    let Ok(out) = out else {
        eprintln!("skipped: node not found, the package was not checked");
        return None;
    };
    Some(serde_json::from_slice(&out.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&out.stderr))))
}

pub fn ist_zip(a: &Antwort, name: &str) {
    assert_eq!(a.status, StatusCode::OK, "{}", a.text);
    let d = a.headers[header::CONTENT_DISPOSITION].to_str().unwrap();
    assert!(d.starts_with("attachment") && d.contains(name), "{d}");
    assert_eq!(a.headers[header::CACHE_CONTROL], "no-store");
}

#[tokio::test]
async fn a_head_of_unit_hands_out_an_evidence_package_that_anybody_verifies() {
    let mut amt = Amt::neu().await;
    let (_, clerk) = amt.sachbearbeitung("meyer").await;
    let id = amt.antrag().await;
    getan(&handeln(&clerk, id, "vermerk", &[("vermerk-text", "Frau Kowalski rief an.")]).await);
    amt.folgen().await;
    let akte = akte(&amt, id).await;
    let seite = format!("/amt/akte/{akte}/beweispaket");
    assert_eq!(clerk.get(&seite).await.status, StatusCode::NOT_FOUND, "not everybody who works on it hands it out");
    assert!(!clerk.get(&format!("/amt/akte/{akte}")).await.text.contains(&seite));
    let chefin = leitung(&mut amt, "chefin").await;
    assert!(chefin.get(&format!("/amt/akte/{akte}")).await.text.contains(&seite), "reachable by a link");
    let leer = chefin.ausfuellen(&seite, &seite, &[("zweck", " ")]).await;
    assert_eq!(leer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let noch_nicht = chefin.ausfuellen(&seite, &seite, &[("zweck", "Gericht <b>")]).await;
    assert_eq!(noch_nicht.status, StatusCode::CONFLICT, "nobody signs yet");
    assert!(noch_nicht.text.contains("Noch kein Checkpoint") && noch_nicht.text.contains("Gericht &#60;b&#62;"));
    signed(&amt.stadt).await;
    let zip = chefin.ausfuellen(&seite, &seite, &[("zweck", "Verwaltungsgericht, 9 A 12/26")]).await;
    ist_zip(&zip, "beweispaket-");
    let files = entpackt(&zip.bytes);
    let ereignisse = String::from_utf8(files["inhalt.json"].clone()).unwrap();
    assert!(ereignisse.contains("vermerk.written.v1") && ereignisse.contains("akte.opened.v1"), "{ereignisse}");
    if let Some(r) = urteil(&amt, &zip.bytes) {
        assert_eq!((&r["urteil"], &r["befunde"]), (&"valid".into(), &serde_json::json!([])), "{r}");
    }
    let dsb = datenschutz(&mut amt).await;
    let zugriffe = dsb.get("/pruefung/zugriffe").await.text;
    assert!(zugriffe.contains("Verwaltungsgericht, 9 A 12/26") && zugriffe.contains("beweispaket"), "{zugriffe}");
}

#[tokio::test]
async fn a_person_is_told_what_is_stored_and_nothing_of_others() {
    let mut amt = Amt::neu().await;
    let (_, clerk) = amt.sachbearbeitung("meyer").await;
    let (id, fremd) = (amt.antrag().await, amt.antrag().await);
    getan(&handeln(&clerk, id, "vermerk", &[("vermerk-text", "Nachbar Schulz hat sich beschwert.")]).await);
    getan(&handeln(&clerk, id, "vermerk", &[("vermerk-text", "Sie bringt den Schein am Montag.")]).await);
    amt.folgen().await;
    let dsb = datenschutz(&mut amt).await;
    let seite = "/pruefung/betroffene";
    assert_eq!(clerk.get(seite).await.status, StatusCode::NOT_FOUND);
    let mit_namen = dsb.get("/pruefung/betroffene?q=Kowalski").await;
    assert!(!mit_namen.text.contains(&id.to_string()), "a name in an address finds nothing");
    let treffer = dsb.ausfuellen(seite, "/pruefung/betroffene/suche", &[("q", "Kowalski")]).await;
    assert!(treffer.text.contains(&id.to_string()) && treffer.text.contains(&fremd.to_string()), "{}", treffer.text);
    let (vorgang, heute) = (id.to_string(), "22.11.2026");
    let gut = [
        ("vorgang", vorgang.as_str()),
        ("person", "Erika Kowalski"),
        ("beantragt_am", heute),
        ("identitaet", "ausweis"),
    ];
    let ohne = dsb.ausfuellen("/pruefung/betroffene?q=Kowalski", seite, &gut[1..]).await;
    assert_eq!(ohne.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(ohne.text.contains("mindestens einen Vorgang"), "{}", ohne.text);
    let vorschau = dsb.ausfuellen("/pruefung/betroffene?q=Kowalski", seite, &gut).await;
    assert_eq!(vorschau.status, StatusCode::OK, "{}", vorschau.text);
    assert!(
        vorschau.text.contains("Nachbar Schulz") && vorschau.text.contains("bringt den Schein"),
        "to be read first"
    );
    let knopf = |was: &str| vorschau.text.find(&format!("value=\"{was}\"")).unwrap();
    assert!(knopf("zeigen") < knopf("erteilen"), "the Enter key hands nothing out");
    let feld = |text: &str| {
        let (davor, _) = vorschau.text.split_once(text).unwrap();
        let (_, rest) = vorschau.text[davor.len()..].split_once("name=\"grund:").unwrap();
        format!("grund:{}", rest.split('"').next().unwrap())
    };
    let (frei, key) = (feld("bringt den Schein"), vorschau.verborgen("_schluessel"));
    let ende = [("was", "erteilen"), ("_schluessel", key.as_str()), (frei.as_str(), "Betrifft nur sie selbst.")];
    let zip = dsb.ausfuellen("/pruefung/betroffene?q=Kowalski", seite, &[&gut[..], &ende[..]].concat()).await;
    ist_zip(&zip, "auskunft.zip");
    let files = entpackt(&zip.bytes);
    let json = String::from_utf8(files["auskunft.json"].clone()).unwrap();
    for da in
        ["Kowalski", "PI-AB 123", "bringt den Schein", "StVO", "Konto der Einheit Ordnungsamt", "Vorgangsbearbeitung"]
    {
        assert!(json.contains(da), "{da} is not in {json}");
    }
    for weg in ["Schulz", "Frau Meyer", &fremd.to_string(), "dsalt"] {
        assert!(!json.contains(weg), "{weg} is in {json}");
    }
    assert!(files["auskunft.pdf"].starts_with(b"%PDF-1.7"));
    amt.folgen().await;
    let alle = amt.stadt.app.house.reader().read_all(0, 10_000).await.unwrap();
    let erteilt = alle.iter().find(|r| r.wire == "betroffenenauskunft.issued.v1").unwrap();
    assert_eq!(erteilt.data["identitaet"], "ausweis");
    assert_eq!(erteilt.data["freigaben"][0]["grund"], "Betrifft nur sie selbst.");
    assert!(erteilt.stream == erteilt.corr && erteilt.corr != id, "the record ties no files together");
    let zugriffe = dsb.get(&format!("/pruefung/zugriffe?ziel={id}")).await.text;
    assert!(zugriffe.contains("betroffenenauskunft"), "{zugriffe}");
    let ohne_pruefung = [&gut[..3], &[ende[0], ("_schluessel", "ein-anderer-schluessel")][..]].concat();
    let r = dsb.ausfuellen("/pruefung/betroffene?q=Kowalski", seite, &ohne_pruefung).await;
    assert_eq!(r.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(r.text.contains("Identität geprüft") && r.text.contains("Erika Kowalski"), "{}", r.text);
}

#[tokio::test]
async fn a_party_sees_what_is_not_withheld_and_can_prove_that_only_this_is_missing() {
    let mut amt = Amt::neu().await;
    let (_, clerk) = amt.sachbearbeitung("meyer").await;
    let id = amt.antrag().await;
    getan(&handeln(&clerk, id, "vermerk", &[("vermerk-text", "Nachbar Schulz hat sich beschwert.")]).await);
    getan(&handeln(&clerk, id, "vermerk", &[("vermerk-text", "Schein liegt vor.")]).await);
    amt.folgen().await;
    signed(&amt.stadt).await;
    let akte = akte(&amt, id).await;
    let seite = format!("/amt/akte/{akte}/einsicht");
    assert_eq!(clerk.get(&seite).await.status, StatusCode::NOT_FOUND);
    let chefin = leitung(&mut amt, "chefin").await;
    let wahl = chefin.get(&seite).await;
    let (davor, _) = wahl.text.split_once("Nachbar Schulz").unwrap();
    let marke = davor.rsplit_once("name=\"schwarz\" value=\"").unwrap().1.split('"').next().unwrap().to_owned();
    let (ab, bis) = (wahl.verborgen("ab"), wahl.verborgen("bis"));
    let felder =
        [("an", "Rechtsanwältin Beispiel"), ("schwarz", marke.as_str()), ("ab", ab.as_str()), ("bis", bis.as_str())];
    let ohne_grund = chefin.ausfuellen(&seite, &seite, &felder).await;
    assert_eq!(ohne_grund.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(ohne_grund.text.contains("Nennen Sie den Grund") && ohne_grund.text.contains("Rechtsanwältin Beispiel"));
    assert!(ohne_grund.text.contains(&format!("value=\"{marke}\" checked")), "what was ticked stays ticked");
    let niemand = chefin.ausfuellen(&seite, &seite, &felder[1..]).await;
    assert_eq!(niemand.status, StatusCode::UNPROCESSABLE_ENTITY);
    let alt = chefin
        .ausfuellen(&seite, &seite, &[felder[0], felder[2], felder[3], ("schwarz", "x:0:/y"), ("grund", "dritte")])
        .await;
    assert!(alt.status == StatusCode::UNPROCESSABLE_ENTITY && alt.text.contains("gibt es nicht mehr"), "{}", alt.text);
    let key = wahl.verborgen("_schluessel");
    let alles = [&felder[..], &[("grund", "dritte"), ("_schluessel", key.as_str())]].concat();
    let zip = chefin.ausfuellen(&seite, &seite, &alles).await;
    ist_zip(&zip, "akteneinsicht-");
    let files = entpackt(&zip.bytes);
    let roh: Vec<u8> = files.values().flatten().copied().collect();
    let offen = |wort: &str| {
        let b64 = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, wort);
        // A disclosure is base64 of JSON: looked for in all three places a word can begin.
        let innen: String = b64.chars().skip(4).take(12).collect();
        roh.windows(wort.len()).any(|w| w == wort.as_bytes()) || roh.windows(innen.len()).any(|w| w == innen.as_bytes())
    };
    let alle_offen: String = files
        .iter()
        .filter(|(n, _)| n.starts_with("ereignisse/"))
        .flat_map(|(_, b)| {
            serde_json::from_slice::<serde_json::Value>(b).unwrap()["records"].as_array().unwrap().clone()
        })
        .flat_map(|r| r["disclosures"].as_array().unwrap().clone())
        .map(|d| {
            let b = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, d.as_str().unwrap());
            String::from_utf8(b.unwrap()).unwrap()
        })
        .collect();
    assert!(alle_offen.contains("Schein liegt vor") && !alle_offen.contains("Schulz"), "{alle_offen}");
    assert!(!offen("Nachbar Schulz"), "also in no other file");
    let inhalt = String::from_utf8(files["inhalt.json"].clone()).unwrap();
    assert!(inhalt.contains("§ 29 Abs. 2 VwVfG") && inhalt.contains("\"akteneinsicht\""), "{inhalt}");
    if let Some(r) = urteil(&amt, &zip.bytes) {
        assert_eq!((&r["urteil"], &r["befunde"]), (&"valid-redacted".into(), &serde_json::json!([])), "{r}");
    }
    let alle = amt.stadt.app.house.history(akte).await.unwrap();
    let gegeben = alle.iter().filter(|r| r.wire == "akteneinsicht.granted.v1").collect::<Vec<_>>();
    assert_eq!(gegeben.len(), 1);
    assert_eq!(gegeben[0].data["geschwaerzt"], 1);
}

#[tokio::test]
async fn a_wrong_value_is_put_right_beside_the_old_one_which_stays_struck_through() {
    let mut amt = Amt::neu().await;
    let (_, clerk) = amt.sachbearbeitung("meyer").await;
    let id = amt.antrag().await;
    let leer = [("berichtigen-feld", "name"), ("berichtigen-wert", "Kowalsky"), ("berichtigen-grund", "")];
    let r = handeln(&clerk, id, "berichtigen", &leer).await;
    assert_eq!(r.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(r.text.contains("Kowalsky"), "what was typed stays");
    let gut =
        [("berichtigen-feld", "name"), ("berichtigen-wert", "Kowalsky"), ("berichtigen-grund", "Ausweis lag vor")];
    getan(&handeln(&clerk, id, "berichtigen", &gut).await);
    amt.folgen().await;
    let seite = clerk.get(&Amt::seite(id)).await.text;
    assert!(seite.contains("Kowalsky<br><s>") && seite.contains("</span>Kowalski</s>"), "{seite}");
    assert!(seite.contains("Ausweis lag vor"));
    let gleich = handeln(&clerk, id, "berichtigen", &gut).await;
    assert!(gleich.text.contains("So steht es schon"), "{}", gleich.text);
    let akte = akte(&amt, id).await;
    let (seite, adresse) = (format!("/amt/akte/{akte}"), format!("/amt/akte/{akte}/berichtigen"));
    let formular = clerk.get(&seite).await;
    assert!(formular.text.contains(&adresse), "{}", formular.text);
    let (key, version) = (formular.verborgen("_schluessel"), formular.verborgen("version"));
    let felder = [("titel", "Parken am Markt"), ("grund", "Verwechselt"), ("_schluessel", &key), ("version", &version)];
    let ohne = clerk.ausfuellen(&seite, &adresse, &[felder[0], felder[2], felder[3]]).await;
    assert!(ohne.status.is_client_error() && ohne.text.contains("Parken am Markt"), "{}", ohne.text);
    getan(&clerk.ausfuellen(&seite, &adresse, &felder).await);
    amt.folgen().await;
    assert!(clerk.get(&seite).await.text.contains("Parken am Markt"));
}

#[tokio::test]
async fn an_erasure_that_is_asked_for_is_refused_with_its_exception_and_a_letter() {
    let mut amt = Amt::neu().await;
    let (_, clerk) = amt.sachbearbeitung("meyer").await;
    let id = amt.antrag().await;
    let chefin = leitung(&mut amt, "chefin").await;
    let (seite, ziel) =
        (format!("/verwaltung/loeschung/vorgang/{id}"), format!("/verwaltung/loeschung/vorgang/{id}/verweigern"));
    let fremd = [("gruende", "x"), ("ausnahme", "art17-3b"), ("_schluessel", "ein-gueltiger-schluessel")];
    assert_eq!(clerk.ausfuellen("/amt/abwesenheit", &ziel, &fremd).await.status, StatusCode::NOT_FOUND);
    let key = chefin.get(&seite).await.verborgen("_schluessel");
    let ohne = chefin.ausfuellen(&seite, &ziel, &[("gruende", "Frist läuft"), ("_schluessel", &key)]).await;
    assert!(ohne.status == StatusCode::CONFLICT && ohne.text.contains("Art. 17 Abs. 3"), "{}", ohne.text);
    assert!(ohne.text.contains("Frist läuft"), "what was typed stays");
    let felder =
        [("gruende", "Die Akte ist noch fünf Jahre aufzubewahren."), ("ausnahme", "art17-3b"), ("_schluessel", &key)];
    let r = chefin.ausfuellen(&seite, &ziel, &felder).await;
    getan(&r);
    let eine = chefin.get(r.ziel()).await;
    assert!(eine.text.contains("verweigert") && eine.text.contains("Buchst. b DSGVO"), "{}", eine.text);
    assert!(chefin.get("/verwaltung/loeschung").await.text.contains("verweigert"));
    let brief = chefin.get(&format!("{}/schreiben.pdf", r.ziel())).await;
    assert!(brief.status == StatusCode::OK && brief.bytes.starts_with(b"%PDF-1.7"), "{}", brief.text);
    let stand = amt.stadt.app.house.load::<akte_core::verfahren::Vorgang>(id).await.unwrap();
    assert!(stand.state.felder.contains_key("name"), "nothing was erased");
    let dsb = datenschutz(&mut amt).await;
    let zugriffe = dsb.get(&format!("/pruefung/zugriffe?ziel={id}")).await.text;
    assert!(zugriffe.contains("loeschbescheid"), "the letter names the applicant: a read of the case: {zugriffe}");
}

#[tokio::test]
async fn a_question_that_is_sent_back_names_applicants_only_with_a_row_in_the_read_log() {
    let mut amt = Amt::neu().await;
    let id = amt.antrag().await;
    let dsb = datenschutz(&mut amt).await;
    let (seite, vorgang) = ("/pruefung/betroffene", id.to_string());
    let zurueck = dsb.ausfuellen(seite, seite, &[("vorgang", &vorgang), ("person", "")]).await;
    assert_eq!(zurueck.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(zurueck.text.contains("Kowalski"), "what was chosen stays chosen: {}", zurueck.text);
    let zugriffe = dsb.get(&format!("/pruefung/zugriffe?ziel={id}")).await.text;
    assert!(zugriffe.contains("betroffene-suche"), "{zugriffe}");
}
