//! The grants of the token endpoint, one file each.

pub(crate) mod authorization_code;
mod client_credentials;
mod refresh_token;

use crate::clients::Client;
use crate::issuer::Issuer;
use crate::oauth_error::OAuthError;
use crate::parameters::Parameters;
use crate::tokens::TokenResponse;

/// What a grant does with a request of an authenticated client.
type Answer = fn(&Issuer, &Client, &Parameters) -> Result<TokenResponse, OAuthError>;

/// Every grant, by its `grant_type`.
pub(crate) const ALL: &[(&str, Answer)] = &[
    ("authorization_code", authorization_code::answer),
    ("refresh_token", refresh_token::answer),
    ("client_credentials", client_credentials::answer),
];
