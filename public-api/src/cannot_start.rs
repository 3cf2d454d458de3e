//! Why an API is not built: its settings demand what its configuration does not give.

use crate::Config;
use crate::settings::{Format, Settings};

/// Why the API cannot start.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotStart {
    /// Nobody may ask about reference tokens.
    #[error(
        "api.format = {0} asks the issuer about tokens: configure the client that may ask, or set api.format = jwt"
    )]
    NoIntrospectionClient(&'static str),
    /// Every audience would be the wrong one.
    #[error("api.aud = on compares audiences: configure the one of this API, or set api.aud = off")]
    NoAudience,
    /// The scope is none, or more than one.
    #[error("api.scope = on looks for one scope, and {0:?} is not one: configure a scope, or set api.scope = off")]
    NotOneScope(String),
}

/// Tells what is missing.
pub(crate) fn check(config: &Config, settings: &Settings) -> Result<(), CannotStart> {
    let asks = match settings.format {
        Format::Opaque => Some("opaque"),
        Format::Either => Some("either"),
        Format::Jwt => None,
    };
    if let (Some(format), None) = (asks, &config.introspection) {
        return Err(CannotStart::NoIntrospectionClient(format));
    }
    if settings.aud.is_on() && config.audience.is_empty() {
        return Err(CannotStart::NoAudience);
    }
    // RFC 6749 §3.3: the characters of a scope.
    let is_scope_character = |byte: u8| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    let is_one = !config.scope.is_empty() && config.scope.bytes().all(is_scope_character);
    if settings.scope.is_on() && !is_one {
        return Err(CannotStart::NotOneScope(config.scope.clone()));
    }
    Ok(())
}
