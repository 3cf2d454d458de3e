//! The start of a sign-in: an authorization request (OpenID Connect Core 1.0 §3.1.2.1) with PKCE (RFC 7636 §4.3).

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use hosting::{Kind, base64url, random_token, sha256};
use http::{StatusCode, header};
use url::Url;

use crate::Shared;
use crate::problem::Problem;
use crate::session::cookie;
use crate::settings::Switch;
use crate::transaction::{LIFE_S, Transaction};

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/bff/login", get(login))
}

async fn login(State(bff): State<Shared>, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    let return_url = return_url(bff.settings.login.return_url, &query.unwrap_or_default())?;
    let metadata =
        bff.oidc.metadata().await.map_err(|error| Problem::new(StatusCode::BAD_GATEWAY, error.to_string()))?;
    let fresh = |kind| {
        let value = random_token();
        bff.handed.credentials.mint(kind, &value);
        value
    };
    let transaction = Transaction {
        state: fresh(Kind::State),
        nonce: fresh(Kind::State),
        verifier: fresh(Kind::Verifier),
        return_url,
        expires_s: bff.handed.clock.now_s() + LIFE_S,
    };
    let mut url = Url::parse(&metadata.authorization_endpoint)
        .map_err(|error| Problem::new(StatusCode::BAD_GATEWAY, error.to_string()))?;
    let redirect_uri = format!("{}/bff/callback", bff.config.origin);
    url.query_pairs_mut().extend_pairs([
        ("response_type", "code"),
        ("client_id", &bff.config.client_id),
        ("redirect_uri", &redirect_uri),
        ("scope", "openid profile accounts offline_access"),
        ("state", &transaction.state),
        ("nonce", &transaction.nonce),
    ]);
    if bff.settings.tx.pkce.is_on() {
        let challenge = base64url(&sha256(transaction.verifier.as_bytes()));
        url.query_pairs_mut().append_pair("code_challenge", &challenge).append_pair("code_challenge_method", "S256");
    }
    let value = fresh(Kind::Transaction);
    bff.transactions.insert(&value, transaction, bff.handed.clock.now_s());
    Ok(([(header::SET_COOKIE, cookie::set_transaction(&value, LIFE_S))], Redirect::to(url.as_str())).into_response())
}

/// Takes a local path only: one slash, then anything but a second slash or a backslash, and no control characters.
fn return_url(local: Switch, query: &str) -> Result<String, Problem> {
    let mut values = url::form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "return_url");
    let Some((_, value)) = values.next() else { return Ok("/".to_owned()) };
    if values.next().is_some() {
        return Err(Problem::new(StatusCode::BAD_REQUEST, "return_url comes twice"));
    }
    let plain = value.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if !local.is_on() || value.starts_with('/') && !value.starts_with("//") && plain {
        return Ok(value.into_owned());
    }
    Err(Problem::new(StatusCode::BAD_REQUEST, format!("return_url {value:?} is not a path of this application")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_local_paths_only() {
        assert_eq!(return_url(Switch::On, "").unwrap(), "/");
        assert_eq!(return_url(Switch::On, "return_url=/accounts?x=1").unwrap(), "/accounts?x=1");
        for bad in [
            "//evil.test",
            "/\\evil.test",
            "https://evil.test",
            "evil",
            "/%09/evil.test",
            "/\u{a0}/x",
            "/a&return_url=/b",
            "%2F%2Fevil.test",
        ] {
            assert!(return_url(Switch::On, &format!("return_url={bad}")).is_err(), "{bad}");
        }
        assert_eq!(
            return_url(Switch::Off, "return_url=https://evil.test").unwrap(),
            "https://evil.test",
            "the weak variant"
        );
    }
}
