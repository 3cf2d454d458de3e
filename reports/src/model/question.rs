//! The headline: questions that somebody who has to choose asks, each answered from findings.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Layer;

/// A question and its answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Question {
    /// The stable name.
    pub id: String,
    /// The question in words.
    pub question: String,
    /// One answer per deployment that was asked about.
    #[serde(default)]
    pub answers: Vec<Answer>,
}

/// What is the case for one deployment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Answer {
    /// The deployment's id.
    pub deployment: String,
    /// The answer in words.
    pub answer: String,
    /// The number; absent where the evidence is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// The number's unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The findings that it was read from.
    #[serde(default)]
    pub evidence: Vec<FindingRef>,
}

/// Names one finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FindingRef {
    /// The scenario's id.
    pub scenario: String,
    /// The deployment's id.
    pub deployment: String,
    /// How it was played.
    pub layer: Layer,
}
