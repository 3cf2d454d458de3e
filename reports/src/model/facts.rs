//! When a run was, how it was asked for, how it ended, and on what it ran.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// When, how, and how it ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Facts {
    /// The run's name.
    pub id: String,
    /// When it began, RFC 3339 in UTC.
    pub started: String,
    /// When it ended, RFC 3339 in UTC.
    pub finished: String,
    /// Whether every selected cell was played.
    pub status: Status,
    /// Which layers were played: `protocol`, `browser` or `both`.
    pub layer: String,
    /// The selection as it was given; empty means all.
    #[serde(default)]
    pub selection: Vec<String>,
    /// The arguments as they were given.
    #[serde(default)]
    pub args: Vec<String>,
    /// How the program ended.
    pub exit: Exit,
}

/// Whether every selected cell was played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Every selected cell was played.
    Complete,
    /// It was interrupted; what was known is here.
    Partial,
}

/// How the program ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Exit {
    /// The exit code.
    pub code: u8,
    /// The code's name, such as `ok` or `surprise`.
    pub name: String,
    /// Why, in words; empty when all is as predicted.
    #[serde(default)]
    pub reasons: Vec<String>,
}

/// On what it ran.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Env {
    /// The version of the program.
    pub tool: String,
    /// The operating system and processor architecture.
    pub os: String,
    /// The browser and its version, where one was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub browser: Option<String>,
    /// The flags that the browser was started with.
    #[serde(default)]
    pub flags: Vec<String>,
}
