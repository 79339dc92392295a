//! Whatever is commanded in whatever order: no panic, and never zdA over something open.

use super::*;
use crate::verfahren::event::{AntragDokument, Tenor, Weg};
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
        21 => C::DraftBescheid { tenor: Tenor::Abgelehnt, begruendung: s(), nebenbestimmungen: s() },
        22 => C::DraftBescheid { tenor: Tenor::Bewilligt, begruendung: s(), nebenbestimmungen: s() },
        23 => C::StartGeschaeftsgang { an: vec![id(2)] },
        24 => C::CoSign { fassung, digest: "digest-8".into() },
        25 => C::FinalSign { fassung, digest: "digest-8".into() },
        26 => C::Dispatch { weg: Weg::Schalter },
        27 => C::Dispatch { weg: Weg::Post },
        28 => C::ReportZustellung { status: "returned_letter".into(), am: f.today },
        29 => C::ReceiveWiderspruch { am: f.today, text: s() },
        30 => C::DecideWiderspruch { ergebnis: "abgeholfen".into(), begruendung: s() },
        31 => C::Erledigen { grund: s() },
        32 => C::Reopen { grund: s() },
        33 => C::RefuseSign { fassung, grund: s() },
        34 => C::ReachBestandskraft,
        35 => C::EffectBekanntgabe { art: "abruf".into(), am: f.today },
        37 => C::UndoAssign,
        36 => C::Ausfertigen { fassung, gerendert: gerendert(9) },
        _ => C::Close,
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
        steps in proptest::collection::vec((0u8..40, 0u8..4, 0i32..20), 1..80),
    ) {
        let mut f = Fall::zugewiesen(if notice { anzeige() } else { erlaubnis() });
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
            }
        }
    }
}
