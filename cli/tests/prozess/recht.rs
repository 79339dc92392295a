//! `akte recht tafel` as a process: what a second opinion reads.

use crate::akte::run;

#[test]
fn the_tables_of_a_year_are_printed_line_by_line_and_an_impossible_span_is_refused() {
    let out = run(&["recht", "tafel", "--von", "2026", "--bis", "2026"]).ok().out;
    let lines: Vec<serde_json::Value> = out.lines().map(|l| serde_json::from_str(l).expect("a line of JSON")).collect();
    let of = |art: &str| lines.iter().filter(|l| l["art"] == art).count();
    assert_eq!((of("feiertag"), of("bekanntgabe"), of("stunden")), (10, 4 * 365, 2 * 4 * 6));
    assert!(of("frist") > 28 * 365, "{}", of("frist"));
    let month = lines.iter().find(|l| l["regel"] == "vwgo70" && l["ereignis"] == "2026-11-25").expect("that day");
    assert_eq!(month["ende"], "2026-12-28");
    let wrong = run(&["recht", "tafel", "--von", "1900", "--bis", "2026"]);
    assert!(wrong.code != Some(0) && wrong.err.contains("Jahre von 1995 bis 2150"), "{}", wrong.err);
}
