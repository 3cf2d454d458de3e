//! The grants of the token endpoint, one file each.

pub(crate) mod authorization_code;
mod client_credentials;
mod password;
mod refresh_token;
mod token_exchange;

use std::sync::Arc;

use crate::binding::Binding;
use crate::clients::Client;
use crate::issuer::Issuer;
use crate::misbehaviour::{TokenResponseLie, token_response};
use crate::oauth_error::{Code, OAuthError};
use crate::parameters::Parameters;
use crate::scope::Scope;
use crate::settings::{Allowed, Settings};
use crate::tokens::{Asked, Grant, TokenResponse};

/// A token request of an authenticated client.
pub(crate) struct TokenRequest<'a> {
    pub(crate) client: &'a Arc<Client>,
    pub(crate) parameters: &'a Parameters,
    /// What the request has proven to hold.
    pub(crate) binding: Binding,
    /// The lie that will be told about the answer.
    pub(crate) lie: Option<TokenResponseLie>,
}

impl TokenRequest<'_> {
    /// Lets the lie that was armed for this request change what is granted.
    fn bend(&self, issuer: &Issuer, grant: &mut Grant) {
        if let Some(lie) = self.lie {
            token_response::before(issuer, lie, grant);
        }
    }
}

/// What a grant does with a request.
type Answer = fn(&Issuer, &TokenRequest<'_>) -> Result<TokenResponse, OAuthError>;

/// Every grant, by its `grant_type`.
const ALL: &[(&str, Answer)] = &[
    ("authorization_code", authorization_code::answer),
    ("refresh_token", refresh_token::answer),
    ("client_credentials", client_credentials::answer),
    (token_exchange::GRANT_TYPE, token_exchange::answer),
    (password::GRANT_TYPE, password::answer),
];

/// Returns a grant, unless there is none of this name or the settings forbid it.
pub(crate) fn find(settings: &Settings, grant_type: &str) -> Option<Answer> {
    ALL.iter().find(|(name, _)| *name == grant_type && is_allowed(settings, name)).map(|(_, answer)| *answer)
}

/// Returns the names that discovery announces.
pub(crate) fn supported(settings: &Settings) -> Vec<&'static str> {
    ALL.iter().map(|(name, _)| *name).filter(|name| is_allowed(settings, name)).collect()
}

fn is_allowed(settings: &Settings, grant_type: &str) -> bool {
    grant_type != password::GRANT_TYPE || (settings.password_grant == Allowed::Yes && !settings.fapi.is_on())
}

/// Returns what an access token of this request is for, out of what was granted (RFC 8707 §2.2).
fn resources(parameters: &Parameters, granted: &Arc<[String]>) -> Result<Arc<[String]>, OAuthError> {
    if let Some(unknown) = parameters.all("resource").find(|asked| granted.iter().all(|granted| granted != asked)) {
        let reason = format!("the resource is not one that was granted: {unknown}");
        return Err(OAuthError::new(Code::InvalidTarget, reason));
    }
    // Without a wish, one API at a time: a token for all of them would let each use it at the others.
    Ok(match (parameters.all("resource").next(), granted.len()) {
        (_, 0 | 1) => Arc::clone(granted),
        (None, _) => granted.iter().take(1).cloned().collect(),
        (Some(_), _) => parameters.all("resource").map(str::to_owned).collect(),
    })
}

/// Keeps what means something to the APIs that a token is for.
fn understood(issuer: &Issuer, scope: &Scope, resources: &[String]) -> Scope {
    let known: Vec<_> = resources.iter().filter_map(|name| issuer.registry.resource(name)).collect();
    if known.iter().any(|resource| resource.scopes.is_none()) || known.is_empty() {
        return scope.clone();
    }
    let of_apis = known.iter().flat_map(|resource| resource.scopes.clone().unwrap_or_default());
    let mut allowed: Vec<String> = of_apis.collect();
    // Scopes about the user are the provider's own.
    allowed.extend(client_credentials::ABOUT_USERS.iter().map(|scope| (*scope).to_owned()));
    scope.allowed_by(&allowed)
}

/// Grants an access token alone, outside of any session, with scopes out of those that are allowed.
fn without_session(
    issuer: &Issuer,
    request: &TokenRequest<'_>,
    sub: &str,
    allowed: &Scope,
) -> Result<TokenResponse, OAuthError> {
    let client = request.client;
    let asked = request.parameters.get("scope").map_or_else(|| allowed.clone(), Scope::parse);
    if !asked.is_within(allowed) {
        return Err(OAuthError::new(Code::InvalidScope, format!("more than this client may have: {asked}")));
    }
    let repeated = issuer.registry.repeated(client);
    let resources = resources(request.parameters, &repeated.resources)?;
    let now_s = issuer.now_s();
    let id = issuer.next_number();
    let mut grant = Grant {
        id,
        sub: if *repeated.client_id == *sub { Arc::clone(&repeated.client_id) } else { sub.into() },
        client_id: repeated.client_id,
        auth_time_s: now_s,
        scope: understood(issuer, &asked, &resources),
        resources: Arc::clone(&resources),
        binding: request.binding.clone(),
        began_s: now_s,
        correlation: format!("grant-{id}").into(),
        ..Grant::default()
    };
    request.bend(issuer, &mut grant);
    let grant = issuer.begin_grant(grant);
    let asked = Asked { scope: grant.scope.clone(), resources, binding: request.binding.clone(), nonce: None };
    issuer.answer(&grant, asked).ok_or_else(|| invalid_grant("nothing was granted"))
}

fn invalid_grant(description: &str) -> OAuthError {
    OAuthError::new(Code::InvalidGrant, description)
}
