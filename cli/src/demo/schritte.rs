//! The steps that bring a case to a state: what people in the town hall would do, in their order.

use akte_core::verfahren::Status;
use akte_core::verfahren::definition::Definition;

/// One thing somebody does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tat {
    Einreichen,
    Zuweisen,
    Uebernehmen,
    Pruefen,
    Vermerken,
    Nachfordern,
    Nachreichen,
    Beteiligen,
    StellungnahmeErhalten,
    Anhoeren,
    AnhoerungBeenden,
    Ruhen,
    Vollstaendig,
    HinweisErledigen,
    Entscheidungsreif,
    Bewilligen,
    Ablehnen,
    Geschaeftsgang,
    Mitzeichnen,
    Schlusszeichnen,
    AmSchalterAushaendigen,
    ImPortalBereitstellen,
    Abrufen,
    WiderspruchErheben,
    Bestandskraft,
    UebermittlungenBestaetigen,
    Bezahlen,
    ZuDenAkten,
    Zuruecknehmen,
    Erledigen,
    Abgeben,
}

/// A step and the working time (hours) that passes before it.
pub type Plan = Vec<(Tat, i64)>;

/// The way to `ziel`; `n` varies the way without changing where it ends.
pub fn weg(def: &Definition, ziel: Status, n: usize) -> Plan {
    use Tat::*;
    let mut plan: Plan = vec![(Einreichen, 0)];
    if matches!(ziel, Status::Eingegangen | Status::Registriert) {
        return plan;
    }
    plan.push((if n.is_multiple_of(3) { Zuweisen } else { Uebernehmen }, 5 + (n as i64 * 7) % 30));
    if ziel == Status::Zugewiesen {
        return plan;
    }
    if n.is_multiple_of(3) {
        plan.push((Uebernehmen, 2));
    }
    plan.push((Pruefen, 3 + (n as i64 * 5) % 20));
    if n.is_multiple_of(4) {
        plan.push((Vermerken, 1));
    }
    if n.is_multiple_of(5) && !def.unterlagen.is_empty() && ziel != Status::InPruefung {
        plan.extend([(Nachfordern, 4), (Nachreichen, 120)]);
    }
    match ziel {
        Status::InPruefung => {}
        Status::Nachforderung => plan.push((Nachfordern, 6)),
        Status::Beteiligung => plan.push((Beteiligen, 6)),
        Status::Anhoerung => plan.push((Anhoeren, 10)),
        Status::Ruht => plan.push((Ruhen, 12)),
        Status::Zurueckgenommen => plan.push((Zuruecknehmen, 30)),
        Status::Erledigt => plan.push((Erledigen, 40)),
        Status::Abgegeben => plan.push((Abgeben, 20)),
        _ if def.entscheidet() => entscheidung(&mut plan, ziel, n),
        _ => plan.extend([
            (Vollstaendig, 4),
            (HinweisErledigen, 1),
            (UebermittlungenBestaetigen, 30),
            (Bezahlen, 100 + (n as i64 * 3) % 200),
            (ZuDenAkten, 10),
        ]),
    }
    plan
}

fn entscheidung(plan: &mut Plan, ziel: Status, n: usize) {
    use Tat::*;
    plan.extend([(Vollstaendig, 4), (HinweisErledigen, 1)]);
    let ablehnend = n % 7 == 3;
    if n % 6 == 1 {
        plan.extend([(Beteiligen, 3), (StellungnahmeErhalten, 80)]);
    }
    if ablehnend {
        plan.extend([(Anhoeren, 2), (AnhoerungBeenden, 24 * 15)]);
    }
    let rest: [(Status, &[(Tat, i64)]); 6] = [
        (Status::Entscheidungsreif, &[(Entscheidungsreif, 8)]),
        (Status::ImGeschaeftsgang, &[(if ablehnend { Ablehnen } else { Bewilligen }, 5), (Geschaeftsgang, 1)]),
        (Status::Gezeichnet, &[(Mitzeichnen, 20), (Schlusszeichnen, 4)]),
        (Status::Versandt, &[(ImPortalBereitstellen, 1)]),
        (Status::Bekanntgegeben, &[(Abrufen, 50)]),
        (Status::Bestandskraeftig, &[(Bestandskraft, 24 * 50)]),
    ];
    // Every other notice is handed over at the counter, which announces it the same day.
    let am_schalter = n.is_multiple_of(2) && ziel != Status::Versandt;
    for (status, taten) in rest {
        match status {
            Status::Versandt if am_schalter => plan.push((AmSchalterAushaendigen, 3)),
            Status::Bekanntgegeben if am_schalter => {}
            _ => plan.extend_from_slice(taten),
        }
        if status == ziel {
            return;
        }
        if status == Status::Bekanntgegeben && ziel == Status::Widerspruch {
            plan.push((WiderspruchErheben, 24 * 9));
            return;
        }
    }
    plan.extend([(Bezahlen, 24), (ZuDenAkten, 24)]);
}
