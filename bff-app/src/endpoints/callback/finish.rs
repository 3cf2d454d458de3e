//! From the response to a session: every check in its order, and nothing begins before the last one.

use http::{HeaderMap, HeaderValue};
use serde::de::IgnoredAny;
use serde_json::Value;

use super::failed::{Failed, would_ask};
use super::parameters::Parameters;
use crate::Inner;
use crate::id_token::{self, Expected};
use crate::jws;
use crate::oidc::Granted;
use crate::problem::Problem;
use crate::remembered::Drawer;
use crate::session::{Found, Session, Tokens};
use crate::transaction::Transaction;

/// The longest scope that is kept, in bytes.
const LONGEST_SCOPE: usize = 1_024;

/// How a sign-in ended that did not fail.
pub(super) enum Finished {
    /// With a session.
    SignedIn { set_cookie: HeaderValue, return_url: String },
    /// Without one: nobody was to be asked, and the provider would have to ask.
    Nobody { return_url: String },
}

/// Finishes a sign-in; beside how it ended stands the line that makes the browser forget it, where one was under way.
pub(super) async fn finish(
    bff: &Inner,
    query: &str,
    headers: &HeaderMap,
) -> (Result<Finished, Failed>, Option<HeaderValue>) {
    match under_way(bff, query, headers).await {
        Ok((parameters, transaction, forget)) => (complete(bff, &parameters, transaction, headers).await, Some(forget)),
        Err(failed) => (Err(failed), None),
    }
}

/// Finds the sign-in that a response belongs to, which ends here, right or wrong.
async fn under_way(
    bff: &Inner,
    query: &str,
    headers: &HeaderMap,
) -> Result<(Parameters, Transaction, HeaderValue), Failed> {
    let parameters = Parameters::parse(query)?;
    let found = bff.transactions.take(headers, parameters.get("state").unwrap_or_default()).await;
    let (transaction, forget) = found.map_err(|_| Failed::Store)?.ok_or(Failed::NoTransaction)?;
    Ok((parameters, transaction, forget))
}

async fn complete(
    bff: &Inner,
    parameters: &Parameters,
    transaction: Transaction,
    headers: &HeaderMap,
) -> Result<Finished, Failed> {
    let metadata = bff.oidc.metadata().await.map_err(|_| Failed::Provider)?;
    check(bff, parameters, &transaction, metadata.authorization_response_iss_parameter_supported)?;
    if let Some(error) = parameters.get("error") {
        if transaction.is_silent && would_ask(error) {
            return Ok(Finished::Nobody { return_url: transaction.return_url });
        }
        return Err(Failed::refused(error));
    }
    let code = parameters.get("code").ok_or(Failed::NoCode)?;
    let redirect_uri = format!("{}/bff/callback", bff.config.origin);
    let verifier = bff.settings.tx.pkce.is_on().then_some(transaction.verifier.as_str());
    let granted = bff.oidc.redeem(code, &redirect_uri, verifier).await.map_err(|_| Failed::Provider)?;
    let claims = claims(bff, &granted.tokens, &transaction).await?;
    let set_cookie = begin(bff, headers, session(bff, &claims, granted), transaction.replaces).await?;
    Ok(Finished::SignedIn { set_cookie, return_url: transaction.return_url })
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
    let at_hash = jws::half_digest(&tokens.id_token, &tokens.access_token);
    let expected = Expected {
        issuer: bff.config.issuer.as_str(),
        client_id: &bff.config.client.id,
        nonce: bff.settings.tx.nonce.is_on().then_some(transaction.nonce.as_str()),
        at_hash: at_hash.as_deref(),
        max_age_s: transaction.max_age_s,
        acr_values: transaction.acr_values.as_deref(),
    };
    match id_token::check(&claims, &expected, &bff.handed.clock) {
        Ok(()) => Ok(claims),
        Err(id_token::Rejected::AuthTime | id_token::Rejected::Acr(_)) => Err(Failed::TooWeak),
        Err(_) => Err(Failed::IdToken),
    }
}

fn session(bff: &Inner, claims: &Value, granted: Granted) -> Session {
    let text = |name: &str| claims[name].as_str().map(str::to_owned);
    let sub = text("sub").unwrap_or_default();
    let now = bff.handed.clock.now_s();
    // RFC 6749 §5.1: left out where it is what was asked for.
    let scope = granted.scope.filter(|scope| scope.len() <= LONGEST_SCOPE);
    Session {
        username: text("preferred_username").unwrap_or_else(|| sub.clone()),
        name: text("name").unwrap_or_else(|| sub.clone()),
        sid: text("sid").filter(|sid| !sid.is_empty()),
        acr: text("acr"),
        auth_time_s: id_token::seconds(&claims["auth_time"]),
        scope: scope.unwrap_or_else(|| bff.config.scope.clone()),
        // Filled in from the request where the session begins.
        user_agent: None,
        sub,
        tokens: granted.tokens,
        began_s: now,
        used_s: now,
    }
}

/// Begins the session in place of the one that this browser had, so that no older id opens anything.
async fn begin(
    bff: &Inner,
    headers: &HeaderMap,
    session: Session,
    replaces: Option<String>,
) -> Result<HeaderValue, Failed> {
    if bff.settings.session.rekey.is_on() {
        let here = bff.sessions.peek(headers).await.ok();
        let sid = session.sid.clone();
        let ended = bff.carried_through(|bff| async move { end(&bff, replaces, here, sid.as_deref()).await });
        ended.await.map_err(|_| Failed::Store)?;
    }
    let sid = session.sid.clone();
    let set_cookie = bff.sessions.begin(headers, session).await.map_err(|_| Failed::Store)?;
    // After the beginning: a logout token that comes meanwhile finds the session, or is found here.
    if let Some(sid) = sid
        && has_ended(bff, &sid).await?
    {
        bff.sessions.end_by_sid(&sid).await.map_err(|_| Failed::Store)?;
        return Err(Failed::Ended);
    }
    Ok(set_cookie)
}

/// Ends the sessions that this browser had, and what their tokens open.
///
/// Tokens of the same session at the provider stay: there are providers at which the new ones would end with them.
async fn end(bff: &Inner, replaces: Option<String>, here: Option<Found>, sid: Option<&str>) -> Result<(), Problem> {
    let mut ended = Vec::new();
    for old in replaces.iter().chain(here.as_ref().map(|found| &found.key)) {
        ended.extend(bff.sessions.end(old).await?);
    }
    if ended.is_empty() {
        ended.extend(here.map(|found| found.session));
    }
    ended.retain(|old| sid.is_none() || old.sid.as_deref() != sid);
    bff.revoke_tokens_of(ended).await;
    Ok(())
}

/// Tells whether the provider has already said that this session of its own has ended.
async fn has_ended(bff: &Inner, sid: &str) -> Result<bool, Failed> {
    if !bff.settings.logout.bcl_early.is_on() {
        return Ok(false);
    }
    let ended = bff.remembered.get::<IgnoredAny>(Drawer::EndedSid, sid).await;
    ended.map(|ended| ended.is_some()).map_err(|_| Failed::Store)
}
