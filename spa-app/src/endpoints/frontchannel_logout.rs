//! What the provider frames at a sign-out: it clears what is stored and tells the other tabs.
//!
//! Source: OpenID Connect Front-Channel Logout 1.0 §2 and §4.1. A browser that parts storage by site gives a frame of another
//! site a storage of its own, and then nothing is reached.

use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use http::{HeaderMap, StatusCode};
use serde_json::json;
use url::form_urlencoded;

use crate::endpoints::document;
use crate::files::send;
use crate::{Host, Shared};

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/frontchannel-logout", get(page)).route("/assets/frontchannel-logout.js", get(script))
}

async fn page(State(host): State<Shared>, RawQuery(query): RawQuery) -> Response {
    if !host.settings.fcl.is_on() {
        return StatusCode::NOT_FOUND.into_response();
    }
    if !is_from(host.config.issuer.as_str(), query.as_deref().unwrap_or_default()) {
        return (StatusCode::BAD_REQUEST, "this sign-out does not come from the issuer\n").into_response();
    }
    (Extension(host.policies.frontchannel_logout.clone()), document(&host, html(&host))).into_response()
}

async fn script(State(host): State<Shared>, request: HeaderMap) -> Response {
    send(host.files.frontchannel_logout.as_ref(), &request)
}

/// Tells whether a query names this issuer and one session, or nothing at all.
///
/// Source: OpenID Connect Front-Channel Logout 1.0 §2: `iss` and `sid` come together.
fn is_from(issuer: &str, query: &str) -> bool {
    let all = |name: &str| {
        let named = form_urlencoded::parse(query.as_bytes()).filter(|(known, _)| known == name);
        named.map(|(_, value)| value).collect::<Vec<_>>()
    };
    match (all("iss").as_slice(), all("sid").as_slice()) {
        ([], []) => true,
        ([iss], [sid]) => iss == issuer && !sid.is_empty(),
        _ => false,
    }
}

fn html(host: &Host) -> String {
    let peers = json!({ "issuer": host.config.issuer.as_str(), "client_id": host.config.client_id });
    // Inside an element of script, `<` could end it.
    let peers = peers.to_string().replace('<', "\\u003c");
    include_str!("../../templates/frontchannel_logout.html").replace("{peers}", &peers)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ISSUER: &str = "https://login.idp1.test/realms/one";

    #[test]
    fn takes_nothing_or_the_issuer_with_one_session() {
        assert!(is_from(ISSUER, ""));
        assert!(is_from(ISSUER, "iss=https%3A%2F%2Flogin.idp1.test%2Frealms%2Fone&sid=s1"));
        for query in [
            "sid=s1",
            "iss=https://login.idp1.test/realms/one",
            "iss=https://login.idp1.test/realms/one&sid=",
            "iss=https://login.idp1.test/realms/one/&sid=s1",
            "iss=https://evil1.test&sid=s1",
            "iss=https://login.idp1.test/realms/one&iss=https://evil1.test&sid=s1",
            "iss=https://login.idp1.test/realms/one&sid=s1&sid=s2",
        ] {
            assert!(!is_from(ISSUER, query), "{query}");
        }
    }

    proptest! {
        #[test]
        fn a_query_that_does_not_name_the_issuer_is_refused(query in ".{0,200}") {
            let named = form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "iss" || name == "sid");
            prop_assert_eq!(is_from(ISSUER, &query), !named);
        }

        #[test]
        fn a_session_is_found_whatever_its_name_is(sid in ".{1,100}") {
            let query = form_urlencoded::Serializer::new(String::new())
                .append_pair("iss", ISSUER)
                .append_pair("sid", &sid)
                .finish();
            prop_assert!(is_from(ISSUER, &query));
        }
    }
}
