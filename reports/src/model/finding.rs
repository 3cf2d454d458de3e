//! What came of one attempt against one deployment on one layer, and how it was proven.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Exchange;

/// What came of one attempt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// The scenario's id.
    pub scenario: String,
    /// The deployment's id.
    pub deployment: String,
    /// How it was played.
    pub layer: Layer,
    /// How it ended, held against the prediction.
    pub outcome: Outcome,
    /// What was seen; absent where nothing was learnt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// What the author said beforehand, in words, such as `holds; accepted after logout = 0 s`.
    pub predicted: String,
    /// Why it ended so, where that is not obvious.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What was counted and timed.
    #[serde(default)]
    pub measures: Vec<Measure>,
    /// What was done to show that the attack would have been seen.
    pub proof: Proof,
    /// The command that plays this cell again.
    pub repeat_command: String,
    /// How long it took, controls included.
    pub milliseconds: u64,
    /// The traffic, in order, redacted.
    #[serde(default)]
    pub exchanges: Vec<Exchange>,
}

/// How an attempt is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// Over plain HTTP.
    Protocol,
    /// In a real browser.
    Browser,
}

impl Layer {
    /// Returns the name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Protocol => "protocol",
            Self::Browser => "browser",
        }
    }
}

/// How a finding ended, held against the prediction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// As the author said.
    AsPredicted,
    /// Another verdict, or a measure outside its bounds: a bug, or a discovery.
    Surprise,
    /// It held, but no control was seen to flip it.
    Unproven,
    /// The harness broke: nothing was learnt.
    Inconclusive,
    /// There is nothing to attack here.
    NotApplicable,
}

impl Outcome {
    /// Returns the name.
    pub fn name(self) -> &'static str {
        match self {
            Self::AsPredicted => "as-predicted",
            Self::Surprise => "surprise",
            Self::Unproven => "unproven",
            Self::Inconclusive => "inconclusive",
            Self::NotApplicable => "not-applicable",
        }
    }
}

/// What was seen of the property.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The property held.
    Holds,
    /// The property was violated.
    Violated,
}

impl Verdict {
    /// Returns the name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Violated => "violated",
        }
    }
}

/// A number that was counted or timed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Measure {
    /// The name, as the scenario declares it.
    pub name: String,
    /// The number; always finite.
    pub value: f64,
    /// The unit.
    pub unit: String,
    /// How exact it is.
    pub kind: Kind,
    /// What it was predicted to come out as, in words, such as `at most 1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound: Option<String>,
}

/// How exact a number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Counted, or timed by a clock that the harness moves.
    Exact,
    /// Timed by a clock of its own.
    Estimate,
    /// Still going when watching stopped: at least this much.
    Censored,
}

/// What was done to show that the attack would have been seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Proof {
    /// What that showed.
    pub status: ProofStatus,
    /// The controls that were played.
    #[serde(default)]
    pub by: Vec<ControlPlay>,
}

/// What the controls showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ProofStatus {
    /// Without the protection the same attack works.
    Proven,
    /// No control was seen to flip it.
    Unproven,
    /// Nothing held that would need a proof.
    NotRequired,
    /// Without the protection it still held, so the protection is not what stands.
    Contradicted,
}

impl ProofStatus {
    /// Returns the name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::Unproven => "unproven",
            Self::NotRequired => "not-required",
            Self::Contradicted => "contradicted",
        }
    }
}

/// One play with the protection taken away.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ControlPlay {
    /// What was changed, each as `key=value`.
    pub changes: Vec<String>,
    /// What was seen; absent where nothing was learnt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// What was counted and timed.
    #[serde(default)]
    pub measures: Vec<Measure>,
}
