//! Finds the one access token of a call (RFC 6750 §2, RFC 9449 §7.1).

use http::{HeaderMap, HeaderValue, Uri, header};

use super::Refused;
use crate::settings::{Credential, Dpop, Settings};

/// The cookie of the mistaken deployment.
const COOKIE: &str = "access-token";

/// A longer token is not looked at.
const LONGEST: usize = 16 * 1024;

/// How a token was presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    /// Alone.
    Bearer,
    /// With a proof that the caller holds the key to which it is bound.
    Dpop,
}

impl Scheme {
    /// RFC 9110 §11.1: the case does not matter.
    fn named(name: &str) -> Option<Self> {
        let is = |scheme: &str| name.eq_ignore_ascii_case(scheme);
        if is("bearer") {
            Some(Self::Bearer)
        } else if is("dpop") {
            Some(Self::Dpop)
        } else {
            None
        }
    }
}

/// A token, and how it was presented.
pub(super) struct Presented<'a> {
    pub(super) scheme: Scheme,
    pub(super) token: &'a str,
}

/// Returns the access token that a call brings.
pub(super) fn presented<'a>(headers: &'a HeaderMap, uri: &Uri, settings: &Settings) -> Result<Presented<'a>, Refused> {
    // RFC 9700 §4.3.2: URLs end up in logs and histories, so a token in one is refused rather than used.
    if in_query(uri) {
        return Err(Refused::InvalidRequest("an access token must not be sent in the URL"));
    }
    let cookie = match settings.credential {
        Credential::Bearer => None,
        Credential::Cookie => in_cookie(headers)?,
    };
    let presented = match (in_header(headers, settings.dpop)?, cookie) {
        // RFC 6750 §2: not more than one method in a request.
        (Some(_), Some(_)) => return Err(Refused::InvalidRequest("two access tokens were sent: send one")),
        (Some(presented), None) => presented,
        (None, Some(token)) => Presented { scheme: Scheme::Bearer, token },
        (None, None) => return Err(Refused::NoToken),
    };
    let is_token = presented.token.len() <= LONGEST && is_b64token(presented.token);
    if is_token { Ok(presented) } else { Err(Refused::InvalidToken("the access token is malformed")) }
}

/// Returns the scheme of a call's first `Authorization` header, for the challenge that answers it.
pub(super) fn scheme(headers: &HeaderMap) -> Option<Scheme> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    Scheme::named(value.split(' ').next().unwrap_or_default())
}

/// Tells whether a text has the form of a bearer token (RFC 6750 §2.1).
pub(super) fn is_b64token(token: &str) -> bool {
    let body = token.trim_end_matches('=');
    !body.is_empty() && body.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte))
}

fn in_query(uri: &Uri) -> bool {
    let query = uri.query().unwrap_or_default();
    url::form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "access_token")
}

fn in_header(headers: &HeaderMap, dpop: Dpop) -> Result<Option<Presented<'_>>, Refused> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Refused::InvalidRequest("two Authorization headers were sent: send one"));
    }
    let value = value.to_str().map_err(|_| Refused::InvalidRequest("the Authorization header is not ASCII"))?;
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    let token = token.trim_start_matches(' ');
    Ok(match Scheme::named(scheme) {
        Some(scheme) if scheme == Scheme::Bearer || dpop != Dpop::Off => Some(Presented { scheme, token }),
        // Another scheme is no credential here.
        _ => None,
    })
}

fn in_cookie(headers: &HeaderMap) -> Result<Option<&str>, Refused> {
    let lines = headers.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes);
    let pairs = lines.flat_map(|line| line.split(|byte| *byte == b';')).map(<[u8]>::trim_ascii);
    let mut found = pairs.filter_map(|pair| pair.strip_prefix(COOKIE.as_bytes())?.strip_prefix(b"="));
    let token = found.next();
    if found.next().is_some() {
        return Err(Refused::InvalidRequest("two access token cookies were sent: send one"));
    }
    let read = |token| std::str::from_utf8(token).map_err(|_| Refused::InvalidToken("the access token is malformed"));
    token.map(read).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(
        headers: &[(header::HeaderName, &[u8])],
        uri: &str,
        settings: &Settings,
    ) -> Result<(Scheme, String), Refused> {
        let mut all = HeaderMap::new();
        for (name, value) in headers {
            all.append(name.clone(), HeaderValue::from_bytes(value).unwrap());
        }
        let presented = presented(&all, &uri.parse().unwrap(), settings)?;
        Ok((presented.scheme, presented.token.to_owned()))
    }

    fn authorization(value: &str) -> Result<(Scheme, String), Refused> {
        from(&[(header::AUTHORIZATION, value.as_bytes())], "/", &Settings::default())
    }

    fn cookies() -> Settings {
        Settings { credential: Credential::Cookie, ..Settings::default() }
    }

    fn dpop() -> Settings {
        Settings { dpop: Dpop::Accept, ..Settings::default() }
    }

    #[test]
    fn takes_the_header_in_any_case() {
        assert_eq!(authorization("bEARER abc=="), Ok((Scheme::Bearer, "abc==".to_owned())));
        let presented = from(&[(header::AUTHORIZATION, b"dpOP abc")], "/", &dpop());
        assert_eq!(presented, Ok((Scheme::Dpop, "abc".to_owned())));
    }

    #[test]
    fn another_scheme_is_no_credential() {
        for value in ["Basic abc", "DPoP abc", "Bearerabc", "", "Negotiate"] {
            assert_eq!(authorization(value), Err(Refused::NoToken), "{value}");
        }
    }

    #[test]
    fn refuses_more_than_one_credential() {
        let bearer: (_, &[u8]) = (header::AUTHORIZATION, b"Bearer abc");
        let cookie: (_, &[u8]) = (header::COOKIE, b"a=b; access-token=abc");
        for (headers, uri) in [
            (vec![bearer.clone(), bearer.clone()], "/"),
            (vec![bearer.clone()], "/?access_token=abc"),
            (vec![bearer.clone()], "/?access%5Ftoken=abc"),
            (vec![bearer, cookie.clone()], "/"),
            (vec![cookie.clone(), cookie], "/"),
        ] {
            let refused = from(&headers, uri, &cookies());
            assert!(matches!(refused, Err(Refused::InvalidRequest(_))), "{headers:?} {uri}: {refused:?}");
        }
    }

    #[test]
    fn a_cookie_counts_only_where_it_is_accepted() {
        let cookie: (_, &[u8]) = (header::COOKIE, b"a=b; x=\xff; access-token=abc");
        assert_eq!(from(std::slice::from_ref(&cookie), "/", &Settings::default()), Err(Refused::NoToken));
        assert_eq!(from(&[cookie], "/", &cookies()), Ok((Scheme::Bearer, "abc".to_owned())));
    }

    #[test]
    fn refuses_what_is_no_token() {
        for value in ["Bearer", "Bearer a b", "Bearer a\"b", "Bearer =", "Bearer a, Bearer b", "Bearer a\tb"] {
            assert!(matches!(authorization(value), Err(Refused::InvalidToken(_))), "{value}");
        }
        assert!(matches!(authorization("Bearer é"), Err(Refused::InvalidRequest(_))));
        assert!(matches!(authorization(&format!("Bearer {}", "a".repeat(LONGEST + 1))), Err(Refused::InvalidToken(_))));
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_taken_is_one_token_of_the_header(
            values in proptest::collection::vec(proptest::collection::vec(32_u8..=255, 0..60), 0..3),
            prefix in "(Bearer |bearer  |DPoP |Basic |)",
        ) {
            let legal = |value: &Vec<u8>| {
                let line = [prefix.as_bytes(), value.as_slice()].concat();
                line.into_iter().filter(|byte| *byte != 127).collect::<Vec<u8>>()
            };
            let lines: Vec<Vec<u8>> = values.iter().map(legal).collect();
            let headers: Vec<_> = lines.iter().map(|line| (header::AUTHORIZATION, line.as_slice())).collect();
            if let Ok((_, token)) = from(&headers, "/", &dpop()) {
                proptest::prop_assert_eq!(lines.len(), 1);
                proptest::prop_assert!(lines[0].ends_with(token.as_bytes()));
                proptest::prop_assert!(!token.contains([' ', ',', '"']) && !token.is_empty());
            }
        }

        #[test]
        fn any_cookie_header_is_read_without_a_panic(line in proptest::collection::vec(32_u8..=255, 0..120)) {
            let line: Vec<u8> = line.into_iter().filter(|byte| *byte != 127).collect();
            if let Ok((_, token)) = from(&[(header::COOKIE, line.as_slice())], "/", &cookies()) {
                proptest::prop_assert!(is_b64token(&token));
            }
        }
    }
}
