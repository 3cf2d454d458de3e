//! An authorization request and its checks (RFC 6749 §4.1.1, OpenID Connect Core 1.0 §3.1.2.1).

use crate::clients::{Client, ClientKind};
use crate::issuer::Issuer;
use crate::key::Typ;
use crate::oauth_error::{Code, OAuthError};
use crate::parameters::Parameters;
use crate::scope::Scope;

/// A request that passed every check.
#[derive(Clone, Debug)]
pub(crate) struct AuthorizationRequest {
    pub(crate) reply_to: ReplyTo,
    pub(crate) client_id: String,
    pub(crate) nonce: Option<String>,
    pub(crate) scope: Scope,
    pub(crate) code_challenge: Option<String>,
    pub(crate) interaction: Interaction,
    /// The password must have been seen within so many seconds.
    pub(crate) max_age_s: Option<u64>,
    pub(crate) login_hint: Option<String>,
    /// The session must be this user's.
    pub(crate) hinted_sub: Option<String>,
}

/// Where the answer goes; only an address of the client's own ever gets here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReplyTo {
    pub(crate) redirect_uri: String,
    pub(crate) state: Option<String>,
}

/// Whether the user may, or must, be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interaction {
    /// `prompt=none`.
    Never,
    /// Nobody is asked who has a session.
    IfNeeded,
    /// `prompt=login` or `prompt=select_account`.
    Always,
}

/// Why a request was refused, and who hears of it.
#[derive(Debug)]
pub(crate) enum Refused {
    /// The person at the browser: the client, or the address, is not to be trusted (RFC 6749 §4.1.2.1).
    OnPage(String),
    /// The client.
    ToClient(ReplyTo, OAuthError),
}

/// Checks a request; the client and its address come first, because everything else is answered there.
///
/// # Errors
///
/// [`Refused`] says who is to hear of the first check that failed.
pub(crate) fn check(issuer: &Issuer, parameters: &Parameters) -> Result<AuthorizationRequest, Refused> {
    let client_id = parameters.get("client_id").unwrap_or_default();
    let client = issuer
        .config
        .client(client_id)
        .filter(|client| client.kind != ClientKind::ResourceServer)
        .ok_or_else(|| Refused::OnPage(format!("Nobody may sign in by the client “{client_id}”.")))?;
    let redirect_uri = parameters.get("redirect_uri").unwrap_or_default();
    if !client.may_redirect_to(redirect_uri, issuer.settings.redirect_exact) {
        return Err(Refused::OnPage(format!("“{redirect_uri}” is not an address of the client “{client_id}”.")));
    }
    let state = parameters.get("state").map(str::to_owned);
    let reply_to = ReplyTo { redirect_uri: redirect_uri.to_owned(), state };
    check_rest(issuer, client, parameters, reply_to.clone()).map_err(|error| Refused::ToClient(reply_to, error))
}

fn check_rest(
    issuer: &Issuer,
    client: &Client,
    parameters: &Parameters,
    reply_to: ReplyTo,
) -> Result<AuthorizationRequest, OAuthError> {
    parameters.refuse_duplicates()?;
    refuse_unsupported(parameters)?;
    let scope = Scope::parse(parameters.get("scope").unwrap_or_default()).allowed_by(&client.scopes);
    if scope.is_empty() {
        return Err(OAuthError::new(Code::InvalidScope, "no scope that this client may ask for"));
    }
    let code_challenge = code_challenge(issuer, parameters)?;
    Ok(AuthorizationRequest {
        reply_to,
        client_id: client.id.clone(),
        nonce: parameters.get("nonce").map(str::to_owned),
        scope,
        code_challenge,
        interaction: interaction(parameters)?,
        max_age_s: max_age(parameters)?,
        login_hint: parameters.get("login_hint").map(str::to_owned),
        hinted_sub: hinted_sub(issuer, parameters)?,
    })
}

fn refuse_unsupported(parameters: &Parameters) -> Result<(), OAuthError> {
    // OpenID Connect Core 1.0 §6.1 and §6.2: say so, rather than ignore what the client wanted protected.
    if parameters.get("request").is_some() {
        return Err(OAuthError::new(Code::RequestNotSupported, "send plain parameters"));
    }
    if parameters.get("request_uri").is_some() {
        return Err(OAuthError::new(Code::RequestUriNotSupported, "send plain parameters"));
    }
    let response_type = parameters.require("response_type")?;
    if response_type != "code" {
        let description = format!("the response type {response_type} is not supported: use code");
        return Err(OAuthError::new(Code::UnsupportedResponseType, description));
    }
    match parameters.get("response_mode") {
        None | Some("query") => Ok(()),
        Some(mode) => {
            let description = format!("the response mode {mode} is not supported: use query");
            Err(OAuthError::new(Code::InvalidRequest, description))
        }
    }
}

/// Source: RFC 7636 §4.3 and §4.4.1; RFC 9700 §2.1.1, no method but S256.
fn code_challenge(issuer: &Issuer, parameters: &Parameters) -> Result<Option<String>, OAuthError> {
    if !issuer.settings.pkce.is_on() {
        return Ok(None);
    }
    let invalid = |description: &str| OAuthError::new(Code::InvalidRequest, description);
    let challenge = parameters.get("code_challenge").ok_or_else(|| invalid("code challenge required"))?;
    if parameters.get("code_challenge_method") != Some("S256") {
        return Err(invalid("transform algorithm not supported: use S256"));
    }
    let is_digest = challenge.len() == 43 && challenge.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    if is_digest { Ok(Some(challenge.to_owned())) } else { Err(invalid("the code challenge is not an S256 digest")) }
}

/// Source: OpenID Connect Core 1.0 §3.1.2.1, `prompt`; consent was given when the client was registered.
fn interaction(parameters: &Parameters) -> Result<Interaction, OAuthError> {
    let prompts: Vec<&str> = parameters.get("prompt").unwrap_or_default().split_ascii_whitespace().collect();
    match prompts.as_slice() {
        ["none"] => Ok(Interaction::Never),
        prompts if prompts.contains(&"none") => {
            Err(OAuthError::new(Code::InvalidRequest, "prompt=none stands alone or not at all"))
        }
        prompts if prompts.contains(&"login") || prompts.contains(&"select_account") => Ok(Interaction::Always),
        _ => Ok(Interaction::IfNeeded),
    }
}

fn max_age(parameters: &Parameters) -> Result<Option<u64>, OAuthError> {
    let Some(text) = parameters.get("max_age") else { return Ok(None) };
    let invalid = |_| OAuthError::new(Code::InvalidRequest, format!("max_age is not a number of seconds: {text}"));
    text.parse().map(Some).map_err(invalid)
}

fn hinted_sub(issuer: &Issuer, parameters: &Parameters) -> Result<Option<String>, OAuthError> {
    let Some(hint) = parameters.get("id_token_hint") else { return Ok(None) };
    let sub = issuer.key.open(Typ::Id, hint).and_then(|claims| claims["sub"].as_str().map(str::to_owned));
    match sub {
        Some(sub) => Ok(Some(sub)),
        None => Err(OAuthError::new(Code::InvalidRequest, "the id_token_hint was not issued here")),
    }
}
