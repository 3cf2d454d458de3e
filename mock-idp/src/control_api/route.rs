//! A route as a value: what answers it, and what the document says of it.

use axum::Json;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request, State};
use axum::routing::{MethodFilter, MethodRouter, on};
use http::StatusCode;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;

use super::input::{Input, Nothing, Takes};
use super::refusal::Refusal;
use crate::Control;

/// What the document calls an operation: a method on a path, with at most one parameter.
#[derive(Clone, Copy)]
pub(super) struct Operation {
    filter: MethodFilter,
    /// The method in lower case.
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    /// The name by which programs that are made of the document call it.
    pub(super) id: &'static str,
    pub(super) summary: &'static str,
}

/// One route.
pub(super) struct Route {
    pub(super) operation: Operation,
    pub(super) takes: Takes,
    /// Makes the schema of its answer.
    pub(super) answer: fn(&mut SchemaGenerator) -> Schema,
    pub(super) handler: MethodRouter<Control>,
}

/// What a route is given to answer.
pub(super) struct Call<I> {
    pub(super) control: Control,
    /// The parameter of the path; empty where it has none.
    pub(super) named: String,
    pub(super) input: I,
}

pub(super) fn get(path: &'static str, id: &'static str, summary: &'static str) -> Operation {
    Operation { filter: MethodFilter::GET, method: "get", path, id, summary }
}

pub(super) fn put(path: &'static str, id: &'static str, summary: &'static str) -> Operation {
    Operation { filter: MethodFilter::PUT, method: "put", path, id, summary }
}

pub(super) fn post(path: &'static str, id: &'static str, summary: &'static str) -> Operation {
    Operation { filter: MethodFilter::POST, method: "post", path, id, summary }
}

pub(super) fn delete(path: &'static str, id: &'static str, summary: &'static str) -> Operation {
    Operation { filter: MethodFilter::DELETE, method: "delete", path, id, summary }
}

impl Operation {
    /// Answers what the control says, which takes nothing and cannot fail.
    pub(super) fn simply<A, F>(self, answer: F) -> Route
    where
        A: Serialize + JsonSchema + Send + 'static,
        F: Fn(&Control) -> A + Clone + Send + Sync + 'static,
    {
        self.answers(move |call: Call<Nothing>| Ok(answer(&call.control)))
    }

    /// Answers at once.
    pub(super) fn answers<I, A, F>(self, answer: F) -> Route
    where
        I: Input,
        A: Serialize + JsonSchema + Send + 'static,
        F: Fn(Call<I>) -> Result<A, Refusal> + Clone + Send + Sync + 'static,
    {
        self.awaits(move |call: Call<I>| std::future::ready(answer(call)))
    }

    /// Answers when the applications that it concerns have answered.
    pub(super) fn awaits<I, A, F, Fut>(self, answer: F) -> Route
    where
        I: Input,
        A: Serialize + JsonSchema + Send + 'static,
        F: Fn(Call<I>) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<A, Refusal>> + Send + 'static,
    {
        let handler = move |State(control): State<Control>, named: Named, request: Request| {
            respond(answer.clone(), control, named, request)
        };
        Route {
            operation: self,
            takes: I::takes(),
            answer: SchemaGenerator::subschema_for::<A>,
            handler: on(self.filter, handler),
        }
    }
}

/// The parameters of a path, unless one is not UTF-8 in percent-encoding.
type Named = Result<RawPathParams, RawPathParamsRejection>;

async fn respond<I, A, F, Fut>(answer: F, control: Control, named: Named, request: Request) -> Result<Json<A>, Refusal>
where
    I: Input,
    F: Fn(Call<I>) -> Fut,
    Fut: Future<Output = Result<A, Refusal>>,
{
    let named = the_one(named)?;
    let input = I::read(request).await?;
    answer(Call { control, named, input }).await.map(Json)
}

fn the_one(named: Named) -> Result<String, Refusal> {
    let unreadable = |_| {
        let error = "the path is not UTF-8 in percent-encoding";
        Refusal::new(StatusCode::BAD_REQUEST, error, "encode it as RFC 3986 §2.1 says")
    };
    let named = named.map_err(unreadable)?;
    Ok(named.iter().next().map(|(_, value)| value.to_owned()).unwrap_or_default())
}
