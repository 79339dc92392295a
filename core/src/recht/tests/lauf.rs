//! Extension, suspension, retrieval and hours: hand-made cases (`faelle_lauf.toml`) and what is said about them.

use super::{berlin, law};
use crate::recht::worte::{toml_date, toml_date_opt};
use crate::recht::*;
use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Faelle {
    lauf: Vec<LaufFall>,
    abruf: Vec<AbrufFall>,
    stunden: Vec<StundenFall>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LaufFall {
    was: String,
    regel: String,
    #[serde(deserialize_with = "toml_date")]
    ereignis: Date,
    anzahl: Option<u32>,
    schritte: Vec<Schritt>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Schritt {
    tage: Option<u32>,
    wochen: Option<u32>,
    monate: Option<u32>,
    #[serde(deserialize_with = "toml_date_opt")]
    bis: Option<Date>,
    #[serde(deserialize_with = "toml_date_opt")]
    am: Option<Date>,
    #[serde(deserialize_with = "toml_date_opt")]
    hemmen: Option<Date>,
    #[serde(deserialize_with = "toml_date_opt")]
    fortsetzen: Option<Date>,
    #[serde(deserialize_with = "toml_date_opt")]
    ende: Option<Date>,
    fehler: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AbrufFall {
    was: String,
    regime: String,
    #[serde(deserialize_with = "toml_date")]
    benachrichtigt: Date,
    #[serde(default, deserialize_with = "toml_date_opt")]
    abgerufen: Option<Date>,
    #[serde(default, deserialize_with = "toml_date_opt")]
    bereit_bis: Option<Date>,
    #[serde(default)]
    bekannt: Vec<toml::value::Datetime>,
    fehler: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StundenFall {
    was: String,
    ereignis: Timestamp,
    stunden: u32,
    ende: Timestamp,
}

fn faelle() -> Faelle {
    toml::from_str(include_str!("faelle_lauf.toml")).unwrap()
}

/// A period on its way, as a case keeps it.
struct Stand {
    regel: String,
    begin: Date,
    end: Date,
    roh: Option<Date>,
    verlaengert: u32,
    gehemmt_ab: Option<Date>,
}

impl Stand {
    fn neu(regel: &str, ereignis: Date, anzahl: Option<u32>) -> Self {
        let f = law().compute(regel, ereignis, Params { anzahl, ..Params::default() }).unwrap();
        Stand { regel: regel.into(), begin: f.begin, end: f.end, roh: None, verlaengert: 0, gehemmt_ab: None }
    }

    fn lauf(&self) -> Lauf<'_> {
        let Stand { regel, begin, end, roh, verlaengert, gehemmt_ab } = self;
        Lauf { regel, begin: *begin, end: *end, roh: *roh, verlaengert: *verlaengert, gehemmt_ab: *gehemmt_ab }
    }

    /// One step; the Rechenweg of what was done, or the refusal.
    fn tun(&mut self, s: &Schritt) -> Result<Vec<Rechenschritt>, LawError> {
        let law = law();
        if let Some(ab) = s.hemmen {
            let weg = law.hemmen(self.lauf(), ab)?;
            self.gehemmt_ab = Some(ab);
            return Ok(weg);
        }
        let neu = if let Some(letzter) = s.fortsetzen {
            let neu = law.fortsetzen(self.lauf(), letzter)?;
            self.gehemmt_ab = None;
            neu
        } else {
            let dauer = s.tage.map(Dauer::Tage).or(s.wochen.map(Dauer::Wochen)).or(s.monate.map(Dauer::Monate));
            let um = dauer.map(Um::Dauer).or(s.bis.map(Um::Bis)).unwrap();
            let neu = law.verlaengern(self.lauf(), um, s.am.unwrap())?;
            self.verlaengert += 1;
            neu
        };
        assert_eq!(neu.begin, self.begin);
        (self.end, self.roh) = (neu.end, Some(neu.roh));
        Ok(neu.rechenweg)
    }
}

#[test]
fn running_periods_are_extended_and_suspended_as_thought_through_by_hand() {
    let faelle = faelle();
    assert!(faelle.lauf.len() >= 30, "only {} cases", faelle.lauf.len());
    for f in &faelle.lauf {
        let mut stand = Stand::neu(&f.regel, f.ereignis, f.anzahl);
        for s in &f.schritte {
            match (stand.tun(s), &s.fehler) {
                (Ok(weg), None) => {
                    assert!(!weg.is_empty() && weg.iter().all(|w| !w.norm.is_empty() && !w.text.is_empty()));
                    assert_eq!(stand.end, s.ende.unwrap_or(stand.end), "{}", f.was);
                }
                (Err(e), Some(fehler)) => assert!(e.to_string().contains(fehler), "{}: {e}", f.was),
                (Ok(_), Some(fehler)) => panic!("{}: not refused ({fehler})", f.was),
                (Err(e), None) => panic!("{}: {e}", f.was),
            }
        }
    }
}

#[test]
fn what_is_retrieved_is_announced_as_thought_through_by_hand() {
    for f in faelle().abruf {
        let got = law().abruf(&f.regime, f.benachrichtigt, f.abgerufen);
        if let Some(fehler) = &f.fehler {
            assert!(got.unwrap_err().to_string().contains(fehler), "{}", f.was);
            continue;
        }
        let got = got.unwrap();
        assert_eq!(got.bereit_bis.map(|b| b.end), f.bereit_bis, "{}", f.was);
        let days: Vec<String> =
            got.bekanntgabe.iter().flat_map(|b| [b.frueheste.end, b.spaeteste.end]).map(|d| d.to_string()).collect();
        let expected: Vec<String> = f.bekannt.iter().map(ToString::to_string).collect();
        assert_eq!(days, expected, "{}", f.was);
    }
}

#[test]
fn hours_count_through_both_nights_in_which_the_clocks_change() {
    for f in faelle().stunden {
        let at = f.ereignis.to_zoned(berlin());
        let got = law().stunden("stundenfrist", &at, Some(f.stunden)).unwrap();
        assert_eq!(got.ende, f.ende, "{}", f.was);
        assert_eq!(got.ende.duration_since(got.beginn).as_hours(), i64::from(f.stunden), "{}", f.was);
        let told = got.rechenweg.iter().any(|s| s.text.contains("Dazwischen wird die Uhr"));
        let offsets = got.beginn.to_zoned(berlin()).offset() != got.ende.to_zoned(berlin()).offset();
        assert_eq!(told, offsets, "{}: {:?}", f.was, got.rechenweg);
    }
}

#[test]
fn a_period_in_hours_tells_its_way_and_refuses_what_it_cannot_count() {
    let law = law();
    let at = date(2026, 10, 24).at(12, 30, 0, 0).to_zoned(berlin()).unwrap();
    let f = law.stunden("stundenfrist", &at, Some(24)).unwrap();
    let way: Vec<_> = f.rechenweg.iter().map(|s| s.text.as_str()).collect();
    assert_eq!(
        way,
        [
            "Bekanntgabe der Frist: 24 Stunden ab Samstag, 24.10.2026, 12:30 Uhr.",
            "Die angebrochene Stunde zählt nicht mit. Beginn ist Samstag, 24.10.2026, 13:00 Uhr.",
            "Dazwischen wird die Uhr zurückgestellt. Gezählt werden die wirklich vergangenen Stunden.",
            "Samstage, Sonntage und Feiertage zählen mit. Ende ist Sonntag, 25.10.2026, 12:00 Uhr.",
        ]
    );
    assert_eq!((f.rule_version.as_str(), f.regime.as_str(), f.verified), ("stundenfrist/1+sh/1", "LVwG-SH", false));
    let text = |regel: &str, n| law.stunden(regel, &at, n).unwrap_err().to_string();
    assert!(text("stundenfrist", None).contains("die Dauer fehlt"));
    assert!(text("stundenfrist", Some(0)).contains("mindestens 1 Stunde"));
    assert!(text("stundenfrist", Some(u32::MAX)).contains("zu lang"));
    assert!(text("stundenfrist", Some(24 * 366 * 190)).contains("außerhalb des Feiertagskalenders"));
    assert!(text("vwgo70", Some(1)).contains("zählt nicht nach Stunden"));
    assert!(text("gibtesnicht", Some(1)).contains("gibtesnicht"));
    let day = law.compute("stundenfrist", date(2026, 10, 24), Params::default()).unwrap_err();
    assert!(day.to_string().contains("braucht einen Zeitpunkt"), "{day}");
    let one = law.stunden("stundenfrist", &at, Some(1)).unwrap();
    assert!(one.rechenweg[0].text.contains("1 Stunde ab"), "{:?}", one.rechenweg);
}

#[test]
fn an_extension_tells_from_when_it_counts_and_that_it_came_late() {
    let law = law();
    let mut stand = Stand::neu("behoerdenfrist", date(2026, 10, 17), Some(14));
    let spaet = Schritt { tage: Some(14), am: Some(date(2026, 11, 4)), ..Schritt::default() };
    let way: Vec<String> = stand.tun(&spaet).unwrap().into_iter().map(|s| format!("{} [{}]", s.text, s.norm)).collect();
    assert_eq!(
        way,
        [
            "Die Frist war am 02.11.2026 abgelaufen. Sie wird rückwirkend verlängert. [§ 31 Abs. 7 VwVfG (§ 89 LVwG), § 190 BGB]",
            "Verlängerung vom bisherigen Ende an: 14 Tage ab Montag, 02.11.2026 [§ 31 Abs. 7 VwVfG (§ 89 LVwG), § 190 BGB]",
            "Der 02.11.2026 zählt nicht mit. Erster Tag ist Dienstag, 03.11.2026. [§ 187 Abs. 1 BGB]",
            "Letzter Tag ist Montag, 16.11.2026. [§ 188 Abs. 1 BGB]",
        ]
    );
    assert!(law.verlaengerbar(stand.lauf()) && !law.hemmbar(stand.lauf()));
    let izg = Stand::neu("izg5", date(2028, 1, 31), None);
    let weit = law.verlaengern(izg.lauf(), Um::Bis(date(2028, 3, 15)), date(2028, 2, 1)).unwrap();
    assert_eq!(weit.rechenweg.last().unwrap().text, "Die äußerste Grenze ist Freitag, 31.03.2028.");
    assert!(!weit.verified);
}

#[test]
fn a_suspension_tells_what_remains_and_what_it_moved() {
    let law = law();
    let mut stand = Stand::neu("bearbeitungsziel", date(2026, 11, 20), None);
    let weg = stand.tun(&Schritt { hemmen: Some(date(2026, 12, 21)), ..Schritt::default() }).unwrap();
    assert_eq!(weg[0].text, "Gehemmt ab Montag, 21.12.2026. Bis zum Ende am 01.01.2027 bleiben noch 12 Tage.");
    let weiter = law.fortsetzen(stand.lauf(), date(2026, 12, 21)).unwrap();
    let way: Vec<_> = weiter.rechenweg.iter().map(|s| s.text.as_str()).collect();
    assert_eq!(
        way,
        [
            "Gehemmt vom 21.12.2026 bis zum 21.12.2026: 1 Tag zählt nicht.",
            "Ohne Hemmung war das Ende der 01.01.2027. 1 Tag weiter ist Samstag, 02.01.2027.",
            "Samstag, 02.01.2027 ist kein Werktag. Nächster Werktag ist Montag, 04.01.2027.",
        ]
    );
    assert_eq!((weiter.roh, weiter.end), (date(2027, 1, 2), date(2027, 1, 4)));
}

#[test]
fn only_what_the_rule_names_suspends_without_an_order() {
    let law = law();
    let hemmt = |regel: &str, g| law.hemmt(Stand::neu(regel, date(2026, 11, 23), None).lauf(), g);
    assert!(hemmt("bearbeitungsziel", Hemmungsgrund::Ruhen) && hemmt("bearbeitungsziel", Hemmungsgrund::Nachforderung));
    assert!(!hemmt("bearbeitungsziel", Hemmungsgrund::Verfuegung));
    assert!(!hemmt("bgb195", Hemmungsgrund::Ruhen), "only by order");
    for regel in ["vwgo75", "vwgo70", "vwvfg42a", "gewo15", "gewanzv_statistik", "izg5", "dsgvo12"] {
        for g in [Hemmungsgrund::Ruhen, Hemmungsgrund::Nachforderung] {
            assert!(!hemmt(regel, g), "{regel}: a statutory period runs on");
        }
    }
}

#[test]
fn where_todays_data_do_not_lead_to_the_recorded_end_the_recorded_end_counts() {
    let law = law();
    let mut stand = Stand::neu("bearbeitungsziel", date(2026, 11, 20), None);
    stand.end = date(2027, 1, 8);
    stand.gehemmt_ab = Some(date(2026, 12, 1));
    assert_eq!(law.fortsetzen(stand.lauf(), date(2026, 12, 3)).unwrap().end, date(2027, 1, 11));
}

#[test]
fn a_missed_period_says_since_when_and_what_follows() {
    let law = law();
    let texte = |regel: &str, anzahl| {
        let stand = Stand::neu(regel, date(2026, 10, 17), anzahl);
        let weg = law.versaeumt(stand.lauf(), stand.end.saturating_add(1.day())).unwrap();
        weg.into_iter().map(|s| s.text).collect::<Vec<_>>()
    };
    assert_eq!(
        texte("behoerdenfrist", Some(14)),
        [
            "„Von der Behörde gesetzte Frist“ endete am Montag, 02.11.2026. Festgestellt am 03.11.2026.",
            "Die Behörde entscheidet nach dem, was sie weiß, oder verlängert.",
            "Sie kann auch jetzt noch verlängert werden.",
        ]
    );
    assert_eq!(texte("vwgo75", None)[1], "Die Untätigkeitsklage ist zulässig, wenn kein zureichender Grund vorliegt.");
    assert_eq!(texte("vwvfg32", None).len(), 1);
}

#[test]
fn restitution_into_a_missed_remedy_has_its_own_two_limits() {
    let w = law().wiedereinsetzung_rechtsbehelf(date(2026, 10, 17), date(2026, 9, 1)).unwrap();
    assert_eq!((w.antrag_bis.end, w.hoechstens_bis.end), (date(2026, 11, 2), date(2027, 9, 1)));
    assert!(w.antrag_bis.verified && w.antrag_bis.rechenweg[0].norm == "§ 60 Abs. 2 VwGO");
    let frueh = law().wiedereinsetzung_rechtsbehelf(date(2026, 8, 1), date(2026, 9, 1)).unwrap_err();
    assert!(frueh.to_string().contains("vwgo60") && frueh.to_string().contains("nichts ist versäumt"), "{frueh}");
}
