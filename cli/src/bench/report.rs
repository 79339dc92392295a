//! The table of a bench run: named figures with unit, goal and ratio.
//!
//! Deliberately open: whoever measures something else adds rows.

use serde::Serialize;
use std::fmt;

/// One figure.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    pub name: String,
    pub value: f64,
    pub unit: &'static str,
    /// Set by us for the ratio where there is one, else for the value.
    pub goal: Option<Goal>,
    /// Against what the row's name says, measured in the same run.
    pub ratio: Option<f64>,
}

/// What a figure should reach.
#[derive(Clone, Copy, Debug, Serialize)]
pub enum Goal {
    AtLeast(f64),
    AtMost(f64),
}

impl Row {
    /// A figure without a goal.
    pub fn new(name: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self { name: name.into(), value, unit, goal: None, ratio: None }
    }
    /// With a goal for the value.
    pub fn goal(mut self, goal: Goal) -> Self {
        self.goal = Some(goal);
        self
    }
    /// With a ratio, and a goal for it.
    pub fn ratio(mut self, ratio: f64, goal: Option<Goal>) -> Self {
        (self.ratio, self.goal) = (Some(ratio), goal);
        self
    }
    /// Whether the goal is reached; `None` without one.
    pub fn met(&self) -> Option<bool> {
        let figure = self.ratio.unwrap_or(self.value);
        self.goal.map(|goal| match goal {
            Goal::AtLeast(least) => figure >= least,
            Goal::AtMost(most) => figure <= most,
        })
    }
}

/// All figures of a run.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    pub rows: Vec<Row>,
}

impl Report {
    /// Adds a figure.
    pub fn add(&mut self, row: Row) {
        self.rows.push(row);
    }
    /// Names of the figures that miss their goal.
    pub fn missed(&self) -> Vec<&str> {
        self.rows.iter().filter(|row| row.met() == Some(false)).map(|row| row.name.as_str()).collect()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0);
        writeln!(f, "{:width$}  {:>14} {:12} {:>8}  Ziel", "Messung", "Wert", "", "Anteil")?;
        for row in &self.rows {
            let ratio = row.ratio.map(|r| format!("{r:.2}")).unwrap_or_default();
            let goal = match row.goal {
                None => String::new(),
                Some(Goal::AtLeast(least)) => format!(">= {least}"),
                Some(Goal::AtMost(most)) => format!("<= {most}"),
            };
            let met = match row.met() {
                None => "",
                Some(true) => "erreicht",
                Some(false) => "VERFEHLT",
            };
            let digits = if row.value < 100.0 { 2 } else { 0 };
            writeln!(f, "{:width$}  {:>14.digits$} {:12} {ratio:>8}  {goal:8} {met}", row.name, row.value, row.unit)?;
        }
        Ok(())
    }
}
