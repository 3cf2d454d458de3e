//! How many findings ended how: facts about the run's trustworthiness, never a score of an architecture.

use crate::model::{ProofStatus, Run, Verdict};
use crate::state::State;

/// How many findings ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// All findings.
    pub findings: usize,
    /// Findings in which the property held as predicted, proven.
    pub holds: usize,
    /// Findings in which it was violated as predicted.
    pub violated: usize,
    /// Surprises.
    pub surprises: usize,
    /// Findings that held without proof.
    pub unproven: usize,
    /// Findings that taught nothing.
    pub inconclusive: usize,
    /// Findings with nothing to attack.
    pub not_applicable: usize,
    /// Everything that was seen to hold, whatever was predicted.
    pub held: usize,
    /// The part of `held` that is proven.
    pub proven: usize,
    /// Controls that were played.
    pub controls: usize,
}

impl Tally {
    /// Counts a run's findings.
    pub fn of(run: &Run) -> Self {
        let mut tally = Self { findings: run.findings.len(), ..Self::default() };
        for finding in &run.findings {
            match State::of(finding) {
                State::Holds => tally.holds += 1,
                State::Violated => tally.violated += 1,
                State::Surprise => tally.surprises += 1,
                State::Unproven => tally.unproven += 1,
                State::Inconclusive => tally.inconclusive += 1,
                State::NotApplicable => tally.not_applicable += 1,
            }
            if finding.verdict == Some(Verdict::Holds) {
                tally.held += 1;
                tally.proven += usize::from(finding.proof.status == ProofStatus::Proven);
            }
            tally.controls += finding.proof.by.len();
        }
        tally
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample_run;

    #[test]
    fn counts_every_finding_once() {
        let tally = Tally::of(&sample_run());
        let sum = tally.holds + tally.violated + tally.surprises + tally.unproven + tally.inconclusive;
        assert_eq!(sum + tally.not_applicable, tally.findings);
        assert!(tally.proven <= tally.held);
    }
}
