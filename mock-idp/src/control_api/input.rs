//! What a route takes beside its path: nothing, a body or a query, each read strictly.

use axum::body::to_bytes;
use axum::extract::Request;
use http::{HeaderMap, StatusCode, Uri, header};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use url::form_urlencoded;

use super::refusal::Refusal;
use crate::strict::{self, Source};

/// A longer body is not read, in bytes.
pub(super) const LONGEST: usize = 1024 * 1024;

/// What a route takes, for the document.
#[derive(Clone, Copy)]
pub(super) enum Takes {
    Nothing,
    /// A body of this schema.
    Body(fn() -> Value),
    /// A query with the members of this schema.
    Query(fn() -> Value),
}

/// What a route takes beside its path.
pub(super) trait Input: Sized + Send + 'static {
    fn takes() -> Takes;

    /// Reads it.
    ///
    /// # Errors
    ///
    /// What is unknown, missing or wrong, and what the route does not take.
    fn read(request: Request) -> impl Future<Output = Result<Self, Refusal>> + Send;
}

/// Neither a body nor a query.
pub(super) struct Nothing;

/// A body in JSON.
pub(super) struct Body<T>(pub(super) T);

/// The query.
pub(super) struct Query<T>(pub(super) T);

impl Input for Nothing {
    fn takes() -> Takes {
        Takes::Nothing
    }

    async fn read(request: Request) -> Result<Self, Refusal> {
        refuse_query(request.uri())?;
        refuse_body(request).await?;
        Ok(Self)
    }
}

impl<T: DeserializeOwned + JsonSchema + Send + 'static> Input for Body<T> {
    fn takes() -> Takes {
        Takes::Body(strict::schema::<T>)
    }

    async fn read(request: Request) -> Result<Self, Refusal> {
        refuse_query(request.uri())?;
        let value = body(request)
            .await?
            .ok_or_else(|| Refusal::new(StatusCode::BAD_REQUEST, "there is no body", "send one as application/json"))?;
        let read = strict::read(Source::Body, value);
        read.map(Self).map_err(|wrong| Refusal::wrong(StatusCode::UNPROCESSABLE_ENTITY, wrong))
    }
}

impl<T: DeserializeOwned + JsonSchema + Send + 'static> Input for Query<T> {
    fn takes() -> Takes {
        Takes::Query(strict::schema::<T>)
    }

    async fn read(request: Request) -> Result<Self, Refusal> {
        let members = members(&strict::schema::<T>(), request.uri().query().unwrap_or_default())?;
        refuse_body(request).await?;
        let read = strict::read(Source::Query, Value::Object(members));
        read.map(Self).map_err(|wrong| Refusal::wrong(StatusCode::BAD_REQUEST, wrong))
    }
}

/// Reads a query as the members of a schema.
///
/// # Errors
///
/// A parameter that is there twice: nobody could say which of the two was meant.
fn members(schema: &Value, query: &str) -> Result<Map<String, Value>, Refusal> {
    let mut members = Map::new();
    for (name, text) in form_urlencoded::parse(query.as_bytes()) {
        if members.contains_key(&*name) {
            let error = format!("the query has {name:?} more than once");
            return Err(Refusal::new(StatusCode::BAD_REQUEST, error, "send it once"));
        }
        let value = typed(&schema["properties"][&*name], &text);
        members.insert(name.into_owned(), value);
    }
    Ok(members)
}

/// A query has no types: a text that reads as a number is one where a number is asked for, and nowhere else.
fn typed(schema: &Value, text: &str) -> Value {
    let number = text.parse::<u64>().ok().filter(|_| strict::types(schema).contains(&"integer"));
    number.map_or_else(|| Value::from(text), Value::from)
}

fn refuse_query(uri: &Uri) -> Result<(), Refusal> {
    match uri.query() {
        None | Some("") => Ok(()),
        Some(query) => {
            let error = format!("this route takes no query, and there is {query:?}");
            Err(Refusal::new(StatusCode::BAD_REQUEST, error, "leave it out"))
        }
    }
}

async fn refuse_body(request: Request) -> Result<(), Refusal> {
    match body(request).await? {
        None => Ok(()),
        Some(_) => {
            Err(Refusal::new(StatusCode::BAD_REQUEST, "this route takes no body, and there is one", "send none"))
        }
    }
}

/// Reads the body, where there is one; only a program of one's own can call it JSON without asking the browser first.
async fn body(request: Request) -> Result<Option<Value>, Refusal> {
    let is_json = is_json(request.headers());
    let bytes = to_bytes(request.into_body(), LONGEST).await.map_err(|_| {
        let error = format!("the body was cut off, or is longer than {LONGEST} bytes");
        Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, error, "send a shorter one")
    })?;
    if bytes.is_empty() {
        return Ok(None);
    }
    if !is_json {
        let error = "the body is not called application/json";
        return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, error, "send content-type: application/json"));
    }
    serde_json::from_slice(&bytes).map(Some).map_err(|error| {
        Refusal::new(StatusCode::BAD_REQUEST, format!("the body is not JSON: {error}"), "send one JSON value in UTF-8")
    })
}

fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    content_type.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
}
