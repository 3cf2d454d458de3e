//! The one answer to whatever cannot be done: why, and what to do instead.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

use crate::strict::{self, Wrong};

/// Why a request was refused, and what to do.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Refusal {
    #[serde(skip)]
    status: StatusCode,
    /// What is wrong, with the value.
    error: String,
    /// What to do instead.
    hint: String,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, error: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { status, error: error.into(), hint: hint.into() }
    }

    /// The request can be read, but what it asks for cannot be.
    pub(super) fn unprocessable(error: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, error, hint)
    }

    /// A member is unknown, missing or of the wrong kind.
    pub(super) fn wrong(status: StatusCode, wrong: Wrong) -> Self {
        Self::new(status, wrong.reason, wrong.hint)
    }

    /// Nothing has this name; `list` is the route that names what there is.
    pub(super) fn unknown<'a>(what: &str, name: &str, known: impl IntoIterator<Item = &'a str>, list: &str) -> Self {
        let hint = strict::meant(name, known, || format!("{list} names what there is"));
        Self::new(StatusCode::NOT_FOUND, format!("no {what} is called {name:?}"), hint)
    }

    /// Says the same of a name that stood in the body and not in the path.
    pub(super) fn in_body(self) -> Self {
        Self { status: StatusCode::UNPROCESSABLE_ENTITY, ..self }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, Json(self)).into_response()
    }
}

/// Checks that what is put has the name of the place where it is put.
pub(super) fn agree(key: &str, in_path: &str, in_body: &str) -> Result<(), Refusal> {
    if in_path == in_body {
        return Ok(());
    }
    let error = format!("the path names {in_path:?}, and {key} in the body is {in_body:?}");
    Err(Refusal::unprocessable(error, "make them agree"))
}
