//! How a client proves who it is, one file per method (RFC 6749 §2.3, OpenID Connect Core 1.0 §9, RFC 8705 §2).

mod certificate;
mod private_key_jwt;
mod secret;

use std::borrow::Cow;
use std::sync::Arc;

use hosting::ClientCertificate;
use http::HeaderMap;

use crate::clients::{AuthMethod, Client};
use crate::issuer::Issuer;
use crate::oauth_error::{Code, OAuthError};
use crate::parameters::Parameters;
use crate::settings::Switch;

/// What a client shows at an endpoint.
pub(crate) struct Presented<'a> {
    pub(crate) headers: &'a HeaderMap,
    pub(crate) parameters: &'a Parameters,
    /// The certificate whose key the connection has proven to hold.
    pub(crate) certificate: Option<&'a ClientCertificate>,
    /// The path of the endpoint.
    pub(crate) path: &'static str,
}

/// What a request tries to prove itself with.
enum Attempt<'a> {
    Basic(String, String),
    Post(&'a str, &'a str),
    Assertion(&'a str),
    /// By nothing but the identifier; a certificate may stand behind it.
    Identifier(&'a str),
}

/// The methods that a provider under these settings takes, as discovery announces them.
pub(crate) fn methods(issuer: &Issuer) -> Vec<AuthMethod> {
    let fapi = issuer.settings.fapi;
    let has_mtls = issuer.config.mtls.is_some();
    AuthMethod::ALL.iter().copied().filter(|method| takes(*method, fapi) && (has_mtls || !is_mtls(*method))).collect()
}

/// Source: FAPI 2.0 Security Profile §5.3.2.1, `private_key_jwt` or mutual TLS.
fn takes(method: AuthMethod, fapi: Switch) -> bool {
    !fapi.is_on() || method == AuthMethod::PrivateKeyJwt || is_mtls(method)
}

fn is_mtls(method: AuthMethod) -> bool {
    matches!(method, AuthMethod::TlsClientAuth | AuthMethod::SelfSignedTlsClientAuth)
}

/// Returns the client that sent a request.
///
/// # Errors
///
/// `invalid_client` when nobody can be authenticated, `invalid_request` when two methods are used at once.
pub(crate) fn authenticate(issuer: &Issuer, presented: &Presented<'_>) -> Result<Arc<Client>, OAuthError> {
    let attempt = attempt(presented)?;
    let client = issuer.registry.client(&attempt.client_id(presented)?).ok_or_else(refused)?;
    let method = client.token_endpoint_auth_method;
    // The profile is about clients: a resource server that asks what a token is worth is none (RFC 7662 §2.1).
    let is_resource_server = client.may_introspect && presented.path == "/introspect";
    if !takes(method, issuer.settings.fapi) && !is_resource_server {
        let reason = format!("FAPI 2.0 takes private_key_jwt and mutual TLS only, and not {}", method.name());
        return Err(invalid_client(&reason));
    }
    match (method, &attempt) {
        (AuthMethod::None, Attempt::Identifier(_)) => Ok(()),
        (AuthMethod::ClientSecretBasic, Attempt::Basic(_, shown)) => secret::check(&client, shown),
        (AuthMethod::ClientSecretPost, Attempt::Post(_, shown)) => secret::check(&client, shown),
        (AuthMethod::PrivateKeyJwt, Attempt::Assertion(jwt)) => {
            private_key_jwt::check(issuer, &client, jwt, presented.path)
        }
        (AuthMethod::TlsClientAuth, Attempt::Identifier(_)) => certificate::check_name(&client, presented.certificate),
        (AuthMethod::SelfSignedTlsClientAuth, Attempt::Identifier(_)) => {
            certificate::check_key(&client, presented.certificate)
        }
        // Which method is registered is no secret, and the developer must hear it.
        (_, Attempt::Identifier(_)) => {
            Err(invalid_client(&format!("no client authentication: this client uses {}", method.name())))
        }
        _ => Err(refused()),
    }?;
    Ok(client)
}

impl Attempt<'_> {
    /// Returns whom the request names; all its parts must name the same one.
    fn client_id(&self, presented: &Presented<'_>) -> Result<Cow<'_, str>, OAuthError> {
        let named = presented.parameters.get("client_id");
        let id = match self {
            Self::Basic(id, _) => Cow::Borrowed(id.as_str()),
            Self::Post(id, _) | Self::Identifier(id) => Cow::Borrowed(*id),
            Self::Assertion(jwt) => Cow::Owned(private_key_jwt::claimed(jwt)?),
        };
        match named {
            Some(named) if named != id => Err(two_ways()),
            _ => Ok(id),
        }
    }
}

fn attempt<'a>(presented: &Presented<'a>) -> Result<Attempt<'a>, OAuthError> {
    let basic = secret::basic(presented.headers)?;
    let parameters = presented.parameters;
    let posted = parameters.get("client_secret");
    let assertion = parameters.get("client_assertion");
    match (basic, posted, assertion) {
        (Some((id, secret)), None, None) => Ok(Attempt::Basic(id, secret)),
        (None, Some(secret), None) => Ok(Attempt::Post(parameters.require("client_id")?, secret)),
        (None, None, Some(assertion)) => {
            private_key_jwt::check_type(parameters)?;
            Ok(Attempt::Assertion(assertion))
        }
        (None, None, None) => {
            let id = parameters.get("client_id").ok_or_else(|| invalid_client("no client authentication"))?;
            Ok(Attempt::Identifier(id))
        }
        // RFC 6749 §2.3: no more than one method in a request.
        _ => Err(two_ways()),
    }
}

fn two_ways() -> OAuthError {
    OAuthError::new(Code::InvalidRequest, "two ways of client authentication at once: use one")
}

/// One answer for an unknown client and for a wrong secret, so that nobody learns which it was.
fn refused() -> OAuthError {
    invalid_client("unknown client, or wrong secret, key or method")
}

fn invalid_client(description: &str) -> OAuthError {
    OAuthError::new(Code::InvalidClient, description)
}
