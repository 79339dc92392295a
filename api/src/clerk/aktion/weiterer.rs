//! Further acts after a decision was announced: begin one, give one up.

use super::{Aktion, Kapitel, feld};
use crate::clerk::fall::Fall;
use akte_core::verfahren::VorgangCommand as C;
use akte_core::verfahren::akt;
use akte_core::verfahren::event::AktArt;
use akte_core::verfahren::state::Status;

pub const AKTIONEN: &[Aktion] = &[
    Aktion {
        name: "akt_beginnen",
        kapitel: Kapitel::Bescheid,
        titel: "Weiteren Bescheid beginnen",
        knopf: "Beginnen",
        erledigt: "Der weitere Bescheid ist begonnen. Entwerfen Sie ihn jetzt; der frühere bleibt sichtbar.",
        felder: |f| {
            let bezug = f.v.versandte_akte().map(|(nr, art, _)| (nr.to_string(), titel(nr, art)));
            vec![
                feld::liste(f, "akt_beginnen-art", "Was für ein Bescheid?", arten(f).map(|a| (a.wort(), wahl(a))))
                    .hilfe("Eine Rücknahme ist nur innerhalb eines Jahres möglich, seit die Gründe bekannt sind (§ 48 Abs. 4 VwVfG).")
                    .fertig(),
                feld::liste(f, "akt_beginnen-bezug", "Zu welchem Bescheid?", bezug)
                    .vorschlag(&f.v.akt_nr().to_string())
                    .fertig(),
            ]
        },
        probe: |f| Some(C::OpenAkt { art: AktArt::Berichtigung, bezug: f.v.akt_nr() }),
        lesen: |e, f| {
            let worte: Vec<&str> = arten(f).map(AktArt::wort).collect();
            let wort = e.wahl("art", "Was für ein Bescheid?", &worte);
            let art = AktArt::ALLE.into_iter().find(|a| a.wort() == wort).unwrap_or(AktArt::Berichtigung);
            C::OpenAkt { art, bezug: e.zahl("bezug", "Zu welchem Bescheid?", 1, u32::MAX) }
        },
    },
    Aktion {
        name: "akt_verwerfen",
        kapitel: Kapitel::Bescheid,
        titel: "Weiteren Bescheid verwerfen",
        knopf: "Verwerfen",
        erledigt: "Der weitere Bescheid ist verworfen. Der Vorgang steht wieder, wo er stand.",
        felder: |f| vec![feld::mehrzeilig(f, "akt_verwerfen-grund", "Grund").fertig()],
        probe: |_| Some(C::DiscardAkt { grund: "Probe".into() }),
        lesen: |e, _| C::DiscardAkt { grund: e.text("grund", "Grund") },
    },
];

/// `Rücknahme eines Bescheids (Nr. 2)`.
pub fn titel(nr: u32, art: Option<AktArt>) -> String {
    format!("{} (Nr. {nr})", art.map_or("Bescheid", AktArt::titel))
}

/// Kinds that are possible now: over a Widerspruch only while one is open.
fn arten(f: &Fall) -> impl Iterator<Item = AktArt> {
    let offen = f.v.status == Status::Widerspruch;
    AktArt::ALLE.into_iter().filter(move |a| offen || akt::regel(*a).is_some_and(|r| !r.wider))
}

fn wahl(art: AktArt) -> String {
    akt::regel(art).map_or_else(String::new, |r| format!("{} ({})", r.titel, r.paragraph))
}
