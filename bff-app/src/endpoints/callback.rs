//! The end of a sign-in. It always redirects, so that no page is ever shown while a code stands in its address.

mod failed;
mod finish;
mod parameters;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use http::{HeaderMap, StatusCode, header};

use crate::headers::Kind;
use crate::observe::Event;
use crate::problem::Problem;
use crate::{Inner, Shared};
use failed::Failed;
use finish::Finished;

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/bff/callback", get(callback))
}

async fn callback(State(bff): State<Shared>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let (finished, forget) = finish::finish(&bff, &query.unwrap_or_default(), &headers).await;
    let mut response = match finished {
        Ok(Finished::SignedIn { set_cookie, return_url }) => {
            bff.watch.count(Event::SignIn);
            let mut response = Redirect::to(&return_url).into_response();
            response.headers_mut().append(header::SET_COOKIE, set_cookie);
            response
        }
        Ok(Finished::Nobody { return_url }) => Redirect::to(&with_query(&return_url, "sign_in=none")).into_response(),
        Err(failed) => {
            bff.watch.count(Event::SignInFailed);
            refusal(&bff, &failed)
        }
    };
    if let Some(forget) = forget {
        response.headers_mut().append(header::SET_COOKIE, forget);
    }
    response
}

fn refusal(bff: &Inner, failed: &Failed) -> Response {
    // The weak variant shows an error page under the address that carries the code.
    if !bff.settings.tx.redirect_always.is_on() {
        let mut page = Problem::new(StatusCode::BAD_REQUEST, failed.to_string()).into_response();
        // A document like any other: no sandbox that would hide its address from the page that framed it.
        page.extensions_mut().insert(Kind::Page);
        return page;
    }
    Redirect::to(&format!("/?sign_in_failed={}", failed.code())).into_response()
}

/// Adds a parameter to a local address, before its fragment.
fn with_query(address: &str, parameter: &str) -> String {
    let (address, fragment) = match address.split_once('#') {
        Some((address, fragment)) => (address, format!("#{fragment}")),
        None => (address, String::new()),
    };
    let separator = if address.contains('?') { '&' } else { '?' };
    format!("{address}{separator}{parameter}{fragment}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_added_where_the_query_is() {
        for (address, expected) in
            [("/", "/?p"), ("/a?b=c", "/a?b=c&p"), ("/a#b", "/a?p#b"), ("/a?b#c?d", "/a?b&p#c?d")]
        {
            assert_eq!(with_query(address, "p"), expected);
        }
    }
}
