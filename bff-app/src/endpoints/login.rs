//! The start of a sign-in: an authorization request (OpenID Connect Core 1.0 §3.1.2.1) with PKCE (RFC 7636 §4.3).

mod wish;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use hosting::{Kind, base64url, random_token, sha256};
use http::{HeaderMap, StatusCode, header};
use url::Url;

use crate::oidc::OidcError;
use crate::problem::Problem;
use crate::transaction::{LIFE, Transaction};
use crate::{Inner, Shared};
use wish::Wish;

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/bff/login", get(login))
}

async fn login(State(bff): State<Shared>, RawQuery(query): RawQuery, headers: HeaderMap) -> Result<Response, Problem> {
    if bff.settings.login.fetch_metadata.is_on() && !is_wanted(&headers) {
        let detail = "another site asks for this sign-in: go to the application's own page and sign in there";
        return Err(Problem::fixed(StatusCode::FORBIDDEN, detail));
    }
    let wish = Wish::read(&bff.settings.login, &query.unwrap_or_default())?;
    let transaction = transaction(&bff, &wish, &headers).await;
    let url = leads_to(&bff, &wish, &transaction).await;
    let url = url.map_err(|error| error.told(StatusCode::BAD_GATEWAY))?;
    let mut response = Redirect::to(url.as_str()).into_response();
    for set_cookie in crate::transaction::Transactions::surplus(&headers) {
        response.headers_mut().append(header::SET_COOKIE, set_cookie);
    }
    response.headers_mut().append(header::SET_COOKIE, bff.transactions.begin(transaction).await?);
    Ok(response)
}

/// Tells whether the user wants this sign-in, as far as the browser knows.
///
/// A page of another site can lead a browser here, or frame this address, while its user has a session at the provider, and
/// a session would begin that nobody asked for. A link that the user clicked on passes: somebody did something. So does a
/// request without the headers, which no browser of today sends.
///
/// Source: W3C Fetch Metadata §2.1 to §2.4; OWASP ASVS 5.0.0 7.6.2.
fn is_wanted(headers: &HeaderMap) -> bool {
    let says = |name: &str, value: &str| headers.get(name).is_some_and(|known| known == value);
    let is_foreign = headers.contains_key("sec-fetch-site")
        && !says("sec-fetch-site", "same-origin")
        && !says("sec-fetch-site", "none");
    let is_click = says("sec-fetch-user", "?1") && says("sec-fetch-mode", "navigate");
    !is_foreign || is_click && says("sec-fetch-dest", "document")
}

async fn transaction(bff: &Inner, wish: &Wish, headers: &HeaderMap) -> Transaction {
    let fresh = |kind| {
        let value = random_token();
        bff.handed.credentials.mint(kind, &value);
        value
    };
    Transaction {
        state: fresh(Kind::State),
        nonce: fresh(Kind::State),
        verifier: fresh(Kind::Verifier),
        return_url: wish.return_url.clone(),
        is_silent: wish.is_silent(),
        max_age_s: wish.max_age_s(),
        acr_values: wish.get("acr_values").map(str::to_owned),
        // A Strict cookie is here now and not at the callback, to which another site leads.
        replaces: bff.sessions.peek(headers).await.ok().map(|found| found.key),
        expires_s: bff.handed.clock.now_s() + LIFE.as_secs(),
    }
}

/// Returns the address of the authorization request.
///
/// What the caller wishes stands on a list of its own, so it replaces nothing of ours; in the weak variant it does.
async fn leads_to(bff: &Inner, wish: &Wish, transaction: &Transaction) -> Result<Url, OidcError> {
    let redirect_uri = format!("{}/bff/callback", bff.config.origin);
    let challenge = base64url(&sha256(transaction.verifier.as_bytes()));
    let mut parameters = vec![
        ("response_type", "code"),
        ("client_id", bff.config.client.id.as_str()),
        ("redirect_uri", redirect_uri.as_str()),
        ("scope", bff.config.scope.as_str()),
        ("state", transaction.state.as_str()),
        ("nonce", transaction.nonce.as_str()),
    ];
    if bff.settings.tx.pkce.is_on() {
        parameters.extend([("code_challenge", challenge.as_str()), ("code_challenge_method", "S256")]);
    }
    parameters.retain(|(name, _)| wish.get(name).is_none());
    parameters.extend(wish.passed_on.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    bff.oidc.authorization_url(&parameters).await
}
