//! How a town forms its Aktenzeichen: a pattern of `stadt.toml` with placeholders.
//!
//! Only new numbers follow it; one that was given never changes.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What a number consists of.
#[derive(Clone, Copy, Debug)]
pub struct Teile<'a> {
    /// Position of the Aktenplan.
    pub plan: &'a str,
    /// Id of the unit that keeps the file.
    pub einheit: &'a str,
    pub nummer: u32,
    pub jahr: i16,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Stueck {
    Text(String),
    Plan,
    Einheit,
    Jahr,
    JahrKurz,
    /// Digits at least.
    Nummer(usize),
}

/// A checked pattern, for example `{plan}-{nummer:4}/{jahr}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Schema {
    muster: String,
    stuecke: Vec<Stueck>,
}

/// The form that was always used here.
const VORGABE: &str = "{plan}-{nummer:4}/{jahr}";
/// Longest Aktenzeichen a pattern may lead to, in characters besides the placeholders.
const MAX_TEXT: usize = 40;

impl Schema {
    /// Reads a pattern; the error says what is wrong and what is allowed.
    pub fn lesen(muster: &str) -> Result<Self, String> {
        let fehler = |was: &str| {
            format!(
                "aktenzeichen = {muster:?}: {was}. Erlaubt sind {{plan}}, {{einheit}}, {{jahr}}, {{jahr:2}}, {{nummer}} und {{nummer:4}} mit Text dazwischen, zum Beispiel {VORGABE:?}"
            )
        };
        let (mut stuecke, mut rest, mut text) = (Vec::new(), muster, 0);
        while let Some((vor, nach)) = rest.split_once('{') {
            let (name, danach) = nach.split_once('}').ok_or_else(|| fehler("eine Klammer ist nicht geschlossen"))?;
            text += vor.chars().count();
            stuecke.extend((!vor.is_empty()).then(|| Stueck::Text(vor.to_owned())));
            stuecke.push(stueck(name).ok_or_else(|| fehler(&format!("den Platzhalter {{{name}}} gibt es nicht")))?);
            rest = danach;
        }
        stuecke.extend((!rest.is_empty()).then(|| Stueck::Text(rest.to_owned())));
        text += rest.chars().count();
        let hat = |gesucht: fn(&Stueck) -> bool| stuecke.iter().filter(|s| gesucht(s)).count();
        let zeichen = |c: char| c.is_alphanumeric() || " -/.:_#".contains(c);
        let fremd = stuecke.iter().any(|s| matches!(s, Stueck::Text(t) if !t.chars().all(zeichen)));
        if fremd || rest.contains('}') {
            return Err(fehler("es sind nur Buchstaben, Ziffern, Leerzeichen und - / . : _ # erlaubt"));
        }
        if text > MAX_TEXT {
            return Err(fehler("der Text dazwischen ist länger als 40 Zeichen"));
        }
        // One number range belongs to one (position, year): without them two files would get the same Aktenzeichen.
        for (n, was) in [
            (hat(|s| matches!(s, Stueck::Nummer(_))), "{nummer}"),
            (hat(|s| matches!(s, Stueck::Plan)), "{plan}"),
            (hat(|s| matches!(s, Stueck::Jahr | Stueck::JahrKurz)), "{jahr}"),
        ] {
            if n != 1 {
                return Err(fehler(&format!(
                    "{was} muss genau einmal vorkommen, sonst ist das Aktenzeichen nicht eindeutig"
                )));
            }
        }
        let ziffern = |s: &Stueck| !matches!(s, Stueck::Text(_));
        if stuecke.windows(2).any(|w| ziffern(&w[0]) && ziffern(&w[1])) {
            return Err(fehler(
                "zwischen zwei Platzhaltern muss etwas stehen, sonst ist das Aktenzeichen nicht eindeutig",
            ));
        }
        Ok(Self { muster: muster.to_owned(), stuecke })
    }

    /// The Aktenzeichen of these parts.
    pub fn bilden(&self, t: &Teile<'_>) -> String {
        let mut aus = String::new();
        for s in &self.stuecke {
            match s {
                Stueck::Text(text) => aus.push_str(text),
                Stueck::Plan => aus.push_str(t.plan),
                Stueck::Einheit => aus.push_str(t.einheit),
                Stueck::Jahr => aus.push_str(&t.jahr.to_string()),
                Stueck::JahrKurz => aus.push_str(&format!("{:02}", t.jahr.rem_euclid(100))),
                Stueck::Nummer(stellen) => aus.push_str(&format!("{:0stellen$}", t.nummer)),
            }
        }
        aus
    }
}

fn stueck(name: &str) -> Option<Stueck> {
    Some(match name {
        "plan" => Stueck::Plan,
        "einheit" => Stueck::Einheit,
        "jahr" => Stueck::Jahr,
        "jahr:2" => Stueck::JahrKurz,
        "nummer" => Stueck::Nummer(1),
        _ => {
            let stellen: usize = name.strip_prefix("nummer:")?.parse().ok()?;
            Stueck::Nummer((1..=9).contains(&stellen).then_some(stellen)?)
        }
    })
}

impl Default for Schema {
    fn default() -> Self {
        use Stueck::{Jahr, Nummer, Plan, Text};
        let stuecke = vec![Plan, Text("-".into()), Nummer(4), Text("/".into()), Jahr];
        Self { muster: VORGABE.into(), stuecke }
    }
}

impl TryFrom<String> for Schema {
    type Error = String;
    fn try_from(muster: String) -> Result<Self, String> {
        Self::lesen(&muster)
    }
}

impl From<Schema> for String {
    fn from(s: Schema) -> Self {
        s.muster
    }
}

impl fmt::Display for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.muster)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: Teile<'static> = Teile { plan: "32.21", einheit: "ordnung", nummer: 815, jahr: 2026 };

    #[test]
    fn a_town_that_says_nothing_numbers_as_it_always_did() {
        assert_eq!(Schema::default(), Schema::lesen(VORGABE).expect("the default is a pattern"));
        assert_eq!(Schema::default().bilden(&T), "32.21-0815/2026");
        assert_eq!(Schema::default().bilden(&Teile { nummer: 12345, ..T }), "32.21-12345/2026");
    }

    #[test]
    fn a_town_writes_its_own_pattern() {
        let form = |m: &str| Schema::lesen(m).expect(m).bilden(&T);
        assert_eq!(form("{einheit}/{plan} - {nummer}.{jahr:2}"), "ordnung/32.21 - 815.26");
        assert_eq!(form("Az. {jahr}/{plan}/{nummer:6}"), "Az. 2026/32.21/000815");
    }

    #[test]
    fn a_pattern_that_would_give_two_files_one_number_is_refused_with_its_remedy() {
        for (muster, sagt) in [
            ("{plan}-{jahr}", "{nummer} muss genau einmal"),
            ("{nummer}/{jahr}", "{plan} muss genau einmal"),
            ("{plan}-{nummer}", "{jahr} muss genau einmal"),
            ("{plan}{nummer}/{jahr}", "zwischen zwei Platzhaltern"),
            ("{plan}-{nr}/{jahr}", "{nr} gibt es nicht"),
            ("{plan}-{nummer:0}/{jahr}", "{nummer:0} gibt es nicht"),
            ("{plan}-{nummer/{jahr}", "gibt es nicht"),
            ("{plan}-{nummer}/{jahr", "nicht geschlossen"),
            ("{plan}<{nummer}/{jahr}", "nur Buchstaben"),
        ] {
            let e = Schema::lesen(muster).expect_err(muster);
            assert!(e.contains(sagt) && e.contains("Erlaubt sind {plan}"), "{muster}: {e}");
        }
    }
}
