//! Anti-forgery tokens: one that is bound to the session, and the naive double submit that is bound to nothing.

use aws_lc_rs::{hmac, rand};
use hosting::{Kind, base64url, same_bytes};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use crate::observe::Refusal;
use crate::problem::Problem;
use crate::session::Found;
use crate::settings::CsrfToken;
use crate::{Config, Inner};

/// The header that repeats the token.
const HEADER: &str = "x-csrf-token";
/// The cookie of the double submit, which script must be able to read.
const COOKIE: &str = "csrf-token";
/// Where the double submit is taken from too, as libraries do: a form can carry it, and no header is needed.
const PARAMETER: &str = "csrf_token";

/// The key under which tokens are made.
pub(crate) struct Csrf {
    key: hmac::Key,
}

impl Csrf {
    /// Derives the key from the one that the replicas share; nothing makes fresh ones at every start.
    pub(crate) fn new(config: &Config) -> Self {
        let secret = config.storage.key.unwrap_or_else(|| {
            let mut bytes = [0_u8; 32];
            rand::fill(&mut bytes).expect("the system's generator of randomness answers");
            bytes
        });
        // A key of its own, so that nothing else that is made under the shared one passes for a token (RFC 5869 §3.2).
        let derived = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &secret), b"anti-forgery tokens");
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref()) }
    }

    fn token(&self, session_key: &str) -> String {
        base64url(hmac::sign(&self.key, session_key.as_bytes()).as_ref())
    }
}

/// Returns the token that the page repeats on unsafe requests, where tokens are asked for.
pub(crate) fn token_for(bff: &Inner, found: &Found) -> Option<String> {
    if bff.settings.csrf.token == CsrfToken::None {
        return None;
    }
    let token = bff.csrf.token(&found.key);
    bff.handed.credentials.mint(Kind::CsrfToken, &token);
    Some(token)
}

/// Checks the token of an unsafe request.
///
/// Source: RFC 10017 §6.1.3.3.3; OWASP CSRF Prevention Cheat Sheet, signed double submit.
///
/// # Errors
///
/// 403 where it is missing or another's; 401 and 503 where the session is not found.
pub(super) async fn check(bff: &Inner, headers: &HeaderMap, query: Option<&str>) -> Result<(), Problem> {
    let sent = headers.get(HEADER).map(HeaderValue::as_bytes);
    let is_right = match bff.settings.csrf.token {
        CsrfToken::None => true,
        CsrfToken::Session => {
            let found = bff.sessions.peek(headers).await?;
            sent.is_some_and(|sent| same_bytes(sent, bff.csrf.token(&found.key).as_bytes()))
        }
        CsrfToken::DoubleSubmit => match (sent, cookie(headers)) {
            (_, None) => false,
            (Some(sent), Some(cookie)) => same_bytes(sent, cookie),
            (None, Some(cookie)) => parameter(query).is_some_and(|sent| same_bytes(sent.as_bytes(), cookie)),
        },
    };
    if is_right {
        return Ok(());
    }
    bff.watch.refused(Refusal::Token);
    Err(Problem::fixed(StatusCode::FORBIDDEN, "X-CSRF-Token is missing or not this session's: ask /bff/user for it"))
}

/// Returns the line that gives the page the cookie of the double submit, where it does not have it yet.
pub(super) async fn plant(bff: &Inner, method: &Method, headers: &HeaderMap) -> Option<HeaderValue> {
    if bff.settings.csrf.token != CsrfToken::DoubleSubmit || !method.is_safe() {
        return None;
    }
    let found = bff.sessions.peek(headers).await.ok()?;
    let token = token_for(bff, &found)?;
    let is_there = cookie(headers).is_some_and(|value| value == token.as_bytes());
    (!is_there).then(|| set_cookie(&token, bff.settings.session.absolute_s))
}

/// Returns the line that makes a browser forget the cookie of the double submit, where there is one.
pub(crate) fn forget(bff: &Inner) -> Option<HeaderValue> {
    (bff.settings.csrf.token == CsrfToken::DoubleSubmit).then(|| set_cookie("", 0))
}

fn set_cookie(value: &str, life_s: u64) -> HeaderValue {
    let line = format!("{COOKIE}={value}; Path=/; Max-Age={life_s}; SameSite=Strict");
    HeaderValue::from_str(&line).expect("a cookie of base64url characters is visible ASCII")
}

/// Reads the cookie as libraries do: of two, the first, which is a sibling's where its path is longer (RFC 6265 §5.4).
fn cookie(headers: &HeaderMap) -> Option<&[u8]> {
    let lines = headers.get_all(header::COOKIE).iter();
    let mut crumbs = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b';')).map(<[u8]>::trim_ascii);
    let value = crumbs.find_map(|crumb| crumb.strip_prefix(COOKIE.as_bytes())?.strip_prefix(b"="))?;
    (!value.is_empty()).then_some(value)
}

fn parameter(query: Option<&str>) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(query?.as_bytes());
    pairs.find(|(name, _)| name == PARAMETER).map(|(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn csrf(key: Option<[u8; 32]>) -> Csrf {
        let mut config = crate::tests::agent::config();
        config.storage.key = key;
        Csrf::new(&config)
    }

    #[test]
    fn a_token_is_of_one_session_and_of_one_key() {
        let csrf_a = csrf(Some([1; 32]));
        assert_eq!(csrf_a.token("a"), csrf(Some([1; 32])).token("a"), "replicas that share the key agree");
        assert_ne!(csrf_a.token("a"), csrf_a.token("b"));
        assert_ne!(csrf_a.token("a"), csrf(Some([2; 32])).token("a"));
        assert_ne!(csrf(None).token("a"), csrf(None).token("a"));
    }

    proptest::proptest! {
        #[test]
        fn no_cookie_header_makes_it_panic(line in proptest::collection::vec(32_u8..=255, 0..80)) {
            if let Ok(value) = HeaderValue::from_bytes(&line) {
                let mut headers = HeaderMap::new();
                headers.insert(header::COOKIE, value);
                proptest::prop_assert!(cookie(&headers).is_none_or(|value| !value.is_empty()));
            }
        }
    }
}
