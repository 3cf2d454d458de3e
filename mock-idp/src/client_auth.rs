//! How a client proves who it is: `client_secret_basic`, `client_secret_post` or, for a public client, `none`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, header};
use percent_encoding::percent_decode_str;

use crate::Config;
use crate::clients::{Client, ClientKind};
use crate::oauth_error::{Code, OAuthError};
use crate::parameters::Parameters;

/// The methods that discovery announces.
pub(crate) const METHODS: &[&str] = &["client_secret_basic", "client_secret_post", "none"];

/// Returns the client that sent a request.
///
/// Source: RFC 6749 §2.3 and §3.2.1; OpenID Connect Core 1.0 §9.
///
/// # Errors
///
/// `invalid_client` when nobody can be authenticated, `invalid_request` when two methods are used at once.
pub(crate) fn authenticate<'a>(
    config: &'a Config,
    headers: &HeaderMap,
    parameters: &Parameters,
) -> Result<&'a Client, OAuthError> {
    let posted = parameters.get("client_secret");
    let Some((id, secret)) = basic(headers)? else {
        let id = parameters.get("client_id").ok_or_else(|| invalid_client("no client authentication"))?;
        return check(config, id, posted);
    };
    if posted.is_some() || parameters.get("client_id").is_some_and(|other| other != id) {
        return Err(OAuthError::new(Code::InvalidRequest, "two ways of client authentication at once: use one"));
    }
    check(config, &id, Some(&secret))
}

fn check<'a>(config: &'a Config, id: &str, secret: Option<&str>) -> Result<&'a Client, OAuthError> {
    let client = config.client(id).ok_or_else(|| invalid_client("unknown client, or wrong secret"))?;
    match (client.kind, &client.secret, secret) {
        (ClientKind::Public, _, None) => Ok(client),
        (ClientKind::Confidential | ClientKind::ResourceServer, Some(known), Some(secret))
            if hosting::same_bytes(known.expose().as_bytes(), secret.as_bytes()) =>
        {
            Ok(client)
        }
        _ => Err(invalid_client("unknown client, or wrong secret")),
    }
}

fn basic(headers: &HeaderMap) -> Result<Option<(String, String)>, OAuthError> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let malformed = || invalid_client("the authorization header is not Basic credentials");
    let (scheme, encoded) = value.to_str().ok().and_then(|value| value.split_once(' ')).ok_or_else(malformed)?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(malformed());
    }
    let text = STANDARD.decode(encoded.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let text = text.ok_or_else(malformed)?;
    let (id, secret) = text.split_once(':').ok_or_else(malformed)?;
    Ok(Some((decode(id).ok_or_else(malformed)?, decode(secret).ok_or_else(malformed)?)))
}

/// RFC 6749 §2.3.1: identifier and secret are form-encoded before they become Basic credentials.
fn decode(text: &str) -> Option<String> {
    percent_decode_str(&text.replace('+', " ")).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

fn invalid_client(description: &str) -> OAuthError {
    OAuthError::new(Code::InvalidClient, description)
}
