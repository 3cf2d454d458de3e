//! The provider's own session, which makes one sign-in serve every application.

use std::sync::Arc;

use hosting::Kind;
use http::{HeaderMap, HeaderValue, header};

use crate::authorization_request::AuthorizationRequest;
use crate::events::{Happened, Note};
use crate::issuer::Issuer;
use crate::tokens::Grant;
use crate::users::User;

/// The name of the cookie that pages of ours can read, to see that the session has changed.
///
/// Source: OpenID Connect Session Management 1.0 §3.2 and §4.2.
pub(crate) const BROWSER_STATE: &str = "__Host-idp-state";

/// Signed in by password (OpenID Connect Core 1.0 §2, `acr`).
pub(crate) const ACR_PASSWORD: &str = "1";

/// Signed in by password and one-time code.
pub(crate) const ACR_TWO_FACTORS: &str = "2";

/// Every `acr` that discovery announces.
pub(crate) const ACRS: &[&str] = &[ACR_PASSWORD, ACR_TWO_FACTORS];

/// Somebody's session at the provider.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    /// The session's public name, which ID tokens and logout tokens carry.
    pub(crate) sid: Arc<str>,
    pub(crate) sub: Arc<str>,
    /// When the password was last seen.
    pub(crate) auth_time_s: u64,
    /// How the user has signed in.
    pub(crate) acr: &'static str,
    /// What a frame of ours compares, to see that the session has changed.
    pub(crate) browser_state: Box<str>,
    /// The sign-in that has begun it, as the log calls it.
    pub(crate) correlation: Arc<str>,
    /// The clients that have signed in by this session, and want to hear of its end.
    pub(crate) clients: Vec<Joined>,
}

/// A client that has signed in by a session.
#[derive(Clone, Debug)]
pub(crate) struct Joined {
    pub(crate) client_id: Arc<str>,
    /// Its first sign-in by this session, as the log calls it.
    pub(crate) correlation: Arc<str>,
}

impl Issuer {
    /// Returns the session that a request's cookie names.
    pub(crate) fn session_of(&self, headers: &HeaderMap) -> Option<Session> {
        let sid = self.cookies.get(cookie(headers, self.settings.cookie_name.name())?)?;
        self.sessions.get(&sid)
    }

    /// Begins a session, or renews the one that the same user has in this browser.
    ///
    /// The cookie's value is new in either case, so that a planted or copied one is worth nothing after sign-in.
    pub(crate) fn begin_session(
        &self,
        user: &User,
        acr: &'static str,
        request: &AuthorizationRequest,
        headers: &HeaderMap,
    ) -> (Session, Vec<HeaderValue>) {
        let life_s = self.settings.session_life_s;
        let expires_s = self.now_s().saturating_add(life_s);
        let before = self.session_of(headers).filter(|session| *session.sub == *user.sub);
        let renewed = before.and_then(|session| self.renew(&session.sid, expires_s, acr));
        let session = renewed.unwrap_or_else(|| self.new_session(user, acr, &request.correlation, expires_s));
        let name = self.settings.cookie_name.name();
        if let Some(old) = cookie(headers, name) {
            self.cookies.remove(old);
        }
        let value = self.mint(Kind::ProviderSession);
        let note = Note {
            credential: Some((Kind::ProviderSession, &value)),
            client_id: Some(Arc::clone(&request.client_id)),
            sub: Some(Arc::clone(&session.sub)),
            correlation: Some(Arc::clone(&request.correlation)),
            detail: Some(format!("acr {acr}")),
        };
        self.note(Happened::SignedIn, note);
        self.cookies.insert(&value, expires_s, session.sid.clone());
        let same_site = self.settings.cookie_same_site.attribute();
        let mut cookies = vec![set_cookie(&format!(
            "{name}={value}; Path=/; Max-Age={life_s}; Secure; HttpOnly; SameSite={same_site}"
        ))];
        if self.settings.session_management.is_on() {
            // No credential: a random mark. A frame on another site can read it only with SameSite=None.
            let state = &session.browser_state;
            cookies
                .push(set_cookie(&format!("{BROWSER_STATE}={state}; Path=/; Max-Age={life_s}; Secure; SameSite=None")));
        }
        (session, cookies)
    }

    fn renew(&self, sid: &str, until_s: u64, acr: &'static str) -> Option<Session> {
        let now_s = self.now_s();
        self.sessions.change(sid, |expires_s, session| {
            *expires_s = until_s;
            session.auth_time_s = now_s;
            session.acr = acr;
            session.clone()
        })
    }

    /// Makes a session that no cookie names.
    pub(crate) fn new_session(
        &self,
        user: &User,
        acr: &'static str,
        correlation: &Arc<str>,
        expires_s: u64,
    ) -> Session {
        let session = Session {
            sid: self.random_token().into(),
            sub: user.sub.as_str().into(),
            auth_time_s: self.now_s(),
            acr,
            browser_state: hosting::random_token()[..22].into(),
            correlation: Arc::clone(correlation),
            clients: Vec::new(),
        };
        self.sessions.insert(&session.sid, expires_s, session.clone());
        session
    }

    /// Returns what the user of a session types to sign in.
    pub(crate) fn username_of(&self, session: &Session) -> String {
        self.registry.user(&session.sub).map(|user| user.username.clone()).unwrap_or_default()
    }

    /// Remembers that the client of a grant wants to hear of a session's end.
    pub(crate) fn join_session(&self, sid: &str, grant: &Grant) {
        self.sessions.change(sid, |_, session| {
            if session.clients.iter().all(|joined| joined.client_id != grant.client_id) {
                let (client_id, correlation) = (Arc::clone(&grant.client_id), Arc::clone(&grant.correlation));
                // Most sessions serve one client, and a vector that grows by itself makes room for four.
                session.clients.reserve_exact(1);
                session.clients.push(Joined { client_id, correlation });
            }
        });
    }

    /// Returns the second at which access tokens of this session end, or nothing when they have ended.
    pub(crate) fn access_tokens_last_until_s(&self, sid: Option<&str>) -> Option<u64> {
        match sid {
            Some(sid) if self.settings.at_session.is_on() => self.sessions.expires_s(sid),
            _ => Some(u64::MAX),
        }
    }

    /// Returns the second at which refresh tokens of this session end, or nothing when they have ended.
    pub(crate) fn refresh_tokens_last_until_s(&self, sid: Option<&str>) -> Option<u64> {
        match sid {
            Some(sid) if self.settings.rt_session.is_on() => self.sessions.expires_s(sid),
            _ => Some(u64::MAX),
        }
    }

    /// Tells whether a form was posted by a page of ours, against signing a victim in or out from another site.
    ///
    /// A browser always says where a form came from; what sends no `Origin` is no browser and has no victim in it.
    pub(crate) fn is_from_own_page(&self, headers: &HeaderMap) -> bool {
        headers.get(header::ORIGIN).is_none_or(|origin| origin.as_bytes() == self.config.issuer.as_str().as_bytes())
    }

    /// Returns the headers that make a browser forget the session.
    pub(crate) fn forget_cookies(&self) -> Vec<HeaderValue> {
        let name = self.settings.cookie_name.name();
        let same_site = self.settings.cookie_same_site.attribute();
        let mut cookies =
            vec![set_cookie(&format!("{name}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite={same_site}"))];
        if self.settings.session_management.is_on() {
            cookies.push(set_cookie(&format!("{BROWSER_STATE}=; Path=/; Max-Age=0; Secure; SameSite=None")));
        }
        cookies
    }
}

fn set_cookie(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("a cookie of base64url characters is a header value")
}

/// Finds a cookie by raw bytes; two of one name cannot both be ours, so neither counts.
fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let pairs = headers.get_all(header::COOKIE).iter().flat_map(|line| line.as_bytes().split(|byte| *byte == b';'));
    let mut values = pairs.filter_map(|pair| pair.trim_ascii().strip_prefix(name.as_bytes())?.strip_prefix(b"="));
    let value = values.next()?;
    if values.next().is_some() {
        return None;
    }
    std::str::from_utf8(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "__Host-Http-idp-session";

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
        assert_eq!(cookie(&found, NAME), Some("value"));
    }

    #[test]
    fn refuses_two_cookies_and_encoded_names() {
        let twice = headers(&[b"__Host-Http-idp-session=a; __Host-Http-idp-session=b"]);
        assert_eq!(cookie(&twice, NAME), None);
        assert_eq!(cookie(&headers(&[b"%5F%5FHost-Http-idp-session=a"]), NAME), None);
    }

    proptest::proptest! {
        #[test]
        fn any_cookie_header_is_read_without_a_panic(bytes in proptest::collection::vec(0x20_u8..0x7f, 0..100)) {
            let _ = cookie(&headers(&[&bytes]), NAME);
        }
    }
}
