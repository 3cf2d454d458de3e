//! The end of a sign-in. It always redirects, so that no page is ever shown while a code stands in its address.

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use http::{HeaderMap, StatusCode, header};
use serde_json::Value;

use crate::id_token::{self, Expected};
use crate::problem::Problem;
use crate::session::{Session, Tokens, cookie};
use crate::settings::CookieParser;
use crate::transaction::Transaction;
use crate::{Inner, Shared};

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/bff/callback", get(callback))
}

async fn callback(State(bff): State<Shared>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let forget = cookie::set_transaction("", 0);
    match finish(&bff, &query.unwrap_or_default(), &headers).await {
        Ok((session, return_url)) => {
            let set_cookie = bff.sessions.begin(&headers, session);
            let mut response = Redirect::to(&return_url).into_response();
            response.headers_mut().append(header::SET_COOKIE, set_cookie);
            response.headers_mut().append(header::SET_COOKIE, forget);
            response
        }
        // The weak variant shows an error page under the address that carries the code.
        Err(failed) if !bff.settings.tx.redirect_always.is_on() => {
            let problem = Problem::new(StatusCode::BAD_REQUEST, failed.to_string());
            ([(header::SET_COOKIE, forget)], problem).into_response()
        }
        Err(failed) => {
            let why: String = url::form_urlencoded::byte_serialize(failed.to_string().as_bytes()).collect();
            let mut response = Redirect::to(&format!("/?sign_in_failed={why}")).into_response();
            response.headers_mut().append(header::SET_COOKIE, forget);
            response
        }
    }
}

/// Why a sign-in failed; the text goes into the page's address, so it carries nothing of the response.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error("the response has a parameter twice")]
    Duplicate,
    #[error("this browser has no sign-in under way")]
    NoTransaction,
    #[error("the response belongs to another sign-in")]
    State,
    #[error("the response comes from another provider")]
    Issuer,
    #[error("the provider refused the sign-in")]
    Refused,
    #[error("the response has no code")]
    NoCode,
    #[error("the provider did not redeem the code")]
    Provider,
    #[error("the provider's ID token was refused")]
    IdToken,
}

async fn finish(bff: &Inner, query: &str, headers: &HeaderMap) -> Result<(Session, String), Failed> {
    let parameters = Parameters::parse(query)?;
    let value = cookie::read(CookieParser::Raw, headers, cookie::TRANSACTION).map_err(|_| Failed::NoTransaction)?;
    let now = bff.handed.clock.now_s();
    let transaction = value.and_then(|value| bff.transactions.take(&value, now)).ok_or(Failed::NoTransaction)?;
    let metadata = bff.oidc.metadata().await.map_err(|_| Failed::Provider)?;
    check(bff, &parameters, &transaction, metadata.authorization_response_iss_parameter_supported)?;
    if parameters.get("error").is_some() {
        return Err(Failed::Refused);
    }
    let code = parameters.get("code").ok_or(Failed::NoCode)?;
    let redirect_uri = format!("{}/bff/callback", bff.config.origin);
    let verifier = bff.settings.tx.pkce.is_on().then_some(transaction.verifier.as_str());
    let tokens = bff.oidc.redeem(code, &redirect_uri, verifier).await.map_err(|_| Failed::Provider)?;
    let claims = claims(bff, &tokens, &transaction).await?;
    Ok((session(&claims, tokens, now), transaction.return_url))
}

/// Binds the response to the request: `state` to this browser's transaction, `iss` to the provider (RFC 9207 §2.4).
///
/// A provider that says that it names itself must do so: an `iss` that is missing may have been taken away.
fn check(bff: &Inner, parameters: &Parameters, transaction: &Transaction, names_itself: bool) -> Result<(), Failed> {
    let state = parameters.get("state").unwrap_or_default();
    if bff.settings.tx.state.is_on() && !hosting::same_bytes(state.as_bytes(), transaction.state.as_bytes()) {
        return Err(Failed::State);
    }
    let other = parameters.get("iss").map_or(names_itself, |iss| iss != bff.config.issuer.as_str());
    if bff.settings.tx.iss.is_on() && other { Err(Failed::Issuer) } else { Ok(()) }
}

async fn claims(bff: &Inner, tokens: &Tokens, transaction: &Transaction) -> Result<Value, Failed> {
    let checked = bff.oidc.check(&tokens.id_token, &[None, Some("jwt")]).await.map_err(|_| Failed::Provider)?;
    let claims = checked.map_err(|_| Failed::IdToken)?;
    let expected = Expected {
        issuer: bff.config.issuer.as_str(),
        client_id: &bff.config.client_id,
        nonce: bff.settings.tx.nonce.is_on().then_some(transaction.nonce.as_str()),
    };
    id_token::check(&claims, &expected, &bff.handed.clock).map_err(|_| Failed::IdToken)?;
    Ok(claims)
}

fn session(claims: &Value, tokens: Tokens, now: u64) -> Session {
    let text = |name: &str| claims[name].as_str().map(str::to_owned);
    let sub = text("sub").unwrap_or_default();
    Session {
        username: text("preferred_username").unwrap_or_else(|| sub.clone()),
        name: text("name").unwrap_or_else(|| sub.clone()),
        sid: text("sid"),
        sub,
        tokens,
        began_s: now,
        used_s: now,
    }
}

/// The response's parameters, none of them twice.
struct Parameters(Vec<(String, String)>);

impl Parameters {
    fn parse(query: &str) -> Result<Self, Failed> {
        let all: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let twice = all.iter().enumerate().any(|(n, (name, _))| all[..n].iter().any(|(known, _)| known == name));
        if twice { Err(Failed::Duplicate) } else { Ok(Self(all)) }
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}
