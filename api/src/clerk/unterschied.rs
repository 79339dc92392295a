//! What changed between two texts, word by word, for the preview of a draft.
//!
//! Longest common subsequence up to a bound; beyond it the old text is shown as replaced.

/// One run of words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stueck {
    Gleich(String),
    Neu(String),
    Weg(String),
}

/// Words compared at most on each side.
const MAX: usize = 1_500;

/// From `alt` to `neu`.
pub fn unterschied(alt: &str, neu: &str) -> Vec<Stueck> {
    let (a, b) = (worte(alt), worte(neu));
    if a.len() > MAX || b.len() > MAX {
        return vec![Stueck::Weg(alt.to_owned()), Stueck::Neu(neu.to_owned())];
    }
    let l = laengen(&a, &b);
    let (mut i, mut j) = (0, 0);
    let mut aus: Vec<Stueck> = Vec::new();
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            anfuegen(&mut aus, Stueck::Gleich(a[i].into()));
            i += 1;
            j += 1;
        } else if j == b.len() || (i < a.len() && l[i + 1][j] >= l[i][j + 1]) {
            anfuegen(&mut aus, Stueck::Weg(a[i].into()));
            i += 1;
        } else {
            anfuegen(&mut aus, Stueck::Neu(b[j].into()));
            j += 1;
        }
    }
    aus
}

/// Words with the blanks that follow them.
fn worte(text: &str) -> Vec<&str> {
    text.split_inclusive(char::is_whitespace).collect()
}

fn laengen(a: &[&str], b: &[&str]) -> Vec<Vec<u16>> {
    let mut l = vec![vec![0u16; b.len() + 1]; a.len() + 1];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            l[i][j] = if a[i] == b[j] { l[i + 1][j + 1] + 1 } else { l[i + 1][j].max(l[i][j + 1]) };
        }
    }
    l
}

fn anfuegen(aus: &mut Vec<Stueck>, neu: Stueck) {
    match (aus.last_mut(), &neu) {
        (Some(Stueck::Gleich(t)), Stueck::Gleich(n))
        | (Some(Stueck::Neu(t)), Stueck::Neu(n))
        | (Some(Stueck::Weg(t)), Stueck::Weg(n)) => t.push_str(n),
        _ => aus.push(neu),
    }
}

#[cfg(test)]
mod tests {
    use super::{Stueck::*, unterschied};

    #[test]
    fn a_changed_word_is_shown_as_gone_and_new() {
        let u = unterschied("Der Ausweis gilt ein Jahr.", "Der Ausweis gilt zwei Jahre.");
        let soll = [Gleich("Der Ausweis gilt ".into()), Weg("ein Jahr.".into()), Neu("zwei Jahre.".into())];
        assert_eq!(u, soll);
        assert_eq!(unterschied("gleich", "gleich"), [Gleich("gleich".into())]);
        assert_eq!(unterschied("", "neu"), [Neu("neu".into())]);
    }
}
