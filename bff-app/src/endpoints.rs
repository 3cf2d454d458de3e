//! The application's endpoints, one file each, and the one layer around all of them.

mod accounts;
mod assets;
mod backchannel_logout;
mod callback;
mod feed;
mod frontchannel_logout;
mod health;
mod host_page;
mod live;
mod login;
mod logout;
mod sessions;
mod signed_out;
mod tokens;
mod transfers;
mod user;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use http::StatusCode;

use crate::headers::{self, About, SERVICE_WORKER};
use crate::problem::Problem;
use crate::settings::HandedOut;
use crate::{Shared, csrf, proxy};
use assets::Files;

/// How long a body may be that is read whole, in bytes.
const LONGEST_BODY: usize = 1024 * 1024;
/// How long a request with a body may take that is read whole; whoever sends it byte by byte gets no further.
const PATIENCE: Duration = Duration::from_secs(30);
/// Where the APIs behind the application are.
const PROXIED: &str = "/api/{*path}";

/// What stands before a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protection {
    /// A session, and everything against forged requests, whatever the method.
    Own,
    /// The same; what begins a stream must come from the own page instead of carrying the header.
    Proxied,
    /// A session, and the own page: a browser cannot send the header with it.
    Stream,
    /// Nothing: browsers navigate here, and it neither reads nor changes anything of a user's.
    Page,
    /// What the provider says, checked by itself.
    Provider,
    /// Nothing: it tells operators of the application, and nobody of its users.
    Operator,
}

/// A route.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) path: &'static str,
    /// Its methods; `HEAD` goes with `GET`, and none means whatever comes.
    pub(crate) methods: &'static [&'static str],
    pub(crate) protection: Protection,
}

const fn route(path: &'static str, methods: &'static [&'static str], protection: Protection) -> Route {
    Route { path, methods, protection }
}

/// Every route there is, and why it may be reached; a test walks them, and fails for one that is not here.
pub(crate) const ROUTES: &[Route] = &[
    route("/bff/user", &["GET"], Protection::Own),
    route("/bff/logout", &["POST"], Protection::Own),
    route("/bff/sessions", &["GET"], Protection::Own),
    route("/bff/sessions/{id}", &["DELETE"], Protection::Own),
    route("/bff/tokens", &["GET"], Protection::Own),
    route("/api/accounts", &["GET"], Protection::Own),
    route("/api/transfers", &["POST"], Protection::Own),
    route(PROXIED, &[], Protection::Proxied),
    route("/api/feed", &["GET"], Protection::Stream),
    route("/api/live", &[], Protection::Stream),
    route("/", &["GET"], Protection::Page),
    route("/assets/app.js", &["GET"], Protection::Page),
    route("/assets/app.css", &["GET"], Protection::Page),
    route(assets::ICON, &["GET"], Protection::Page),
    route(assets::MANIFEST, &["GET"], Protection::Page),
    route(SERVICE_WORKER, &["GET"], Protection::Page),
    route("/bff/login", &["GET"], Protection::Page),
    route("/bff/callback", &["GET"], Protection::Page),
    route("/bff/signed-out", &["GET"], Protection::Page),
    route("/bff/backchannel-logout", &["POST"], Protection::Provider),
    route("/bff/frontchannel-logout", &["GET"], Protection::Provider),
    route("/health/live", &["GET"], Protection::Operator),
    route("/health/ready", &["GET"], Protection::Operator),
    route("/metrics", &["GET"], Protection::Operator),
];

/// Every endpoint under one roof.
pub(crate) fn router(bff: Shared) -> Router {
    let files = Arc::new(Files::new(&bff.config.page));
    // Everything that acts on the user's data, or reads it: behind the header, whatever the method.
    let mut own = Router::new()
        .merge(user::routes())
        .merge(sessions::routes())
        .merge(accounts::routes())
        .merge(transfers::routes());
    if bff.settings.handed_out != HandedOut::None {
        own = own.merge(tokens::routes());
    }
    // Navigations reach only these, and none of them acts on the user's data.
    let mut pages = Router::new()
        .merge(host_page::routes(files.clone()))
        .merge(assets::routes(&files))
        .merge(login::routes())
        .merge(callback::routes())
        .merge(signed_out::routes());
    if bff.settings.logout.csrf.is_on() {
        own = own.merge(logout::routes());
    } else {
        pages = pages.merge(logout::unprotected());
    }
    let own = own.layer(from_fn_with_state(bff.clone(), csrf::protect));
    // Asks `csrf` itself.
    let proxied = Router::new().route(PROXIED, any(proxy::forward));
    Router::new()
        .merge(own)
        .merge(proxied)
        .merge(feed::routes())
        .merge(live::routes())
        .merge(pages)
        .merge(backchannel_logout::routes())
        .merge(frontchannel_logout::routes())
        .merge(health::routes())
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(DefaultBodyLimit::max(LONGEST_BODY))
        .layer(from_fn_with_state(bff.clone(), edge))
        .with_state(bff)
}

/// Around everything: refuses what no route may see, puts the headers on every answer, and notes it.
async fn edge(State(bff): State<Shared>, request: Request, next: Next) -> Response {
    let place = place(&request);
    let protection = place.map(|place| ROUTES[place].protection);
    let about = protection.map_or(About::Nobody, about);
    let under_way = bff.watch.arrived(&bff.handed.clock, place, request.method());
    // What is passed on is not read whole, and has limits of its own.
    let is_read_whole = !request.method().is_safe() && protection != Some(Protection::Proxied);
    let admitted = headers::admit(&bff, &request);
    let mut response = match admitted {
        Err(problem) => problem.into_response(),
        Ok(()) if is_read_whole => within(PATIENCE, next.run(request)).await,
        Ok(()) => next.run(request).await,
    };
    headers::harden(&bff, about, &mut response);
    under_way.answered(&mut response);
    response
}

async fn within(patience: Duration, answer: impl Future<Output = Response>) -> Response {
    let too_slow =
        |_| Problem::fixed(StatusCode::REQUEST_TIMEOUT, "the request did not arrive in time").into_response();
    tokio::time::timeout(patience, answer).await.unwrap_or_else(too_slow)
}

/// Returns the place in [`ROUTES`] of the route that a request matches.
fn place(request: &Request) -> Option<usize> {
    let path = request.extensions().get::<MatchedPath>()?.as_str();
    ROUTES.iter().position(|route| route.path == path)
}

/// Tells whether the answers of a route tell of a user.
fn about(protection: Protection) -> About {
    match protection {
        Protection::Own | Protection::Proxied | Protection::Stream => About::User,
        Protection::Page | Protection::Provider | Protection::Operator => About::Nobody,
    }
}

async fn not_found(request: Request) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, format!("nothing is at {:?}", shortened(request.uri().path())))
}

async fn method_not_allowed(request: Request) -> Problem {
    let taken = place(&request).map_or_else(String::new, |place| ROUTES[place].methods.join(", "));
    let detail = format!("{:?} takes {taken} and nothing else", shortened(request.uri().path()));
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, detail)
}

/// Paths are ASCII (RFC 3986 §2), so any byte is a boundary.
fn shortened(text: &str) -> &str {
    text.get(..200).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_request_that_does_not_arrive_is_not_waited_for() {
        assert_eq!(within(Duration::ZERO, std::future::pending()).await.status(), StatusCode::REQUEST_TIMEOUT);
        let answer = async { StatusCode::OK.into_response() };
        assert_eq!(within(Duration::from_secs(5), answer).await.status(), StatusCode::OK);
    }

    #[test]
    fn an_address_is_repeated_in_part() {
        assert_eq!(shortened(&"x".repeat(300)).len(), 200);
        assert_eq!(shortened("/short"), "/short");
    }
}
