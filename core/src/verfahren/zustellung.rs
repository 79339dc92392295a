//! How far a notice and its hint by mail have come: two tables of states and what may follow.
//!
//! Computes no date and writes nothing; what a state means for the Bekanntgabe is decided in `decide`.

use serde::{Deserialize, Serialize};

/// State of one dispatch, in the words of GOV.UK Notify. Never `Sent` before it left the house.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Zustand {
    /// Wanted, not gone: held back, or waiting to be printed and posted.
    Created,
    Sent,
    Delivered,
    TemporaryFailure,
    PermanentFailure,
    ReturnedLetter,
    /// Taken back before it left.
    Cancelled,
}

impl Zustand {
    pub const ALLE: [Zustand; 7] = [
        Zustand::Created,
        Zustand::Sent,
        Zustand::Delivered,
        Zustand::TemporaryFailure,
        Zustand::PermanentFailure,
        Zustand::ReturnedLetter,
        Zustand::Cancelled,
    ];

    /// The state of a wire word.
    pub fn lesen(wort: &str) -> Option<Self> {
        Self::ALLE.into_iter().find(|z| z.wire() == wort)
    }

    /// Its word in events.
    pub fn wire(self) -> &'static str {
        match self {
            Zustand::Created => "created",
            Zustand::Sent => "sent",
            Zustand::Delivered => "delivered",
            Zustand::TemporaryFailure => "temporary_failure",
            Zustand::PermanentFailure => "permanent_failure",
            Zustand::ReturnedLetter => "returned_letter",
            Zustand::Cancelled => "cancelled",
        }
    }

    /// In words for pages.
    pub fn wort(self) -> &'static str {
        match self {
            Zustand::Created => "noch nicht versandt",
            Zustand::Sent => "versandt",
            Zustand::Delivered => "zugestellt",
            Zustand::TemporaryFailure => "vorübergehend gescheitert",
            Zustand::PermanentFailure => "endgültig gescheitert",
            Zustand::ReturnedLetter => "zurückgekommen",
            Zustand::Cancelled => "Versand zurückgenommen",
        }
    }

    /// What was announced by it no longer is.
    pub fn nimmt_zurueck(self) -> bool {
        matches!(self, Zustand::PermanentFailure | Zustand::ReturnedLetter)
    }
}

/// Whether a dispatch in state `von` may come into state `nach`.
pub fn darf(von: Zustand, nach: Zustand) -> bool {
    use Zustand::*;
    match von {
        Created => matches!(nach, Sent | PermanentFailure | Cancelled),
        Sent => matches!(nach, Delivered | TemporaryFailure | PermanentFailure | ReturnedLetter),
        // Tried again by whoever carries it, and that may fail again.
        TemporaryFailure => {
            matches!(nach, Sent | Delivered | TemporaryFailure | PermanentFailure | ReturnedLetter)
        }
        // Put into the wrong box and brought back.
        Delivered => matches!(nach, ReturnedLetter),
        PermanentFailure | ReturnedLetter | Cancelled => false,
    }
}

/// State of the mail that tells of a notice in the portal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mailstand {
    Queued,
    /// About to be handed to the mail server; stays so where the outcome was never learnt.
    Sending,
    Sent,
    TemporaryFailure,
    PermanentFailure,
    /// Not needed any more: retrieved, or the consent was withdrawn.
    Cancelled,
}

impl Mailstand {
    pub const ALLE: [Mailstand; 6] = [
        Mailstand::Queued,
        Mailstand::Sending,
        Mailstand::Sent,
        Mailstand::TemporaryFailure,
        Mailstand::PermanentFailure,
        Mailstand::Cancelled,
    ];

    /// The state of a wire word.
    pub fn lesen(wort: &str) -> Option<Self> {
        Self::ALLE.into_iter().find(|m| m.wire() == wort)
    }

    /// Its word in events.
    pub fn wire(self) -> &'static str {
        match self {
            Mailstand::Queued => "queued",
            Mailstand::Sending => "sending",
            Mailstand::Sent => "sent",
            Mailstand::TemporaryFailure => "temporary_failure",
            Mailstand::PermanentFailure => "permanent_failure",
            Mailstand::Cancelled => "cancelled",
        }
    }

    /// In words for pages.
    pub fn wort(self) -> &'static str {
        match self {
            Mailstand::Queued => "vorgemerkt",
            Mailstand::Sending => "wird gesendet",
            Mailstand::Sent => "an den Mailserver übergeben",
            Mailstand::TemporaryFailure => "noch nicht gesendet, wir versuchen es weiter",
            Mailstand::PermanentFailure => "endgültig gescheitert",
            Mailstand::Cancelled => "nicht mehr nötig",
        }
    }

    /// Nothing follows.
    pub fn zu_ende(self) -> bool {
        matches!(self, Mailstand::Sent | Mailstand::PermanentFailure | Mailstand::Cancelled)
    }
}

/// Whether a mail in state `von` may come into state `nach`. `Sending` may follow `Sending`: the first attempt died
/// before its outcome was known.
pub fn mail_darf(von: Mailstand, nach: Mailstand) -> bool {
    use Mailstand::*;
    match von {
        Queued | TemporaryFailure => matches!(nach, Sending | TemporaryFailure | PermanentFailure | Cancelled),
        Sending => matches!(nach, Sending | Sent | TemporaryFailure | PermanentFailure | Cancelled),
        Sent | PermanentFailure | Cancelled => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Row = from, column = to, in the order of `ALLE`; x = may follow.
    const TAFEL: [&str; 7] = [
        //  C S D T P R A
        "   . x . . x . x", // created
        "   . . x x x x .", // sent
        "   . . . . . x .", // delivered
        "   . x x x x x .", // temporary failure
        "   . . . . . . .", // permanent failure
        "   . . . . . . .", // returned letter
        "   . . . . . . .", // cancelled
    ];

    const MAIL: [&str; 6] = [
        //  Q S G T P A
        "   . x . x x x", // queued
        "   . x x x x x", // sending
        "   . . . . . .", // sent
        "   . x . x x x", // temporary failure
        "   . . . . . .", // permanent failure
        "   . . . . . .", // cancelled
    ];

    fn tafel<T: Copy + std::fmt::Debug>(zeilen: &[&str], alle: &[T], darf: fn(T, T) -> bool) {
        for (zeile, von) in zeilen.iter().zip(alle) {
            let zellen: Vec<&str> = zeile.split_whitespace().collect();
            assert_eq!(zellen.len(), alle.len(), "{von:?}");
            for (zelle, nach) in zellen.iter().zip(alle) {
                assert_eq!(darf(*von, *nach), *zelle == "x", "{von:?} -> {nach:?}");
            }
        }
    }

    #[test]
    fn a_dispatch_comes_from_each_state_into_exactly_these() {
        tafel(&TAFEL, &Zustand::ALLE, darf);
    }

    #[test]
    fn a_mail_comes_from_each_state_into_exactly_these() {
        tafel(&MAIL, &Mailstand::ALLE, mail_darf);
    }

    #[test]
    fn every_state_reads_back_from_its_word() {
        assert!(Zustand::ALLE.iter().all(|z| Zustand::lesen(z.wire()) == Some(*z)));
        assert!(Mailstand::ALLE.iter().all(|m| Mailstand::lesen(m.wire()) == Some(*m)));
        assert_eq!((Zustand::lesen("verloren"), Mailstand::lesen("")), (None, None));
        for (z, wire) in Zustand::ALLE.iter().map(|z| (serde_json::to_value(z), z.wire())) {
            assert_eq!(z.expect("a word"), wire);
        }
    }
}
