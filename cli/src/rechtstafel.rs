//! `akte recht tafel`: what the law tables give for every day of a span, one JSON line each, for a second opinion.
//!
//! Computes nothing itself and needs no data folder; `tests/recht/vergleich.py` computes the same independently.

use akte_core::recht::{BekanntgabeArt, Law, LawError, Params};
use anyhow::{Context, ensure};
use clap::{Args, Subcommand};
use jiff::Zoned;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use std::io::{BufWriter, Write};
use std::process::ExitCode;

/// Lengths tried where a rule leaves the number open.
const OFFEN: [u32; 2] = [14, 30];
const STUNDEN: [u32; 6] = [1, 3, 12, 24, 48, 72];

#[derive(Args)]
pub struct RechtArgs {
    #[command(subcommand)]
    command: RechtCommand,
}

#[derive(Subcommand)]
enum RechtCommand {
    /// Gibt Feiertage und Fristen für jeden Tag eines Zeitraums aus, eine JSON-Zeile je Ergebnis.
    Tafel {
        /// Erstes Jahr
        #[arg(long, default_value_t = 2000)]
        von: i16,
        /// Letztes Jahr
        #[arg(long, default_value_t = 2100)]
        bis: i16,
        /// Zeitzone für Fristen in Stunden
        #[arg(long, default_value = "Europe/Berlin")]
        zone: String,
    },
}

pub fn recht(args: RechtArgs) -> anyhow::Result<ExitCode> {
    let RechtCommand::Tafel { von, bis, zone } = args.command;
    ensure!((1995..=2150).contains(&von) && von <= bis && bis <= 2150, "--von und --bis: Jahre von 1995 bis 2150");
    let zone = TimeZone::get(&zone).with_context(|| format!("--zone {zone}: diese Zeitzone gibt es nicht"))?;
    let law = Law::builtin()?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    for jahr in von..=bis {
        for f in law.feiertage(jahr) {
            line(&mut out, &json!({ "art": "feiertag", "datum": f.datum, "name": f.name }))?;
        }
    }
    let mut tag = date(von, 1, 1);
    while tag.year() <= bis {
        fristen(&law, tag, &mut out)?;
        bekanntgaben(&law, tag, &mut out)?;
        tag = tag.tomorrow()?;
    }
    for jahr in von..=bis {
        for nacht in nights(&zone, jahr)? {
            stunden(&law, nacht, &zone, &mut out)?;
        }
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn line(out: &mut impl Write, value: &Value) -> anyhow::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    Ok(out.write_all(b"\n")?)
}

fn fristen(law: &Law, ereignis: Date, out: &mut impl Write) -> anyhow::Result<()> {
    for regel in law.regeln() {
        let laengen: &[Option<u32>] = if law.regel_fest(regel) { &[None] } else { &OFFEN.map(Some) };
        for anzahl in laengen {
            let frist = match law.compute(regel, ereignis, Params { anzahl: *anzahl, ..Params::default() }) {
                Ok(frist) => frist,
                // Not in force yet, or hours, which have lines of their own.
                Err(LawError::KeineFassung { .. } | LawError::Angabe { .. }) => continue,
                Err(other) => return Err(other.into()),
            };
            let value = json!({ "art": "frist", "regel": regel, "ereignis": ereignis, "anzahl": anzahl,
                "ende": frist.end, "warnung": frist.warnung });
            line(out, &value)?;
        }
    }
    Ok(())
}

fn bekanntgaben(law: &Law, am: Date, out: &mut impl Write) -> anyhow::Result<()> {
    for regime in law.regimes() {
        let b = law.bekanntgabe(regime, BekanntgabeArt::AufgabeZurPost, am)?;
        let w = law.widerspruchsfrist(&b, true)?;
        let value = json!({ "art": "bekanntgabe", "regime": regime, "am": am, "frueheste": b.frueheste.end,
            "spaeteste": b.spaeteste.end, "widerspruch": w.spaeteste.end });
        line(out, &value)?;
    }
    Ok(())
}

/// The days on which the clocks are changed.
fn nights(zone: &TimeZone, jahr: i16) -> anyhow::Result<Vec<Date>> {
    let start = date(jahr, 1, 1).to_zoned(zone.clone())?.timestamp();
    let days = zone.following(start).map(|t| t.timestamp().to_zoned(zone.clone()).date());
    Ok(days.take_while(|d| d.year() == jahr).collect())
}

fn stunden(law: &Law, nacht: Date, zone: &TimeZone, out: &mut impl Write) -> anyhow::Result<()> {
    let before = nacht.yesterday()?;
    let events = [before.at(12, 30, 0, 0), before.at(23, 45, 0, 0), nacht.at(0, 0, 0, 0), before.at(2, 0, 0, 0)];
    for at in events {
        let at: Zoned = at.to_zoned(zone.clone())?;
        for n in STUNDEN {
            let f = law.stunden("stundenfrist", &at, Some(n))?;
            let iso = |z: Zoned| z.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
            let ende = iso(f.ende.to_zoned(zone.clone()));
            let value = json!({ "art": "stunden", "ereignis": iso(at.clone()), "anzahl": n, "ende": ende });
            line(out, &value)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ToSpan;

    #[test]
    fn every_year_has_two_nights_in_which_the_clocks_change() {
        let zone = TimeZone::get("Europe/Berlin").expect("zone");
        assert_eq!(nights(&zone, 2026).expect("nights"), [date(2026, 3, 29), date(2026, 10, 25)]);
        for jahr in 2000..=2100 {
            assert_eq!(nights(&zone, jahr).expect("nights").len(), 2, "{jahr}");
        }
    }

    #[test]
    fn a_day_gives_one_line_for_each_rule_in_force() {
        let law = Law::builtin().expect("law");
        let mut out = Vec::new();
        fristen(&law, date(2028, 1, 31), &mut out).expect("written");
        let text = String::from_utf8(out).expect("text");
        let izg = r#""ende":"2028-02-29","ereignis":"2028-01-31","regel":"izg5""#;
        assert!(text.lines().any(|l| l.contains(izg)), "{text}");
        assert!(text.lines().all(|l| !l.contains("stundenfrist")));
        let day = date(2028, 1, 31).saturating_sub(30.years());
        let mut early = Vec::new();
        fristen(&law, day, &mut early).expect("written");
        assert!(!String::from_utf8(early).expect("text").contains("izg5"), "not in force in 1998");
    }
}
