//! Deadlines: the traffic light of a row. Dates are local dates of the town, never instants.

use crate::rows::{Ampel, VorgangRow};
use jiff::civil::Date;

/// States in which nothing of the procedure is due any more.
pub const FERTIG: &[&str] = &["zda", "zurueckgenommen", "erledigt", "abgegeben"];

/// Green above 14 days, yellow up to 14, red up to 3, black overdue, grey while the applicant is asked.
pub fn ampel(row: &VorgangRow, today: Date) -> Ampel {
    let Some(frist) = row.frist else { return Ampel::Keine };
    if FERTIG.contains(&row.status.as_str()) {
        return Ampel::Keine;
    }
    if row.status == "nachforderung" {
        return Ampel::Grau;
    }
    let tage = today.until(frist).map_or(0, |span| span.get_days());
    match tage {
        ..0 => Ampel::Schwarz,
        0..=3 => Ampel::Rot,
        4..=14 => Ampel::Gelb,
        _ => Ampel::Gruen,
    }
}
