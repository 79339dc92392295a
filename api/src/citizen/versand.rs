//! The way of a notice in plain sentences for the person it is for.
//!
//! Says nothing of what is only wanted yet: until it has left, it can be taken back.

use crate::layout::datum_in;
use crate::sprache::Sprache;
use crate::texte;
use akte_core::verfahren::event::Weg;
use akte_core::verfahren::zustellung::Zustand;
use akte_projections::rows::SendungView;

/// What happened to it last; `None` where nothing has left the house.
pub fn satz(s: &SendungView, seite: Sprache) -> Option<String> {
    let t = &texte::von(seite).versand;
    let am = s.am.map(|d| datum_in(&d, seite)).unwrap_or_default();
    let versandt = datum_in(&s.versandt_am?, seite);
    Some(match (s.zustand, s.weg) {
        (Zustand::Created | Zustand::Cancelled, _) => return None,
        (Zustand::Sent, Weg::Portal) => t.bereit.mit(versandt),
        (Zustand::Sent, Weg::Post) => t.post.mit(versandt),
        (Zustand::Sent, Weg::Pzu) => t.urkunde.mit(versandt),
        (Zustand::Sent, Weg::Schalter) | (Zustand::Delivered, Weg::Schalter) => t.ausgehaendigt.mit(versandt),
        (Zustand::Delivered, Weg::Portal) => t.abgerufen.mit(versandt),
        (Zustand::Delivered, _) => t.zugestellt.mit(am),
        (Zustand::TemporaryFailure, _) => t.weiter_versucht.mit(am),
        (Zustand::PermanentFailure, Weg::Portal) => t.hinweis_kam_nicht.mit(am),
        (Zustand::PermanentFailure, _) => t.nicht_zustellbar.mit(am),
        (Zustand::ReturnedLetter, _) => t.zurueck.mit(am),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_called_sent_before_it_left() {
        let mut s = SendungView { weg: Weg::Post, zustand: Zustand::Created, versandt_am: None, am: None };
        for z in Zustand::ALLE {
            s.zustand = z;
            assert_eq!(satz(&s, Sprache::De), None, "{z:?}");
        }
        s.versandt_am = Some("2026-11-23".parse().unwrap());
        for weg in Weg::ALLE {
            for z in Zustand::ALLE.into_iter().filter(|z| !matches!(z, Zustand::Created | Zustand::Cancelled)) {
                let text = satz(&SendungView { weg, zustand: z, am: s.versandt_am, ..s.clone() }, Sprache::De).unwrap();
                assert!(text.contains("23.11.2026"), "{text}");
            }
        }
    }
}
