//! Whatever is commanded in whatever order: no panic, and never zdA over something open.

use super::*;
use crate::verfahren::event::{AktArt, AntragDokument, Tenor, Weg};
use crate::verfahren::zustellung::{Mailstand, Zustand, darf};
use crate::verfahren::{Status, VorgangCommand};
use proptest::prelude::*;

fn s() -> String {
    "Text".into()
}

fn command(n: u8, f: &Fall) -> VorgangCommand {
    let stelle = f.state.uebermittlungen.first().map_or_else(s, |u| u.stelle.clone());
    let offene = f.state.nachforderungen.last().map_or(id(0), |x| x.id);
    let fassung = f.state.bescheid.as_ref().map_or(1, |b| b.fassung);
    match n {
        0 => submit(&f.def.id),
        1 => C::SupplyUnterlage {
            kanal: Kanal::Online,
            dokument: AntragDokument { unterlage: "ausweis".into(), dateiname: s(), dokument: wert(3) },
        },
        2 => C::Withdraw { grund: None },
        3 => C::Register { akte: id(50), aktenzeichen: s() },
        4 => C::ComputeFristen,
        5 => C::IssueReceipt { gerendert: gerendert(4) },
        6 => C::AssessGebuehr { tatbestand: "eigene".into(), gerendert: gerendert(5) },
        7 => C::PlanUebermittlungen,
        8 => C::MarkSent { stelle, dokument: None },
        9 => C::RenderBescheid { fassung, gerendert: gerendert(8) },
        10 => C::TakeOver,
        11 => C::CheckVollstaendigkeit { fehlend: vec![] },
        12 => C::Nachfordern { unterlagen: vec!["ausweis".into()], text: s(), tage: 7 },
        13 => C::CloseNachforderung { nachforderung: offene, grund: s() },
        14 => C::Consult { stelle: s(), frage: s() },
        15 => C::ReceiveStellungnahme { stelle: s(), text: s() },
        16 => C::StartAnhoerung { text: s(), tage: 7 },
        17 => C::HoldAnhoerung { antwort: s() },
        18 => C::Pause { grund: s() },
        19 => C::Resume,
        20 => C::PayGebuehr { zeile: "eigene".into(), betrag_cent: 1250, weg: s() },
        21 => {
            C::DraftBescheid { tenor: Tenor::Abgelehnt, begruendung: s(), nebenbestimmungen: s(), zusatz: ermessen() }
        }
        22 => {
            C::DraftBescheid { tenor: Tenor::Bewilligt, begruendung: s(), nebenbestimmungen: s(), zusatz: ermessen() }
        }
        23 => C::StartGeschaeftsgang { an: vec![id(2)] },
        24 => C::CoSign { fassung, digest: "digest-8".into() },
        25 => C::FinalSign { fassung, digest: "digest-8".into() },
        26 => C::Dispatch { weg: Weg::Schalter },
        27 => C::Dispatch { weg: Weg::Post },
        28 => C::ReportZustellung { sendung: None, status: "returned_letter".into(), am: f.today },
        29 => C::ReceiveWiderspruch { am: f.today, text: s() },
        30 => C::DecideWiderspruch { ergebnis: "zurueckgenommen".into(), begruendung: s() },
        31 => C::Erledigen { grund: s() },
        32 => C::Reopen { grund: s() },
        33 => C::RefuseSign { fassung, grund: s() },
        34 => C::ReachBestandskraft,
        35 => C::EffectBekanntgabe { art: "abruf".into(), am: f.today },
        37 => C::UndoAssign,
        36 => C::Ausfertigen { fassung, gerendert: gerendert(9) },
        38..=51 => versand(n, f),
        52..=56 => frist_command(n, f),
        57..=61 => akt_command(n, f),
        _ => C::Close,
    }
}

fn akt_command(n: u8, f: &Fall) -> VorgangCommand {
    match n {
        57 => C::OpenAkt { art: AktArt::Berichtigung, bezug: f.state.akt_nr() },
        58 => C::OpenAkt { art: AktArt::Ruecknahme, bezug: f.state.akt_nr() },
        59 => C::OpenAkt { art: AktArt::Widerspruchsbescheid, bezug: f.state.akt_nr() },
        60 => C::DiscardAkt { grund: s() },
        _ => C::DraftBescheid {
            tenor: Tenor::Bewilligt,
            begruendung: s(),
            nebenbestimmungen: s(),
            zusatz: Zusatz { spruch: s(), ..ermessen() },
        },
    }
}

fn frist_command(n: u8, f: &Fall) -> VorgangCommand {
    let frist = crate::verfahren::fristlauf::offene(&f.state).last().map_or_else(s, |x| x.frist.clone());
    let um = crate::recht::Um::Dauer(crate::recht::Dauer::Tage(7));
    match n {
        52 => C::ExtendFrist { frist, um, mitgeteilt_am: f.today, grund: s(), rechtsgrundlage: s() },
        53 => C::SuspendFrist { frist: "ziel".into(), ab: f.today, grund: s(), rechtsgrundlage: s() },
        54 => C::ResumeFrist { frist: "ziel".into(), bis: f.today, grund: s() },
        55 => C::RecomputeFrist { frist, ereignis: f.today, grund: s(), rechtsgrundlage: s() },
        _ => C::MissFristen,
    }
}

fn versand(n: u8, f: &Fall) -> VorgangCommand {
    let letzte = f.state.sendungen.last();
    let sendung = letzte.map_or(id(0), |s| s.id);
    let (hinweis, versuche) = letzte.and_then(|s| s.hinweis.as_ref()).map_or((id(0), 0), |h| (h.id, h.versuche));
    let melden = |status, versuch| C::ReportHinweis { hinweis, status, versuch };
    match n {
        38 => C::Dispatch { weg: Weg::Portal },
        39 => C::Dispatch { weg: Weg::Pzu },
        40 => C::CancelVersand,
        41 => C::ReleaseVersand { sendung },
        42 => C::TakeDruck { sendung, stapel: id(70) },
        43 => C::MarkPosted { sendung, am: f.today },
        44 => C::RecordUrkunde { art: "einlegen".into(), am: f.today },
        45 => C::GiveEinwilligung { kanal: Kanal::Online, email: Some("a@b.example".into()) },
        46 => C::WithdrawEinwilligung,
        47 => C::QueueHinweis,
        48 => melden(Mailstand::Sending, versuche + 1),
        49 => melden(Mailstand::Sent, versuche),
        50 => melden(Mailstand::PermanentFailure, versuche),
        _ => C::ReportZustellung { sendung: None, status: "permanent_failure".into(), am: f.today },
    }
}

/// Told from the state alone, not by the code under test.
fn anything_open(v: &Vorgang) -> bool {
    let exit = v.status.nebenausgang();
    let gebuehr = v.gebuehren.iter().any(|g| g.stand == "offen");
    let wege = v.uebermittlungen.iter().any(|u| u.stand == "geplant");
    let rest =
        v.nachforderungen.iter().any(|n| n.offen) || !v.stellen_offen.is_empty() || v.anhoerung_offen || v.pausiert;
    gebuehr || wege || (!exit && (rest || v.status == Status::ImGeschaeftsgang))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn no_order_of_commands_panics_or_files_away_what_is_open(
        notice in any::<bool>(),
        steps in proptest::collection::vec((0u8..66, 0u8..4, 0i32..20), 1..100),
    ) {
        let mut f = if notice { Fall::zugewiesen(anzeige()) } else { super::frist::mit_ziel() };
        for (n, who, days) in steps {
            f.today = f.today.saturating_add(jiff::Span::new().days(days));
            let actor = [MEYER, PETERSEN, BUERGER, Actor::Process][usize::from(who)].clone();
            let c = command(n, &f);
            let closing = matches!(c, C::Close);
            let open = anything_open(&f.state);
            let was_closed = f.state.status == Status::ZdA;
            if let Ok(events) = f.decide(actor, c) {
                prop_assert!(!(closing && open && !was_closed), "filed away over something open");
                let seq = f.state.seq;
                f.state = events.iter().fold(std::mem::take(&mut f.state), Vorgang::evolve);
                prop_assert_eq!(f.state.seq, seq + events.len() as u64);
                prop_assert!(f.state.status != Status::Leer);
                prop_assert!(f.state.vorher.is_none_or(|v| v.laeuft()));
                for s in &f.state.sendungen {
                    let mut schritte = s.verlauf.windows(2).map(|w| (w[0].0, w[1].0));
                    prop_assert!(schritte.all(|(von, nach)| darf(von, nach)), "{:?}", s.verlauf);
                    let weg = matches!(s.zustand, Zustand::Created | Zustand::Cancelled);
                    prop_assert!(!(weg && s.versandt_am.is_some()), "sent and not sent: {:?}", s);
                }
            }
        }
    }
}
