//! Random histories on a whole house, destroyed for real: what is under a hold stays readable, byte for byte.
//!
//! Judged from the log and the stores alone; the gate's own words are not asked.

use super::erase::{Fall, fall};
use super::*;
use crate::akte::event::{Anbietungsanlass, Bewertung};
use crate::akte::{Akte, AkteCommand, AkteEvent, Beginn, Dauer, Sperrzweck, Teil};
use crate::loeschung::{Archiv, Grund, Loeschung, LoeschungCommand, Umfang};
use proptest::prelude::*;

const NAME: &str = "Kanarienvogel";

struct Lauf {
    f: Fall,
    akte: Uuid,
    /// A letter in an Akte without a Vorgang, if that is what the history is about.
    brief: Option<Uuid>,
    n: u32,
    offen: Vec<Uuid>,
}

impl Lauf {
    fn key(&mut self) -> String {
        self.n += 1;
        format!("schritt-{}", self.n)
    }

    /// What is refused changes nothing; only what happened is judged.
    async fn akte(&mut self, who: Principal, command: AkteCommand) {
        let c = call(who, &self.key(), Target::Stream(self.akte));
        let _ = self.f.house.execute::<Akte>(c, command).await;
    }

    async fn fall(&mut self, command: VorgangCommand) {
        let c = call(clerk(1, &[Role::Leitung]), &self.key(), Target::Stream(self.f.vorgang));
        let _ = self.f.house.execute::<Vorgang>(c, command).await;
        self.f.settle().await;
    }

    async fn state(&self) -> Akte {
        self.f.house.load::<Akte>(self.akte).await.expect("file").state
    }

    async fn schritt(&mut self, art: u8, wahl: u8) {
        let (chefin, reg) = (clerk(1, &[Role::Leitung]), clerk(5, &[Role::Registratur]));
        match art {
            0 | 1 => {
                let dokument = self.state().await.dokumente.first().copied().map_or(Teil::Akte, Teil::Dokument);
                let scope = [Teil::Akte, Teil::Vorgang(self.f.vorgang), dokument][usize::from(wahl) % 3];
                let c = AkteCommand::SetSperre { scope, zweck: Sperrzweck::Rechtsstreit, grund: "Klage".into() };
                self.akte(chefin, c).await;
            }
            2..=4 => {
                let Some(s) = self.state().await.sperren.first().map(|s| s.sperre) else { return };
                self.akte(chefin, AkteCommand::LiftSperre { sperre: s, grund: "erledigt".into() }).await;
            }
            6 | 7 if self.brief.is_some() => {
                let am = Some(self.f.house.heute());
                let beginn = Beginn { ereignis: "zda".into(), am };
                self.akte(reg, AkteCommand::Close { dauer: Dauer::Jahre { jahre: 5 }, beginn }).await;
            }
            8 if self.brief.is_some() => self.akte(chefin, AkteCommand::Reopen { grund: "Klage".into() }).await,
            5 => self.fall(VorgangCommand::Erledigen { grund: "umgezogen".into() }).await,
            6 | 7 => self.fall(VorgangCommand::Close).await,
            8 => self.fall(VorgangCommand::Reopen { grund: "Klage".into() }).await,
            9 => {
                let anlass = if wahl.is_multiple_of(2) { Anbietungsanlass::Frist } else { Anbietungsanlass::Loeschung };
                self.akte(reg, AkteCommand::Offer { anlass, vermerk: String::new() }).await;
            }
            10 => {
                let bewertung = [Bewertung::V, Bewertung::V, Bewertung::B, Bewertung::A][usize::from(wahl) % 4];
                self.akte(reg, AkteCommand::Appraise { bewertung, vermerk: String::new() }).await;
            }
            11 | 12 => {
                let jahre = 366 * i64::from(wahl % 7);
                let later = self.f.house.clock.now() + jiff::SignedDuration::from_hours(24 * jahre);
                self.f.uhr.set(&later.to_string());
            }
            13 | 14 => self.vorschlag(wahl).await,
            _ => self.pass().await,
        }
    }

    async fn vorschlag(&mut self, wahl: u8) {
        let gruende = [Grund::Frist, Grund::Frist, Grund::Art17a, Grund::Art17b, Grund::Art17d, Grund::Gericht];
        let (grund, archiv, begruendung) =
            (gruende[usize::from(wahl) % gruende.len()], Some(Archiv::Abgelehnt), "Probe".to_owned());
        let (key, who) = (format!("{:-<20}", self.key()), clerk(1, &[Role::Leitung]));
        // The file itself: always where no case founded it, else now and then.
        if self.brief.is_some() || wahl % 8 == 7 {
            let v = AktenVorschlag { akte: self.akte, grund, archiv, begruendung };
            if let Ok(done) = self.f.house.propose_akte_erasure(who, key, v).await {
                self.genehmigt(done.stream).await;
            }
            return;
        }
        let v = Vorschlag {
            vorgang: self.f.vorgang,
            umfang: if wahl.is_multiple_of(5) {
                Umfang::Subjekt { rolle: "antragsteller".into() }
            } else {
                Umfang::Vorgang
            },
            grund,
            archiv,
            begruendung,
        };
        let Ok(done) = self.f.house.propose_erasure(who, key, v).await else { return };
        self.genehmigt(done.stream).await;
    }

    async fn genehmigt(&mut self, loeschung: Uuid) {
        let c = call(clerk(2, &[Role::Datenschutz]), &self.key(), Target::Stream(loeschung));
        self.f.house.execute::<Loeschung>(c, LoeschungCommand::Approve).await.expect("approved");
        self.offen.push(loeschung);
    }

    /// Whether the name can still be read in what the history is about.
    async fn da(&self) -> bool {
        match self.brief {
            Some(brief) => self.f.lesbar(brief).await,
            None => self.f.readable().await.contains(NAME),
        }
    }

    /// What `akte serve` does every hour.
    async fn pass(&mut self) {
        for l in self.offen.clone() {
            let Ok(e) = self.f.house.request_erasure(l).await else { continue };
            self.f.house.erase_stored(&e, &[], None).await.expect("erased");
            let vollzug = self.f.house.confirm_erasure(&e).await.expect("confirmed");
            self.f.house.erasure_executed(l, &e, vollzug).await.expect("noted");
            self.offen.retain(|x| *x != l);
        }
    }

    /// Holds as the log tells them up to this index.
    async fn gesperrt(&self, bis: u64) -> bool {
        let mut holds = 0;
        for r in self.f.house.history(self.akte).await.expect("history").iter().filter(|r| r.index < bis) {
            match r.decode::<AkteEvent>() {
                Ok(AkteEvent::SperreSet { .. }) => holds += 1,
                Ok(AkteEvent::SperreLifted { .. }) => holds -= 1,
                _ => {}
            }
        }
        holds > 0
    }
}

async fn history(steps: &[(u8, u8)], ohne_vorgang: bool) -> Result<bool, String> {
    let mut f = fall().await;
    let (mut akte, mut brief) = (f.seine_akte().await, None);
    if ohne_vorgang {
        akte = f.akte_ohne_vorgang("leer").await;
        brief = Some(f.brief("brief", akte).await.0);
    }
    let mut l = Lauf { f, akte, brief, n: 0, offen: vec![] };
    for (art, wahl) in steps {
        l.schritt(*art, *wahl).await;
    }
    l.pass().await;
    let erasures = l.f.house.erasures().await.expect("erasures");
    for e in &erasures {
        if l.gesperrt(e.idx).await {
            return Err(format!("erasure {} was requested under a hold", e.idx));
        }
        let day = l.f.house.reader().read_all(e.idx, 1).await.expect("event")[0].at;
        let day = day.to_zoned(l.f.house.zone.clone()).date();
        let computed = l.f.house.history(akte).await.expect("history").into_iter().filter(|r| r.index < e.idx);
        let mut end = computed.filter_map(|r| match r.decode::<AkteEvent>() {
            Ok(AkteEvent::AufbewahrungComputed { end, .. }) => Some(end),
            Ok(AkteEvent::Reopened { .. }) => Some(None),
            _ => None,
        });
        let over = end.next_back().flatten().is_some_and(|end| end < day);
        if ["frist", "archiv", "art17-1a"].contains(&e.reason.as_str()) && !over {
            return Err(format!("erasure {} for {} before its time", e.idx, e.reason));
        }
    }
    if erasures.is_empty() && !l.da().await {
        return Err("something is gone that nobody requested".into());
    }
    let report = l.f.verify().await;
    if !report.violations.is_empty() {
        return Err(format!("{:?}", report.violations));
    }
    Ok(!erasures.is_empty())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, max_shrink_iters: 64, ..ProptestConfig::default() })]
    #[test]
    fn on_a_whole_house_nothing_under_a_hold_is_destroyed_and_nothing_before_its_time(
        steps in proptest::collection::vec((0u8..18, any::<u8>()), 4..28),
        ohne_vorgang in any::<bool>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime");
        let judged = runtime.block_on(history(&steps, ohne_vorgang));
        prop_assert!(judged.is_ok(), "{judged:?}");
    }
}

#[tokio::test]
async fn the_way_to_a_destruction_is_there_and_a_hold_in_it_stops_it() {
    let weg = [(5, 0), (6, 0), (11, 6), (11, 6), (9, 0), (10, 0), (13, 0)];
    for ohne_vorgang in [false, true] {
        let weg = &weg[usize::from(ohne_vorgang)..];
        let done = history(weg, ohne_vorgang).await;
        assert_eq!(done, Ok(true), "closed, over, offered, appraised, approved: destroyed ({ohne_vorgang})");
        for at in 0..=weg.len() {
            for scope in 0..3 {
                let mut mit = weg.to_vec();
                mit.insert(at, (0, scope));
                // A hold on a case is refused where there is no case.
                let trotzdem = ohne_vorgang && scope == 1;
                let done = history(&mit, ohne_vorgang).await;
                assert_eq!(done, Ok(trotzdem), "a hold at {at} of scope {scope} ({ohne_vorgang})");
            }
        }
    }
}
