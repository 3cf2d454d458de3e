//! An authorization request and its checks (RFC 6749 §4.1.1, OpenID Connect Core 1.0 §3.1.2.1).

mod options;

use std::sync::Arc;

use crate::clients::{AuthMethod, Client};
use crate::issuer::Issuer;
use crate::oauth_error::{Code, OAuthError};
use crate::parameters::Parameters;
use crate::scope::Scope;

pub(crate) use options::{Interaction, PROMPTS, ResponseMode};

/// Every parameter that is read of a request, apart from `request` and `request_uri`, which only lead to an error.
///
/// Whatever else is sent is passed over (RFC 6749 §3.1), so nobody needs to remember it.
///
/// Source: RFC 6749 §4.1.1, RFC 7636 §4.3, RFC 8707 §2, RFC 9449 §10, OpenID Connect Core 1.0 §3.1.2.1, OAuth 2.0
/// Multiple Response Type Encoding Practices §2.1.
pub(crate) const PARAMETERS: &[&str] = &[
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "resource",
    "code_challenge",
    "code_challenge_method",
    "dpop_jkt",
    "nonce",
    "prompt",
    "max_age",
    "acr_values",
    "login_hint",
    "id_token_hint",
];

/// A request that passed every check.
#[derive(Clone, Debug)]
pub(crate) struct AuthorizationRequest {
    pub(crate) reply_to: ReplyTo,
    pub(crate) client_id: Arc<str>,
    pub(crate) nonce: Option<String>,
    pub(crate) scope: Scope,
    /// The APIs for which tokens are asked.
    pub(crate) resources: Arc<[String]>,
    pub(crate) code_challenge: Option<String>,
    /// The key to which the code is bound (RFC 9449 §10).
    pub(crate) dpop_jkt: Option<String>,
    pub(crate) interaction: Interaction,
    /// The password must have been seen within so many seconds.
    pub(crate) max_age_s: Option<u64>,
    /// Whether a second factor is asked for.
    pub(crate) wants_two_factors: bool,
    pub(crate) login_hint: Option<String>,
    /// The session must be this user's.
    pub(crate) hinted_sub: Option<String>,
    /// What holds one sign-in together in the log.
    pub(crate) correlation: Arc<str>,
}

/// Where the answer goes, and how; only an address of the client's own ever gets here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReplyTo {
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) state: Option<String>,
    pub(crate) mode: ResponseMode,
}

/// How a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Came {
    /// Through the browser, where anybody could change it.
    ByBrowser,
    /// From the client itself (RFC 9126).
    Pushed,
}

/// Why a request was refused, and who hears of it.
#[derive(Debug)]
pub(crate) enum Refused {
    /// The person at the browser: the client, or the address, is not to be trusted (RFC 6749 §4.1.2.1).
    OnPage(String),
    /// The client.
    ToClient(Box<ReplyTo>, OAuthError),
}

/// Checks a request; the client and its address come first, because everything else is answered there.
///
/// # Errors
///
/// [`Refused`] says who is to hear of the first check that failed.
pub(crate) fn check(issuer: &Issuer, parameters: &Parameters, came: Came) -> Result<AuthorizationRequest, Refused> {
    let client_id = parameters.get("client_id").unwrap_or_default();
    let client = issuer
        .registry
        .client(client_id)
        .filter(|client| !client.redirect_uris.is_empty())
        .ok_or_else(|| Refused::OnPage(format!("Nobody may sign in by the client “{client_id}”.")))?;
    let redirect_uri = parameters.get("redirect_uri").unwrap_or_default();
    if !client.may_redirect_to(redirect_uri, issuer.settings.redirect_exact) {
        return Err(Refused::OnPage(format!("“{redirect_uri}” is not an address of the client “{client_id}”.")));
    }
    let mut reply_to = ReplyTo {
        client_id: client.id.clone(),
        redirect_uri: redirect_uri.to_owned(),
        state: parameters.get("state").map(str::to_owned),
        mode: ResponseMode::Query,
    };
    match ResponseMode::asked(parameters) {
        Ok(mode) => reply_to.mode = mode,
        Err(error) => return Err(Refused::ToClient(Box::new(reply_to), error)),
    }
    check_rest(issuer, &client, parameters, came, reply_to.clone())
        .map_err(|error| Refused::ToClient(Box::new(reply_to), error))
}

fn check_rest(
    issuer: &Issuer,
    client: &Arc<Client>,
    parameters: &Parameters,
    came: Came,
    reply_to: ReplyTo,
) -> Result<AuthorizationRequest, OAuthError> {
    parameters.refuse_malformed()?;
    check_profile(issuer, client, came)?;
    refuse_unsupported(parameters)?;
    let scope = Scope::parse(parameters.get("scope").unwrap_or_default()).allowed_by(&client.scopes);
    if scope.is_empty() {
        return Err(OAuthError::new(Code::InvalidScope, "no scope that this client may ask for"));
    }
    let max_age_s = options::max_age(parameters)?;
    let repeated = issuer.registry.repeated(client);
    Ok(AuthorizationRequest {
        reply_to,
        client_id: repeated.client_id,
        nonce: parameters.get("nonce").map(str::to_owned),
        scope,
        resources: resources(&repeated.resources, parameters)?,
        code_challenge: code_challenge(issuer, parameters)?,
        dpop_jkt: parameters.get("dpop_jkt").map(str::to_owned),
        interaction: Interaction::asked(parameters, max_age_s)?,
        max_age_s,
        wants_two_factors: options::wants_two_factors(parameters),
        login_hint: parameters.get("login_hint").map(str::to_owned),
        hinted_sub: options::hinted_sub(issuer, parameters)?,
        correlation: hosting::random_token()[..12].into(),
    })
}

/// Source: RFC 9126 §4 and §6; FAPI 2.0 Security Profile §5.3.2.2.
fn check_profile(issuer: &Issuer, client: &Client, came: Came) -> Result<(), OAuthError> {
    let fapi = issuer.settings.fapi.is_on();
    let must_push = fapi || issuer.settings.par.is_on() || client.require_pushed_authorization_requests;
    if must_push && came != Came::Pushed {
        let reason = "push the request first: this provider or client takes pushed authorization requests only";
        return Err(OAuthError::new(Code::InvalidRequest, reason));
    }
    let method = client.token_endpoint_auth_method;
    if fapi && matches!(method, AuthMethod::None | AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost) {
        let reason = format!("FAPI 2.0 takes private_key_jwt and mutual TLS only, and not {}", method.name());
        return Err(OAuthError::new(Code::UnauthorizedClient, reason));
    }
    if client.may_use("authorization_code") {
        return Ok(());
    }
    Err(OAuthError::new(Code::UnauthorizedClient, "this client may not use the grant authorization_code"))
}

fn refuse_unsupported(parameters: &Parameters) -> Result<(), OAuthError> {
    // OpenID Connect Core 1.0 §6.1 and §6.2: say so, rather than ignore what the client wanted protected.
    if parameters.get("request").is_some() {
        return Err(OAuthError::new(Code::RequestNotSupported, "send plain parameters, or push them"));
    }
    if parameters.get("request_uri").is_some() {
        return Err(OAuthError::new(Code::RequestUriNotSupported, "only a request_uri that was pushed here is known"));
    }
    let response_type = parameters.require("response_type")?;
    if response_type == "code" {
        return Ok(());
    }
    let description = format!("the response type {response_type} is not supported: use code");
    Err(OAuthError::new(Code::UnsupportedResponseType, description))
}

/// Source: RFC 8707 §2 and §2.1.
fn resources(registered: &Arc<[String]>, parameters: &Parameters) -> Result<Arc<[String]>, OAuthError> {
    let asked: Arc<[String]> = parameters.all("resource").map(str::to_owned).collect();
    if let Some(unknown) = asked.iter().find(|asked| !registered.contains(asked)) {
        let reason = format!("the resource is not one for which this client may get tokens: {unknown}");
        return Err(OAuthError::new(Code::InvalidTarget, reason));
    }
    Ok(if asked.is_empty() { Arc::clone(registered) } else { asked })
}

/// Source: RFC 7636 §4.3 and §4.4.1; RFC 9700 §2.1.1, no method but S256.
fn code_challenge(issuer: &Issuer, parameters: &Parameters) -> Result<Option<String>, OAuthError> {
    if !issuer.settings.pkce.is_on() && !issuer.settings.fapi.is_on() {
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
