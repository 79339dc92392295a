//! How long a file is kept: computed, recomputed, and set otherwise only by two persons.

use super::*;
use jiff::civil::Date;

/// A file under decision.
pub struct Fall {
    pub akte: Akte,
    pub today: Date,
    pub log: Vec<(Date, AkteEvent)>,
    /// What is open on the file, as it is gathered before a decision.
    pub offen: Vec<String>,
    /// Documents of another Akte, as it is gathered before a decision.
    pub fremd: Vec<Uuid>,
}

impl Fall {
    pub fn neu() -> Self {
        let mut f =
            Fall { akte: Akte::default(), today: date(2026, 11, 23), log: vec![], offen: vec![], fremd: vec![] };
        f.take(vec![opened()]);
        f
    }

    fn take(&mut self, events: Vec<AkteEvent>) {
        for e in events {
            self.akte = Akte::evolve(std::mem::take(&mut self.akte), &e);
            self.log.push((self.today, e));
        }
    }

    pub fn als(&mut self, konto: u8, command: AkteCommand) -> Result<Vec<AkteEvent>, AkteRefusal> {
        self.vertreten(konto, None, command)
    }

    pub fn vertreten(
        &mut self,
        konto: u8,
        fuer: Option<u8>,
        command: AkteCommand,
    ) -> Result<Vec<AkteEvent>, AkteRefusal> {
        let n = self.log.len() as u8;
        let ctx = Context {
            today: self.today,
            actor: Actor::Konto(id(konto)),
            on_behalf_of: fuer.map(id),
            ids: Ids([n; 32]),
            facts: Facts { offen: self.offen.clone(), fremd: self.fremd.clone(), ..Facts::default() },
            ..ctx()
        };
        let events = Akte::decide(&self.akte, command, &ctx)?;
        self.take(events.clone());
        Ok(events)
    }

    pub fn ok(&mut self, konto: u8, command: AkteCommand) {
        self.als(konto, command).expect("allowed");
    }

    fn bis(&self) -> Option<Date> {
        self.akte.aufbewahrung_bis
    }
}

fn close(dauer: Dauer, ereignis: &str, am: Option<Date>) -> AkteCommand {
    AkteCommand::Close { dauer, beginn: Beginn { ereignis: ereignis.into(), am } }
}

#[test]
fn retention_counts_from_the_end_of_the_year_of_bestandskraft_and_says_so_in_words() {
    let mut f = Fall::neu();
    f.today = date(2027, 1, 4);
    f.ok(1, close(Dauer::Jahre { jahre: 10 }, "bestandskraft", Some(date(2026, 12, 28))));
    assert_eq!(f.bis(), Some(date(2036, 12, 31)));
    let b = f.akte.aufbewahrung.berechnet.as_ref().expect("computed");
    assert_eq!((b.start, b.start_event.as_str()), (Some(date(2026, 12, 31)), "bestandskraft"));
    assert!(b.rechenweg.iter().any(|w| w.contains("Bestandskraft") && w.contains("28.12.2026")), "{:?}", b.rechenweg);
    assert!(b.paragraph.contains("Aktenplan") && b.rule_version.starts_with("aufbewahrung/1"));
}

#[test]
fn an_unknown_day_or_duration_never_blocks_closing_and_nothing_ends_by_it() {
    for (dauer, am) in [(Dauer::Jahre { jahre: 5 }, None), (Dauer::Unbekannt, Some(date(2026, 1, 1)))] {
        let mut f = Fall::neu();
        f.ok(1, close(dauer, "zda", am));
        assert!(f.akte.geschlossen && f.bis().is_none());
        let weg = &f.akte.aufbewahrung.berechnet.as_ref().expect("computed").rechenweg;
        assert!(weg[0].contains("nichts vernichtet"), "{weg:?}");
        assert!(!f.akte.aufbewahrung.dauernd());
    }
}

#[test]
fn late_filing_counts_anew_and_reopening_stops_the_clock_until_it_is_closed_again() {
    let mut f = Fall::neu();
    f.ok(1, schliessen(5));
    assert_eq!(f.bis(), Some(date(2031, 12, 31)));
    f.today = date(2028, 3, 1);
    f.ok(1, AkteCommand::FileLate { dokument: id(7), grund: "Rückläufer".into() });
    assert_eq!(f.bis(), Some(date(2033, 12, 31)));
    let again = f.als(1, AkteCommand::FileLate { dokument: id(8), grund: "noch einer".into() }).expect("filed");
    assert_eq!(again.len(), 1, "the same year gives the same end and no second computation");
    f.ok(1, AkteCommand::Reopen { grund: "Klage".into() });
    assert_eq!((f.bis(), f.akte.dokumente.len()), (None, 2), "nothing is removed, retention stops");
    assert!(f.akte.aufbewahrung.berechnet.is_none());
    f.today = date(2029, 1, 2);
    let beginn = Beginn { ereignis: "zda".into(), am: Some(f.today) };
    f.ok(1, AkteCommand::Close { dauer: Dauer::Jahre { jahre: 5 }, beginn });
    assert_eq!(f.bis(), Some(date(2034, 12, 31)));
}

#[test]
fn another_position_of_the_plan_gives_its_years_to_the_same_beginning() {
    let mut f = Fall::neu();
    f.ok(1, schliessen(5));
    let umlegen = |dauer| AkteCommand::Reclassify { aktenplan: "32.3".into(), grund: "falsch".into(), dauer };
    f.ok(1, umlegen(Dauer::Jahre { jahre: 30 }));
    assert_eq!((f.bis(), f.akte.aktenplan.as_str()), (Some(date(2056, 12, 31)), "32.3"));
    let mut f = Fall::neu();
    f.ok(1, schliessen(5));
    f.ok(1, umlegen(Dauer::Dauernd));
    assert!(f.bis().is_none() && f.akte.aufbewahrung.dauernd());
    // One person does not shorten what is in force.
    let kurz = |n: &str| AkteCommand::Reclassify {
        aktenplan: n.into(),
        grund: "falsch".into(),
        dauer: Dauer::Jahre { jahre: 1 },
    };
    f.ok(1, kurz("32.4"));
    assert!(f.bis().is_none() && f.akte.aufbewahrung.dauernd());
    let mut f = Fall::neu();
    f.ok(1, schliessen(5));
    f.ok(1, kurz("32.4"));
    assert_eq!((f.bis(), f.akte.aktenplan.as_str()), (Some(date(2031, 12, 31)), "32.4"));
}

#[test]
fn what_two_persons_have_set_outlives_a_reopening_by_one() {
    let mut f = Fall::neu();
    f.ok(1, schliessen(5));
    f.ok(1, AkteCommand::ProposeAufbewahrung { end: date(2099, 12, 31), grund: "Schaden".into() });
    f.ok(2, AkteCommand::DecideAufbewahrung(Entscheidung::Genehmigen));
    f.ok(3, AkteCommand::Reopen { grund: "Nachtrag".into() });
    assert_eq!(f.bis(), None, "an open file has no end");
    f.ok(3, schliessen(5));
    assert_eq!(f.bis(), Some(date(2099, 12, 31)));
}

#[test]
fn another_end_is_set_only_by_two_persons_also_where_one_acts_for_the_other() {
    let vorschlag = || AkteCommand::ProposeAufbewahrung { end: date(2040, 12, 31), grund: "Schaden".into() };
    let ja = || AkteCommand::DecideAufbewahrung(Entscheidung::Genehmigen);
    let mut f = Fall::neu();
    assert_eq!(f.als(1, vorschlag()), Err(AkteRefusal::Offen));
    f.ok(1, schliessen(5));
    assert_eq!(f.als(2, ja()), Err(AkteRefusal::KeinVorschlag));
    f.vertreten(1, Some(3), vorschlag()).expect("proposed");
    assert_eq!(f.als(2, vorschlag()), Err(AkteRefusal::VorschlagLiegtVor));
    for (wer, fuer) in [(1, None), (3, None), (2, Some(1)), (2, Some(3))] {
        assert_eq!(f.vertreten(wer, fuer, ja()), Err(AkteRefusal::VierAugen), "{wer} for {fuer:?}");
    }
    assert_eq!(f.bis(), Some(date(2031, 12, 31)));
    f.ok(2, ja());
    assert_eq!(f.bis(), Some(date(2040, 12, 31)));
    // A later computation beats what was set only where it is longer.
    f.today = date(2027, 3, 1);
    f.ok(1, AkteCommand::FileLate { dokument: id(7), grund: "Rückläufer".into() });
    assert_eq!(f.bis(), Some(date(2040, 12, 31)));
    f.today = date(2038, 3, 1);
    f.ok(1, AkteCommand::FileLate { dokument: id(8), grund: "Rückläufer".into() });
    assert_eq!(f.bis(), Some(date(2043, 12, 31)));
}

#[test]
fn a_rejected_proposal_changes_nothing_and_makes_room_for_the_next() {
    let mut f = Fall::neu();
    f.ok(1, schliessen(5));
    f.ok(1, AkteCommand::ProposeAufbewahrung { end: date(2040, 12, 31), grund: "Schaden".into() });
    let nein = |grund: &str| AkteCommand::DecideAufbewahrung(Entscheidung::Ablehnen { grund: grund.into() });
    assert_eq!(f.als(2, nein(" ")), Err(AkteRefusal::AngabeFehlt("Grund")));
    f.ok(2, nein("nicht nötig"));
    assert_eq!(f.bis(), Some(date(2031, 12, 31)));
    f.ok(1, AkteCommand::ProposeAufbewahrung { end: date(2035, 12, 31), grund: "doch".into() });
}

#[test]
fn closing_by_hand_is_refused_with_the_list_of_what_is_open() {
    let mut f = Fall::neu();
    f.offen = vec!["Vorgang „A“ (in Prüfung)".to_owned(), "Vorgang „B“ (eingegangen)".to_owned()];
    let no = f.als(1, schliessen(5)).expect_err("something is open");
    assert!(no.to_string().contains("Vorgang „A“ (in Prüfung); Vorgang „B“ (eingegangen)"), "{no}");
    assert!(!f.akte.geschlossen);
}
