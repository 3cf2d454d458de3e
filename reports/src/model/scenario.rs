//! What is attempted: the catalogue's words, carried along so that a report needs nothing else.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An attempt to break one property.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Scenario {
    /// The stable name.
    pub id: String,
    /// The name in words.
    pub title: String,
    /// The part of the catalogue it belongs to.
    pub group: String,
    /// The clause that is true when all is well.
    pub property: String,
    /// Who attacks, in words.
    pub attacker: String,
    /// What is done, step by step.
    #[serde(default)]
    pub steps: Vec<String>,
    /// Where the property is demanded or the attack described.
    #[serde(default)]
    pub sources: Vec<Source>,
    /// What is counted or timed.
    #[serde(default)]
    pub measures: Vec<MeasureDef>,
}

/// A place in a published document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Source {
    /// The document, such as `RFC 9700`.
    pub document: String,
    /// The section, such as `§4.7`.
    pub section: String,
    /// Where to read it.
    pub url: String,
}

/// What is counted or timed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MeasureDef {
    /// The name, unique in its scenario.
    pub name: String,
    /// The unit, such as `s`, `B` or `count`.
    pub unit: String,
    /// Which direction is better.
    pub better: Better,
}

/// Which direction is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Better {
    /// Less is better.
    Lower,
    /// More is better.
    Higher,
    /// Neither: it only describes.
    Neither,
}
