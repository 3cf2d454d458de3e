//! The table, and what must be known to read it and to repeat it.

use crate::measure::ROUNDS;
use crate::options::{self, Options};
use crate::rows::{Row, Target};
use crate::{plain_proxy, process};

/// What one round of a row came out as, in microseconds of CPU time per operation.
pub(crate) struct Round {
    pub(crate) own: f64,
    pub(crate) hello: f64,
    /// What else is measured with the row.
    pub(crate) limit: Option<f64>,
}

impl Round {
    fn ratio(&self, target: Target) -> f64 {
        match (target, self.limit) {
            (Target::OnTopOfVerification(_), Some(verification)) => (self.own - verification) / self.hello,
            (_, limit) => self.own / limit.unwrap_or(self.hello),
        }
    }
}

const HEADINGS: [&str; 7] = ["operation", "measured", "hello µs", "limit µs", "ratio (low–high)", "target", ""];

/// One line of the table.
pub(crate) struct Line {
    cells: [String; 7],
}

impl Line {
    pub(crate) fn of(row: &Row, rounds: &[Round]) -> Self {
        let ratios = sorted(rounds.iter().map(|round| round.ratio(row.target)));
        let ratio = median(&ratios);
        let limits = sorted(rounds.iter().filter_map(|round| round.limit));
        let mut line = Self::new(row, format!("{:.1} µs", median(&sorted(rounds.iter().map(|round| round.own)))));
        line.cells[2] = format!("{:.1}", median(&sorted(rounds.iter().map(|round| round.hello))));
        if !limits.is_empty() {
            line.cells[3] = format!("{:.1}", median(&limits));
        }
        line.cells[4] = format!("{ratio:.2} ({:.2}–{:.2})", ratios[0], ratios[ratios.len() - 1]);
        row.target.verdict(ratio).clone_into(&mut line.cells[6]);
        line
    }

    pub(crate) fn failed(row: &Row) -> Self {
        Self::new(row, "not available".to_owned())
    }

    fn new(row: &Row, measured: String) -> Self {
        let mut cells = [const { String::new() }; 7];
        row.name.clone_into(&mut cells[0]);
        cells[1] = measured;
        cells[5] = row.target.to_string();
        Self { cells }
    }
}

/// Returns the table with its notes.
pub(crate) fn text(lines: &[Line], options: &Options) -> String {
    let mut text = String::from("\n");
    let widths = widths(lines);
    text.push_str(&aligned(&HEADINGS, &widths));
    for line in lines {
        text.push_str(&aligned(&line.cells.each_ref().map(String::as_str), &widths));
    }
    text.push_str(&notes(options));
    text
}

fn widths(lines: &[Line]) -> [usize; 7] {
    let mut widths = HEADINGS.map(|heading| heading.chars().count());
    for line in lines {
        for (width, cell) in widths.iter_mut().zip(&line.cells) {
            *width = cell.chars().count().max(*width);
        }
    }
    widths
}

/// Texts stand left, numbers right.
fn aligned(cells: &[&str; 7], widths: &[usize; 7]) -> String {
    let mut line = String::new();
    for (column, (cell, &width)) in cells.iter().zip(widths).enumerate() {
        if matches!(column, 1..=4) {
            line.push_str(&format!("{cell:>width$}  "));
        } else {
            line.push_str(&format!("{cell:<width$}  "));
        }
    }
    format!("{}\n", line.trim_end())
}

fn notes(options: &Options) -> String {
    let cpu_ms = options.cpu.as_millis();
    let resolution = process::resolution();
    let percent = resolution.as_secs_f64() / options.cpu.as_secs_f64() * 100.0;
    let (proxy, usage) = (plain_proxy::name(), options::usage());
    format!(
        "\n\
         µs: user + system time of the server's processes per operation, from /proc/<pid>, in steps of\n\
         {resolution:?}. A measurement takes about {cpu_ms} ms of it, so a step is {percent:.1} % of it; medians of\n\
         {ROUNDS} rounds.\n\
         ratio: measured / the limit of the same round, or / hello; where a verification comes off,\n\
         (measured − limit) / hello; the median, the lowest and the highest of them.\n\
         hello: axum's constant text, by the hosting::Listener that serves the API; 32 connections, closed loop.\n\
         plain proxy: {proxy}, in front of a list of orders, without any check; verification: of one ES256\n\
         signature of 600 bytes, as the difference between a hello that verifies and one that does not.\n\
         calls: GET /accounts; every connection has a token of its own. The issuer is in a process of its own, and\n\
         its time is in no row.\n\
         repeat: {usage}\n"
    )
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}

/// Returns the middle of sorted values, of which there is at least one.
fn median(sorted: &[f64]) -> f64 {
    f64::midpoint(sorted[(sorted.len() - 1) / 2], sorted[sorted.len() / 2])
}
