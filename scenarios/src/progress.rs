//! What a person sees while it runs: a bar on a terminal, one counter line per cell elsewhere.

use std::io::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};

use indicatif::{ProgressBar, ProgressStyle};

use crate::runner::{Finding, Outcome};

/// Writes a line to the standard error; a closed one is nobody's fault.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// Writes a line to the standard output; a closed one is nobody's fault.
pub fn print(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// Counts cells.
pub struct Progress {
    bar: Option<ProgressBar>,
    total: usize,
    done: AtomicUsize,
}

impl Progress {
    /// Begins to count.
    pub fn new(total: usize, terminal: bool) -> Self {
        let bar = terminal.then(|| {
            let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg}")
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::new(u64::try_from(total).unwrap_or(u64::MAX)).with_style(style)
        });
        Self { bar, total, done: AtomicUsize::new(0) }
    }

    /// Says how a cell ended.
    pub fn ended(&self, finding: &Finding) {
        let n = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        let line = format!("[{n:>3}/{}] {}", self.total, describe(finding));
        match &self.bar {
            Some(bar) => {
                bar.inc(1);
                bar.println(line);
            }
            None => say(&line),
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn describe(finding: &Finding) -> String {
    let mark = match finding.outcome {
        Outcome::AsPredicted => "✓",
        Outcome::Surprise => "!",
        Outcome::Unproven => "°",
        Outcome::Inconclusive => "?",
        Outcome::NotApplicable => "–",
    };
    let flipped = finding.proofs.iter().filter(|proof| proof.flipped).count();
    let found = match (&finding.verdict, finding.outcome) {
        (_, Outcome::NotApplicable) => "not applicable".to_owned(),
        (Some(verdict), outcome) => {
            let word = if verdict.holds { "holds" } else { "violated" };
            let proof = if verdict.holds {
                format!(", {flipped} of {} controls flipped it", finding.proofs.len())
            } else {
                String::new()
            };
            format!("{word}, {}{proof}", outcome_word(outcome))
        }
        (None, outcome) => outcome_word(outcome).to_owned(),
    };
    let mut line = format!("{mark} {:<44} {found} ({} ms)", finding.cell.name(), finding.took.as_millis());
    if !matches!(finding.outcome, Outcome::AsPredicted | Outcome::NotApplicable) {
        for reason in &finding.reasons {
            line.push_str(&format!("\n          {reason}"));
        }
    }
    line
}

/// Returns the outcome in words.
pub fn outcome_word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::AsPredicted => "as predicted",
        Outcome::Surprise => "a surprise",
        Outcome::Unproven => "unproven",
        Outcome::Inconclusive => "inconclusive",
        Outcome::NotApplicable => "not applicable",
    }
}
