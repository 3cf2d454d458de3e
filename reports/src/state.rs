//! What a cell shows: a glyph and a word, the same in every report, so that nothing rests on colour alone.

use crate::model::{Finding, Outcome, Verdict};

/// What a cell shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// The property held, and a control showed why.
    Holds,
    /// The property was violated, as predicted.
    Violated,
    /// The property held, but nothing showed that the attack would have been seen.
    Unproven,
    /// Something else than predicted.
    Surprise,
    /// Nothing was learnt.
    Inconclusive,
    /// There is nothing to attack.
    NotApplicable,
}

impl State {
    /// Every state, in the order of the legend.
    pub const ALL: [Self; 6] =
        [Self::Holds, Self::Violated, Self::Surprise, Self::Unproven, Self::Inconclusive, Self::NotApplicable];

    /// Returns what a finding shows.
    pub fn of(finding: &Finding) -> Self {
        match (finding.outcome, finding.verdict) {
            (Outcome::AsPredicted, Some(Verdict::Holds)) => Self::Holds,
            (Outcome::AsPredicted, Some(Verdict::Violated)) => Self::Violated,
            (Outcome::Surprise, _) => Self::Surprise,
            (Outcome::Unproven, _) => Self::Unproven,
            (Outcome::Inconclusive, _) | (Outcome::AsPredicted, None) => Self::Inconclusive,
            (Outcome::NotApplicable, _) => Self::NotApplicable,
        }
    }

    /// Returns the glyph.
    pub fn glyph(self) -> &'static str {
        match self {
            Self::Holds => "✓",
            Self::Violated => "✕",
            Self::Unproven => "°",
            Self::Surprise => "!",
            Self::Inconclusive => "?",
            Self::NotApplicable => "–",
        }
    }

    /// Returns the word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Violated => "violated",
            Self::Unproven => "unproven",
            Self::Surprise => "surprise",
            Self::Inconclusive => "inconclusive",
            Self::NotApplicable => "n/a",
        }
    }

    /// Returns what it means, for the legend.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Holds => "the property held, and the attack was seen to work once the protection was taken away",
            Self::Violated => "the attack worked, as the author predicted for this deployment",
            Self::Unproven => "the property held, but no control was seen to flip it: the attack may simply be broken",
            Self::Surprise => "another verdict than predicted, or a measure out of its bounds: a bug, or a discovery",
            Self::Inconclusive => "the harness broke, and nothing was learnt",
            Self::NotApplicable => "this deployment has nothing to attack here",
        }
    }

    /// Whether somebody has to look at it.
    pub fn wants_a_look(self) -> bool {
        matches!(self, Self::Surprise | Self::Unproven | Self::Inconclusive)
    }
}
