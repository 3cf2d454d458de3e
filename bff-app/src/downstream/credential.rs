//! A token with the scheme in which it is presented.

use http::{HeaderValue, StatusCode};

use crate::problem::Problem;
use crate::refresh::{Fresh, FreshTokens};

/// With what an API is called.
pub(crate) struct Credential {
    token: Token,
    /// Whether it works only with a proof of the BFF's key (RFC 9449 §7.1).
    pub(crate) is_bound: bool,
    /// What the response must set where a refreshed session lives in the cookie.
    pub(crate) set_cookie: Option<HeaderValue>,
}

enum Token {
    /// The session's, without a copy of it.
    OfSession(FreshTokens),
    Own(String),
}

impl Credential {
    /// Takes a token that stands for itself.
    pub(super) fn new(token: String, is_bound: bool) -> Self {
        Self { token: Token::Own(token), is_bound, set_cookie: None }
    }

    /// Takes the access token of a session.
    pub(super) fn of_session(fresh: Fresh, is_bound: bool) -> Self {
        Self { token: Token::OfSession(fresh.tokens), is_bound, set_cookie: fresh.set_cookie }
    }

    pub(crate) fn token(&self) -> &str {
        match &self.token {
            Token::OfSession(tokens) => &tokens.access_token,
            Token::Own(token) => token,
        }
    }

    /// Returns the value of the `Authorization` header, which no HPACK table keeps (RFC 7541 §7.1.3).
    ///
    /// # Errors
    ///
    /// 502 when the provider has issued what is no header value.
    pub(crate) fn header(&self) -> Result<HeaderValue, Problem> {
        let scheme = if self.is_bound { "DPoP " } else { "Bearer " };
        let mut value = HeaderValue::try_from([scheme, self.token()].concat())
            .map_err(|_| Problem::fixed(StatusCode::BAD_GATEWAY, "the provider's token is no header value"))?;
        value.set_sensitive(true);
        Ok(value)
    }
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("‹credential›")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_token_has_a_scheme_of_its_own() {
        let header = |is_bound| Credential::new("t".to_owned(), is_bound).header().unwrap();
        assert_eq!((header(false), header(true)), ("Bearer t".parse().unwrap(), "DPoP t".parse().unwrap()));
        assert!(Credential::new("a\nb".to_owned(), false).header().is_err());
        assert_eq!(format!("{:?}", Credential::new("secret".to_owned(), false)), "‹credential›");
    }
}
