//! The condition language of service definitions: who must fill what, which step applies.
//!
//! Knows `feld = wert`, `feld != wert`, `feld in (a, b)`, `gesetzt(feld)`, `und`, `oder`,
//! `nicht`, parentheses, `wahr`, `falsch`, `belastend`. Deliberately no arithmetic, no dates and
//! no functions: whoever reads a definition must be able to tell what it does.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Longest condition in characters, and how deep it may nest: both far above any real one.
const MAX_CHARS: usize = 2_000;
const MAX_DEPTH: usize = 32;

/// Normalised values of one form, as `verfahren::pruefung` makes them.
pub type Werte = BTreeMap<String, Value>;

/// A parsed condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bedingung {
    Wahr,
    Falsch,
    /// The decision burdens its addressee (§ 28 VwVfG); false while nothing is decided.
    Belastend,
    /// The field is there and not empty.
    Gesetzt(String),
    /// The field has one of these values; a choice of several holds if one of them is chosen.
    Einer(String, Vec<String>),
    Nicht(Box<Bedingung>),
    Und(Vec<Bedingung>),
    Oder(Vec<Bedingung>),
}

/// Why a condition cannot be read. `pos` counts characters from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Zeichen {pos}: {text}")]
pub struct BedingungFehler {
    pub pos: usize,
    pub text: String,
}

/// Whether the condition written in `text` holds; an empty text always does.
///
/// For text of a loaded definition only: the loader has refused what cannot be parsed, so that
/// an error here cannot occur there and counts as "does not hold".
pub fn holds(text: &str, felder: &Werte, belastend: bool) -> bool {
    Bedingung::parse(text).is_ok_and(|b| b.holds(felder, belastend))
}

impl Bedingung {
    /// Parses a condition; an empty text is `wahr`.
    pub fn parse(text: &str) -> Result<Self, BedingungFehler> {
        if text.chars().count() > MAX_CHARS {
            return Err(fehler(MAX_CHARS, format!("Die Bedingung ist länger als {MAX_CHARS} Zeichen.")));
        }
        if text.trim().is_empty() {
            return Ok(Bedingung::Wahr);
        }
        let mut p = Parser { marken: zerlege(text)?, i: 0, ende: text.chars().count() + 1, tiefe: 0 };
        let b = p.oder()?;
        match p.marken.get(p.i) {
            None => Ok(b),
            Some((pos, m)) => Err(fehler(*pos, format!("Hier steht {m}, erwartet wird „und“, „oder“ oder das Ende."))),
        }
    }

    /// Evaluates over normalised values. A field that is absent has no value: `=` and `in` are
    /// false, `!=` is true.
    pub fn holds(&self, felder: &Werte, belastend: bool) -> bool {
        match self {
            Bedingung::Wahr => true,
            Bedingung::Falsch => false,
            Bedingung::Belastend => belastend,
            Bedingung::Gesetzt(f) => felder.get(f).is_some_and(is_set),
            Bedingung::Einer(f, werte) => felder.get(f).is_some_and(|v| werte.iter().any(|w| equals(v, w))),
            Bedingung::Nicht(b) => !b.holds(felder, belastend),
            Bedingung::Und(v) => v.iter().all(|b| b.holds(felder, belastend)),
            Bedingung::Oder(v) => v.iter().any(|b| b.holds(felder, belastend)),
        }
    }

    /// Ids of all fields the condition asks for.
    pub fn fields(&self) -> BTreeSet<&str> {
        let mut out = BTreeSet::new();
        self.visit(&mut |b| {
            if let Bedingung::Gesetzt(f) | Bedingung::Einer(f, _) = b {
                out.insert(f.as_str());
            }
        });
        out
    }

    /// Whether the condition asks for `belastend`.
    pub fn asks_belastend(&self) -> bool {
        let mut found = false;
        self.visit(&mut |b| found |= *b == Bedingung::Belastend);
        found
    }

    /// All comparisons `(field, values)`, for the check that each value is an option.
    pub fn comparisons(&self) -> Vec<(&str, &[String])> {
        let mut out = Vec::new();
        self.visit(&mut |b| {
            if let Bedingung::Einer(f, w) = b {
                out.push((f.as_str(), w.as_slice()));
            }
        });
        out
    }

    /// `Some(value)` if the condition has this value whatever the fields are.
    pub fn constant(&self) -> Option<bool> {
        match self {
            Bedingung::Wahr => Some(true),
            Bedingung::Falsch => Some(false),
            Bedingung::Belastend | Bedingung::Gesetzt(_) | Bedingung::Einer(..) => None,
            Bedingung::Nicht(b) => b.constant().map(|c| !c),
            Bedingung::Und(v) => fold(v, false),
            Bedingung::Oder(v) => fold(v, true),
        }
    }

    fn visit<'a>(&'a self, f: &mut dyn FnMut(&'a Bedingung)) {
        f(self);
        match self {
            Bedingung::Nicht(b) => b.visit(f),
            Bedingung::Und(v) | Bedingung::Oder(v) => v.iter().for_each(|b| b.visit(f)),
            _ => {}
        }
    }
}

/// `stop` decides a chain alone: false for `und`, true for `oder`.
fn fold(v: &[Bedingung], stop: bool) -> Option<bool> {
    if v.iter().any(|b| b.constant() == Some(stop)) {
        return Some(stop);
    }
    v.iter().all(|b| b.constant() == Some(!stop)).then_some(!stop)
}

/// Whether a value is there at all.
pub fn is_set(v: &Value) -> bool {
    match v {
        Value::Null => false,
        Value::String(s) => !s.is_empty(),
        Value::Array(a) => !a.is_empty(),
        _ => true,
    }
}

fn equals(v: &Value, wert: &str) -> bool {
    match v {
        Value::String(s) => s == wert,
        Value::Bool(true) => matches!(wert, "ja" | "wahr"),
        Value::Bool(false) => matches!(wert, "nein" | "falsch"),
        Value::Number(n) => n.to_string() == wert,
        Value::Array(a) => a.iter().any(|x| equals(x, wert)),
        Value::Null | Value::Object(_) => false,
    }
}

fn fehler(pos: usize, text: impl Into<String>) -> BedingungFehler {
    BedingungFehler { pos, text: text.into() }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Marke {
    Wort(String),
    Text(String),
    Gleich,
    Ungleich,
    Auf,
    Zu,
    Komma,
}

impl std::fmt::Display for Marke {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Marke::Wort(w) | Marke::Text(w) => write!(f, "„{w}“"),
            Marke::Gleich => f.write_str("„=“"),
            Marke::Ungleich => f.write_str("„!=“"),
            Marke::Auf => f.write_str("„(“"),
            Marke::Zu => f.write_str("„)“"),
            Marke::Komma => f.write_str("„,“"),
        }
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')
}

fn zerlege(text: &str) -> Result<Vec<(usize, Marke)>, BedingungFehler> {
    let chars: Vec<char> = text.chars().collect();
    let (mut out, mut i) = (Vec::new(), 0);
    while i < chars.len() {
        let pos = i + 1;
        let marke = match chars[i] {
            c if c.is_whitespace() => {
                i += 1;
                continue;
            }
            '=' => Marke::Gleich,
            '(' => Marke::Auf,
            ')' => Marke::Zu,
            ',' => Marke::Komma,
            '!' if chars.get(i + 1) == Some(&'=') => {
                i += 1;
                Marke::Ungleich
            }
            '\'' => {
                let len = chars[i + 1..].iter().position(|c| *c == '\'');
                let len = len.ok_or_else(|| fehler(pos, "Das Anführungszeichen wird nicht geschlossen."))?;
                let wert = chars[i + 1..i + 1 + len].iter().collect();
                i += len + 1;
                Marke::Text(wert)
            }
            c if is_word(c) => {
                let len = chars[i..].iter().take_while(|c| is_word(**c)).count();
                let wort = chars[i..i + len].iter().collect();
                i += len - 1;
                Marke::Wort(wort)
            }
            c => return Err(fehler(pos, format!("Das Zeichen „{c}“ gehört nicht in eine Bedingung."))),
        };
        out.push((pos, marke));
        i += 1;
    }
    Ok(out)
}

struct Parser {
    marken: Vec<(usize, Marke)>,
    i: usize,
    ende: usize,
    tiefe: usize,
}

impl Parser {
    fn wort(&self) -> Option<&str> {
        match self.marken.get(self.i) {
            Some((_, Marke::Wort(w))) => Some(w),
            _ => None,
        }
    }

    fn pos(&self) -> usize {
        self.marken.get(self.i).map_or(self.ende, |(p, _)| *p)
    }

    fn found(&self) -> String {
        self.marken.get(self.i).map_or("das Ende".into(), |(_, m)| m.to_string())
    }

    fn expect(&mut self, m: &Marke) -> Result<(), BedingungFehler> {
        if self.marken.get(self.i).map(|(_, x)| x) != Some(m) {
            return Err(fehler(self.pos(), format!("Erwartet wird {m}, hier steht {}.", self.found())));
        }
        self.i += 1;
        Ok(())
    }

    fn oder(&mut self) -> Result<Bedingung, BedingungFehler> {
        self.tiefe += 1;
        if self.tiefe > MAX_DEPTH {
            return Err(fehler(self.pos(), format!("Die Bedingung ist tiefer als {MAX_DEPTH} Ebenen verschachtelt.")));
        }
        let mut teile = vec![self.und()?];
        while self.wort() == Some("oder") {
            self.i += 1;
            teile.push(self.und()?);
        }
        self.tiefe -= 1;
        Ok(if teile.len() == 1 { teile.remove(0) } else { Bedingung::Oder(teile) })
    }

    fn und(&mut self) -> Result<Bedingung, BedingungFehler> {
        let mut teile = vec![self.nicht()?];
        while self.wort() == Some("und") {
            self.i += 1;
            teile.push(self.nicht()?);
        }
        Ok(if teile.len() == 1 { teile.remove(0) } else { Bedingung::Und(teile) })
    }

    fn nicht(&mut self) -> Result<Bedingung, BedingungFehler> {
        let mut negiert = false;
        while self.wort() == Some("nicht") {
            self.i += 1;
            negiert = !negiert;
        }
        let b = self.atom()?;
        Ok(if negiert { Bedingung::Nicht(Box::new(b)) } else { b })
    }

    fn atom(&mut self) -> Result<Bedingung, BedingungFehler> {
        if let Some((_, Marke::Auf)) = self.marken.get(self.i) {
            self.i += 1;
            let b = self.oder()?;
            self.expect(&Marke::Zu)?;
            return Ok(b);
        }
        let pos = self.pos();
        let Some(wort) = self.wort().map(str::to_owned) else {
            return Err(fehler(pos, format!("Erwartet wird ein Feld, hier steht {}.", self.found())));
        };
        self.i += 1;
        match wort.as_str() {
            "wahr" => Ok(Bedingung::Wahr),
            "falsch" => Ok(Bedingung::Falsch),
            "belastend" => Ok(Bedingung::Belastend),
            "gesetzt" => {
                self.expect(&Marke::Auf)?;
                let feld = self.name()?;
                self.expect(&Marke::Zu)?;
                Ok(Bedingung::Gesetzt(feld))
            }
            w if is_reserved(w) => Err(fehler(pos, format!("Erwartet wird ein Feld, hier steht „{w}“."))),
            _ => self.comparison(wort),
        }
    }

    fn comparison(&mut self, feld: String) -> Result<Bedingung, BedingungFehler> {
        match self.marken.get(self.i) {
            Some((_, Marke::Gleich)) => {
                self.i += 1;
                Ok(Bedingung::Einer(feld, vec![self.wert()?]))
            }
            Some((_, Marke::Ungleich)) => {
                self.i += 1;
                Ok(Bedingung::Nicht(Box::new(Bedingung::Einer(feld, vec![self.wert()?]))))
            }
            Some((_, Marke::Wort(w))) if w == "in" => {
                self.i += 1;
                self.expect(&Marke::Auf)?;
                let mut werte = vec![self.wert()?];
                while let Some((_, Marke::Komma)) = self.marken.get(self.i) {
                    self.i += 1;
                    werte.push(self.wert()?);
                }
                self.expect(&Marke::Zu)?;
                Ok(Bedingung::Einer(feld, werte))
            }
            _ => Err(fehler(
                self.pos(),
                format!("Nach dem Feld „{feld}“ wird „=“, „!=“ oder „in“ erwartet, hier steht {}.", self.found()),
            )),
        }
    }

    fn name(&mut self) -> Result<String, BedingungFehler> {
        match self.wort() {
            Some(w) if !is_reserved(w) => {
                let w = w.to_owned();
                self.i += 1;
                Ok(w)
            }
            _ => Err(fehler(self.pos(), format!("Erwartet wird ein Feld, hier steht {}.", self.found()))),
        }
    }

    fn wert(&mut self) -> Result<String, BedingungFehler> {
        match self.marken.get(self.i) {
            Some((_, Marke::Wort(w))) if !matches!(w.as_str(), "und" | "oder" | "nicht" | "in") => {
                let w = w.clone();
                self.i += 1;
                Ok(w)
            }
            Some((_, Marke::Text(w))) => {
                let w = w.clone();
                self.i += 1;
                Ok(w)
            }
            _ => Err(fehler(self.pos(), format!("Erwartet wird ein Wert, hier steht {}.", self.found()))),
        }
    }
}

/// Words with a meaning of their own; no field may be called so.
pub fn is_reserved(w: &str) -> bool {
    matches!(w, "und" | "oder" | "nicht" | "in" | "wahr" | "falsch" | "belastend" | "gesetzt")
}

#[cfg(test)]
mod tests;
