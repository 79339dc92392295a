//! The matrix of rights, kept by hand: every role against every action, in its own unit and elsewhere.

use super::action::Action;
use super::permit::{POLICIES, Principal, Resource, permit};
use crate::kernel::{Actor, Context, Facts, Ids, Role};
use crate::recht::Law;
use jiff::civil::date;
use jiff::tz::TimeZone;
use uuid::Uuid;

/// Columns: S Sachbearbeitung, L Leitung, P Poststelle, R Registratur, A Archiv, V Revision,
/// D Datenschutz, X Admin, B citizen with this case's code, F citizen with another's, p process, y system.
/// Upper block of letters = allowed where the own unit keeps the thing. A clerk of another unit
/// is allowed what stands after the slash.
const MATRIX: &str = "
vorgang.submit                  SLP     / P     (F and B: see the test of new streams)
vorgang.supply_unterlage        SLP B   / P
vorgang.withdraw                SL B    /
vorgang.register                p       /
vorgang.compute_fristen         p       /
vorgang.issue_receipt           p       /
vorgang.note_hinweis            p       /
vorgang.assess_gebuehr          p       /
vorgang.plan_uebermittlungen    p       /
vorgang.mark_sent               p       /
vorgang.render_bescheid         p       /
vorgang.ausfertigen             p       /
vorgang.effect_bekanntgabe      SL B p  /
vorgang.reach_bestandskraft     SL p    /
vorgang.assign                  SLR     / R
vorgang.undo_assign             SLR     / R
vorgang.take_over               SL      /
vorgang.start_pruefung          SL      /
vorgang.check_vollstaendigkeit  SL      /
vorgang.nachfordern             SL      /
vorgang.close_nachforderung     SL      /
vorgang.consult                 SL      /
vorgang.receive_stellungnahme   SL      /
vorgang.start_anhoerung         SL      /
vorgang.hold_anhoerung          SL      /
vorgang.waive_anhoerung         SL      /
vorgang.pause                   SL      /
vorgang.resume                  SL      /
vorgang.write_vermerk           SL      /
vorgang.cancel_vermerk          SL      /
vorgang.done_hinweis            SL      /
vorgang.acknowledge             SL      /
vorgang.waive_uebermittlung     SL      /
vorgang.pay_gebuehr             SL      /
vorgang.waive_gebuehr           L       /
vorgang.declare_entscheidungsreif SL    /
vorgang.draft_bescheid          SL      /
vorgang.start_geschaeftsgang    SL      /
vorgang.co_sign                 SL      /
vorgang.refuse_sign             SL      /
vorgang.final_sign              SL      /
vorgang.dispatch                SL      /
vorgang.report_zustellung       SL      /
vorgang.receive_widerspruch     SL      /
vorgang.decide_widerspruch      SL      /
vorgang.abgeben                 SL      /
vorgang.erledigen               SL      /
vorgang.revoke_code             SL      /
vorgang.close                   SL      /
vorgang.reopen                  LR      / R
vorgang.note_tatsache           SL      /
vorgang.send_abgabe             SL      /
vorgang.confirm_abgabe          SL      /
vorgang.miss_abgabe             SL p    /
vorgang.issue_auskunft          SL      /
vorgang.note_correction         SL      /
vorgang.extend_frist            SL      /
vorgang.suspend_frist           SL      /
vorgang.resume_frist            SL      /
vorgang.recompute_frist         SL      /
vorgang.miss_fristen            p       /
vorgang.request_unterschrift    SL B p  /
vorgang.give_unterschrift       SL      /
vorgang.decline_unterschrift    SL      /
akte.open                       R p     / R
akte.assign_aktenzeichen        p       /
akte.reclassify                 R       / R
akte.file_dokument              SLR p   / R
akte.file_late                  SLR p   / R
akte.keep_papier                SLR     / R
akte.close                      R p     / R
akte.reopen                     LR p    / R
akte.propose_aufbewahrung       LR      / R
akte.decide_aufbewahrung        L       /
akte.set_sperre                 LD      / D
akte.lift_sperre                LD      / D
akte.offer                      R       / R
akte.appraise                   R       / R
akte.confirm_import             R       / R
akte.release_disposal           y       /
akte.record_disposal            y       /
akte.open_teilakte              SLR     / R
akte.place_dokument             SLR     / R
akte.correct                    SLR     / R
akte.describe                   SLR     / R
akte.move_dokument              SLR     / R
akte.link                       SLR p   / R
akte.grant_einsicht             L       /
dokument.add                    SLR p   / R
dokument.add_version            SLR p   / R
dokument.record_move            p       /
dokument.link                   SLR     / R
dokument.describe               SLR     / R
geschaeftsgang.start            SL      /
geschaeftsgang.step             SL      /
geschaeftsgang.sign             SL      /
geschaeftsgang.refuse           SL      /
geschaeftsgang.change_laufweg   SL      /
geschaeftsgang.verfuegen        SL      /
geschaeftsgang.cancel           SL      /
geschaeftsgang.void             p       /
wiedervorlage.set               SL p    /
wiedervorlage.move              SL      /
wiedervorlage.done              SL      /
wiedervorlage.note              p       /
aufgabe.create                  SL      /
aufgabe.forward                 SL      /
aufgabe.done                    SL      /
beobachtung.change              SL      /
nummer.assign                   p       /
aktenplan.change                R y     / R
eingang.record                  SLPR p  / PR
eingang.assign                  SLR     / R
eingang.assign_new              SLR     / R
eingang.forward                 SLPR    / PR
eingang.misdirect               SLPR    / PR
eingang.check_scan              SLPR    / PR
eingang.inspect                 p       /
read.postbuch                   SLPR VD / PR VD
leistung.adopt                  y       /
leistung.close                  X y     / X
leistung.propose                LX      / LX
leistung.approve                LX      / LX
leistung.reject                 LX      / LX
datensatz.release_row           p       /
datensatz.withdraw_row          L       / L
konto.create                    X y     / X
konto.change_rollen             X y     / X
konto.set_password              X y     / X
konto.disable                   X y     / X
konto.enable                    X y     / X
konto.change_vertretung         LX y    / X
einheit.change                  X y     / X
loeschung.propose               LRD     / RD
loeschung.approve               LD      / D
loeschung.reject                LD      / D
loeschung.execute               y       /
loeschung.refuse                LD      / D
betroffene.issue_auskunft       D       / D
log.write                       p y     /
read.status                     B       /
read.bescheid                   B VD    / VD
read.unterschrift               /       (a link of its own: see the test of co-signers)
read.eingang                    SLR VD  / R VD
read.vorgang                    SLR VD  / R VD
read.dokument                   SLR VD  / R VD
read.akte                       SLR VD  / R VD
read.search                     SLR VD  / R VD
read.audit                      L VD    / VD
read.konten                     VDX     / VDX
read.loeschungen                LR VD   / R VD
read.paket                      LR VD   / R VD
read.betroffene                 D       / D
read.leistungen                 LX VD   / LX VD
read.verify                     VDX y   / VDX
vorgang.cancel_versand          SL      /
vorgang.release_versand         p       /
vorgang.take_druck              SL      /
vorgang.mark_posted             SL      /
vorgang.record_urkunde          SL      /
vorgang.hand_over               SL      /
vorgang.give_einwilligung       SL B    /
vorgang.withdraw_einwilligung   SL B    /
vorgang.queue_hinweis           p       /
vorgang.report_hinweis          p       /
";

const OWN: u8 = 20;
const CASE: u8 = 40;

fn id(n: u8) -> Uuid {
    Uuid::from_bytes([n; 16])
}

fn principals() -> Vec<(char, Principal)> {
    use Role::*;
    let roles = [
        ('S', Sachbearbeitung),
        ('L', Leitung),
        ('P', Poststelle),
        ('R', Registratur),
        ('A', Archiv),
        ('V', Revision),
        ('D', Datenschutz),
        ('X', Admin),
    ];
    let mut out: Vec<_> = roles.iter().map(|(c, r)| (*c, Principal::konto(id(OWN), vec![*r], "ordnung"))).collect();
    out.push(('B', Principal::buerger(id(60), vec![id(CASE)])));
    out.push(('F', Principal::buerger(id(61), vec![id(41)])));
    out.push(('p', Principal::process()));
    out.push(('y', Principal::system()));
    out
}

fn ctx() -> Context {
    Context {
        now: "2026-11-23T09:00:00Z".parse().expect("time"),
        today: date(2026, 11, 23),
        zone: TimeZone::UTC,
        actor: Actor::System,
        on_behalf_of: None,
        ids: Ids([0; 32]),
        law: Law::builtin().expect("law"),
        definition: None,
        facts: Facts::default(),
    }
}

fn case(einheit: &str) -> Resource {
    Resource { stream: Some(id(CASE)), einheit: Some(einheit.into()), ..Resource::default() }
}

/// action -> (letters in the own unit, letters elsewhere)
fn table() -> Vec<(&'static str, String, String)> {
    let lines = MATRIX.lines().filter(|l| !l.trim().is_empty());
    lines
        .map(|l| {
            let l = l.split('(').next().unwrap_or(l);
            let (name, rest) = l.split_once(' ').expect("name and letters");
            let (own, other) = rest.split_once('/').expect("a slash");
            let letters = |t: &str| t.chars().filter(|c| c.is_alphabetic()).collect::<String>();
            // Citizens, process and system have no unit: what they may, they may everywhere.
            let everywhere: String = letters(own).chars().filter(|c| "Bpy".contains(*c)).collect();
            (name, letters(own), letters(other) + &everywhere)
        })
        .collect()
}

#[test]
fn every_role_may_exactly_what_the_table_says() {
    let table = table();
    let names: Vec<&str> = table.iter().map(|t| t.0).collect();
    let all: Vec<&str> = Action::ALL.iter().map(|a| a.name()).collect();
    assert_eq!(names, all, "one row per action, in order");
    let mut wrong = Vec::new();
    for (action, (name, own, other)) in Action::ALL.iter().zip(&table) {
        for (letter, p) in principals() {
            for (einheit, expected) in [("ordnung", own), ("soziales", other)] {
                let got = permit(&p, *action, &case(einheit), &ctx()).allow;
                if got != expected.contains(letter) {
                    wrong.push(format!("{name} {letter} {einheit}: {got}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn anybody_may_apply_and_nobody_may_apply_into_an_existing_stream() {
    let neu = Resource { neu: true, einheit: Some("ordnung".into()), ..Resource::default() };
    let anon = Principal::buerger(id(60), vec![]);
    assert!(permit(&anon, Action::Submit, &neu, &ctx()).allow);
    assert!(!permit(&anon, Action::Submit, &case("ordnung"), &ctx()).allow);
    for (letter, p) in principals() {
        let allowed = permit(&p, Action::Submit, &neu, &ctx()).allow;
        assert_eq!(allowed, "SLPBF".contains(letter), "{letter}");
    }
}

#[test]
fn assignment_opens_a_case_of_another_unit_to_its_clerk_alone() {
    let r = Resource { zugewiesen_an: Some(id(OWN)), ..case("soziales") };
    let clerk = Principal::konto(id(OWN), vec![Role::Sachbearbeitung], "ordnung");
    let other = Principal::konto(id(21), vec![Role::Sachbearbeitung], "ordnung");
    assert!(permit(&clerk, Action::ReadVorgang, &r, &ctx()).allow);
    assert!(!permit(&other, Action::ReadVorgang, &r, &ctx()).allow);
}

#[test]
fn who_is_asked_to_co_sign_reads_and_signs_from_any_unit() {
    let r = Resource { beteiligte: vec![id(OWN)], ..case("soziales") };
    let asked = Principal::konto(id(OWN), vec![Role::Sachbearbeitung], "kaemmerei");
    assert!(permit(&asked, Action::CoSign, &r, &ctx()).allow);
    assert!(permit(&asked, Action::ReadDokument, &r, &ctx()).allow);
    assert!(!permit(&asked, Action::Dispatch, &r, &ctx()).allow);
}

#[test]
fn who_stands_on_a_route_acts_on_it_from_any_unit_and_does_not_change_it() {
    let r = Resource { beteiligte: vec![id(OWN)], ..case("soziales") };
    let asked = Principal::konto(id(OWN), vec![Role::Sachbearbeitung], "kaemmerei");
    let stranger = Principal::konto(id(21), vec![Role::Sachbearbeitung], "kaemmerei");
    for a in [Action::StepUmlauf, Action::SignUmlauf, Action::RefuseUmlauf] {
        assert!(permit(&asked, a, &r, &ctx()).allow && !permit(&stranger, a, &r, &ctx()).allow, "{}", a.name());
    }
    for a in [Action::ChangeLaufweg, Action::CancelUmlauf, Action::Verfuegen] {
        assert!(!permit(&asked, a, &r, &ctx()).allow, "{}", a.name());
    }
    let drafted = Resource { verfasser: vec![id(OWN)], ..r };
    assert_eq!(permit(&asked, Action::SignUmlauf, &drafted, &ctx()).policies, vec!["vier_augen"]);
}

#[test]
fn four_eyes_beat_every_role_and_every_mandate() {
    let r = Resource { verfasser: vec![id(OWN)], ..case("ordnung") };
    let drafter = Principal::konto(id(OWN), vec![Role::Leitung, Role::Sachbearbeitung], "ordnung");
    let d = permit(&drafter, Action::FinalSign, &r, &ctx());
    assert_eq!((d.allow, d.policies), (false, vec!["vier_augen"]));
    let mut with_mandate = ctx();
    with_mandate.facts.vertritt = vec![id(OWN), id(21)];
    let as_substitute = Principal { on_behalf_of: Some(id(21)), ..drafter };
    assert!(!permit(&as_substitute, Action::FinalSign, &r, &with_mandate).allow);
    let for_drafter =
        Principal { on_behalf_of: Some(id(OWN)), ..Principal::konto(id(22), vec![Role::Leitung], "ordnung") };
    assert!(!permit(&for_drafter, Action::FinalSign, &r, &with_mandate).allow);
}

#[test]
fn a_substitute_acts_only_with_a_mandate_of_that_day() {
    let p =
        Principal { on_behalf_of: Some(id(21)), ..Principal::konto(id(OWN), vec![Role::Sachbearbeitung], "ordnung") };
    assert!(!permit(&p, Action::WriteVermerk, &case("ordnung"), &ctx()).allow);
    let mut mandate = ctx();
    mandate.facts.vertritt = vec![id(21)];
    assert!(permit(&p, Action::WriteVermerk, &case("ordnung"), &mandate).allow);
}

#[test]
fn admin_beside_another_role_still_reads_no_content_and_nobody_promotes_themselves() {
    let both = Principal::konto(id(OWN), vec![Role::Admin, Role::Sachbearbeitung], "ordnung");
    assert_eq!(permit(&both, Action::ReadVorgang, &case("ordnung"), &ctx()).policies, vec!["admin_kein_inhalt"]);
    let own = Resource { stream: Some(id(OWN)), einheit: Some("ordnung".into()), ..Resource::default() };
    assert!(!permit(&both, Action::ChangeRollen, &own, &ctx()).allow);
    assert!(permit(&both, Action::SetPassword, &own, &ctx()).allow);
}

#[test]
fn revision_changes_nothing_even_with_a_clerks_role_beside_it() {
    let both = Principal::konto(id(OWN), vec![Role::Revision, Role::Sachbearbeitung], "ordnung");
    for a in Action::ALL.iter().filter(|a| !a.is_read() && **a != Action::SetPassword) {
        assert!(!permit(&both, *a, &case("ordnung"), &ctx()).allow, "{}", a.name());
    }
}

#[test]
fn who_proposed_an_erasure_never_decides_on_it_and_administration_never_erases() {
    let r = Resource { verfasser: vec![id(OWN)], ..case("ordnung") };
    for role in [Role::Leitung, Role::Datenschutz] {
        let proposer = Principal::konto(id(OWN), vec![role], "ordnung");
        let other = Principal::konto(id(21), vec![role], "ordnung");
        for a in [Action::ApproveErasure, Action::RejectErasure] {
            assert_eq!(permit(&proposer, a, &r, &ctx()).policies, vec!["vier_augen_loeschung"]);
            assert!(permit(&other, a, &r, &ctx()).allow);
            let admin = Principal::konto(id(21), vec![role, Role::Admin], "ordnung");
            assert!(!permit(&admin, a, &r, &ctx()).allow);
        }
    }
}

#[test]
fn who_proposed_a_definition_never_takes_it_into_force_in_no_role_and_no_mandate() {
    let r = Resource { verfasser: vec![id(OWN)], ..Resource::default() };
    for role in [Role::Leitung, Role::Admin] {
        let proposer = Principal::konto(id(OWN), vec![role], "ordnung");
        let other = Principal::konto(id(21), vec![role], "ordnung");
        let approve = |p: &Principal, ctx: &Context| permit(p, Action::ApproveLeistung, &r, ctx);
        assert_eq!(approve(&proposer, &ctx()).policies, vec!["vier_augen_leistung"]);
        assert!(approve(&other, &ctx()).allow);
        let mut mandate = ctx();
        mandate.facts.vertritt = vec![id(OWN), id(21)];
        for p in [
            Principal { on_behalf_of: Some(id(21)), ..proposer.clone() },
            Principal { on_behalf_of: Some(id(OWN)), ..other.clone() },
        ] {
            assert!(!approve(&p, &mandate).allow);
        }
        assert!(permit(&proposer, Action::RejectLeistung, &r, &ctx()).allow, "taking back is no approval");
    }
}

#[test]
fn who_came_by_a_link_signs_that_one_application_and_does_nothing_else() {
    let signer = Principal::mitunterzeichner(id(70), id(CASE));
    let other = Resource { stream: Some(id(41)), einheit: Some("ordnung".into()), ..Resource::default() };
    let may = [Action::GiveUnterschrift, Action::DeclineUnterschrift, Action::ReadUnterschrift];
    for a in Action::ALL.iter().filter(|a| **a != Action::Submit) {
        assert_eq!(permit(&signer, *a, &case("ordnung"), &ctx()).allow, may.contains(a), "{}", a.name());
        assert!(!permit(&signer, *a, &other, &ctx()).allow, "{}", a.name());
    }
}

#[test]
fn every_policy_has_a_name_of_its_own_and_a_sentence() {
    let ids: std::collections::BTreeSet<&str> = POLICIES.iter().map(|p| p.id).collect();
    assert_eq!(ids.len(), POLICIES.len());
    assert!(POLICIES.iter().all(|p| p.satz.ends_with('.')));
}
