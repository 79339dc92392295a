//! Every service of the town through the real router: one table, one file per aspect.
//!
//! What is typed are the examples of the definitions themselves; nothing here names a field of its own.

mod abgabe;
mod auskunft;
mod befund;
mod geschichte;
mod schreiben;

use crate::amt::{Amt, getan, handeln};
use crate::besucher::{Antwort, Besucher};
use akte_core::kernel::Role;
use akte_core::verfahren::definition::{Definition, Schrittart};
use akte_core::verfahren::event::Kanal;
use akte_core::verfahren::loader::{Beispiel, builtin_files, examples};
use akte_core::verfahren::{Vorgang, loader};
use axum::http::StatusCode;
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

/// One service: the accepted example it is driven by, a refused one, and a letter with words printed on it.
pub struct Dienst {
    pub id: &'static str,
    pub gut: &'static str,
    pub falsch: &'static str,
    /// Last part of the letter's address, and what must be readable on it.
    pub schreiben: (&'static str, &'static [&'static str]),
}

pub const DIENSTE: &[Dienst] = &[
    Dienst {
        id: "gewerbeanmeldung",
        gut: "angenommen_einzelunternehmen",
        falsch: "abgelehnt_pflichtangaben_fehlen",
        schreiben: ("empfangsbescheinigung", &["Gewerbe anmelden", "Einzelhandel mit Fahrrädern", "Erika Muster"]),
    },
    Dienst {
        id: "gewerbeummeldung",
        gut: "angenommen_erweiterung",
        falsch: "abgelehnt_taetigkeit_fehlt",
        schreiben: ("empfangsbescheinigung", &["Gewerbe ummelden", "Reparatur von Fahrrädern", "01.12.2026"]),
    },
    Dienst {
        id: "gewerbeabmeldung",
        gut: "angenommen_aufgabe",
        falsch: "abgelehnt_nachfolge_fehlt",
        schreiben: ("gebuehr-1", &["Gebührenbescheid", "VerwGebVO SH", "Tarifstelle 11.1"]),
    },
    Dienst {
        id: "wohnsitz-anmeldung",
        gut: "angenommen_zuzug",
        falsch: "abgelehnt_einzug_in_der_zukunft",
        schreiben: ("empfangsbescheinigung", &["Wohnsitz anmelden", "§ 17 BMG", "16.11.2026"]),
    },
    Dienst {
        id: "meldebescheinigung",
        gut: "angenommen_einfach",
        falsch: "abgelehnt_erweitert_ohne_auswahl",
        schreiben: ("bescheid", &["Meldebescheinigung nach § 18 Bundesmeldegesetz", "Am Markt", "Widerspruch"]),
    },
    Dienst {
        id: "hundesteuer-anmeldung",
        gut: "angenommen_ein_hund",
        falsch: "abgelehnt_chip",
        schreiben: ("bescheid", &["Hund zur Hundesteuer anmelden", "276098106123456", "Widerspruch"]),
    },
    Dienst {
        id: "hundesteuer-abmeldung",
        gut: "angenommen_gestorben",
        falsch: "abgelehnt_noch_da",
        schreiben: ("bescheid", &["Hund von der Hundesteuer abmelden", "Der Hund ist gestorben", "Widerspruch"]),
    },
    Dienst {
        id: "bewohnerparken",
        gut: "angenommen",
        falsch: "abgelehnt_kennzeichen",
        schreiben: ("bescheid", &["Bewohnerparkausweis", "PI-AB 123E", "Widerspruch"]),
    },
    Dienst {
        id: "sondernutzung",
        gut: "angenommen_container",
        falsch: "abgelehnt_ende_vor_beginn",
        schreiben: (
            "bescheid",
            &[
                "Sondernutzung",
                "Große Straße 7, vor dem Haus",
                "Nebenbestimmungen",
                "Der Gehweg bleibt frei",
                "Widerspruch",
            ],
        ),
    },
    Dienst {
        id: "gaststaettengestattung",
        gut: "angenommen_vereinsfeier",
        falsch: "abgelehnt_zeitraum",
        schreiben: ("bescheid", &["Sportplatz an der Jahnstraße", "12.12.2026", "Widerspruch"]),
    },
    Dienst {
        id: "personalausweis",
        gut: "angenommen_neu",
        falsch: "abgelehnt_versand_fehlt",
        schreiben: ("gebuehr-1", &["Personalausweis, Antragsteller 24 Jahre und älter", "46,00", "PAuswGebV"]),
    },
    Dienst {
        id: "izg-antrag",
        gut: "angenommen_email",
        falsch: "abgelehnt_email_fehlt",
        schreiben: ("bescheid", &["Gutachten zur Brücke", "Widerspruch"]),
    },
    Dienst {
        id: "maengelmelder",
        gut: "angenommen_schlagloch",
        falsch: "abgelehnt_vertauscht",
        schreiben: ("empfangsbescheinigung", &["Mangel melden", "Große Straße, vor Haus 7"]),
    },
    Dienst {
        id: "kfz-uebergabe",
        gut: "angenommen_umschreiben",
        falsch: "abgelehnt_telefon",
        schreiben: ("empfangsbescheinigung", &["Auto anmelden", "Was muss ich zum Termin mitbringen?"]),
    },
];

impl Dienst {
    pub fn def(&self) -> Definition {
        loader::builtin().unwrap().into_iter().find(|d| d.id == self.id).unwrap()
    }

    pub fn beispiel(&self, name: &str) -> Beispiel {
        let (_, files) = builtin_files().into_iter().find(|(id, _)| *id == self.id).unwrap();
        let texte: BTreeMap<&str, &str> =
            files.iter().map(|(p, b)| (p.as_str(), std::str::from_utf8(b).unwrap())).collect();
        let datei = format!("examples/{name}.toml");
        examples(&texte).unwrap().into_iter().find(|(p, _)| *p == datei).unwrap_or_else(|| panic!("{datei}")).1
    }
}

/// What is typed, as pairs of a form.
fn getippt(b: &Beispiel) -> Vec<(String, String)> {
    b.roh().into_iter().flat_map(|(k, v)| v.into_iter().map(move |w| (k.clone(), w))).collect()
}

fn paare(felder: &[(String, String)]) -> Vec<(&str, &str)> {
    felder.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect()
}

/// Fills in page after page. Ends at the page that refuses, or at the documents.
async fn ausfuellen(b: &Besucher, def: &Definition, felder: &[(&str, &str)]) -> Antwort {
    let basis = format!("/antrag/{}", def.id);
    let mut seite = b.ausfuellen(&format!("/leistungen/{}", def.id), &basis, &[]).await.ziel().to_owned();
    for _ in 0..30 {
        let seite_ohne = seite.split('#').next().unwrap().to_owned();
        if seite_ohne.ends_with("/dokumente") {
            return b.get(&seite_ohne).await;
        }
        let a = b.ausfuellen(&seite_ohne, &seite_ohne, felder).await;
        if a.status != StatusCode::SEE_OTHER {
            return a;
        }
        seite = a.ziel().to_owned();
    }
    panic!("the form does not end: {seite}");
}

/// Enters the form at the counter; the answer is the receipt's address or the form with findings.
async fn erfassen(b: &Besucher, def: &Definition, felder: &[(&str, &str)]) -> Antwort {
    let ziel = format!("/amt/erfassen/{}", def.id);
    let mut seite = b.get(&ziel).await;
    for _ in 0..5 {
        let (csrf, key) = (seite.verborgen("_csrf"), seite.verborgen("_schluessel"));
        let gezeigt = seite.verborgen("_gezeigt");
        let kopf = [
            ("_csrf", csrf.as_str()),
            ("_schluessel", &key),
            ("_gezeigt", &gezeigt),
            ("_kanal", "vor_ort"),
            ("_eingang", "2026-11-23T03:00"),
        ];
        let a = b.post(&ziel, &[&kopf[..], felder].concat()).await;
        if a.status == StatusCode::SEE_OTHER || a.text.contains("kern-error") {
            return a;
        }
        seite = a;
    }
    seite
}

/// A town, its two clerks of the service's unit, and one case that came in by the service's own way.
pub struct Lage {
    pub amt: Amt,
    pub def: Arc<Definition>,
    pub id: Uuid,
    pub a: Besucher,
    pub zweite: Uuid,
    pub b: Besucher,
    pub buerger: Besucher,
}

impl Lage {
    pub async fn neu(d: &Dienst) -> Self {
        let mut amt = Amt::neu().await;
        let def = d.def();
        amt.konto("meyer", &def.einheit, &[Role::Sachbearbeitung]).await;
        let zweite = amt.konto("petersen", &def.einheit, &[Role::Sachbearbeitung]).await;
        let (a, b) = (amt.anmelden("meyer").await, amt.anmelden("petersen").await);
        let buerger = Besucher::neu(&amt.stadt.app);
        let felder = getippt(&d.beispiel(d.gut));
        if def.kanaele.contains(&Kanal::Online) {
            let doks = ausfuellen(&buerger, &def, &paare(&felder)).await;
            assert_eq!(doks.status, StatusCode::OK, "{}: {}", d.id, doks.text);
            let basis = format!("/antrag/{}", def.id);
            let ende = buerger.ausfuellen(&format!("{basis}/pruefen"), &format!("{basis}/absenden"), &[]).await;
            assert_eq!(ende.ziel(), format!("{basis}/bestaetigung"), "{}: {}", d.id, ende.text);
        } else {
            getan(&erfassen(&a, &def, &paare(&felder)).await);
        }
        amt.folgen().await;
        let alle = amt.stadt.app.house.reader().read_all(0, 10_000).await.unwrap();
        let id = alle.iter().find(|r| r.wire == "antrag.submitted.v1").unwrap().stream;
        let code = amt.stadt.app.house.case_code(id, 0);
        buerger.ausfuellen("/status", "/status", &[("code", &code)]).await;
        getan(&handeln(&a, id, "uebernehmen", &[]).await);
        Lage { amt, def: Arc::new(def), id, a, zweite, b, buerger }
    }

    pub async fn v(&self) -> Vorgang {
        self.amt.stadt.app.house.load::<Vorgang>(self.id).await.unwrap().state
    }

    /// Notes the facts that stand before or after the decision; what does not apply is refused and passed over.
    pub async fn tatsachen(&mut self, nach_entscheidung: bool) {
        let e = self.def.schritte.iter().position(|s| s.art == Schrittart::Entscheiden);
        for (i, s) in self.def.clone().schritte.iter().enumerate() {
            let nach = e.is_some_and(|e| i > e);
            if s.art != Schrittart::Tatsache || nach != nach_entscheidung || s.freiwillig {
                continue;
            }
            let r = handeln(&self.a, self.id, "tatsache", &[("tatsache-schritt", &s.id)]).await;
            let passt_nicht = r.text.contains("nicht vorgesehen");
            assert!(r.status == StatusCode::SEE_OTHER || passt_nicht, "{}: {}", s.id, r.text);
            self.amt.folgen().await;
        }
    }

    /// Draft, signature of the other person, hand-over at the counter.
    pub async fn bescheiden(&mut self) {
        let ermessen = self.def.schritte.iter().any(|s| s.ermessen);
        let entwurf = [
            ("entwerfen-tenor", "bewilligt"),
            ("entwerfen-begruendung", "Die Voraussetzungen liegen vor."),
            ("entwerfen-ermessen", if ermessen { "Wir haben die Belange abgewogen." } else { "" }),
            ("entwerfen-neben", "Der Gehweg bleibt frei."),
        ];
        getan(&handeln(&self.a, self.id, "entwerfen", &entwurf).await);
        self.amt.folgen().await;
        let an = self.zweite.to_string();
        getan(&handeln(&self.a, self.id, "geschaeftsgang", &[("geschaeftsgang-an", &an)]).await);
        let seite = self.b.get(&Amt::seite(self.id)).await;
        let digest = seite.verborgen("schlusszeichnen-digest");
        let gesehen = [("schlusszeichnen-fassung", "1"), ("schlusszeichnen-digest", digest.as_str())];
        getan(&handeln(&self.b, self.id, "schlusszeichnen", &gesehen).await);
        self.amt.folgen().await;
        getan(&handeln(&self.a, self.id, "versenden", &[("versenden-weg", "schalter")]).await);
        self.amt.folgen().await;
    }

    pub async fn bezahlen(&mut self) {
        for g in self.v().await.gebuehren.iter().filter(|g| g.stand == "offen") {
            let betrag = format!("{},{:02}", g.betrag_cent / 100, g.betrag_cent % 100);
            let felder = [
                ("gebuehr_bezahlt-zeile", g.zeile.as_str()),
                ("gebuehr_bezahlt-betrag", &betrag),
                ("gebuehr_bezahlt-weg", "bar"),
            ];
            getan(&handeln(&self.a, self.id, "gebuehr_bezahlt", &felder).await);
        }
        self.amt.folgen().await;
    }

    /// Days go by; sessions do not survive them.
    pub async fn tage(&mut self, tage: i64) {
        self.amt.stadt.uhr.vor(tage * 86_400);
        self.a = self.amt.anmelden("meyer").await;
        self.b = self.amt.anmelden("petersen").await;
    }
}
