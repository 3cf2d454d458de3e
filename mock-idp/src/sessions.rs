//! The provider's own session, which makes one sign-in serve every application.

use std::collections::BTreeSet;

use hosting::Kind;
use http::{HeaderMap, HeaderValue, header};

use crate::clients::User;
use crate::issuer::Issuer;

/// The name of the session cookie; browsers refuse it without `Secure`, `HttpOnly` and `Path=/`.
const COOKIE: &str = "__Host-Http-idp-session";

/// Somebody's session at the provider.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    /// The session's public name, which ID tokens and logout tokens carry.
    pub(crate) sid: String,
    pub(crate) sub: String,
    pub(crate) username: String,
    /// When the password was last seen.
    pub(crate) auth_time_s: u64,
    /// The clients that have signed in by this session, and want to hear of its end.
    pub(crate) clients: BTreeSet<String>,
}

impl Issuer {
    /// Returns the session that a request's cookie names.
    pub(crate) fn session_of(&self, headers: &HeaderMap) -> Option<Session> {
        let sid = self.cookies.get(cookie(headers)?)?;
        self.sessions.get(&sid)
    }

    /// Begins a session, or renews the one that the same user has in this browser.
    ///
    /// The cookie's value is new in either case, so that a planted or copied one is worth nothing after sign-in.
    pub(crate) fn begin_session(&self, user: &User, headers: &HeaderMap) -> (Session, HeaderValue) {
        let life_s = self.settings.session_life_s;
        let expires_s = self.now_s().saturating_add(life_s);
        let before = self.session_of(headers).filter(|session| session.sub == user.sub);
        let renewed = before.and_then(|session| self.renew(&session.sid, expires_s));
        let session = renewed.unwrap_or_else(|| self.new_session(user, expires_s));
        if let Some(old) = cookie(headers) {
            self.cookies.remove(old);
        }
        let value = self.mint(Kind::ProviderSession);
        self.cookies.insert(&value, expires_s, session.sid.clone());
        (session, set_cookie(&format!("{COOKIE}={value}; Path=/; Max-Age={life_s}; Secure; HttpOnly; SameSite=Lax")))
    }

    fn renew(&self, sid: &str, until_s: u64) -> Option<Session> {
        let now_s = self.now_s();
        self.sessions.change(sid, |expires_s, session| {
            *expires_s = until_s;
            session.auth_time_s = now_s;
            session.clone()
        })
    }

    fn new_session(&self, user: &User, expires_s: u64) -> Session {
        let session = Session {
            sid: hosting::random_token(),
            sub: user.sub.clone(),
            username: user.username.clone(),
            auth_time_s: self.now_s(),
            clients: BTreeSet::new(),
        };
        self.sessions.insert(&session.sid, expires_s, session.clone());
        session
    }

    /// Returns the second at which tokens of this session end, or nothing when they have ended.
    pub(crate) fn tokens_last_until_s(&self, sid: Option<&str>) -> Option<u64> {
        match sid {
            Some(sid) if self.settings.at_session.is_on() => self.sessions.expires_s(sid),
            _ => Some(u64::MAX),
        }
    }

    /// Tells whether a form was posted by a page of ours, against signing a victim in or out from another site.
    ///
    /// A browser always says where a form came from; what sends no `Origin` is no browser and has no victim in it.
    pub(crate) fn is_from_own_page(&self, headers: &HeaderMap) -> bool {
        headers.get(header::ORIGIN).is_none_or(|origin| origin.as_bytes() == self.config.issuer.as_str().as_bytes())
    }
}

/// Returns the header that makes a browser forget the session cookie.
pub(crate) fn forget_cookie() -> HeaderValue {
    set_cookie(&format!("{COOKIE}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax"))
}

fn set_cookie(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("a cookie of base64url characters is a header value")
}

/// Finds the session cookie by raw bytes; two of one name cannot both be ours, so neither counts.
fn cookie(headers: &HeaderMap) -> Option<&str> {
    let pairs = headers.get_all(header::COOKIE).iter().flat_map(|line| line.as_bytes().split(|byte| *byte == b';'));
    let mut values = pairs.filter_map(|pair| pair.trim_ascii().strip_prefix(COOKIE.as_bytes())?.strip_prefix(b"="));
    let value = values.next()?;
    if values.next().is_some() {
        return None;
    }
    std::str::from_utf8(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[&[u8]]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::COOKIE, HeaderValue::from_bytes(line).unwrap());
        }
        headers
    }

    #[test]
    fn finds_the_cookie_among_others_and_across_lines() {
        let found = headers(&[b"a=\xff; b=2", b"__Host-Http-idp-session=value"]);
        assert_eq!(cookie(&found), Some("value"));
    }

    #[test]
    fn refuses_two_cookies_and_encoded_names() {
        let twice = headers(&[b"__Host-Http-idp-session=a; __Host-Http-idp-session=b"]);
        assert_eq!(cookie(&twice), None);
        assert_eq!(cookie(&headers(&[b"%5F%5FHost-Http-idp-session=a"])), None);
    }
}
