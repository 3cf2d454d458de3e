//! One request from its arrival to its answer, and the line about it: its route, never its address.

use std::fmt;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::response::Response;
use hosting::Clock;
use http::{HeaderName, HeaderValue, Method};

use super::Observed;
use super::figures::UNMATCHED;
use crate::endpoints::ROUTES;

/// What a user can name to an operator, so that the line is found.
static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A request without its answer.
pub(crate) struct UnderWay<'a> {
    observed: &'a Observed,
    clock: &'a Clock,
    /// Its place in the table of routes, if it matched one.
    route: Option<usize>,
    method: &'static str,
    number: u64,
    began: Duration,
}

/// How a request is called: by its instance and its number there.
struct Id<'a>(&'a str, u64);

impl fmt::Display for Id<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.0, self.1)
    }
}

impl Observed {
    /// Notes that a request has arrived.
    pub(crate) fn arrived<'a>(&'a self, clock: &'a Clock, route: Option<usize>, method: &Method) -> UnderWay<'a> {
        self.drain.enter();
        UnderWay {
            observed: self,
            clock,
            route,
            method: name(method),
            number: self.requests.fetch_add(1, Ordering::Relaxed),
            began: clock.now(),
        }
    }
}

impl UnderWay<'_> {
    /// Notes the answer. One that refuses or fails tells how the request is called.
    pub(crate) fn answered(self, response: &mut Response) {
        let status = response.status();
        self.observed.figures.answered(self.route, status);
        let took = self.clock.now().saturating_sub(self.began);
        let id = Id(&self.observed.instance, self.number);
        tracing::info!(
            target: "bff_app::request",
            id = %id,
            method = self.method,
            route = self.route.map_or(UNMATCHED, |route| ROUTES[route].path),
            status = status.as_u16(),
            took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
            "answered"
        );
        if (status.is_client_error() || status.is_server_error())
            && let Ok(id) = HeaderValue::from_str(&id.to_string())
        {
            response.headers_mut().insert(&REQUEST_ID, id);
        }
    }
}

impl Drop for UnderWay<'_> {
    /// Whether it was answered or its client has gone.
    fn drop(&mut self) {
        self.observed.drain.leave();
    }
}

/// Returns a method's name; whatever a caller invents is `other`.
fn name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        Method::CONNECT => "CONNECT",
        _ => "other",
    }
}
