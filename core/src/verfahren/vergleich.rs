//! What changed between two definition folders, line by line, as text a person can approve.
//!
//! Longest common subsequence of lines up to a bound; beyond it the old file is shown as replaced.

use super::event::DefinitionDatei;
use std::collections::BTreeMap;

/// Unchanged lines shown around a change.
const UMGEBUNG: usize = 3;
/// Largest table of the comparison, in cells.
const MAX_ZELLEN: usize = 4_000_000;

/// The differences as text: `= file`, then lines that begin with ` `, `-`, `+`, or `…` for what is left out.
/// Empty = no difference.
pub fn unterschied(alt: &[DefinitionDatei], neu: &[DefinitionDatei]) -> String {
    let inhalt = |d: &[DefinitionDatei]| -> BTreeMap<String, String> {
        d.iter().map(|d| (d.pfad.clone(), d.inhalt.clone())).collect()
    };
    let (alt, neu) = (inhalt(alt), inhalt(neu));
    let mut out = String::new();
    let pfade: std::collections::BTreeSet<&String> = alt.keys().chain(neu.keys()).collect();
    for pfad in pfade {
        let (a, b) = (alt.get(pfad), neu.get(pfad));
        if a == b {
            continue;
        }
        let was = match (a, b) {
            (None, _) => " (neu)",
            (_, None) => " (entfällt)",
            _ => "",
        };
        out.push_str(&format!("= {pfad}{was}\n"));
        out.push_str(&lines(a.map_or("", String::as_str), b.map_or("", String::as_str)));
    }
    out
}

/// One line with what became of it.
type Zeile<'a> = (char, &'a str);

fn lines(alt: &str, neu: &str) -> String {
    let (a, b): (Vec<&str>, Vec<&str>) = (alt.lines().collect(), neu.lines().collect());
    let vorn = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let rest = a.len().min(b.len()) - vorn;
    let hinten = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count().min(rest);
    let (mitte_a, mitte_b) = (&a[vorn..a.len() - hinten], &b[vorn..b.len() - hinten]);
    let mut alle: Vec<Zeile<'_>> = a[..vorn].iter().map(|l| (' ', *l)).collect();
    alle.extend(changed(mitte_a, mitte_b));
    alle.extend(a[a.len() - hinten..].iter().map(|l| (' ', *l)));
    shorten(&alle)
}

fn changed<'a>(a: &[&'a str], b: &[&'a str]) -> Vec<Zeile<'a>> {
    if (a.len() + 1).saturating_mul(b.len() + 1) > MAX_ZELLEN {
        return a.iter().map(|l| ('-', *l)).chain(b.iter().map(|l| ('+', *l))).collect();
    }
    let breite = b.len() + 1;
    let mut l = vec![0u16; (a.len() + 1) * breite];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            l[i * breite + j] = match a[i] == b[j] {
                true => l[(i + 1) * breite + j + 1] + 1,
                false => l[(i + 1) * breite + j].max(l[i * breite + j + 1]),
            };
        }
    }
    let (mut i, mut j, mut out) = (0, 0, Vec::new());
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            out.push((' ', a[i]));
            (i, j) = (i + 1, j + 1);
        } else if j == b.len() || (i < a.len() && l[(i + 1) * breite + j] >= l[i * breite + j + 1]) {
            out.push(('-', a[i]));
            i += 1;
        } else {
            out.push(('+', b[j]));
            j += 1;
        }
    }
    out
}

/// Unchanged lines far from any change are left out.
fn shorten(alle: &[Zeile<'_>]) -> String {
    let nah = |i: usize| {
        let von = i.saturating_sub(UMGEBUNG);
        let bis = (i + UMGEBUNG + 1).min(alle.len());
        alle[von..bis].iter().any(|(art, _)| *art != ' ')
    };
    let (mut out, mut luecke) = (String::new(), false);
    for (i, (art, text)) in alle.iter().enumerate() {
        if nah(i) {
            out.push_str(&format!("{art} {text}\n"));
        } else if !luecke {
            out.push_str("…\n");
        }
        luecke = !nah(i);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn datei(pfad: &str, inhalt: &str) -> DefinitionDatei {
        DefinitionDatei { pfad: pfad.into(), sha256: String::new(), inhalt: inhalt.into() }
    }

    #[test]
    fn a_changed_line_stands_between_its_neighbours_and_the_rest_is_left_out() {
        let alt: String = (1..=20).map(|n| format!("z{n}\n")).collect();
        let neu = alt.replace("z10\n", "zehn\nneu\n");
        let text = unterschied(&[datei("leistung.toml", &alt)], &[datei("leistung.toml", &neu)]);
        assert_eq!(text, "= leistung.toml\n…\n  z7\n  z8\n  z9\n- z10\n+ zehn\n+ neu\n  z11\n  z12\n  z13\n…\n");
    }

    #[test]
    fn a_file_that_comes_or_goes_is_named_and_equal_folders_differ_in_nothing() {
        let (a, b) = ([datei("a", "x\n")], [datei("b", "y\n")]);
        assert_eq!(unterschied(&a, &b), "= a (entfällt)\n- x\n= b (neu)\n+ y\n");
        assert_eq!(unterschied(&a, &a), "");
    }
}
