//! Finds the one access token of a call (RFC 6750 §2).

use http::{HeaderMap, Uri, header};

use super::Refused;
use crate::settings::Credential;

/// The cookie of the mistaken deployment.
const COOKIE: &str = "access-token";

/// Returns the access token that a call brings.
pub(super) fn presented(headers: &HeaderMap, uri: &Uri, accepted: Credential) -> Result<String, Refused> {
    // RFC 9700 §4.3.2: URLs end up in logs and histories, so a token in one is refused rather than used.
    if in_query(uri) {
        return Err(Refused::InvalidRequest("an access token must not be sent in the URL"));
    }
    let cookie = match accepted {
        Credential::Bearer => None,
        Credential::Cookie => in_cookie(headers)?,
    };
    let token = match (in_header(headers)?, cookie) {
        // RFC 6750 §2: not more than one method in a request.
        (Some(_), Some(_)) => return Err(Refused::InvalidRequest("two access tokens were sent: send one")),
        (Some(token), None) | (None, Some(token)) => token,
        (None, None) => return Err(Refused::NoToken),
    };
    if is_b64token(&token) { Ok(token) } else { Err(Refused::InvalidToken("the access token is malformed")) }
}

fn in_query(uri: &Uri) -> bool {
    let query = uri.query().unwrap_or_default();
    url::form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "access_token")
}

fn in_header(headers: &HeaderMap) -> Result<Option<String>, Refused> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Refused::InvalidRequest("two Authorization headers were sent: send one"));
    }
    let Ok(value) = value.to_str() else { return Ok(None) };
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    // RFC 9110 §11.1: the scheme's case does not matter. Another scheme is no credential here.
    Ok(scheme.eq_ignore_ascii_case("bearer").then(|| token.trim_start_matches(' ').to_owned()))
}

fn in_cookie(headers: &HeaderMap) -> Result<Option<String>, Refused> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut found = pairs.filter(|(name, _)| *name == COOKIE).map(|(_, value)| value.to_owned());
    let token = found.next();
    if found.next().is_some() {
        return Err(Refused::InvalidRequest("two access token cookies were sent: send one"));
    }
    Ok(token)
}

/// Tells whether a text has the form of a bearer token (RFC 6750 §2.1).
fn is_b64token(token: &str) -> bool {
    let body = token.trim_end_matches('=');
    !body.is_empty() && body.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(headers: &[(header::HeaderName, &str)], uri: &str, accepted: Credential) -> Result<String, Refused> {
        let map = headers.iter().map(|(name, value)| (name.clone(), value.parse().unwrap()));
        let mut all = HeaderMap::new();
        for (name, value) in map {
            all.append(name, value);
        }
        presented(&all, &uri.parse().unwrap(), accepted)
    }

    #[test]
    fn takes_the_header_in_any_case() {
        assert_eq!(from(&[(header::AUTHORIZATION, "bEARER abc==")], "/", Credential::Bearer), Ok("abc==".to_owned()));
    }

    #[test]
    fn another_scheme_is_no_credential() {
        for value in ["Basic abc", "Bearer", "DPoP abc"] {
            let refused = from(&[(header::AUTHORIZATION, value)], "/", Credential::Bearer).unwrap_err();
            assert!(matches!(refused, Refused::NoToken | Refused::InvalidToken(_)), "{value}: {refused:?}");
        }
    }

    #[test]
    fn refuses_more_than_one_credential() {
        let bearer = (header::AUTHORIZATION, "Bearer abc");
        let cookie = (header::COOKIE, "a=b; access-token=abc");
        for (headers, uri) in [
            (vec![bearer.clone(), bearer.clone()], "/"),
            (vec![bearer.clone()], "/?access_token=abc"),
            (vec![bearer.clone()], "/?access%5Ftoken=abc"),
            (vec![bearer, cookie.clone()], "/"),
            (vec![cookie.clone(), cookie], "/"),
        ] {
            let refused = from(&headers, uri, Credential::Cookie);
            assert!(matches!(refused, Err(Refused::InvalidRequest(_))), "{headers:?} {uri}: {refused:?}");
        }
    }

    #[test]
    fn a_cookie_counts_only_where_it_is_accepted() {
        let cookie = (header::COOKIE, "a=b; access-token=abc");
        assert_eq!(from(std::slice::from_ref(&cookie), "/", Credential::Bearer), Err(Refused::NoToken));
        assert_eq!(from(&[cookie], "/", Credential::Cookie), Ok("abc".to_owned()));
    }

    #[test]
    fn refuses_what_is_no_token() {
        for value in ["Bearer a b", "Bearer a\"b", "Bearer =", "Bearer é"] {
            assert!(from(&[(header::AUTHORIZATION, value)], "/", Credential::Bearer).is_err(), "{value}");
        }
    }
}
