//! Deadlines: their rows, the traffic light, and what is due. Dates are local dates of the town, never instants.
//!
//! Computes no deadline: what is due when was settled when the event was written.

use super::inbox;
use crate::error::Result;
use crate::pool;
use crate::rows::{Ampel, FristRow, VorgangRow};
use akte_core::verfahren::Vorgang;
use jiff::{ToSpan, civil::Date};
use rusqlite::{Connection, params, params_from_iter, types::Value};
use uuid::Uuid;

/// States in which nothing of the procedure is due any more.
pub const FERTIG: &[&str] = &["zda", "zurueckgenommen", "erledigt", "abgegeben"];

/// Days from which a deadline counts as near.
const NAH: i32 = 14;

/// Green above 14 days, yellow up to 14, red up to 3, black overdue, grey while the applicant is asked.
pub fn ampel(row: &VorgangRow, today: Date) -> Ampel {
    let Some(frist) = row.frist else { return Ampel::Keine };
    // After a hand-over only the period of its confirmation is left, and that one counts.
    if row.status != "abgegeben" && FERTIG.contains(&row.status.as_str()) {
        return Ampel::Keine;
    }
    if row.status == "nachforderung" {
        return Ampel::Grau;
    }
    match today.until(frist).map_or(0, |span| span.get_days()) {
        ..0 => Ampel::Schwarz,
        0..=3 => Ampel::Rot,
        4..=NAH => Ampel::Gelb,
        _ => Ampel::Gruen,
    }
}

/// All deadlines of a Vorgang, those the applicant was given included.
pub fn rows(vorgang: Uuid, v: &Vorgang) -> Vec<FristRow> {
    let row = |frist: &str, ende, warnung, verified, erledigt| FristRow {
        vorgang,
        frist: frist.to_owned(),
        ende,
        warnung,
        verified,
        erledigt,
    };
    let mut out: Vec<_> = v.fristen.iter().map(|f| row(&f.frist, f.end, f.warnung, f.verified, f.erledigt)).collect();
    out.extend(v.nachforderungen.iter().map(|n| row("nachforderung", n.frist, None, true, !n.offen)));
    out.extend(v.anhoerung_frist.map(|d| row("anhoerung", d, None, true, !v.anhoerung_offen)));
    out
}

/// Replaces the rows of one Vorgang.
pub fn store(db: &Connection, vorgang: Uuid, rows: &[FristRow]) -> Result<()> {
    db.prepare_cached("DELETE FROM frist WHERE vorgang=?1")?.execute([vorgang.as_bytes()])?;
    let mut insert = db.prepare_cached("INSERT OR REPLACE INTO frist VALUES(?1,?2,?3,?4,?5,?6)")?;
    for f in rows {
        insert.execute(params![
            vorgang.as_bytes(),
            f.frist,
            f.ende.to_string(),
            f.warnung.map(|d| d.to_string()),
            f.verified,
            f.erledigt,
        ])?;
    }
    Ok(())
}

/// Deadlines of one Vorgang, done ones included, earliest first.
pub fn of(db: &Connection, vorgang: Uuid) -> Result<Vec<FristRow>> {
    let sql = "SELECT frist, ende, warnung, verified, erledigt FROM frist WHERE vorgang=?1 ORDER BY ende, frist";
    let mut stmt = db.prepare_cached(sql)?;
    let mut rows = stmt.query([vorgang.as_bytes()])?;
    let mut out = Vec::new();
    while let Some(r) = rows.next()? {
        out.push(FristRow {
            vorgang,
            frist: r.get(0)?,
            ende: pool::date(r.get(1)?)?.unwrap_or_default(),
            warnung: pool::date(r.get(2)?)?,
            verified: r.get(3)?,
            erledigt: r.get(4)?,
        });
    }
    Ok(out)
}

/// Open Vorgaenge whose next deadline is near or whose warning day has come; most urgent first.
pub fn faellig(db: &Connection, today: Date, einheiten: Option<&[String]>) -> Result<Vec<VorgangRow>> {
    let nah = today.saturating_add(NAH.days());
    let mut args = vec![Value::Text(nah.to_string()), Value::Text(today.to_string())];
    let mut cond = String::from("v.offen=1 AND v.frist IS NOT NULL AND (v.frist<=? OR v.warnung<=?)");
    if let Some(e) = einheiten {
        cond += &format!(" AND v.einheit IN {}", inbox::placeholders(e, &mut args));
    }
    inbox::select(db, &format!("{cond} ORDER BY v.frist, v.vorgang"), params_from_iter(args))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(status: &str, frist: Option<&str>) -> VorgangRow {
        let t = jiff::Timestamp::UNIX_EPOCH;
        VorgangRow {
            vorgang: Uuid::nil(),
            leistung: "x".into(),
            einheit: "e".into(),
            status: status.into(),
            aktenzeichen: None,
            akte: None,
            antragsteller: None,
            kanal: "online".into(),
            eingang_am: t,
            erfasst_am: t,
            frist: frist.map(|f| f.parse().expect("date")),
            frist_id: None,
            konto: None,
            konto_name: None,
            version: 1,
            letzte_aenderung: t,
        }
    }

    #[test]
    fn the_light_turns_with_the_days_left() {
        let today = "2026-10-20".parse().expect("date");
        let cases = [
            ("in_pruefung", Some("2026-11-04"), Ampel::Gruen),
            ("in_pruefung", Some("2026-11-03"), Ampel::Gelb),
            ("in_pruefung", Some("2026-10-23"), Ampel::Rot),
            ("in_pruefung", Some("2026-10-20"), Ampel::Rot),
            ("in_pruefung", Some("2026-10-19"), Ampel::Schwarz),
            ("nachforderung", Some("2026-10-19"), Ampel::Grau),
            ("zda", Some("2026-10-19"), Ampel::Keine),
            ("abgegeben", Some("2026-10-19"), Ampel::Schwarz),
            ("abgegeben", None, Ampel::Keine),
            ("in_pruefung", None, Ampel::Keine),
        ];
        for (status, frist, light) in cases {
            assert_eq!(ampel(&row(status, frist), today), light, "{status} {frist:?}");
        }
    }
}
