//! Citizens who read English or need Leichte Sprache: every page of theirs, and nobody else's.

use crate::besucher::{Antwort, Besucher, Stadt, gruenden, parkausweis};
use crate::vorgang::{BASIS, abgesendet};
use akte_api::routes::{Audience, alle};
use akte_core::verfahren::event::Kanal;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};

/// Words that no English sentence has. Whole words in small letters.
const DEUTSCH: &[&str] = &[
    "antrag",
    "anträge",
    "auch",
    "auf",
    "aus",
    "bei",
    "bis",
    "bitte",
    "das",
    "dem",
    "den",
    "der",
    "des",
    "die",
    "ein",
    "eine",
    "einen",
    "einer",
    "für",
    "gibt",
    "haben",
    "hier",
    "ich",
    "ihr",
    "ihre",
    "ihren",
    "ist",
    "kann",
    "kein",
    "keine",
    "können",
    "mein",
    "mit",
    "nach",
    "nicht",
    "noch",
    "oder",
    "prüfen",
    "seite",
    "sich",
    "sie",
    "sind",
    "stadt",
    "über",
    "und",
    "unterlagen",
    "von",
    "weiter",
    "wenn",
    "werden",
    "wir",
    "zu",
    "zum",
    "zur",
    "zurück",
];
/// Elements without an end tag (HTML 13.1.2).
const LEER: &[&str] = &["area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"];

/// What a page says in its own language: text and spoken attributes, without elements in another `lang`.
fn gesagt(html: &str) -> String {
    let mut offen: Vec<(String, bool)> = Vec::new();
    let mut aus = String::new();
    for stueck in html.split('<').skip(1) {
        let (tag, text) = stueck.split_once('>').unwrap_or((stueck, ""));
        let name = tag.trim_start_matches('/').split([' ', '\n', '/']).next().unwrap().to_lowercase();
        if tag.starts_with('/') {
            while let Some((n, _)) = offen.pop() {
                if n == name {
                    break;
                }
            }
        } else if !tag.starts_with('!') {
            let fremd = offen.last().is_some_and(|(_, f)| *f);
            let fremd = match tag.split_once(" lang=\"") {
                Some((_, lang)) if name != "html" => !lang.starts_with("en"),
                _ => fremd,
            };
            for attribut in [" aria-label=\"", " placeholder=\"", " title=\"", " alt=\""] {
                if let (Some((_, wert)), false) = (tag.split_once(attribut), fremd) {
                    aus.push_str(wert.split('"').next().unwrap());
                    aus.push('\n');
                }
            }
            if !LEER.contains(&name.as_str()) {
                offen.push((name, fremd));
            }
        }
        if !offen.last().is_some_and(|(n, fremd)| *fremd || n == "style" || n == "script") {
            aus.push_str(text);
            aus.push('\n');
        }
    }
    aus
}

fn deutsche_reste(html: &str) -> Vec<String> {
    let text = gesagt(html);
    let worte = text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty());
    worte.map(str::to_lowercase).filter(|w| DEUTSCH.contains(&w.as_str())).collect()
}

fn englisch(wo: &str, a: &Antwort) {
    assert!(a.text.contains("<html lang=\"en\">"), "{wo}: {}", a.text);
    assert_eq!(a.headers[header::CONTENT_LANGUAGE], "en", "{wo}");
    assert!(a.headers[header::VARY].to_str().unwrap().contains("Accept-Language"), "{wo}");
    let reste = deutsche_reste(&a.text);
    assert!(reste.is_empty(), "{wo}: {reste:?} in {}", gesagt(&a.text));
}

async fn gewaehlt(stadt: &Stadt, sprache: &str) -> Besucher {
    let b = Besucher::neu(&stadt.app);
    let a = b.get(&format!("/leistungen?q=hund&sprache={sprache}")).await;
    assert_eq!((a.status, a.ziel()), (StatusCode::SEE_OTHER, "/leistungen?q=hund"));
    assert_eq!(b.keks("__Host-akte-sprache").as_deref(), Some(sprache));
    b
}

#[test]
fn german_left_over_on_an_english_page_is_found_where_it_is_not_marked() {
    let seite = |s: &str| format!("<html lang=\"en\"><body>{s}</body></html>");
    assert_eq!(deutsche_reste(&seite("<p>Nothing is lost <b>und</b></p>")), ["und"]);
    assert_eq!(deutsche_reste(&seite("<nav aria-label=\"Sie sind\"><a>x</a></nav>")), ["sie", "sind"]);
    let marked = "<p lang=\"de\">Wir <br>sind <b>hier</b></p><p>Come in</p><a lang=\"de\" title=\"Ist\">der</a>";
    assert_eq!(deutsche_reste(&seite(marked)), [""; 0]);
    assert_eq!(deutsche_reste(&seite("<p lang=\"de\">Wir</p>die")), ["die"], "the mark ends with its element");
}

#[tokio::test]
async fn a_whole_application_can_be_made_in_english() {
    let stadt = gruenden().await;
    let b = gewaehlt(&stadt, "en").await;
    for pfad in
        ["/", "/leistungen", "/leistungen?q=xyzzy", "/leistungen?thema=verkehr", "/status", "/antrag/fortsetzen"]
    {
        englisch(pfad, &b.get(pfad).await);
    }
    let a = b.get("/leistungen/bewohnerparken").await;
    englisch("service", &a);
    assert!(a.text.contains("Start online") && a.text.contains("Apply for a resident parking permit"), "{}", a.text);
    assert!(a.text.contains("German is the official language"));
    let mut seite = b.ausfuellen("/leistungen/bewohnerparken", BASIS, &[]).await.ziel().to_owned();
    let a = b.ausfuellen(&seite, &seite, &[("name", "Adams"), ("geburtsdatum", "31.02.1990")]).await;
    assert_eq!(a.status, StatusCode::UNPROCESSABLE_ENTITY);
    englisch("findings", &a);
    for satz in [
        "<title>Error: ",
        "Please check these 2 answers",
        "31.02.1990 is no day of the calendar. Enter it like this",
        "This value is missing. Fill in the field.",
        "value=\"31.02.1990\"",
    ] {
        assert!(a.text.contains(satz), "{satz}: {}", a.text);
    }
    while !seite.ends_with("/dokumente") {
        englisch(&seite, &b.get(&seite).await);
        let a = b.ausfuellen(&seite, &seite, &parkausweis("Adams")).await;
        assert_eq!(a.status, StatusCode::SEE_OTHER, "{seite}: {}", a.text);
        seite = a.ziel().to_owned();
    }
    for (name, inhalt, grund) in [
        ("", &b""[..], "No file is chosen."),
        ("leer.pdf", b"", "The file “leer.pdf” is empty."),
        ("bild.pdf", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "is not what its name says"),
        ("x.exe", b"MZ\x90\0", "We cannot accept the file"),
    ] {
        let a = b.hochladen(&seite, &[("unterlage", "sonstige")], name, inhalt).await;
        assert_eq!(a.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        englisch(name, &a);
        assert!(a.text.contains(grund), "{name}: {}", a.text);
    }
    englisch("later", &b.get(&format!("{BASIS}/spaeter")).await);
    let a = b.get(&format!("{BASIS}/pruefen")).await;
    englisch("check", &a);
    for satz in ["Check your answers", "Apply for the permit", "<dd class=\"kern-description-list-item__value\">yes<"] {
        assert!(a.text.contains(satz), "{satz}: {}", a.text);
    }
}

#[tokio::test]
async fn after_sending_everything_is_english_but_the_documents() {
    let stadt = gruenden().await;
    let b = gewaehlt(&stadt, "en").await;
    let (a, code) = abgesendet(&b).await;
    englisch("confirmation", &a);
    assert!(a.text.contains("We have received your application") && a.text.contains("Your code"));
    let a = b.get(&format!("/s/{code}")).await;
    let a = b.get(a.ziel()).await;
    englisch("status", &a);
    assert!(a.text.contains("November 2026") && a.text.contains("Withdraw the application"), "{}", a.text);
    for pfad in ["/status/dokumente", "/status/nachreichen", "/status/zuruecknehmen"] {
        let a = b.get(pfad).await;
        assert_eq!(a.status, StatusCode::OK, "{pfad}");
        englisch(pfad, &a);
    }
    let a = b.hochladen("/status/nachreichen", &[("_schluessel", "AAAAAAAAAAAAAAAAAAAAAA")], "", b"").await;
    englisch("nothing handed in", &a);
    let seite = "/status/zuruecknehmen";
    let schluessel = b.get(seite).await.verborgen("_schluessel");
    let wechsel = [("_schluessel", schluessel.as_str()), ("grund", "Moved away"), ("aktion", "sprache-ls")];
    let a = b.ausfuellen(seite, seite, &wechsel).await;
    assert_eq!((a.status, a.headers[header::CONTENT_LANGUAGE].to_str().unwrap()), (StatusCode::OK, "de-simple"));
    assert!(a.text.contains("Moved away") && a.verborgen("_schluessel") == schluessel, "{}", a.text);
    assert!(b.get("/status/vorgang").await.text.contains("Wir haben Ihren Antrag bekommen"), "nothing is taken back");
    b.get("/status?sprache=en").await;
    assert_eq!(b.ausfuellen(seite, seite, &[("_schluessel", &schluessel)]).await.status, StatusCode::SEE_OTHER);
    let a = b.get("/status/vorgang").await;
    englisch("withdrawn", &a);
    assert!(a.text.contains("You have withdrawn the application"), "{}", a.text);
    let noch_einmal = format!("noch-einmal-{schluessel}");
    let a = b.ausfuellen("/status", seite, &[("_schluessel", &noch_einmal)]).await;
    assert_eq!(a.status, StatusCode::CONFLICT);
    englisch("refused by the town in German, and marked", &a);
    assert!(a.text.contains("<p class=\"kern-body kern-body--large\" lang=\"de\">"), "{}", a.text);
}

#[tokio::test]
async fn changing_the_language_in_the_middle_of_a_form_keeps_what_was_typed() {
    let stadt = gruenden().await;
    let b = Besucher::neu(&stadt.app);
    let seite = b.ausfuellen("/leistungen/bewohnerparken", BASIS, &[]).await.ziel().to_owned();
    let a = b.get(&seite).await;
    // Enter presses the first button of the form, and that one goes on.
    let erster = a.text.split("<button").find(|k| k.contains("form=\"antrag\"")).unwrap();
    assert!(erster.contains("value=\"weiter\"") && erster.contains("hidden"), "{erster}");
    assert!(
        a.text.contains("form=\"antrag\" name=\"aktion\" value=\"sprache-en\"") && a.text.contains("id=\"antrag\"")
    );
    let a =
        b.ausfuellen(&seite, &seite, &[("name", "Adams"), ("geburtsdatum", "morgen"), ("aktion", "sprache-en")]).await;
    assert_eq!((a.status, a.ziel()), (StatusCode::SEE_OTHER, seite.as_str()));
    let a = b.get(&seite).await;
    englisch("the same page", &a);
    assert!(a.text.contains("value=\"Adams\"") && a.text.contains("value=\"morgen\""), "{}", a.text);
    let felder = [("zurueck", "pruefen"), ("name", "Adams"), ("aktion", "sprache-de")];
    let a = b.ausfuellen(&seite, &seite, &felder).await;
    assert_eq!(a.ziel(), format!("{seite}?zurueck=pruefen"), "and the way back to the check page stays");
    assert!(b.get(&seite).await.text.contains("<html lang=\"de\">"));
}

#[tokio::test]
async fn a_form_that_was_open_too_long_comes_back_in_its_language() {
    let stadt = gruenden().await;
    let b = gewaehlt(&stadt, "en").await;
    let a = b.post("/antrag/fortsetzen", &[("code", "ABCD"), ("_csrf", "1.falsch")]).await;
    assert_eq!(a.status, StatusCode::FORBIDDEN);
    englisch("send again", &a);
    let a = b.ausfuellen("/antrag/fortsetzen", "/antrag/fortsetzen", &[("code", "x")]).await;
    englisch("unknown draft", &a);
    let a = b.ausfuellen("/status", "/status", &[("code", "AAAAAAAAAAAAAAAAAAAAAA")]).await;
    englisch("unknown code", &b.get(a.ziel()).await);
    for (pfad, status) in [("/gibt/es/nicht", 404), ("/leistungen/unbekannt", 404), ("/status/dokumente", 404)] {
        let a = b.get(pfad).await;
        assert_eq!(a.status.as_u16(), status, "{pfad}");
        englisch(pfad, &a);
    }
}

#[tokio::test]
async fn the_first_page_follows_the_browser_and_every_other_the_choice() {
    let stadt = gruenden().await;
    let mit = |accept: &'static str| {
        let app = stadt.app.clone();
        async move {
            let b = Besucher::neu(&app);
            let q = Request::get("/").header(header::ACCEPT_LANGUAGE, accept).body(Body::empty()).unwrap();
            b.senden(q).await
        }
    };
    englisch("an English browser", &mit("en-GB,en;q=0.9,de;q=0.5").await);
    for accept in ["de-DE,en;q=0.5", "tr-TR", ""] {
        assert!(mit(accept).await.text.contains("<html lang=\"de\">"), "{accept}");
    }
    let b = gewaehlt(&stadt, "de").await;
    let q = Request::get("/").header(header::ACCEPT_LANGUAGE, "en").body(Body::empty()).unwrap();
    assert!(b.senden(q).await.text.contains("<html lang=\"de\">"), "the choice is stronger than the browser");
    let a = b.get("/leistungen?sprache=fr").await;
    assert_eq!(a.status, StatusCode::OK, "a language that is not there is no wish");
    let fremd = b.get("//boese.example/?sprache=en").await;
    assert_eq!(fremd.status, StatusCode::NOT_FOUND);
    assert!(!fremd.text.contains("boese.example"), "the page leads to no other host: {}", fremd.text);
}

#[tokio::test]
async fn the_office_and_the_open_data_stay_german() {
    let stadt = gruenden().await;
    let b = gewaehlt(&stadt, "en").await;
    for r in alle().into_iter().filter(|r| r.method == "get" && !r.path.contains('{')) {
        if matches!(r.audience, Audience::Antrag | Audience::Status) {
            continue;
        }
        let a = b.get(r.path).await;
        if a.text.contains("<html") {
            assert!(a.text.contains("<html lang=\"de\">") && !a.text.contains("class=\"sprachen\""), "{}", r.path);
        }
    }
    let a = b.get("/datenschutz").await;
    assert!(a.text.contains("Sprache, die Sie gewählt haben"), "the cookie is told");
}

#[tokio::test]
async fn leichte_sprache_is_marked_and_says_where_a_service_has_none() {
    let stadt = gruenden().await;
    let b = gewaehlt(&stadt, "ls").await;
    let a = b.get("/").await;
    assert!(a.text.contains("<html lang=\"de-simple\">") && a.text.contains("Sie müssen sich nicht anmelden."));
    assert_eq!(a.headers[header::CONTENT_LANGUAGE], "de-simple");
    assert!(a.text.contains("Menschen mit Lern-Schwierigkeiten haben sie noch nicht geprüft."), "{}", a.text);
    for l in stadt.app.leistungen().all() {
        let leicht = akte_core::verfahren::sprache::leicht_luecken(&l).is_empty();
        let a = b.get(&format!("/leistungen/{}", l.id)).await;
        let sagt_es = a.text.contains("Diesen Antrag gibt es noch nicht in Leichter Sprache.");
        assert_eq!(sagt_es, !leicht, "{}", l.id);
        let titel = if leicht { &l.titel.ls } else { &l.titel.de };
        let marke = if leicht { "" } else { " lang=\"de\"" };
        assert!(a.text.contains(&format!("<h1 class=\"kern-heading-x-large\"{marke}>{titel}</h1>")), "{}", a.text);
        if !l.kanaele.contains(&Kanal::Online) {
            continue;
        }
        let a = b.ausfuellen(&format!("/leistungen/{}", l.id), &format!("/antrag/{}", l.id), &[]).await;
        let seite = b.get(a.ziel()).await;
        assert_eq!(seite.text.contains("noch nicht in Leichter Sprache"), !leicht, "{}", l.id);
        assert!(seite.text.contains("Wir speichern Ihre Antworten nach jeder Seite."), "{}", l.id);
    }
}

#[tokio::test]
async fn who_finds_nothing_gets_topics_and_a_telephone_number() {
    let stadt = gruenden().await;
    let b = Besucher::neu(&stadt.app);
    for (wort, leistung) in [("dog", "hundesteuer-anmeldung"), ("open%20a%20shop", "gewerbeanmeldung")] {
        let a = b.get(&format!("/leistungen?q={wort}")).await;
        assert!(a.text.contains(&format!("/leistungen/{leistung}\"")), "{wort}: {}", a.text);
        assert!(!a.text.contains("?thema="), "who found something needs no topics");
    }
    let a = b.get("/leistungen?q=Raumfahrt").await;
    assert!(a.text.contains("Nichts gefunden zu „Raumfahrt“") && a.text.contains("04100 1230"), "{}", a.text);
    assert!(a.text.contains("/leistungen?thema=tiere") && a.text.contains(">Tiere</a> ("), "{}", a.text);
    let a = b.get("/leistungen?thema=tiere").await;
    assert!(a.text.contains("/leistungen/hundesteuer-anmeldung\"") && !a.text.contains("/leistungen/bewohnerparken\""));
    let a = b.get("/leistungen?thema=raumfahrt").await;
    assert!(a.text.contains("/leistungen/bewohnerparken\""), "an unknown topic is no filter");
}
